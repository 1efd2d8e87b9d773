#include "differ/differ.h"

#include <stdlib.h>

#include "differ/align.h"
#include "differ/bodies.h"
#include "differ/curl.h"
#include "differ/heads.h"
#include "differ/reader.h"
#include "recorder/base/cleanup.h"

#define REQUEST_MAX ((size_t)1 << 20) /* a longer request body is not searched for IDs */

struct run {
    const struct differ_input *in;
    struct comparison *out;
    struct symbols *symbols;
    struct pairing pairing;
    bool own_pairing;
    unsigned char *extra; /* of the candidate's exchanges, where there was no pairing */
    unsigned char *late;  /* of the baseline's: its body is compared in the second round */
    struct err *e;
};

static void scope_free(struct scope *s)
{
    ruleset_free(&s->rules);
    free(s->request);
    free(s->curl);
}

static int scope_open(struct run *r, size_t i, struct scope *s)
{
    const struct pair *p = &r->pairing.v[i];
    *s = (struct scope){.base = r->in->baseline,
                        .cand = r->in->candidate,
                        .b = &r->in->baseline->exchanges[i],
                        .symbols = r->symbols,
                        .findings = &r->out->findings,
                        .tally = &r->out->tally,
                        .why = p->why && *p->why ? p->why : NULL,
                        .url = r->in->url,
                        .trials_left = SCOPE_TRIALS};
    if (p->candidate && p->candidate <= r->in->candidate->exchanges_n)
        s->c = &r->in->candidate->exchanges[p->candidate - 1];
    symbols_now(r->symbols, s->b->id);
    route_of(s->b->method, s->b->target, &s->route);
    exchange_response(s->base, s->b, &s->b_head);
    s->b_end = ending_of(s->base, s->b);
    if (s->c) {
        exchange_response(s->cand, s->c, &s->c_head);
        s->c_end = ending_of(s->cand, s->c);
    }
    /* The replay gave up waiting, and closed: that is no end of the candidate's. */
    if (s->c && p->state == PAIR_HANG && s->c_end != ENDED_BY_DAEMON)
        s->c_end = NOT_ENDED;
    if (s->c && p->state == PAIR_RESET && s->c_end != ENDED_BY_DAEMON)
        s->c_end = s->c_end == ENDED_SHORT ? ENDED_SHORT : ENDED_BY_RESET;
    if (curl_request(s, &s->request, r->e) < 0)
        return -1;
    struct head request;
    exchange_request(s->base, s->b, &request);
    return rules_select(r->in->rules, span_of(s->route.text), head_query(&request), s->b->status,
                        &s->rules, r->e);
}

static int read_request(const struct conversation *c, const struct exchange *x, struct buf *out,
                        struct err *e)
{
    if (exchange_size(c, x, PART_REQUEST) > out->limit)
        return 0;
    return part_read(c, x, PART_REQUEST, out, e);
}

/* What the client said: the names it chose are not the daemon's to change. */
static int learn_request(struct run *r, const struct scope *s)
{
    CLEANUP(buf_free) struct buf x = BUF_INIT(REQUEST_MAX);
    CLEANUP(buf_free) struct buf y = BUF_INIT(REQUEST_MAX);
    if (!s->c)
        return 0;
    symbols_request(r->symbols, s->b->target, s->c->target);
    if (read_request(s->base, s->b, &x, r->e) < 0 || read_request(s->cand, s->c, &y, r->e) < 0)
        return -1;
    symbols_request(r->symbols, (struct span){x.p, x.n}, (struct span){y.p, y.n});
    return symbols_failed(r->symbols, r->e);
}

static int tell_state(struct run *r, struct scope *s, enum finding_kind kind, const char *why)
{
    char expected[80];
    struct span reason = s->b_head.reason;
    snprintf(expected, sizeof expected, "%d %.*s", s->b->status,
             (int)(reason.n < 60 ? reason.n : 60), reason.n ? reason.p : "");
    const char *actual = s->why ? s->why : why;
    return scope_tell_as(s, kind, finding_kind_severity(kind), "status", NULL,
                         finding_kind_name(kind), span_of(expected), span_of(actual), r->e);
}

/* Did the daemon say bytes that are no HTTP on the exchange's connection? */
static bool said_garbage(const struct scope *s)
{
    for (size_t i = s->c->request; i < s->cand->n; i++) {
        const struct event *ev = &s->cand->events[i];
        if (ev->conn == s->c->conn && ev->from == SIDE_DAEMON && ev->kind == EV_DATA &&
            !ev->exchange && ev->payload_size)
            return true;
    }
    return false;
}

static int no_answer(struct run *r, struct scope *s, const struct pair *p)
{
    if (p->state == PAIR_GARBAGE || (s->c && said_garbage(s)))
        return tell_state(r, s, KIND_GARBAGE, "bytes that are no HTTP");
    bool reset = s->c && (s->c_end == ENDED_BY_RESET || s->c_end == ENDED_BY_DAEMON ||
                          s->c_end == ENDED_SHORT);
    if (p->state == PAIR_RESET || (reset && p->state != PAIR_HANG))
        return tell_state(r, s, KIND_RESET, "the connection was closed without an answer");
    return tell_state(r, s, KIND_HANG, "no answer");
}

