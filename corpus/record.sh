#!/bin/sh
# Records the shipped corpus anew: each program in corpus/recipes on a fresh Docker of this machine.
#
#   corpus/record.sh            all of them
#   corpus/record.sh NAME...    these
#
# A recording takes its place only when its recipe ended well and was recorded whole. In the end the
# engine must hold nothing but its fixture: a recipe that leaves things behind would change what the
# next one sees.
set -eu

cd "$(dirname "$0")/.."
program=${BUGFORBUG:-build/release/bugforbug}
engine=suites/engines/engine
dir=$(mktemp -d "${TMPDIR:-/tmp}/bugforbug-corpus.XXXXXX")
trap '"$engine" stop docker "$dir/docker" >/dev/null 2>&1 || :; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

# need FIX COMMAND...: a client that must be there, and how to get it.
need() {
    fix=$1
    shift
    "$@" >/dev/null 2>&1 || {
        echo "record.sh: '$*' fails: apt-get install $fix" >&2
        exit 2
    }
}
need docker.io test -x /usr/bin/docker
need docker-compose test -x /usr/bin/docker-compose
need python3-docker /usr/bin/python3 -c 'import docker'
need curl curl --version
need 'nodejs npm' npm --version
[ -d build/npm/node_modules/dockerode ] || npm install --silent --no-audit --no-fund --prefix build/npm dockerode >&2

url=$("$engine" start docker "$dir/docker")
version=$(/usr/bin/docker -H "$url" version -f '{{.Server.Version}}' | sed 's/+.*//')
out=corpus/docker-$version
mkdir -p "$out"

bad=0
if [ $# -eq 0 ]; then
    for recipe in corpus/recipes/*; do
        [ ! -x "$recipe" ] || set -- "$@" "$(basename "$recipe")"
    done
fi
for name in "$@"; do
    if "$program" record -q --upstream "$url" -o "$dir/$name.jsonl" -- "$PWD/corpus/recipes/$name" >"$dir/log" 2>&1; then
        [ ! -d "$dir/blobs" ] || { mkdir -p "$out/blobs" && cp -n "$dir/blobs/"* "$out/blobs/"; }
        sed "1s|\"$PWD/|\"|" "$dir/$name.jsonl" >"$out/$name.jsonl"
        echo "recorded $out/$name.jsonl"
    else
        echo "record.sh: $name failed:" >&2
        cat "$dir/log" >&2
        bad=1
    fi
done

# Blobs that no conversation names any more.
for blob in "$out"/blobs/*; do
    [ ! -e "$blob" ] || grep -qs "\"$(basename "$blob" .zst)\"" "$out"/*.jsonl || rm "$blob"
done

left=$(
    /usr/bin/docker -H "$url" ps -aq
    /usr/bin/docker -H "$url" volume ls -q
    /usr/bin/docker -H "$url" network ls -qf type=custom
    /usr/bin/docker -H "$url" images -q | sed 1d
)
[ -z "$left" ] || {
    echo "record.sh: recipes left behind: $left" >&2
    bad=1
}
"$program" check "$out"
exit "$bad"
