#include "recorder/conversation/finder.h"

#include "recorder/conversation/secret_rules.h"

static bool is_hex(char c)
{
    c = to_upper(c);
    return is_digit(c) || (c >= 'A' && c <= 'F');
}

static bool all_hex(const char *p, size_t n)
{
    while (n)
        if (!is_hex(p[--n]))
            return false;
    return true;
}

/* Does an escape end here, whose letters are not letters of the text: \n, \u003c, %3D? */
static bool behind_escape(struct span t, size_t at)
{
    const char *p = t.p + at;
    if (at >= 2 && p[-2] == '\\' && strchr("nrtbf", p[-1]))
        return true;
    if (at >= 3 && p[-3] == '%' && all_hex(p - 2, 2))
        return true;
    return at >= 6 && p[-6] == '\\' && p[-5] == 'u' && all_hex(p - 4, 4);
}

bool finder_border(const struct finder *f, size_t at)
{
    if (!at)
        return f->border;
    return at == f->last_end || !is_alnum(f->text.p[at - 1]) || behind_escape(f->text, at);
}

void finder_strings(struct finder *f, size_t at)
{
    for (; f->string_at < at; f->string_at++) {
        char c = f->text.p[f->string_at];
        if (f->escaped)
            f->escaped = false;
        else if (c == '\\')
            f->escaped = f->in_string;
        else if (c == '"')
            f->in_string = !f->in_string;
    }
}

/* Digits outside of strings are a number of JSON. */
static bool is_number(struct finder *f, const struct form *form, size_t at)
{
    if (!form->digits || !f->json)
        return false;
    finder_strings(f, at);
    return !f->in_string;
}

/* A secret that is replaced wherever it stands begins here: its placeholder will be a border. */
static bool wide_at(struct finder *f, size_t at)
{
    uint32_t i = matcher_first(f->matcher, f->text, at);
    return i != MATCHER_NONE && !f->secrets->forms[i].narrow && !f->secrets->forms[i].digits;
}

static bool fits(struct finder *f, uint32_t i, size_t at)
{
    const struct form *form = &f->secrets->forms[i];
    size_t end = at + form->bytes.n;
    if (is_number(f, form, at))
        return false;
    if (!form->narrow)
        return true;
    /* At either end: no border is where alphanumerics touch. */
    bool begins = !is_alnum(form->bytes.p[0]) || finder_border(f, at);
    bool ends = !is_alnum(form->bytes.p[form->bytes.n - 1]) || end >= f->text.n ||
                !is_alnum(f->text.p[end]) || wide_at(f, end);
    return begins && ends;
}

static bool find_at(struct finder *f, size_t at, struct find *out)
{
    uint32_t n, i = f->open ? matcher_begun(f->matcher, f->text, at, &n) : MATCHER_NONE;
    if (i != MATCHER_NONE && fits(f, i, at)) {
        *out = (struct find){at, f->secrets->forms[i].bytes.n, i, n};
        return true;
    }
    for (i = matcher_first(f->matcher, f->text, at); i != MATCHER_NONE;
         i = matcher_shorter(f->matcher, i)) {
        if (!fits(f, i, at))
            continue;
        *out = (struct find){at, f->secrets->forms[i].bytes.n, i, 1};
        return true;
    }
    return false;
}

/* The next placeholder at `from` or behind that has one of our names. */
static void mark_next(struct finder *f, size_t from)
{
    f->marked = true;
    while (placeholder_next(f->text, from, &f->mark)) {
        if (secrets_has_name(f->secrets, f->mark.name))
            return;
        from = (size_t)(f->mark.all.p - f->text.p) + 2;
    }
    f->mark.all = (struct span){NULL, 0};
}

static size_t mark_end(const struct finder *f)
{
    return (size_t)(f->mark.all.p - f->text.p) + f->mark.all.n;
}

/* Where the placeholder ends that text.p[at] is in; `at` where it is in none of ours. */
static size_t skip_placeholder(struct finder *f, size_t at)
{
    if (!f->marked)
        mark_next(f, 0);
    while (f->mark.all.p && mark_end(f) <= at)
        mark_next(f, mark_end(f));
    return f->mark.all.p && f->mark.all.p <= f->text.p + at ? mark_end(f) : at;
}

bool finder_next(struct finder *f, struct find *out)
{
    while (f->from < f->until) {
        size_t at = matcher_skip(f->matcher, f->text, f->from, f->until);
        if (at >= f->until)
            break;
        size_t behind = skip_placeholder(f, at);
        if (behind == at && find_at(f, at, out)) {
            f->from = f->last_end = at + out->n;
            return true;
        }
        f->from = behind == at ? at + 1 : behind;
    }
    f->from = f->until;
    return false;
}
