#include "differ/heads.h"

#include <stdio.h>

#include "differ/jsondiff.h"
#include "differ/value.h"
#include "recorder/base/base64.h"
#include "recorder/base/cleanup.h"

#define VALUE_MAX ((size_t)1 << 20)
#define NAME_MAX_SHOWN 64

static const struct treatment {
    const char *name;
    enum severity severity;
    enum header_treatment how;
} treatments[] = {
#define ROW(name, severity, how) {name, severity, how},
    HEADERS(ROW)
#undef ROW
};

static struct treatment treatment_of(struct span name)
{
    for (size_t i = 0; i < sizeof treatments / sizeof *treatments; i++)
        if (span_is_nocase(name, treatments[i].name))
            return treatments[i];
    return (struct treatment){"", SEV_COSMETIC, HEADER_TEXT};
}

/* Docker's hijack answers 101 or 200 to one and the same request: which of them is a matter of the
 * upgrade, not of the status. */
static bool both_took_it(const struct scope *s)
{
    int b = s->b->status, c = s->c->status;
    return (b == 101 || c == 101) && (b == 101 || b / 100 == 2) && (c == 101 || c / 100 == 2);
}

int heads_status(struct scope *s, struct err *e)
{
    int b = s->b->status, c = s->c->status;
    scope_count(s);
    if (b == c)
        return 1;
    char x[64], y[64], detail[32];
    int n = snprintf(x, sizeof x, "%d ", b), m = snprintf(y, sizeof y, "%d ", c);
    struct span rb = s->b_head.reason, rc = s->c_head.reason;
    snprintf(x + n, sizeof x - (size_t)n, "%.*s", (int)(rb.n < 40 ? rb.n : 40), rb.n ? rb.p : "");
    snprintf(y + m, sizeof y - (size_t)m, "%.*s", (int)(rc.n < 40 ? rc.n : 40), rc.n ? rc.p : "");
    snprintf(detail, sizeof detail, "-> %d", c);
    enum finding_kind kind = both_took_it(s) ? KIND_UPGRADE : KIND_STATUS;
    enum severity severity =
        kind == KIND_UPGRADE || b / 100 != c / 100 ? SEV_BREAKING : SEV_BEHAVIOUR;
    return scope_tell_as(s, kind, severity, "status", NULL, detail, span_of(x), span_of(y), e);
}

/* All values of that name, as one list (RFC 9110, 5.3). False: there is none. */
static bool joined(const struct head *h, struct span name, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < h->n; i++) {
        struct span n = h->headers[i].name, v = h->headers[i].value;
        if (n.n != name.n || strncasecmp(n.p, name.p, n.n) != 0)
            continue;
        if (any)
            (void)buf_adds(out, ", "); /* full: compared as far as it fits */
        (void)buf_add(out, v.p, v.n);
        any = true;
    }
    return any;
}

/* Is this the first header of its name? */
static bool is_first(const struct head *h, size_t i)
{
    struct span name = h->headers[i].name;
    for (size_t k = 0; k < i; k++)
        if (h->headers[k].name.n == name.n &&
            strncasecmp(h->headers[k].name.p, name.p, name.n) == 0)
            return false;
    return name.n > 0;
}

