#include "suites/replay/t/script.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/base/clock.h"

static int take(void *self, struct event *ev, struct err *e)
{
    return conversation_add(self, ev, e);
}

void script_begin(struct script *k)
{
    k->c = calloc(1, sizeof *k->c);
    struct event_sink sink = {k->c, take};
    k->d = decoder_new(&sink);
    k->in = decoder_bytes(k->d);
    k->t = TALK_START;
}

void script_finish(struct script *k)
{
    struct err e;
    ck_assert_int_eq(decoder_finish(k->d, &e), 0);
    k->c->meta.start = decoder_meta(k->d)->start;
    ck_assert_msg(conversation_index(k->c, &e) == 0, "%s", e.text);
}

void script_free(struct script *k)
{
    decoder_free(k->d);
    conversation_free(k->c);
}

void script_after(struct script *k, int ms)
{
    k->t += ms * NS_PER_MS;
}

void script_open(struct script *k, uint32_t conn)
{
    script_after(k, 1);
    ck_assert_int_eq(k->in.open(k->in.self, conn, k->t, NULL), 0);
}

void script_bytes(struct script *k, uint32_t conn, enum side from, const char *p, size_t n)
{
    script_after(k, 1);
    ck_assert_int_eq(k->in.data(k->in.self, conn, from, k->t, p, n, NULL), 0);
}

void script_client(struct script *k, uint32_t conn, const char *bytes)
{
    script_bytes(k, conn, SIDE_CLIENT, bytes, strlen(bytes));
}

void script_daemon(struct script *k, uint32_t conn, const char *bytes)
{
    script_bytes(k, conn, SIDE_DAEMON, bytes, strlen(bytes));
}

void script_end(struct script *k, uint32_t conn, enum side from, enum end_how how)
{
    script_after(k, 1);
    if (how == END_CLOSE)
        ck_assert_int_eq(k->in.end(k->in.self, conn, from, END_SHUT, k->t, NULL), 0);
    ck_assert_int_eq(k->in.end(k->in.self, conn, from, how, k->t, NULL), 0);
}

void script_ask(struct script *k, uint32_t conn, const char *line, const char *body)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_addf(&b, "%s HTTP/1.1\r\nHost: docker\r\n", line);
    if (body)
        buf_addf(&b, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
    buf_addf(&b, "\r\n%s", body ? body : "");
    script_client(k, conn, buf_str(&b));
    buf_free(&b);
}

void script_answer(struct script *k, uint32_t conn, const char *status, const char *body)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_addf(&b, "HTTP/1.1 %s\r\n", status);
    if (body)
        buf_addf(&b, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
    buf_addf(&b, "\r\n%s", body ? body : "");
    script_daemon(k, conn, buf_str(&b));
    buf_free(&b);
}

void script_exchange(struct script *k, uint32_t conn, const char *line, const char *body,
                     const char *status, const char *answer)
{
    script_ask(k, conn, line, body);
    script_answer(k, conn, status, answer);
}
