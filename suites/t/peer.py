"""Sockets for the end-to-end tests: what a client and a daemon say, byte by byte. No HTTP library, which would tidy up what matters."""
import os
import select
import socket
import struct
from urllib.parse import urlsplit


def connect(url=None):
    """A connected socket to unix:///path or tcp://host:port (default: DOCKER_HOST)."""
    url = url or os.environ["DOCKER_HOST"]
    if url.startswith("unix://"):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(60)
        s.connect(url[len("unix://"):])
        return s
    at = urlsplit(url)
    s = socket.create_connection((at.hostname, at.port), 60)
    return s


def listen(url):
    """A listening socket and the URL under which it is found."""
    if url.startswith("unix://"):
        s = socket.socket(socket.AF_UNIX)
        s.bind(url[len("unix://"):])
        s.listen(1024)
        return s, url
    at = urlsplit(url)
    s = socket.create_server((at.hostname, at.port or 0), backlog=1024)
    return s, "tcp://%s:%d" % s.getsockname()[:2]


def reset(s):
    """Ends a TCP connection with RST; a unix one with unread bytes, which is as near as it gets."""
    if s.family != socket.AF_UNIX:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def gone(s, seconds=30):
    """How the peer of a socket ended: 'shut' (half), 'close' (both directions; unix only), 'reset', or None: not yet."""
    p = select.poll()
    p.register(s, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
    for _, events in p.poll(seconds * 1000):
        if events & select.POLLERR:
            return "reset"
        return "close" if events & select.POLLHUP else "shut"
    return None


class Reader:
    """Reads from a socket and keeps what it has read in .seen."""

    def __init__(self, s, keep=True):
        self.s, self.buf, self.seen, self.keep = s, b"", bytearray(), keep

    def more(self):
        got = self.s.recv(1 << 16)
        self.buf += got
        if self.keep:
            self.seen += got
        return bool(got)

    def until(self, mark):
        while mark not in self.buf:
            if not self.more():
                raise EOFError("end of file, and no %r in %r" % (mark, self.buf[:200]))
        at = self.buf.index(mark) + len(mark)
        out, self.buf = self.buf[:at], self.buf[at:]
        return out

    def exactly(self, n):
        while len(self.buf) < n:
            if not self.more():
                raise EOFError("end of file after %d of %d bytes" % (len(self.buf), n))
        out, self.buf = self.buf[:n], self.buf[n:]
        return out

    def rest(self):
        while self.more():
            pass
        out, self.buf = self.buf, b""
        return out

    def head(self):
        """(first line, {lower-case name: value})"""
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        return lines[0], {k.strip().lower(): v.strip() for k, v in (x.split(":", 1) for x in lines[1:] if x)}

    def body(self, fields):
        if fields.get("transfer-encoding") == "chunked":
            out = b""
            while True:
                n = int(self.until(b"\r\n").split(b";")[0], 16)
                if not n:
                    while self.until(b"\r\n") != b"\r\n":
                        pass
                    return out
                out += self.exactly(n)
                self.until(b"\r\n")
        return self.exactly(int(fields.get("content-length", 0)))


def ask(s, method, target, body=None, *fields):
    """One exchange on a connection that stays open: (status, body)."""
    head = ["%s %s HTTP/1.1" % (method, target), "Host: docker", *fields]
    if body is not None:
        head.append("Content-Length: %d" % len(body))
    s.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + (body or b""))
    r = Reader(s)
    line, got = r.head()
    return int(line.split()[1]), r.body(got)


def stream(n, seed=1):
    """n bytes that look like noise and are the same for the same seed, in pieces of at most 64 KiB."""
    block = bytearray()
    x = seed * 2654435761 % (1 << 32) or 1
    for _ in range(1 << 14):
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        block += x.to_bytes(4, "little")
    i = 0
    while n > 0:
        # Each piece is another one: a piece that is lost, doubled or swapped shows.
        piece = i.to_bytes(8, "big") + bytes(block[8:])
        yield piece[:n]
        n -= len(piece)
        i += 1
