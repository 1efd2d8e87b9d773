#!/bin/sh
# What people read is spelled right.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(git rev-parse --show-toplevel)
cd "$top"
# "te" is a header. Tests cut words in two.
"$here/files" text | grep -v '/t/' | xargs -r codespell --quiet-level=3 --ignore-words-list=te
