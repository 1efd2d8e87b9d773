#include "suites/replay/route.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/base/cleanup.h"
#include "suites/replay/documents.h"

#define SEGMENTS_MAX 32

static const struct collection {
    const char *name;
    enum thing_kind kind;
    const char *verbs[7]; /* that stand where a thing's name would */
} collections[] = {
    {"containers", THING_CONTAINER, {"json", "create", "prune"}},
    {"networks", THING_NETWORK, {"create", "prune"}},
    {"volumes", THING_VOLUME, {"create", "prune"}},
    {"images", THING_IMAGE, {"json", "create", "load", "search", "get", "prune"}},
    {"exec", THING_EXEC, {NULL}},
    {"services", THING_OTHER, {"create"}},
    {"secrets", THING_OTHER, {"create"}},
    {"configs", THING_OTHER, {"create"}},
    {"nodes", THING_OTHER, {NULL}},
    {"tasks", THING_OTHER, {NULL}},
    {"plugins", THING_OTHER, {"pull", "create", "privileges"}},
    {"build", THING_IMAGE, {"prune", "cancel"}},
    {"commit", THING_IMAGE, {NULL}},
};

static bool is_one_of(struct span s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n && list[i]; i++)
        if (span_is(s, list[i]))
            return true;
    return false;
}

/* --- percent encoding --- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int decode(struct span s, bool query, struct buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%' && i + 2 < s.n && hex_digit(s.p[i + 1]) >= 0 && hex_digit(s.p[i + 2]) >= 0) {
            c = (char)(hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2]));
            i += 2;
        } else if (c == '+' && query) {
            c = ' ';
        }
        if (buf_addc(out, c) < 0)
            return -1;
    }
    return 0;
}

/* Goes from one value of the key to the next. */
static bool query_next(struct span *query, const char *key, struct span *value)
{
    while (query->p) {
        *value = span_cut(query, '&');
        struct span name = span_cut(value, '=');
        if (span_is(name, key))
            return true;
    }
    return false;
}

bool query_get(struct span query, const char *key, struct buf *out)
{
    struct span value;
    return query_next(&query, key, &value) && decode(value, true, out) == 0;
}

/* --- the path --- */

static char *decoded(struct span from, struct span to)
{
    struct buf out = BUF_INIT(EVENT_HEAD_MAX);
    if (decode((struct span){from.p, (size_t)(to.p + to.n - from.p)}, false, &out) < 0 ||
        buf_reserve(&out, 1) < 0)
        buf_free(&out);
    return buf_take(&out);
}

static bool ends_image(struct span s)
{
    static const char *const verbs[] = {"json", "history", "push", "tag", "get"};
    return is_one_of(s, verbs, sizeof verbs / sizeof *verbs);
}

/* Sets name and verb from the segments behind the collection. */
static int parse_rest(const struct collection *c, const struct span *seg, size_t n,
                      struct route *out)
{
    size_t name_end = 1; /* segments that are the name; an image's may have slashes */
    if (n == 1 && is_one_of(seg[0], c->verbs, sizeof c->verbs / sizeof *c->verbs))
        name_end = 0;
    else if (c->kind == THING_IMAGE && n > 0)
        name_end = n > 1 && ends_image(seg[n - 1]) ? n - 1 : n;
    if (n && name_end && !(out->name = decoded(seg[0], seg[name_end - 1])))
        return -1;
    struct span verb = n > name_end ? seg[name_end] : SPAN_LIT("");
    out->verb = strndup(verb.p, verb.n);
    return out->verb ? 0 : -1;
}

static int parse_path(struct span path, struct route *out)
{
    struct span seg[SEGMENTS_MAX], first;
    size_t n = 0;
    if (!path_next(&path, &first))
        first = SPAN_LIT("");
    while (n < SEGMENTS_MAX && path_next(&path, &seg[n]))
        n++;
    for (size_t i = 0; i < sizeof collections / sizeof *collections; i++) {
        const struct collection *c = &collections[i];
        if (!span_is(first, c->name))
            continue;
        out->kind = c->kind;
        if (n || (c->kind != THING_IMAGE && c->kind != THING_NONE) || span_is(first, "images"))
            return parse_rest(c, seg, n, out);
        out->verb = strdup(c->name); /* POST /build, POST /commit */
        return out->verb ? 0 : -1;
    }
    out->verb = strdup("");
    return out->verb ? 0 : -1;
}

