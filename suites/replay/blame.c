#include "suites/replay/blame.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/base/cleanup.h"
#include "suites/replay/documents.h"
#include "suites/replay/learn.h"
#include "suites/replay/made.h"
#include "suites/replay/token.h"

void blame_free(struct blame *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->v[i].thing.name);
    for (size_t i = 0; i < b->aliases_n; i++)
        things_free(&b->aliases[i].names);
    free(b->v);
    free(b->aliases);
    memset(b, 0, sizeof *b);
}

/* The recorded response as JSON; none where it is something else, or too large. */
static int read_response(const struct conversation *c, const struct exchange *x,
                         struct documents *out, struct err *e)
{
    CLEANUP(buf_free) struct buf text = BUF_INIT(LEARN_MAX);
    if (x->response == NO_EVENT || x->upgraded || exchange_size(c, x, PART_RESPONSE) > LEARN_MAX)
        return 0;
    if (exchange_read(c, x, PART_RESPONSE, &text, e) < 0)
        return -1;
    return documents_read(out, (struct span){text.p, text.n}) < 0 ? err_sys(e, "blame") : 0;
}

/* --- names of one thing --- */

static struct things *alias_new(struct blame *b)
{
    if (b->aliases_n == b->aliases_cap) {
        size_t cap = b->aliases_cap ? 2 * b->aliases_cap : 16;
        struct blame_alias *v = realloc(b->aliases, cap * sizeof *v);
        if (!v)
            return NULL;
        b->aliases = v;
        b->aliases_cap = cap;
    }
    struct things *names = &b->aliases[b->aliases_n++].names;
    *names = (struct things){0};
    return names;
}

static int alias_object(struct blame *b, enum thing_kind kind, const json_t *o, struct span more)
{
    struct things *names = alias_new(b);
    const json_t *list = json_object_get(o, "Names");
    if (!names)
        return -1;
    int rc = things_add(names, kind, json_span(json_object_get(o, "Id"))) |
             things_add(names, kind, json_span(json_object_get(o, "Name"))) |
             things_add(names, kind, more);
    for (size_t i = 0; i < json_array_size(list); i++)
        rc |= things_add(names, kind, json_span(json_array_get(list, i)));
    return rc;
}

/*
 * Containers and networks have a name and an ID. Images have not, in this sense: that a tag could
 * not be set says nothing about the image and its other tags.
 */
static int alias_exchange(struct blame *b, const struct route *route, const struct request *r,
                          const struct documents *d)
{
    CLEANUP(things_free) struct things said = {0};
    if (d->n != 1 || (route->kind != THING_CONTAINER && route->kind != THING_NETWORK))
        return 0;
    const json_t *answer = d->v[0];
    for (size_t i = 0; i < json_array_size(answer); i++)
        if (alias_object(b, route->kind, json_array_get(answer, i), SPAN_LIT("")) < 0)
            return -1;
    if (!json_object_get(answer, "Id"))
        return 0;
    if (route->act == ACT_CREATE && route_changes(route, r, &said) < 0)
        return -1;
    struct span name = said.n ? span_of(said.v[0].name) : span_of(route->name);
    return alias_object(b, route->kind, answer, name);
}

static int look_for_aliases(struct blame *b, const struct conversation *c, struct err *e)
{
    for (size_t i = 0; i < c->exchanges_n && !b->looked; i++) {
        const struct exchange *x = &c->exchanges[i];
        CLEANUP(request_free) struct request r = {0};
        CLEANUP(route_free) struct route route = {0};
        CLEANUP(documents_free) struct documents d = {0};
        if (request_load(c, x, &r, e) < 0)
            return -1;
        if (route_parse(&r, &route) < 0)
            return err_sys(e, "blame");
        if (route.kind != THING_CONTAINER && route.kind != THING_NETWORK)
            continue;
        if (read_response(c, x, &d, e) < 0)
            return -1;
        if (alias_exchange(b, &route, &r, &d) < 0)
            return err_sys(e, "blame");
    }
    b->looked = true;
    return 0;
}

static bool overlaps(const struct things *a, const struct things *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (things_find(a, b->v[i].kind, span_of(b->v[i].name)) < a->n)
            return true;
    return false;
}

/* Adds all names that the things have, and again for those that this finds. */
static int add_aliases(const struct blame *b, struct things *things)
{
    for (size_t before = 0; before != things->n;) {
        before = things->n;
        for (size_t i = 0; i < b->aliases_n; i++) {
            const struct things *names = &b->aliases[i].names;
            for (size_t k = 0; overlaps(things, names) && k < names->n; k++)
                if (things_add(things, names->v[k].kind, span_of(names->v[k].name)) < 0)
                    return -1;
        }
    }
    return 0;
}

/* --- tainting --- */

static int taint(struct blame *b, const struct thing *t, uint32_t root, bool extra)
{
    if (b->n == b->cap) {
        size_t cap = b->cap ? 2 * b->cap : 16;
        struct blame_one *v = realloc(b->v, cap * sizeof *v);
        if (!v)
            return -1;
        b->v = v;
        b->cap = cap;
    }
    struct blame_one *one = &b->v[b->n];
    *one = (struct blame_one){.thing.kind = t->kind, .exchange = root, .extra = extra};
    one->thing.name = strdup(t->name);
    if (!one->thing.name)
        return -1;
    b->n++;
    return 0;
}

