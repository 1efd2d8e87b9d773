#include "differ/value.h"

#include <stdio.h>

#include "differ/symbols_table.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/clock.h"

#define TEXT_MAX ((size_t)64 << 20)

/* A JSON text with its quotes, so that "" can be seen, and "1" is not 1. */
static int quoted(const struct place *at, bool number, struct span text, struct buf *out)
{
    bool quote = at->area == AREA_BODY && !number;
    if (quote && buf_addc(out, '"') < 0)
        return -1;
    if (buf_add(out, text.p, text.n) < 0)
        return -1;
    return quote ? buf_addc(out, '"') : 0;
}

static int tell(struct scope *s, enum finding_kind kind, const struct place *at, const char *detail,
                struct span a, struct span b, bool number, size_t pos, struct err *e)
{
    if (s->trial)
        return 1;
    CLEANUP(buf_free) struct buf x = BUF_INIT(TEXT_MAX);
    CLEANUP(buf_free) struct buf y = BUF_INIT(TEXT_MAX);
    if (quoted(at, number, a, &x) < 0 || quoted(at, number, b, &y) < 0)
        return err_sys(e, "a text");
    return scope_tell_text(s, kind, at, detail, (struct span){buf_str(&x), x.n},
                           (struct span){buf_str(&y), y.n}, pos, e);
}

static int by_text(struct scope *s, const struct place *at, struct span a, struct span b,
                   bool number, struct err *e)
{
    size_t pos = 0;
    switch (symbols_compare(s->symbols, a, b, &pos)) {
    case SAME:
        return 0;
    case CONFLICT:
        return scope_tell_conflict(s, at, e);
    default:
        return tell(s, KIND_VALUE, at, "text", a, b, number, pos, e);
    }
}

/* Compares what is left when the rules have taken out what varies; shows the texts as they are. */
static int by_rest(struct scope *s, const struct place *at, struct span a, struct span b,
                   const struct buf *x, const struct buf *y, struct err *e)
{
    switch (
        symbols_compare(s->symbols, (struct span){x->p, x->n}, (struct span){y->p, y->n}, NULL)) {
    case SAME:
        return 0;
    case CONFLICT:
        return scope_tell_conflict(s, at, e);
    default:
        return tell(s, KIND_VALUE, at, "text", a, b, false, 0, e);
    }
}

static int by_texts(struct scope *s, const struct place *at, struct span a, struct span b,
                    struct err *e)
{
    CLEANUP(buf_free) struct buf x = BUF_INIT(TEXT_MAX);
    CLEANUP(buf_free) struct buf y = BUF_INIT(TEXT_MAX);
    if (ruleset_texts(&s->rules, at, a, &x) < 0 || ruleset_texts(&s->rules, at, b, &y) < 0)
        return err_sys(e, "a text");
    return by_rest(s, at, a, b, &x, &y, e);
}

static int by_duration(struct scope *s, const struct place *at, struct span a, struct span b,
                       struct err *e)
{
    struct pattern p = {.v = {{CLASS_DURATION_TEXT, {NULL, 0}}}, .n = 1};
    CLEANUP(buf_free) struct buf x = BUF_INIT(TEXT_MAX);
    CLEANUP(buf_free) struct buf y = BUF_INIT(TEXT_MAX);
    if (pattern_apply(&p, a, &x) < 0 || pattern_apply(&p, b, &y) < 0)
        return err_sys(e, "a text");
    return by_rest(s, at, a, b, &x, &y, e);
}

static int by_format(struct scope *s, const struct place *at, enum class c, struct span a,
                     struct span b, bool number, struct err *e)
{
    char x[CLASS_FORMAT], y[CLASS_FORMAT], detail[2 * CLASS_FORMAT + 8];
    if (span_eq(a, b))
        return 0;
    bool is_a = class_format(c, a, x), is_b = class_format(c, b, y);
    bool chosen = (c == CLASS_IP || c == CLASS_MAC) && symbols_chosen(s->symbols, a);
    if ((!is_a && !is_b) || chosen)
        return by_text(s, at, a, b, number, e);
    if (is_a && is_b && strcmp(x, y) == 0)
        return 0;
    if (c == CLASS_PORT && is_a && is_b)
        return tell(s, KIND_VALUE, at, "port", a, b, number, 0, e);
    const char *none = "text";
    snprintf(detail, sizeof detail, "%s -> %s",
             is_a  ? x
             : a.n ? none
                   : "empty",
             is_b  ? y
             : b.n ? none
                   : "empty");
    return tell(s, KIND_FORMAT, at, detail, a, b, number, 0, e);
}

