#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/base/cleanup.h"
#include "suites/replay/documents.h"
#include "suites/replay/learn.h"
#include "suites/replay/run.h"

static struct replay_outcome *outcome(struct run *r, uint32_t exchange)
{
    return &r->result->outcomes[exchange - 1];
}

static struct answer *answer(struct run *r, uint32_t exchange)
{
    return &r->answers[exchange - 1];
}

static const struct exchange *recorded(const struct run *r, uint32_t exchange)
{
    return &r->base->exchanges[exchange - 1];
}

void run_fail(struct run *r, const char *what)
{
    if (!r->env.failed)
        err_sys(&r->env.err, "%s", what);
    r->env.failed = true;
}

static void check(struct run *r, int rc)
{
    if (rc < 0)
        r->env.failed = true;
}

void answer_free(struct answer *a)
{
    buf_free(&a->head_raw);
    buf_free(&a->body);
    buf_free(&a->own_body);
    ledger_note_free(&a->note);
}

void answers_fault(struct run *r, uint32_t exchange, enum replay_fault fault, const char *why)
{
    struct replay_outcome *o = outcome(r, exchange);
    if (o->fault)
        return;
    o->fault = fault;
    if (!o->why)
        o->why = strdup(why);
    log_debug(&r->log, "exchange %" PRIu32 ": %s: %s", exchange, replay_fault_text(fault), why);
}

/* --- what went otherwise than recorded --- */

/* What is still being answered about a thing that is tainted now cannot be waited for. */
static void free_dependents(struct run *r)
{
    for (uint32_t id = 1; id <= r->result->n && !r->env.failed; id++) {
        struct replay_outcome *o = outcome(r, id);
        CLEANUP(request_free) struct request request = {0};
        if (o->state != REPLAY_SENT || answer(r, id)->ended || answer(r, id)->parted ||
            o->blocked_by)
            continue;
        if (request_load(r->base, recorded(r, id), &request, &r->env.err) < 0 ||
            blame_find(&r->blame, r->base, &request, &o->blocked_by, &r->env.err) < 0)
            r->env.failed = true;
    }
}

void answers_parted(struct run *r, uint32_t exchange, uint32_t root, bool extra)
{
    struct answer *a = answer(r, exchange);
    if (a->parted)
        return;
    a->parted = true;
    size_t before = r->blame.n;
    check(r, blame_exchange(&r->blame, r->base, recorded(r, exchange), root, extra, &r->env.err));
    if (!r->env.failed && r->blame.n > before)
        free_dependents(r);
}

static bool went_well(int status)
{
    return status && status < 400;
}

/* Whether there is such a thing is known after a removal that found none, as after one that did. */
static bool is_gone(int status)
{
    return status == 404;
}

static bool recorded_failure(struct run *r, const struct exchange *x)
{
    CLEANUP(buf_free) struct buf body = BUF_INIT(LEARN_MAX);
    CLEANUP(documents_free) struct documents d = {0};
    if (exchange_size(r->base, x, PART_RESPONSE) > LEARN_MAX)
        return false;
    if (exchange_read(r->base, x, PART_RESPONSE, &body, &r->env.err) < 0 ||
        documents_read(&d, (struct span){body.p, body.n}) < 0)
        run_fail(r, "a recorded response");
    return documents_fail(&d);
}

/* `well`: the candidate did what was asked. */
static void judge(struct run *r, uint32_t exchange, int status, bool well)
{
    const struct exchange *x = recorded(r, exchange);
    const struct route *route = &answer(r, exchange)->note.route;
    if (route->act == ACT_LOOK || !x->status)
        return;
    if (route->act == ACT_DELETE && (is_gone(status) || is_gone(x->status)))
        return;
    bool was_well = went_well(x->status);
    if (was_well && !x->upgraded && plan_unit(r->base, x) == PROGRESS_MESSAGES)
        was_well = !recorded_failure(r, x);
    if (well != was_well)
        answers_parted(r, exchange, exchange, well);
}

/* --- learning --- */

static void learn(struct run *r, uint32_t exchange)
{
    struct answer *a = answer(r, exchange);
    struct span head = {a->head_raw.p, a->head_raw.n}, body = {a->body.p, a->body.n};
    check(r, learn_response(&r->bindings, r->base, recorded(r, exchange), head, body, &r->env.err));
}

void answers_unlearnt(struct run *r, uint32_t exchange)
{
    struct span none = {NULL, 0};
    check(r, learn_response(&r->bindings, r->base, recorded(r, exchange), none, none, &r->env.err));
}