static int block(struct run *r, const struct scope *s, const struct pair *p)
{
    struct comparison *out = r->out;
    struct blocked *grown = realloc(out->blocked, (out->blocked_n + 1) * sizeof *grown);
    if (!grown)
        return err_sys(r->e, "a comparison");
    out->blocked = grown;
    struct blocked *b = &out->blocked[out->blocked_n++];
    *b = (struct blocked){.exchange = s->b->id,
                          .by = p->state == PAIR_BLOCKED ? p->blocked_by : 0,
                          .route = strdup(s->route.text),
                          .why = s->why ? strdup(s->why) : NULL};
    out->tally.blocked++;
    return b->route && (b->why || !s->why) ? 0 : err_sys(r->e, "a comparison");
}

static int compare_answer(struct run *r, struct scope *s, const struct pair *p, size_t i)
{
    r->out->tally.compared++;
    if (!s->c || !s->c->status || p->state == PAIR_GARBAGE)
        return no_answer(r, s, p);
    int rc = heads_status(s, r->e);
    if (rc <= 0 || (rc && s->b->status != s->c->status))
        return rc < 0 ? -1 : 0; /* what else differs is a consequence */
    if (heads_compare(s, r->e) < 0)
        return -1;
    if (p->blocked_by)
        return 0;
    if (body_is_late(s)) {
        r->late[i] = 1;
        return 0;
    }
    return body_compare(s, r->e);
}

static int first_round(struct run *r, size_t i)
{
    const struct pair *p = &r->pairing.v[i];
    CLEANUP(scope_free) struct scope s = {0};
    if (scope_open(r, i, &s) < 0)
        return -1;
    if (p->state == PAIR_BLOCKED || p->state == PAIR_NOT_SENT)
        return block(r, &s, p);
    if (learn_request(r, &s) < 0)
        return -1;
    if (p->state == PAIR_MISSING)
        return scope_tell_as(&s, KIND_EXCHANGE_MISSING, SEV_BEHAVIOUR, "exchange", NULL, "exchange",
                             span_of(s.request), NOTHING, r->e);
    if (!s.b->status) {
        r->out->tally.unanswered++;
        return 0;
    }
    return compare_answer(r, &s, p, i);
}

static int second_round(struct run *r, size_t i)
{
    CLEANUP(scope_free) struct scope s = {0};
    if (!r->late[i])
        return 0;
    return scope_open(r, i, &s) < 0 ? -1 : body_compare(&s, r->e);
}

static int tell_extra(struct run *r, const struct exchange *x)
{
    struct route route;
    char request[256];
    route_of(x->method, x->target, &route);
    snprintf(request, sizeof request, "%.*s %.*s", (int)(x->method.n < 20 ? x->method.n : 20),
             x->method.n ? x->method.p : "", (int)(x->target.n < 200 ? x->target.n : 200),
             x->target.n ? x->target.p : "");
    struct observation o = {.kind = KIND_EXCHANGE_EXTRA,
                            .severity = SEV_BEHAVIOUR,
                            .candidate = x->id,
                            .route = route.text,
                            .path = "exchange",
                            .class = "exchange",
                            .request = request,
                            .actual = span_of(request)};
    return findings_add(&r->out->findings, &o, r->e);
}

static int open_run(struct run *r)
{
    const struct conversation *b = r->in->baseline;
    r->symbols = symbols_new(r->e);
    r->late = calloc(b->exchanges_n + 1, 1);
    if (!r->symbols || !r->late)
        return r->symbols ? err_sys(r->e, "a comparison") : -1;
    r->out->tally.exchanges = b->exchanges_n;
    if (!r->in->pairing) {
        r->own_pairing = true;
        return align(b, r->in->candidate, &r->pairing, &r->extra, r->e);
    }
    r->pairing = *r->in->pairing;
    if (r->pairing.n != b->exchanges_n)
        return err_set(r->e, "a pairing of %zu exchanges for a conversation of %zu", r->pairing.n,
                       b->exchanges_n);
    return 0;
}

static int run(struct run *r)
{
    if (open_run(r) < 0)
        return -1;
    for (size_t i = 0; i < r->pairing.n; i++)
        if (first_round(r, i) < 0)
            return -1;
    for (size_t i = 0; i < r->pairing.n; i++)
        if (second_round(r, i) < 0)
            return -1;
    for (size_t i = 0; r->extra && i < r->in->candidate->exchanges_n; i++)
        if (r->extra[i] && tell_extra(r, &r->in->candidate->exchanges[i]) < 0)
            return -1;
    findings_sort(&r->out->findings);
    return symbols_failed(r->symbols, r->e);
}

int differ_run(const struct differ_input *in, struct comparison *out, struct err *e)
{
    struct run r = {.in = in, .out = out, .e = e};
    int rc = run(&r);
    symbols_free(r.symbols);
    if (r.own_pairing)
        free(r.pairing.v);
    free(r.extra);
    free(r.late);
    return rc;
}

void comparison_free(struct comparison *c)
{
    findings_free(&c->findings);
    for (size_t i = 0; i < c->blocked_n; i++) {
        free(c->blocked[i].route);
        free(c->blocked[i].why);
    }
    free(c->blocked);
    *c = (struct comparison){0};
}
