#!/bin/sh
# clang-tidy finds nothing. A file that it found clean is looked at again when the file, what it includes, the flags or the checks
# have changed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(git rev-parse --show-toplevel)
cd "$top"
LINT_CPPFLAGS="${LINT_CPPFLAGS:--D_GNU_SOURCE -I.}"
LINT_WARNINGS="${LINT_WARNINGS:--Wall -Wextra}"
CLEAN=build/lint/tidy
mkdir -p "$CLEAN"
COMMON=$({ clang-tidy --version; cat .clang-tidy "$here/tidy.h"; cat "$here/tidy.sh"; echo "$LINT_CPPFLAGS $LINT_WARNINGS"; } | sha256sum)
# The search for paths is cut short: a function that needs more costs ten times the seconds and has not yet shown more.
BOUND="-Xclang -analyzer-config -Xclang max-nodes=30000"
export LINT_CPPFLAGS LINT_WARNINGS CLEAN BOUND COMMON TOLD="$here/tidy.h"
# shellcheck disable=SC2016 # expanded by the inner shell
"$here/files" sources | xargs -r -n 1 -P "$(nproc)" sh -c '
    inputs=$(cc $LINT_CPPFLAGS -std=c11 -MM "$0" 2>/dev/null | sed "s/^[^:]*://" | tr -d "\\\\") || inputs=$0
    key=$({ echo "$COMMON"; sha256sum $inputs; } | sha256sum | cut -c 1-40)
    [ ! -e "$CLEAN/$key" ] || exit 0
    include="-include $TOLD"
    [ "$0" != recorder/base/err.c ] || include=
    if clang-tidy --quiet "$0" -- $LINT_CPPFLAGS $LINT_WARNINGS -std=c11 $BOUND $include >"$CLEAN/$key.log" 2>/dev/null && [ ! -s "$CLEAN/$key.log" ]; then
        mv "$CLEAN/$key.log" "$CLEAN/$key"
    else
        grep -E "(error|warning):" "$CLEAN/$key.log" | sort -u || cat "$CLEAN/$key.log"
        rm -f "$CLEAN/$key.log"
        exit 1
    fi'
