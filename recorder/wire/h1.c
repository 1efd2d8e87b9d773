#include "recorder/wire/h1.h"

#include <llhttp.h>
#include <stdlib.h>

#include "recorder/base/buf.h"

struct h1 {
    llhttp_t parser;
    llhttp_settings_t settings;
    struct h1_sink sink;
    struct buf head;
    const char *mark; /* the first byte of the current feed that is in no head, payload, framing */
    bool in_message, in_body;
    bool no_body;
    bool at_head, at_end; /* what the pause is for */
    bool ended;           /* H1_END was told: the next byte begins a message */
    bool refused;         /* the sink's nonzero */
    const char *why;
};

static int on_begin(llhttp_t *p)
{
    struct h1 *h = p->data;
    h->in_message = true;
    return 0;
}

/* The parser would read as many bytes as the head of a 304 says (RFC 9110, 8.6: of the body that a
 * 200 would have had). */
static bool bodiless(const llhttp_t *p)
{
    return p->type == HTTP_RESPONSE &&
           (p->status_code / 100 == 1 || p->status_code == 204 || p->status_code == 304);
}

static int on_head(llhttp_t *p)
{
    struct h1 *h = p->data;
    h->at_head = true;
    /* The parser would take every byte behind an upgrade request for another protocol. Whether it
     * is one the response decides; until then the body is read as its head announces it. */
    p->upgrade = 0;
    return h->no_body || bodiless(p) ? 1 : HPE_PAUSED;
}

/* What lies between the mark and `end` is a head, or the framing of a body. */
static int framing(struct h1 *h, const char *end)
{
    size_t n = (size_t)(end - h->mark);
    struct span bytes = {h->mark, n};
    if (!n)
        return 0;
    if (!h->in_body && buf_add(&h->head, bytes.p, n) < 0)
        return -1; /* of a head that is too long, this piece is the rest */
    h->mark = end;
    if (!h->in_body)
        return 0;
    if (h->sink.framing(h->sink.self, bytes) == 0)
        return 0;
    h->refused = true;
    return -1;
}

static int on_payload(llhttp_t *p, const char *at, size_t n)
{
    struct h1 *h = p->data;
    if (framing(h, at) < 0)
        return -1;
    h->mark = at + n;
    if (h->sink.payload(h->sink.self, (struct span){at, n}) == 0)
        return 0;
    h->refused = true;
    return -1;
}

static int on_end(llhttp_t *p)
{
    struct h1 *h = p->data;
    h->at_end = true;
    return HPE_PAUSED;
}

struct h1 *h1_new(enum h1_kind kind, size_t head_max, const struct h1_sink *sink)
{
    struct h1 *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->sink = *sink;
    h->head = BUF_INIT(head_max);
    llhttp_settings_init(&h->settings);
    h->settings.on_message_begin = on_begin;
    h->settings.on_headers_complete = on_head;
    h->settings.on_body = on_payload;
    h->settings.on_message_complete = on_end;
    llhttp_init(&h->parser, kind == H1_REQUESTS ? HTTP_REQUEST : HTTP_RESPONSE, &h->settings);
    h->parser.data = h;
    return h;
}

void h1_free(struct h1 *h)
{
    if (!h)
        return;
    buf_free(&h->head);
    free(h);
}

static enum h1_step bad(struct h1 *h, const char *why)
{
    if (h->in_body)
        buf_clear(&h->head); /* told already: only an unfinished head is the caller's to keep */
    h->why = why;
    return H1_BAD;
}

/* The parser stopped at `at`, for a head, an end, or both at once (a message without a body). */
static enum h1_step paused(struct h1 *h, const char *at)
{
    if (framing(h, at) < 0)
        return h->refused ? H1_FAILED : bad(h, "the head is too long");
    if (h->at_head) {
        h->at_head = false;
        h->in_body = true;
        return H1_HEAD;
    }
    h->at_end = h->in_body = h->in_message = false;
    h->ended = true;
    return H1_END;
}

static enum h1_step execute(struct h1 *h, struct span bytes)
{
    if (h->at_end) /* a head was told, and its message ended with it */
        return paused(h, bytes.p);
    enum llhttp_errno rc = llhttp_execute(&h->parser, bytes.p, bytes.n);
    if (h->refused)
        return H1_FAILED;
    if (rc == HPE_OK) {
        if (framing(h, bytes.p + bytes.n) == 0)
            return H1_MORE;
        return h->refused ? H1_FAILED : bad(h, "the head is too long");
    }
    if (rc != HPE_PAUSED)
        return bad(h, llhttp_get_error_reason(&h->parser));
    const char *at = llhttp_get_error_pos(&h->parser);
    llhttp_resume(&h->parser);
    return paused(h, at);
}

enum h1_step h1_feed(struct h1 *h, struct span bytes, size_t *used)
{
    if (!bytes.p)
        bytes.p = ""; /* the parser goes on from a pause without bytes, but not without a place */
    if (h->ended) {
        buf_clear(&h->head);
        h->ended = false;
    }
    h->mark = bytes.p;
    enum h1_step step = execute(h, bytes);
    *used = (size_t)(h->mark - bytes.p);
    return step;
}

struct span h1_head(const struct h1 *h)
{
    return (struct span){buf_str(&h->head), h->head.n};
}

void h1_no_body(struct h1 *h, bool yes)
{
    h->no_body = yes;
}

bool h1_ends_at_close(const struct h1 *h)
{
    return h->in_body && llhttp_message_needs_eof(&h->parser);
}

bool h1_in_message(const struct h1 *h)
{
    return h->in_message || (h->head.n > 0 && !h->ended);
}

bool h1_in_body(const struct h1 *h)
{
    return h->in_body;
}

const char *h1_why(const struct h1 *h)
{
    return h->why ? h->why : "no HTTP";
}
