#include "differ/align.h"

#include <stdlib.h>

#include "differ/route.h"
#include "differ/symbols.h"
#include "recorder/base/cleanup.h"
#include "recorder/wire/head.h"

#define KEY_MAX ((size_t)64 << 10)

struct keyed {
    char *key;
    size_t i; /* exchange's index */
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int rc = strcmp(x->key, y->key);
    return rc ? rc : (x->i > y->i) - (x->i < y->i);
}

/* Method and target with IDs taken out, or the route alone. */
static char *make_key(const struct exchange *x, bool whole)
{
    if (!whole) {
        struct route r;
        route_of(x->method, x->target, &r);
        return strdup(r.text);
    }
    struct buf key = BUF_INIT(KEY_MAX);
    struct span rest = x->target, path = path_unversioned(span_cut(&rest, '?'));
    int rc = buf_add(&key, x->method.p, x->method.n) | buf_addc(&key, ' ') |
             symbols_generalise(path, &key) | buf_addc(&key, '?') | symbols_generalise(rest, &key);
    if (rc) { /* longer than a key: known by its beginning */
        buf_free(&key);
        return strdup("?");
    }
    return buf_take(&key);
}

struct keys {
    struct keyed *v;
    size_t n;
};

static void keys_free(struct keys *k)
{
    for (size_t i = 0; i < k->n; i++)
        free(k->v[i].key);
    free(k->v);
}

static int make_keys(const struct conversation *c, const unsigned char *done, bool whole,
                     struct keys *out)
{
    out->v = calloc(c->exchanges_n + 1, sizeof *out->v);
    for (size_t i = 0; out->v && i < c->exchanges_n; i++) {
        if (done[i])
            continue;
        char *key = make_key(&c->exchanges[i], whole);
        if (!key)
            return -1;
        out->v[out->n++] = (struct keyed){key, i};
    }
    if (!out->v)
        return -1;
    if (out->n)
        qsort(out->v, out->n, sizeof *out->v, by_key);
    return 0;
}

/* The k-th with a key on one side is the k-th with it on the other. */
static int pass(const struct conversation *b, const struct conversation *c, bool whole,
                struct pairing *out, unsigned char *done, unsigned char *taken)
{
    CLEANUP(keys_free) struct keys x = {0};
    CLEANUP(keys_free) struct keys y = {0};
    if (make_keys(b, done, whole, &x) < 0 || make_keys(c, taken, whole, &y) < 0)
        return -1;
    for (size_t i = 0, j = 0; i < x.n && j < y.n;) {
        int rc = strcmp(x.v[i].key, y.v[j].key);
        if (rc == 0) {
            struct pair *p = &out->v[x.v[i].i];
            p->state = PAIR_SENT;
            p->candidate = (uint32_t)y.v[j].i + 1;
            done[x.v[i].i] = taken[y.v[j].i] = 1;
        }
        i += rc <= 0;
        j += rc >= 0;
    }
    return 0;
}

int align(const struct conversation *b, const struct conversation *c, struct pairing *out,
          unsigned char **extra, struct err *e)
{
    *out = (struct pairing){calloc(b->exchanges_n + 1, sizeof *out->v), b->exchanges_n};
    *extra = calloc(c->exchanges_n + 1, 1);
    CLEANUP_FREE unsigned char *done = calloc(b->exchanges_n + 1, 1);
    if (!out->v || !*extra || !done)
        return err_sys(e, "a comparison");
    for (size_t i = 0; i < out->n; i++)
        out->v[i].state = PAIR_MISSING;
    if (pass(b, c, true, out, done, *extra) < 0 || pass(b, c, false, out, done, *extra) < 0)
        return err_sys(e, "a comparison");
    for (size_t i = 0; i < c->exchanges_n; i++)
        (*extra)[i] = !(*extra)[i];
    return 0;
}
