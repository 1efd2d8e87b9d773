#!/bin/sh
# The main job, end to end, on engines of its own: record a docker command on a real Docker, say it
# again to that Docker and to a real Podman, and show what differs. Nothing is left behind.
set -eu

cd "$(dirname "$0")/.."
program=${BUGFORBUG:-build/release/bugforbug}
engine=suites/engines/engine
dir=$(mktemp -d "${TMPDIR:-/tmp}/bugforbug-demo.XXXXXX")

stop() {
    for kind in docker podman; do
        [ ! -d "$dir/$kind" ] || "$engine" stop "$kind" "$dir/$kind" || true
    done
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT TERM

for kind in docker podman; do
    "$engine" have "$kind" || {
        echo "demo: a real Docker and a real Podman are needed (as root: make deps-all)" >&2
        exit 2
    }
done

say() {
    printf '\n\033[1m%s\033[0m\n' "$*"
}

say "Starting a Docker and a Podman of our own"
docker=$("$engine" start docker "$dir/docker")
podman=$("$engine" start podman "$dir/podman")

say "1. Record: docker run --rm busybox:latest sh -c 'echo out; echo err >&2; sleep 1; exit 3'"
status=0
"$program" record -o "$dir/hello.jsonl" --upstream "$docker" -- \
    docker run --rm busybox:latest sh -c 'echo out; echo err >&2; sleep 1; exit 3' || status=$?
[ "$status" -eq 3 ] || {
    echo "demo: docker run ended with $status through the tap, not with 3" >&2
    exit 1
}

say "2. Against the Docker that was recorded: nothing differs"
"$program" test --against "$docker" "$dir/hello.jsonl"

say "3. Against Podman: this differs"
status=0
"$program" test --against "$podman" "$dir/hello.jsonl" || status=$?
[ "$status" -eq 1 ] || {
    echo "demo: the test against Podman ended with $status, not with 1" >&2
    exit 1
}
