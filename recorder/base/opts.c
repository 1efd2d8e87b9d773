#include "recorder/base/opts.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_OPTS 32
#define FIRST_LONG 256

static const struct opt common[] = {
    {"help", 'h', OPT_FLAG, NULL, "say this", NULL},
    {"quiet", 'q', OPT_FLAG, NULL, "errors only", NULL},
    {"verbose", 'v', OPT_FLAG, NULL, "say more", NULL},
    {"color", 0, OPT_STRING, "WHEN", "auto (the default), always or never; NO_COLOR is honoured",
     NULL},
    {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
};

/* Both tables as getopt wants them: rows[i] belongs to longs[i], whose value is FIRST_LONG + i. */
struct parser {
    const struct opt *rows[MAX_OPTS];
    struct option longs[MAX_OPTS + 1];
    char shorts[2 * MAX_OPTS + 4];
    int n;
};

static void parser_add(struct parser *p, const struct opt *table)
{
    for (; table->name && p->n < MAX_OPTS; table++) {
        int arg = table->kind == OPT_FLAG ? no_argument : required_argument;
        p->rows[p->n] = table;
        p->longs[p->n] = (struct option){table->name, arg, NULL, FIRST_LONG + p->n};
        p->n++;
        if (!table->letter)
            continue;
        size_t at = strlen(p->shorts);
        p->shorts[at++] = table->letter;
        if (arg == required_argument)
            p->shorts[at] = ':';
    }
}

static void help_table(const struct opt *table)
{
    for (; table->name; table++) {
        char left[64];
        snprintf(left, sizeof left, "%s%c%s --%s%s%s", table->letter ? "-" : " ",
                 table->letter ? table->letter : ' ', table->letter ? "," : " ", table->name,
                 table->arg ? " " : "", table->arg ? table->arg : "");
        printf("  %-30s %s\n", left, table->help);
    }
}

static void help(const struct command *self, const struct opt *table)
{
    printf("usage: bugforbug %s %s\n\n%s\n\n", self->name, self->synopsis, self->summary);
    help_table(table);
    help_table(common);
}

static int wrong(const struct command *self, const char *what, const char *name)
{
    struct err e;
    err_set(&e, "%s: %s%s (see 'bugforbug %s --help')", self->name, what, name, self->name);
    fprintf(stderr, "bugforbug: %s\n", e.text);
    return -1;
}

static int store(const struct command *self, const struct opt *row, const char *value)
{
    if (row->kind == OPT_FLAG) {
        *(bool *)row->dest = true;
    } else if (row->kind == OPT_STRING) {
        *(const char **)row->dest = value;
    } else if (row->kind == OPT_LIST) {
        struct opt_list *list = row->dest;
        if (list->n == OPT_LIST_MAX)
            return wrong(self, "too many of --", row->name);
        list->v[list->n++] = value;
    } else {
        char *end;
        errno = 0;
        long number = strtol(value, &end, 10);
        if (errno || *end || end == value || number < 0)
            return wrong(self, "not a number: ", value);
        *(long *)row->dest = number;
    }
    return 0;
}

static int set_color(const struct command *self, const char *when, struct log *log)
{
    if (strcmp(when, "always") == 0)
        log->color = true;
    else if (strcmp(when, "never") == 0)
        log->color = false;
    else if (strcmp(when, "auto") != 0)
        return wrong(self, "--color takes auto, always or never, not ", when);
    return 0;
}

static void split_command(int *argc, char **argv, struct operands *out)
{
    for (int i = 1; i < *argc; i++)
        if (strcmp(argv[i], "--") == 0) {
            out->command = argv + i + 1;
            out->command_n = *argc - i - 1;
            *argc = i;
            return;
        }
}

static const struct opt *row_of(const struct parser *p, int got)
{
    for (int i = 0; i < p->n; i++)
        if (got == FIRST_LONG + i || (got < FIRST_LONG && got && got == p->rows[i]->letter))
            return p->rows[i];
    return NULL;
}

/* getopt refused: optopt is the option's letter or row, or 0 where `word` is no option. */
static enum opts_result refuse(const struct command *self, const struct parser *p, int got,
                               const char *word)
{
    const struct opt *row = optopt >= FIRST_LONG ? row_of(p, optopt) : NULL;
    const char *what = got == ':' ? "needs a value: "
                       : row      ? "takes no value: "
                                  : "unknown or ambiguous option: ";
    char name[64];
    if (row)
        snprintf(name, sizeof name, "--%s", row->name);
    else
        snprintf(name, sizeof name, "-%c", optopt);
    wrong(self, what, optopt ? name : word);
    return OPTS_WRONG;
}

static enum opts_result take(const struct command *self, const struct opt *table, struct parser *p,
                             int got, struct log *log)
{
    const struct opt *row = row_of(p, got);
    if (!row)
        return OPTS_WRONG;
    if (row->dest)
        return store(self, row, optarg) < 0 ? OPTS_WRONG : OPTS_RUN;
    if (row->name[0] == 'h') {
        help(self, table);
        return OPTS_HELP;
    }
    if (row->name[0] == 'c')
        return set_color(self, optarg, log) < 0 ? OPTS_WRONG : OPTS_RUN;
    log->level = row->name[0] == 'q' ? -1 : 1;
    return OPTS_RUN;
}

enum opts_result opts_parse(const struct command *self, const struct opt *table, int argc,
                            char **argv, struct log *log, struct operands *out)
{
    /* '-': operands are handed over where they stand, whatever POSIXLY_CORRECT asks for. */
    struct parser p = {.shorts = "-:"};
    parser_add(&p, table);
    parser_add(&p, common);
    const char *no_color = getenv("NO_COLOR");
    *log = (struct log){.level = 0, .color = isatty(1) && !(no_color && *no_color)};
    *out = (struct operands){.v = argv + 1};
    split_command(&argc, argv, out);
    optind = 0; /* glibc and musl: start afresh */
    opterr = 0;
    for (;;) {
        int got = getopt_long(argc, argv, p.shorts, p.longs, NULL);
        if (got < 0)
            break;
        if (got == 1) { /* an operand; its new place is behind getopt's */
            out->v[out->n++] = optarg;
            continue;
        }
        if (got == '?' || got == ':')
            return refuse(self, &p, got, argv[optind - 1]);
        enum opts_result r = take(self, table, &p, got, log);
        if (r != OPTS_RUN)
            return r;
    }
    return OPTS_RUN;
}

static int usage(const struct command *table, FILE *to)
{
    fprintf(to, "usage: bugforbug COMMAND [OPTION...] [ARG...]\n\n");
    for (; table->name; table++)
        fprintf(to, "  %-9s %s\n", table->name, table->summary);
    fprintf(to,
            "\n'bugforbug COMMAND --help' says more; 'bugforbug --version' says the version.\n");
    return to == stderr ? STATUS_ERROR : STATUS_CONFORMS;
}

static int run_command(const struct command *table, int argc, char **argv)
{
    for (const struct command *c = table; c->name; c++)
        if (strcmp(argv[1], c->name) == 0)
            return c->run(c, argc - 1, argv + 1);
    struct err e;
    err_set(&e, "unknown command '%s' (see 'bugforbug --help')", argv[1]);
    fprintf(stderr, "bugforbug: %s\n", e.text);
    return STATUS_ERROR;
}

int command_main(const struct command *table, const char *version, int argc, char **argv)
{
    int status = STATUS_CONFORMS;
    if (argc < 2)
        status = usage(table, stderr);
    else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        status = usage(table, stdout);
    else if (strcmp(argv[1], "--version") == 0)
        printf("bugforbug %s\n", version);
    else
        status = run_command(table, argc, argv);
    /* A report that did not reach its reader must not look like a clean run. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "bugforbug: cannot write to standard output: %s\n", strerror(errno));
        return STATUS_ERROR;
    }
    return status;
}
