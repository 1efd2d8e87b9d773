# shellcheck shell=sh
# What the shell recipes share; README.md beside this file has the rules. Sourced, never run.
set -eu

: "${DOCKER_HOST:?names the engine, unix:///path}"
sock=${DOCKER_HOST#unix://}
name=$(basename "$0")

# Nobody's settings, credentials or proxies may reach a recording, and no path that differs from one
# machine to the next: compose writes its working directory into labels.
unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_API_VERSION DOCKER_DEFAULT_PLATFORM
unset http_proxy https_proxy ftp_proxy no_proxy HTTP_PROXY HTTPS_PROXY FTP_PROXY NO_PROXY ALL_PROXY all_proxy
work=/tmp/bugforbug-recipes/$name
rm -rf "$work"
mkdir -p "$work/home"
PATH=/usr/bin:/bin:/usr/sbin:/sbin
export PATH HOME="$work/home" DOCKER_CONFIG="$work/home" DOCKER_BUILDKIT=0 LC_ALL=C TZ=UTC
export COMPOSE_PROJECT_NAME=bfb COMPOSE_ANSI=never COMPOSE_INTERACTIVE_NO_CLI=1 PYTHONDONTWRITEBYTECODE=1
trap 'cd /; rm -rf "$work"' EXIT
cd "$work"

# Debian's client and not another that may come first in PATH: the recordings say its version.
docker() { /usr/bin/docker "$@"; }
compose() { /usr/bin/docker-compose "$@"; }

complain() {
    printf '%s: %s\n' "$name" "$*" >&2
    exit 1
}

# fails STATUS COMMAND...: it must end with just this status.
fails() {
    want=$1
    shift
    got=0
    "$@" || got=$?
    [ "$got" = "$want" ] || complain "$*: ended with $got and not $want"
}

# api STATUS METHOD PATH [JSON] [CURL OPTION...]: one request on a connection of its own, which must
# be answered with this status. JSON - stands for no body. Prints the answer's body.
api() {
    want=$1 method=$2 path=$3
    shift 3
    data=${1--}
    [ $# = 0 ] || shift
    [ "$data" = - ] || set -- -H 'Content-Type: application/json' --data-binary "$data" "$@"
    [ "$method" != HEAD ] || set -- --head "$@"
    got=$(curl -sS -g -o "$work/answer" -w '%{http_code}' --unix-socket "$sock" -X "$method" "$@" "http://docker$path") ||
        complain "$method $path: curl failed"
    cat "$work/answer" 2>/dev/null || :
    [ "$got" = "$want" ] || complain "$method $path: answered $got and not $want"
}

# ready CONTAINER [FILE]: waits, inside the container and so in one exchange, until it has made FILE.
ready() { docker exec "$1" sh -c "until [ -e ${2:-/tmp/ready} ]; do sleep 0.02; done"; }

# tiny FILE.tar [TEXT]: an image's root with one small file, the same bytes each time.
tiny() {
    mkdir -p "$work/tiny"
    echo "${2:-tiny}" >"$work/tiny/file"
    tar --format=ustar --mtime=@1600000000 --owner=0 --group=0 --numeric-owner --mode=0644 -C "$work/tiny" -cf "$1" file
}

# image_archive FILE.tar NAME:TAG: an image as `docker save` writes it. Its ID is the digest of its
# settings, which are fixed here, and so the same in every engine; an import's has the time in it.
image_archive() {
    tiny layer.tar
    layer=$(sha256sum layer.tar | cut -c1-64)
    mkdir -p "archive/$layer"
    mv layer.tar "archive/$layer/layer.tar"
    printf '{"architecture":"amd64","os":"linux","created":"2020-09-13T12:26:40Z","config":{"Cmd":["/file"]},' >archive/config
    printf '"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created":"2020-09-13T12:26:40Z"}]}' "$layer" >>archive/config
    config=$(sha256sum archive/config | cut -c1-64)
    mv archive/config "archive/$config.json"
    printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":["%s/layer.tar"]}]' "$config" "$2" "$layer" >archive/manifest.json
    tar --format=ustar --sort=name --mtime=@1600000000 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
        -C archive -cf "$1" manifest.json "$config.json" "$layer"
    rm -r archive
}
