"""Reads and writes captures and conversations, knowing no more than their formats: wire.py VERB ...

pcap OUT DIR < SCRIPT makes a capture: an action a line (see Script); DIR/k.client, DIR/k.daemon: what each side says in it
flows PCAP DIR        DIR/k.client, DIR/k.daemon: what each side of connection k said, and DIR/k.how
said JSONL DIR        the same from a conversation file, as corpus/FORMAT.md says
"""
import base64
import ctypes
import hashlib
import json
import os
import struct
import sys

PORT = 2375


# --- captures -----------------------------------------------------------------------------------

class Script:
    """open K | c K TEXT | d K TEXT | fin K c|d | rst K c|d | wait SECONDS | swap (the two packets before it) | again (the last one)
    | overlap K c|d N (the last N bytes of that side once more) | lose (the last packet). TEXT is a Python string literal."""

    def __init__(self):
        self.packets, self.now = [], 1764000000 * 1000000  # microseconds
        self.seq, self.said = {}, {}

    def packet(self, k, side, flags, payload=b"", seq=None):
        client, daemon = (0x7F000001, 40000 + k), (0x7F000001, PORT)
        a, b = (client, daemon) if side == "c" else (daemon, client)
        at = self.seq.setdefault((k, side), 1000 * k)
        other = self.seq.setdefault((k, "d" if side == "c" else "c"), 5000 * k)
        tcp = struct.pack(">HHIIBBHHH", a[1], b[1], at if seq is None else seq, other, 0x50, flags, 65535, 0, 0) + payload
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, a[0], b[0]) + tcp
        self.packets.append((self.now, ip))
        self.now += 100
        if seq is None:
            self.seq[k, side] = at + len(payload) + bool(flags & 3)
            self.said[k, side] = self.said.get((k, side), b"") + payload

    def line(self, line):
        verb, *rest = line.split(" ", 2)
        if verb == "open":
            k = int(rest[0])
            self.packet(k, "c", 2), self.packet(k, "d", 18), self.packet(k, "c", 16)
        elif verb in "cd":
            text = eval(rest[1], {}, {})
            self.packet(int(rest[0]), verb, 24, text if isinstance(text, bytes) else text.encode())
        elif verb == "fin":
            self.packet(int(rest[0]), rest[1], 17)
        elif verb == "rst":
            self.packet(int(rest[0]), rest[1], 20)
        elif verb == "wait":
            self.now += round(float(rest[0]) * 1e6)
        elif verb == "swap":
            (t, a), (u, b) = self.packets[-2:]
            self.packets[-2:] = [(t, b), (u, a)]
        elif verb == "again":
            self.packets.append((self.now, self.packets[-1][1]))
        elif verb == "overlap":
            k, (side, n) = int(rest[0]), rest[1].split()
            self.packet(k, side, 24, self.said[k, side][-int(n):], self.seq[k, side] - int(n))
        elif verb == "lose":
            self.packets.pop()
        else:
            raise ValueError(line)


