#!/usr/bin/env bash
# Whatever stands in a file: one clear error that names the file and the place, exit 2; no crash, no hang, no memory without end.
# No engine is needed.
. "$(dirname "$0")/lib.sh"
limit=120
cp "$here/data/baseline.jsonl" good.jsonl
"$python" "$here/wire.py" pcap good.pcap script <"$here/data/import.script"
daemon_start candidate
has() { "$BUGFORBUG" --help | grep -q "^  $1 "; }

# refused WHAT FILE PLACE COMMAND...: run with a limit on what it may use; FILE and PLACE must be named.
refused() {
    local what=$1 file=$2 place=$3
    shift 3
    run "$python" "$here/peak.py" peak "$BUGFORBUG" "$@"
    # A conversation that cannot be read is an item of test's report; elsewhere it is the error.
    cat err out >said
    if [ "$status" != 2 ]; then
        fail "$what" "exit status $status and not 2" "$(head -n 5 said)"
    elif [ "$(grep -cF -- "$file" said)" -lt 1 ]; then
        fail "$what" "does not name $file:" "$(head -n 5 said)"
    elif [ "$(grep -cF -- "$place" said)" -lt 1 ]; then
        fail "$what" "does not name '$place':" "$(head -n 5 said)"
    elif [ "$(wc -l <err)" -gt 1 ] || grep -qE 'Sanitizer|runtime error' err; then
        fail "$what" "more than one line:" "$(head -n 20 err)"
    else
        pass "$what: $(cat err out | grep -F -- "$file" | head -n 1 | cut -c 1-160)"
    fi
    case $BUILD in
    */release) [ "$(cat peak)" -lt 300000 ] || fail "$what: in bounded memory" "$(cat peak) KiB" ;;
    esac
}

# --- conversations ---------------------------------------------------------------------------------------

mkdir folder blobs
: >empty.jsonl
printf '\0\1\2\3\377\376' >binary.jsonl
cp "$BUGFORBUG" program.jsonl
printf 'hello\nworld\n' >garbage.jsonl
head -n 5 good.jsonl >no-end.jsonl
head -c 700 good.jsonl >cut.jsonl
sed 's/"version":1/"version":2/' good.jsonl >version.jsonl
sed 's/"bugforbug":"conversation"/"bugforbug":"suite"/' good.jsonl >other-kind.jsonl
sed '3s/"ev":/"unknown":1,"ev":/' good.jsonl >unknown-key.jsonl
sed '3s/"ev":/"x":1,"ev":/' good.jsonl >twice.jsonl
sed '4s/"ev":"response"/"ev":"applause"/' good.jsonl >unknown-event.jsonl
sed '4s/"t":[0-9.]*/"t":-1/' good.jsonl >negative-time.jsonl
sed '5s/"t":[0-9.]*/"t":0.000001/' good.jsonl >falling-time.jsonl
sed '4s/"t":[0-9.]*/"t":1e400/' good.jsonl >huge-time.jsonl
sed '4s/"conn":1/"conn":7/' good.jsonl >no-such-conn.jsonl
sed '4s/"x":1/"x":9/' good.jsonl >no-such-exchange.jsonl
sed '4s/"x":1/"x":4294967297/' good.jsonl >huge-number.jsonl
sed '3s/"head":\[[^]]*\]/"head":["GET \/ HTTP\/1.1\\r\\nX: smuggled"]/' good.jsonl >crlf.jsonl
sed '3s/"json":{[^}]*}/"base64":"!!!"/' good.jsonl >base64.jsonl
sed '3s/"json":{[^}]*}/"frames":[[1]]/' good.jsonl >frames.jsonl
sed '3s/"json":{[^}]*}/"json":{"Name":}/' good.jsonl >json.jsonl
sed '3s/"json":/"wire":["5\\r\\n",5],"json":/' good.jsonl >wire.jsonl
sed '3s/"json":{[^}]*}/"text":"\\ud800"/' good.jsonl >surrogate.jsonl
printf '%s\n' "$(sed -n 3p good.jsonl)" | sed 's/cache/\xff\xfe/' >line3
{ sed -n 1,2p good.jsonl && cat line3 && sed -n '4,$p' good.jsonl; } >utf8.jsonl
sed '$s/"events":[0-9]*/"events":1/' good.jsonl >miscounted.jsonl
{ cat good.jsonl && sed -n 2p good.jsonl; } >behind-the-end.jsonl
no_blob=$(printf 'ab%.0s' $(seq 32))
sed "3s/\"json\":{[^}]*}/\"size\":5,\"blob\":\"$no_blob\"/" good.jsonl >no-blob.jsonl
bad_blob=$(printf 'cd%.0s' $(seq 32))
echo "no zstd" >"blobs/$bad_blob.zst"
sed "3s/\"json\":{[^}]*}/\"size\":5,\"blob\":\"$bad_blob\"/" good.jsonl >bad-blob.jsonl
sed '3s/"json":{[^}]*}/"size":5,"blob":"..\/..\/..\/etc\/passwd"/' good.jsonl >blob-path.jsonl
sed "3s/\"json\":{[^}]*}/\"size\":99999999999,\"blob\":\"$bad_blob\"/" good.jsonl >huge-blob.jsonl
{ sed -n 1,2p good.jsonl && head -c 67108864 /dev/zero | tr '\0' x; } >huge-line.jsonl
{ sed -n 1,2p good.jsonl && head -c 8000000 /dev/zero | tr '\0' '['; } >deep.jsonl
truncate -s 2G huge-file.jsonl

