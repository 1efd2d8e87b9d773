#include "suites/replay/things.h"

#include <stdlib.h>
#include <string.h>

#include "suites/replay/token.h"

const char *thing_kind_name(enum thing_kind kind)
{
    static const char *const names[] = {
        [THING_NONE] = "thing",    [THING_CONTAINER] = "container", [THING_NETWORK] = "network",
        [THING_VOLUME] = "volume", [THING_IMAGE] = "image",         [THING_EXEC] = "exec",
        [THING_OTHER] = "object",
    };
    return names[kind];
}

int things_add(struct things *t, enum thing_kind kind, struct span name)
{
    if (!name.n)
        return 0;
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].kind == kind && span_is(name, t->v[i].name))
            return 0;
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 8;
        struct thing *v = realloc(t->v, cap * sizeof *v);
        if (!v)
            return -1;
        t->v = v;
        t->cap = cap;
    }
    char *copy = strndup(name.p, name.n);
    if (!copy)
        return -1;
    t->v[t->n++] = (struct thing){kind, copy};
    return 0;
}

void things_free(struct things *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->v[i].name);
    free(t->v);
    *t = (struct things){0};
}

static struct span without(struct span s, const char *prefix)
{
    size_t n = span_starts(s, prefix) ? strlen(prefix) : 0;
    return (struct span){s.p + n, s.n - n};
}

void image_split(struct span ref, struct span *name, struct span *tag)
{
    *name = ref;
    *tag = (struct span){NULL, 0};
    for (size_t i = ref.n; i > 0 && ref.p[i - 1] != '/'; i--) {
        if (ref.p[i - 1] == '@')
            return;
        if (ref.p[i - 1] == ':' && !memchr(ref.p, '@', i)) {
            name->n = i - 1;
            *tag = (struct span){ref.p + i, ref.n - i};
        }
    }
}

static bool same_image(struct span a, struct span b)
{
    struct span a_name, a_tag, b_name, b_tag;
    image_split(without(without(a, "docker.io/"), "library/"), &a_name, &a_tag);
    image_split(without(without(b, "docker.io/"), "library/"), &b_name, &b_tag);
    if (!a_tag.n)
        a_tag = SPAN_LIT("latest");
    if (!b_tag.n)
        b_tag = SPAN_LIT("latest");
    return span_eq(a_name, b_name) && span_eq(a_tag, b_tag);
}

static bool same_id(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    return token_is_hex(a, ID_HEX_MIN) && token_is_hex(b, ID_HEX_MIN) && memcmp(a.p, b.p, n) == 0;
}

bool thing_same(enum thing_kind kind, struct span a, struct span b)
{
    if (kind == THING_CONTAINER) {
        a = without(a, "/");
        b = without(b, "/");
    }
    if (span_eq(a, b) || same_id(without(a, "sha256:"), without(b, "sha256:")))
        return true;
    return kind == THING_IMAGE && same_image(a, b);
}

size_t things_find(const struct things *t, enum thing_kind kind, struct span name)
{
    size_t i = 0;
    while (i < t->n && (t->v[i].kind != kind || !thing_same(kind, span_of(t->v[i].name), name)))
        i++;
    return i;
}
