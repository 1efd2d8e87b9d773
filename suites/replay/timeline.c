#include "suites/replay/timeline.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "recorder/base/clock.h"

#define NEAR_NS (24 * 3600 * NS_PER_S)

int timeline_add(struct timeline *t, int64_t recorded, int64_t replayed)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 32;
        struct tick *v = realloc(t->v, cap * sizeof *v);
        if (!v)
            return -1;
        t->v = v;
        t->cap = cap;
    }
    t->v[t->n++] = (struct tick){recorded, replayed};
    return 0;
}

void timeline_free(struct timeline *t)
{
    free(t->v);
    *t = (struct timeline){0};
}

int64_t timeline_map(const struct timeline *t, int64_t recorded)
{
    size_t i = t->n;
    if (!t->n)
        return recorded;
    while (i > 1 && t->v[i - 1].recorded > recorded)
        i--;
    const struct tick *last = &t->v[i - 1];
    int64_t at = last->replayed + (recorded - last->recorded);
    /* A replay without pauses is ahead: the moment still comes before the client's next event. */
    return i < t->n && at > t->v[i].replayed ? t->v[i].replayed : at;
}

struct epoch {
    int64_t ns;
    int digits; /* behind the point */
};

static bool epoch_parse(struct span s, struct epoch *out)
{
    size_t i = 0;
    int64_t seconds = 0, scale = NS_PER_S;
    *out = (struct epoch){0, 0};
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && i <= 10; i++)
        seconds = seconds * 10 + (s.p[i] - '0');
    if (i < 9 || i > 10)
        return false;
    out->ns = seconds * NS_PER_S;
    if (i == s.n)
        return true;
    if (s.p[i++] != '.')
        return false;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && out->digits < 9; i++, out->digits++)
        out->ns += (s.p[i] - '0') * (scale /= 10);
    return i == s.n;
}

static int epoch_put(struct epoch v, enum rounding r, struct buf *out)
{
    int64_t unit = NS_PER_S;
    for (int i = 0; i < v.digits; i++)
        unit /= 10;
    if (r == ROUND_UP)
        v.ns += unit - 1;
    if (buf_addf(out, "%" PRId64, v.ns / NS_PER_S) < 0)
        return -1;
    return v.digits ? buf_addf(out, ".%0*" PRId64, v.digits, v.ns % NS_PER_S / unit) : 0;
}

int timeline_rewrite(const struct timeline *t, struct span value, enum rounding r, struct buf *out)
{
    struct epoch v;
    if (!t->n || !epoch_parse(value, &v))
        return buf_add(out, value.p, value.n);
    int64_t far = v.ns - t->v[t->n - 1].recorded;
    if (far > NEAR_NS || far < -NEAR_NS)
        return buf_add(out, value.p, value.n);
    v.ns = timeline_map(t, v.ns);
    return epoch_put(v, r, out);
}
