#include "differ/streams.h"

#include <stdio.h>

#include "differ/reader.h"
#include "differ/text.h"
#include "recorder/base/clock.h"

static const struct text_kinds output = {KIND_STREAM_LOST, KIND_STREAM_EXTRA, KIND_STREAM_TEXT};

static const char *const channels[] = {"stdin", "stdout", "stderr", "system"};

static const char *framing_name(const struct framing_seen *f, char room[64])
{
    if (!f->total)
        return "empty";
    if (f->broken)
        snprintf(room, 64, "framed, but no frame at byte %llu", (unsigned long long)f->at);
    else if (f->cut)
        snprintf(room, 64, "framed, cut inside the frame before byte %llu",
                 (unsigned long long)f->at);
    else
        snprintf(room, 64, "%s", f->framed ? "framed" : "raw");
    return room;
}

/* 1: the same; 0: not, and it was told. */
static int compare_framing(struct scope *s, const struct framing_seen *a,
                           const struct framing_seen *b, struct err *e)
{
    char x[64], y[64];
    scope_count(s);
    bool cut_alike = a->cut == b->cut || (b->cut && s->c_end != ENDED_BY_DAEMON) ||
                     (a->cut && s->b_end != ENDED_BY_DAEMON);
    bool alike = a->framed == b->framed && a->broken == b->broken && cut_alike;
    if (!a->total || !b->total || alike)
        return 1;
    const char *detail = b->broken             ? "broken"
                         : b->cut && b->framed ? "cut frame"
                         : b->framed           ? "raw -> framed"
                                               : "framed -> raw";
    int rc = scope_tell_as(s, KIND_STREAM_FRAMING, SEV_BREAKING, "stream", NULL, detail,
                           span_of(framing_name(a, x)), span_of(framing_name(b, y)), e);
    return rc < 0 ? -1 : a->framed == b->framed && !b->broken;
}

int streams_compare(struct scope *s, struct err *e)
{
    struct framing_seen a, b;
    if (framing_look(s->base, s->b, &a, e) < 0 || framing_look(s->cand, s->c, &b, e) < 0)
        return -1;
    int rc = compare_framing(s, &a, &b, e);
    if (rc <= 0)
        return rc;
    bool framed = a.total ? a.framed : b.framed;
    struct place at = {.area = AREA_STREAM, .name = span_of("stream")};
    if (!framed)
        return text_compare(s, &at, RAW_CHANNEL, &output, e);
    for (unsigned i = 0; i < STDCOPY_CHANNELS; i++) {
        at.name = span_of(channels[i]);
        if ((a.channel[i] || b.channel[i]) && text_compare(s, &at, i, &output, e) < 0)
            return -1;
    }
    return 0;
}

static const char *ending_name(enum ending end)
{
    switch (end) {
    case ENDED_BY_DAEMON:
        return "the daemon ends it";
    case ENDED_BY_CLIENT:
        return "the client closes it; the daemon keeps it open";
    case ENDED_SHORT:
        return "closed before the end that its head announced";
    case ENDED_BY_RESET:
        return "the connection is reset";
    default:
        return "it stays open";
    }
}

/*
 * The client closed the baseline's stream, and the daemon the candidate's. Where the candidate's
 * client would have closed at the same moment, that is a race and no difference.
 */
static bool is_race(const struct scope *s)
{
    const struct event *ended = &s->cand->events[s->c->end_event];
    for (size_t i = s->c->end_event; i < s->cand->n; i++) {
        const struct event *ev = &s->cand->events[i];
        if (ev->conn == s->c->conn && ev->from == SIDE_CLIENT &&
            (ev->kind == EV_CLOSE || ev->kind == EV_RESET))
            return ev->t - ended->till < 100 * NS_PER_MS;
    }
    return false;
}

static int tell_end(struct scope *s, enum finding_kind kind, const char *detail, struct err *e)
{
    const char *actual = s->why ? s->why : ending_name(s->c_end);
    return scope_tell_as(s, kind, finding_kind_severity(kind), "end", NULL, detail,
                         span_of(ending_name(s->b_end)), span_of(actual), e);
}

int ends_compare(struct scope *s, bool stream, struct err *e)
{
    enum ending b = s->b_end, c = s->c_end;
    scope_count(s);
    if (b == c || b == NOT_ENDED || b == ENDED_BY_RESET)
        return 1;
    int rc;
    if (b == ENDED_BY_CLIENT) {
        if (c == NOT_ENDED || (c == ENDED_BY_DAEMON && is_race(s)))
            return 1;
        rc = c == ENDED_BY_RESET ? tell_end(s, KIND_RESET, "reset", e)
                                 : tell_end(s, KIND_STREAM_CUT, "open -> ended", e);
    } else if (c == ENDED_BY_CLIENT || c == NOT_ENDED) {
        rc = tell_end(s, stream ? KIND_STREAM_OPEN : KIND_HANG, "ended -> open", e);
    } else if (c == ENDED_BY_RESET) {
        rc = tell_end(s, KIND_RESET, "reset", e);
    } else if (c == ENDED_SHORT) {
        rc = tell_end(s, stream ? KIND_STREAM_CUT : KIND_RESET, "short", e);
    } else {
        return 1; /* the baseline's own end was short: nothing to hold the candidate to */
    }
    return rc < 0 ? -1 : 0;
}