int blame_exchange(struct blame *b, const struct conversation *c, const struct exchange *x,
                   uint32_t root, bool extra, struct err *e)
{
    CLEANUP(request_free) struct request r = {0};
    CLEANUP(route_free) struct route route = {0};
    CLEANUP(documents_free) struct documents d = {0};
    CLEANUP(things_free) struct things things = {0};
    if (request_load(c, x, &r, e) < 0 || look_for_aliases(b, c, e) < 0 ||
        read_response(c, x, &d, e) < 0)
        return -1;
    int rc = route_parse(&r, &route);
    if (rc == 0)
        rc = route_changes(&route, &r, &things) | made_things(&route, &d, &things) |
             add_aliases(b, &things);
    for (size_t i = 0; i < things.n && rc == 0; i++)
        rc = taint(b, &things.v[i], root, extra);
    return rc < 0 ? err_sys(e, "blame") : 0;
}

/* --- blaming --- */

static uint32_t tainted(const struct blame *b, enum thing_kind kind, struct span name)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->v[i].thing.kind == kind && thing_same(kind, span_of(b->v[i].thing.name), name))
            return b->v[i].exchange;
    return 0;
}

/* Under which members of an answer names stand, and of what. */
static bool holds_name(const char *key, enum thing_kind kind)
{
    static const struct {
        const char *key;
        enum thing_kind kind; /* THING_NONE: of any */
    } places[] = {
        {"Name", THING_NONE},
        {"Names", THING_CONTAINER},
        {"Source", THING_VOLUME},
        {"VolumesDeleted", THING_VOLUME},
        {"NetworksDeleted", THING_NETWORK},
        {"Image", THING_IMAGE},
        {"RepoTags", THING_IMAGE},
        {"Untagged", THING_IMAGE},
    };
    for (size_t i = 0; key && i < sizeof places / sizeof *places; i++)
        if (strcmp(key, places[i].key) == 0 &&
            (places[i].kind == THING_NONE || places[i].kind == kind))
            return true;
    return false;
}

static uint32_t tainted_string(const struct blame *b, const char *key, struct span s)
{
    struct span id = s;
    if (span_starts(id, "sha256:"))
        id = (struct span){id.p + 7, id.n - 7};
    bool is_id = token_is_hex(id, ID_HEX_MIN);
    for (size_t i = 0; i < b->n; i++) {
        const struct thing *t = &b->v[i].thing;
        if ((is_id || holds_name(key, t->kind)) && thing_same(t->kind, span_of(t->name), s))
            return b->v[i].exchange;
    }
    return 0;
}

static uint32_t tainted_json(const struct blame *b, const char *key, const json_t *v)
{
    uint32_t found = json_is_string(v) ? tainted_string(b, key, json_span(v)) : 0;
    const char *name;
    json_t *inner;
    for (size_t i = 0; i < json_array_size(v) && !found; i++)
        found = tainted_json(b, key, json_array_get(v, i));
    json_object_foreach((json_t *)v, name, inner)
    {
        /* Maps by ID or name: a network's Containers, a container's Networks. */
        if (!found && key && (strcmp(key, "Containers") == 0 || strcmp(key, "Networks") == 0))
            found = tainted_string(b, "Name", span_of(name));
        if (!found)
            found = tainted_json(b, name, inner);
    }
    return found;
}

/* A list shows what the candidate has too much. */
static uint32_t tainted_list(const struct blame *b, const struct route *route)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->v[i].extra && b->v[i].thing.kind == route->kind)
            return b->v[i].exchange;
    return 0;
}

static bool is_list(const struct route *route)
{
    return route->kind != THING_NONE && !route->name && route->act == ACT_LOOK;
}

static int find_by_request(const struct blame *b, const struct request *r, uint32_t *found)
{
    CLEANUP(route_free) struct route route = {0};
    CLEANUP(things_free) struct things things = {0};
    if (route_parse(r, &route) < 0 || route_mentions(&route, r, &things) < 0)
        return -1;
    for (size_t i = 0; i < things.n && !*found; i++)
        *found = tainted(b, things.v[i].kind, span_of(things.v[i].name));
    if (!*found && is_list(&route))
        *found = tainted_list(b, &route);
    return 0;
}

int blame_find(const struct blame *b, const struct conversation *c, const struct request *r,
               uint32_t *found, struct err *e)
{
    CLEANUP(documents_free) struct documents d = {0};
    *found = 0;
    if (!b->n)
        return 0;
    if (find_by_request(b, r, found) < 0)
        return err_sys(e, "blame");
    if (*found)
        return 0;
    if (read_response(c, r->x, &d, e) < 0)
        return -1;
    for (size_t i = 0; i < d.n && !*found; i++)
        *found = tainted_json(b, NULL, d.v[i]);
    return 0;
}
