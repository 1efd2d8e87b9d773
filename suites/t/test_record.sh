#!/usr/bin/env bash
# record, between a client and a daemon of the test's own: what passes, what is written, what is left. No engine is needed.
. "$(dirname "$0")/lib.sh"

# --- unix and TCP on either side, without a command -------------------------------------------------

for listen in unix tcp; do
    for upstream in unix tcp; do
        name=$listen-$upstream
        case $upstream in unix) daemon_start "$name" ;; tcp) daemon_start "$name" tcp://127.0.0.1:0 ;; esac
        case $listen in unix) at=unix://$work/$name.tap ;; tcp) at=tcp://127.0.0.1:0 ;; esac
        record_start "$name" --keep-secrets --listen "$at" --upstream "$url"
        case $listen in
        unix)
            is "$name: it listens where it was told to" "$tap" "$at"
            is "$name: the socket is its owner's" "$(stat -c '%F %a' "$name.tap")" "socket 600"
            ;;
        tcp) check "$name: it says which port it got" grep -Eq '^tcp://127\.0\.0\.1:[1-9][0-9]+$' <<<"$tap" ;;
        esac
        check "$name: two exchanges on one connection, the client sees the daemon's answers" client "$tap" <<'P'
import peer, sys
s = peer.connect(sys.argv[1])
assert peer.ask(s, "GET", "/_ping") == (200, b"OK")
assert peer.ask(s, "POST", "/echo", b"hello") == (200, b"hello")
P
        within "$limit" test -e "$name/1.end"
        record_stop
        is "$name: SIGINT ends it well" "$status" 0
        bytes_are_whole "$name: the file has every byte" "$name.jsonl" "$name"
        [ "$listen" = tcp ] || check_not "$name: the socket is removed" test -e "$name.tap"
        is "$name: the file is its owner's" "$(stat -c %a "$name.jsonl")" 600
        is "$name: the capture is removed" "$(find . -name "*.pcap")" ""
        daemon_stop
    done
done

# --- a command: its status, its output, its environment ---------------------------------------------

daemon_start d
export DOCKER_HOST=$url # the upstream, where no --upstream is given

bfb record -o a.jsonl -- sh -c 'echo out; echo err >&2; exit 3'
exits "the command's exit status is ours: 3" 3
is "its output is its own" "$(cat out)" out
check "so is what it says on standard error" grep -qx err err
bfb record -o a.jsonl -- true
exits "the command's exit status is ours: 0" 0
bfb record -o a.jsonl -- sh -c 'kill -TERM $$'
exits "a command that a signal kills: 128 and the signal" 143
bfb record -o a.jsonl -- sh -c 'kill -KILL $$'
exits "and when nobody could catch it" 137
bfb record -o none.jsonl -- no-such-command-here arg
one_error "a command that is not there" no-such-command-here
check_not "it leaves no file" test -e none.jsonl
is "and no capture" "$(find . -name "*.pcap")" ""
bfb record -o none.jsonl -- "$work"
one_error "a command that cannot be run" "$work"

# shellcheck disable=SC2016 # for the command's shell
bfb record -o a.jsonl -- sh -c 'echo "$DOCKER_HOST"; stat -c "%F %a" "${DOCKER_HOST#unix://}"; stat -c %a "$(dirname "${DOCKER_HOST#unix://}")"'
check "the command gets a private socket" grep -q "^unix://$work/" out
is "which is its owner's, in a folder that is its owner's" "$(tail -n 2 out | tr '\n' ' ')" "socket 600 700 "
check_not "the socket is removed" test -e "$(sed -n '1s,unix://,,p' out)"
check_not "the folder too" test -d "$(dirname "$(sed -n '1s,unix://,,p' out)")"

printf 'what was typed\n' | timeout "$limit" "$BUGFORBUG" record -q -o a.jsonl -- cat >out 2>err
is "the command has our standard input" "$(cat out)" "what was typed"
is "-q says nothing" "$(cat err)" ""

# Signals that we get, the command gets; what it makes of them is its own.
for signal in TERM INT HUP USR1; do
    rm -f ready
    spawn signal "$BUGFORBUG" record -o a.jsonl -- "$python" -c "
