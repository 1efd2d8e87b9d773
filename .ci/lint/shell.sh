#!/bin/sh
# The shell checker finds nothing in the scripts.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(git rev-parse --show-toplevel)
cd "$top"
"$here/files" shell | xargs -r shellcheck --format=gcc
