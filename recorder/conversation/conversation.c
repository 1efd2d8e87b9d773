#include "recorder/conversation/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/base/cleanup.h"

void meta_list_free(char **list)
{
    for (char **p = list; p && *p; p++)
        free(*p);
    free(list);
}

void conversation_meta_free(struct conversation_meta *m)
{
    free(m->engine);
    free(m->api);
    meta_list_free(m->clients);
    meta_list_free(m->command);
    meta_list_free(m->secrets);
    free(m->lost);
    memset(m, 0, sizeof *m);
}

int meta_list_add(char ***list, struct span text)
{
    size_t n = 0;
    while (*list && (*list)[n])
        n++;
    char **grown = realloc(*list, (n + 2) * sizeof *grown);
    if (!grown)
        return -1;
    *list = grown;
    grown[n] = strndup(text.n ? text.p : "", text.n);
    if (!grown[n])
        return -1;
    grown[n + 1] = NULL;
    return 0;
}

int meta_list_add_new(char ***list, struct span text)
{
    for (char **p = *list; p && *p; p++)
        if (span_is(text, *p))
            return 0;
    return meta_list_add(list, text);
}

void conversation_free(struct conversation *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++)
        event_free(&c->events[i]);
    free(c->events);
    free(c->exchanges);
    conversation_meta_free(&c->meta);
    if (c->loader.free)
        c->loader.free(c->loader.self);
    free(c->path);
    free(c);
}

int conversation_add(struct conversation *c, struct event *ev, struct err *e)
{
    if (c->n == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 64;
        struct event *events = realloc(c->events, cap * sizeof *events);
        if (!events)
            return err_sys(e, "events");
        c->events = events;
        c->cap = cap;
    }
    c->events[c->n++] = *ev;
    event_init(ev);
    return 0;
}

/* Indexing's own state: the last exchange on each connection, 0 for none. */
struct indexer {
    struct conversation *c;
    uint32_t *last_on; /* by connection number - 1 */
    size_t exchanges_cap;
};

static int index_open(struct indexer *ix, size_t i, struct err *e)
{
    struct conversation *c = ix->c;
    if (c->events[i].conn != c->conns + 1)
        return err_set(e, "connection %u is opened where %u is next", c->events[i].conn,
                       c->conns + 1);
    ix->last_on[c->conns++] = 0;
    return 0;
}

static int index_request(struct indexer *ix, size_t i, struct err *e)
{
    struct conversation *c = ix->c;
    struct event *ev = &c->events[i];
    if (ev->exchange != c->exchanges_n + 1)
        return err_set(e, "request of exchange %u where exchange %zu is next", ev->exchange,
                       c->exchanges_n + 1);
    if (c->exchanges_n == ix->exchanges_cap) {
        size_t cap = ix->exchanges_cap ? 2 * ix->exchanges_cap : 16;
        struct exchange *grown = realloc(c->exchanges, cap * sizeof *grown);
        if (!grown)
            return err_sys(e, "exchanges");
        c->exchanges = grown;
        ix->exchanges_cap = cap;
    }
    struct exchange *x = &c->exchanges[c->exchanges_n++];
    memset(x, 0, sizeof *x);
    x->id = ev->exchange;
    x->conn = ev->conn;
    x->earlier = ix->last_on[ev->conn - 1];
    ix->last_on[ev->conn - 1] = x->id;
    x->request = x->last = i;
    x->response = x->end_event = x->stdin_event = NO_EVENT;
    x->request_end = ev->end;
    struct head h;
    exchange_request(c, x, &h);
    x->method = h.method;
    x->target = h.target;
    return 0;
}

static void end_exchange(struct exchange *x, size_t i, bool reset)
{
    if (x->end_event != NO_EVENT)
        return;
    x->end_event = i;
    x->ended = !reset;
    x->reset = reset;
}

static int index_response(struct conversation *c, struct exchange *x, size_t i, struct err *e)
{
    const struct event *ev = &c->events[i];
    struct head req, res;
    head_parse((struct span){ev->head.p, ev->head.n}, &res);
    if (head_is_interim(&res))
        return 0;
    if (x->response != NO_EVENT)
        return err_set(e, "exchange %u has two responses", x->id);
    exchange_request(c, x, &req);
    x->status = res.status;
    x->response = i;
    x->upgraded = head_upgrades(&res, head_may_hijack(&req));
    if (ev->end)
        end_exchange(x, i, false);
    return 0;
}

/* The daemon's silence, or either side's reset, ends what was still being answered there. */
static void index_end(struct indexer *ix, const struct event *ev, size_t i)
{
    if (ev->kind != EV_RESET && ev->from != SIDE_DAEMON)
        return;
    for (uint32_t id = ix->last_on[ev->conn - 1]; id;) {
        struct exchange *x = &ix->c->exchanges[id - 1];
        if (x->end_event != NO_EVENT)
            break;
        end_exchange(x, i, ev->kind == EV_RESET);
        id = x->earlier;
    }
}

