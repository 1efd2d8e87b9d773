#include "recorder/conversation/t/wire.h"

#include <stdio.h>
#include <stdlib.h>

#include "recorder/base/clock.h"

#define ALL ((size_t)1 << 30)
#define START (INT64_C(1700000000) * NS_PER_S)

static void hold(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "wire: %s\n", what);
    abort();
}

/* Ends stand among the bytes, so that one that came too early shows. */
static void add_end(struct buf *b, const char *name)
{
    hold(buf_addf(b, "<%s>", name) == 0, "too long for the test");
}

static void hold_event(const struct wire *w, const struct event *ev)
{
    const struct conversation *c = w->c;
    bool message = ev->kind == EV_REQUEST || ev->kind == EV_RESPONSE;
    hold(!c->n || ev->t >= c->events[c->n - 1].t, "time falls");
    hold(ev->t >= 0 && ev->till >= ev->t, "an event ends before it begins");
    hold(ev->conn >= 1 && ev->conn <= w->conns, "no such connection");
    hold(message == (ev->head.n > 0), "a head where none belongs, or none where one does");
    hold(message || ev->kind == EV_DATA || !(ev->payload.n || ev->framing.n || ev->end),
         "bytes where none belong");
    hold(ev->kind != EV_DATA || ev->payload.n || ev->framing.n || ev->end, "an empty event");
    hold(ev->payload_size == ev->payload.n && !ev->blob[0], "the size is not the payload's");
}

static int on_event(void *self, struct event *ev, struct err *e)
{
    struct wire *w = self;
    hold_event(w, ev);
    struct buf *told = &w->told[ev->conn - 1][ev->from];
    if (ev->kind >= EV_SHUT)
        add_end(told, event_kind_name(ev->kind));
    hold(event_wire(ev, told, e) == 0, "no wire");
    return conversation_add(w->c, ev, e);
}

void wire_init(struct wire *w)
{
    *w = (struct wire){.t = START, .text = BUF_INIT(ALL)};
    struct event_sink sink = {w, on_event};
    w->c = calloc(1, sizeof *w->c);
    w->d = decoder_new(&sink);
    hold(w->c && w->d, "no memory");
    w->sink = decoder_bytes(w->d);
    for (size_t i = 0; i < WIRE_CONNS; i++)
        for (int side = 0; side < 2; side++)
            w->fed[i][side] = w->told[i][side] = BUF_INIT(ALL);
}

void wire_free(struct wire *w)
{
    decoder_free(w->d);
    conversation_free(w->c);
    for (size_t i = 0; i < WIRE_CONNS; i++)
        for (int side = 0; side < 2; side++) {
            buf_free(&w->fed[i][side]);
            buf_free(&w->told[i][side]);
        }
    buf_free(&w->text);
}

void wire_wait(struct wire *w, int64_t ns)
{
    w->t += ns;
}

void wire_open(struct wire *w)
{
    struct err e = {{0}};
    hold(w->conns < WIRE_CONNS, "too many connections for the test");
    wire_wait(w, NS_PER_MS);
    hold(w->sink.open(w->sink.self, ++w->conns, w->t, &e) == 0, e.text);
}

void wire_bytes(struct wire *w, uint32_t conn, enum side from, struct span bytes)
{
    struct err e = {{0}};
    wire_wait(w, NS_PER_MS);
    hold(buf_add(&w->fed[conn - 1][from], bytes.p, bytes.n) == 0, "too long for the test");
    hold(w->sink.data(w->sink.self, conn, from, w->t, bytes.p, bytes.n, &e) == 0, e.text);
}

void wire_end(struct wire *w, uint32_t conn, enum side from, enum end_how how)
{
    static const char *const names[] = {"shut", "close", "reset"};
    struct err e = {{0}};
    wire_wait(w, NS_PER_MS);
    add_end(&w->fed[conn - 1][from], names[how]);
    hold(w->sink.end(w->sink.self, conn, from, how, w->t, &e) == 0, e.text);
}

void wire_client(struct wire *w, const char *text)
{
    wire_bytes(w, 1, SIDE_CLIENT, span_of(text));
}

void wire_daemon(struct wire *w, const char *text)
{
    wire_bytes(w, 1, SIDE_DAEMON, span_of(text));
}

void wire_finish(struct wire *w)
{
    struct err e = {{0}};
    hold(decoder_finish(w->d, &e) == 0, e.text);
    for (uint32_t conn = 0; conn < w->conns; conn++)
        for (int side = 0; side < 2; side++) {
            struct buf *fed = &w->fed[conn][side], *told = &w->told[conn][side];
            if (span_eq((struct span){fed->p, fed->n}, (struct span){told->p, told->n}))
                continue;
            fprintf(stderr, "connection %u, %s\n--- said:\n%.2000s\n--- told:\n%.2000s\n", conn + 1,
                    side_name((enum side)side), buf_str(fed), buf_str(told));
            hold(false, "the events have other bytes than the wire");
        }
    hold(conversation_index(w->c, &e) == 0, e.text);
}

static void add_line(struct wire *w, const struct event *ev)
{
    struct buf *b = &w->text;
    if (ev->conn != 1)
        buf_addf(b, "%u ", ev->conn);
    if (ev->kind != EV_OPEN)
        buf_addf(b, "%s ", side_name(ev->from));
    buf_adds(b, event_kind_name(ev->kind));
    if (ev->exchange)
        buf_addf(b, " %u", ev->exchange);
    struct head h;
    head_parse((struct span){ev->head.p, ev->head.n}, &h);
    if (h.start.n)
        buf_addf(b, " %.*s", (int)h.start.n, h.start.p);
    if (ev->payload.n) {
        buf_adds(b, " \"");
        buf_add(b, ev->payload.p, ev->payload.n);
        buf_addc(b, '"');
    }
    buf_adds(b, ev->end ? ".\n" : "\n");
}

const char *wire_text(struct wire *w)
{
    buf_clear(&w->text);
    for (size_t i = 0; i < w->c->n; i++)
        add_line(w, &w->c->events[i]);
    return buf_str(&w->text);
}