static enum route_act act_of(struct span method, const struct route *r)
{
    static const char *const looks[] = {"prune", "resize", "exec", "push", "search", "cancel"};
    static const char *const creates[] = {"create", "load", "build", "commit", "tag", "pull"};
    struct span verb = span_of(r->verb);
    if (r->kind == THING_NONE || span_is(method, "GET") || span_is(method, "HEAD"))
        return ACT_LOOK;
    if (span_is(method, "DELETE"))
        return ACT_DELETE;
    if (is_one_of(verb, looks, sizeof looks / sizeof *looks))
        return ACT_LOOK;
    return is_one_of(verb, creates, sizeof creates / sizeof *creates) ? ACT_CREATE : ACT_CHANGE;
}

int route_parse(const struct request *r, struct route *out)
{
    memset(out, 0, sizeof *out);
    if (parse_path(r->path, out) < 0)
        return -1;
    out->act = act_of(r->head.method, out);
    if (r->has_text && r->kind == TEXT_JSON)
        out->body = json_loadb(buf_str(&r->text), r->text.n, JSON_ALLOW_NUL, NULL);
    return 0;
}

void route_free(struct route *r)
{
    free(r->name);
    free(r->verb);
    json_decref(r->body);
}

/* --- what it changes --- */

static int add_query(struct span query, const char *key, enum thing_kind kind, struct things *out)
{
    struct span value;
    while (query_next(&query, key, &value)) {
        CLEANUP(buf_free) struct buf name = BUF_INIT(EVENT_HEAD_MAX);
        if (decode(value, true, &name) < 0 ||
            things_add(out, kind, (struct span){name.p, name.n}) < 0)
            return -1;
    }
    return 0;
}

/* An image whose name and tag stand in two parameters. */
static int add_image(struct span query, const char *key, struct things *out)
{
    CLEANUP(buf_free) struct buf ref = BUF_INIT(EVENT_HEAD_MAX);
    CLEANUP(buf_free) struct buf tag = BUF_INIT(EVENT_HEAD_MAX);
    if (!query_get(query, key, &ref) || !ref.n)
        return 0;
    if (query_get(query, "tag", &tag) && tag.n) {
        struct span t = {tag.p, tag.n};
        if (buf_addc(&ref, span_starts(t, "sha256:") ? '@' : ':') < 0 ||
            buf_add(&ref, t.p, t.n) < 0)
            return -1;
    }
    return things_add(out, THING_IMAGE, (struct span){ref.p, ref.n});
}

static int changes_image(const struct route *route, const struct request *r, struct things *out)
{
    struct span query = r->query;
    if (strcmp(route->verb, "create") == 0)
        return add_image(query, "fromImage", out) | add_image(query, "repo", out);
    if (strcmp(route->verb, "build") == 0)
        return add_query(query, "t", THING_IMAGE, out);
    return add_image(query, "repo", out); /* tag, commit */
}

int route_changes(const struct route *route, const struct request *r, struct things *out)
{
    const char *verb = route->verb;
    int rc = 0;
    if (route->act == ACT_LOOK)
        return 0;
    if (route->kind == THING_IMAGE && route->act == ACT_CREATE)
        return changes_image(route, r, out);
    if (route->act == ACT_CREATE)
        rc = route->kind == THING_CONTAINER
                 ? add_query(r->query, "name", THING_CONTAINER, out)
                 : things_add(out, route->kind, json_span(json_object_get(route->body, "Name")));
    else if (route->name)
        rc = things_add(out, route->kind, span_of(route->name));
    if (strcmp(verb, "rename") == 0)
        rc |= add_query(r->query, "name", THING_CONTAINER, out);
    if (strcmp(verb, "connect") == 0 || strcmp(verb, "disconnect") == 0)
        rc |=
            things_add(out, THING_CONTAINER, json_span(json_object_get(route->body, "Container")));
    return rc;
}

/* --- what it speaks of --- */

static int add_filter(const json_t *filters, const char *key, enum thing_kind kind,
                      struct things *out)
{
    json_t *values = json_object_get(filters, key), *v;
    const char *name;
    size_t i;
    int rc = 0;
    json_object_foreach(values, name, v) /* {"k": {"v": true}} */
        rc |= things_add(out, kind, span_of(name));
    json_array_foreach(values, i, v) /* the older {"k": ["v"]} */
        rc |= things_add(out, kind, json_span(v));
    return rc;
}

