/* bugforbug diff: compares two recordings. */
#include <stdlib.h>

#include "corpus/corpus.h"
#include "differ/differ.h"
#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/opts.h"
#include "reports/report.h"

int cmd_diff(const struct command *self, int argc, char **argv);

struct diff {
    struct opt_list rule_files, reports;
    const char *fail_on;
    enum severity level;
    struct report_plan plan;
    struct log log;
};

static void conversation_done(struct conversation **c)
{
    conversation_free(*c);
}

static void rules_done(struct rules **r)
{
    rules_free(*r);
}

/* "docker-20.10.24/x.jsonl: Docker/20.10.24 (linux), API 1.41" */
static char *describe(const char *path, const struct conversation *c)
{
    struct buf text = BUF_INIT(8192);
    int rc = buf_adds(&text, path);
    if (c->meta.engine)
        rc |= buf_addf(&text, ": %s", c->meta.engine);
    if (c->meta.api)
        rc |= buf_addf(&text, ", API %s", c->meta.api);
    if (rc < 0)
        buf_clear(&text);
    char *out = buf_take(&text);
    buf_free(&text);
    return out;
}

static int load_rules(const struct diff *d, struct rules **out, struct err *e)
{
    *out = rules_builtin(e);
    if (!*out)
        return -1;
    for (size_t i = 0; i < d->rule_files.n; i++)
        if (rules_add_file(*out, d->rule_files.v[i], e) < 0)
            return -1;
    return 0;
}

static int compare(const struct diff *d, char *const *files, struct result *r, struct err *e)
{
    CLEANUP(rules_done) struct rules *rules = NULL;
    CLEANUP(conversation_done) struct conversation *baseline = NULL;
    CLEANUP(conversation_done) struct conversation *candidate = NULL;
    if (load_rules(d, &rules, e) < 0)
        return -1;
    baseline = corpus_read(files[0], e);
    candidate = baseline ? corpus_read(files[1], e) : NULL;
    if (!candidate)
        return -1;
    r->baseline = describe(files[0], baseline);
    r->candidate = describe(files[1], candidate);
    CLEANUP(comparison_free) struct comparison cmp = {0};
    struct differ_input in = {.baseline = baseline, .candidate = candidate, .rules = rules};
    if (differ_run(&in, &cmp, e) < 0)
        return -1;
    return result_add(r, files[0], &cmp, NULL, e);
}

static int run(struct diff *d, const struct operands *args, struct err *e)
{
    d->level = SEV_BEHAVIOUR;
    if (d->fail_on && severity_parse(d->fail_on, &d->level, e) < 0)
        return err_wrap(e, "--fail-on");
    if (report_plan_parse(&d->plan, &d->reports, e) < 0)
        return -1;
    CLEANUP(result_free) struct result r = {0};
    struct report_style style = {
        .level = d->level, .color = d->log.color, .quiet = d->log.level < 0};
    if (compare(d, args->v, &r, e) < 0 || report_write(&d->plan, &r, &style, e) < 0)
        return -1;
    return result_status(&r, d->level);
}

int cmd_diff(const struct command *self, int argc, char **argv)
{
    struct diff d = {0};
    const struct opt table[] = {
        {"rules", 0, OPT_LIST, "FILE", "more rules (differ/RULES.md); later ones win",
         &d.rule_files},
        {"report", 0, OPT_LIST, "FORMAT[=FILE]", "text (the default) or json", &d.reports},
        {"fail-on", 0, OPT_STRING, "LEVEL", "breaking, behaviour (the default) or cosmetic",
         &d.fail_on},
        {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
    };
    struct operands args;
    enum opts_result parsed = opts_parse(self, table, argc, argv, &d.log, &args);
    if (parsed != OPTS_RUN)
        return parsed == OPTS_HELP ? STATUS_CONFORMS : STATUS_ERROR;
    if (args.n != 2 || args.command_n) {
        log_error(&d.log, "diff: needs two recordings (see 'bugforbug diff --help')");
        return STATUS_ERROR;
    }
    struct err e;
    int status = run(&d, &args, &e);
    if (status >= 0)
        return status;
    log_error(&d.log, "diff: %s", e.text);
    return STATUS_ERROR;
}
