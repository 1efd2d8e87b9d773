#include "reports/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"

typedef void reporter(FILE *out, const struct result *r, const struct report_style *style);

static const struct {
    const char *name;
    reporter *write;
} formats[] = {
#define ROW(format, whom) {#format, report_##format},
    REPORTERS(ROW)
#undef ROW
};

#define FORMATS ((int)(sizeof formats / sizeof *formats))

const char *report_formats(void)
{
#define NAME(format, whom) ", " #format
    return &REPORTERS(NAME)[2];
#undef NAME
}

static int parse_one(struct report_target *t, const char *text, struct err *e)
{
    struct span rest = span_of(text), name = span_cut(&rest, '=');
    t->format = 0;
    while (t->format < FORMATS && !span_is(name, formats[t->format].name))
        t->format++;
    if (t->format == FORMATS)
        return err_set(e, "--report %s: no such format (%s)", text, report_formats());
    t->file = rest.p;
    if (rest.p && !rest.n)
        return err_set(e, "--report %s: a file name is missing behind '='", text);
    return 0;
}

int report_plan_parse(struct report_plan *plan, const struct opt_list *values, struct err *e)
{
    *plan = (struct report_plan){0};
    if (!values->n) {
        plan->n = 1;
        return 0;
    }
    for (size_t i = 0; i < values->n; i++) {
        if (plan->n == REPORT_MAX)
            return err_set(e, "more than %d reports", REPORT_MAX);
        struct report_target *t = &plan->v[plan->n];
        if (parse_one(t, values->v[i], e) < 0)
            return -1;
        for (size_t k = 0; k < plan->n; k++) {
            const char *other = plan->v[k].file;
            if (!t->file && !other)
                return err_set(e,
                               "two reports on standard output (write one into a file: "
                               "--report %s=FILE)",
                               values->v[i]);
            if (t->file && other && strcmp(t->file, other) == 0)
                return err_set(e, "two reports into %s", t->file);
        }
        plan->n++;
    }
    return 0;
}

/* Where something other than a regular file stands (/dev/null, a pipe), it cannot be replaced. */
static bool must_write_through(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static int write_to(FILE *out, const struct report_target *t, const struct result *r,
                    const struct report_style *style, struct err *e)
{
    formats[t->format].write(out, r, style);
    if (fflush(out) != 0 || ferror(out))
        return err_sys(e, "cannot write the report%s%s", t->file ? " " : "",
                       t->file ? t->file : "");
    return 0;
}

static int write_file(const struct report_target *t, const struct result *r,
                      const struct report_style *style, struct err *e)
{
    bool through = must_write_through(t->file);
    CLEANUP(buf_free) struct buf temporary = BUF_INIT(4096);
    if (buf_addf(&temporary, through ? "%s" : "%s.new", t->file) < 0)
        return err_set(e, "%.100s...: the name is too long", t->file);
    CLEANUP_FILE FILE *out = fopen(buf_str(&temporary), "we");
    if (!out)
        return err_sys(e, "cannot write %s", buf_str(&temporary));
    struct report_style plain = *style;
    plain.color = false;
    int rc = write_to(out, t, r, &plain, e);
    if (rc == 0 && !through && rename(buf_str(&temporary), t->file) < 0)
        rc = err_sys(e, "cannot put %s in its place", t->file);
    if (rc < 0 && !through)
        unlink(buf_str(&temporary));
    return rc;
}

int report_write(const struct report_plan *plan, const struct result *r,
                 const struct report_style *style, struct err *e)
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct report_target *t = &plan->v[i];
        int rc = t->file ? write_file(t, r, style, e) : write_to(stdout, t, r, style, e);
        if (rc < 0)
            return -1;
    }
    return 0;
}
