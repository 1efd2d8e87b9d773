#!/bin/sh
# The test runner counts what the tests say, and sees those that say nothing, crash, hang, or ran less than planned.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
runner=$here/run-tests
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export BUGFORBUG=/bin/true BUILD="$work/build"
unset REQUIRE_ENGINES
n=0

# totals LAST-LINE STATUS: what a run of ./program (standard input) must end with.
totals() {
    cat >./program
    chmod +x program
    said=$("$runner" program 2>&1)
    status=$?
    n=$((n + 1))
    if [ "$(echo "$said" | tail -n 1)" = "$1" ] && [ "$status" = "$2" ] && { [ $# = 2 ] || echo "$said" | grep -q "$3"; }; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1, exit status $2"
        echo "$said" | sed 's/^/# /'
    fi
}

totals "5 passed, 0 failed, 0 skipped" 0 <<'E'
#!/bin/sh
echo "100%: Checks: 5, Failures: 0, Errors: 0"
E
totals "4 passed, 3 failed, 0 skipped" 1 "test.c:3" <<'E'
#!/bin/sh
echo "57%: Checks: 7, Failures: 2, Errors: 1"
echo "test.c:3: broken"
exit 1
E
totals "4 passed, 1 failed, 0 skipped" 1 <<'E'
#!/bin/sh
echo "80%: Checks: 5, Failures: 1, Errors: 0"
exit 0
E
totals "5 passed, 1 failed, 0 skipped" 1 "exit status 3" <<'E'
#!/bin/sh
echo "100%: Checks: 5, Failures: 0, Errors: 0"
exit 3
E
totals "2 passed, 0 failed, 1 skipped" 0 "three: no engine" <<'E'
#!/bin/sh
echo "ok 1 - one"
echo "ok 2 - two"
echo "ok 3 - three # SKIP no engine"
echo "1..3"
E
totals "1 passed, 1 failed, 0 skipped" 1 <<'E'
#!/bin/sh
echo "ok 1 - one"
echo "not ok 2 - two"
echo "1..2"
E
totals "0 passed, 0 failed, 1 skipped" 0 "no dockerd here" <<'E'
#!/bin/sh
echo "1..0 # SKIP no dockerd here"
E
totals "1 passed, 1 failed, 0 skipped" 1 <<'E'
#!/bin/sh
echo "1..3"
echo "ok 1 - one"
E
totals "0 passed, 1 failed, 0 skipped" 1 <<'E'
#!/bin/sh
echo "nothing was counted"
E
totals "1 passed, 1 failed, 0 skipped" 1 "signal 9" <<'E'
#!/bin/sh
echo "ok 1 - one"
kill -9 $$
E
totals "1 passed, 0 failed, 0 skipped" 0 <<'E'
#!/bin/sh
# Its own empty folder, nothing on standard input, the program and the build folder by name.
[ -d "$TMPDIR" ] && [ -z "$(ls -A "$TMPDIR")" ] && [ -z "$(cat)" ] && [ -x "$BUGFORBUG" ] && [ -d "$BUILD" ] && echo "ok 1"
touch "$TMPDIR/left"
E
TEST_TIMEOUT=1 totals "1 passed, 1 failed, 0 skipped" 1 "no end after 1 s" <<'E'
#!/bin/sh
echo "ok 1 - one"
# Nobody ever writes there.
mkfifo "$TMPDIR/fifo" && cat "$TMPDIR/fifo"
E
REQUIRE_ENGINES=1 totals "1 passed, 1 failed, 0 skipped" 1 "two: no engine" <<'E'
#!/bin/sh
echo "ok 1 - one"
echo "ok 2 - two # SKIP no engine"
E
if "$runner" >/dev/null 2>&1; then echo "not ok $((n + 1)) - no test at all"; else echo "ok $((n + 1)) - no test at all"; fi
echo "1..$((n + 1))"
