/*
 * Command line options: one table says the name, the help text and where the value goes, so that
 * parsing and --help cannot disagree. Options may stand anywhere before `--` (shared CLI contract).
 */
#ifndef BUGFORBUG_BASE_OPTS_H
#define BUGFORBUG_BASE_OPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "recorder/base/err.h"
#include "recorder/base/log.h"

#define OPT_LIST_MAX 64

/* The values of an option that may be given more than once. Points into argv. */
struct opt_list {
    const char *v[OPT_LIST_MAX];
    size_t n;
};

enum opt_kind {
    OPT_FLAG,   /* bool * */
    OPT_STRING, /* const char ** */
    OPT_NUMBER, /* long *, 0 or more */
    OPT_LIST    /* struct opt_list * */
};

struct opt {
    const char *name; /* without dashes; NULL ends a table */
    char letter;      /* 0: no short form */
    enum opt_kind kind;
    const char *arg; /* the value's name in --help; NULL for a flag */
    const char *help;
    void *dest;
};

/* A command: a row of bugforbug.c's table. `run` returns the exit status (CLI contract: 0, 1, 2,
 * 3). */
struct command {
    const char *name;
    const char *synopsis; /* what follows the name in the usage line */
    const char *summary;  /* one line */
    int (*run)(const struct command *self, int argc, char **argv);
};

enum { STATUS_CONFORMS = 0, STATUS_FINDINGS = 1, STATUS_ERROR = 2, STATUS_NOTHING = 3 };

enum opts_result {
    OPTS_RUN,  /* go on */
    OPTS_HELP, /* help was printed: return STATUS_CONFORMS */
    OPTS_WRONG /* an error was said: return STATUS_ERROR */
};

/* What is left when the options are taken. */
struct operands {
    char **v; /* operands before `--` */
    int n;
    char **command; /* what stood behind `--`, NULL where there was no `--` */
    int command_n;
};

/*
 * Parses argv[1..] (argv[0] is the command's name). Every command also takes -h/--help, -q/--quiet,
 * -v/--verbose and --color WHEN, which go to *log. Reorders argv. Says what is wrong on stderr.
 */
enum opts_result opts_parse(const struct command *self, const struct opt *table, int argc,
                            char **argv, struct log *log, struct operands *out);

/* The whole program: `argv[1]` names a row of the table (it ends with a NULL name). */
int command_main(const struct command *table, const char *version, int argc, char **argv);

#endif