/* The answer is there, as far as it will ever be. */
static void settle(struct run *r, uint32_t exchange)
{
    struct answer *a = answer(r, exchange);
    struct replay_outcome *o = outcome(r, exchange);
    CLEANUP(documents_free) struct documents d = {0};
    a->ended = true;
    if (a->keep && !a->upgraded && documents_read(&d, (struct span){a->body.p, a->body.n}) < 0)
        run_fail(r, "a response");
    bool well = went_well(o->status) && !documents_fail(&d);
    if (ledger_after(&r->ledger, &a->note, o->status, &d) < 0)
        run_fail(r, "clean-up");
    learn(r, exchange);
    judge(r, exchange, o->status, well);
    buf_free(&a->body);
    buf_free(&a->head_raw);
}

/* --- what the connections tell --- */

static void on_head(void *self, uint32_t exchange, struct span raw, const struct head *h,
                    bool upgraded)
{
    struct run *r = self;
    struct answer *a = answer(r, exchange);
    if (head_is_interim(h)) {
        a->interim = true;
        return;
    }
    a->head = true;
    a->upgraded = upgraded;
    outcome(r, exchange)->status = h->status;
    if (a->keep && buf_add(&a->head_raw, raw.p, raw.n) < 0)
        run_fail(r, "a response's head");
    if (!went_well(h->status) || upgraded)
        judge(r, exchange, h->status, went_well(h->status));
}

static void on_payload(void *self, uint32_t exchange, struct span bytes)
{
    struct run *r = self;
    struct answer *a = answer(r, exchange);
    progress_feed(&a->far, bytes);
    if (!a->keep || a->upgraded || buf_add(&a->body, bytes.p, bytes.n) == 0)
        return;
    a->keep = false; /* beyond what can be looked into */
    buf_free(&a->body);
}

static void on_end(void *self, uint32_t exchange)
{
    struct run *r = self;
    outcome(r, exchange)->ended = true;
    settle(r, exchange);
}

/*
 * A connection that the candidate closed while it was idle may have been used before its end was
 * seen: no fault of the request, and clients such as Go's say it again where that does no harm.
 */
static bool to_be_said_again(struct run *r, uint32_t exchange, enum replay_fault fault)
{
    const struct exchange *x = recorded(r, exchange);
    struct answer *a = answer(r, exchange);
    struct lane *lane = &r->lanes[x->conn - 1];
    bool safe = span_is(x->method, "GET") || span_is(x->method, "HEAD");
    bool gone = fault == REPLAY_CLOSED || fault == REPLAY_RESET;
    if (!safe || !gone || a->interim || a->head || a->again || lane->latest != exchange ||
        !client_answered(lane->client) || !x->request_end)
        return false;
    a->again = true;
    r->again++;
    return true;
}

static void on_fault(void *self, uint32_t exchange, enum replay_fault fault, const char *why)
{
    struct run *r = self;
    if (to_be_said_again(r, exchange, fault))
        return;
    answers_fault(r, exchange, fault, why);
    settle(r, exchange);
}

struct client_listener answers_listener(struct run *r)
{
    return (struct client_listener){r, on_head, on_payload, on_end, on_fault};
}

/* --- waiting --- */

bool answers_meet(const struct run *r, const struct need *n)
{
    const struct replay_outcome *o = &r->result->outcomes[n->exchange - 1];
    const struct answer *a = &r->answers[n->exchange - 1];
    const struct exchange *x = recorded(r, n->exchange);
    if (o->state != REPLAY_SENT || o->blocked_by || a->ended || a->given_up > (int)n->kind)
        return true;
    /* A stream where none was recorded, or the reverse, comes to no recorded place. */
    bool other = a->head && a->upgraded != x->upgraded;
    switch (n->kind) {
    case NEED_INTERIM:
        return a->interim || a->head;
    case NEED_HEAD:
        return a->head;
    case NEED_PROGRESS:
        return a->head && (other || progress_reached(&a->far, &n->mark));
    case NEED_END:
        break;
    }
    return other;
}

void answers_give_up(struct run *r, uint32_t exchange, enum need_kind kind, int64_t waited_ns)
{
    struct answer *a = answer(r, exchange);
    enum replay_fault fault = kind == NEED_PROGRESS ? REPLAY_HANG_STREAM : REPLAY_HANG_END;
    char why[64];
    if (!a->head)
        fault = REPLAY_HANG_HEAD;
    a->given_up = (int)kind + 1;
    snprintf(why, sizeof why, "waited for %.1f s", (double)waited_ns / (double)NS_PER_S);
    answers_fault(r, exchange, fault, why);
    if (a->head)
        return;
    answers_unlearnt(r, exchange);
    /* A wait changes nothing: that its answer is late does not mean that the thing is another. */
    if (!a->note.route.verb || strcmp(a->note.route.verb, "wait") != 0)
        judge(r, exchange, 0, false);
}