static void index_data(struct exchange *x, const struct event *ev, size_t i)
{
    if (ev->from == SIDE_DAEMON) {
        if (ev->end)
            end_exchange(x, i, false);
        return;
    }
    if (x->request_end && x->stdin_event == NO_EVENT)
        x->stdin_event = i;
    x->request_end |= ev->end;
}

static int index_event(struct indexer *ix, size_t i, struct err *e)
{
    struct conversation *c = ix->c;
    struct event *ev = &c->events[i];
    if (ev->kind == EV_OPEN)
        return index_open(ix, i, e);
    if (!ev->conn || ev->conn > c->conns)
        return err_set(e, "connection %u was not opened", ev->conn);
    if (ev->kind == EV_REQUEST)
        return index_request(ix, i, e);
    if (ev->kind >= EV_SHUT)
        index_end(ix, ev, i);
    if (!ev->exchange)
        return ev->kind == EV_RESPONSE ? err_set(e, "response to no request") : 0;
    if (ev->exchange > c->exchanges_n)
        return err_set(e, "exchange %u has no request before it", ev->exchange);
    struct exchange *x = &c->exchanges[ev->exchange - 1];
    if (x->conn != ev->conn)
        return err_set(e, "exchange %u is on connection %u, not %u", x->id, x->conn, ev->conn);
    x->last = i;
    if (ev->kind == EV_RESPONSE)
        return index_response(c, x, i, e);
    if (ev->kind == EV_DATA)
        index_data(x, ev, i);
    return 0;
}

int conversation_index(struct conversation *c, struct err *e)
{
    CLEANUP_FREE uint32_t *last_on = calloc(c->n + 1, sizeof *last_on);
    if (!last_on)
        return err_sys(e, "connections");
    free(c->exchanges);
    c->exchanges = NULL;
    c->exchanges_n = 0;
    c->conns = 0;
    struct indexer ix = {.c = c, .last_on = last_on};
    for (size_t i = 0; i < c->n; i++)
        if (index_event(&ix, i, e) < 0) {
            c->broken = i;
            return -1;
        }
    return 0;
}

void exchange_request(const struct conversation *c, const struct exchange *x, struct head *out)
{
    const struct buf *raw = &c->events[x->request].head;
    head_parse((struct span){raw->p, raw->n}, out);
}

void exchange_response(const struct conversation *c, const struct exchange *x, struct head *out)
{
    struct span raw = {NULL, 0};
    if (x->response != NO_EVENT)
        raw = (struct span){c->events[x->response].head.p, c->events[x->response].head.n};
    head_parse(raw, out);
}

bool exchange_has(const struct conversation *c, const struct exchange *x, enum part part,
                  size_t event)
{
    const struct event *ev = &c->events[event];
    if (ev->exchange != x->id || !ev->payload_size)
        return false;
    if (ev->from == SIDE_DAEMON)
        return part == PART_RESPONSE && x->response != NO_EVENT && event >= x->response;
    return part == (event >= x->stdin_event ? PART_STDIN : PART_REQUEST);
}

int exchange_walk(const struct conversation *c, const struct exchange *x, enum part part,
                  part_visitor *visit, void *arg, struct err *e)
{
    for (size_t i = x->request; i <= x->last; i++) {
        const struct event *ev = &c->events[i];
        if (!exchange_has(c, x, part, i))
            continue;
        CLEANUP(buf_free) struct buf loaded = BUF_INIT(EVENT_PAYLOAD_MAX);
        struct span bytes = {ev->payload.p, ev->payload.n};
        if (ev->blob[0]) {
            if (c->loader.load(c->loader.self, ev, &loaded, e) < 0)
                return -1;
            bytes = (struct span){loaded.p, loaded.n};
        }
        int rc = visit(arg, i, bytes, e);
        if (rc)
            return rc;
    }
    return 0;
}

static int append(void *arg, size_t event, struct span bytes, struct err *e)
{
    (void)event;
    struct buf *out = arg;
    if (buf_add(out, bytes.p, bytes.n) < 0)
        return err_sys(e, "a body beyond %zu bytes", out->limit);
    return 0;
}

int exchange_read(const struct conversation *c, const struct exchange *x, enum part part,
                  struct buf *out, struct err *e)
{
    return exchange_walk(c, x, part, append, out, e);
}

uint64_t exchange_size(const struct conversation *c, const struct exchange *x, enum part part)
{
    uint64_t n = 0;
    for (size_t i = x->request; i <= x->last; i++)
        if (exchange_has(c, x, part, i))
            n += c->events[i].payload_size;
    return n;
}
