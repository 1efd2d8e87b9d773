#include "suites/replay/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/base/cleanup.h"
#include "suites/ask.h"
#include "suites/replay/made.h"
#include "suites/replay/token.h"

void ledger_free(struct ledger *l)
{
    things_free(&l->before);
    things_free(&l->moved);
    for (size_t i = 0; i < l->refs_n; i++) {
        free(l->refs[i].ref);
        free(l->refs[i].id);
    }
    for (size_t i = 0; i < l->made_n; i++) {
        free(l->made[i].id);
        free(l->made[i].name);
    }
    free(l->refs);
    free(l->made);
    memset(l, 0, sizeof *l);
}

int ledger_call(const struct ledger *l, const char *method, const char *target, struct buf *body,
                struct err *e)
{
    const struct question q = {.method = method, .target = target, .deadline_ns = l->deadline_ns};
    return ask(l->url, &q, body, e);
}

/* --- what was there before --- */

static int add_ref(struct ledger *l, struct span ref, struct span id)
{
    if (l->refs_n == l->refs_cap) {
        size_t cap = l->refs_cap ? 2 * l->refs_cap : 16;
        struct ledger_ref *v = realloc(l->refs, cap * sizeof *v);
        if (!v)
            return -1;
        l->refs = v;
        l->refs_cap = cap;
    }
    struct ledger_ref r = {strndup(ref.n ? ref.p : "", ref.n), strndup(id.n ? id.p : "", id.n)};
    l->refs[l->refs_n++] = r;
    return r.ref && r.id ? 0 : -1;
}

static int add_before(struct ledger *l, enum thing_kind kind, const json_t *thing)
{
    struct span id = json_span(json_object_get(thing, "Id"));
    const json_t *tags = json_object_get(thing, "RepoTags");
    int rc = things_add(&l->before, kind, id) |
             things_add(&l->before, kind, json_span(json_object_get(thing, "Name")));
    for (size_t i = 0; i < json_array_size(tags); i++) {
        struct span ref = json_span(json_array_get(tags, i));
        rc |= things_add(&l->before, kind, ref) | add_ref(l, ref, id);
    }
    return rc;
}

static const char *list_target(enum thing_kind kind)
{
    switch (kind) {
    case THING_CONTAINER:
        return "/containers/json?all=1";
    case THING_NETWORK:
        return "/networks";
    case THING_VOLUME:
        return "/volumes";
    case THING_IMAGE:
        return "/images/json?all=1";
    default:
        return NULL;
    }
}

static int list(struct ledger *l, enum thing_kind kind)
{
    CLEANUP(buf_free) struct buf body = BUF_INIT(LEDGER_BODY_MAX);
    CLEANUP(documents_free) struct documents d = {0};
    struct err ignored;
    if (ledger_call(l, "GET", list_target(kind), &body, &ignored) != 200)
        return 0;
    if (documents_read(&d, (struct span){body.p, body.n}) < 0)
        return -1;
    const json_t *all = d.n ? d.v[0] : NULL;
    if (kind == THING_VOLUME)
        all = json_object_get(all, "Volumes");
    int rc = 0;
    for (size_t i = 0; i < json_array_size(all) && rc == 0; i++)
        rc = add_before(l, kind, json_array_get(all, i));
    return rc;
}

static int kinds_made(const struct conversation *c, bool *kinds, struct err *e)
{
    for (size_t i = 0; i < c->exchanges_n; i++) {
        CLEANUP(request_free) struct request r = {0};
        CLEANUP(route_free) struct route route = {0};
        if (request_load(c, &c->exchanges[i], &r, e) < 0)
            return -1;
        if (route_parse(&r, &route) < 0)
            return err_sys(e, "clean-up");
        if (route.act != ACT_CREATE)
            continue;
        kinds[route.kind] = true;
        if (route.kind == THING_CONTAINER) /* may bring volumes with it */
            kinds[THING_VOLUME] = true;
    }
    return 0;
}

int ledger_open(struct ledger *l, const struct conversation *c, struct err *e)
{
    bool kinds[THING_OTHER + 1] = {false};
    if (kinds_made(c, kinds, e) < 0)
        return -1;
    for (enum thing_kind k = THING_CONTAINER; k <= THING_IMAGE; k++)
        if (kinds[k] && list(l, k) < 0)
            return err_sys(e, "clean-up");
    return 0;
}

static bool was_before(const struct ledger *l, enum thing_kind kind, struct span name)
{
    return things_find(&l->before, kind, name) < l->before.n;
}

/* --- what the replay makes --- */

static int enter(struct ledger *l, enum thing_kind kind, struct span id, struct span name)
{
    for (size_t i = 0; i < l->made_n; i++)
        if (l->made[i].kind == kind && span_is(id, l->made[i].id)) {
            l->made[i].gone = false;
            return 0;
        }
    if (was_before(l, kind, id)) /* may be another image's now */
        return kind == THING_IMAGE ? things_add(&l->moved, kind, id) : 0;
    if (l->made_n == l->made_cap) {
        size_t cap = l->made_cap ? 2 * l->made_cap : 16;
        struct ledger_entry *v = realloc(l->made, cap * sizeof *v);
        if (!v)
            return -1;
        l->made = v;
        l->made_cap = cap;
    }
    struct ledger_entry m = {.kind = kind, .id = strndup(id.n ? id.p : "", id.n)};
    m.name = name.n ? strndup(name.p, name.n) : NULL;
    l->made[l->made_n++] = m;
    return m.id && (m.name || !name.n) ? 0 : -1;
}

