#!/bin/sh
# gcc -fanalyzer finds no unchecked allocation, no use or release of what was released.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(git rev-parse --show-toplevel)
cd "$top"
flags=$("$here/flags")
# Left out: leaks, reported too often of memory that its owner still holds (LeakSanitizer finds them); values never set, reported of
# a partial copy over what was set (clang-tidy finds them).
# shellcheck disable=SC2086 # flags are words
"$here/files" sources | grep -v '/t/' | "$here/each" analyzer 1 gcc $flags -std=c11 -O1 -fanalyzer -Wno-analyzer-malloc-leak \
    -Wno-analyzer-file-leak -Wno-analyzer-use-of-uninitialized-value -Wno-analyzer-too-complex -Werror \
    -fdiagnostics-plain-output -c -o /dev/null
