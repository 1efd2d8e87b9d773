#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/base/cleanup.h"
#include "suites/replay/learn.h"
#include "suites/replay/request.h"
#include "suites/replay/run.h"

static const struct event *event_of(const struct run *r, size_t i)
{
    return &r->base->events[i];
}

static struct lane *lane_of(struct run *r, const struct event *ev)
{
    return &r->lanes[ev->conn - 1];
}

static struct replay_outcome *outcome(struct run *r, uint32_t exchange)
{
    return &r->result->outcomes[exchange - 1];
}

static int64_t recorded_time(const struct run *r, const struct event *ev)
{
    return r->base->meta.start + ev->t;
}

/* --- connections --- */

/* SEND_LATER: the backlog is full. A lane without a client: there is nobody. */
static enum send_result connect_lane(struct run *r, struct lane *lane)
{
    struct err why;
    lane->client = client_open(&r->env, r->conns + 1, &why);
    if (!lane->client)
        return errno == EAGAIN ? SEND_LATER : SEND_DONE;
    r->conns++;
    r->result->reconnects += lane->opened;
    lane->opened = true;
    lane->latest = 0;
    return SEND_DONE;
}

/* A connection for a request: the lane's, or a new one where the candidate has closed that. */
static enum send_result lane_for_request(struct run *r, struct lane *lane)
{
    if (lane->client && client_usable(lane->client))
        return SEND_DONE;
    if (lane->client) {
        client_close(lane->client);
        client_free(lane->client);
        lane->client = NULL;
    }
    return connect_lane(r, lane);
}

/* --- why a request cannot be sent --- */

static void block(struct run *r, const struct request *req, uint32_t by)
{
    struct replay_outcome *o = outcome(r, req->x->id);
    CLEANUP(route_free) struct route route = {0};
    const struct replay_outcome *cause = outcome(r, by);
    o->state = REPLAY_BLOCKED;
    o->blocked_by = cause->state == REPLAY_BLOCKED ? cause->blocked_by : by;
    log_debug(&r->log, "exchange %" PRIu32 " is blocked by %" PRIu32, req->x->id, o->blocked_by);
    answers_unlearnt(r, req->x->id);
    if (route_parse(req, &route) < 0)
        run_fail(r, "a request");
    else if (route.act != ACT_LOOK)
        answers_parted(r, req->x->id, o->blocked_by, false);
}

/*
 * An earlier request on this connection whose answer is not there, where in the recording it was:
 * it hangs, or is not to be waited for. Who is to blame?
 */
static uint32_t hanging(struct run *r, const struct exchange *x)
{
    const struct lane *lane = &r->lanes[x->conn - 1];
    uint32_t id = lane->client ? lane->latest : 0;
    if (!id || r->answers[id - 1].ended)
        return 0;
    const struct exchange *before = &r->base->exchanges[id - 1];
    if (before->end_event == NO_EVENT || before->end_event > x->request) /* pipelined */
        return 0;
    uint32_t cause = outcome(r, id)->blocked_by;
    return cause ? cause : id;
}

/* Nobody is there (any more): one finding, for the first who notices. */
static void no_connection(struct run *r, const struct request *req)
{
    uint32_t id = req->x->id;
    if (r->unreachable) {
        block(r, req, r->unreachable);
        return;
    }
    CLEANUP_FREE char *why = strdup(strerror(errno));
    r->unreachable = id;
    outcome(r, id)->state = REPLAY_UNSENT;
    answers_fault(r, id, REPLAY_NO_CONNECTION, why ? why : "no connection");
    answers_unlearnt(r, id);
    answers_parted(r, id, id, false);
}

/* --- requests --- */

static uint64_t flood_limit(const struct run *r, const struct exchange *x)
{
    return RUN_FLOOD_BASE + RUN_FLOOD_FACTOR * exchange_size(r->base, x, PART_RESPONSE);
}

/* The request as it is sent, for those that only look at it. */
static void as_sent(const struct request *req, const struct rewritten *said, struct request *out)
{
    *out = *req;
    out->raw = (struct span){said->head.p, said->head.n};
    head_parse(out->raw, &out->head);
    out->path = path_unversioned(head_path(&out->head));
    out->query = head_query(&out->head);
    if (said->body_changed) /* a view: neither is freed here */
        out->text = said->text;
}

static void prepare(struct run *r, const struct request *req, const struct rewritten *said)
{
    struct answer *a = &r->answers[req->x->id - 1];
    struct request sent;
    as_sent(req, said, &sent);
    answer_free(a); /* there is something where it is said again */
    if (ledger_before(&r->ledger, &sent, &a->note) < 0)
        run_fail(r, "clean-up");
    a->keep = a->note.route.act != ACT_LOOK || learn_wants(&r->bindings, r->base, req->x);
    a->head_raw = BUF_INIT(EVENT_HEAD_MAX);
    a->body = BUF_INIT(LEARN_MAX);
    progress_init(&a->far, plan_unit(r->base, req->x));
}

