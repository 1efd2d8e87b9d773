#include "differ/pattern.h"

#include "differ/symbols_table.h"

static int add_item(struct pattern *p, enum class c, struct span literal, struct err *e)
{
    if (c == CLASS_NONE && !literal.n)
        return 0;
    if (p->n == PATTERN_ITEMS)
        return err_set(e, "the pattern has more than %d parts", PATTERN_ITEMS);
    p->v[p->n++] = (struct pattern_item){c, literal};
    return 0;
}

static int add_class(struct pattern *p, struct span name, struct err *e)
{
    enum class c = class_of(name);
    if (c == CLASS_NONE)
        return err_set(e, "{%.*s} is no class", (int)(name.n < 40 ? name.n : 40), name.p);
    if (c >= CLASS_MTIME)
        return err_set(e, "{%s} has no place in a pattern", class_name(c));
    return add_item(p, c, (struct span){NULL, 0}, e);
}

/* Classes that take whatever comes: they end where what follows in the pattern begins. */
static bool is_run(enum class c)
{
    return c == CLASS_ANY_STRING || c == CLASS_WORD || c == CLASS_ABS_PATH;
}

/* The longest piece of the run that the literal behind it follows; 0: there is none. */
static size_t shorten(const struct pattern *p, size_t k, struct span rest, size_t n)
{
    if (!is_run(p->v[k].class) || k + 1 == p->n || p->v[k + 1].class != CLASS_NONE)
        return n;
    struct span next = p->v[k + 1].literal;
    for (; n; n--)
        if (rest.n - n >= next.n && memcmp(rest.p + n, next.p, next.n) == 0)
            return n;
    return 0;
}

/* Does it say anything of its own, or does it match whatever stands there? */
static bool says_something(const struct pattern *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct pattern_item *it = &p->v[i];
        if (it->class != CLASS_NONE && !is_run(it->class))
            return true;
        for (size_t k = 0; it->class == CLASS_NONE && k < it->literal.n; k++)
            if (word_char(it->literal.p[k]))
                return true;
    }
    return false;
}

int pattern_parse(struct pattern *p, struct span text, struct err *e)
{
    *p = (struct pattern){0};
    struct span rest = text;
    if (span_starts(rest, "^")) {
        p->anchored = true;
        rest.p++, rest.n--;
    }
    while (rest.p) {
        struct span literal = span_cut(&rest, '{');
        if (add_item(p, CLASS_NONE, literal, e) < 0)
            return -1;
        if (!rest.p)
            break;
        if (!memchr(rest.p, '}', rest.n))
            return err_set(e, "'{' without '}' in the pattern");
        if (add_class(p, span_cut(&rest, '}'), e) < 0)
            return -1;
    }
    if (!says_something(p))
        return err_set(e, "the pattern would hide any text (name what varies, and what stands "
                          "around it)");
    return 0;
}

static bool boundary(struct span line, size_t at)
{
    return !at || at >= line.n || !word_char(line.p[at - 1]) || !word_char(line.p[at]);
}

/* Length of the match at this place, or 0; appends its replacement. */
static size_t match(const struct pattern *p, struct span line, size_t at, struct buf *out, int *rc)
{
    size_t i = at, before = out->n;
    for (size_t k = 0; k < p->n; k++) {
        const struct pattern_item *it = &p->v[k];
        struct span rest = {line.p + i, line.n - i};
        char format[CLASS_FORMAT];
        size_t n = it->literal.n;
        bool ok;
        if (it->class == CLASS_NONE) {
            ok = rest.n >= n && memcmp(rest.p, it->literal.p, n) == 0;
            if (ok)
                *rc |= buf_add(out, it->literal.p, n);
        } else {
            n = shorten(p, k, rest, class_scan(it->class, rest, format));
            ok = n && boundary(line, i) && boundary(line, i + n);
            if (ok)
                *rc |= buf_addf(out, "\001%s\001", format);
        }
        if (!ok) {
            out->n = before;
            return 0;
        }
        i += n;
    }
    return i - at;
}

int pattern_apply(const struct pattern *p, struct span line, struct buf *out)
{
    int rc = buf_reserve(out, line.n), found = 0;
    for (size_t at = 0; at < line.n && rc == 0;) {
        size_t n = p->anchored && at ? 0 : match(p, line, at, out, &rc);
        if (!n)
            rc |= buf_addc(out, line.p[at]);
        found |= n > 0;
        at += n ? n : 1;
    }
    return rc ? -1 : found;
}
