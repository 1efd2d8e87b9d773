#!/usr/bin/env bash
# Transparency where timing matters: terminals, signals, streams that follow, with docker 20.10 and, if it is there, a newer one.
# shellcheck disable=SC2016 # for the shells of clients and containers
. "$(dirname "$0")/lib.sh"
need_engine docker
limit=120
engine_start docker d
docker=$url

# both WHAT COMMAND...: the same stdout, stderr and status with the tap and without. Standard input is the file input.
both() {
    local what=$1
    shift
    DOCKER_HOST=$docker timeout -k 5 "$limit" "$@" >direct.out 2>direct.err <input
    local direct=$?
    timeout -k 5 "$limit" "$BUGFORBUG" record -q -o tapped.jsonl --upstream "$docker" -- "$@" >tapped.out 2>tapped.err <input
    is "$what: status $direct" $? "$direct"
    same "$what: stdout" tapped.out direct.out
    same "$what: stderr" tapped.err direct.err
    # What is always empty would always be the same.
    check "$what: it did something" test -s direct.out -o -s direct.err
    check "$what: the recording is whole" "$BUGFORBUG" check tapped.jsonl
}

for d in /usr/bin/docker /usr/local/bin/docker; do
    [ -x $d ] || continue
    v=$($d --version | sed 's/Docker version \([0-9.]*\).*/\1/')
    : >input
    both "docker $v version" $d version -f '{{.Server.Version}}'
    both "docker $v run, with both outputs and a status" $d run --rm busybox:latest sh -c 'echo out; echo err >&2; exit 5'
    seq 20000 >input
    both "docker $v run -i" $d run -i --rm busybox:latest sh -c 'sort -rn | tail -n 3; echo over >&2'
    : >input
    both "docker $v run -it under script" script -qec "$d run -it --rm busybox:latest sh -c 'test -t 0 && test -t 1 && echo a terminal; exit 6'" /dev/null
    printf 'READY\\n\tone two\\n\ngot one two\\n\t\\x04\n' | sed 's/\\n\t/\t/' >input
    both "docker $v run -it, typed into" "$python" "$here/on_tty.py" $d run -it --rm busybox:latest \
        sh -c 'echo READY; while read -r line; do echo "got $line"; done; echo over; exit 7'
    check "docker $v run -it: what was typed arrived" grep -q 'got one two' tapped.out
    : >input
    both "docker $v: exec, logs -f, wait, events --until" sh -c '
        d=$1 begin=$(date +%s)
        $d run -d --name bfb-box busybox:latest sh -c "echo begun; until [ -e /go ]; do sleep 0.05; done; echo over; exit 9" >/dev/null
        echo typed | $d exec -i bfb-box cat
        $d exec bfb-box sh -c "echo in; exit 4"; echo "exec $?"
        $d exec bfb-box touch /go
        $d logs -f bfb-box
        $d wait bfb-box
        $d rm bfb-box
        $d events --since "$begin" --until "$(($(date +%s) + 1))" --filter container=bfb-box --format "{{.Type}} {{.Action}}" | grep -v exec' - $d
    is "docker $v: all that was to be seen" "$(tr '\n' ' ' <tapped.out)" "typed in exec 4 begun over 9 bfb-box \
container create container start container die container destroy "
    both "docker $v: cp in and out as a tar" sh -c '
        d=$1
        $d create --name bfb-cp busybox:latest true >/dev/null
        mkdir -p tree && echo content >tree/file && ln -sf file tree/link
        tar --mtime=@0 -cf - tree | $d cp - bfb-cp:/tmp
        $d cp bfb-cp:/tmp/tree - | tar tvf -
        $d rm bfb-cp' - $d
    both "docker $v: a signal reaches the container, and its status the client" "$python" -c '
import os, signal, subprocess, sys
p = subprocess.Popen([sys.argv[1], "run", "--rm", "busybox:latest", "sh", "-c", "trap \"echo caught; exit 8\" TERM; echo READY; while :; do sleep 0.05; done"], stdout=subprocess.PIPE)
assert p.stdout.readline() == b"READY\n"
p.send_signal(signal.SIGTERM)
print(p.stdout.read(), p.wait())' $d
    is "docker $v: the container caught it" "$(cat tapped.out)" "b'caught\\n' 8"
done
is "nothing is left" "$(/usr/bin/docker -H "$docker" ps -aq)" ""
done_testing
