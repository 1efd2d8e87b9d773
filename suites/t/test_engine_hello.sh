#!/usr/bin/env bash
# The main job on real engines: record Docker, replay against that Docker and against Podman, say what differs.
. "$(dirname "$0")/lib.sh"

need_engine docker podman
engine_start docker d
docker=$url
engine_start podman p
podman=$url

# --- record: the client is unharmed --------------------------------------------------------------

"$BUGFORBUG" record -q -o hello.jsonl --upstream "$docker" -- \
    /usr/bin/docker run --rm busybox:latest sh -c 'echo out; echo err >&2; sleep 1; exit 3' >hello.out 2>hello.err
is "docker run ends with its container's status behind the tap" $? 3
is "its stdout" "$(cat hello.out)" out
is "its stderr" "$(cat hello.err)" err
check "the conversation is whole, and free of secrets" "$BUGFORBUG" check hello.jsonl

# --- test: nothing on the Docker that was recorded, the truth on Podman ------------------------------

said=$("$BUGFORBUG" test --against "$docker" --fail-on cosmetic hello.jsonl 2>&1)
is "against that Docker: exit status" $? 0
is "against that Docker: not even a cosmetic finding" "$(head -n 1 <<<"$said")" \
    "CONFORMS: no findings; 5 of 5 exchanges compared in 1 conversation"
is "nothing is left on it" "$(/usr/bin/docker -H "$docker" ps -aq)" ""

"$BUGFORBUG" test --against "$podman" --report text=podman.txt --report json=podman.json hello.jsonl >/dev/null 2>&1
is "against Podman: exit status" $? 1
check "the report names the difference, expected over actual" "$python" - podman.json <<'P'
import json, sys
report = json.dumps(json.load(open(sys.argv[1])))
assert "Libpod/4.3.1" in report, report
assert "Content-Type" in report and "HEAD /_ping" in report, report
P
check "the text report says where and how to repeat it" grep -q "curl -sS -I --unix-socket '$work/p/podman.sock' 'http://localhost/_ping'" podman.txt

# --- no candidate, and one finding -------------------------------------------------------------------

"$BUGFORBUG" test --against "unix://$work/nobody.sock" hello.jsonl >/dev/null 2>nobody.err
is "no candidate: exit status" $? 3
is "no candidate: one line" "$(wc -l <nobody.err)" 1
id=$(sed -n 's/^ *\[\([0-9a-f]*\)\] header:Content-Type .*/\1/p' podman.txt | head -n 1)
"$BUGFORBUG" test --against "$podman" --only "$id" hello.jsonl >/dev/null 2>&1
is "--only a finding that is there" $? 1
"$BUGFORBUG" test --against "$docker" --only "$id" hello.jsonl >/dev/null 2>&1
is "--only a finding that is not there" $? 0

# --- the volumes of the history ---------------------------------------------------------------------

volumes=$top/corpus/docker-20.10.24/volumes-create-twice-curl.jsonl
"$BUGFORBUG" test --against "$podman" --report text=volumes.txt "$top/corpus/docker-20.10.24/volumes-other-driver-curl.jsonl" >/dev/null 2>&1
is "a driver that is not installed: Podman creates the volume, Docker answers 404" \
    "$(grep -A2 'status  *status: another status' volumes.txt | sed -n 's/^ *\(expected\|actual\) *//p' | tr '\n' ' ')" "404 Not Found 201 Created "
"$BUGFORBUG" test --against "$docker" "$volumes" >/dev/null 2>&1
is "create twice against Docker" $? 0

# --- the recorder is killed: what both sides received is in the capture -------------------------------

# shellcheck disable=SC2016 # the inner shell kills the recorder, its parent
"$BUGFORBUG" record -q -o killed.jsonl --keep-capture killed.pcap --upstream "$docker" -- \
    sh -c '/usr/bin/docker version >version.out; kill -KILL $PPID' >/dev/null 2>&1
check "import reads the capture of a killed recorder" "$BUGFORBUG" import -q -o killed.jsonl killed.pcap
check "what the client received is in it" grep -q '"GET /v1.41/version HTTP/1.1"' killed.jsonl
done_testing
