#include "suites/replay/documents.h"

#include <stdlib.h>

#define DOCUMENTS_MAX 100000

void documents_free(struct documents *d)
{
    for (size_t i = 0; i < d->n; i++)
        json_decref(d->v[i]);
    free(d->v);
    *d = (struct documents){0};
}

static int add(struct documents *d, json_t *v)
{
    if (d->n == d->cap) {
        size_t cap = d->cap ? 2 * d->cap : 16;
        json_t **grown = realloc(d->v, cap * sizeof(json_t *));
        if (!grown) {
            json_decref(v);
            return -1;
        }
        d->v = grown;
        d->cap = cap;
    }
    d->v[d->n++] = v;
    return 0;
}

int documents_read(struct documents *d, struct span text)
{
    const size_t flags = JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_error_t error;
    while (text.n && d->n < DOCUMENTS_MAX) {
        json_t *v = json_loadb(text.p, text.n, flags, &error);
        if (!v)
            break;
        size_t used = (size_t)error.position;
        text.p += used;
        text.n -= used;
        if (add(d, v) < 0)
            return -1;
    }
    return 0;
}

bool documents_fail(const struct documents *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (json_object_get(d->v[i], "errorDetail") || json_object_get(d->v[i], "error"))
            return true;
    return false;
}

struct span json_span(const json_t *v)
{
    if (!json_is_string(v))
        return (struct span){NULL, 0};
    return (struct span){json_string_value(v), json_string_length(v)};
}
