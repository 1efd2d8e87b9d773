/* Pass 1: what the payloads betray. */
#include "recorder/base/cleanup.h"
#include "recorder/conversation/plaintext.h"
#include "recorder/conversation/redact_impl.h"
#include "recorder/conversation/secret_json.h"
#include "recorder/conversation/secret_rules.h"

#define SCRIPT_OVERLAP                                                                             \
    ((size_t)64 << 10) /* what stands at the border of two looks is seen by one */

void track_start(struct track *track, const struct talk *talk, const struct event *ev)
{
    if (track->started)
        return;
    track->started = true;
    track->body = BODY_UNKNOWN;
    track->cut = (struct json_cut){0};
    demux_start(&track->demux, ev->from == SIDE_DAEMON);
    (void)talk;
}

/* The kind of a body, by its first byte that is no blank. */
static enum body kind(const struct track *track, const struct talk *talk, const struct event *ev,
                      struct span bytes)
{
    bool client = ev->from == SIDE_CLIENT;
    bool stream =
        talk->upgraded || track->demux.mode == DEMUX_FRAMED || track == &talk->part[PART_STDIN];
    enum body text = client ? BODY_SCRIPT : BODY_STREAM;
    size_t i = 0;
    if (stream)
        return text;
    while (i < bytes.n && is_blank(bytes.p[i]))
        i++;
    if (i == bytes.n)
        return BODY_UNKNOWN;
    return bytes.p[i] == '{' || bytes.p[i] == '[' ? BODY_JSON : text;
}

void track_look(struct track *track, struct channel *ch, const struct talk *talk,
                const struct event *ev, struct span bytes)
{
    if (!ch->binary && !is_plaintext(bytes))
        ch->binary = true;
    if (track->body == BODY_UNKNOWN)
        track->body = kind(track, talk, ev, bytes);
    /* Text in an old encoding may be a script, and malformed JSON is still a request. */
    bool nul = ch->binary && bytes.n && memchr(bytes.p, 0, bytes.n);
    if (nul && track->body != BODY_JSON && track->demux.mode == DEMUX_RAW)
        track->body = BODY_BINARY;
}

int channel_bytes(const struct pieces *pieces, struct span payload, unsigned channel,
                  struct buf *copy, struct span *out)
{
    size_t n = 0;
    *out = (struct span){NULL, 0};
    for (size_t i = 0; i < pieces->n; i++) {
        const struct piece *p = &pieces->p[i];
        if (p->channel != channel || !p->n)
            continue;
        if (n++ == 0)
            *out = (struct span){payload.p + p->at, p->n};
        else if (n == 2 && buf_add(copy, out->p, out->n) < 0)
            return -1;
        if (n > 1 && buf_add(copy, payload.p + p->at, p->n) < 0)
            return -1;
    }
    if (n > 1)
        *out = (struct span){copy->p, copy->n};
    return 0;
}

/* --- gathering --- */

static struct json_origin origin(const struct talk *talk, const struct track *track)
{
    bool client = track != &talk->part[PART_RESPONSE];
    return (struct json_origin){client, client && talk->gives_env, talk->data};
}

static int look(struct redactor *r, const struct talk *talk, const struct track *track,
                struct span text, struct err *e)
{
    struct secret_sink sink = redactor_sink(r);
    struct span none = {NULL, 0};
    if (track->body == BODY_JSON)
        return secret_json(&sink, origin(talk, track), text, e);
    return secret_scan(&sink, "STDIN", none, text, SCAN_SHELL, e);
}

static void forget(struct redactor *r, struct track *track, size_t n)
{
    buf_shift(&track->text, n);
    r->gathered -= n;
}

static int look_at_once(struct redactor *r, const struct track *track, struct span text,
                        struct err *e)
{
    struct secret_sink sink = redactor_sink(r);
    const char *place = track->body == BODY_JSON ? "" : "STDIN";
    return secret_scan(&sink, place, (struct span){NULL, 0}, text, SCAN_SHELL, e);
}

/* Looks at what is gathered though more is to come; it is too much to keep. */
static int look_early(struct redactor *r, struct track *track, struct err *e)
{
    struct span text = {track->text.p, track->text.n};
    if (look_at_once(r, track, text, e) < 0)
        return -1;
    forget(r, track, text.n > SCRIPT_OVERLAP ? text.n - SCRIPT_OVERLAP : text.n);
    return 0;
}

