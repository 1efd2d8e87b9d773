#!/usr/bin/env bash
# What record writes has no secrets in it, unless it was asked for them. No engine is needed.
. "$(dirname "$0")/lib.sh"

cat >secrets.py <<'P'
import base64, json, peer, socket
auth = base64.urlsafe_b64encode(json.dumps({"username": "ci", "password": "registry-Secret-1", "serveraddress": "r.example"}).encode()).decode()
s = peer.connect()
peer.ask(s, "POST", "/v1.41/images/create?fromImage=r.example/a&tag=1", b"", "X-Registry-Auth: " + auth)
body = {"Image": "busybox", "Env": ["DB_PASSWORD=env-Secret-2", "LANG=C"], "Cmd": ["echo", "env-Secret-2"]}
peer.ask(s, "POST", "/v1.41/containers/create", json.dumps(body).encode(), "Content-Type: application/json")
peer.ask(s, "POST", "/v1.41/auth", json.dumps({"username": "ci", "password": "login-Secret-3"}).encode(), "Content-Type: application/json")
s = peer.connect()
s.sendall(b"POST /v1.41/containers/x/attach?stdin=1&stream=1 HTTP/1.1\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n")
r = peer.Reader(s)
r.head()
s.sendall(b"export CI_JOB_TOKEN=stdin-Secret-4\necho building\n")
s.shutdown(socket.SHUT_WR)
assert b"stdin-Secret-4" in r.rest()
P
daemon_start secrets
bfb record --upstream "$url" -o secrets.jsonl -- "$python" secrets.py
exits "a session with secrets" 0
bfb record --keep-secrets --upstream "$url" -o kept-secrets.jsonl -- "$python" secrets.py
exits "the same with --keep-secrets" 0
# A secret also counts where it stands in base64; the header's value is one.
auth=$(sed -n 's/.*X-Registry-Auth: \([A-Za-z0-9_=-]*\).*/\1/p' kept-secrets.jsonl)
for secret in "${auth:-missing}" registry-Secret-1 env-Secret-2 login-Secret-3 stdin-Secret-4; do
    check_not "not in the file: $secret" grep -rqF -- "$secret" secrets.jsonl blobs
    check_not "nor on the terminal: $secret" grep -qF -- "$secret" out err
    case $secret in registry-*) continue ;; esac
    check "with --keep-secrets it is: $secret" grep -qF -- "$secret" kept-secrets.jsonl
done
check "what is no secret stays" grep -q 'echo building' secrets.jsonl
check "the file names what was replaced" grep -q '^{"bugforbug".*"secrets":\[' secrets.jsonl
is "the same secret is the same placeholder, from both sides" \
    "$(grep -o '{{secret:[A-Z0-9_]*CI_JOB_TOKEN[A-Z0-9_]*}}' secrets.jsonl | sort | uniq -c | wc -l)" 1
daemon_stop

done_testing
