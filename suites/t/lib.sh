# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is read there
# What the end-to-end tests share: TAP, golden files, bounded waits, and processes that end with the test. Sourced, never run.
#
# A test gets BUGFORBUG (the program) and BUILD (its build folder) from `make check`; alone it takes the release build. Everything
# that it makes is in $work, which is also where it runs, so that the paths in messages are the same everywhere.
set -u
export LC_ALL=C TZ=UTC PYTHONDONTWRITEBYTECODE=1
unset DOCKER_HOST DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_API_VERSION NO_COLOR XDG_RUNTIME_DIR
unset http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY all_proxy

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
BUGFORBUG=${BUGFORBUG:-$top/build/release/bugforbug}
BUILD=${BUILD:-$(dirname "$BUGFORBUG")}
# Debian's python first: python3-docker is its module.
if [ -x /usr/bin/python3 ]; then python=/usr/bin/python3; else python=$(command -v python3); fi
export PYTHONPATH="$here"
# The limit of one command, in seconds. Nothing here waits for it; it is for what hangs.
limit=${E2E_LIMIT:-60}

work=$(mktemp -d "${TMPDIR:-/tmp}/e2e.XXXXXX") || exit 1
cd "$work" || exit 1
export TMPDIR="$work"

# --- what ends with the test --------------------------------------------------------------------

pids=()    # processes that were spawned
engines=() # "kind folder"

finish() {
    status_of_all=$?
    trap - EXIT INT TERM
    exec 2>/dev/null # or the shell would say who was killed
    for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null; done
    for one in "${engines[@]}"; do
        # shellcheck disable=SC2086 # two words
        "$top/suites/engines/engine" stop $one >/dev/null 2>&1
    done
    cd /
    if [ -n "${E2E_KEEP:-}" ]; then echo "# kept: $work"; else rm -rf "$work"; fi
    exit "$status_of_all"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# spawn NAME COMMAND...: runs in the background, output into NAME.out and NAME.err; $! is its PID. It
# is never a wrapper, so signals reach the program.
spawn() {
    local name=$1
    shift
    "$@" >"$name.out" 2>"$name.err" </dev/null &
    pids+=("$!")
}

# within SECONDS COMMAND...: until it succeeds; fails when the time is up.
within() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -le "$until" ] || return 1
        sleep 0.02 # the poll's interval; nothing depends on it
    done
}

# ended PID: waits for a child of this shell, at most $limit; its exit status is in $status.
ended() {
    status=
    if within "$limit" eval "! kill -0 $1 2>/dev/null || grep -q '^State:.Z' /proc/$1/status 2>/dev/null"; then
        { wait "$1"; } 2>/dev/null # the shell would say that it was killed
        status=$?
        return 0
    fi
    kill -KILL "$1"
    status="no end after $limit s"
    return 1
}

# --- TAP ----------------------------------------------------------------------------------------

n=0
bad=0

pass() {
    n=$((n + 1))
    echo "ok $n - $*"
}

# fail WHAT [DETAIL...]: the details are lines under it.
fail() {
    n=$((n + 1))
    bad=$((bad + 1))
    echo "not ok $n - $1"
    shift
    [ $# = 0 ] || printf '%s\n' "$@" | head -n 60 | cut -c 1-400 | sed 's/^/#   /'
}

skip() {
    n=$((n + 1))
    echo "ok $n - $1 # SKIP $2"
}

skip_all() {
    echo "1..0 # SKIP $*"
    exit 0
}

# Closes the test.
done_testing() {
    echo "1..$n"
    [ "$bad" = 0 ] || exit 1
    exit 0
}

# is WHAT ACTUAL EXPECTED
is() {
    if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "expected: $3" "actual:   $2"; fi
}

# check WHAT COMMAND...: it must succeed; what it prints is shown if not.
check() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then pass "$what"; else fail "$what" "$*" "$said"; fi
}

# check_not WHAT COMMAND...: it must fail.
check_not() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then fail "$what" "$*" "$said"; else pass "$what"; fi
}

# same WHAT FILE FILE: byte for byte.
same() {
    if cmp -s "$2" "$3"; then
        pass "$1"
    else
        fail "$1" "$2 ($(stat -c %s "$2" 2>/dev/null) bytes) and $3 ($(stat -c %s "$3" 2>/dev/null) bytes) differ" \
            "$(diff -u "$3" "$2" 2>&1 | head -n 30)"
    fi
}

