#include "differ/text.h"

#include <stdio.h>

#include "differ/reader.h"
#include "differ/show.h"
#include "recorder/base/cleanup.h"

struct both {
    struct scope *s;
    const struct place *at;
    const struct text_kinds *kinds;
    struct lines a, b;
    uint64_t line; /* counted from 1 */
    struct err *e;
};

static int tell(struct both *t, enum finding_kind kind, struct span a, struct span b)
{
    CLEANUP(buf_free) struct buf path = BUF_INIT(512);
    CLEANUP(buf_free) struct buf where = BUF_INIT(600);
    if (place_show(t->at, true, &path) < 0 || place_show(t->at, false, &where) < 0 ||
        buf_addf(&where, ", line %llu", (unsigned long long)t->line) < 0)
        return err_sys(t->e, "a path");
    return scope_tell_as(t->s, kind, finding_kind_severity(kind), buf_str(&path), buf_str(&where),
                         "text", a, b, t->e);
}

static bool is_newline(struct span s)
{
    return span_is(s, "\n");
}

/* Is `b` the beginning of `a`, and the end of what the candidate said? */
static bool is_cut(struct both *t, struct span a, struct span b)
{
    if (b.n >= a.n || memcmp(a.p, b.p, b.n) != 0)
        return false;
    struct span rest = {a.p + b.n, a.n - b.n};
    return !is_newline(rest) && !t->b.rest.n && t->b.ended;
}

/* Shows the place where two long lines part. */
static int tell_lines(struct both *t, struct span a, struct span b, size_t pos)
{
    enum finding_kind kind = is_cut(t, a, b) ? t->kinds->lost : t->kinds->other;
    size_t max = FINDING_TEXT_MAX / 2;
    if (pos <= max / 2 || (a.n <= max && b.n <= max))
        return tell(t, kind, a, b);
    CLEANUP(buf_free) struct buf x = BUF_INIT(8 * FINDING_TEXT_MAX);
    CLEANUP(buf_free) struct buf y = BUF_INIT(8 * FINDING_TEXT_MAX);
    if (show_around(&x, a, pos, max) < 0 || show_around(&y, b, pos, max) < 0)
        return err_sys(t->e, "a line");
    return tell(t, kind, (struct span){x.p, x.n}, (struct span){y.p, y.n});
}

/* 1: the lines are the same; 0: not, and it was told. */
static int compare_lines(struct both *t, struct span a, struct span b)
{
    size_t pos = 0;
    scope_count(t->s);
    enum sameness r = symbols_compare(t->s->symbols, a, b, &pos);
    if (r == SAME)
        return 1;
    const struct rule *rule = ruleset_value(&t->s->rules, t->at);
    if (rule && rule->op == RULE_TEXT_CLASS) {
        CLEANUP(buf_free) struct buf x = BUF_INIT(64 * LINE_MAX_BYTES);
        CLEANUP(buf_free) struct buf y = BUF_INIT(64 * LINE_MAX_BYTES);
        if (ruleset_texts(&t->s->rules, t->at, a, &x) < 0 ||
            ruleset_texts(&t->s->rules, t->at, b, &y) < 0)
            return err_sys(t->e, "a line");
        r = symbols_compare(t->s->symbols, (struct span){x.p, x.n}, (struct span){y.p, y.n}, NULL);
        if (r == SAME)
            return 1;
        pos = 0;
    }
    if (r == CONFLICT)
        return scope_tell_conflict(t->s, t->at, t->e) < 0 ? -1 : 1;
    return tell_lines(t, a, b, pos) < 0 ? -1 : 0;
}

static int one_ended(struct both *t, bool lost, struct span a, struct span b)
{
    char end[80];
    bool some = t->line > 1;
    snprintf(end, sizeof end, "(%s)", some ? "the end" : "nothing");
    if (lost)
        return tell(t, t->kinds->lost, a, span_of(end));
    if (t->s->b_end == ENDED_BY_CLIENT)
        return 0;
    return tell(t, t->kinds->extra, span_of(end), b);
}

static int walk(struct both *t)
{
    for (t->line = 1;; t->line++) {
        struct span a, b;
        int x = lines_next(&t->a, &a, t->e), y = x < 0 ? -1 : lines_next(&t->b, &b, t->e);
        if (y < 0)
            return -1;
        if (!x && !y)
            return 0;
        if (!x || !y)
            return one_ended(t, x, a, b);
        int rc = compare_lines(t, a, b);
        if (rc <= 0)
            return rc;
    }
}

int text_compare(struct scope *s, const struct place *at, unsigned channel,
                 const struct text_kinds *kinds, struct err *e)
{
    struct both t = {.s = s, .at = at, .kinds = kinds, .e = e};
    lines_init(&t.a, s->base, s->b, channel);
    lines_init(&t.b, s->cand, s->c, channel);
    int rc = walk(&t);
    lines_free(&t.a);
    lines_free(&t.b);
    return rc;
}