/* A file that was there before the conversation has the time that it was given; one that was made
 * in it has the time of the run. */
static int by_mtime(struct scope *s, const struct place *at, struct span a, struct span b,
                    struct err *e)
{
    int64_t seconds, start = s->base->meta.start / NS_PER_S;
    if (!class_seconds(a, &seconds) || seconds < start - 24 * 60 * 60)
        return by_text(s, at, a, b, false, e);
    char format[CLASS_FORMAT];
    bool number = class_format(CLASS_EPOCH, a, format);
    return by_format(s, at, number ? CLASS_EPOCH : CLASS_TIME, a, b, number, e);
}

/* IDs in a path of the storage are its own: two engines may well number layers in another way. */
static int hide_ids(struct span path, struct buf *out)
{
    return symbols_generalise(path, out);
}

static int by_path(struct scope *s, const struct place *at, enum class c, struct span a,
                   struct span b, struct err *e)
{
    size_t i = class_root(a), j = class_root(b);
    struct span x = {a.n ? a.p + i : a.p, a.n - i}, y = {b.n ? b.p + j : b.p, b.n - j};
    if (!span_starts(x, "/") || !span_starts(y, "/"))
        return by_text(s, at, a, b, false, e);
    CLEANUP(buf_free) struct buf hidden_x = BUF_INIT(TEXT_MAX);
    CLEANUP(buf_free) struct buf hidden_y = BUF_INIT(TEXT_MAX);
    if (c == CLASS_STORE_PATH) {
        if (hide_ids(x, &hidden_x) < 0 || hide_ids(y, &hidden_y) < 0)
            return err_sys(e, "a path");
        x = (struct span){hidden_x.p, hidden_x.n};
        y = (struct span){hidden_y.p, hidden_y.n};
    }
    switch (symbols_compare(s->symbols, x, y, NULL)) {
    case SAME:
        return 0;
    case CONFLICT:
        return scope_tell_conflict(s, at, e);
    default:
        return tell(s, KIND_VALUE, at, "path", a, b, false, 0, e);
    }
}

static int by_paths(struct scope *s, const struct place *at, enum class c, struct span a,
                    struct span b, struct err *e)
{
    enum class one = c == CLASS_PATHS ? CLASS_PATH : c;
    struct span x = a, y = b;
    while (x.p && y.p) {
        struct span p = span_cut(&x, ':'), q = span_cut(&y, ':');
        if (!x.p != !y.p)
            return tell(s, KIND_VALUE, at, "path", a, b, false, 0, e);
        int rc = by_path(s, at, one, p, q, e);
        if (rc)
            return rc;
    }
    return 0;
}

static int by_symbol(struct scope *s, const struct place *at, enum class c, struct span a,
                     struct span b, struct err *e)
{
    enum sameness r =
        c == CLASS_ID ? symbols_pair(s->symbols, a, b) : symbols_pair_name(s->symbols, a, b);
    if (r == SAME)
        return 0;
    if (r == CONFLICT)
        return scope_tell_conflict(s, at, e);
    return tell(s, KIND_VALUE, at, "text", a, b, false, 0, e);
}

static int by_class(struct scope *s, const struct place *at, enum class c, struct span a,
                    struct span b, bool number, struct err *e)
{
    switch (c) {
    case CLASS_MTIME:
        return by_mtime(s, at, a, b, e);
    case CLASS_ID:
    case CLASS_NAME:
        return by_symbol(s, at, c, a, b, e);
    case CLASS_PATH:
        return by_path(s, at, c, a, b, e);
    case CLASS_PATHS:
    case CLASS_STORE_PATH:
        return by_paths(s, at, c, a, b, e);
    case CLASS_DURATION_TEXT:
        return by_duration(s, at, a, b, e);
    default:
        return by_format(s, at, c, a, b, number, e);
    }
}

int value_compare(struct scope *s, const struct place *at, const struct rule *rule, struct span a,
                  struct span b, bool number, struct err *e)
{
    enum rule_op op = rule ? rule->op : RULE_EXACT;
    if (op == RULE_IGNORE)
        return 0;
    scope_count(s);
    if (op == RULE_CLASS)
        return by_class(s, at, rule->class, a, b, number, e);
    if (op == RULE_TEXT_CLASS)
        return by_texts(s, at, a, b, e);
    if (!number)
        return by_text(s, at, a, b, false, e);
    return span_eq(a, b) ? 0 : tell(s, KIND_VALUE, at, "number", a, b, true, 0, e);
}