conversations='missing:no such|No such folder:directory empty: binary:1 program:1 garbage:1 no-end: cut: version:1 other-kind:1 unknown-key:3
    twice:3 unknown-event:4 negative-time:4 falling-time:5 huge-time:4 no-such-conn:4 no-such-exchange:4 huge-number:4 crlf:3 base64:3
    frames:3 json:3 wire:3 surrogate:3 utf8:3 miscounted: behind-the-end: no-blob:3 bad-blob:3 blob-path:3 huge-blob:3 huge-line:3 deep:3
    huge-file:'
# place NAME LINE: how the place is named: FILE:LINE, or FILE alone.
for one in missing: folder: $(printf '%s\n' "$conversations" | tr ' ' '\n' | grep -E '^[a-z0-9-]+:[0-9]*$' | grep -Ev '^(missing|folder):'); do
    name=${one%%:*} line=${one#*:}
    file=$name.jsonl
    [ "$name" != folder ] || file=folder
    place=$file${line:+:$line}
    [ "$name" = folder ] || refused "check $name" "$file" "$place" check "$file"
    # A blob is looked for when it is needed: then it is the place.
    case $name in
    no-blob) place=blobs/$no_blob ;;
    bad-blob) place=blobs/$bad_blob ;;
    esac
    ! has diff || refused "diff $name" "$file" "$place" diff "$file" good.jsonl
    ! has diff || [ "$name" = huge-line ] || refused "diff, the other way, $name" "$file" "$place" diff good.jsonl "$file"
    ! has replay || refused "replay $name" "$file" "$place" replay --against "$url" -o out.jsonl "$file"
    ! has test || refused "test $name" "$file" "$place" test --against "$url" "$file"
done

# --- captures ----------------------------------------------------------------------------------------------

: >empty.pcap
head -c 10 good.pcap >head.pcap
printf 'hello\nworld\n' >garbage.pcap
cp "$BUGFORBUG" program.pcap
{ head -c 20 good.pcap && printf '\377\0\0\0' && tail -c +25 good.pcap; } >link-type.pcap
{ head -c 32 good.pcap && printf '\377\377\377\177' && tail -c +37 good.pcap; } >huge-packet.pcap
for name in missing empty head garbage program link-type huge-packet; do
    refused "import $name" "$name.pcap" "$name.pcap" import -o out.jsonl "$name.pcap"
    check_not "import $name: writes nothing" test -e out.jsonl
done
bfb check folder
exits "check of a folder with nothing in it: nothing could be checked" 3
refused "import a folder" folder folder import -o out.jsonl folder
refused "import into a folder that is not there" no/such no/such import -o no/such/out.jsonl good.pcap

# What is there of a cut capture is worth having, and the file says that it is not all.
head -c 990 good.pcap >cut.pcap
bfb import -q -o out.jsonl cut.pcap
one_error "import of a capture that ends in the middle of a packet" incomplete
check "has what was there" "$python" "$here/wire.py" said out.jsonl said.cut
check "and says that it is not all" grep -q '"ev":"eof".*"lost":"' out.jsonl
rm out.jsonl

# Packets of all kinds that make no sense: whatever comes, it ends, and does not crash.
for seed in 1 2 3 4 5 6 7 8; do
    "$python" - "$seed" <<'P'
import random, sys
rnd = random.Random(int(sys.argv[1]))
data = bytearray(open("good.pcap", "rb").read())
for _ in range(40):
    data[rnd.randrange(24, len(data))] = rnd.randrange(256)
open("noise.pcap", "wb").write(data)
P
    bfb import -o out.jsonl noise.pcap
    check "import of a capture with noise $seed: exit status $status" test "$status" = 0 -o "$status" = 2 -o "$status" = 3
    check_not "no crash" grep -qE 'Sanitizer|runtime error' err
done

# --- rules and suites -----------------------------------------------------------------------------------------

if has diff; then
    printf '{"format": "bugforbug-rules/1", "rules": [' >cut.json
    printf 'null' >null.json
    printf '{"format": "bugforbug-rules/2", "rules": []}' >version.json
    printf '{"format": "bugforbug-rules/1", "rules": [{"no-such-key": 1}]}' >key.json
    printf '{"format": "bugforbug-rules/1", "rules": [7]}' >number.json
    : >empty.json
    cp "$BUGFORBUG" program.json
    for name in missing cut null version key number empty program; do
        refused "rules: $name" "$name.json" "$name.json" diff --rules "$name.json" good.jsonl good.jsonl
    done
fi
if has test; then
    suite() {
        mkdir -p "$1"
        cat >"$1/suite.json"
        refused "suite: $1" "$1/suite.json" "$1/suite.json" test --against "$url" "$1"
    }
    suite s-empty </dev/null
    suite s-cut <<<'{"format": '
    suite s-null <<<null
    suite s-list <<<'[]'
    suite s-object <<<'{}'
    suite s-version <<<'{"suite":"x","version":99,"why":"y","conversations":["../good.jsonl"]}'
    suite s-key <<<'{"suite":"x","version":1,"why":"y","conversations":["../good.jsonl"],"no-such-key":1}'
    suite s-none <<<'{"suite":"x","version":1,"why":"y","conversations":[]}'
    suite s-nothing-there <<<'{"suite":"x","version":1,"why":"y","conversations":["no-such-*.jsonl"]}'
    refused "a folder without a suite" folder folder test --against "$url" folder
fi

done_testing
