"""A daemon that does what it is told in the path, and logs what it hears: daemon.py LOG URL

LOG/url appears when it listens. For connection k (from 1, in order of arrival): LOG/k.in what it read, LOG/k.out what it wrote (all
that it gave to the kernel), LOG/k.end how the client ended ('shut', 'close', 'reset').
"""
import os
import socket
import sys
import threading
from urllib.parse import parse_qs, urlsplit

import peer


class Conversation:
    def __init__(self, s, log, k):
        self.s, self.path = s, "%s/%d" % (log, k)
        self.read_log, self.write_log = open(self.path + ".in", "wb", 0), open(self.path + ".out", "wb", 0)
        self.r = peer.Reader(self, keep=False)

    def recv(self, n):
        got = self.s.recv(n)
        self.read_log.write(got)
        return got

    def say(self, said):
        self.write_log.write(said)
        self.s.sendall(said)

    def answer(self, body, status="200 OK", *fields):
        head = ["HTTP/1.1 " + status, "Server: Fake/1.0", "Content-Length: %d" % len(body), *fields]
        self.say("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    def note(self, how):
        if os.path.exists(self.path + ".end"):
            return  # the first is the one that matters
        with open(self.path + ".end.new", "w") as f:
            f.write(how + "\n")
        os.rename(self.path + ".end.new", self.path + ".end")

    def run(self):
        how = None
        try:
            while True:
                line, fields = self.r.head()
                method, target, _ = line.split()
                at = urlsplit(target)
                do = getattr(self, "do_" + at.path.strip("/").split("/")[-1], None)
                q = {k: v[0] for k, v in parse_qs(at.query).items()}
                if not do:
                    self.r.body(fields)
                    self.answer(b'{"message":"page not found"}\n', "404 Not Found", "Content-Type: application/json")
                elif do(q, fields):
                    how = "after us"
                    break
        except EOFError:
            pass
        except (ConnectionResetError, BrokenPipeError):
            how = "reset"
        self.note(how or peer.gone(self.s) or "nothing")
        self.s.close()

    # --- what a path does; True: the connection is not HTTP any more

    def do__ping(self, q, fields):
        self.answer(b"OK")

    def do_echo(self, q, fields):
        body = self.r.body(fields)
        if "chunked" not in q:
            return self.answer(body, "200 OK", "Content-Type: " + fields.get("content-type", "text/plain"))
        self.say(b"HTTP/1.1 200 OK\r\nTrailer: X-End\r\nTransfer-Encoding: chunked\r\n\r\n")
        for i in range(0, len(body), 5):
            part = body[i:i + 5]
            self.say(b"%04X;name=\"v\"\r\n%s\r\n" % (len(part), part))
        self.say(b"0\r\nX-End: yes\r\n\r\n")

    def do_bytes(self, q, fields):
        n = int(q["n"])
        self.say(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nContent-Length: %d\r\n\r\n" % n)
        for p in peer.stream(n, int(q.get("seed", 1))):
            self.say(p)

    def do_zeros(self, q, fields):
        n = int(q["n"])
        self.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % n)
        for _ in range(n >> 16):
            self.say(b"0" * (1 << 16))

    def do_sink(self, q, fields):
        left = int(fields["content-length"])
        while left:
            left -= len(self.r.exactly(min(left, 1 << 16)))
        self.answer(b"got it\n")

    def do_attach(self, q, fields):
        """Echoes up to the client's half-close, then has the last word."""
        self.say(b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
        self.say(self.r.buf)
        while True:
            got = self.recv(1 << 16)
            if not got:
                break
            self.say(got)
        self.note(peer.gone(self.s) or "nothing")
        self.say(b"the last word\n")
        self.s.shutdown(socket.SHUT_WR)
        return True

    def do_shutfirst(self, q, fields):
        """Half-closes, and hears the client out."""
        self.say(b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nno more from me\n")
        self.s.shutdown(socket.SHUT_WR)
        while self.recv(1 << 16):
            pass
        return True

    def do_cut(self, q, fields):
        self.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
        return True

    def do_reset(self, q, fields):
        self.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthen nothing")
        self.recv(1)  # until the client has read it and says so; a byte more stays unread
        peer.reset(self.s)
        sys.exit()

    def do_die(self, q, fields):
        self.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of")
        os._exit(1)


def main():
    log, url = sys.argv[1:]
    os.makedirs(log, exist_ok=True)
    s, url = peer.listen(url)
    with open(log + "/url.new", "w") as f:
        f.write(url + "\n")
    os.rename(log + "/url.new", log + "/url")
    k = 0
    while True:
        c, _ = s.accept()
        k += 1
        threading.Thread(target=Conversation(c, log, k).run, daemon=True).start()


main()
