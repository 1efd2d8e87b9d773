#include "differ/route.h"

#include <stdio.h>

#include "recorder/wire/head.h"

static const struct row {
    const char *method, *template;
    enum route_body body;
} rows[] = {
#define ROW(method, template, body) {method, template, body},
    ROUTES(ROW)
#undef ROW
};

#define ROWS (sizeof rows / sizeof *rows)

/* Does the path's rest match the template's rest? */
static bool matches(struct span template, struct span path)
{
    while (template.p) {
        if (!path.p)
            return false;
        struct span want = span_cut(&template, '/'), have = span_cut(&path, '/');
        if (span_is(want, "{name}")) {
            if (!have.n)
                return false;
            /* As few segments as will do: what follows is literal. */
            while (!matches(template, path)) {
                if (!path.p || !span_cut(&path, '/').n)
                    return false;
            }
            return true;
        }
        if (want.n && want.p[0] == '{' ? !have.n : !span_eq(want, have))
            return false;
    }
    return !path.p;
}

static const struct row *find(struct span method, struct span path)
{
    for (size_t i = 0; i < ROWS; i++)
        if ((!method.p || span_is(method, rows[i].method)) &&
            matches(span_of(rows[i].template), path))
            return &rows[i];
    return NULL;
}

static bool is_hex(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("0123456789abcdef", s.p[i]) || !s.p[i])
            return false;
    return s.n == 12 || s.n == 64;
}

/* A length for printf's precision. */
static int clipped(struct span s, size_t max)
{
    return (int)(s.n < max ? s.n : max);
}

/* The text of what is no route: its own path. */
static void describe(struct span method, struct span path, struct route *out)
{
    size_t n = (size_t)snprintf(out->text, sizeof out->text, "%.*s ", clipped(method, 20),
                                method.n ? method.p : "");
    struct span rest = path;
    span_cut(&rest, '/');
    while (rest.p && n < sizeof out->text - 1) {
        struct span segment = span_cut(&rest, '/');
        if (is_hex(segment))
            segment = SPAN_LIT("{id}");
        n += (size_t)snprintf(out->text + n, sizeof out->text - n, "/%.*s",
                              clipped(segment, ROUTE_TEXT), segment.n ? segment.p : "");
    }
}

void route_of(struct span method, struct span target, struct route *out)
{
    struct span rest = target, path = path_unversioned(span_cut(&rest, '?'));
    *out = (struct route){.body = BODY_AUTO};
    const struct row *row = find(method, path);
    out->known = row != NULL;
    if (!row)
        row = find((struct span){NULL, 0}, path); /* a route, but with another method */
    if (!row) {
        describe(method, path, out);
        return;
    }
    snprintf(out->text, sizeof out->text, "%.*s %s", clipped(method, 20), method.n ? method.p : "",
             row->template);
    if (out->known)
        out->body = row->body;
}

bool route_is_known(struct span text)
{
    struct span rest = text, method = span_cut(&rest, ' ');
    for (size_t i = 0; i < ROWS; i++)
        if (span_is(rest, rows[i].template))
            return method.n > 0;
    return rest.n && rest.p[0] == '/' && !memchr(rest.p, '{', rest.n);
}
