#include "differ/scope.h"

#include <stdio.h>

#include "differ/curl.h"
#include "differ/show.h"
#include "recorder/base/cleanup.h"

#define PATH_MAX_SHOWN ((size_t)16 << 10)

static int tell(struct scope *s, const struct observation *seen, const char *detail, struct err *e)
{
    struct observation copy = *seen, *o = &copy;
    char class[160];
    if (!s->curl_tried && curl_line(s, &s->curl, e) < 0)
        return -1;
    s->curl_tried = true;
    snprintf(class, sizeof class, "%d: %s", s->b->status, detail);
    if (!o->class)
        o->class = class;
    o->exchange = s->b->id;
    o->candidate = s->c ? s->c->id : 0;
    if (!o->route)
        o->route = s->route.text;
    o->request = s->request ? s->request : "";
    o->curl = s->curl;
    return findings_add(s->findings, o, e);
}

int scope_tell_as(struct scope *s, enum finding_kind kind, enum severity severity, const char *path,
                  const char *where, const char *detail, struct span expected, struct span actual,
                  struct err *e)
{
    if (s->trial)
        return 1;
    struct observation o = {.kind = kind,
                            .severity = severity,
                            .path = path,
                            .place = where,
                            .expected = expected,
                            .actual = actual};
    return tell(s, &o, detail, e);
}

int scope_tell_engine(struct scope *s, enum finding_kind kind, const char *path, const char *detail,
                      struct span expected, struct span actual, struct err *e)
{
    if (s->trial)
        return 1;
    struct observation o = {.kind = kind,
                            .severity = SEV_COSMETIC,
                            .route = "*",
                            .path = path,
                            .class = detail,
                            .expected = expected,
                            .actual = actual};
    return tell(s, &o, detail, e);
}

int scope_tell(struct scope *s, enum finding_kind kind, const struct place *at, const char *detail,
               struct span expected, struct span actual, struct err *e)
{
    if (s->trial)
        return 1;
    CLEANUP(buf_free) struct buf general = BUF_INIT(PATH_MAX_SHOWN);
    CLEANUP(buf_free) struct buf shown = BUF_INIT(PATH_MAX_SHOWN);
    if (place_show(at, true, &general) < 0 || place_show(at, false, &shown) < 0)
        return err_sys(e, "a path");
    struct observation o = {.kind = kind,
                            .severity = finding_kind_severity(kind),
                            .path = buf_str(&general),
                            .place = buf_str(&shown),
                            .expected = expected,
                            .actual = actual};
    return tell(s, &o, detail, e);
}

int scope_tell_text(struct scope *s, enum finding_kind kind, const struct place *at,
                    const char *detail, struct span expected, struct span actual, size_t pos,
                    struct err *e)
{
    if (s->trial)
        return 1;
    size_t max = FINDING_TEXT_MAX / 2, from = 0;
    if (pos > max / 2 && (expected.n > max || actual.n > max))
        from = pos - max / 4;
    if (!from)
        return scope_tell(s, kind, at, detail, expected, actual, e);
    CLEANUP(buf_free) struct buf x = BUF_INIT(4 * FINDING_TEXT_MAX);
    CLEANUP(buf_free) struct buf y = BUF_INIT(4 * FINDING_TEXT_MAX);
    if (show_around(&x, expected, pos, max) < 0 || show_around(&y, actual, pos, max) < 0)
        return err_sys(e, "a finding");
    return scope_tell(s, kind, at, detail, (struct span){x.p, x.n}, (struct span){y.p, y.n}, e);
}

int scope_tell_conflict(struct scope *s, const struct place *at, struct err *e)
{
    if (s->trial)
        return 1;
    const struct conflict *c = symbols_conflict(s->symbols);
    CLEANUP(buf_free) struct buf expected = BUF_INIT(4 * FINDING_TEXT_MAX);
    CLEANUP(buf_free) struct buf actual = BUF_INIT(4 * FINDING_TEXT_MAX);
    struct span want = c->expected.p ? c->expected : c->a;
    int rc = show_bytes(&expected, want, 100) | show_bytes(&actual, c->b, 100);
    if (c->expected.p && c->since)
        rc |= buf_addf(&expected, " (as in exchange %u)", c->since);
    if (!c->expected.p) {
        rc |= buf_adds(&expected, " (an ID of its own)");
        rc |= buf_adds(&actual, ", the same as for ") | show_bytes(&actual, c->other, 100);
        if (c->since)
            rc |= buf_addf(&actual, " in exchange %u", c->since);
    }
    if (rc)
        return err_sys(e, "a finding");
    symbols_forgive(s->symbols);
    return scope_tell(s, KIND_IDENTITY, at, c->expected.p ? "two for one" : "one for two",
                      (struct span){expected.p, expected.n}, (struct span){actual.p, actual.n}, e);
}

void scope_count(struct scope *s)
{
    if (!s->trial)
        s->tally->values++;
}

/* The first event in which the client gave the connection up; NO_EVENT: it did not. */
static size_t client_gone(const struct conversation *c, const struct exchange *x)
{
    for (size_t i = x->request; i < c->n; i++) {
        const struct event *ev = &c->events[i];
        if (ev->conn == x->conn && ev->from == SIDE_CLIENT &&
            (ev->kind == EV_CLOSE || ev->kind == EV_RESET))
            return i;
    }
    return NO_EVENT;
}

/* Does the head announce where the body ends (RFC 9112, 6.3)? */
static bool is_framed(const struct conversation *c, const struct exchange *x)
{
    struct head h;
    exchange_response(c, x, &h);
    return !x->upgraded &&
           (head_get(&h, "Content-Length").p || head_get(&h, "Transfer-Encoding").p);
}

enum ending ending_of(const struct conversation *c, const struct exchange *x)
{
    size_t gone = client_gone(c, x);
    if (gone != NO_EVENT && (x->end_event == NO_EVENT || gone <= x->end_event))
        return ENDED_BY_CLIENT;
    if (x->end_event == NO_EVENT)
        return NOT_ENDED;
    if (x->reset)
        return ENDED_BY_RESET;
    return is_framed(c, x) && !c->events[x->end_event].end ? ENDED_SHORT : ENDED_BY_DAEMON;
}
