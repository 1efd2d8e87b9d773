#!/usr/bin/env bash
# What the program prints, word for word: golden/*.txt. UPDATE_GOLDEN=1 makes them anew; look at the difference before committing it.
. "$(dirname "$0")/lib.sh"

# --- help and version -----------------------------------------------------------------------------

bfb --version
exits "--version succeeds" 0
golden version.txt out
bfb --help
exits "--help succeeds" 0
golden help.txt out
commands=$(sed -n 's/^  \([a-z]\{1,\}\) .*/\1/p' out)
[ -n "$commands" ] || fail "--help lists commands"
for c in $commands; do
    bfb "$c" --help
    exits "$c --help succeeds" 0
    golden "help-$c.txt" out
done

# --- wrong use: one line, exit 2, nothing on standard output --------------------------------------

wrong() {
    bfb "$@"
    { printf '$ bugforbug'; printf ' %q' "$@"; echo; cat err; echo "exit $status"; echo; } >>wrong.txt
    local what
    what="wrong use:$(printf ' %q' "$@")"
    [ ! -s out ] || fail "$what: standard output stays empty" "$(head -n 5 out)"
    one_error "$what" ""
}

echo "{}" >empty-object.json
cp "$here/data/baseline.jsonl" "$here/data/candidate.jsonl" .
wrong no-such-command
for c in $commands; do
    : >wrong.txt
    wrong "$c" --no-such-option
    wrong "$c" --color sometimes
    wrong "$c" --color
    case $c in
    record)
        wrong record
        wrong record --
        wrong record docker ps
        wrong record -o
        wrong record --upstream http://localhost -- true
        wrong record --upstream tcp://localhost:notaport -- true
        wrong record --listen unix:// -- true
        wrong record --listen "unix:///$(printf 'x%.0s' $(seq 120))" -- true
        wrong record -o no/such/folder/x.jsonl -- true
        wrong record --listen tcp://127.0.0.1:0 --keep-capture no/such/folder/x.pcap -- true
        ;;
    import)
        wrong import
        wrong import a.pcap b.pcap
        wrong import --port 0 a.pcap
        wrong import --port 65536 a.pcap
        wrong import --port http a.pcap
        wrong import --port -1 a.pcap
        ;;
    check)
        wrong check
        ;;
    replay)
        wrong replay
        wrong replay a.jsonl
        wrong replay --against unix:///nowhere
        wrong replay --against nonsense a.jsonl
        wrong replay --against unix:///nowhere --pace fast a.jsonl
        wrong replay --against unix:///nowhere --pace -1 a.jsonl
        ;;
    diff)
        wrong diff
        wrong diff a.jsonl
        wrong diff a.jsonl b.jsonl c.jsonl
        wrong diff --report pdf a.jsonl b.jsonl
        wrong diff --report json --report text a.jsonl b.jsonl
        wrong diff --fail-on sometimes a.jsonl b.jsonl
        wrong diff --rules nowhere.json baseline.jsonl candidate.jsonl
        wrong diff --rules empty-object.json baseline.jsonl candidate.jsonl
        ;;
    test)
        wrong test
        wrong test a.jsonl
        wrong test --against unix:///nowhere
        wrong test --against nonsense a.jsonl
        wrong test --against unix:///nowhere --pace fast a.jsonl
        wrong test --against unix:///nowhere --report pdf a.jsonl
        wrong test --against unix:///nowhere --fail-on sometimes a.jsonl
        ;;
    esac
    golden "wrong-$c.txt" wrong.txt
done

# --- import ---------------------------------------------------------------------------------------

"$python" "$here/wire.py" pcap session.pcap script <"$here/data/import.script"
bfb import -o session.jsonl session.pcap
exits "a capture is imported" 0
cp err import.txt
golden import.txt import.txt
golden import.jsonl session.jsonl
bfb import -o again.jsonl session.pcap
same "the same capture gives the same file" again.jsonl session.jsonl
bfb import --keep-secrets -o kept.jsonl session.pcap
check "the file is as corpus/FORMAT.md says" "$python" "$here/wire.py" said kept.jsonl said
for f in script/*.client script/*.daemon; do
    same "its bytes are those of the capture: ${f#script/}" "said/${f#script/}" "$f"
done
is "only its owner may read it" "$(stat -c %a session.jsonl)" 600

# --- diff -----------------------------------------------------------------------------------------

if grep -q '^  diff ' "$here/golden/help.txt"; then
    bfb diff --color never --report text --report json=report.json baseline.jsonl candidate.jsonl
    exits "differences end with 1" 1
    golden diff.txt out
    sed "s/\"took_ms\": [0-9]*/\"took_ms\": 0/" report.json >steady.json
    golden diff.json steady.json
    check "the JSON report parses" "$python" -m json.tool report.json
    bfb diff --color always baseline.jsonl candidate.jsonl
    golden diff-color.txt out
    bfb diff -q baseline.jsonl candidate.jsonl
    golden diff-quiet.txt out
    bfb diff --color never baseline.jsonl baseline.jsonl
    exits "no differences end with 0" 0
    golden diff-none.txt out
fi

done_testing
