#include "recorder/conversation/decoder.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/conversation/merger.h"
#include "recorder/wire/h1.h"

/* A request that waits for its response. */
struct waiting {
    struct waiting *next;
    uint32_t exchange;
    bool is_head; /* HEAD: the response has no body */
    bool may_hijack;
    bool decided; /* its final response's head was seen */
};

enum mode { MODE_HTTP, MODE_STREAM, MODE_RAW };

struct conn {
    struct decoder *d;
    uint32_t id;
    struct h1 *parser[2];
    enum mode mode[2];
    int64_t t; /* of what is being fed */
    struct waiting *first, *last;
    uint32_t request; /* the exchange whose request is being read */
    uint32_t stream;  /* MODE_STREAM: the exchange that was upgraded */
    bool holding;     /* `held` has client bytes that a response will decide on */
    bool shut_held;   /* the client's half-close came behind them, and waits with them */
    bool interim;     /* the response being read is a 1xx */
    struct buf held;
};

struct decoder {
    struct merger merger;
    struct conversation_meta meta;
    struct conn **conns;  /* by number - 1; NULL once it has ended on both sides */
    unsigned char *ended; /* by number - 1: a bit a side */
    size_t conns_n, conns_cap;
    uint32_t exchanges;
    bool started;
    int64_t last;  /* the latest time told, since the start */
    struct err *e; /* of the call that is running */
};

static struct place place(const struct conn *c, enum side from, uint32_t exchange)
{
    return (struct place){c->id, exchange, from, c->t};
}

static int add(struct conn *c, enum side from, uint32_t exchange, enum merger_bytes what,
               struct span bytes)
{
    struct place at = place(c, from, exchange);
    return merger_add(&c->d->merger, what, &at, bytes, c->d->e);
}

static int request_payload(void *self, struct span bytes)
{
    struct conn *c = self;
    return add(c, SIDE_CLIENT, c->request, MERGER_PAYLOAD, bytes);
}

static int request_framing(void *self, struct span bytes)
{
    struct conn *c = self;
    return add(c, SIDE_CLIENT, c->request, MERGER_FRAMING, bytes);
}

static int response_payload(void *self, struct span bytes)
{
    struct conn *c = self;
    return add(c, SIDE_DAEMON, c->first->exchange, MERGER_PAYLOAD, bytes);
}

static int response_framing(void *self, struct span bytes)
{
    struct conn *c = self;
    return add(c, SIDE_DAEMON, c->first->exchange, MERGER_FRAMING, bytes);
}

static int no_memory(struct conn *c)
{
    return err_sys(c->d->e, "decoder");
}

static int client_bytes(struct conn *c, struct span bytes);

/* --- requests --- */

static bool is_name(struct span text)
{
    return text.n > 0 && text.n <= META_NAME_MAX;
}

static int learn_client(struct conn *c, struct span agent)
{
    char ***clients = &c->d->meta.clients;
    size_t n = 0;
    while (*clients && (*clients)[n])
        n++;
    if (!is_name(agent) || n == META_CLIENTS_MAX)
        return 0;
    return meta_list_add_new(clients, agent) < 0 ? no_memory(c) : 0;
}

static int begin_request(struct conn *c)
{
    struct span raw = h1_head(c->parser[SIDE_CLIENT]);
    struct head h;
    head_parse(raw, &h);
    struct waiting *w = calloc(1, sizeof *w);
    if (!w)
        return no_memory(c);
    w->exchange = c->request = ++c->d->exchanges;
    w->is_head = span_is(h.method, "HEAD");
    w->may_hijack = head_may_hijack(&h);
    *(c->last ? &c->last->next : &c->first) = w;
    c->last = w;
    if (learn_client(c, head_get(&h, "User-Agent")) < 0)
        return -1;
    struct place at = place(c, SIDE_CLIENT, c->request);
    return merger_event(&c->d->merger, EV_REQUEST, &at, raw, c->d->e);
}

/* From here on it is no HTTP. */
static int go_raw(struct conn *c, enum side from, struct span rest)
{
    c->mode[from] = MODE_RAW;
    return add(c, from, 0, MERGER_PAYLOAD, rest);
}

/* What the parser has of a head that is not complete. */
static struct span cut_head(const struct conn *c, enum side from)
{
    const struct h1 *h = c->parser[from];
    bool cut = c->mode[from] == MODE_HTTP && h1_in_message(h) && !h1_in_body(h);
    return cut ? h1_head(h) : (struct span){NULL, 0};
}

