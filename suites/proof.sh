#!/bin/sh
# Docker against itself is silent: every suite, replayed to a fresh Docker of this machine, in each
# of ROUNDS rounds (10). Prints a line a round and ends with 1 when one of them found anything,
# skipped anything or left anything behind.
set -eu

cd "$(dirname "$0")/.."
program=${BUGFORBUG:-build/release/bugforbug}
engine=suites/engines/engine
rounds=${ROUNDS:-10}
dir=$(mktemp -d "${TMPDIR:-/tmp}/bugforbug-proof.XXXXXX")
trap '"$engine" stop docker "$dir/docker" >/dev/null 2>&1 || :; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

left_behind() {
    /usr/bin/docker -H "$1" ps -aq
    /usr/bin/docker -H "$1" volume ls -q
    /usr/bin/docker -H "$1" network ls -qf type=custom
    /usr/bin/docker -H "$1" images -q | sed 1d
}

bad=0
round=1
set -- suites/*/suite.json
while [ "$round" -le "$rounds" ]; do
    url=$("$engine" start docker "$dir/docker")
    status=0
    # shellcheck disable=SC2046 # folders of suites have no blanks in their names
    "$program" test --against "$url" --fail-on cosmetic --report "text=$dir/text" \
        $(dirname "$@") || status=$?
    left=$(left_behind "$url")
    echo "round $round of $rounds: exit $status, $(head -n 1 "$dir/text"), left behind: ${left:-nothing}"
    if [ "$status" -ne 0 ] || [ -n "$left" ]; then
        bad=1
        cat "$dir/text"
    fi
    "$engine" stop docker "$dir/docker"
    round=$((round + 1))
done
exit "$bad"
