#!/bin/sh
# Each check of the lint step refuses what it is there to refuse, and passes what is good.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
command -v git >/dev/null || { echo "1..0 # SKIP git is not installed (make deps-all)" && exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
git init -q .
mkdir -p recorder/base/t recorder/wire corpus suites/replay suites/reference
cp "$here/../../.clang-format" "$here/../../.clang-tidy" .
unset LINT_CPPFLAGS LINT_WARNINGS
n=0

result() {
    n=$((n + 1))
    echo "$1 $n - $2"
}

needs() {
    command -v "$2" >/dev/null 2>&1 && return
    result ok "$1 # SKIP $2 is not installed (make deps-all)"
    return 1
}

# passes CHECK: it has nothing against the tree as it is.
passes() {
    if "$here/$1.sh" >said 2>&1; then
        result ok "$1 passes what is good"
    else
        result "not ok" "$1 passes what is good"
        sed 's/^/# /' said
    fi
}

# refuses CHECK FILE TEXT: with the file's content from standard input, it fails, and says TEXT.
refuses() {
    cat >"$2"
    if ! "$here/$1.sh" >said 2>&1 && grep -q -- "$3" said; then
        result ok "$1 refuses $2: $3"
    else
        result "not ok" "$1 refuses $2: $3"
        sed 's/^/# /' said
    fi
    rm -f "$2"
}

lines() {
    awk -v n="$1" -v text="$2" 'BEGIN { for (i = 0; i < n; i++) print text }'
}

cat >recorder/base/err.h <<'E'
#ifndef ERR_H
#define ERR_H
struct err {
    char text[8];
};
int err_set(struct err *e, const char *fmt, ...);
#endif
E
cat >recorder/base/good.c <<'E'
/* printf(), strcpy() and exit() in a comment are nothing. */
#include "recorder/base/err.h"

int good(struct err *e, int n)
{
    if (n)
        return err_set(e, "strcpy(, \"exit(1)\" and '");
    return 0;
}
E

for check in includes limits banned; do passes $check; done

: >corpus/reader.h
: >recorder/wire/h1.h
refuses includes recorder/base/bad.c '"corpus/reader.h" belongs to a later stage' <<'E'
#include "corpus/reader.h"
E
refuses includes recorder/base/bad.c '"recorder/wire/h1.h" belongs to a later stage' <<'E'
#include "recorder/wire/h1.h"
E
refuses includes corpus/bad.c 'not a path from the root' <<'E'
#include "reader.h"
E
refuses includes corpus/bad.c 'only recorder/wire/h1.c' <<'E'
#include <llhttp.h>
E
refuses includes corpus/bad.c 'belongs to the tests' <<'E'
#include <check.h>
E
: >suites/reference/server.h
refuses includes suites/replay/bad.c 'share no code' <<'E'
#include "suites/reference/server.h"
E
echo '#include "recorder/base/b.h"' >recorder/base/a.h
refuses includes recorder/base/b.h 'in a circle' <<'E'
#include "recorder/base/a.h"
E
rm -f recorder/base/a.h
passes includes

{ printf 'int f(void)\n{\n' && lines 77 '    f();' && printf '}\n'; } >recorder/base/long.c
passes limits
{ printf 'int f(void)\n{\n' && lines 78 '    f();' && printf '}\n'; } >long
refuses limits recorder/base/bad.c '81 lines (at most 80)' <long
lines 601 'int a;' >long
refuses limits recorder/base/bad.c '601 lines (at most 600)' <long
lines 600 'int a;' >recorder/base/long.c
passes limits
rm long recorder/base/long.c

for call in 'strcpy(a, b)' 'sprintf (a, b)' 'x = atoi(a)' 'system(a)' 'exit(1)' 'abort()' 'assert(a)' 'printf(a)' \
    'fprintf(stdout, a)' 'fputs(a, stdout)' 'strtok(a, b)'; do
    refuses banned recorder/base/bad.c 'bad.c:3: ' <<E
void f(void)
{
    $call; /* here */
}
E
done
cat >recorder/base/fine.c <<'E'
void f(void)
{
    _exit(1);
    static_assert(1, "x");
    my_printf("x");
    s->printf(x, s->stdout);
    fprintf(stderr, "stdout");
}
E
echo 'void f(void) { printf("exits"); }' >corpus/cmd_check.c
echo 'void f(void) { assert(1); exit(printf("x")); }' >recorder/base/t/test_x.c
passes banned
rm -f recorder/base/fine.c corpus/cmd_check.c recorder/base/t/test_x.c

if needs globals objdump && needs globals cc; then
    mkdir -p build/release
    printf 'static const char *const names[] = {"a"};\nstatic const int n = 3;\nint f(int i) { return names[i][0] + n; }\n' >g.c
    cc -fPIE -c -o build/release/g.o g.c
    passes globals
    printf 'static int seen;\nint f(void) { return seen++; }\n' >g.c
    cc -fPIE -c -o build/release/g.o g.c && refuses globals bad.c 'seen is a variable' </dev/null
    printf 'int f(void) { static int seen = 1; return seen++; }\n' >g.c
    cc -fPIE -c -o build/release/g.o g.c && refuses globals bad.c 'seen is a variable' </dev/null
    rm -rf build g.c
    refuses globals g.c 'no objects' </dev/null
fi

if needs headers cc; then
    passes headers
    refuses headers recorder/base/bad.h 'does not compile alone' <<'E'
size_t f(void);
E
    refuses headers recorder/base/bad.h 'does not compile alone' <<'E'
struct twice {
    int a;
};
E
fi

if needs format clang-format; then
    passes format
    refuses format recorder/base/bad.c 'clang-formatted' <<'E'
int  f( void ) { return 1 ; }
E
fi

if needs cppcheck cppcheck; then
    passes cppcheck
    refuses cppcheck recorder/base/bad.c 'out of bounds' <<'E'
int f(void)
{
    int a[2] = {0};
    return a[2];
}
E
fi

if needs tidy clang-tidy; then
    passes tidy
    passes tidy
    refuses tidy recorder/base/bad.c 'misc-redundant-expression' <<'E'
int f(int n)
{
    return n == n;
}
E
    refuses tidy recorder/base/good.c 'garbage\|uninitialized' <<'E'
int good(int n)
{
    int value;
    if (n)
        value = 1;
    return value;
}
E
fi

if needs analyzer gcc; then
    refuses analyzer recorder/base/bad.c 'NULL' <<'E'
#include <stdlib.h>
char *f(void)
{
    char *p = malloc(1);
    *p = 0;
    return p;
}
E
    refuses analyzer recorder/base/bad.c 'double-\|after-\|after ' <<'E'
#include <stdlib.h>
int f(char *p)
{
    free(p);
    return *p;
}
E
fi

if needs shell shellcheck; then
    cat >tool <<'E'
#!/bin/sh
echo "$1"
E
    passes shell
    refuses shell tool SC2086 <<'E'
#!/bin/sh
rm $1
E
fi

cat >program <<'E'
#!/bin/sh
case $1 in
--help) printf 'usage: bugforbug COMMAND\n\n  show      says it\n  serve     does it\n\nmore\n' ;;
*) printf 'usage: bugforbug %s [--long] FILE\n\n  -h, --help      say this\n  -o, --out FILE  where to\n' "$1" ;;
esac
E
chmod +x program
printf 'all: ## build\ncheck: ## test\n' >Makefile
cat >GUIDE.md <<'E'
Type `bugforbug show --out=x --long a.jsonl`, then `make check`; bugforbug records prose.

    $ ./bugforbug serve -o x -- docker --rm
    bugforbug 0.1.0
    make -j2 all check T=test_x && ls
E
export BUGFORBUG="$work/program"
passes docs
# shellcheck disable=SC2016 # a document
for line in '`bugforbug shew`' '    bugforbug show --ouch' '`bugforbug show -x`' '`make chuck`' '    make all checks'; do
    echo "$line" >text
    refuses docs BAD.md 'BAD.md:1: ' <text
done

if needs spelling codespell; then
    passes spelling
    # In two parts, or this file would be refused.
    echo "it was rec""ieved" >text
    refuses spelling README.md 'received' <text
fi
echo "1..$n"
