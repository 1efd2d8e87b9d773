#!/usr/bin/env bash
# Docker against itself is silent: the shipped corpus, by its suites, on a fresh Docker. ROUNDS=N repeats it (1).
. "$(dirname "$0")/lib.sh"

need_engine docker

left_behind() {
    /usr/bin/docker -H "$1" ps -aq
    /usr/bin/docker -H "$1" volume ls -q
    /usr/bin/docker -H "$1" network ls -qf type=custom
    /usr/bin/docker -H "$1" images -q | sed 1d
}

for ((round = 1; round <= ${ROUNDS:-1}; round++)); do
    engine_start docker "d$round"
    docker=$url
    for suite in "$top"/suites/*/suite.json; do
        suite=$(dirname "$suite")
        name="round $round, $(basename "$suite")"
        said=$("$BUGFORBUG" test --against "$docker" --fail-on cosmetic --report text "$suite" 2>&1)
        status=$?
        if [ "$status" = 0 ] && ! grep -q 'not sent' <<<"$said"; then
            pass "$name: $(head -n 1 <<<"$said")"
        else
            fail "$name: exit $status" "$said"
        fi
    done
    is "round $round: nothing is left behind" "$(left_behind "$docker")" ""
    engine_stop docker "d$round"
done
check "the corpus is whole, and free of secrets" "$BUGFORBUG" check "$top/corpus/docker-20.10.24"
done_testing
