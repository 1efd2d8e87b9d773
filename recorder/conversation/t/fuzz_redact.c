/*
 * Any events at all: no crash; what pass 2 wrote, the pass 2 of another redactor that learnt the
 * same leaves alone; lengths and framing agree.
 *
 * The input is a list of events: a byte that says kind and side, one that says connection, exchange
 * and end, a length (two bytes), and so many bytes of head (up to an empty line) and payload.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/conversation/redact_impl.h"

#define EVENTS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *p;
    size_t n;
};

static void must(int condition)
{
    if (!condition)
        __builtin_trap();
}

static size_t head_length(const char *p, size_t n)
{
    const char *end = n ? memmem(p, n, "\n\n", 2) : NULL;
    return end ? (size_t)(end - p) + 2 : n;
}

static void fill(struct event *ev, const char *p, size_t n)
{
    size_t head = ev->kind == EV_REQUEST || ev->kind == EV_RESPONSE ? head_length(p, n) : 0;
    buf_add(&ev->head, p, head);
    p += head;
    n -= head;
    if (ev->kind > EV_DATA)
        return;
    if (n % 5 == 4) { /* as if it were chunked */
        event_add_framing(ev, p, n / 5);
        event_add_payload(ev, p + n / 5, n - 2 * (n / 5));
        event_add_framing(ev, p + n - n / 5, n / 5);
    } else {
        event_add_payload(ev, p, n);
    }
}

static int next(struct input *in, struct event *ev)
{
    if (in->n < 4)
        return 0;
    event_init(ev);
    ev->kind = (enum event_kind)(in->p[0] % 7);
    ev->from = in->p[0] & 0x80 ? SIDE_DAEMON : SIDE_CLIENT;
    ev->conn = 1 + (in->p[1] >> 6);
    ev->exchange = in->p[1] >> 1 & 7;
    ev->end = in->p[1] & 1;
    size_t n = (size_t)in->p[2] << 8 | in->p[3];
    in->p += 4;
    in->n -= 4;
    if (n > in->n)
        n = in->n;
    fill(ev, (const char *)in->p, n);
    in->p += n;
    in->n -= n;
    return 1;
}

static void agree(const struct event *ev)
{
    size_t literal = 0, payload = 0;
    for (size_t i = 0; i < ev->framing.n; i++) {
        literal += ev->framing.steps[i].literal;
        payload += ev->framing.steps[i].payload;
    }
    must(ev->payload_size == ev->payload.n);
    must(!ev->framing.n || (literal == ev->framing.literal.n && payload == ev->payload.n));
}

/* Pass 2 once more, on what it wrote. */
static void again(struct redactor *r, struct event *ev)
{
    struct buf head = BUF_INIT(EVENT_HEAD_MAX), payload = BUF_INIT(EVENT_PAYLOAD_MAX);
    struct err e;
    buf_add(&head, ev->head.p, ev->head.n);
    buf_add(&payload, ev->payload.p, ev->payload.n);
    must(redactor_apply(r, ev, &e) == 0);
    must(head.n == ev->head.n && payload.n == ev->payload.n);
    must(!head.n || memcmp(head.p, ev->head.p, head.n) == 0);
    must(!payload.n || memcmp(payload.p, ev->payload.p, payload.n) == 0);
    buf_free(&head);
    buf_free(&payload);
}

static void names(struct redactor *r)
{
    char **list = redactor_names_used(r, NULL);
    must(list != NULL);
    for (char **p = list; *p; p++)
        free(*p);
    free(list);
}

/* A redactor that has learnt the input. */
static struct redactor *learnt(struct event events[EVENTS], size_t *n, struct input in)
{
    struct redactor *r = redactor_new(NULL);
    struct err e;
    for (*n = 0; *n < EVENTS && next(&in, &events[*n]); ++*n)
        must(redactor_learn(r, &events[*n], &e) == 0);
    return r;
}

static void events_free(struct event *events, size_t n)
{
    for (size_t i = 0; i < n; i++)
        event_free(&events[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct event events[EVENTS], raw[EVENTS];
    struct err e;
    size_t n;
    struct redactor *r = learnt(events, &n, in), *other = learnt(raw, &n, in);
    for (size_t i = 0; i < n; i++) {
        must(redactor_apply(r, &events[i], &e) == 0);
        agree(&events[i]);
    }
    names(r);
    /* Digits are looked at by whether they stand in a JSON string; a placeholder for a secret that
     * has half of the string's quotes in it changes that, for the better. */
    for (size_t i = 0; i < n && !r->digits; i++)
        again(other, &events[i]);
    events_free(events, n);
    events_free(raw, n);
    redactor_free(r);
    redactor_free(other);
    return 0;
}