static int payload_of(struct run *r, const struct event *ev, struct buf *wire)
{
    if (!ev->blob[0])
        return event_wire(ev, wire, &r->env.err);
    struct event loaded = *ev; /* shares all but the payload */
    CLEANUP(buf_free) struct buf payload = BUF_INIT(EVENT_PAYLOAD_MAX);
    if (r->base->loader.load(r->base->loader.self, ev, &payload, &r->env.err) < 0)
        return -1;
    loaded.payload = payload;
    return event_wire(&loaded, wire, &r->env.err);
}

/* Appends what an event holds of a body, as it has to be said. */
static void add_body(struct run *r, const struct event *ev, struct buf *out)
{
    struct answer *a = &r->answers[ev->exchange - 1];
    CLEANUP(buf_free) struct buf wire = BUF_INIT(CLIENT_OUT_MAX);
    int rc = 0;
    if (!a->body_replaced) {
        rc = payload_of(r, ev, &wire);
        size_t head = rc < 0 ? 0 : ev->head.n; /* that is said as it was rewritten */
        if (rc == 0 && (rc = buf_add(out, wire.p + head, wire.n - head)) < 0)
            run_fail(r, "a request's body");
    } else if (ev->payload_size && a->own_body.n) { /* all of it, with the first part that is due */
        if ((rc = buf_add(out, a->own_body.p, a->own_body.n)) < 0)
            run_fail(r, "a request's body");
        buf_free(&a->own_body);
    }
    r->env.failed = r->env.failed || rc < 0;
}

static void say(struct lane *lane, const struct buf *b)
{
    client_say(lane->client, (struct span){b->p, b->n});
}

static void say_request(struct run *r, struct lane *lane, const struct request *req,
                        struct rewritten *said)
{
    uint32_t id = req->x->id;
    struct replay_outcome *o = outcome(r, id);
    struct answer *a = &r->answers[id - 1];
    prepare(r, req, said);
    if (client_ask(lane->client, id, &req->head, flood_limit(r, req->x)) < 0) {
        run_fail(r, "a request");
        return;
    }
    o->state = REPLAY_SENT;
    o->candidate = ++r->result->sent;
    lane->latest = id;
    a->body_replaced = said->body_changed;
    a->own_body = said->body;
    said->body = BUF_INIT(0);
    CLEANUP(buf_free) struct buf all = BUF_INIT(CLIENT_OUT_MAX);
    if (buf_add(&all, said->head.p, said->head.n) < 0)
        run_fail(r, "a request's head");
    add_body(r, event_of(r, req->x->request), &all);
    say(lane, &all);
}

/* Who is to blame that it cannot be sent; 0: nobody. */
static uint32_t find_blame(struct run *r, const struct request *req)
{
    uint32_t by = hanging(r, req->x);
    if (!by && blame_find(&r->blame, r->base, req, &by, &r->env.err) < 0)
        r->env.failed = true;
    return by;
}

static enum send_result send_request(struct run *r, const struct event *ev)
{
    const struct exchange *x = &r->base->exchanges[ev->exchange - 1];
    CLEANUP(request_free) struct request req = {0};
    CLEANUP(rewritten_free) struct rewritten said = {0};
    struct rewriter w = {&r->bindings, &r->timeline, r->base->meta.secrets};
    struct lane *lane = lane_of(r, ev);
    if (request_load(r->base, x, &req, &r->env.err) < 0) {
        r->env.failed = true;
        return SEND_DONE;
    }
    uint32_t by = find_blame(r, &req);
    if (!by && rewrite_request(&w, &req, &said, &r->env.err) < 0)
        r->env.failed = true;
    if (!by)
        by = said.missing;
    if (r->env.failed)
        return SEND_DONE;
    if (by) {
        block(r, &req, by);
        return SEND_DONE;
    }
    if (lane_for_request(r, lane) == SEND_LATER)
        return SEND_LATER;
    if (lane->client)
        say_request(r, lane, &req, &said);
    else
        no_connection(r, &req);
    return SEND_DONE;
}

/* --- what follows a request --- */

static bool goes_on(struct run *r, const struct lane *lane, uint32_t exchange)
{
    return lane->client && lane->latest == exchange && outcome(r, exchange)->state == REPLAY_SENT;
}

