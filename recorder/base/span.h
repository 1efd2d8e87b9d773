/* A view of bytes that somebody else owns; not NUL-terminated. */
#ifndef BUGFORBUG_BASE_SPAN_H
#define BUGFORBUG_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct span {
    const char *p;
    size_t n;
};

#define SPAN_LIT(s) ((struct span){(s), sizeof(s) - 1})

static inline struct span span_of(const char *s)
{
    return (struct span){s, s ? strlen(s) : 0};
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span a, const char *s)
{
    return span_eq(a, span_of(s));
}

/* ASCII case folded, as HTTP header names are (RFC 9110, 5.1). */
static inline bool span_is_nocase(struct span a, const char *s)
{
    return a.n == strlen(s) && strncasecmp(a.p, s, a.n) == 0;
}

static inline bool span_starts(struct span a, const char *s)
{
    size_t n = strlen(s);
    return a.n >= n && memcmp(a.p, s, n) == 0;
}

static inline bool span_ends(struct span a, const char *s)
{
    size_t n = strlen(s);
    return a.n >= n && memcmp(a.p + a.n - n, s, n) == 0;
}

/* Without blanks and tabs at both ends (OWS of RFC 9110, 5.6.3). */
static inline struct span span_trim(struct span a)
{
    while (a.n && (a.p[0] == ' ' || a.p[0] == '\t'))
        a.p++, a.n--;
    while (a.n && (a.p[a.n - 1] == ' ' || a.p[a.n - 1] == '\t'))
        a.n--;
    return a;
}

/* Cuts the part before `sep` off the front of *rest and returns it; all of it where there is none.
 * *rest is then what follows the separator, with p == NULL when nothing is left to cut. */
static inline struct span span_cut(struct span *rest, char sep)
{
    const char *at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
    struct span head = *rest;
    if (!at) {
        *rest = (struct span){NULL, 0};
        return head;
    }
    head.n = (size_t)(at - head.p);
    rest->p = at + 1;
    rest->n -= head.n + 1;
    return head;
}

#endif
