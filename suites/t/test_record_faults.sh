#!/usr/bin/env bash
# record when something breaks: no daemon, a daemon that dies, kill -9, a full disk. The traffic goes on, and what was said is there.
# No engine is needed.
. "$(dirname "$0")/lib.sh"

# --- no daemon ---------------------------------------------------------------------------------------

cat >no_daemon.py <<'P'
import peer
for _ in range(3):
    try:
        s = peer.connect()
        s.sendall(b"GET /_ping HTTP/1.1\r\n\r\n")
        assert s.recv(100) == b"", "somebody answered"
    except (ConnectionError, BrokenPipeError):
        pass
P
# A port that was free a moment ago.
port=$("$python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
for upstream in "unix://$work/nowhere.sock" "tcp://127.0.0.1:$port"; do
    bfb record --upstream "$upstream" -o none.jsonl -- "$python" no_daemon.py
    exits "${upstream%%:*}, no daemon: the client is refused, three times, and no more happens" 0
    is "one line says so" "$(grep -cF "$upstream" err)" 1
    check "clearly" grep -F "$upstream" err
    is "the file has the three" "$(grep -c '"ev":"open"' none.jsonl)" 3
    is "and what became of them" "$(grep -c '"ev":"reset".*"from":"daemon"' none.jsonl)" 3
done

# --- a daemon that dies, resets, comes back ------------------------------------------------------------

for kind in unix tcp; do
    daemon_start "die-$kind" "$([ $kind = unix ] && echo "unix://$work/die.sock" || echo tcp://127.0.0.1:0)"
    bfb record --keep-secrets --upstream "$url" -o "die-$kind.jsonl" -- "$python" -c '
import peer
s = peer.connect()
s.sendall(b"GET /die HTTP/1.1\r\n\r\n")
r = peer.Reader(s)
try: r.rest()
except ConnectionError: pass
assert bytes(r.seen).endswith(b"\r\n\r\nhalf of"), r.seen'
    exits "$kind: a daemon that dies in the middle of an answer: the client has what it said" 0
    bytes_are_whole "$kind: and so has the file" "die-$kind.jsonl" "die-$kind"
    # On TCP the kernel of the dead says FIN, which is all that anybody can see.
    check "$kind: the file says how it ended" grep -Eq '"ev":"(shut|reset)","conn":1,"from":"daemon"' "die-$kind.jsonl"
    wait "$daemon" 2>/dev/null
    rm -f die.sock
done

daemon_start reset tcp://127.0.0.1:0
record_start reset --keep-secrets --listen tcp://127.0.0.1:0 --upstream "$url"
check "a reset of the daemon's is one for the client" client "$tap" <<'P'
import peer, sys
s = peer.connect(sys.argv[1])
s.sendall(b"GET /reset HTTP/1.1\r\n\r\n")
r = peer.Reader(s)
r.until(b"then nothing")
s.sendall(b"go")
try:
    r.rest()
    sys.exit("an end of file, and no reset")
except ConnectionResetError:
    pass
P
record_stop
is "the recording ends well" "$status" 0
check "the file has the reset" grep -q '"ev":"reset","conn":1,"from":"daemon"' reset.jsonl
is "one line says so" "$(grep -c 'reset a connection' reset.record.err)" 1
daemon_stop

# --- kill -9 -------------------------------------------------------------------------------------------

# Both sides talk without end when the recorder is killed. Whatever either has received is in the capture.
daemon_start kill
record_start kill --keep-secrets --keep-capture kill.pcap --listen "unix://$work/kill.tap" --upstream "$url"
check "the recorder is killed in the middle of it" client "$tap" "$recorder" <<'P'
import os, peer, signal, sys, threading
url, recorder = sys.argv[1], int(sys.argv[2])
down, up = peer.connect(url), peer.connect(url)
r = peer.Reader(down)
down.sendall(b"GET /bytes?n=%d HTTP/1.1\r\n\r\n" % (1 << 40))
sent = [0]
def talk():
    up.sendall(b"POST /sink HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (1 << 40))
    try:
        for p in peer.stream(1 << 40, 9):
            up.sendall(p)
            sent[0] += len(p)
    except OSError:
        pass
t = threading.Thread(target=talk)
t.start()
while len(r.seen) < 12 << 20 or sent[0] < 12 << 20:
    assert r.more()
os.kill(recorder, signal.SIGKILL)
try: r.rest()
except ConnectionError: pass
t.join()
open("kill.received", "wb").write(r.seen)
P
ended "$recorder"
is "it was killed" "$status" 137
within "$limit" test -e kill/1.end
within "$limit" test -e kill/2.end
check "the capture is readable to its end" "$python" "$here/wire.py" flows kill.pcap kill.flows
# begins_with FILE FILE: the first is how the second begins.
# shellcheck disable=SC2317 # check calls it
begins_with() { [ -s "$1" ] && cmp -s -n "$(stat -c %s "$1")" "$1" "$2"; }
check "all that the client received is in it" begins_with kill.received kill.flows/1.daemon
check "all that the daemon received is in it" begins_with kill/2.in kill.flows/2.client
check "what is in it was said" begins_with kill.flows/1.daemon kill/1.out
E2E_OLD=$limit limit=240
bfb import --keep-secrets -o kill.jsonl kill.pcap
limit=$E2E_OLD
check "import reads it" test "$status" = 0 -o "$status" = 2
check "the conversation is whole" "$python" "$here/wire.py" said kill.jsonl kill.said
for side in client daemon; do
    for k in 1 2; do same "import has every byte: $k.$side" "kill.said/$k.$side" "kill.flows/$k.$side"; done
done
check "the capture left over is not in the way of a new recording" "$BUGFORBUG" record --keep-capture kill.pcap --upstream "$url" -o kill.jsonl -- true
daemon_stop

# --- a full disk -----------------------------------------------------------------------------------------

# full WHAT: the last run, whose disk was full.
full() {
    exits "$1: we say 2, though the command said 0" 2
    is "$1: the client got everything" "$(cat out)" "16777216 16777216"
    is "$1: one line says that it is incomplete" "$(grep -c incomplete err)" 1
    check "$1: so does the file" grep -q '"ev":"eof".*"lost":"' full.jsonl
    check "$1: what is there is a conversation" "$python" "$here/wire.py" said full.jsonl full.said
    check "$1: with what was said before" grep -q '"GET /_ping HTTP/1.1"' full.jsonl
}
cat >zeros.py <<'P'
import peer
s = peer.connect()
peer.ask(s, "GET", "/_ping")
n = 16 << 20
status, body = peer.ask(s, "GET", "/zeros?n=%d" % n)
print(len(body), body.count(b"0"))
P
daemon_start full
# shellcheck disable=SC2016 # for that shell
run bash -c 'ulimit -f 2048; exec "$@"' - "$BUGFORBUG" record --upstream "$url" -o full.jsonl -- "$python" zeros.py
full "a file may have 2 MiB"
if unshare -m true 2>/dev/null; then
    mkdir disk
    # shellcheck disable=SC2016
    run unshare -m sh -c 'mount -t tmpfs -o size=2m none disk; exec "$@"' - \
        "$BUGFORBUG" record --keep-capture disk/x.pcap --upstream "$url" -o full.jsonl -- "$python" zeros.py
    full "a disk has 2 MiB"
fi
run "$BUGFORBUG" record --keep-capture /dev/full --upstream "$url" -o full.jsonl -- true
check "/dev/full as a capture: refused or incomplete, never a success" test "$status" = 2
daemon_stop

done_testing
