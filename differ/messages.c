#include "differ/messages.h"

#include <stdlib.h>

#include "differ/join.h"
#include "differ/jsondiff.h"
#include "recorder/base/cleanup.h"

#define GROUPS_MAX 1000 /* beyond that, messages are compared in the order in which they came */

/* The first words of a text, as long as they are nothing but words: "Pull complete". */
static void add_words(struct span text, int words, struct buf *out)
{
    while (text.n && words-- > 0) {
        size_t n = 0;
        while (n < text.n && ((text.p[n] | 0x20) >= 'a' && (text.p[n] | 0x20) <= 'z'))
            n++;
        if (!n || (n < text.n && !strchr(" :.", text.p[n])))
            return;
        (void)buf_addc(out, ' ');
        (void)buf_add(out, text.p, n);
        if (n == text.n || text.p[n] != ' ')
            return;
        text.p += n + 1;
        text.n -= n + 1;
    }
}

void message_label(const json_t *v, struct buf *out)
{
    static const char *const members[] = {"error", "stream", "status", "aux", NULL};
    const char *type = json_string_value(json_object_get(v, "Type"));
    const char *action = json_string_value(json_object_get(v, "Action"));
    if (type && action) {
        struct span rest = span_of(action), head = span_cut(&rest, ':'); /* "exec_create: sh" */
        (void)buf_addf(out, "%.30s %.*s", type, (int)(head.n < 40 ? head.n : 40), head.p);
        return;
    }
    size_t i = 0;
    while (members[i] && !json_object_get(v, members[i]))
        i++;
    (void)buf_adds(out, members[i] ? members[i] : "message");
    /* A status is one of few phrases, with names and numbers behind them. */
    const char *status = json_string_value(json_object_get(v, "status"));
    if (status && strcmp(members[i], "status") == 0)
        add_words(span_of(status), 2, out);
}

static void drop_skipped(struct jsondoc *d, const struct path_pattern *key)
{
    size_t kept = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (json_at(d->v[i], key))
            json_decref(d->v[i]);
        else
            d->v[kept++] = d->v[i];
    }
    d->n = kept;
}

static int join(struct jsondoc *d, const struct path_pattern *key, struct err *e)
{
    char name[64];
    struct span last = key->v[key->n - 1].key;
    if (key->n != 1 || last.n >= sizeof name)
        return 0;
    memcpy(name, last.p, last.n);
    name[last.n] = 0;
    return join_messages(d, name, e);
}

static int prepare(struct scope *s, struct jsondoc *d, struct err *e)
{
    const struct rule *r;
    for (size_t i = 0; (r = ruleset_messages(&s->rules, RULE_SKIP, &i));)
        drop_skipped(d, &r->steps);
    for (size_t i = 0; (r = ruleset_messages(&s->rules, RULE_JOIN, &i));)
        if (join(d, &r->steps, e) < 0)
            return -1;
    return 0;
}

/* group[i]: of message i; messages without the key are a group of their own. */
struct groups {
    size_t *of;
    json_t **key; /* of each group; NULL: those without */
    size_t n;
};

static int make_groups(const struct jsondoc *d, const struct path_pattern *key, struct groups *g)
{
    *g = (struct groups){.of = calloc(d->n + 1, sizeof(size_t)),
                         .key = calloc(d->n + 1, sizeof(json_t *))};
    if (!g->of || !g->key)
        return -1;
    for (size_t i = 0; i < d->n && g->n <= GROUPS_MAX; i++) {
        json_t *v = json_at(d->v[i], key);
        size_t k = 0;
        while (k < g->n && !(v == g->key[k] || (v && g->key[k] && json_equal(v, g->key[k]))))
            k++;
        if (k == g->n)
            g->key[g->n++] = v;
        g->of[i] = k;
    }
    return 0;
}

static void groups_free(struct groups *g)
{
    free(g->of);
    free(g->key);
}

static struct sequence members(const struct jsondoc *d, const struct groups *g, size_t group,
                               json_t **room)
{
    struct sequence out = {room, 0};
    for (size_t i = 0; i < d->n; i++)
        if (g->of[i] == group)
            room[out.n++] = d->v[i];
    return out;
}

/* How sure it is that two groups are of the same thing. */
enum likeness { LIKE_KNOWN, LIKE_EQUAL, LIKE_POSSIBLE, LIKENESSES };

static int same_messages(struct jsondiff *d, struct sequence a, struct sequence b)
{
    size_t mark = symbols_mark(d->s->symbols);
    d->s->trial++;
    int rc = jsondiff_sequence(d, a, b, SEQUENCE_MESSAGES);
    d->s->trial--;
    symbols_undo(d->s->symbols, mark);
    return rc < 0 ? -1 : rc == 0;
}

/* Two recordings, and room for the messages of a group of each. */
struct two {
    const struct jsondoc *a, *b;
    const struct groups *x, *y;
    json_t **room;
};

