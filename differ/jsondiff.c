#include "differ/jsondiff.h"

#include <stdio.h>
#include <stdlib.h>

#include "differ/messages.h"
#include "differ/value.h"
#include "recorder/base/cleanup.h"

#define PAIRINGS_MAX 4096 /* made-up keys of one object that are tried against each other */

static struct span shown(const json_t *v, struct buf *room)
{
    json_show(v, room);
    return (struct span){buf_str(room), room->n};
}

static int tell(struct jsondiff *d, enum finding_kind kind, const char *detail, const json_t *a,
                const json_t *b)
{
    if (d->s->trial)
        return 1;
    CLEANUP(buf_free) struct buf x = BUF_INIT(FINDING_TEXT_MAX);
    CLEANUP(buf_free) struct buf y = BUF_INIT(FINDING_TEXT_MAX);
    return scope_tell(d->s, kind, d->at, detail, a ? shown(a, &x) : NOTHING,
                      b ? shown(b, &y) : NOTHING, d->e);
}

static int push_failed(struct jsondiff *d)
{
    return err_sys(d->e, "a path");
}

static const char *type_name(const json_t *v)
{
    return jsontype_name(jsontype_of(v));
}

int jsondiff_trial(struct jsondiff *d, json_t *a, json_t *b)
{
    size_t mark = symbols_mark(d->s->symbols);
    d->s->trial++;
    int rc = jsondiff_value(d, a, b);
    d->s->trial--;
    symbols_undo(d->s->symbols, mark);
    return rc < 0 ? -1 : rc == 0;
}

int jsondiff_element(struct jsondiff *d, size_t index, json_t *a, json_t *b)
{
    if (place_push_index(d->at, index) < 0)
        return push_failed(d);
    int rc = jsondiff_value(d, a, b);
    place_pop(d->at);
    return rc;
}

/* Two messages that are missing are two findings where they are about different things. */
static void describe(enum finding_kind kind, const json_t *v, char *out, size_t room)
{
    struct buf label = BUF_INIT(256);
    if (kind == KIND_MESSAGE_MISSING || kind == KIND_MESSAGE_EXTRA)
        message_label(v, &label);
    snprintf(out, room, "%s", label.n ? buf_str(&label) : type_name(v));
    buf_free(&label);
}

int jsondiff_left_over(struct jsondiff *d, json_t *v, size_t index, enum finding_kind kind)
{
    if (d->s->trial)
        return 1;
    if (place_push_index(d->at, index) < 0)
        return push_failed(d);
    const struct rule *r = ruleset_value(&d->s->rules, d->at);
    bool missing = kind == KIND_ELEMENT_MISSING || kind == KIND_MESSAGE_MISSING;
    int rc = 0;
    char detail[64];
    describe(kind, v, detail, sizeof detail);
    if (!r || r->op != RULE_IGNORE)
        rc = tell(d, kind, detail, missing ? v : NULL, missing ? NULL : v);
    place_pop(d->at);
    return rc;
}

/* A member; a NULL value: that side has none of that name. */
static int member(struct jsondiff *d, const char *key, bool made_up, bool data, json_t *a,
                  json_t *b)
{
    if (place_push_key(d->at, span_of(key)) < 0)
        return push_failed(d);
    d->at->v[d->at->n - 1].made_up = made_up;
    d->at->v[d->at->n - 1].data = data;
    const struct rule *r = a && b ? NULL : ruleset_value(&d->s->rules, d->at);
    int rc = 0;
    if (a && b)
        rc = jsondiff_value(d, a, b);
    else if (!r || r->op != RULE_IGNORE)
        rc = tell(d, a ? KIND_MISSING : KIND_EXTRA, type_name(a ? a : b), a, b);
    place_pop(d->at);
    return rc;
}

/* Keys that are IDs: they are paired by what they stand for, not by what they are. */
struct made_up_keys {
    const char **v;
    size_t n;
};