/* The same, in the middle of a head: what the parser has of it is raw data too. */
static int go_raw_in_head(struct conn *c, enum side from, struct span rest)
{
    if (go_raw(c, from, h1_head(c->parser[from])) < 0)
        return -1;
    return add(c, from, 0, MERGER_PAYLOAD, rest);
}

static int release(struct conn *c, bool raw);

static int hold(struct conn *c, struct span bytes)
{
    if (buf_add(&c->held, bytes.p, bytes.n) == 0)
        return 0;
    if (release(c, true) < 0) /* more than a client would say unasked: it is no request */
        return -1;
    return add(c, SIDE_CLIENT, 0, MERGER_PAYLOAD, bytes);
}

/* One step of the client's parser; *go is set when there is more to do. */
static int request_step(struct conn *c, struct span *bytes, bool *go)
{
    size_t used;
    enum h1_step step = h1_feed(c->parser[SIDE_CLIENT], *bytes, &used);
    bytes->p += used;
    bytes->n -= used;
    *go = false;
    switch (step) {
    case H1_HEAD:
        *go = true;
        return begin_request(c);
    case H1_END: {
        struct place at = place(c, SIDE_CLIENT, c->request);
        if (merger_end(&c->d->merger, &at, c->d->e) < 0)
            return -1;
        /* The response may be there already: then it has decided, and c->last is gone. */
        c->holding =
            c->last && c->last->exchange == c->request && c->last->may_hijack && !c->last->decided;
        *go = bytes->n > 0;
        return 0;
    }
    case H1_BAD:
        return go_raw_in_head(c, SIDE_CLIENT, *bytes);
    case H1_FAILED:
        return -1;
    case H1_MORE:
        break;
    }
    return 0;
}

static int client_bytes(struct conn *c, struct span bytes)
{
    bool go = bytes.n > 0;
    while (go) {
        if (c->mode[SIDE_CLIENT] == MODE_STREAM)
            return add(c, SIDE_CLIENT, c->stream, MERGER_PAYLOAD, bytes);
        if (c->mode[SIDE_CLIENT] == MODE_RAW)
            return add(c, SIDE_CLIENT, 0, MERGER_PAYLOAD, bytes);
        if (c->holding)
            return hold(c, bytes);
        if (request_step(c, &bytes, &go) < 0)
            return -1;
    }
    return 0;
}

/* --- responses --- */

/* What the parser has of a head will not be completed any more: it is raw data. */
static int end_head(struct conn *c, enum side from)
{
    struct span head = cut_head(c, from);
    return head.n ? go_raw(c, from, head) : 0;
}

/* The half-close that waited behind what was held. */
static int shut_client(struct conn *c)
{
    if (!c->shut_held)
        return 0;
    c->shut_held = false;
    if (end_head(c, SIDE_CLIENT) < 0)
        return -1;
    struct place at = place(c, SIDE_CLIENT, 0);
    return merger_event(&c->d->merger, EV_SHUT, &at, (struct span){NULL, 0}, c->d->e);
}

/* What was held is the stream's beginning, or the next request; or, `raw`, nobody will ever know.
 */
static int release(struct conn *c, bool raw)
{
    if (!c->holding)
        return 0;
    c->holding = false;
    struct buf held = c->held;
    c->held = BUF_INIT(DECODER_HELD_MAX);
    struct span bytes = {held.p, held.n};
    int rc = raw ? go_raw(c, SIDE_CLIENT, bytes) : client_bytes(c, bytes);
    buf_free(&held);
    if (rc < 0 || c->holding) /* a request among them may hijack too */
        return rc;
    return shut_client(c);
}

/* Both sides go on as a stream. What the client has said since the request belongs to it. */
static int upgrade(struct conn *c, const struct waiting *w)
{
    struct span head = cut_head(c, SIDE_CLIENT);
    c->stream = w->exchange;
    c->mode[SIDE_CLIENT] = c->mode[SIDE_DAEMON] = MODE_STREAM;
    if (add(c, SIDE_CLIENT, c->stream, MERGER_PAYLOAD, head) < 0)
        return -1;
    return release(c, false);
}

static int learn(struct conn *c, const struct head *h)
{
    struct conversation_meta *m = &c->d->meta;
    struct span server = head_get(h, "Server"), api = head_get(h, "Api-Version");
    if (is_name(server) && !m->engine && !(m->engine = strndup(server.p, server.n)))
        return no_memory(c);
    if (is_name(api) && !m->api && !(m->api = strndup(api.p, api.n)))
        return no_memory(c);
    return 0;
}

