#!/usr/bin/env bash
# record under load: many connections, much data, and HTTP in all its forms, bit for bit. No engine is needed.
. "$(dirname "$0")/lib.sh"

# --- HTTP in all its forms ---------------------------------------------------------------------------

daemon_start forms
bfb record --keep-secrets --upstream "$url" -o forms.jsonl -- "$python" -c '
import peer
s = peer.connect()
r = peer.Reader(s)
def answer(): return r.body(r.head()[1])

# Pipelined, in one segment; then cut at every byte.
s.sendall(b"GET /_ping HTTP/1.1\r\n\r\nPOST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\noneGET /nowhere HTTP/1.1\r\n\r\nGET /_ping HTTP/1.1\r\n\r\n")
assert [answer() for _ in range(4)] == [b"OK", b"one", b"{\"message\":\"page not found\"}\n", b"OK"]
for b in b"POST /echo HTTP/1.1\r\nContent-Length: 4\r\n\r\ntwo!":
    s.sendall(bytes([b]))
assert answer() == b"two!"

# Chunked in both directions, with extensions, trailers and odd sizes.
s.sendall(b"POST /echo?chunked=1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
          b"00a;x=\"y;\"\r\n0123456789\r\nF\r\nabcdefghijklmno\r\n0\r\nX-Sum: 1\r\n\r\nGET /_ping HTTP/1.1\r\n\r\n")
assert answer() == b"0123456789abcdefghijklmno"
assert answer() == b"OK"

# Cut short, and what is no HTTP.
s = peer.connect()
s.sendall(b"GET /cut HTTP/1.1\r\n\r\n")
assert peer.Reader(s).rest().endswith(b"only this")
s = peer.connect()
s.sendall(b"POST /containers/x/attach HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")
r = peer.Reader(s)
r.head()
s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
s.shutdown(peer.socket.SHUT_WR)
assert r.rest() == b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0the last word\n"
'
exits "pipelined, keep-alive, chunked, cut short, HTTP/2" 0
bytes_are_whole "every byte is in the file" forms.jsonl forms
is "each exchange is one" "$(grep -c '"ev":"request"' forms.jsonl)" 9
is "each answer is its own" "$(sed -n 's/.*"ev":"response".*"x":\([0-9]*\).*/\1/p' forms.jsonl | tr '\n' ' ')" "1 2 3 4 5 6 7 8 9 "
check "a chunked body stands as what it says" grep -q '"text":"0123456789abcdefghijklmno"' forms.jsonl
check "its extensions and trailers are kept" grep -q 'X-Sum: 1' forms.jsonl
daemon_stop

# --- 200 connections at a time -----------------------------------------------------------------------

daemon_start many
bfb record --keep-secrets --upstream "$url" -o many.jsonl -- "$python" -c '
import peer, threading
all_open, wrong = threading.Barrier(200), []
def one(k):
    try:
        s = peer.connect()
        assert peer.ask(s, "GET", "/_ping") == (200, b"OK")
        all_open.wait(60)  # nobody goes on before everybody is there
        for i in range(3):
            body = b"%d of %d " % (i, k) * 100
            assert peer.ask(s, "POST", "/echo", body) == (200, body)
        all_open.wait(60)
    except Exception as e:
        wrong.append(repr(e))
        all_open.abort()
ts = [threading.Thread(target=one, args=(k,)) for k in range(200)]
for t in ts: t.start()
for t in ts: t.join()
assert not wrong, wrong[:3]
'
exits "200 connections at a time get their own answers" 0
is "all are in the file" "$(grep -c '"ev":"open"' many.jsonl)" 200
is "with all their exchanges" "$(grep -c '"ev":"request"' many.jsonl)" 800
bytes_are_whole "and every byte" many.jsonl many
daemon_stop

# --- 64 MiB in both directions -----------------------------------------------------------------------

cat >bulk.py <<'P'
import hashlib, peer, threading
N = 64 << 20
def digest(pieces):
    h = hashlib.sha256()
    for p in pieces: h.update(p)
    return h.hexdigest()
def heard(r, n):
    while n:
        got = r.exactly(min(n, 1 << 16))
        n -= len(got)
        yield got
# In and out at the same time on one hijacked connection: back-pressure in both directions.
s = peer.connect()
r = peer.Reader(s, keep=False)
s.sendall(b"POST /containers/x/attach HTTP/1.1\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n")
r.head()
def talk():
    for p in peer.stream(N, 7): s.sendall(p)
    s.shutdown(peer.socket.SHUT_WR)
t = threading.Thread(target=talk)
t.start()
assert digest(heard(r, N)) == digest(peer.stream(N, 7)), "what came back is not what was said"
assert r.rest() == b"the last word\n"
t.join()
# Out alone, as `docker save` does.
s = peer.connect()
r = peer.Reader(s, keep=False)
s.sendall(b"GET /bytes?n=%d&seed=3 HTTP/1.1\r\n\r\n" % N)
r.head()
assert digest(heard(r, N)) == digest(peer.stream(N, 3)), "what was saved is not what was sent"
P
daemon_start bulk
limit=240
run "$python" "$here/peak.py" peak "$BUGFORBUG" record --keep-secrets --upstream "$url" -o bulk.jsonl -- "$python" bulk.py
exits "64 MiB in and out at a time, and 64 MiB out" 0
bytes_are_whole "every byte is in the file" bulk.jsonl bulk
case $BUILD in
*/release) check "in bounded memory: $(cat peak) KiB at most" test "$(cat peak)" -lt 100000 ;;
esac
daemon_stop

done_testing
