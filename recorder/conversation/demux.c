#include "recorder/conversation/demux.h"

#include <stdlib.h>

void pieces_free(struct pieces *p)
{
    free(p->p);
    memset(p, 0, sizeof *p);
}

static int add(struct pieces *out, size_t at, size_t n, unsigned channel)
{
    if (out->n == out->cap) {
        size_t cap = out->cap ? 2 * out->cap : 8;
        struct piece *p = realloc(out->p, cap * sizeof *p);
        if (!p)
            return -1;
        out->p = p;
        out->cap = cap;
    }
    out->p[out->n++] = (struct piece){at, n, channel};
    return 0;
}

void demux_start(struct demux *d, bool maybe_framed)
{
    memset(d, 0, sizeof *d);
    d->mode = maybe_framed ? DEMUX_UNKNOWN : DEMUX_RAW;
}

/* One step through a frame's header; *at goes on. False: what stands there is no header. */
static bool header(struct demux *d, struct span payload, size_t *at)
{
    d->header[d->header_n++] = (unsigned char)payload.p[(*at)++];
    struct span have = {(const char *)d->header, d->header_n};
    if (!stdcopy_plausible(have))
        return false;
    if (d->header_n == STDCOPY_HEADER) {
        const unsigned char *h = d->header;
        d->channel = h[0];
        d->left = (size_t)h[4] << 24 | (size_t)h[5] << 16 | (size_t)h[6] << 8 | h[7];
        d->header_n = 0;
    }
    return true;
}

static int framed(struct demux *d, struct span payload, struct pieces *out)
{
    size_t at = 0;
    out->frames = !d->left && !d->header_n;
    while (at < payload.n) {
        if (!d->left) {
            size_t begin = at;
            if (!header(d, payload, &at)) {
                d->mode = DEMUX_RAW; /* for good: there is no finding back */
                out->frames = false;
                return add(out, begin, payload.n - begin, 0);
            }
            if (d->header_n || d->left)
                continue;
        }
        size_t n = d->left < payload.n - at ? d->left : payload.n - at;
        if (add(out, at, n, d->channel) < 0)
            return -1;
        at += n;
        d->left -= n;
    }
    out->frames &= !d->left && !d->header_n;
    return 0;
}

int demux_split(struct demux *d, struct span payload, struct pieces *out)
{
    out->n = 0;
    out->frames = false;
    if (!payload.n)
        return 0;
    if (d->mode == DEMUX_UNKNOWN) {
        struct span start = {payload.p, payload.n < STDCOPY_HEADER ? payload.n : STDCOPY_HEADER};
        d->mode = stdcopy_plausible(start) ? DEMUX_FRAMED : DEMUX_RAW;
    }
    return d->mode == DEMUX_RAW ? add(out, 0, payload.n, 0) : framed(d, payload, out);
}
