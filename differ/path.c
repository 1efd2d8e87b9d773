#include "differ/path.h"

#include <stdint.h>
#include <stdlib.h>

#include "differ/show.h"

#define KEY_SHOWN ((size_t)120)

static struct step *push(struct place *p)
{
    if (p->n == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 16;
        struct step *v = realloc(p->v, cap * sizeof *v);
        if (!v)
            return NULL;
        p->v = v;
        p->cap = cap;
    }
    p->v[p->n] = (struct step){.is_index = false};
    return &p->v[p->n++];
}

int place_push_key(struct place *p, struct span key)
{
    struct step *s = push(p);
    if (!s)
        return -1;
    s->key = key;
    return 0;
}

int place_push_index(struct place *p, size_t index)
{
    struct step *s = push(p);
    if (!s)
        return -1;
    s->index = index;
    s->is_index = true;
    return 0;
}

void place_pop(struct place *p)
{
    p->n--;
}

void place_free(struct place *p)
{
    free(p->v);
    p->v = NULL;
    p->n = p->cap = 0;
}

static bool is_plain(struct span key)
{
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i], low = (char)(c | 0x20);
        if (!((low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return key.n > 0 && key.n <= KEY_SHOWN;
}

static int show_key(const struct step *s, bool general, struct buf *out)
{
    if (general && s->data)
        return buf_adds(out, ".*");
    if (general && s->made_up)
        return buf_adds(out, ".{id}");
    if (is_plain(s->key))
        return buf_addc(out, '.') | buf_add(out, s->key.p, s->key.n);
    return buf_adds(out, "[\"") | show_bytes(out, s->key, KEY_SHOWN) | buf_adds(out, "\"]");
}

static int show_area(const struct place *p, struct buf *out)
{
    switch (p->area) {
    case AREA_HEADER:
        return buf_adds(out, "header:") | show_bytes(out, p->name, KEY_SHOWN);
    case AREA_STREAM:
        return show_bytes(out, p->name, KEY_SHOWN);
    case AREA_TEXT:
        return buf_adds(out, "body");
    default:
        if (!p->name.p)
            return 0;
        return buf_adds(out, "tar:") | show_bytes(out, p->name, KEY_SHOWN) | buf_addc(out, ' ');
    }
}

int place_show(const struct place *p, bool general, struct buf *out)
{
    int rc = show_area(p, out);
    /* A body with a thousand levels does not need a thousand levels of path to be found. */
    size_t shown = p->n > 32 ? 32 : p->n;
    for (size_t i = 0; i < shown && rc == 0; i++) {
        const struct step *s = &p->v[i];
        if (!s->is_index)
            rc = show_key(s, general, out);
        else if (general)
            rc = buf_adds(out, "[]");
        else
            rc = buf_addf(out, "[%zu]", s->index);
    }
    if (shown < p->n)
        rc |= buf_adds(out, "...");
    if (p->area == AREA_BODY && !p->n)
        rc |= buf_addc(out, '.');
    return rc ? -1 : 0;
}

static int add_step(struct path_pattern *p, struct step_pattern step, struct err *e)
{
    struct step_pattern *v = realloc(p->v, (p->n + 1) * sizeof *v);
    if (!v)
        return err_sys(e, "a path");
    p->v = v;
    p->v[p->n++] = step;
    return 0;
}

/* What follows a '[': an index, nothing, or a quoted key; then ']'. */
static int parse_bracket(struct path_pattern *p, struct span *rest, struct err *e)
{
    struct step_pattern step = {.kind = STEP_ANY_INDEX};
    if (span_starts(*rest, "\"")) {
        rest->p++, rest->n--;
        if (!rest->n || !memchr(rest->p, '"', rest->n))
            return err_set(e, "a '\"' without its second in the path");
        step = (struct step_pattern){STEP_KEY, span_cut(rest, '"'), 0};
    } else {
        while (rest->n && rest->p[0] >= '0' && rest->p[0] <= '9' && step.index < 1000000) {
            step.kind = STEP_INDEX;
            step.index = 10 * step.index + (size_t)(rest->p[0] - '0');
            rest->p++, rest->n--;
        }
    }
    if (!rest->p || !span_starts(*rest, "]"))
        return err_set(e, "a '[' without ']' in the path ([], [3] or [\"key\"])");
    rest->p++, rest->n--;
    return add_step(p, step, e);
}

static int parse_steps(struct path_pattern *p, struct span rest, struct err *e)
{
    while (rest.n) {
        char c = rest.p[0];
        rest.p++, rest.n--;
        if (c == '[') {
            if (parse_bracket(p, &rest, e) < 0)
                return -1;
            continue;
        }
        size_t n = 0;
        while (n < rest.n && rest.p[n] != '.' && rest.p[n] != '[')
            n++;
        if (c != '.' || !n || memchr(rest.p, ']', n))
            return err_set(e, "the path is neither .key nor [] somewhere (.Mounts[].Source)");
        struct span key = {rest.p, n};
        bool any = span_is(key, "*");
        if (add_step(p, (struct step_pattern){any ? STEP_ANY_KEY : STEP_KEY, key, 0}, e) < 0)
            return -1;
        rest.p += n;
        rest.n -= n;
    }
    return 0;
}

static int parse_header(struct path_pattern *p, struct span text, struct err *e)
{
    struct span rest = {text.p + 7, text.n - 7};
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '.' && rest.p[n] != '[')
        n++;
    p->area = AREA_HEADER;
    p->name = (struct span){rest.p, n};
    if (!n || span_is(p->name, "*"))
        return err_set(e, "header: needs a name (header:Date)");
    return parse_steps(p, (struct span){rest.p + n, rest.n - n}, e);
}

int path_pattern_parse(struct path_pattern *p, struct span text, struct err *e)
{
    *p = (struct path_pattern){.area = AREA_BODY};
    if (span_starts(text, "header:"))
        return parse_header(p, text, e);
    if (span_is(text, "stdout") || span_is(text, "stderr") || span_is(text, "stream")) {
        p->area = AREA_STREAM;
        if (!span_is(text, "stream"))
            p->name = text;
        return 0;
    }
    if (span_is(text, "body")) {
        p->area = AREA_TEXT;
        return 0;
    }
    if (span_starts(text, "entry.")) {
        p->area = AREA_ENTRY;
        return parse_steps(p, (struct span){text.p + 5, text.n - 5}, e);
    }
    if (!span_starts(text, ".") && !span_starts(text, "["))
        return err_set(e, "the path begins with none of . [ header: entry. stdout stderr stream "
                          "body");
    return span_is(text, ".") ? 0 : parse_steps(p, text, e);
}

void path_pattern_free(struct path_pattern *p)
{
    free(p->v);
    p->v = NULL;
    p->n = 0;
}

static bool step_matches(const struct step_pattern *p, const struct step *s)
{
    switch (p->kind) {
    case STEP_KEY:
        return !s->is_index && span_eq(p->key, s->key);
    case STEP_ANY_KEY:
        return !s->is_index;
    case STEP_INDEX:
        return s->is_index && s->index == p->index;
    default:
        return s->is_index;
    }
}

bool path_pattern_matches(const struct path_pattern *p, const struct place *place)
{
    if (p->area != place->area || p->n != place->n)
        return false;
    if (p->area == AREA_HEADER &&
        !(p->name.n == place->name.n && strncasecmp(p->name.p, place->name.p, p->name.n) == 0))
        return false;
    if (p->area == AREA_STREAM && p->name.p && !span_eq(p->name, place->name))
        return false;
    for (size_t i = p->n; i-- > 0;) /* from the end: that is where they differ */
        if (!step_matches(&p->v[i], &place->v[i]))
            return false;
    return true;
}

bool path_pattern_is_specific(const struct path_pattern *p)
{
    if (p->area == AREA_HEADER)
        return true;
    for (size_t i = 0; i < p->n; i++)
        if (p->v[i].kind == STEP_KEY)
            return true;
    return false;
}

bool glob_matches(struct span glob, struct span text)
{
    size_t g = 0, t = 0, star = SIZE_MAX, from = 0;
    while (t < text.n) {
        if (g < glob.n && glob.p[g] == '*') {
            star = g++;
            from = t;
        } else if (g < glob.n && glob.p[g] == text.p[t]) {
            g++, t++;
        } else if (star != SIZE_MAX) {
            g = star + 1;
            t = ++from;
        } else {
            return false;
        }
    }
    while (g < glob.n && glob.p[g] == '*')
        g++;
    return g == glob.n;
}
