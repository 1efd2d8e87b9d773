#!/bin/sh
# Each header compiles alone, and twice.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(git rev-parse --show-toplevel)
cd "$top"
FLAGS=$("$here/flags")
export CC="${CC:-cc}" FLAGS
# shellcheck disable=SC2016 # expanded by the inner shell
"$here/files" headers | xargs -r -n 1 -P "$(nproc)" sh -c 'printf "#include \"%s\"\n#include \"%s\"\n" "$0" "$0" |
    $CC $FLAGS -std=c11 -Wall -Wextra -Werror -fsyntax-only -x c - || { echo "$0: does not compile alone" && exit 1; }'