static int collect(struct jsondiff *d, json_t *object, struct made_up_keys *keys)
{
    const char *key;
    json_t *v;
    *keys = (struct made_up_keys){NULL, 0};
    json_object_foreach(object, key, v) keys->n += symbols_made_up(span_of(key));
    keys->v = calloc(keys->n + 1, sizeof *keys->v);
    if (!keys->v)
        return err_sys(d->e, "keys");
    size_t i = 0;
    json_object_foreach(object, key, v) if (symbols_made_up(span_of(key))) keys->v[i++] = key;
    return 0;
}

/* The first of `keys` that may stand for `key`: by symbols as they are bound, or, where `trial`, by
 * an equal value. */
static int find_mate(struct jsondiff *d, json_t *a, const char *key, json_t *b,
                     struct made_up_keys *keys, bool trial, size_t *found)
{
    struct span known = symbols_translate(d->s->symbols, span_of(key));
    *found = keys->n;
    for (size_t i = 0; i < keys->n; i++) {
        if (!keys->v[i])
            continue;
        int rc = known.p && span_is(known, keys->v[i]);
        if (trial && !rc) {
            size_t mark = symbols_mark(d->s->symbols);
            enum sameness r =
                symbols_compare(d->s->symbols, span_of(key), span_of(keys->v[i]), NULL);
            rc = r == SAME
                     ? jsondiff_trial(d, json_object_get(a, key), json_object_get(b, keys->v[i]))
                     : 0;
            symbols_undo(d->s->symbols, mark);
        }
        if (rc < 0)
            return -1;
        if (rc) {
            *found = i;
            return 0;
        }
    }
    return 0;
}

static int pair_keys(struct jsondiff *d, json_t *a, json_t *b, const char *x, const char *y)
{
    int rc = 0;
    enum sameness r = symbols_compare(d->s->symbols, span_of(x), span_of(y), NULL);
    if (r == CONFLICT)
        rc = scope_tell_conflict(d->s, d->at, d->e);
    return rc ? rc : member(d, x, true, false, json_object_get(a, x), json_object_get(b, y));
}

static int made_up_members(struct jsondiff *d, json_t *a, json_t *b, struct made_up_keys *x,
                           struct made_up_keys *y)
{
    bool try = x->n * y->n <= PAIRINGS_MAX;
    for (int pass = 0; pass < (try ? 2 : 1); pass++)
        for (size_t i = 0, found; i < x->n; i++) {
            if (!x->v[i])
                continue;
            if (find_mate(d, a, x->v[i], b, y, pass == 1, &found) < 0)
                return -1;
            if (found == y->n)
                continue;
            int rc = pair_keys(d, a, b, x->v[i], y->v[found]);
            if (rc)
                return rc;
            x->v[i] = y->v[found] = NULL;
        }
    /* What nothing tells apart is paired as it stands, unless it stands for something else. */
    for (size_t i = 0, j = 0; i < x->n; i++) {
        if (!x->v[i])
            continue;
        while (j < y->n && !y->v[j])
            j++;
        size_t mark = symbols_mark(d->s->symbols);
        bool pairs = j < y->n && symbols_compare(d->s->symbols, span_of(x->v[i]), span_of(y->v[j]),
                                                 NULL) == SAME;
        symbols_undo(d->s->symbols, mark);
        int rc = pairs ? pair_keys(d, a, b, x->v[i], y->v[j])
                       : member(d, x->v[i], true, false, json_object_get(a, x->v[i]), NULL);
        if (rc)
            return rc;
        if (pairs)
            y->v[j] = NULL;
    }
    for (size_t j = 0; j < y->n; j++) {
        int rc = y->v[j] ? member(d, y->v[j], true, false, NULL, json_object_get(b, y->v[j])) : 0;
        if (rc)
            return rc;
    }
    return 0;
}

