#!/bin/sh
# The shell checker finds nothing in the scripts. (SC2016: programs of awk and python stand in single quotes.)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(git rev-parse --show-toplevel)
cd "$top"
"$here/files" shell | xargs -r shellcheck --external-sources --source-path=SCRIPTDIR --exclude=SC2016 --format=gcc
