#include "differ/t/talk.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/base/clock.h"
#include "recorder/conversation/decoder.h"
#include "recorder/wire/stdcopy.h"

struct talk {
    struct conversation *c;
    struct event_sink sink;
    struct decoder *d;
    struct bytes_sink b;
    uint32_t conns;
    int64_t now;
};

static struct err e;

static void ck_ok(int rc)
{
    ck_assert_msg(rc == 0, "%s", e.text);
}

static int collect(void *self, struct event *ev, struct err *err)
{
    return conversation_add(self, ev, err);
}

struct talk *talk_begin(void)
{
    struct talk *t = calloc(1, sizeof *t);
    ck_assert_ptr_nonnull(t);
    t->c = calloc(1, sizeof *t->c);
    t->sink = (struct event_sink){t->c, collect};
    t->d = decoder_new(&t->sink);
    t->b = decoder_bytes(t->d);
    t->now = TALK_START * NS_PER_S;
    return t;
}

uint32_t talk_open(struct talk *t)
{
    ck_ok(t->b.open(t->b.self, ++t->conns, t->now, &e));
    return t->conns;
}

void talk_say(struct talk *t, uint32_t conn, enum side from, const char *p, size_t n)
{
    t->now += NS_PER_MS;
    ck_ok(t->b.data(t->b.self, conn, from, t->now, p, n, &e));
}

void talk_text(struct talk *t, uint32_t conn, enum side from, const char *text)
{
    talk_say(t, conn, from, text, strlen(text));
}

void talk_end(struct talk *t, uint32_t conn, enum side from, enum end_how how)
{
    t->now += NS_PER_MS;
    ck_ok(t->b.end(t->b.self, conn, from, how, t->now, &e));
}

void talk_wait(struct talk *t, int64_t ms)
{
    t->now += ms * NS_PER_MS;
}

void talk_exchange_n(struct talk *t, const char *request, const char *body, const char *status,
                     const char *headers, const char *answer, size_t n)
{
    uint32_t conn = talk_open(t);
    struct buf out = BUF_INIT(64 << 20);
    ck_ok(buf_addf(&out, "%s HTTP/1.1\r\nHost: docker\r\n", request));
    if (body)
        ck_ok(buf_addf(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                       strlen(body), body));
    else
        ck_ok(buf_adds(&out, "\r\n"));
    talk_say(t, conn, SIDE_CLIENT, out.p, out.n);
    buf_clear(&out);
    ck_ok(buf_addf(&out, "HTTP/1.1 %s\r\n%s", status, headers));
    if (answer)
        ck_ok(buf_addf(&out, "Content-Length: %zu\r\n\r\n", n) | buf_add(&out, answer, n));
    else
        ck_ok(buf_adds(&out, "\r\n"));
    for (size_t i = 0; i < out.n; i += 1 << 20)
        talk_say(t, conn, SIDE_DAEMON, out.p + i, out.n - i < 1 << 20 ? out.n - i : 1 << 20);
    buf_free(&out);
    talk_end(t, conn, SIDE_CLIENT, END_CLOSE);
    talk_end(t, conn, SIDE_DAEMON, END_CLOSE);
}

void talk_exchange(struct talk *t, const char *request, const char *body, const char *status,
                   const char *headers, const char *answer)
{
    talk_exchange_n(t, request, body, status, headers, answer, answer ? strlen(answer) : 0);
}

struct conversation *talk_done(struct talk *t)
{
    ck_ok(decoder_finish(t->d, &e));
    t->c->meta.start = TALK_START * NS_PER_S;
    decoder_free(t->d);
    struct conversation *c = t->c;
    free(t);
    ck_ok(conversation_index(c, &e));
    return c;
}

struct conversation *talk_json(const char *request, const char *answer)
{
    struct talk *t = talk_begin();
    talk_exchange(t, request, NULL, "200 OK", "Content-Type: application/json\r\n", answer);
    return talk_done(t);
}

void talk_compare(struct conversation *b, struct conversation *c, const char *rules,
                  struct comparison *out)
{
    struct rules *r = rules ? rules_none(&e) : rules_builtin(&e);
    ck_assert_msg(r != NULL, "%s", e.text);
    if (rules && *rules)
        ck_ok(rules_add_text(r, span_of(rules), "test", &e));
    struct pairing p = {calloc(b->exchanges_n + 1, sizeof *p.v), b->exchanges_n};
    for (size_t i = 0; i < p.n; i++)
        p.v[i] = (struct pair){.state = PAIR_SENT, .candidate = (uint32_t)i + 1};
    struct differ_input in = {.baseline = b, .candidate = c, .pairing = &p, .rules = r};
    *out = (struct comparison){0};
    ck_ok(differ_run(&in, out, &e));
    free(p.v);
    rules_free(r);
}

void talk_diff(struct conversation *b, struct conversation *c, const char *rules,
               struct comparison *out)
{
    talk_compare(b, c, rules, out);
    conversation_free(b);
    conversation_free(c);
}

static const char *describe(const struct finding *f)
{
    static char text[4096];
    snprintf(text, sizeof text, "%s at %s %s (%s): expected %s, actual %s",
             finding_kind_name(f->kind), f->route, f->path, f->class,
             f->seen[0].expected ? f->seen[0].expected : "(nothing)",
             f->seen[0].actual ? f->seen[0].actual : "(nothing)");
    return text;
}

void ck_silent(const struct comparison *c, const char *what)
{
    if (c->findings.n)
        ck_abort_msg("%s: %zu findings: %s", what, c->findings.n, describe(&c->findings.v[0]));
    ck_assert_msg(c->tally.compared > 0 && c->tally.values > 0, "%s: nothing was compared", what);
}

const struct finding *ck_found(const struct comparison *c, enum finding_kind kind, const char *path,
                               const char *what)
{
    for (size_t i = 0; i < c->findings.n; i++)
        if (c->findings.v[i].kind == kind && strcmp(c->findings.v[i].path, path) == 0)
            return &c->findings.v[i];
    if (c->findings.n)
        ck_abort_msg("%s: no %s at %s, but %s", what, finding_kind_name(kind), path,
                     describe(&c->findings.v[0]));
    ck_abort_msg("%s: no %s at %s, and nothing else", what, finding_kind_name(kind), path);
    return NULL;
}

const struct finding *ck_only(const struct comparison *c, enum finding_kind kind, const char *path,
                              const char *what)
{
    const struct finding *f = ck_found(c, kind, path, what);
    for (size_t i = 0; i < c->findings.n; i++)
        if (&c->findings.v[i] != f)
            ck_abort_msg("%s: also %s", what, describe(&c->findings.v[i]));
    return f;
}

void frame(struct buf *out, unsigned channel, const char *text)
{
    unsigned char head[STDCOPY_HEADER];
    stdcopy_header(channel, (uint32_t)strlen(text), head);
    ck_ok(buf_add(out, head, sizeof head) | buf_adds(out, text));
}
