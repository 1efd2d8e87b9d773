#include "recorder/conversation/merger.h"

#include <string.h>

void merger_init(struct merger *m, const struct event_sink *sink)
{
    memset(m, 0, sizeof *m);
    m->sink = *sink;
}

void merger_free(struct merger *m)
{
    for (size_t i = 0; i < m->n; i++)
        event_free(&m->pending[i]);
    m->n = 0;
}

int merger_flush(struct merger *m, struct err *e)
{
    int rc = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (rc == 0)
            rc = m->sink.event(m->sink.self, &m->pending[i], e);
        event_free(&m->pending[i]);
    }
    m->n = m->bytes = 0;
    return rc;
}

/* A new pending event at `at`, after what must be handed on first. */
static struct event *begin(struct merger *m, enum event_kind kind, const struct place *at,
                           struct err *e)
{
    if (m->n && (m->from != at->from || m->n == MERGER_EVENTS || m->bytes >= MERGER_BYTES))
        if (merger_flush(m, e) < 0)
            return NULL;
    m->from = at->from;
    struct event *ev = &m->pending[m->n++];
    event_init(ev);
    ev->kind = kind;
    ev->from = at->from;
    ev->conn = at->conn;
    ev->exchange = at->exchange;
    ev->t = ev->till = at->t;
    return ev;
}

int merger_event(struct merger *m, enum event_kind kind, const struct place *at, struct span head,
                 struct err *e)
{
    struct event *ev = begin(m, kind, at, e);
    if (!ev)
        return -1;
    if (buf_add(&ev->head, head.p, head.n) < 0)
        return err_sys(e, "a message's head");
    m->bytes += head.n;
    return 0;
}

/* The pending event that bytes at `at` continue, or NULL. */
static struct event *continued(struct merger *m, const struct place *at)
{
    if (!m->n || m->from != at->from)
        return NULL;
    for (size_t i = m->n; i-- > 0;) {
        struct event *ev = &m->pending[i];
        if (ev->conn != at->conn)
            continue;
        bool same = ev->exchange == at->exchange && ev->kind <= EV_DATA && ev->kind != EV_OPEN;
        return same && !ev->end && at->t - ev->till < EVENT_GAP_NS ? ev : NULL;
    }
    return NULL;
}

/* Bytes that `ev` still takes of them; 0: it is full. */
static size_t room(const struct event *ev, enum merger_bytes what)
{
    return what == MERGER_PAYLOAD ? EVENT_PAYLOAD_MAX - ev->payload.n
                                  : EVENT_FRAMING_MAX - ev->framing.literal.n;
}

int merger_add(struct merger *m, enum merger_bytes what, const struct place *at, struct span bytes,
               struct err *e)
{
    while (bytes.n) {
        struct event *ev = m->bytes < MERGER_BYTES ? continued(m, at) : NULL;
        if (!ev || !room(ev, what))
            ev = begin(m, EV_DATA, at, e);
        if (!ev)
            return -1;
        size_t n = room(ev, what) < bytes.n ? room(ev, what) : bytes.n;
        int rc = what == MERGER_PAYLOAD ? event_add_payload(ev, bytes.p, n)
                                        : event_add_framing(ev, bytes.p, n);
        if (rc < 0)
            return err_sys(e, "a message's body");
        ev->till = at->t;
        m->bytes += n;
        bytes.p += n;
        bytes.n -= n;
    }
    return 0;
}

int merger_end(struct merger *m, const struct place *at, struct err *e)
{
    struct event *ev = continued(m, at);
    if (!ev)
        ev = begin(m, EV_DATA, at, e);
    if (!ev)
        return -1;
    ev->end = true;
    return 0;
}
