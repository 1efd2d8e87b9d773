#!/usr/bin/env bash
# GitLab Runner 13.x's order of requests: attach, start, script on stdin, half-close, output to its end, wait with kills, and again on
# the same container. Recorded anew on Docker and said again to it: no finding.
. "$(dirname "$0")/lib.sh"
need_engine docker
limit=300

engine_start docker d
DOCKER_HOST=$url bfb record -o runner.jsonl -- "$top/corpus/recipes/runner-13x"
exits "the runner's flow is recorded" 0
check "with half-closes of the client's" grep -q '"ev":"shut","conn":[0-9]*,"from":"client"' runner.jsonl
bfb test --against "$url" runner.jsonl
exits "Docker conforms to the recording of today" 0
check "no findings" grep -q '^CONFORMS: no findings' out
bfb test --against "$url" "$top/suites/runner"
exits "and to the shipped one" 0
check "no findings there" grep -q '^CONFORMS: no findings' out
is "no container is left" "$(/usr/bin/docker -H "$url" ps -aq)" ""
is "no volume is left" "$(/usr/bin/docker -H "$url" volume ls -q)" ""
done_testing
