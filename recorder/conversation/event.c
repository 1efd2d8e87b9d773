#include "recorder/conversation/event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void event_init(struct event *ev)
{
    memset(ev, 0, sizeof *ev);
    ev->head = BUF_INIT(EVENT_HEAD_MAX);
    ev->payload = BUF_INIT(EVENT_PAYLOAD_MAX);
    ev->framing.literal = BUF_INIT(EVENT_FRAMING_MAX);
}

void framing_free(struct framing *f)
{
    buf_free(&f->literal);
    free(f->steps);
    f->steps = NULL;
    f->n = f->cap = 0;
}

void event_free(struct event *ev)
{
    buf_free(&ev->head);
    buf_free(&ev->payload);
    framing_free(&ev->framing);
}

static int framing_step(struct framing *f, size_t literal, size_t payload)
{
    if (f->n == f->cap) {
        size_t cap = f->cap ? 2 * f->cap : 4;
        struct framing_step *steps = realloc(f->steps, cap * sizeof *steps);
        if (!steps)
            return -1;
        f->steps = steps;
        f->cap = cap;
    }
    f->steps[f->n++] = (struct framing_step){literal, payload};
    return 0;
}

int event_add_payload(struct event *ev, const char *p, size_t n)
{
    if (buf_add(&ev->payload, p, n) < 0)
        return -1;
    ev->payload_size += n;
    if (ev->framing.n)
        ev->framing.steps[ev->framing.n - 1].payload += n;
    return 0;
}

int event_add_framing(struct event *ev, const char *p, size_t n)
{
    struct framing *f = &ev->framing;
    size_t before = f->literal.n;
    if (buf_add(&f->literal, p, n) < 0)
        return -1;
    if (f->n && !f->steps[f->n - 1].payload) {
        f->steps[f->n - 1].literal += n;
        return 0;
    }
    /* Payload that came before the first literal is a step without one. */
    if (!f->n && ev->payload_size && framing_step(f, 0, (size_t)ev->payload_size) < 0)
        goto undo;
    if (framing_step(f, n, 0) == 0)
        return 0;
undo:
    f->literal.n = before;
    return -1;
}

int event_wire(const struct event *ev, struct buf *out, struct err *e)
{
    const char *literal = buf_str(&ev->framing.literal), *payload = buf_str(&ev->payload);
    int rc = buf_add(out, ev->head.p, ev->head.n);
    if (!ev->framing.n)
        rc |= buf_add(out, payload, ev->payload.n);
    for (size_t i = 0; i < ev->framing.n && rc == 0; i++) {
        const struct framing_step *s = &ev->framing.steps[i];
        rc = buf_add(out, literal, s->literal) | buf_add(out, payload, s->payload);
        literal += s->literal;
        payload += s->payload;
    }
    return rc ? err_sys(e, "bytes of an event") : 0;
}

static const char *const kind_names[] = {
    [EV_OPEN] = "open", [EV_REQUEST] = "request", [EV_RESPONSE] = "response", [EV_DATA] = "data",
    [EV_SHUT] = "shut", [EV_CLOSE] = "close",     [EV_RESET] = "reset",
};

const char *event_kind_name(enum event_kind kind)
{
    return kind_names[kind];
}

const char *side_name(enum side from)
{
    return from == SIDE_CLIENT ? "client" : "daemon";
}
