#include "suites/replay/plan.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/wire/head.h"

static bool holds(struct span s, const char *what)
{
    return s.n && memmem(s.p, s.n, what, strlen(what));
}

enum progress_unit plan_unit(const struct conversation *c, const struct exchange *x)
{
    struct head req, res;
    exchange_request(c, x, &req);
    exchange_response(c, x, &res);
    struct span type = head_get(&res, "Content-Type");
    if (x->upgraded && holds(head_get(&req, "Upgrade"), "h2c"))
        return PROGRESS_BYTES;
    /* Docker 20.10 lets Go guess the type of logs, and it guesses octet-stream. */
    if (x->upgraded || span_ends(head_path(&req), "/logs") || holds(type, "docker.") ||
        span_starts(type, "text/"))
        return PROGRESS_LINES;
    return holds(type, "json") ? PROGRESS_MESSAGES : PROGRESS_BYTES;
}

struct planner {
    const struct conversation *c;
    struct plan *plan;
    struct progress *far; /* by exchange: how far its response has come */
    size_t *slot;         /* by exchange: its need in the step being made, + 1; 0: none */
    size_t steps_cap, needs_cap;
    int64_t before;      /* time of the last event before */
    int64_t step_before; /* time of the last client event before */
};

static struct step *step_grow(struct planner *p)
{
    struct plan *plan = p->plan;
    if (plan->n == p->steps_cap) {
        size_t cap = p->steps_cap ? 2 * p->steps_cap : 32;
        struct step *steps = realloc(plan->steps, cap * sizeof *steps);
        if (!steps)
            return NULL;
        plan->steps = steps;
        p->steps_cap = cap;
    }
    struct step *s = &plan->steps[plan->n++];
    memset(s, 0, sizeof *s);
    s->needs = plan->needs_n;
    return s;
}

/* The need of an exchange in the step being made. */
static struct need *need_of(struct planner *p, uint32_t exchange)
{
    struct plan *plan = p->plan;
    size_t *slot = &p->slot[exchange - 1];
    if (*slot)
        return &plan->needs[*slot - 1];
    if (plan->needs_n == p->needs_cap) {
        size_t cap = p->needs_cap ? 2 * p->needs_cap : 32;
        struct need *needs = realloc(plan->needs, cap * sizeof *needs);
        if (!needs)
            return NULL;
        plan->needs = needs;
        p->needs_cap = cap;
    }
    struct need *n = &plan->needs[plan->needs_n++];
    memset(n, 0, sizeof *n);
    n->exchange = exchange;
    *slot = plan->needs_n;
    return n;
}

static int need(struct planner *p, uint32_t exchange, enum need_kind kind)
{
    struct need *n = need_of(p, exchange);
    if (!n)
        return -1;
    if (n->kind < kind)
        n->kind = kind;
    if (kind == NEED_PROGRESS)
        n->mark = p->far[exchange - 1];
    return 0;
}

static int measure(struct planner *p, size_t i, struct err *e)
{
    const struct event *ev = &p->c->events[i];
    struct progress *far = &p->far[ev->exchange - 1];
    CLEANUP(buf_free) struct buf loaded = BUF_INIT(EVENT_PAYLOAD_MAX);
    struct span bytes = {ev->payload.p, ev->payload.n};
    if (far->unit == PROGRESS_BYTES) { /* needs no look at them: gigabytes of blobs stay on disk */
        far->bytes += ev->payload_size;
        return 0;
    }
    if (ev->blob[0]) {
        if (p->c->loader.load(p->c->loader.self, ev, &loaded, e) < 0)
            return -1;
        bytes = (struct span){loaded.p, loaded.n};
    }
    progress_feed(far, bytes);
    return 0;
}