static bool is_anonymous_volume(const json_t *mount)
{
    struct span type = json_span(json_object_get(mount, "Type"));
    struct span name = json_span(json_object_get(mount, "Name"));
    return span_is(type, "volume") && token_is_hex(name, ID_HEX);
}

static int look_at_volumes(struct ledger *l, const char *container)
{
    CLEANUP(buf_free) struct buf target = BUF_INIT(4096);
    CLEANUP(buf_free) struct buf body = BUF_INIT(LEDGER_BODY_MAX);
    CLEANUP(documents_free) struct documents d = {0};
    struct err ignored;
    if (buf_adds(&target, "/containers/") < 0 || target_encode(&target, container) < 0 ||
        buf_adds(&target, "/json") < 0 ||
        ledger_call(l, "GET", buf_str(&target), &body, &ignored) != 200)
        return 0;
    if (documents_read(&d, (struct span){body.p, body.n}) < 0)
        return -1;
    const json_t *mounts = d.n ? json_object_get(d.v[0], "Mounts") : NULL;
    int rc = 0;
    for (size_t i = 0; i < json_array_size(mounts) && rc == 0; i++) {
        const json_t *m = json_array_get(mounts, i);
        if (is_anonymous_volume(m))
            rc = enter(l, THING_VOLUME, json_span(json_object_get(m, "Name")), SPAN_LIT(""));
    }
    return rc;
}

static bool keeps_volumes(const struct request *r)
{
    CLEANUP(buf_free) struct buf v = BUF_INIT(64);
    return !query_get(r->query, "v", &v) || span_is((struct span){v.p, v.n}, "0") ||
           span_is((struct span){v.p, v.n}, "false");
}

static int container_volumes(const struct route *route, const struct request *r, struct things *out)
{
    CLEANUP(things_free) struct things all = {0};
    int rc = route_mentions(route, r, &all);
    for (size_t i = 0; i < all.n && rc == 0; i++)
        if (all.v[i].kind == THING_VOLUME)
            rc = things_add(out, THING_VOLUME, span_of(all.v[i].name));
    return rc;
}

int ledger_before(struct ledger *l, const struct request *r, struct ledger_note *out)
{
    struct route *route = &out->route;
    memset(out, 0, sizeof *out);
    if (route_parse(r, route) < 0)
        return -1;
    out->worth = route->act == ACT_CREATE || route->act == ACT_DELETE;
    if (!out->worth)
        return 0;
    if (route_changes(route, r, &out->changes) < 0)
        return -1;
    if (route->kind != THING_CONTAINER)
        return 0;
    if (route->act == ACT_CREATE)
        return container_volumes(route, r, &out->volumes);
    return route->name && keeps_volumes(r) ? look_at_volumes(l, route->name) : 0;
}

void ledger_note_free(struct ledger_note *n)
{
    route_free(&n->route);
    things_free(&n->changes);
    things_free(&n->volumes);
    memset(n, 0, sizeof *n);
}

static int cross_out(struct ledger *l, const struct things *gone)
{
    int rc = 0;
    for (size_t i = 0; i < l->made_n; i++) {
        struct ledger_entry *m = &l->made[i];
        if (things_find(gone, m->kind, span_of(m->id)) < gone->n ||
            (m->name && things_find(gone, m->kind, span_of(m->name)) < gone->n))
            m->gone = true;
    }
    for (size_t i = 0; i < gone->n; i++) /* a reference that others expect here */
        if (gone->v[i].kind == THING_IMAGE && was_before(l, THING_IMAGE, span_of(gone->v[i].name)))
            rc |= things_add(&l->moved, THING_IMAGE, span_of(gone->v[i].name));
    return rc;
}

int ledger_after(struct ledger *l, const struct ledger_note *note, int status,
                 const struct documents *answer)
{
    CLEANUP(things_free) struct things made = {0};
    const struct things *said = &note->changes;
    int rc = 0;
    if (!note->worth || status < 200 || status >= 300)
        return 0;
    if (note->route.act == ACT_DELETE)
        return cross_out(l, said);
    if (made_things(&note->route, answer, &made) < 0)
        return -1;
    struct span name = said->n ? span_of(said->v[0].name) : SPAN_LIT("");
    bool refs = note->route.kind == THING_IMAGE; /* each is removed by itself */
    for (size_t i = 0; i < said->n && refs; i++)
        rc |= enter(l, THING_IMAGE, span_of(said->v[i].name), SPAN_LIT(""));
    for (size_t i = 0; i < made.n; i++)
        rc |= enter(l, made.v[i].kind, span_of(made.v[i].name), refs ? SPAN_LIT("") : name);
    for (size_t i = 0; i < note->volumes.n; i++)
        rc |= enter(l, THING_VOLUME, span_of(note->volumes.v[i].name), SPAN_LIT(""));
    return rc;
}
