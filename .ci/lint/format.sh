#!/bin/sh
# The sources look as .clang-format says (`make format` brings them there).
top=$(git rev-parse --show-toplevel) && cd "$top" || exit 2
"$(dirname "$0")/files" c | xargs -r clang-format --dry-run -Werror --ferror-limit=3
