#include "recorder/conversation/t/story.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/base/base64.h"
#include "recorder/conversation/secret_forms.h"
#include "recorder/conversation/url_view.h"
#include "recorder/wire/stdcopy.h"

struct story *story_new(void)
{
    struct story *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    s->all = BUF_INIT((size_t)64 << 20);
    s->r = redactor_new(NULL);
    return s;
}

static void names_free(char **names)
{
    for (char **p = names; p && *p; p++)
        free(*p);
    free(names);
}

void story_free(struct story *s)
{
    for (size_t i = 0; i < s->n; i++)
        event_free(&s->events[i]);
    names_free(s->names);
    redactor_free(s->r);
    buf_free(&s->all);
    free(s);
}

static struct event *event(struct story *s, enum event_kind kind, enum side from)
{
    ck_assert_uint_lt(s->n, STORY_MAX);
    struct event *ev = &s->events[s->n++];
    event_init(ev);
    ev->kind = kind;
    ev->from = from;
    ev->conn = 1;
    ev->exchange = kind >= EV_SHUT ? 0 : s->exchange;
    return ev;
}

static void add_head(struct event *ev, const char *head)
{
    for (; *head; head++) {
        if (*head == '\n')
            buf_addc(&ev->head, '\r');
        buf_addc(&ev->head, *head);
    }
    buf_adds(&ev->head, "\r\n");
}

struct event *story_request_head(struct story *s, const char *head)
{
    s->exchange++;
    struct event *ev = event(s, EV_REQUEST, SIDE_CLIENT);
    add_head(ev, head);
    return ev;
}

struct event *story_response_head(struct story *s, const char *head)
{
    struct event *ev = event(s, EV_RESPONSE, SIDE_DAEMON);
    add_head(ev, head);
    return ev;
}

struct event *story_request(struct story *s, const char *head, const char *body)
{
    struct event *ev = story_request_head(s, head);
    event_add_payload(ev, body, strlen(body));
    ev->end = true;
    return ev;
}

struct event *story_response(struct story *s, const char *head, const char *body)
{
    struct event *ev = story_response_head(s, head);
    event_add_payload(ev, body, strlen(body));
    ev->end = true;
    return ev;
}

struct event *story_data(struct story *s, enum side from, const void *p, size_t n)
{
    struct event *ev = event(s, EV_DATA, from);
    event_add_payload(ev, p, n);
    return ev;
}

struct event *story_say(struct story *s, enum side from, const char *text)
{
    return story_data(s, from, text, strlen(text));
}

void story_attach(struct story *s)
{
    story_request(s,
                  "POST /v1.41/containers/a/attach?stdin=1&stream=1 HTTP/1.1\n"
                  "Connection: Upgrade\nUpgrade: tcp\n",
                  "");
    story_response_head(s, "HTTP/1.1 101 UPGRADED\n"
                           "Content-Type: application/vnd.docker.raw-stream\n");
}

struct event *story_end(struct story *s, enum event_kind kind, enum side from)
{
    return event(s, kind, from);
}

void story_frame(struct buf *out, unsigned channel, const char *text)
{
    unsigned char header[STDCOPY_HEADER];
    stdcopy_header(channel, (uint32_t)strlen(text), header);
    buf_add(out, header, sizeof header);
    buf_adds(out, text);
}

void story_redact(struct story *s)
{
    struct err e = {{0}};
    for (size_t i = 0; i < s->n; i++)
        ck_assert_msg(redactor_learn(s->r, &s->events[i], &e) == 0, "%s", e.text);
    for (size_t i = 0; i < s->n; i++) {
        ck_assert_msg(redactor_apply(s->r, &s->events[i], &e) == 0, "%s", e.text);
        ck_assert_uint_eq(s->events[i].payload_size, s->events[i].payload.n);
    }
    s->names = redactor_names_used(s->r, &e);
    ck_assert_ptr_nonnull(s->names);
    for (size_t i = 0; i < s->n; i++) {
        buf_add(&s->all, s->events[i].head.p, s->events[i].head.n);
        buf_add(&s->all, s->events[i].payload.p, s->events[i].payload.n);
    }
}

void story_is_clean(struct story *s)
{
    struct story *again = story_new();
    for (size_t i = 0; i < s->n; i++) {
        again->events[again->n++] = s->events[i];
        event_init(&s->events[i]);
    }
    s->n = 0;
    story_redact(again);
    char **names = redactor_names(again->r, NULL);
    ck_assert_msg(!names[0], "%s is left in: %.3000s", names[0], buf_str(&again->all));
    ck_assert_uint_eq(again->all.n, s->all.n);
    ck_assert(!s->all.n || !memcmp(again->all.p, s->all.p, s->all.n));
    names_free(names);
    story_free(again);
}

bool story_has_bytes(const struct story *s, const void *p, size_t n)
{
    return n && s->all.n && memmem(s->all.p, s->all.n, p, n);
}

bool story_has(const struct story *s, const char *text)
{
    return story_has_bytes(s, text, strlen(text));
}

static int absent(void *self, enum secret_form form, struct span bytes)
{
    const struct story *s = self;
    ck_assert_msg(!story_has_bytes(s, bytes.p, bytes.n), "form %d is left: %.*s in: %.2000s", form,
                  (int)bytes.n, bytes.p, buf_str(&s->all));
    return 0;
}

void story_hides(const struct story *s, const char *value)
{
    struct story seen = *s;
    struct url_view decoded;
    ck_assert_int_eq(secret_forms(span_of(value), absent, &seen), 0);
    /* Whatever way it is percent-encoded. */
    ck_assert_int_eq(url_view_make(&decoded, (struct span){s->all.p, s->all.n}, true), 0);
    seen.all = decoded.text;
    ck_assert_int_eq(secret_forms(span_of(value), absent, &seen), 0);
    url_view_free(&decoded);
}

void story_said(const struct story *s, enum side from, struct buf *out)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->events[i].from == from && s->events[i].kind == EV_DATA)
            buf_add(out, s->events[i].payload.p, s->events[i].payload.n);
}