/* What the daemon said in a response that was not complete in the recording, or not yet. */
static int daemon_payload(struct planner *p, size_t i, struct err *e)
{
    const struct event *ev = &p->c->events[i];
    const struct exchange *x = &p->c->exchanges[ev->exchange - 1];
    if (!ev->payload_size || x->end_event == i)
        return 0;
    if (measure(p, i, e) < 0)
        return -1;
    return need(p, x->id, NEED_PROGRESS) < 0 ? err_sys(e, "plan") : 0;
}

static int daemon_event(struct planner *p, size_t i, struct err *e)
{
    const struct event *ev = &p->c->events[i];
    const struct exchange *x = ev->exchange ? &p->c->exchanges[ev->exchange - 1] : NULL;
    int rc = 0;
    if (x && ev->kind == EV_RESPONSE)
        rc = need(p, x->id, x->response == i ? NEED_HEAD : NEED_INTERIM);
    if (x && x->response != NO_EVENT && x->response <= i && daemon_payload(p, i, e) < 0)
        return -1;
    if (x && x->end_event == i)
        rc |= need(p, x->id, NEED_END);
    return rc < 0 ? err_sys(e, "plan") : 0;
}

/* A connection's end ends the exchanges on it that were still being answered. */
static int daemon_gone(struct planner *p, size_t i, struct err *e)
{
    for (size_t k = 0; k < p->c->exchanges_n; k++) {
        const struct exchange *x = &p->c->exchanges[k];
        if (x->end_event == i && need(p, x->id, NEED_END) < 0)
            return err_sys(e, "plan");
    }
    return 0;
}

static int finish_step(struct planner *p, size_t i, int64_t t, struct err *e)
{
    struct plan *plan = p->plan;
    struct step *s = &plan->steps[plan->n - 1];
    s->event = i;
    s->needs_n = plan->needs_n - s->needs;
    s->pause_ns = t > p->before ? t - p->before : 0;
    s->wait_ns = s->needs_n && p->before > p->step_before ? p->before - p->step_before : 0;
    for (size_t k = s->needs; k < plan->needs_n; k++)
        p->slot[plan->needs[k].exchange - 1] = 0;
    if (i != NO_EVENT && !step_grow(p))
        return err_sys(e, "plan");
    return 0;
}

static int plan_event(struct planner *p, size_t i, struct err *e)
{
    const struct event *ev = &p->c->events[i];
    int rc;
    if (ev->from == SIDE_CLIENT)
        rc = finish_step(p, i, ev->t, e);
    else if (ev->kind >= EV_SHUT)
        rc = daemon_gone(p, i, e);
    else
        rc = daemon_event(p, i, e);
    int64_t last = ev->till > ev->t ? ev->till : ev->t;
    if (last > p->before)
        p->before = last;
    if (ev->from == SIDE_CLIENT)
        p->step_before = p->before;
    return rc;
}

static int plan_events(struct planner *p, struct err *e)
{
    for (size_t k = 0; k < p->c->exchanges_n; k++)
        progress_init(&p->far[k], plan_unit(p->c, &p->c->exchanges[k]));
    if (!step_grow(p))
        return err_sys(e, "plan");
    for (size_t i = 0; i < p->c->n; i++)
        if (plan_event(p, i, e) < 0)
            return -1;
    return finish_step(p, NO_EVENT, p->before, e);
}

int plan_make(const struct conversation *c, struct plan *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    CLEANUP_FREE struct progress *far = calloc(c->exchanges_n + 1, sizeof *far);
    CLEANUP_FREE size_t *slot = calloc(c->exchanges_n + 1, sizeof *slot);
    if (!far || !slot)
        return err_sys(e, "plan");
    struct planner p = {.c = c, .plan = out, .far = far, .slot = slot};
    if (plan_events(&p, e) < 0) {
        plan_free(out);
        return err_wrap(e, "%s", c->path ? c->path : "conversation");
    }
    return 0;
}

void plan_free(struct plan *p)
{
    free(p->steps);
    free(p->needs);
    memset(p, 0, sizeof *p);
}
