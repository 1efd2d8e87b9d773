#include "recorder/conversation/matcher.h"

#include <stdlib.h>

#define WINDOW_MAX 16            /* longer windows jump no faster in practice */
#define BLOCKS ((size_t)1 << 16) /* two bytes each */
#define STARTS ((size_t)1 << 16) /* hashes of four bytes */

struct matcher {
    const struct span *strings;
    uint32_t n;
    size_t window;                /* the first bytes of each string that are looked at */
    unsigned char jump[BLOCKS];   /* by the last two bytes of a window: how far it may move on */
    unsigned char starts[STARTS]; /* by the first four bytes: does a string begin so? */
    uint32_t *shorter;            /* by string: the longest other one that it begins with */
};

static size_t block(const char *p)
{
    return (size_t)(unsigned char)p[0] << 8 | (unsigned char)p[1];
}

static size_t start(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return (v * UINT32_C(2654435761)) >> 16;
}

static bool begins_with(struct span s, struct span beginning)
{
    return s.n >= beginning.n && memcmp(s.p, beginning.p, beginning.n) == 0;
}

static void note(struct matcher *m, const char *p)
{
    for (size_t i = 0; i + 1 < m->window; i++) {
        unsigned char jump = (unsigned char)(m->window - 2 - i), *at = &m->jump[block(p + i)];
        if (jump < *at)
            *at = jump;
    }
    m->starts[start(p)] = 1;
}

struct matcher *matcher_new(const struct span *strings, size_t n)
{
    struct matcher *m = calloc(1, sizeof *m);
    if (!m || n >= MATCHER_NONE || !(m->shorter = calloc(n ? n : 1, sizeof *m->shorter))) {
        free(m);
        return NULL;
    }
    m->strings = strings;
    m->n = (uint32_t)n;
    m->window = WINDOW_MAX;
    for (size_t i = 0; i < n; i++)
        if (strings[i].n < m->window)
            m->window = strings[i].n;
    memset(m->jump, (int)m->window - 1, sizeof m->jump);
    for (uint32_t i = 0; i < m->n; i++) {
        note(m, strings[i].p);
        uint32_t s = i ? i - 1 : MATCHER_NONE;
        while (s != MATCHER_NONE && !begins_with(strings[i], strings[s]))
            s = m->shorter[s];
        m->shorter[i] = s;
    }
    return m;
}

void matcher_free(struct matcher *m)
{
    if (!m)
        return;
    free(m->shorter);
    free(m);
}

size_t matcher_skip(const struct matcher *m, struct span text, size_t from, size_t until)
{
    size_t w = m->window;
    if (!m->n)
        return until;
    while (from < until && text.n - from >= w) {
        size_t jump = m->jump[block(text.p + from + w - 2)];
        if (!jump && m->starts[start(text.p + from)])
            return from;
        from += jump ? jump : 1;
    }
    /* Too near to the end for a whole string: only the beginning of one can stand here. */
    for (; from < until && text.n - from >= MATCHER_MIN; from++)
        if (m->starts[start(text.p + from)])
            return from;
    return until;
}

/* How many of the strings stand before the text, in their order. */
static uint32_t place(const struct matcher *m, struct span text)
{
    uint32_t low = 0, high = m->n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        struct span s = m->strings[mid];
        int order = memcmp(s.p, text.p, s.n < text.n ? s.n : text.n);
        if (order < 0 || (order == 0 && s.n <= text.n))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

uint32_t matcher_first(const struct matcher *m, struct span text, size_t at)
{
    struct span rest = {text.p + at, text.n - at};
    uint32_t below = place(m, rest);
    /* What the text begins with, the last string before it begins with as well. */
    uint32_t s = below ? below - 1 : MATCHER_NONE;
    while (s != MATCHER_NONE && !begins_with(rest, m->strings[s]))
        s = m->shorter[s];
    return s;
}

uint32_t matcher_shorter(const struct matcher *m, uint32_t string)
{
    return m->shorter[string];
}

uint32_t matcher_begun(const struct matcher *m, struct span text, size_t at, uint32_t *n)
{
    struct span rest = {text.p + at, text.n - at};
    *n = 0;
    if (rest.n < MATCHER_MIN)
        return MATCHER_NONE;
    uint32_t begin = place(m, rest);
    while (begin + *n < m->n && begins_with(m->strings[begin + *n], rest))
        ++*n;
    return *n ? begin : MATCHER_NONE;
}
