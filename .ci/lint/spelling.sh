#!/bin/sh
# What people read is spelled right.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$(git rev-parse --show-toplevel)"
# "ot", "te": transfer codings and times of the protocol.
"$here/files" text | xargs -r codespell --quiet-level=3 --ignore-words-list=te,ot
