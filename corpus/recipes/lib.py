"""What the Python recipes share; README.md beside this file has the rules."""
import os
import socket
import sys

# Nobody's settings, credentials or proxies may reach a recording.
for variable in list(os.environ):
    if variable.lower().endswith("_proxy") or variable in ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        del os.environ[variable]
os.environ["DOCKER_CONFIG"] = "/nonexistent"
os.environ["TZ"] = "UTC"
sys.dont_write_bytecode = True


def client():
    import docker
    return docker.from_env(version="auto", timeout=60)


def check(condition, *what):
    if not condition:
        sys.exit("%s: %s" % (os.path.basename(sys.argv[0]), " ".join(str(w) for w in what)))


def refused(error, status, call, *args, **kwargs):
    """The call must raise this error, with this status where it has one."""
    try:
        call(*args, **kwargs)
    except error as e:
        check(getattr(e, "status_code", status) == status, "answered", e)
        return
    check(False, "not refused:", getattr(call, "__name__", call))


def connect():
    """A plain connection to the engine, for what a library would hide."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(60)
    s.connect(os.environ["DOCKER_HOST"].replace("unix://", "", 1))
    return s


def send_request(s, method, path, body=b"", headers=()):
    head = ["%s %s HTTP/1.1" % (method, path), "Host: docker", "User-Agent: bugforbug-recipe"]
    if body:
        head.append("Content-Type: application/json")
    if body or method == "POST":
        head.append("Content-Length: %d" % len(body))
    head.extend(headers)
    s.sendall("\r\n".join(head + ["", ""]).encode() + body)


def read_head(s):
    """The status and what arrived behind the head."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = s.recv(4096)
        check(part, "closed before the head ended:", data)
        data += part
    head, rest = data.split(b"\r\n\r\n", 1)
    return int(head.split()[1]), rest


def read_until(s, end, data=b""):
    while end not in data:
        part = s.recv(4096)
        check(part, "closed before", end, "came:", data)
        data += part
    return data


def read_all(s, data=b""):
    while True:
        part = s.recv(65536)
        if not part:
            return data
        data += part


def unframe(data):
    """Stream number -> bytes, joined."""
    out = {}
    while data:
        size = int.from_bytes(data[4:8], "big")
        out[data[0]] = out.get(data[0], b"") + data[8:8 + size]
        data = data[8 + size:]
    return out


def tar(entries):
    """A tar of name -> bytes, the same each time."""
    import io
    import tarfile
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), 1600000000
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def image_archive(reference):
    """lib.sh has the same, and says why: an image whose ID does not depend on the engine."""
    import hashlib
    import json
    layer = tar([("file", b"python")])
    layer_id = hashlib.sha256(layer).hexdigest()
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "created": "2020-09-13T12:26:40Z", "config": {"Cmd": ["/file"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + layer_id]},
        "history": [{"created": "2020-09-13T12:26:40Z"}]}).encode()
    config_id = hashlib.sha256(config).hexdigest()
    manifest = json.dumps([{"Config": config_id + ".json", "RepoTags": [reference],
                            "Layers": [layer_id + "/layer.tar"]}]).encode()
    return tar([("manifest.json", manifest), (config_id + ".json", config), (layer_id + "/layer.tar", layer)])
