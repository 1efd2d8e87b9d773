#!/bin/sh
# cppcheck finds nothing. Left out is what it cannot know: that (NULL, 0) is an empty range (gcc -fanalyzer looks for null
# pointers), where the linker puts the ends of an embedded file, that a member is not the argument of the same name, and who owns
# memory whose address went into a struct (LeakSanitizer does), or which of a buffer's bytes are set (clang-tidy looks for those).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(git rev-parse --show-toplevel)
cd "$top"
files=$("$here/files" sources | grep -v '/t/' || :)
[ -n "$files" ] || exit 0
mkdir -p build/lint/cppcheck
# shellcheck disable=SC2086 # no blanks in our file names
cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -j "$(nproc)" --cppcheck-build-dir=build/lint/cppcheck \
    --enable=warning,performance,portability --suppress=missingIncludeSystem --suppress=nullPointer --suppress=nullPointerArithmetic \
    --suppress=comparePointers --suppress=pointerSize --suppress=memleak --suppress=uninitvar \
    '-Djson_object_foreach(o,k,v)=while (next_pair(o, &k, &v))' \
    '-Djson_array_foreach(a,i,v)=while (next_item(a, &i, &v))' \
    --template='{file}:{line}: {message} [{id}]' -D_GNU_SOURCE -I. $files
