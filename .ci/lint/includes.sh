#!/bin/sh
# Includes follow the flow of data: recorder < corpus < differ < reports < suites, and inside recorder
# base < wire < conversation < capture < tap. A file includes its own stage or an earlier one, spelled from the root. Headers do
# not include each other in a circle. Only recorder/wire/h1.c sees the HTTP parser. The replay client and the reference server
# share no code of their own, so that a wrong assumption in one shows in the other.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(git rev-parse --show-toplevel)
cd "$top"
files=$("$here/files" c)
[ -n "$files" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2086 # no blanks in our file names
awk -v edges="$work/edges" '
function stage(path) {
    if (path !~ /\//) return 99
    if (path ~ /^recorder\/base\//) return 1
    if (path ~ /^recorder\/wire\//) return 2
    if (path ~ /^recorder\/conversation\//) return 3
    if (path ~ /^recorder\/capture\//) return 4
    if (path ~ /^recorder\/tap\//) return 5
    if (path ~ /^recorder\//) return 6
    if (path ~ /^corpus\//) return 7
    if (path ~ /^differ\//) return 8
    if (path ~ /^reports\//) return 9
    if (path ~ /^suites\//) return 10
    return 0
}
function refuse(why) { print FILENAME ":" FNR ": " why; bad = 1 }
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, part, "\""); to = part[2]
    if (!stage(FILENAME)) refuse("the file stands in no stage")
    else if (to !~ /\// || (getline line < to) < 0) refuse("\"" to "\" is not a path from the root")
    else if (stage(to) > stage(FILENAME)) refuse("\"" to "\" belongs to a later stage")
    else if (to ~ /\/t\// && FILENAME !~ /\/t\//) refuse("\"" to "\" belongs to the tests")
    else if (FILENAME ~ /^suites\/replay\// && to ~ /^suites\/reference\// ||
             FILENAME ~ /^suites\/reference\// && to ~ /^suites\/replay\//)
        refuse("replay client and reference server share no code")
    close(to)
    if (FILENAME ~ /\.h$/ && to ~ /\.h$/) print FILENAME, to >edges
}
/^[ \t]*#[ \t]*include[ \t]*[<"]llhttp\.h/ && FILENAME !~ /^recorder\/wire\/(t\/.*|h1)\.[ch]$/ {
    refuse("only recorder/wire/h1.c sees the HTTP parser")
}
/^[ \t]*#[ \t]*include[ \t]*<check\.h>/ && FILENAME !~ /\/t\// { refuse("check.h belongs to the tests") }
END { exit bad }' $files || bad=1

if [ -s "$work/edges" ] && ! tsort "$work/edges" >/dev/null 2>"$work/circle"; then
    echo "headers include each other in a circle:"
    sed -n 's/^tsort: //p' "$work/circle"
    bad=1
fi
exit "${bad:-0}"