# golden NAME FILE: it is as golden/NAME; UPDATE_GOLDEN=1 makes it so.
golden() {
    if [ "${UPDATE_GOLDEN:-0}" = 1 ]; then
        cmp -s "$2" "$here/golden/$1" || cp "$2" "$here/golden/$1"
    fi
    if diff -u "$here/golden/$1" "$2" >golden.diff 2>&1; then
        pass "golden $1"
    else
        fail "golden $1 (UPDATE_GOLDEN=1 takes the new one)" "$(cat golden.diff)"
    fi
}

# --- running the program ------------------------------------------------------------------------

# run COMMAND...: its output is in the files out and err, its status in $status. What hangs is killed: 124, 137.
run() {
    timeout -k 5 "$limit" "$@" >out 2>err </dev/null
    status=$?
}

bfb() { run "$BUGFORBUG" "$@"; }

# exits WHAT STATUS: what the last run ended with.
exits() {
    if [ "$status" = "$2" ]; then
        pass "$1"
    else
        fail "$1" "exit status $status and not $2" "stderr:" "$(head -n 20 err)" "stdout:" "$(head -n 20 out)"
    fi
}

# one_error WHAT TEXT: the last run said one error line, which has TEXT in it, and ended with 2.
one_error() {
    if [ "$status" = 2 ] && [ "$(wc -l <err)" = 1 ] && grep -q '^bugforbug: ' err && grep -qF -- "$2" err; then
        pass "$1"
    else
        fail "$1" "wanted: exit 2 and one line 'bugforbug: ... $2 ...'" "exit status $status, stderr:" "$(head -n 20 err)"
    fi
}

# --- engines ------------------------------------------------------------------------------------

# need_engine docker|podman...: else the test is skipped.
need_engine() {
    local kind why
    for kind in "$@"; do
        why=$("$top/suites/engines/engine" have "$kind" 2>&1) || skip_all "$why"
    done
}

# engine_start docker|podman NAME: a fresh one in the folder NAME, its URL in $url.
engine_start() {
    engines+=("$1 $work/$2")
    if ! url=$("$top/suites/engines/engine" start "$1" "$work/$2" 2>engine.err); then
        fail "$1 starts" "$(cat engine.err)"
        done_testing
    fi
}

engine_stop() { "$top/suites/engines/engine" stop "$1" "$work/$2" 2>engine.err; }

# --- a fake daemon ------------------------------------------------------------------------------

# daemon_start LOG [URL]: daemon.py, logging into the folder LOG; its URL is in $url, its PID in $daemon.
daemon_start() {
    spawn "$1.daemon" "$python" "$here/daemon.py" "$1" "${2:-unix://$work/$1.sock}"
    daemon=$!
    if ! within "$limit" test -s "$1/url"; then
        fail "the fake daemon starts" "$(cat "$1.daemon.err")"
        done_testing
    fi
    url=$(cat "$1/url")
}

daemon_stop() {
    kill -TERM "$daemon"
    wait "$daemon" 2>/dev/null
}

# record_start NAME OPTION...: records without a command, into NAME.jsonl; where clients connect is in $tap, its PID in $recorder.
record_start() {
    local name=$1
    shift
    spawn "$name.record" "$BUGFORBUG" record -o "$name.jsonl" "$@"
    recorder=$!
    if ! within "$limit" grep -q 'DOCKER_HOST=' "$name.record.err"; then
        fail "record listens ($*)" "$(cat "$name.record.err")"
        done_testing
    fi
    tap=$(sed -n 's/.*DOCKER_HOST=\([^ ,]*\).*/\1/p' "$name.record.err" | head -n 1)
}

# record_stop: ends it as a person would; its exit status is in $status.
record_stop() {
    kill -INT "$recorder"
    ended "$recorder"
}

# client: runs the Python program on standard input, which finds peer.py.
client() { timeout -k 5 "$limit" "$python" - "$@"; }

# bytes_are_whole WHAT JSONL LOG: each connection's bytes in the conversation are what the fake daemon read and wrote. The recording
# must have kept its secrets.
bytes_are_whole() {
    local what=$1 k wrong=""
    if ! "$python" "$here/wire.py" said "$2" "$2.said" 2>said.err; then
        fail "$what" "$(tail -n 3 said.err)"
        return
    fi
    for k in "$3"/*.in; do
        k=$(basename "$k" .in)
        cmp -s "$2.said/$k.client" "$3/$k.in" || wrong="$wrong client's of connection $k,"
        cmp -s "$2.said/$k.daemon" "$3/$k.out" || wrong="$wrong daemon's of connection $k,"
    done
    if [ -z "$wrong" ]; then pass "$what"; else fail "$what" "other bytes:$wrong"; fi
}
