/* bugforbug test: replays conversations against a candidate and tells what differs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus/corpus.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/clock.h"
#include "recorder/base/opts.h"
#include "reports/report.h"
#include "suites/conduct.h"
#include "suites/fixture.h"
#include "suites/interrupt.h"
#include "suites/pace.h"
#include "suites/suite.h"

#define CANNOT_TEST 125 /* git bisect: this version cannot be tested */

int cmd_test(const struct command *self, int argc, char **argv);

struct test {
    const char *against, *only, *fail_on, *pace_text;
    struct opt_list rules_files, reports;
    struct log log;
    struct operands ops;
    struct url url;
    struct report_plan plan;
    enum severity gate;
    double pace; /* negative: as the suite says */
    struct result result;
    bool unreachable;
    int interrupt_fd;
};

static int check_usage(struct test *t, struct err *e)
{
    if (!t->against)
        return err_set(e, "against what? (--against URL)");
    if (!t->ops.n || t->ops.command)
        return err_set(e, "which conversations? (SUITE or FILE)");
    if (url_parse(t->against, &t->url, e) < 0)
        return err_wrap(e, "--against");
    if (t->fail_on && severity_parse(t->fail_on, &t->gate, e) < 0)
        return err_wrap(e, "--fail-on");
    if (t->pace_text && pace_parse(t->pace_text, &t->pace, e) < 0)
        return -1;
    return report_plan_parse(&t->plan, &t->reports, e);
}

/* The built-in rules, the suite's, and those of --rules, in this order: a later rule wins. */
static struct rules *load_rules(const struct test *t, const struct suite *s, struct err *e)
{
    struct rules *r = rules_builtin(e);
    bool ok = r != NULL;
    for (char **file = s ? s->rules : NULL; ok && file && *file; file++)
        ok = rules_add_file(r, *file, e) == 0;
    for (size_t i = 0; ok && i < t->rules_files.n; i++)
        ok = rules_add_file(r, t->rules_files.v[i], e) == 0;
    if (ok)
        return r;
    rules_free(r);
    return NULL;
}

/* One conversation into the result. -1: the whole run is in vain. */
static int test_file(struct test *t, const char *path, const struct conduct_options *o,
                     struct err *e)
{
    struct comparison cmp = {0};
    struct err why = {{0}};
    int64_t begun = clock_monotonic_ns();
    struct conversation *c = corpus_read(path, &why);
    int rc = c ? conduct_compare(c, o, &cmp, &t->result.candidate, &why) : REPLAY_FAILED;
    if (c && !t->result.baseline && c->meta.engine)
        t->result.baseline = strdup(c->meta.engine);
    conversation_free(c);
    if (rc == REPLAY_UNREACHABLE && !t->result.n) {
        t->unreachable = true;
        *e = why;
        return -1;
    }
    log_debug(&t->log, "%s: %s", path, rc == REPLAY_DONE ? "compared" : why.text);
    rc = result_add(&t->result, path, rc == REPLAY_DONE ? &cmp : NULL,
                    rc == REPLAY_DONE ? NULL : why.text, e);
    if (rc == 0)
        t->result.items[t->result.n - 1].took_ns = clock_monotonic_ns() - begun;
    comparison_free(&cmp);
    return rc;
}

static int test_files(struct test *t, char *const *files, size_t n, const struct suite *s,
                      struct err *e)
{
    struct rules *rules = load_rules(t, s, e);
    if (!rules)
        return -1;
    struct conduct_options o = {.against = &t->url,
                                .pace = t->pace >= 0 ? t->pace
                                        : s          ? s->pace
                                                     : PACE_RECORDED,
                                .rules = rules,
                                .log = &t->log,
                                .interrupt_fd = t->interrupt_fd};
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = test_file(t, files[i], &o, e);
    rules_free(rules);
    return rc;
}

static int test_suite(struct test *t, const char *folder, struct err *e)
{
    struct suite s;
    struct fixtures made = {0};
    int rc = suite_read(folder, &s, e);
    if (rc == 0) {
        if (!t->fail_on && s.gate < t->gate)
            t->gate = s.gate;
        rc = fixtures_provide(&s, &t->url, &made, e);
        t->unreachable = rc == FIXTURES_UNREACHABLE;
    }
    if (rc == 0)
        rc = test_files(t, s.conversations, s.conversations_n, &s, e);
    fixtures_remove(&made, &t->url, &t->log);
    suite_free(&s);
    return rc < 0 ? -1 : 0;
}

static int test_all(struct test *t, struct err *e)
{
    for (int i = 0; i < t->ops.n; i++) {
        const char *path = t->ops.v[i];
        int rc = suite_is(path) ? test_suite(t, path, e) : test_files(t, t->ops.v + i, 1, NULL, e);
        if (rc < 0)
            return -1;
    }
    struct report_style style = {
        .level = t->gate, .color = t->log.color, .quiet = t->log.level < 0};
    return report_write(&t->plan, &t->result, &style, e);
}

/* --only FINDING: is it there? As `git bisect run` asks. */
static int only_status(const struct test *t)
{
    bool broken = !t->result.n;
    for (size_t i = 0; i < t->result.n; i++) {
        if (findings_find(&t->result.items[i].cmp.findings, t->only))
            return STATUS_FINDINGS;
        broken |= t->result.items[i].error != NULL;
    }
    return broken || !result_tally(&t->result).compared ? CANNOT_TEST : STATUS_CONFORMS;
}

static int status_of(const struct test *t)
{
    return t->only ? only_status(t) : result_status(&t->result, t->gate);
}

int cmd_test(const struct command *self, int argc, char **argv)
{
    struct test t = {.gate = SEV_BEHAVIOUR, .pace = -1};
    const struct opt table[] = {
        {"against", 0, OPT_STRING, "URL", "the candidate", &t.against},
        {"only", 0, OPT_STRING, "FINDING",
         "is this finding there? 1: yes, 0: no, 125: it cannot be told (git bisect run)", &t.only},
        {"fail-on", 0, OPT_STRING, "LEVEL",
         "breaking, behaviour or cosmetic (default: the suite's gate, else behaviour)", &t.fail_on},
        {"pace", 0, OPT_STRING, "PACE",
         "the client's pauses: recorded, none, or a factor (default: the suite's, else recorded)",
         &t.pace_text},
        {"rules", 0, OPT_LIST, "FILE", "more rules (see differ/RULES.md)", &t.rules_files},
        {"report", 0, OPT_LIST, "FORMAT[=FILE]", "text (the default) or json", &t.reports},
        {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
    };
    enum opts_result parsed = opts_parse(self, table, argc, argv, &t.log, &t.ops);
    if (parsed != OPTS_RUN)
        return parsed == OPTS_HELP ? STATUS_CONFORMS : STATUS_ERROR;
    struct err e;
    int status = STATUS_ERROR;
    CLEANUP_FD int signals = interrupt_open();
    t.interrupt_fd = signals > 0 ? signals : 0;
    if (check_usage(&t, &e) < 0 || test_all(&t, &e) < 0) {
        log_error(&t.log, "test: %s", e.text);
        if (t.unreachable)
            status = t.only ? CANNOT_TEST : STATUS_NOTHING;
        else if (t.only && t.result.n)
            status = CANNOT_TEST;
    } else {
        status = status_of(&t);
    }
    result_free(&t.result);
    return status;
}
