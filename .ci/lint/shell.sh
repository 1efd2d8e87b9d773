#!/bin/sh
# The shell checker finds nothing in the scripts.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$(git rev-parse --show-toplevel)"
"$here/files" shell | xargs -r shellcheck --format=gcc