/* Docker-Experimental, however it was spelled: identities must not depend on that. */
static struct span canonical(struct span name, char room[NAME_MAX_SHOWN])
{
    size_t n = name.n < NAME_MAX_SHOWN ? name.n : NAME_MAX_SHOWN;
    for (size_t i = 0; i < n; i++) {
        char c = name.p[i];
        bool first = i == 0 || name.p[i - 1] == '-';
        if (first && c >= 'a' && c <= 'z')
            c = (char)(c - 32);
        else if (!first && c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        room[i] = c;
    }
    return (struct span){room, n};
}

static int tell_header(struct scope *s, enum finding_kind kind, enum severity severity,
                       const struct place *at, const char *detail, struct span a, struct span b,
                       struct err *e)
{
    CLEANUP(buf_free) struct buf path = BUF_INIT(512);
    if (place_show(at, true, &path) < 0)
        return err_sys(e, "a path");
    if (severity == SEV_COSMETIC)
        return scope_tell_engine(s, kind, buf_str(&path), detail, a, b, e);
    return scope_tell_as(s, kind, severity, buf_str(&path), NULL, detail, a, b, e);
}

static int compare_text(struct scope *s, const struct place *at, enum severity severity,
                        struct span a, struct span b, struct err *e)
{
    /* On trial first: the severity is the header's, not the kind's. */
    size_t mark = symbols_mark(s->symbols);
    const struct rule *r = ruleset_value(&s->rules, at);
    scope_count(s);
    s->trial++;
    int rc = value_compare(s, at, r, a, b, false, e);
    s->trial--;
    if (rc <= 0)
        return rc;
    symbols_undo(s->symbols, mark);
    bool format = r && r->op == RULE_CLASS;
    return tell_header(s, format ? KIND_FORMAT : KIND_VALUE, severity, at,
                       format ? class_name(r->class) : "text", a, b, e);
}

static int compare_json(struct scope *s, struct place *at, struct span a, struct span b,
                        struct err *e)
{
    CLEANUP(buf_free) struct buf x = BUF_INIT(VALUE_MAX);
    CLEANUP(buf_free) struct buf y = BUF_INIT(VALUE_MAX);
    CLEANUP(jsondoc_free) struct jsondoc p = {0};
    CLEANUP(jsondoc_free) struct jsondoc q = {0};
    if (base64_decode(a, &x) < 0)
        return compare_text(s, at, SEV_BREAKING, a, b, e);
    bool decoded = base64_decode(b, &y) == 0;
    if (jsondoc_parse(&p, (struct span){x.p, x.n}, e) < 0 ||
        jsondoc_parse(&q, (struct span){y.p, y.n}, e) < 0)
        return -1;
    if (p.n != 1 || p.why[0])
        return compare_text(s, at, SEV_BREAKING, a, b, e);
    if (!decoded || q.n != 1 || q.why[0])
        return scope_tell(s, KIND_NOT_JSON, at, "base64 of JSON", (struct span){x.p, x.n}, b, e);
    struct jsondiff d = {s, at, e};
    return jsondiff_value(&d, p.v[0], q.v[0]);
}

static int compare_pair(struct scope *s, struct place *at, const struct treatment *t, struct span a,
                        struct span b, struct err *e)
{
    if (t->how == HEADER_JSON)
        return compare_json(s, at, a, b, e);
    if (t->how == HEADER_UPGRADE) {
        scope_count(s);
        bool same = a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
        return same ? 0 : tell_header(s, KIND_VALUE, t->severity, at, "text", a, b, e);
    }
    return compare_text(s, at, t->severity, a, b, e);
}

static bool is_framing(const struct scope *s, const struct treatment *t)
{
    return t->how == HEADER_FRAMING || (t->how == HEADER_UPGRADE && s->b->status != 101);
}

static bool is_ignored(const struct scope *s, const struct place *at)
{
    const struct rule *r = ruleset_value(&s->rules, at);
    return r && r->op == RULE_IGNORE;
}

static int baseline_header(struct scope *s, struct span name, struct err *e)
{
    struct treatment t = treatment_of(name);
    char room[NAME_MAX_SHOWN];
    CLEANUP(place_free) struct place at = {.area = AREA_HEADER, .name = canonical(name, room)};
    CLEANUP(buf_free) struct buf a = BUF_INIT(VALUE_MAX);
    CLEANUP(buf_free) struct buf b = BUF_INIT(VALUE_MAX);
    if (is_framing(s, &t) || is_ignored(s, &at))
        return 0;
    joined(&s->b_head, name, &a);
    bool there = joined(&s->c_head, name, &b);
    struct span x = {buf_str(&a), a.n}, y = {buf_str(&b), b.n};
    if (there)
        return compare_pair(s, &at, &t, x, y, e);
    scope_count(s);
    return tell_header(s, KIND_MISSING, t.severity, &at, "header", x, NOTHING, e);
}

static int extra_header(struct scope *s, struct span name, struct err *e)
{
    struct treatment t = treatment_of(name);
    char room[NAME_MAX_SHOWN];
    struct place at = {.area = AREA_HEADER, .name = canonical(name, room)};
    CLEANUP(buf_free) struct buf a = BUF_INIT(VALUE_MAX);
    CLEANUP(buf_free) struct buf b = BUF_INIT(VALUE_MAX);
    if (is_framing(s, &t) || joined(&s->b_head, name, &a) || is_ignored(s, &at))
        return 0;
    joined(&s->c_head, name, &b);
    return tell_header(s, KIND_EXTRA, SEV_COSMETIC, &at, "header", NOTHING,
                       (struct span){buf_str(&b), b.n}, e);
}

int heads_compare(struct scope *s, struct err *e)
{
    for (size_t i = 0; i < s->b_head.n; i++)
        if (is_first(&s->b_head, i) && baseline_header(s, s->b_head.headers[i].name, e) < 0)
            return -1;
    for (size_t i = 0; i < s->c_head.n; i++)
        if (is_first(&s->c_head, i) && extra_header(s, s->c_head.headers[i].name, e) < 0)
            return -1;
    return 0;
}
