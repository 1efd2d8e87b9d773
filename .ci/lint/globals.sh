#!/bin/sh
# No state outlives a call: what the program holds in writable memory is listed here, with its reason.
#
#   .ci/lint/globals.sh [OBJECT...]      (the objects of build/release, when none are named)
set -eu
top=$(git rev-parse --show-toplevel)
cd "$top"
# FILE:NAME of each exception. A signal handler has no other place to write to.
allowed="
"
if [ $# = 0 ]; then
    # shellcheck disable=SC2046 # no blanks in our file names
    set -- $(find build/release -name '*.o' ! -path '*/t/*' ! -path '*/.ci/*' ! -path 'build/release/llhttp/*' 2>/dev/null)
    [ $# -gt 0 ] || { echo "there are no objects to look into: run make" && exit 1; }
fi
# .data.rel.ro holds constants that contain addresses.
for object in "$@"; do
    objdump -t "$object" | awk -v object="${object#build/release/}" -v allowed="$allowed" '
    / O (\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && !/ \.data\.rel\.ro/ {
        name = $NF; sub(/\.[0-9]+$/, "", name); file = object; sub(/o$/, "c", file)
        if (index(allowed, "\n" file ":" name "\n")) next
        print file ": " name " is a variable that outlives its call"; bad = 1
    }
    END { exit bad }' || bad=1
done
exit "${bad:-0}"