static int begin_response(struct conn *c)
{
    struct span raw = h1_head(c->parser[SIDE_DAEMON]);
    struct head h;
    head_parse(raw, &h);
    struct waiting *w = c->first;
    struct place at = place(c, SIDE_DAEMON, w->exchange);
    if (learn(c, &h) < 0 || merger_event(&c->d->merger, EV_RESPONSE, &at, raw, c->d->e) < 0)
        return -1;
    c->interim = head_is_interim(&h);
    if (c->interim)
        return 0;
    w->decided = true;
    if (head_upgrades(&h, w->may_hijack))
        return upgrade(c, w);
    return w == c->last ? release(c, false) : 0;
}

static int end_response(struct conn *c)
{
    struct place at = place(c, SIDE_DAEMON, c->first->exchange);
    if (merger_end(&c->d->merger, &at, c->d->e) < 0)
        return -1;
    if (c->interim)
        return 0;
    struct waiting *w = c->first;
    c->first = w->next;
    if (!c->first)
        c->last = NULL;
    free(w);
    return 0;
}

static int response_step(struct conn *c, struct span *bytes, bool *go)
{
    if (!c->first) /* an answer to no request */
        return go_raw(c, SIDE_DAEMON, *bytes);
    size_t used;
    h1_no_body(c->parser[SIDE_DAEMON], c->first->is_head);
    enum h1_step step = h1_feed(c->parser[SIDE_DAEMON], *bytes, &used);
    bytes->p += used;
    bytes->n -= used;
    *go = step == H1_HEAD || (step == H1_END && bytes->n > 0);
    switch (step) {
    case H1_HEAD:
        return begin_response(c);
    case H1_END:
        return end_response(c);
    case H1_BAD:
        return go_raw_in_head(c, SIDE_DAEMON, *bytes);
    case H1_FAILED:
        return -1;
    case H1_MORE:
        break;
    }
    return 0;
}

static int daemon_bytes(struct conn *c, struct span bytes)
{
    bool go = bytes.n > 0;
    while (go) {
        go = false;
        if (c->mode[SIDE_DAEMON] == MODE_STREAM)
            return add(c, SIDE_DAEMON, c->stream, MERGER_PAYLOAD, bytes);
        if (c->mode[SIDE_DAEMON] == MODE_RAW)
            return add(c, SIDE_DAEMON, 0, MERGER_PAYLOAD, bytes);
        if (response_step(c, &bytes, &go) < 0)
            return -1;
    }
    return 0;
}

/* --- connections --- */

static void conn_free(struct conn *c)
{
    if (!c)
        return;
    h1_free(c->parser[SIDE_CLIENT]);
    h1_free(c->parser[SIDE_DAEMON]);
    buf_free(&c->held);
    while (c->first) {
        struct waiting *w = c->first;
        c->first = w->next;
        free(w);
    }
    free(c);
}

static struct conn *conn_new(struct decoder *d, uint32_t id)
{
    struct conn *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->d = d;
    c->id = id;
    c->held = BUF_INIT(DECODER_HELD_MAX);
    struct h1_sink requests = {c, request_payload, request_framing};
    struct h1_sink responses = {c, response_payload, response_framing};
    c->parser[SIDE_CLIENT] = h1_new(H1_REQUESTS, EVENT_HEAD_MAX, &requests);
    c->parser[SIDE_DAEMON] = h1_new(H1_RESPONSES, EVENT_HEAD_MAX, &responses);
    if (c->parser[SIDE_CLIENT] && c->parser[SIDE_DAEMON])
        return c;
    conn_free(c);
    return NULL;
}

static int conns_grow(struct decoder *d)
{
    if (d->conns_n < d->conns_cap)
        return 0;
    size_t cap = d->conns_cap ? 2 * d->conns_cap : 16;
    struct conn **conns = realloc(d->conns, cap * sizeof *conns);
    if (!conns)
        return -1;
    d->conns = conns;
    unsigned char *ended = realloc(d->ended, cap);
    if (!ended)
        return -1;
    d->ended = ended;
    d->conns_cap = cap;
    return 0;
}

/* Times are told from the first event on, and never run backwards. */
static int64_t since_start(struct decoder *d, int64_t t)
{
    if (!d->started) {
        d->started = true;
        d->meta.start = t;
    }
    if (t - d->meta.start > d->last)
        d->last = t - d->meta.start;
    return d->last;
}

