#!/bin/sh
# clang-tidy finds nothing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(git rev-parse --show-toplevel)
cd "$top"
# The search for paths is cut short, and left out for tests, which the sanitizers see run: a function that needs more costs ten times
# the seconds and has not yet shown more.
flags="$("$here/flags") ${LINT_WARNINGS:--Wall -Wextra} -std=c11 -Xclang -analyzer-config -Xclang max-nodes=10000"
key=$(clang-tidy --version && cat .clang-tidy "$here/tidy.h")
# What it prints on standard error counts the warnings of system headers.
# shellcheck disable=SC2016 # expanded by the inner shell
"$here/files" sources | "$here/each" tidy "$key" sh -c '
    told="-include $1"
    case $2 in
    recorder/base/err.c) told= ;;
    recorder/base/sock.c) told="-DTIDY_SOCKETS $told" ;;
    esac
    case $2 in
    */t/*) checks="-clang-analyzer-*" ;;
    *) checks= ;;
    esac
    said=$(clang-tidy --quiet --checks="$checks" "$2" -- $0 $told 2>/dev/null) || echo "$2: clang-tidy refuses it:"
    echo "$said" | sed -n "/: error: /p;/: warning: /p"' "$flags" "$here/tidy.h"
