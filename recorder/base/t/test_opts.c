/* A command that says what it was given, run in a child whose stdout and stderr are kept. */
#include "recorder/base/opts.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/span.h"
#include "recorder/base/t/suite.h"

static int cmd_try(const struct command *self, int argc, char **argv)
{
    bool force = false;
    const char *file = "-";
    long number = 7;
    struct opt_list list = {.n = 0};
    const struct opt table[] = {
        {"force", 'f', OPT_FLAG, NULL, "do it", &force},
        {"file", 'o', OPT_STRING, "FILE", "where to", &file},
        {"count", 0, OPT_NUMBER, "N", "how many", &number},
        {"rule", 0, OPT_LIST, "RULE", "again and again", &list},
        {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
    };
    struct log log;
    struct operands rest;
    enum opts_result r = opts_parse(self, table, argc, argv, &log, &rest);
    if (r != OPTS_RUN)
        return r == OPTS_HELP ? STATUS_CONFORMS : STATUS_ERROR;
    printf("%s%s %ld", force ? "force " : "", file, number);
    for (size_t i = 0; i < list.n; i++)
        printf(" %s", list.v[i]);
    for (int i = 0; i < rest.n; i++)
        printf(" [%s]", rest.v[i]);
    if (rest.command)
        printf(" --");
    for (int i = 0; i < rest.command_n; i++)
        printf(" [%s]", rest.command[i]);
    printf("%s%s",
           log.level < 0 ? " quiet"
           : log.level   ? " verbose"
                         : "",
           log.color ? " color" : "");
    return STATUS_CONFORMS;
}

static int cmd_fail(const struct command *self, int argc, char **argv)
{
    (void)self, (void)argv;
    return argc == 1 ? STATUS_FINDINGS : STATUS_NOTHING;
}

static const struct command commands[] = {
    {"try", "[-f] FILE...", "says what it was given", cmd_try},
    {"fail", "", "fails", cmd_fail},
    {NULL, NULL, NULL, NULL},
};

#define WORDS_MAX 100
static struct buf out, err; /* what the child said */

static void slurp(FILE *f, struct buf *to)
{
    buf_free(to);
    *to = BUF_INIT(1 << 16);
    rewind(f);
    for (int c; (c = getc(f)) != EOF;)
        ck_assert_int_eq(buf_addc(to, (char)c), 0);
    fclose(f);
}

/* The exit status of `bugforbug WORD...`; its stdout goes to out_fd, or is kept where that is -1.
 */
static int run_words(char **words, int n, int out_fd)
{
    FILE *o = tmpfile(), *e = tmpfile();
    ck_assert(o && e);
    fflush(stdout);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        dup2(out_fd < 0 ? fileno(o) : out_fd, 1);
        dup2(fileno(e), 2);
        exit(command_main(commands, "1.2.3", n, words));
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status), "ended by a signal");
    slurp(o, &out);
    slurp(e, &err);
    return WEXITSTATUS(status);
}

/* Words are parted by blanks; '' is an empty one. */
static int run_to(const char *line, int out_fd)
{
    char text[4096] = "bugforbug", *words[WORDS_MAX + 1] = {text};
    int n = 1;
    size_t at = sizeof "bugforbug";
    struct span rest = span_of(line);
    while (rest.p && rest.n) {
        struct span word = span_cut(&rest, ' ');
        if (span_is(word, "''"))
            word.n = 0;
        ck_assert_int_lt(n, WORDS_MAX);
        ck_assert_uint_lt(at + word.n + 1, sizeof text);
        memcpy(text + at, word.p, word.n);
        words[n++] = text + at;
        at += word.n + 1;
    }
    words[n] = NULL;
    return run_words(words, n, out_fd);
}

static int run(const char *line)
{
    return run_to(line, -1);
}

static void ck_gives(const char *line, const char *want)
{
    int status = run(line);
    ck_assert_msg(status == 0, "%s: status %d: %s", line, status, buf_str(&err));
    ck_assert_str_eq(buf_str(&out), want);
    ck_assert_str_eq(buf_str(&err), "");
}

/* One line on stderr, nothing on stdout, status 2. */
static void ck_refuses(const char *line, const char *why)
{
    int status = run(line);
    ck_assert_msg(status == STATUS_ERROR, "%s: status %d: %s", line, status, buf_str(&out));
    ck_assert_str_eq(buf_str(&err), why);
    ck_assert_str_eq(buf_str(&out), "");
}

static void setup(void)
{
    unsetenv("NO_COLOR");
    unsetenv("POSIXLY_CORRECT");
}