static int on_open(void *self, uint32_t conn, int64_t t, struct err *e)
{
    struct decoder *d = self;
    if (conn != d->conns_n + 1)
        return err_set(e, "connection %u opens where %zu is next", conn, d->conns_n + 1);
    struct conn *c = conns_grow(d) < 0 ? NULL : conn_new(d, conn);
    if (!c)
        return err_sys(e, "decoder");
    d->conns[d->conns_n] = c;
    d->ended[d->conns_n++] = 0;
    struct place at = {conn, 0, SIDE_CLIENT, since_start(d, t)};
    return merger_event(&d->merger, EV_OPEN, &at, (struct span){NULL, 0}, e);
}

static int find(struct decoder *d, uint32_t conn, struct conn **c, struct err *e)
{
    if (!conn || conn > d->conns_n)
        return err_set(e, "connection %u was not opened", conn);
    *c = d->conns[conn - 1];
    return 0;
}

static int on_data(void *self, uint32_t conn, enum side from, int64_t t, const char *p, size_t n,
                   struct err *e)
{
    struct decoder *d = self;
    struct conn *c = NULL;
    if (find(d, conn, &c, e) < 0)
        return -1;
    if (!c) /* behind both ends: a broken capture; kept as what it is */
        return merger_add(&d->merger, MERGER_PAYLOAD,
                          &(struct place){conn, 0, from, since_start(d, t)}, (struct span){p, n},
                          e);
    d->e = e;
    c->t = since_start(d, t);
    struct span bytes = {p, n};
    /* Behind the client's own end: what is held cannot wait in front of it. */
    if (from == SIDE_CLIENT && c->shut_held && release(c, true) < 0)
        return -1;
    return from == SIDE_CLIENT ? client_bytes(c, bytes) : daemon_bytes(c, bytes);
}

/* The same of what the decoder held back for a response that will not come. */
static int end_side(struct conn *c, enum side from, enum end_how how)
{
    if (end_head(c, from) < 0)
        return -1;
    return from == SIDE_DAEMON || how != END_SHUT ? release(c, true) : 0;
}

static int on_end(void *self, uint32_t conn, enum side from, enum end_how how, int64_t t,
                  struct err *e)
{
    static const enum event_kind kinds[] = {EV_SHUT, EV_CLOSE, EV_RESET};
    struct decoder *d = self;
    struct conn *c = NULL;
    if (find(d, conn, &c, e) < 0)
        return -1;
    d->e = e;
    struct place at = {conn, 0, from, since_start(d, t)};
    /* Behind a close the other side's last bytes may still come; behind a reset nothing does. */
    d->ended[conn - 1] |= how == END_RESET ? 3 : 1 << from;
    bool over = d->ended[conn - 1] == 3;
    if (c) {
        enum side other = from == SIDE_CLIENT ? SIDE_DAEMON : SIDE_CLIENT;
        c->t = at.t;
        if (end_side(c, from, how) < 0 || (over && end_side(c, other, how) < 0))
            return -1;
        if (from == SIDE_CLIENT && how == END_SHUT && c->holding) {
            c->shut_held = true;
            return 0;
        }
    }
    if (c && over) {
        conn_free(c);
        d->conns[conn - 1] = NULL;
    }
    return merger_event(&d->merger, kinds[how], &at, (struct span){NULL, 0}, e);
}

struct decoder *decoder_new(const struct event_sink *sink)
{
    struct decoder *d = calloc(1, sizeof *d);
    if (d)
        merger_init(&d->merger, sink);
    return d;
}

void decoder_free(struct decoder *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->conns_n; i++)
        conn_free(d->conns[i]);
    free(d->conns);
    free(d->ended);
    merger_free(&d->merger);
    conversation_meta_free(&d->meta);
    free(d);
}

struct bytes_sink decoder_bytes(struct decoder *d)
{
    return (struct bytes_sink){d, on_open, on_data, on_end};
}

int decoder_finish(struct decoder *d, struct err *e)
{
    d->e = e;
    for (size_t i = 0; i < d->conns_n; i++) {
        struct conn *c = d->conns[i];
        if (!c)
            continue;
        c->t = d->last; /* what others said since is with the sink already */
        if (end_side(c, SIDE_CLIENT, END_SHUT) < 0 || end_side(c, SIDE_DAEMON, END_SHUT) < 0)
            return -1;
    }
    return merger_flush(&d->merger, e);
}

const struct conversation_meta *decoder_meta(const struct decoder *d)
{
    return &d->meta;
}