def write_pcap(out, folder):
    s = Script()
    for line in sys.stdin:
        if line.strip() and not line.startswith("#"):
            s.line(line.rstrip("\n"))
    with open(out, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        for t, p in s.packets:
            f.write(struct.pack("<IIII", *divmod(t, 1000000), len(p), len(p)) + p)
    ks = sorted({k for k, _ in s.said})
    spill([{"client": s.said[k, "c"], "daemon": s.said[k, "d"], "how": []} for k in ks], folder)


def read_flows(path):
    """In the order of their SYNs: {client: bytes, daemon: bytes, how: [words]}. Our own captures: in order, nothing twice."""
    data = open(path, "rb").read()
    magic, = struct.unpack("<I", data[:4])
    assert magic == 0xA1B23C4D, "not a nanosecond pcap file"
    assert struct.unpack("<I", data[20:24])[0] == 101, "not LINKTYPE_RAW"
    flows, at = {}, 24
    while at + 16 <= len(data):
        n, = struct.unpack("<I", data[at + 8:at + 12])
        p = data[at + 16:at + 16 + n]
        if len(p) < n:
            break
        at += 16 + n
        tcp = p[20:]
        sport, dport, seq, _, off, flags = struct.unpack(">HHIIBB", tcp[:14])
        side = "daemon" if sport == PORT else "client"
        key = (p[12:16], sport) if side == "client" else (p[16:20], dport)
        if flags & 18 == 2:
            flows[key] = {"client": bytearray(), "daemon": bytearray(), "how": []}
        f = flows[key]
        payload = tcp[(off >> 4) * 4:]
        if payload:
            assert seq == (len(f[side]) + 1) & 0xFFFFFFFF, "a hole in the %s's bytes" % side
            f[side] += payload
        f["how"] += ["%s %s" % (side, w) for bit, w in ((1, "fin"), (4, "rst")) if flags & bit]
    return list(flows.values())


# --- conversations ------------------------------------------------------------------------------

def unzstd(data, size):
    lib = ctypes.CDLL("libzstd.so.1")
    lib.ZSTD_decompress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(size or 1)
    got = lib.ZSTD_decompress(out, ctypes.c_size_t(size), data, ctypes.c_size_t(len(data)))
    assert got == size, "the blob does not have its %d bytes" % size
    return out.raw[:size]


def raw_json(line, key):
    """The text of a top-level key's value, as it stands in the line: its bytes count."""
    dec, i = json.JSONDecoder(), 1
    while line[i] != "}":
        i += line[i] in ", "
        name, i = dec.raw_decode(line, i)
        assert line[i] == ":"
        _, end = dec.raw_decode(line, i + 1)
        if name == key:
            return line[i + 1:end]
        i = end
    raise KeyError(key)


def values(text):
    """The texts of an array's elements, which stand without blanks between them."""
    dec, i, out = json.JSONDecoder(), 1, []
    while text[i] != "]":
        i += text[i] in ", "
        _, end = dec.raw_decode(text, i)
        out.append(text[i:end])
        i = end
    return out


def payload(line, ev, folder):
    after = ev.get("after", "")
    if "json" in ev:
        return (raw_json(line, "json") + after).encode()
    if "jsons" in ev:
        return "".join(v + after for v in values(raw_json(line, "jsons"))).encode()
    if "frames" in ev:
        out = b""
        for channel, text in ev["frames"]:
            data = text.encode() if isinstance(text, str) else base64.b64decode(text["base64"])
            out += struct.pack(">BxxxI", channel, len(data)) + data
        return out
    if "text" in ev:
        return ev["text"].encode()
    if "base64" in ev:
        return base64.b64decode(ev["base64"])
    if "blob" in ev:
        data = unzstd(open("%s/blobs/%s.zst" % (folder, ev["blob"]), "rb").read(), ev["size"])
        assert hashlib.sha256(data).hexdigest() == ev["blob"], "the blob is not what its name says"
        return data
    return b""


def framed(ev, data):
    if "wire" not in ev:
        return data
    out, at = b"", 0
    for step in ev["wire"]:
        if isinstance(step, str):
            out += step.encode("latin-1")
        else:
            out += data[at:at + step]
            at += step
    assert at == len(data), "the framing does not cover the payload"
    return out


def read_said(path):
    lines = open(path, encoding="utf-8", newline="\n").read().split("\n")
    assert lines.pop() == "", "no newline at the end"
    first, last = json.loads(lines[0]), json.loads(lines[-1])
    assert first["bugforbug"] == "conversation" and first["version"] == 1
    assert last["ev"] == "eof" and last["events"] == len(lines) - 2, "the last line counts wrong"
    flows, before = {}, 0
    for line in lines[1:-1]:
        ev = json.loads(line)
        assert ev["t"] >= before, "time falls"
        before = ev["t"]
        f = flows.setdefault(ev["conn"], {"client": bytearray(), "daemon": bytearray(), "how": []})
        if ev["ev"] in ("request", "response", "data"):
            side = {"request": "client", "response": "daemon"}.get(ev["ev"]) or ev["from"]
            if "head" in ev:
                f[side] += ("".join(h + "\r\n" for h in ev["head"]) + "\r\n").encode()
            if "head64" in ev:
                f[side] += base64.b64decode(ev["head64"])
            f[side] += framed(ev, payload(line, ev, os.path.dirname(path) or "."))
        elif ev["ev"] != "open":
            f["how"].append("%s %s" % (ev["from"], ev["ev"]))
    return [flows[k] for k in sorted(flows)]


def spill(flows, folder):
    os.makedirs(folder, exist_ok=True)
    for k, f in enumerate(flows, 1):
        for side in ("client", "daemon"):
            with open("%s/%d.%s" % (folder, k, side), "wb") as out:
                out.write(f[side])
        with open("%s/%d.how" % (folder, k), "w") as out:
            out.write("".join(w + "\n" for w in f["how"]))


def main():
    verb, *args = sys.argv[1:]
    if verb == "pcap":
        write_pcap(*args)
    elif verb == "flows":
        spill(read_flows(args[0]), args[1])
    elif verb == "said":
        spill(read_said(args[0]), args[1])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
