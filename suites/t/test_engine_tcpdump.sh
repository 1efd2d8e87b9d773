#!/usr/bin/env bash
# tcpdump on lo and the tap hear the same session: their conversations mean the same, and hold the same bytes.
. "$(dirname "$0")/lib.sh"
need_engine docker
limit=180
engine_start docker d
docker=$url

# The daemon on a TCP port of loopback: this port is what tcpdump hears; the tap stands in front of it.
spawn socat socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork,reuseaddr "UNIX-CONNECT:${docker#unix://}"
within "$limit" grep -q 'listening on' socat.err
port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' socat.err | head -n 1)
# A packet is in the file when it was heard; tcpdump stops by itself at no time, so it is told to.
spawn tcpdump tcpdump -i lo -U -s 0 -w lo.pcap "tcp port $port"
tcpdump=$!
within "$limit" grep -q 'listening on lo' tcpdump.err || skip_all "tcpdump cannot listen on lo: $(tail -n 1 tcpdump.err)"

cat >session.sh <<'S'
set -e
d=/usr/bin/docker
$d volume create bfb-v
$d volume create bfb-v
$d run --name bfb-one -v bfb-v:/v busybox:latest sh -c 'echo out; echo err >&2; exit 3' || echo "status $?"
printf 'one\ntwo\n' | $d run -i --rm busybox:latest cat
$d logs bfb-one
$d exec bfb-one true || echo "status $?"
head -c 3000000 /dev/zero | tr '\0' x >file
$d cp file bfb-one:/file
$d cp bfb-one:/file back
cmp file back
$d rm bfb-one
$d volume rm bfb-v
S
bfb record --keep-secrets --upstream "tcp://127.0.0.1:$port" -o tap.jsonl -- sh session.sh
exits "the session behind the tap" 0
connections=$(grep -c '"ev":"open"' tap.jsonl)

# shellcheck disable=SC2317 # check calls it
heard_all() {
    [ "$(tcpdump -nr lo.pcap "tcp[tcpflags] & tcp-syn != 0 and dst port $port" 2>/dev/null | wc -l)" -ge "$connections" ] &&
        [ "$(tcpdump -nr lo.pcap "tcp[tcpflags] & (tcp-fin|tcp-rst) != 0 and dst port $port" 2>/dev/null | wc -l)" -ge "$connections" ]
}
# All of it was said before record ended; the last FIN may still be on its way to the file.
check "tcpdump heard all connections" within "$limit" heard_all
kill -INT "$tcpdump"
ended "$tcpdump"
check "and dropped nothing" grep -q '^0 packets dropped by kernel' tcpdump.err

bfb import --keep-secrets --port "$port" -o lo.jsonl lo.pcap
exits "import reads what tcpdump wrote" 0
is "the same number of exchanges" "$(grep -c '"ev":"request"' lo.jsonl)" "$(grep -c '"ev":"request"' tap.jsonl)"
bfb diff --fail-on cosmetic --report text --report json=report.json tap.jsonl lo.jsonl
exits "they mean the same: no finding, not even a cosmetic one" 0
check "everything was compared" "$python" -c '
import json
t = json.load(open("report.json"))["totals"]
assert t["compared"] == t["exchanges"] > 20, t'

"$python" "$here/wire.py" said tap.jsonl tap.said
"$python" "$here/wire.py" said lo.jsonl lo.said
# A client that has what it wants (docker cp: the archive's end) may leave before the daemon's last chunk line: that reached the host,
# where tcpdump heard it, and nobody behind the tap.
other=""
for f in tap.said/*.client tap.said/*.daemon; do
    there=lo.said/$(basename "$f") size=$(stat -c %s "$f")
    cmp -s -n "$size" "$f" "$there" || other="$other $(basename "$f")"
    [ "$size" = "$(stat -c %s "$there")" ] || [ "$(tail -c +$((size + 1)) "$there" | tr -d '\r\n')" = 0 ] || other="$other $there is longer"
done
is "and hold the same bytes" "$other" ""
done_testing