static int objects(struct jsondiff *d, json_t *a, json_t *b)
{
    const char *key;
    json_t *v;
    bool data = ruleset_is_map(&d->s->rules, d->at);
    bool made_up = false;
    json_object_foreach(a, key, v)
    {
        if (symbols_made_up(span_of(key))) {
            made_up = true;
            continue;
        }
        int rc = member(d, key, false, data, v, json_object_get(b, key));
        if (rc)
            return rc;
    }
    json_object_foreach(b, key, v)
    {
        if (symbols_made_up(span_of(key))) {
            made_up = true;
            continue;
        }
        int rc = json_object_get(a, key) ? 0 : member(d, key, false, data, NULL, v);
        if (rc)
            return rc;
    }
    if (!made_up)
        return 0;
    struct made_up_keys x, y = {NULL, 0};
    int rc = collect(d, a, &x) < 0 || collect(d, b, &y) < 0 ? -1 : made_up_members(d, a, b, &x, &y);
    free(x.v);
    free(y.v);
    return rc;
}

static int lists(struct jsondiff *d, json_t *a, json_t *b)
{
    struct sequence x = {NULL, json_array_size(a)}, y = {NULL, json_array_size(b)};
    x.v = calloc(x.n + y.n + 1, sizeof(json_t *));
    if (!x.v)
        return err_sys(d->e, "a list");
    y.v = x.v + x.n;
    for (size_t i = 0; i < x.n; i++)
        x.v[i] = json_array_get(a, i);
    for (size_t i = 0; i < y.n; i++)
        y.v[i] = json_array_get(b, i);
    const struct rule *r = ruleset_list(&d->s->rules, d->at);
    int rc;
    if (r && r->op == RULE_SORTED_BY)
        rc = jsondiff_sorted(d, x, y, &r->steps);
    else if (r && r->op != RULE_ORDERED)
        rc = jsondiff_set(d, x, y, r->op == RULE_UNORDERED_BY ? &r->steps : NULL);
    else
        rc = jsondiff_sequence(d, x, y, SEQUENCE_LIST);
    free(x.v);
    return rc;
}

static int scalars(struct jsondiff *d, const struct rule *r, enum jsontype t, json_t *a, json_t *b)
{
    char x[JSON_NUMBER_ROOM], y[JSON_NUMBER_ROOM];
    if (t == JT_TEXT || t == JT_NUMBER)
        return value_compare(d->s, d->at, r, json_text(a, x), json_text(b, y), t == JT_NUMBER,
                             d->e);
    scope_count(d->s);
    if (t == JT_BOOLEAN && json_is_true(a) != json_is_true(b))
        return tell(d, KIND_VALUE, "boolean", a, b);
    return 0;
}

int jsondiff_value(struct jsondiff *d, json_t *a, json_t *b)
{
    if (d->s->trial && d->s->trials_left-- == 0) {
        d->s->trials_left = 0;
        return 1;
    }
    const struct rule *r = ruleset_value(&d->s->rules, d->at);
    if (r && r->op == RULE_IGNORE)
        return 0;
    enum jsontype t = jsontype_of(a), u = jsontype_of(b);
    if (t != u) {
        char detail[40];
        snprintf(detail, sizeof detail, "%s -> %s", jsontype_name(t), jsontype_name(u));
        scope_count(d->s);
        return tell(d, KIND_TYPE, detail, a, b);
    }
    if (t == JT_OBJECT)
        return objects(d, a, b);
    if (t == JT_LIST)
        return lists(d, a, b);
    return scalars(d, r, t, a, b);
}

json_t *json_at(json_t *v, const struct path_pattern *key)
{
    for (size_t i = 0; i < key->n && v; i++) {
        const struct step_pattern *s = &key->v[i];
        char name[256];
        if (s->kind == STEP_INDEX) {
            v = json_array_get(v, s->index);
        } else if (s->key.n < sizeof name) {
            memcpy(name, s->key.p, s->key.n);
            name[s->key.n] = 0;
            v = json_object_get(v, name);
        } else {
            v = NULL;
        }
    }
    return v;
}
