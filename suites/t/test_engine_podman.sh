#!/usr/bin/env bash
# What is known of Podman 4.3.1 is found in the shipped corpus: each known status divergence once, with what Docker and what Podman
# answer; what Podman has mended is not reported; and what a failure makes impossible is blocked by it, and no finding of its own.
. "$(dirname "$0")/lib.sh"
need_engine podman
limit=600

version=$(podman version -f '{{.Client.Version}}' 2>/dev/null)
[ "$version" = 4.3.1 ] || skip_all "podman: the table is of 4.3.1, and $version is installed"

# Docker's status, Podman's, route, conversation. In docker-api-facts.md, section 6; or seen on this engine.
cat >known <<'T'
409 500 DELETE /containers/{id} containers-remove-running
409 500 POST /containers/create containers-name-taken
409 500 POST /containers/{id}/exec containers-stopped-curl
409 500 POST /containers/{id}/pause containers-pause-twice
409 500 POST /containers/{id}/kill containers-stopped-curl
400 200 GET /_ping errors-versions-curl
200 500 POST /images/load images-load-curl
404 201 POST /volumes/create volumes-other-driver-curl
201 500 POST /volumes/create volumes-lifecycle
400 500 GET /volumes volumes-filters-curl
T
# Divergences of other versions, which this one must not be blamed for.
cat >mended <<'T'
POST /volumes/create volumes-create-twice
POST /volumes/create volumes-create-twice-curl
POST /volumes/create volumes-create-twice-python
DELETE /containers/{id} containers-missing-curl
GET /volumes/{id} volumes-missing-curl
T

files=()
while read -r name; do files+=("$top/corpus/docker-20.10.24/$name.jsonl"); done < <(awk '{ print $NF }' known mended | sort -u)
# The whole volume suite, whatever is in the tables.
for file in "$top"/corpus/docker-20.10.24/volumes-*.jsonl; do
    [[ " ${files[*]} " == *" $file "* ]] || files+=("$file")
done
engine_start podman p
bfb test --against "$url" --report text --report json=report.json "${files[@]}"
exits "Podman differs" 1
check "the report is JSON" "$python" -m json.tool report.json

export PYTHONPATH="$here:$work"
cat >ask.py <<'P'
import json, os, sys
def conversations():
    for c in json.load(open("report.json"))["conversations"]:
        yield os.path.basename(c["name"]).removesuffix(".jsonl"), c
def statuses(name, route):
    """(expected, actual) of each status finding."""
    return [(f["seen"][0]["expected"].split()[0], f["seen"][0]["actual"].split()[0])
            for n, c in conversations() if n == name for f in c["findings"] if f["kind"] == "status" and f["route"] == route]
P
while read -r expected actual method path name; do
    check "$name: $method $path: $expected expected, $actual got, reported once" "$python" -c '
import sys
from ask import *
expected, actual, route, name = sys.argv[1:]
found = statuses(name, route)
assert found.count((expected, actual)) == 1, found' "$expected" "$actual" "$method $path" "$name"
done <known
while read -r method path name; do
    check "$name: $method $path: nothing to report" "$python" -c '
import sys
from ask import *
found = statuses(sys.argv[2], sys.argv[1])
assert sys.argv[2] in dict(conversations()), "not tested"
assert not [f for f in found if f[0] in ("201", "404", "204")], found' "$method $path" "$name"
done <mended

check "no conversation failed to be tested" "$python" -c '
from ask import *
bad = [(n, c["error"]) for n, c in conversations() if c["error"]]
assert not bad, bad'
check "a failed create blocks what needs it, names itself as the cause, and is the only finding of it" "$python" -c '
from ask import *
c = dict(conversations())["volumes-lifecycle"]
cause = [s["exchange"] for f in c["findings"] if f["kind"] == "status" for s in f["seen"]]
assert len(cause) == 1, cause
blocked = {b["exchange"]: b["by"] for b in c["blocked"]}
assert blocked and set(blocked.values()) == set(cause), blocked
assert c["totals"]["blocked"] == len(blocked)'
check "what was blocked is nowhere a finding" "$python" -c '
from ask import *
for n, c in conversations():
    blocked = {b["exchange"] for b in c["blocked"]}
    for f in c["findings"]:
        for s in f["seen"]:
            assert s["exchange"] not in blocked, (n, s["exchange"], f["route"], f["kind"])'
is "nothing is left on it" "$(
    curl -sS --unix-socket "$work/p/podman.sock" 'http://podman/v1.41/containers/json?all=1'
    curl -sS --unix-socket "$work/p/podman.sock" 'http://podman/v1.41/volumes' | sed 's/,"Warnings":.*//'
)" "$(printf '[]\n{"Volumes":[]')"
done_testing
