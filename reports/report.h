/*
 * Reports: a result in the form that a reader wants. One file a format, each a function from
 * REPORTERS; `--report FORMAT[=FILE]` chooses.
 */
#ifndef BUGFORBUG_REPORTS_REPORT_H
#define BUGFORBUG_REPORTS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "recorder/base/err.h"
#include "recorder/base/opts.h"
#include "reports/result.h"

/* format, for whom */
#define REPORTERS(X)                                                                               \
    X(text, "for the eye")                                                                         \
    X(json, "all of it, for programs; the schema is in reports/JSON.md")

/* What a format is told beside the result. */
struct report_style {
    enum severity level; /* the gate */
    bool color;
    bool quiet; /* the verdict, and no more */
};

#define REPORT_MAX 16

/* What to write, and where to. */
struct report_plan {
    struct report_target {
        int format;
        const char *file; /* NULL: standard output */
    } v[REPORT_MAX];
    size_t n;
};

/* Takes the values of --report (FORMAT[=FILE]); none: text on standard output. Two reports on
 * standard output, or into one file, are refused. The texts must live as long as the plan. */
int report_plan_parse(struct report_plan *plan, const struct opt_list *values, struct err *e);

/* Writes all of them. A file is written beside its place and renamed when it is whole. */
int report_write(const struct report_plan *plan, const struct result *r,
                 const struct report_style *style, struct err *e);

/* "text, json": for help texts and errors. */
const char *report_formats(void);

/* One function for each format; writes to `out` and notices no errors (the caller asks ferror). */
#define REPORT_DECLARE(format, whom)                                                               \
    void report_##format(FILE *out, const struct result *r, const struct report_style *style);
REPORTERS(REPORT_DECLARE)
#undef REPORT_DECLARE

#endif
