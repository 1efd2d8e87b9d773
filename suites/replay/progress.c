#include "suites/replay/progress.h"

#include <string.h>

void progress_init(struct progress *p, enum progress_unit unit)
{
    memset(p, 0, sizeof *p);
    p->unit = unit;
}

static void feed_text(struct progress_text *t, struct span s)
{
    for (size_t i = 0; i < s.n; i++) {
        t->tail++;
        if (s.p[i] != '\n')
            continue;
        t->lines++;
        t->tail = 0;
    }
}

static struct span take(struct span *s, size_t n)
{
    struct span front = {s->p, n < s->n ? n : s->n};
    s->p += front.n;
    s->n -= front.n;
    return front;
}

/* The stream is no stdcopy stream (any more): what was held for a header is text. */
static void go_raw(struct progress *p)
{
    p->framed = false;
    feed_text(&p->text[0], (struct span){p->header, p->header_n});
    p->header_n = 0;
}

static void end_header(struct progress *p)
{
    const unsigned char *h = (const unsigned char *)p->header;
    p->decided = true;
    p->channel = h[0];
    p->frame_left = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
    p->header_n = 0;
}

static void feed_framed(struct progress *p, struct span *s)
{
    if (p->frame_left) {
        struct span piece = take(s, p->frame_left);
        p->frame_left -= (uint32_t)piece.n;
        feed_text(&p->text[p->channel], piece);
        return;
    }
    struct span piece = take(s, STDCOPY_HEADER - p->header_n);
    memcpy(p->header + p->header_n, piece.p, piece.n);
    p->header_n += piece.n;
    p->framed = true;
    if (!stdcopy_plausible((struct span){p->header, p->header_n})) {
        p->decided = true;
        go_raw(p);
    } else if (p->header_n == STDCOPY_HEADER) {
        end_header(p);
    }
}

static void feed_lines(struct progress *p, struct span s)
{
    while (s.n && (p->framed || !p->decided))
        feed_framed(p, &s);
    feed_text(&p->text[0], s);
}

static void in_string(struct progress *p, char c)
{
    if (p->in_escape)
        p->in_escape = false;
    else if (c == '\\')
        p->in_escape = true;
    else if (c == '"')
        p->in_string = false;
    if (!p->in_string && !p->depth)
        p->messages++;
}

/* A number or a word outside of all brackets ends with what follows it. */
static void end_scalar(struct progress *p)
{
    p->messages += p->in_scalar;
    p->in_scalar = false;
}

static void feed_json(struct progress *p, char c)
{
    if (p->in_string) {
        in_string(p, c);
        return;
    }
    switch (c) {
    case '"':
        end_scalar(p);
        p->in_string = true;
        break;
    case '{':
    case '[':
        end_scalar(p);
        p->depth++;
        break;
    case '}':
    case ']':
        if (p->depth && --p->depth == 0)
            p->messages++;
        break;
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        end_scalar(p);
        break;
    default:
        p->in_scalar = !p->depth;
    }
}

void progress_feed(struct progress *p, struct span bytes)
{
    p->bytes += bytes.n;
    if (p->unit == PROGRESS_LINES)
        feed_lines(p, bytes);
    for (size_t i = 0; p->unit == PROGRESS_MESSAGES && i < bytes.n; i++)
        feed_json(p, bytes.p[i]);
}

static bool text_reached(const struct progress_text *t, const struct progress_text *mark)
{
    return t->lines > mark->lines || (t->lines == mark->lines && t->tail >= mark->tail);
}

static struct progress_text sum(const struct progress *p)
{
    struct progress_text t = {0, 0};
    for (size_t i = 0; i < STDCOPY_CHANNELS; i++) {
        t.lines += p->text[i].lines;
        t.tail += p->text[i].tail;
    }
    return t;
}

static bool lines_reached(const struct progress *p, const struct progress *mark)
{
    if (p->framed != mark->framed) { /* a finding, but none that should stall the replay */
        struct progress_text t = sum(p), m = sum(mark);
        return text_reached(&t, &m);
    }
    for (size_t i = 0; i < STDCOPY_CHANNELS; i++)
        if (!text_reached(&p->text[i], &mark->text[i]))
            return false;
    return true;
}

bool progress_reached(const struct progress *p, const struct progress *mark)
{
    switch (mark->unit) {
    case PROGRESS_LINES:
        return lines_reached(p, mark);
    case PROGRESS_MESSAGES:
        return p->messages >= mark->messages;
    case PROGRESS_BYTES:
        break;
    }
    return p->bytes >= mark->bytes;
}