START_TEST(all_kinds)
{
    ck_gives("try", "- 7");
    ck_gives("try -f -o x --count 0 --rule a --rule b", "force x 0 a b");
    ck_gives("try -fox", "force x 7");
    ck_gives("try --file=x --count=12 --rule= --force", "force x 12 ");
    ck_gives("try --file x --file y", "y 7");
    ck_gives("try -o -f", "-f 7"); /* a value may look like an option */
    ck_gives("try --fo --fi x --cou 3 --ru r", "force x 3 r");
}
END_TEST

START_TEST(options_stand_anywhere)
{
    ck_gives("try a -f b --count 3 c -o x", "force x 3 [a] [b] [c]");
    ck_gives("try '' -", "- 7 [] [-]");
    setenv("POSIXLY_CORRECT", "1", 1);
    ck_gives("try a -f", "force - 7 [a]");
}
END_TEST

START_TEST(a_command_is_split_off)
{
    ck_gives("try a -- docker -f --help -- x", "- 7 [a] -- [docker] [-f] [--help] [--] [x]");
    ck_gives("try -f --", "force - 7 --");
    ck_gives("try -- ''", "- 7 -- []");
}
END_TEST

START_TEST(levels_and_color)
{
    ck_gives("try -q", "- 7 quiet");
    ck_gives("try --verbose", "- 7 verbose");
    ck_gives("try -q -v", "- 7 verbose");
    ck_gives("try --color always", "- 7 color");
    ck_gives("try --color=never", "- 7");
    ck_gives("try --color auto", "- 7"); /* a file is no terminal */
    setenv("NO_COLOR", "1", 1);
    ck_gives("try --color always", "- 7 color"); /* asked for by name */
}
END_TEST

static void ck_terminal(const char *line, const char *want)
{
    CLEANUP_FD int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    char name[128], said[256] = "";
    ck_assert_int_ge(master, 0);
    ck_assert(grantpt(master) == 0 && unlockpt(master) == 0);
    ck_assert_int_eq(ptsname_r(master, name, sizeof name), 0);
    CLEANUP_FD int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_ge(slave, 0);
    ck_assert_int_eq(run_to(line, slave), 0);
    ck_assert_int_gt(read(master, said, sizeof said - 1), 0);
    ck_assert_str_eq(said, want);
}

START_TEST(a_terminal_has_color)
{
    ck_terminal("try", "- 7 color");
    ck_terminal("try --color auto", "- 7 color");
    ck_terminal("try --color never", "- 7");
    setenv("NO_COLOR", "", 1); /* no-color.org: when present and not an empty string */
    ck_terminal("try", "- 7 color");
    setenv("NO_COLOR", "0", 1);
    ck_terminal("try", "- 7");
    ck_terminal("try --color auto", "- 7");
}
END_TEST

#define SEE " (see 'bugforbug try --help')\n"

START_TEST(wrong_options_are_named)
{
    ck_refuses("try --none", "bugforbug: try: unknown or ambiguous option: --none" SEE);
    ck_refuses("try a --none b", "bugforbug: try: unknown or ambiguous option: --none" SEE);
    ck_refuses("try --f", "bugforbug: try: unknown or ambiguous option: --f" SEE);
    ck_refuses("try -x", "bugforbug: try: unknown or ambiguous option: -x" SEE);
    ck_refuses("try a -xf", "bugforbug: try: unknown or ambiguous option: -x" SEE);
    ck_refuses("try -fx", "bugforbug: try: unknown or ambiguous option: -x" SEE);
    ck_refuses("try -fxq a", "bugforbug: try: unknown or ambiguous option: -x" SEE);
    ck_refuses("try --n\x1b[2J", "bugforbug: try: unknown or ambiguous option: --n?[2J" SEE);
}
END_TEST

START_TEST(values_must_be_there)
{
    ck_refuses("try --file", "bugforbug: try: needs a value: --file" SEE);
    ck_refuses("try a --rule", "bugforbug: try: needs a value: --rule" SEE);
    ck_refuses("try -o", "bugforbug: try: needs a value: -o" SEE);
    ck_refuses("try -fo", "bugforbug: try: needs a value: -o" SEE);
    ck_refuses("try -o -- x", "bugforbug: try: needs a value: -o" SEE);
    ck_refuses("try --force=yes", "bugforbug: try: takes no value: --force" SEE);
    ck_refuses("try a --fo=yes b", "bugforbug: try: takes no value: --force" SEE);
    ck_refuses("try --help=me", "bugforbug: try: takes no value: --help" SEE);
}
END_TEST