static int mentions_filters(const struct route *route, const struct request *r, struct things *out)
{
    CLEANUP(buf_free) struct buf text = BUF_INIT(EVENT_HEAD_MAX);
    if (!query_get(r->query, "filters", &text))
        return 0;
    json_t *filters = json_loadb(buf_str(&text), text.n, 0, NULL);
    int rc = add_filter(filters, "container", THING_CONTAINER, out) |
             add_filter(filters, "network", THING_NETWORK, out) |
             add_filter(filters, "volume", THING_VOLUME, out) |
             add_filter(filters, "image", THING_IMAGE, out) |
             add_filter(filters, "ancestor", THING_IMAGE, out) |
             add_filter(filters, "reference", THING_IMAGE, out) |
             add_filter(filters, "id", route->kind, out) |
             add_filter(filters, "name", route->kind, out);
    json_decref(filters);
    return rc;
}

/* "name:/where:options" of a named volume; a path of the host is none. */
static int add_bind(const json_t *v, struct things *out)
{
    struct span rest = json_span(v), name = span_cut(&rest, ':');
    if (!rest.p || !name.n || name.p[0] == '/' || name.p[0] == '.')
        return 0;
    return things_add(out, THING_VOLUME, name);
}

static int add_network(struct span name, struct things *out)
{
    static const char *const own[] = {"default", "bridge", "host", "none", "nat"};
    if (span_starts(name, "container:"))
        return things_add(out, THING_CONTAINER, (struct span){name.p + 10, name.n - 10});
    if (is_one_of(name, own, sizeof own / sizeof *own))
        return 0;
    return things_add(out, THING_NETWORK, name);
}

/* "container:name" in PidMode, IpcMode; "name:alias" in Links; "name:ro" in VolumesFrom. */
static int add_partner(struct span s, bool prefixed, struct things *out)
{
    if (prefixed && !span_starts(s, "container:"))
        return 0;
    if (prefixed)
        s = (struct span){s.p + 10, s.n - 10};
    return things_add(out, THING_CONTAINER, span_cut(&s, ':'));
}

static int mentions_host(const json_t *host, struct things *out)
{
    json_t *v;
    size_t i;
    int rc = add_network(json_span(json_object_get(host, "NetworkMode")), out) |
             add_partner(json_span(json_object_get(host, "PidMode")), true, out) |
             add_partner(json_span(json_object_get(host, "IpcMode")), true, out);
    json_array_foreach(json_object_get(host, "Binds"), i, v) rc |= add_bind(v, out);
    json_array_foreach(json_object_get(host, "Mounts"), i,
                       v) if (span_is(json_span(json_object_get(v, "Type")), "volume")) rc |=
        things_add(out, THING_VOLUME, json_span(json_object_get(v, "Source")));
    json_array_foreach(json_object_get(host, "Links"), i, v) rc |=
        add_partner(json_span(v), false, out);
    json_array_foreach(json_object_get(host, "VolumesFrom"), i, v) rc |=
        add_partner(json_span(v), false, out);
    return rc;
}

static int mentions_body(const struct route *route, struct things *out)
{
    json_t *body = route->body, *v;
    const char *name;
    int rc = 0;
    if (route->kind != THING_CONTAINER || strcmp(route->verb, "create") != 0)
        return things_add(out, THING_CONTAINER, json_span(json_object_get(body, "Container")));
    rc |= things_add(out, THING_IMAGE, json_span(json_object_get(body, "Image")));
    rc |= mentions_host(json_object_get(body, "HostConfig"), out);
    json_t *networks =
        json_object_get(json_object_get(body, "NetworkingConfig"), "EndpointsConfig");
    json_object_foreach(networks, name, v) rc |= add_network(span_of(name), out);
    return rc;
}

int route_mentions(const struct route *route, const struct request *r, struct things *out)
{
    int rc = route_changes(route, r, out);
    if (route->name)
        rc |= things_add(out, route->kind, span_of(route->name));
    if (strcmp(route->verb, "commit") == 0)
        rc |= add_query(r->query, "container", THING_CONTAINER, out);
    if (strcmp(route->verb, "get") == 0)
        rc |= add_query(r->query, "names", THING_IMAGE, out);
    return rc | mentions_filters(route, r, out) | mentions_body(route, out);
}
