#include "suites/replay/replay.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/base/cleanup.h"
#include "suites/replay/run.h"

#define PROBE_MS 10000
#define CALL_PATIENCE 3 /* a call of clean-up may take so many times the deadline's base */

const char *replay_fault_text(enum replay_fault fault)
{
    static const char *const texts[] = {
        [REPLAY_NO_FAULT] = "",
        [REPLAY_NO_CONNECTION] = "no connection",
        [REPLAY_HANG_SEND] = "the request is not taken",
        [REPLAY_HANG_HEAD] = "no answer",
        [REPLAY_HANG_STREAM] = "the stream does not go on",
        [REPLAY_HANG_END] = "the answer does not end",
        [REPLAY_RESET] = "connection reset",
        [REPLAY_CLOSED] = "connection closed without an answer",
        [REPLAY_CUT] = "connection closed in the middle of the answer",
        [REPLAY_GARBAGE] = "the answer is no HTTP",
        [REPLAY_FLOOD] = "the answer does not end, and is far too long",
    };
    return texts[fault];
}

void replay_result_free(struct replay_result *result)
{
    for (size_t i = 0; i < result->n; i++)
        free(result->outcomes[i].why);
    for (size_t i = 0; i < result->leftovers_n; i++)
        free(result->leftovers[i]);
    free(result->outcomes);
    free(result->leftovers);
    memset(result, 0, sizeof *result);
}

/* Is anybody there? Also while the backlog is full: then somebody is. */
static int probe(const struct url *url, struct err *e)
{
    bool pending;
    CLEANUP_FD int fd = sock_connect(url, &pending, e);
    if (fd < 0)
        return errno == EAGAIN ? 0 : -1;
    if (!pending)
        return 0;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    if (poll(&p, 1, PROBE_MS) == 1 && sock_connected(fd) == 0)
        return 0;
    char text[URL_TEXT];
    url_format(url, text);
    return errno ? err_sys(e, "cannot connect to %s", text)
                 : err_set(e, "cannot connect to %s: no answer", text);
}

static void run_free(struct run *r)
{
    for (uint32_t i = 0; r->lanes && i < r->base->conns; i++)
        client_free(r->lanes[i].client);
    for (size_t i = 0; r->answers && i < r->base->exchanges_n; i++)
        answer_free(&r->answers[i]);
    free(r->lanes);
    free(r->answers);
    plan_free(&r->plan);
    bindings_free(&r->bindings);
    timeline_free(&r->timeline);
    blame_free(&r->blame);
    ledger_free(&r->ledger);
    loop_free(r->env.loop);
}

static int run_open(struct run *r, struct err *e)
{
    const struct conversation *c = r->base;
    struct loop *loop = loop_new(e);
    if (!loop)
        return -1;
    client_env_init(&r->env, loop, r->options->against);
    r->env.sink = r->options->sink;
    r->env.listener = answers_listener(r);
    r->lanes = calloc(c->conns + 1, sizeof *r->lanes);
    r->answers = calloc(c->exchanges_n + 1, sizeof *r->answers);
    r->result->outcomes = calloc(c->exchanges_n + 1, sizeof *r->result->outcomes);
    if (!r->lanes || !r->answers || !r->result->outcomes)
        return err_sys(e, "replay");
    r->result->n = c->exchanges_n;
    if (plan_make(c, &r->plan, e) < 0 || bindings_collect(&r->bindings, c, e) < 0)
        return -1;
    r->ledger.url = r->options->against;
    r->ledger.deadline_ns = CALL_PATIENCE * r->deadline_base_ns;
    return ledger_open(&r->ledger, c, e);
}

/* The client is gone: what it had open is closed, as the candidate's conversation shows. */
static void hang_up(struct run *r)
{
    for (uint32_t i = 0; i < r->base->conns; i++)
        if (r->lanes[i].client)
            client_close(r->lanes[i].client);
}

static int run(struct run *r, struct err *e)
{
    schedule_run(r);
    hang_up(r);
    const struct ledger_report report = {&r->result->leftovers, &r->result->leftovers_n,
                                         &r->result->removed};
    struct err late;
    int rc = ledger_clear(&r->ledger, &report, &late);
    if (!r->env.failed && rc == 0)
        return REPLAY_DONE;
    if (e)
        *e = r->env.failed ? r->env.err : late;
    return REPLAY_FAILED;
}

int replay_run(const struct conversation *baseline, const struct replay_options *options,
               struct replay_result *result, struct err *e)
{
    memset(result, 0, sizeof *result);
    if (probe(options->against, e) < 0)
        return REPLAY_UNREACHABLE;
    CLEANUP(run_free) struct run r = {.base = baseline, .options = options, .result = result};
    r.deadline_base_ns =
        options->deadline_base_ns ? options->deadline_base_ns : REPLAY_DEADLINE_BASE_NS;
    r.log = options->log ? *options->log : (struct log){.level = -1};
    if (run_open(&r, e) < 0)
        return REPLAY_FAILED;
    return run(&r, e);
}
