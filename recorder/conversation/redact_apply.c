/* Pass 2: placeholders into payloads. */
#include <errno.h>
#include <stdlib.h>

#include "recorder/base/cleanup.h"
#include "recorder/conversation/redact_impl.h"

#define LOOK_WANT 1024 /* bytes that are looked ahead; a longer form's end is taken on trust */

/* What becomes of some bytes of the payload. */
enum change_how { CHANGE_MASK, CHANGE_PUT, CHANGE_DROP };

struct change {
    size_t at, n; /* in the payload */
    uint32_t form;
    enum change_how how;
};

struct changes {
    struct change *list;
    size_t n, cap;
};

static void changes_free(struct changes *c)
{
    free(c->list);
}

static int change(struct changes *c, struct change x)
{
    if (c->n == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 8;
        struct change *list = realloc(c->list, cap * sizeof *list);
        if (!list)
            return -1;
        c->list = list;
        c->cap = cap;
    }
    c->list[c->n++] = x;
    return 0;
}

/* One channel of the event that is being changed. */
struct work {
    struct redactor *r;
    const struct event *ev;
    const struct track *track;
    struct channel *ch;
    unsigned channel;
    const struct pieces *pieces;
    struct span bytes; /* the channel's */
    size_t piece;      /* the piece that bytes.p[piece_at] begins */
    size_t piece_at;
    bool fixed; /* lengths must stay */
    struct changes *changes;
};

/* The bytes at..at+n of the channel, wherever they stand in the payload. Places only rise. */
static int change_bytes(struct work *w, size_t at, size_t n, enum change_how how, uint32_t form)
{
    while (n) {
        const struct piece *p = &w->pieces->p[w->piece];
        if (p->channel != w->channel || at >= w->piece_at + p->n) {
            w->piece_at += p->channel == w->channel ? p->n : 0;
            w->piece++;
            continue;
        }
        size_t in = at - w->piece_at, part = p->n - in < n ? p->n - in : n;
        if (change(w->changes, (struct change){p->at + in, part, form, how}) < 0)
            return -1;
        how = how == CHANGE_PUT ? CHANGE_DROP : how;
        at += part;
        n -= part;
    }
    return 0;
}

/* --- secrets that events share --- */

static size_t common(struct span a, struct span b)
{
    size_t n = 0;
    while (n < a.n && n < b.n && a.p[n] == b.p[n])
        n++;
    return n;
}

static struct span form_rest(const struct work *w, uint32_t form, size_t from)
{
    struct span s = w->r->secrets.forms[form].bytes;
    return (struct span){s.p + from, s.n - from};
}

/*
 * The event goes on with a secret that the one before began. Where several secrets begin alike, it
 * is the one that these bytes agree with longest. *end is where they end.
 */
static int go_on(struct work *w, size_t *end)
{
    struct channel *ch = w->ch;
    uint32_t first = ch->shared - 1, best = first, alike = 0;
    size_t most = 0;
    *end = 0;
    if (!ch->shared)
        return 0;
    for (uint32_t i = first; i < first + ch->shared_forms; i++) {
        size_t n = common(form_rest(w, i, ch->shared_n), w->bytes);
        if (n > most || i == first)
            most = n, best = i, alike = 0;
        alike += n == most;
    }
    bool all = most == w->bytes.n;
    if (all && alike > 1 && form_rest(w, best, ch->shared_n).n == most)
        best++, alike--; /* a longer one may still be meant */
    bool more = all && most < form_rest(w, best, ch->shared_n).n;
    ch->shared = more ? best + 1 : 0;
    ch->shared_forms = alike;
    ch->shared_n += most;
    *end = most;
    return change_bytes(w, 0, most, CHANGE_MASK, best);
}

/* The text to search: the channel's bytes, and what is known to follow them. */
static int with_lookahead(struct work *w, struct buf *joined, struct span *text, bool *open)
{
    CLEANUP(buf_free) struct buf more = BUF_INIT(LOOK_WANT + LOOKAHEAD_WINDOW);
    enum look_result result = LOOK_ENDS;
    size_t longest = w->r->secrets.longest, want = longest < LOOK_WANT ? longest : LOOK_WANT;
    *text = w->bytes;
    *open = false;
    if (w->ev->end)
        return 0;
    if (lookahead_ask(&w->r->ahead, w->r->number, w->channel, want, &more, &result) < 0)
        return -1;
    *open =
        result == LOOK_CUT || result == LOOK_UNKNOWN || (result == LOOK_ENOUGH && want < longest);
    if (!more.n)
        return 0;
    if (buf_add(joined, w->bytes.p, w->bytes.n) < 0 || buf_add(joined, more.p, more.n) < 0)
        return -1;
    *text = (struct span){joined->p, joined->n};
    return 0;
}

/* --- finding --- */

static int found(struct work *w, const struct find *find)
{
    size_t end = find->at + find->n, n = find->n;
    enum change_how how = CHANGE_PUT;
    if (end > w->bytes.n) {
        n = w->bytes.n - find->at;
        how = CHANGE_MASK;
        w->ch->shared = find->form + 1;
        w->ch->shared_forms = find->forms;
        w->ch->shared_n = n;
    }
    if (w->fixed || w->r->secrets.forms[find->form].form == FORM_CORE)
        how = CHANGE_MASK;
    return change_bytes(w, find->at, n, how, find->form);
}