import signal, sys
signal.signal(signal.SIG$signal, lambda *_: sys.exit(7))
open('ready', 'w').close()
while True: signal.pause()"
    within "$limit" test -e ready
    kill -s "$signal" $!
    ended $!
    is "SIG$signal reaches the command" "$status" 7
done

# --- the capture ------------------------------------------------------------------------------------

bfb record --keep-capture kept.pcap --keep-secrets -o kept.jsonl -- "$python" -c '
import peer
s = peer.connect()
assert peer.ask(s, "POST", "/echo", b"kept") == (200, b"kept")'
exits "a recording with --keep-capture" 0
is "the capture is its owner's" "$(stat -c %a kept.pcap)" 600
tcpdump -nr kept.pcap >packets 2>tcpdump.err
check "tcpdump reads it" grep -q 'Flags \[P.\]' packets
is "it has one connection" "$(grep -c 'Flags \[S\]' packets)" 1
bfb import --keep-secrets -o imported.jsonl kept.pcap
exits "import reads it" 0
tail -n +2 kept.jsonl >kept.events
tail -n +2 imported.jsonl >imported.events
same "and makes the same events of it" imported.events kept.events

# --- half-close and close are different things -------------------------------------------------------

# ends CONNECTION FILE: who ended what, in order.
ends() { sed -n 's/.*"ev":"\(shut\|close\|reset\)","conn":'"$1"',"from":"\([a-z]*\)".*/\2 \1/p' "$2"; }

for upstream in unix tcp; do
    case $upstream in unix) daemon_start "half-$upstream" ;; tcp) daemon_start "half-$upstream" tcp://127.0.0.1:0 ;; esac
    bfb record --keep-secrets --upstream "$url" -o "half-$upstream.jsonl" -- "$python" -c '
import peer, socket
s = peer.connect()
r = peer.Reader(s)
s.sendall(b"POST /containers/x/attach HTTP/1.1\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n")
r.head()
s.sendall(b"to be echoed\n")
assert r.exactly(13) == b"to be echoed\n"
s.shutdown(socket.SHUT_WR)
assert r.rest() == b"the last word\n"  # said after our half-close
s.close()

# The other way round: the daemon has no more to say, and still listens.
s = peer.connect()
r = peer.Reader(s)
s.sendall(b"GET /shutfirst HTTP/1.1\r\n\r\n")
r.head()
assert r.rest() == b"no more from me\n"
s.sendall(b"but I have")
s.close()'
    exits "$upstream: half-closes in both directions" 0
    is "$upstream: the daemon saw the client's half-close as one" "$(cat "half-$upstream/1.end")" shut
    bytes_are_whole "$upstream: what is said behind a half-close arrives and is written" "half-$upstream.jsonl" "half-$upstream"
    is "$upstream: the client's half-close comes first" "$(ends 1 "half-$upstream.jsonl" | head -n 1)" "client shut"
    is "$upstream: the daemon's half-close comes first" "$(ends 2 "half-$upstream.jsonl" | head -n 1)" "daemon shut"
    check "$upstream: the client's end follows" grep -q '^client ' <(ends 2 "half-$upstream.jsonl")
    check "$upstream: the last word is behind the half-close" \
        sh -c "sed -n '/\"ev\":\"shut\",\"conn\":1,\"from\":\"client\"/,\$p' half-$upstream.jsonl | grep -q 'the last word'"
    daemon_stop
done

daemon_start closes
bfb record --keep-secrets --upstream "$url" -o closes.jsonl -- "$python" -c '
import peer
s = peer.connect()
peer.ask(s, "GET", "/_ping")
s.close()'
within "$limit" test -e closes/1.end
is "a client that closes is gone in both directions for the daemon" "$(cat closes/1.end)" close
check "and the file says so" grep -q '"ev":"close","conn":1,"from":"client"' closes.jsonl
is "with nothing between its two ends" "$(grep -A 1 '"ev":"shut","conn":1,"from":"client"' closes.jsonl | tail -n 1 | grep -c '"ev":"close","conn":1,"from":"client"')" 1
daemon_stop

done_testing