static void send_stream(struct run *r, struct lane *lane, const struct event *ev)
{
    struct rewriter w = {&r->bindings, &r->timeline, r->base->meta.secrets};
    CLEANUP(buf_free) struct buf plain = BUF_INIT(EVENT_PAYLOAD_MAX);
    CLEANUP(buf_free) struct buf said = BUF_INIT(2 * EVENT_PAYLOAD_MAX);
    uint32_t missing = 0;
    if (!r->answers[ev->exchange - 1].upgraded) {
        outcome(r, ev->exchange)->stdin_kept = true;
        return;
    }
    if (payload_of(r, ev, &plain) < 0) {
        r->env.failed = true;
        return;
    }
    struct span text = {plain.p, plain.n};
    if (rewrite_text(&w, TEXT_PLAIN, text, &said, &missing) < 0)
        run_fail(r, "a stream");
    say(lane, &said);
}

static void send_data(struct run *r, const struct event *ev, size_t i)
{
    struct lane *lane = lane_of(r, ev);
    CLEANUP(buf_free) struct buf wire = BUF_INIT(CLIENT_OUT_MAX);
    if (!ev->exchange) { /* no HTTP: as it is */
        if (lane->client && payload_of(r, ev, &wire) < 0)
            r->env.failed = true;
        else if (lane->client)
            say(lane, &wire);
        return;
    }
    const struct exchange *x = &r->base->exchanges[ev->exchange - 1];
    if (!goes_on(r, lane, x->id))
        return;
    if (x->stdin_event != NO_EVENT && i >= x->stdin_event) {
        send_stream(r, lane, ev);
        return;
    }
    add_body(r, ev, &wire);
    say(lane, &wire);
}

/* A close is recorded as a half-close and a close at the same moment. */
static bool closes_at_once(const struct run *r, size_t i)
{
    const struct event *shut = event_of(r, i);
    for (size_t k = i + 1; k < r->base->n; k++) {
        const struct event *ev = event_of(r, k);
        if (ev->t > shut->t)
            return false;
        if (ev->conn == shut->conn && ev->from == SIDE_CLIENT)
            return ev->kind == EV_CLOSE;
    }
    return false;
}

/* The half-close of a stream that the candidate refused would be a word in another talk. */
static bool shuts_stream(struct run *r, const struct lane *lane, const struct event *ev)
{
    uint32_t id = 0;
    for (size_t k = r->base->exchanges_n; k > 0 && !id; k--) {
        const struct exchange *x = &r->base->exchanges[k - 1];
        if (x->conn == ev->conn && event_of(r, x->request) < ev)
            id = x->id;
    }
    if (!id)
        return true;
    if (!goes_on(r, lane, id))
        return false;
    return r->base->exchanges[id - 1].upgraded == r->answers[id - 1].upgraded;
}

static enum send_result send_end(struct run *r, const struct event *ev, size_t i)
{
    struct lane *lane = lane_of(r, ev);
    if (!lane->client)
        return SEND_DONE;
    if (ev->kind == EV_RESET)
        client_reset(lane->client);
    else if (ev->kind == EV_CLOSE)
        client_close(lane->client);
    else if (!closes_at_once(r, i) && shuts_stream(r, lane, ev))
        client_shut(lane->client);
    return SEND_DONE;
}

bool send_again(struct run *r)
{
    for (uint32_t i = 0; i < r->base->conns && r->again && !r->env.failed; i++) {
        uint32_t id = r->lanes[i].latest;
        struct answer *a = id ? &r->answers[id - 1] : NULL;
        if (!a || !a->again || a->said_again)
            continue;
        const struct exchange *x = &r->base->exchanges[id - 1];
        if (send_request(r, event_of(r, x->request)) == SEND_LATER)
            return false;
        a->said_again = true;
        r->again--;
    }
    return true;
}

enum send_result send_event(struct run *r, size_t event)
{
    const struct event *ev = event_of(r, event);
    struct lane *lane = lane_of(r, ev);
    if (lane->client && !client_connecting(lane->client) && !client_drained(lane->client))
        return SEND_LATER;
    if (timeline_add(&r->timeline, recorded_time(r, ev), client_env_now(&r->env)) < 0)
        run_fail(r, "a time");
    switch (ev->kind) {
    case EV_OPEN:
        return connect_lane(r, lane);
    case EV_REQUEST:
        return send_request(r, ev);
    case EV_DATA:
        send_data(r, ev, event);
        return SEND_DONE;
    default:
        return send_end(r, ev, event);
    }
}

void send_give_up(struct run *r, size_t event)
{
    const struct event *ev = event_of(r, event);
    struct lane *lane = lane_of(r, ev);
    if (!lane->client) /* the backlog stays full */
        return;
    if (lane->latest)
        answers_fault(r, lane->latest, REPLAY_HANG_SEND, "it did not take what was sent");
    client_reset(lane->client);
}