static int is_like(struct jsondiff *d, const struct two *t, size_t i, size_t j, enum likeness how)
{
    json_t *a = t->x->key[i], *b = t->y->key[j];
    char room_a[JSON_NUMBER_ROOM], room_b[JSON_NUMBER_ROOM];
    if (!a || !b)
        return a == b;
    struct span p = json_text(a, room_a), q = json_text(b, room_b);
    struct span known = symbols_translate(d->s->symbols, p);
    if (how == LIKE_KNOWN)
        return known.p ? span_eq(known, q) : span_eq(p, q);
    size_t mark = symbols_mark(d->s->symbols);
    int rc = symbols_compare(d->s->symbols, p, q, NULL) == SAME;
    symbols_undo(d->s->symbols, mark);
    if (!rc || how == LIKE_POSSIBLE)
        return rc;
    return same_messages(d, members(t->a, t->x, i, t->room),
                         members(t->b, t->y, j, t->room + t->a->n));
}

/* Pairs the groups: mate[i] is that of a's group i, or SIZE_MAX. The surest first; what is paired
 * is bound, so that no other group can be the same thing. */
static int pair_groups(struct jsondiff *d, const struct two *t, size_t *mate, unsigned char *used)
{
    for (size_t i = 0; i < t->x->n; i++)
        mate[i] = SIZE_MAX;
    for (int how = 0; how < LIKENESSES; how++)
        for (size_t i = 0; i < t->x->n; i++)
            for (size_t j = 0; j < t->y->n && mate[i] == SIZE_MAX; j++) {
                int rc = used[j] ? 0 : is_like(d, t, i, j, (enum likeness)how);
                if (rc < 0)
                    return -1;
                if (!rc)
                    continue;
                char x[JSON_NUMBER_ROOM], y[JSON_NUMBER_ROOM];
                mate[i] = j;
                used[j] = 1;
                if (t->x->key[i])
                    symbols_compare(d->s->symbols, json_text(t->x->key[i], x),
                                    json_text(t->y->key[j], y), NULL);
            }
    return 0;
}

static int compare_groups(struct jsondiff *d, const struct jsondoc *a, const struct jsondoc *b,
                          const struct groups *x, const struct groups *y)
{
    CLEANUP_FREE size_t *mate = calloc(x->n + 1, sizeof *mate);
    CLEANUP_FREE unsigned char *used = calloc(y->n + 1, 1);
    CLEANUP_FREE json_t **room = calloc(a->n + b->n + 1, sizeof(json_t *));
    if (!mate || !used || !room)
        return err_sys(d->e, "messages");
    struct two two = {a, b, x, y, room};
    int rc = pair_groups(d, &two, mate, used);
    for (size_t i = 0; i < x->n && !rc; i++) {
        struct sequence p = members(a, x, i, room), q = {room + a->n, 0};
        if (mate[i] != SIZE_MAX)
            q = members(b, y, mate[i], room + a->n);
        rc = jsondiff_sequence(d, p, q, SEQUENCE_MESSAGES);
    }
    for (size_t j = 0; j < y->n && !rc; j++)
        if (!used[j])
            rc = jsondiff_sequence(d, (struct sequence){room, 0}, members(b, y, j, room + a->n),
                                   SEQUENCE_MESSAGES);
    return rc;
}

static int compare(struct jsondiff *d, struct jsondoc *a, struct jsondoc *b)
{
    size_t i = 0;
    const struct rule *r = ruleset_messages(&d->s->rules, RULE_GROUP_BY, &i);
    struct sequence p = {a->v, a->n}, q = {b->v, b->n};
    if (!r)
        return jsondiff_sequence(d, p, q, SEQUENCE_MESSAGES);
    struct groups x, y = {0};
    int rc = make_groups(a, &r->steps, &x) < 0 || make_groups(b, &r->steps, &y) < 0
                 ? err_sys(d->e, "messages")
                 : 0;
    if (rc == 0)
        rc = x.n > GROUPS_MAX || y.n > GROUPS_MAX ? jsondiff_sequence(d, p, q, SEQUENCE_MESSAGES)
                                                  : compare_groups(d, a, b, &x, &y);
    groups_free(&x);
    groups_free(&y);
    return rc;
}

int messages_compare(struct scope *s, struct jsondoc *a, struct jsondoc *b, struct err *e)
{
    if (prepare(s, a, e) < 0 || prepare(s, b, e) < 0)
        return -1;
    /* The client went away: what the candidate said until then is as much as chance had it. */
    while (s->b_end == ENDED_BY_CLIENT && b->n > a->n)
        json_decref(b->v[--b->n]);
    CLEANUP(place_free) struct place at = {.area = AREA_BODY};
    struct jsondiff d = {s, &at, e};
    return compare(&d, a, b) < 0 ? -1 : 0;
}