START_TEST(numbers_must_be_numbers)
{
    static const char *const none[] = {
        "x", "1x", "-1", "''", "0x10", "1.5", "99999999999999999999"};
    for (size_t i = 0; i < COUNT(none); i++) {
        char line[100], why[200];
        snprintf(line, sizeof line, "try --count %s", none[i]);
        snprintf(why, sizeof why, "bugforbug: try: not a number: %s" SEE, i == 3 ? "" : none[i]);
        ck_refuses(line, why);
    }
    ck_gives("try --count 9223372036854775807", "- 9223372036854775807");
    ck_refuses("try --color red",
               "bugforbug: try: --color takes auto, always or never, not red" SEE);
}
END_TEST

START_TEST(a_list_has_a_limit)
{
    CLEANUP(buf_free) struct buf line = BUF_INIT(4096);
    buf_adds(&line, "try");
    for (int i = 0; i < OPT_LIST_MAX; i++)
        buf_adds(&line, " --rule=r");
    ck_assert_int_eq(run(buf_str(&line)), 0);
    ck_assert_ptr_nonnull(strstr(buf_str(&out), "7 r r"));
    buf_adds(&line, " --rule=r");
    ck_refuses(buf_str(&line), "bugforbug: try: too many of --rule" SEE);
}
END_TEST

START_TEST(help_is_the_table)
{
    static const char want[] = "usage: bugforbug try [-f] FILE...\n"
                               "\n"
                               "says what it was given\n"
                               "\n"
                               "  -f, --force                    do it\n"
                               "  -o, --file FILE                where to\n"
                               "      --count N                  how many\n"
                               "      --rule RULE                again and again\n"
                               "  -h, --help                     say this\n"
                               "  -q, --quiet                    errors only\n"
                               "  -v, --verbose                  say more\n"
                               "      --color WHEN               ";
    ck_assert_int_eq(run("try --help"), 0);
    ck_assert_str_eq(buf_str(&err), "");
    ck_assert_msg(strncmp(buf_str(&out), want, sizeof want - 1) == 0, "%s", buf_str(&out));
    ck_assert_int_eq(run("try a -h --none"), 0); /* what is behind it is not looked at */
    ck_assert_msg(strncmp(buf_str(&out), want, sizeof want - 1) == 0, "%s", buf_str(&out));
    ck_refuses("try --none -h", "bugforbug: try: unknown or ambiguous option: --none" SEE);
}
END_TEST

START_TEST(commands_are_found)
{
    static const char usage[] = "usage: bugforbug COMMAND";
    ck_assert_int_eq(run("fail"), STATUS_FINDINGS);
    ck_assert_int_eq(run("fail x"), STATUS_NOTHING);
    ck_assert_int_eq(run("--help"), STATUS_CONFORMS);
    ck_assert_int_eq(strncmp(buf_str(&out), usage, sizeof usage - 1), 0);
    ck_assert_ptr_nonnull(strstr(buf_str(&out), "\n  try       says what it was given\n"));
    ck_assert_int_eq(run("-h"), STATUS_CONFORMS);
    ck_assert_int_eq(run(""), STATUS_ERROR);
    ck_assert_int_eq(strncmp(buf_str(&err), usage, sizeof usage - 1), 0);
    ck_gives("--version", "bugforbug 1.2.3\n");
    ck_refuses("tr", "bugforbug: unknown command 'tr' (see 'bugforbug --help')\n");
    ck_refuses("-f try", "bugforbug: unknown command '-f' (see 'bugforbug --help')\n");
    ck_refuses("''", "bugforbug: unknown command '' (see 'bugforbug --help')\n");
}
END_TEST

/* A result that nobody got is no success. */
START_TEST(a_full_disk_is_told)
{
    static const char *const lines[] = {"try", "try --help", "--help", "--version"};
    CLEANUP_FD int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(full, 0);
    for (size_t i = 0; i < COUNT(lines); i++) {
        ck_assert_msg(run_to(lines[i], full) == STATUS_ERROR, "%s", lines[i]);
        ck_assert_str_eq(buf_str(&err),
                         "bugforbug: cannot write to standard output: No space left on device\n");
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        all_kinds,
        options_stand_anywhere,
        a_command_is_split_off,
        levels_and_color,
        a_terminal_has_color,
        wrong_options_are_named,
        values_must_be_there,
        numbers_must_be_numbers,
        a_list_has_a_limit,
        help_is_the_table,
        commands_are_found,
        a_full_disk_is_told,
    };
    return suite_run("opts", setup, NULL, tests, COUNT(tests));
}
