#!/bin/sh
# A function has at most 80 lines, a file at most 600. (Half of that is the aim.)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(git rev-parse --show-toplevel)
cd "$top"
files=$("$here/files" c; "$here/files" shell)
[ -n "$files" ] || exit 0
# The format puts the braces of a function, and only those, into the first column.
# shellcheck disable=SC2086 # no blanks in our file names
awk '
function file_ends() {
    if (name != "" && lines > 600) { print name ": " lines " lines (at most 600)"; bad = 1 }
}
FNR == 1 { file_ends(); name = FILENAME; begin = 0; head = "" }
{ lines = FNR }
name !~ /\.[ch]$/ { next }
/^[A-Za-z_].*\(/ { head = $0; head_line = FNR }
/^\{/ { begin = head_line ? head_line : FNR }
/^\}/ && begin {
    if (FNR - begin + 1 > 80) { print name ":" begin ": " FNR - begin + 1 " lines (at most 80): " head; bad = 1 }
    begin = 0
}
END { file_ends(); exit bad }' $files