static int gather(struct redactor *r, struct track *track, struct span bytes, struct err *e)
{
    while (bytes.n) {
        size_t room = REDACT_GATHER_MAX - track->text.n;
        if (r->gathered >= REDACT_GATHER_TOTAL_MAX)
            room = 0;
        if (!room && track->text.n <= SCRIPT_OVERLAP)
            return look_at_once(r, track, bytes, e);
        if (!room) {
            if (look_early(r, track, e) < 0)
                return -1;
            continue;
        }
        size_t n = bytes.n < room ? bytes.n : room;
        if (buf_add(&track->text, bytes.p, n) < 0)
            return err_sys(e, "a body that is looked through for secrets");
        r->gathered += n;
        bytes.p += n;
        bytes.n -= n;
    }
    return 0;
}

/* A JSON stream: its values one by one, as they become complete. */
static int json(struct redactor *r, struct talk *talk, struct track *track, struct span bytes,
                struct err *e)
{
    while (bytes.n) {
        size_t used;
        bool complete = json_cut_feed(&track->cut, bytes, &used);
        struct span part = {bytes.p, used};
        bytes.p += used;
        bytes.n -= used;
        if (complete && !track->text.n) {
            if (look(r, talk, track, part, e) < 0)
                return -1;
            continue;
        }
        if (gather(r, track, part, e) < 0)
            return -1;
        struct span text = {track->text.p, track->text.n};
        if (!complete)
            continue;
        if (look(r, talk, track, text, e) < 0)
            return -1;
        forget(r, track, text.n);
    }
    return 0;
}

static int learn_channel(struct redactor *r, struct talk *talk, struct track *track,
                         const struct event *ev, unsigned channel, struct span bytes, struct err *e)
{
    struct channel *ch = &track->channel[channel];
    struct secret_sink sink = redactor_sink(r);
    /* A message in one event has nothing to look ahead to. */
    if (!ev->end || ch->noted) {
        uint32_t before = ch->noted ? ch->noted - 1 : LOOKAHEAD_NONE;
        uint32_t note = lookahead_note(&r->ahead, r->number, channel, bytes, before);
        ch->noted = note == LOOKAHEAD_NONE ? 0 : note + 1;
    }
    track_look(track, ch, talk, ev, bytes);
    switch (track->body) {
    case BODY_JSON:
        return json(r, talk, track, bytes, e);
    case BODY_SCRIPT:
        return gather(r, track, bytes, e);
    case BODY_STREAM:
        return secret_scan(&sink, "OUTPUT", (struct span){NULL, 0}, bytes, SCAN_SHAPES, e);
    case BODY_BINARY: {
        struct learn_over over = {r, e};
        return learn_over(&over, talk, track);
    }
    case BODY_UNKNOWN:
        break;
    }
    return 0;
}

int learn_payload(struct redactor *r, struct talk *talk, const struct event *ev, struct err *e)
{
    struct span payload = {ev->payload.p, ev->payload.n};
    struct track *track = talk_track(talk, ev);
    CLEANUP(pieces_free) struct pieces pieces = {0};
    if (!payload.n)
        return 0;
    if (secrets_reserve(&r->secrets, payload, e) < 0)
        return -1;
    track_start(track, talk, ev);
    if (demux_split(&track->demux, payload, &pieces) < 0)
        return err_sys(e, "frames of a stream");
    for (unsigned c = 0; c < DEMUX_CHANNELS; c++) {
        CLEANUP(buf_free) struct buf copy = BUF_INIT(EVENT_PAYLOAD_MAX);
        struct span bytes;
        if (channel_bytes(&pieces, payload, c, &copy, &bytes) < 0)
            return err_sys(e, "frames of a stream");
        if (bytes.n && learn_channel(r, talk, track, ev, c, bytes, e) < 0)
            return -1;
    }
    return 0;
}

int learn_over(void *self, struct talk *talk, struct track *track)
{
    struct learn_over *over = self;
    struct span text = {track->text.p, track->text.n};
    if (!text.n)
        return 0;
    int rc = look(over->r, talk, track, text, over->e);
    forget(over->r, track, text.n);
    return rc;
}