static int search(struct work *w)
{
    CLEANUP(buf_free) struct buf joined = BUF_INIT(EVENT_PAYLOAD_MAX + 2 * LOOK_WANT);
    struct finder f = redactor_finder(w->r, w->bytes);
    struct find find;
    size_t begin;
    if (go_on(w, &begin) < 0 || with_lookahead(w, &joined, &f.text, &f.open) < 0)
        return -1;
    f.from = f.last_end = begin;
    f.until = w->bytes.n;
    f.border = w->ch->border;
    f.json = w->track->body == BODY_JSON && w->r->digits;
    f.in_string = w->ch->in_string;
    f.escaped = w->ch->escaped;
    while (!w->ch->shared && finder_next(&f, &find))
        if (found(w, &find) < 0)
            return -1;
    if (f.json) {
        finder_strings(&f, w->bytes.n);
        w->ch->in_string = f.in_string;
        w->ch->escaped = f.escaped;
    }
    w->ch->border = finder_border(&f, w->bytes.n);
    return 0;
}

/* --- changing --- */

static int by_place(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

static void mask_all(struct event *ev, const struct changes *c)
{
    for (size_t i = 0; i < c->n; i++)
        memset(ev->payload.p + c->list[i].at, '*', c->list[i].n);
}

/* Appends the payload's bytes from..to with the changes that begin there; *next goes on. */
static int copy_changed(struct redactor *r, const struct event *ev, const struct changes *c,
                        size_t *next, size_t from, size_t to, struct buf *out)
{
    while (*next < c->n && c->list[*next].at < to) {
        const struct change *x = &c->list[(*next)++];
        if (buf_add(out, ev->payload.p + from, x->at - from) < 0)
            return -1;
        if (x->how == CHANGE_PUT && redactor_put(r, x->form, false, out) < 0)
            return -1;
        if (x->how == CHANGE_MASK) {
            if (buf_add(out, ev->payload.p + x->at, x->n) < 0)
                return -1;
            memset(out->p + out->n - x->n, '*', x->n);
        }
        from = x->at + x->n;
    }
    return buf_add(out, ev->payload.p + from, to - from);
}

/* Each frame gets its new length; one that the change has emptied goes. */
static int copy_frames(struct redactor *r, const struct event *ev, const struct pieces *pieces,
                       const struct changes *c, struct buf *out)
{
    size_t next = 0;
    for (size_t i = 0; i < pieces->n; i++) {
        const struct piece *p = &pieces->p[i];
        size_t header = out->n;
        if (buf_add(out, ev->payload.p + p->at - STDCOPY_HEADER, STDCOPY_HEADER) < 0 ||
            copy_changed(r, ev, c, &next, p->at, p->at + p->n, out) < 0)
            return -1;
        size_t n = out->n - header - STDCOPY_HEADER;
        stdcopy_header(p->channel, (uint32_t)n, (unsigned char *)out->p + header);
        if (p->n && !n)
            out->n = header;
    }
    return 0;
}

static int rebuild(struct redactor *r, struct event *ev, const struct pieces *pieces,
                   const struct changes *c, struct err *e)
{
    struct buf out = BUF_INIT(ev->payload.limit);
    size_t before = ev->payload.n, next = 0;
    int rc = pieces->frames ? copy_frames(r, ev, pieces, c, &out)
                            : copy_changed(r, ev, c, &next, 0, before, &out);
    if (rc < 0) {
        int why = errno;
        buf_free(&out);
        errno = why;
        if (why != EFBIG)
            return err_sys(e, "a payload without its secrets");
        mask_all(ev, c); /* its placeholders have no room */
        return 0;
    }
    buf_free(&ev->payload);
    ev->payload = out;
    ev->payload_size = out.n;
    if (out.n != before)
        framing_free(&ev->framing);
    return 0;
}

static int apply_changes(struct redactor *r, struct event *ev, const struct pieces *pieces,
                         struct changes *c, struct err *e)
{
    bool masks = true;
    for (size_t i = 0; i < c->n; i++)
        masks &= c->list[i].how == CHANGE_MASK;
    if (masks) {
        mask_all(ev, c);
        return 0;
    }
    qsort(c->list, c->n, sizeof *c->list, by_place);
    return rebuild(r, ev, pieces, c, e);
}

int apply_payload(struct redactor *r, struct talk *talk, struct event *ev, struct err *e)
{
    struct span payload = {ev->payload.p, ev->payload.n};
    struct track *track = talk_track(talk, ev);
    CLEANUP(pieces_free) struct pieces pieces = {0};
    CLEANUP(changes_free) struct changes changes = {0};
    if (!payload.n)
        return 0;
    track_start(track, talk, ev);
    if (demux_split(&track->demux, payload, &pieces) < 0)
        return err_sys(e, "frames of a stream");
    for (unsigned c = 0; c < DEMUX_CHANNELS; c++) {
        CLEANUP(buf_free) struct buf copy = BUF_INIT(EVENT_PAYLOAD_MAX);
        struct work w = {.r = r,
                         .ev = ev,
                         .track = track,
                         .ch = &track->channel[c],
                         .channel = c,
                         .pieces = &pieces,
                         .changes = &changes};
        if (channel_bytes(&pieces, payload, c, &copy, &w.bytes) < 0)
            return err_sys(e, "frames of a stream");
        if (!w.bytes.n)
            continue;
        track_look(track, w.ch, talk, ev, w.bytes);
        w.fixed = w.ch->binary || (track->demux.mode == DEMUX_FRAMED && !pieces.frames);
        if (search(&w) < 0)
            return err_sys(e, "secrets of a payload");
    }
    return changes.n ? apply_changes(r, ev, &pieces, &changes, e) : 0;
}
