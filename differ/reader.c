#include "differ/reader.h"

#include <string.h>

void reader_init(struct reader *r, const struct conversation *c, const struct exchange *x,
                 unsigned channel)
{
    *r = (struct reader){.c = c, .x = x, .channel = channel, .event = x->request};
    r->loaded = BUF_INIT(EVENT_PAYLOAD_MAX);
}

void reader_free(struct reader *r)
{
    buf_free(&r->loaded);
}

/* The next event's payload into r->rest. */
static int next_event(struct reader *r, struct err *e)
{
    for (; r->event <= r->x->last; r->event++) {
        const struct event *ev = &r->c->events[r->event];
        if (!exchange_has(r->c, r->x, PART_RESPONSE, r->event))
            continue;
        r->event++;
        if (!ev->blob[0]) {
            r->rest = (struct span){ev->payload.p, ev->payload.n};
            return 1;
        }
        buf_clear(&r->loaded);
        if (r->c->loader.load(r->c->loader.self, ev, &r->loaded, e) < 0)
            return err_wrap(e, "%s", r->c->path ? r->c->path : "a recording");
        r->rest = (struct span){r->loaded.p, r->loaded.n};
        return 1;
    }
    return 0;
}

static void skip(struct reader *r, size_t n)
{
    r->rest.p += n;
    r->rest.n -= n;
    r->offset += n;
}

/* Goes on with the header of the next frame. */
static void feed_header(struct reader *r)
{
    r->header[r->header_n++] = (unsigned char)r->rest.p[0];
    if (!stdcopy_plausible((struct span){(const char *)r->header, r->header_n})) {
        r->bad = true;
        return;
    }
    skip(r, 1);
    if (r->header_n < STDCOPY_HEADER)
        return;
    const unsigned char *h = r->header;
    r->header_n = 0;
    r->current = h[0];
    r->left = (uint64_t)h[4] << 24 | (uint64_t)h[5] << 16 | (uint64_t)h[6] << 8 | h[7];
}

int reader_next(struct reader *r, struct span *out, struct err *e)
{
    for (;;) {
        int rc = r->rest.n ? 1 : next_event(r, e);
        if (rc <= 0)
            return rc;
        if (r->channel == RAW_CHANNEL) {
            *out = r->rest;
            skip(r, r->rest.n);
            return 1;
        }
        if (r->bad)
            return 0;
        if (!r->left) {
            feed_header(r);
            continue;
        }
        size_t n = r->left < r->rest.n ? (size_t)r->left : r->rest.n;
        *out = (struct span){r->rest.p, n};
        skip(r, n);
        r->left -= n;
        if (r->current == r->channel || r->channel == ANY_CHANNEL)
            return 1;
    }
}

int part_read(const struct conversation *c, const struct exchange *x, enum part part,
              struct buf *out, struct err *e)
{
    if (exchange_read(c, x, part, out, e) == 0)
        return 0;
    return err_wrap(e, "%s", c->path ? c->path : "a recording");
}

int framing_look(const struct conversation *c, const struct exchange *x, struct framing_seen *out,
                 struct err *e)
{
    *out = (struct framing_seen){.total = exchange_size(c, x, PART_RESPONSE)};
    struct reader r;
    struct span piece;
    int rc;
    reader_init(&r, c, x, ANY_CHANNEL);
    while ((rc = reader_next(&r, &piece, e)) > 0)
        out->channel[r.current] += piece.n;
    reader_free(&r);
    if (rc < 0)
        return -1;
    out->at = r.offset;
    out->broken = r.bad;
    out->cut = r.left || r.header_n;
    out->framed = out->total && !(out->broken && out->at < STDCOPY_HEADER);
    if (!out->framed)
        out->broken = out->cut = false;
    return 0;
}

void lines_init(struct lines *l, const struct conversation *c, const struct exchange *x,
                unsigned channel)
{
    *l = (struct lines){.line = BUF_INIT(LINE_MAX_BYTES)};
    reader_init(&l->reader, c, x, channel);
}

void lines_free(struct lines *l)
{
    reader_free(&l->reader);
    buf_free(&l->line);
}

/* Takes from the rest up to a newline, or what fits. Is the line complete? */
static int take(struct lines *l, bool *complete, struct err *e)
{
    size_t room = LINE_MAX_BYTES - l->line.n, n = l->rest.n < room ? l->rest.n : room;
    const char *newline = n ? memchr(l->rest.p, '\n', n) : NULL;
    if (newline)
        n = (size_t)(newline - l->rest.p) + 1;
    if (buf_add(&l->line, l->rest.p, n) < 0)
        return err_sys(e, "a line");
    l->rest.p += n;
    l->rest.n -= n;
    *complete = newline || l->line.n == LINE_MAX_BYTES;
    return 0;
}

int lines_next(struct lines *l, struct span *out, struct err *e)
{
    bool complete = false;
    buf_clear(&l->line);
    while (!complete && !l->ended) {
        if (!l->rest.n) {
            int rc = reader_next(&l->reader, &l->rest, e);
            if (rc < 0)
                return -1;
            l->ended = rc == 0;
            continue;
        }
        if (take(l, &complete, e) < 0)
            return -1;
    }
    *out = (struct span){buf_str(&l->line), l->line.n};
    return l->line.n > 0;
}
