/* Lists and streams of messages: which element of one side is which of the other. */
#include <stdint.h>
#include <stdlib.h>

#include "differ/jsondiff.h"
#include "recorder/base/cleanup.h"

#define CELLS_MAX ((size_t)1 << 18) /* of the table that alignment fills; beyond it: one by one */
#define SET_MAX ((size_t)1 << 22)   /* comparisons on trial in one unordered list */

/* Runs of both sequences that have to be told apart; indices are those of the whole. */
struct range {
    struct sequence a, b;
    size_t from_a, from_b;
};

static enum finding_kind kind_missing(enum sequence_kind kind)
{
    return kind == SEQUENCE_LIST ? KIND_ELEMENT_MISSING : KIND_MESSAGE_MISSING;
}

static enum finding_kind kind_extra(enum sequence_kind kind)
{
    return kind == SEQUENCE_LIST ? KIND_ELEMENT_EXTRA : KIND_MESSAGE_EXTRA;
}

/* On trial at the place of an element: rules for elements must apply. */
static int trial_at(struct jsondiff *d, size_t index, json_t *a, json_t *b)
{
    if (place_push_index(d->at, index) < 0)
        return err_sys(d->e, "a path");
    int rc = jsondiff_trial(d, a, b);
    place_pop(d->at);
    return rc;
}

/* Elements that stand for each other in pairs; then those that are left on one side. */
static int one_by_one(struct jsondiff *d, const struct range *r, size_t pairs,
                      enum sequence_kind kind)
{
    int rc = 0;
    for (size_t i = 0; i < pairs && !rc; i++)
        rc = jsondiff_element(d, r->from_a + i, r->a.v[i], r->b.v[i]);
    for (size_t i = pairs; i < r->a.n && !rc; i++)
        rc = jsondiff_left_over(d, r->a.v[i], r->from_a + i, kind_missing(kind));
    for (size_t i = pairs; i < r->b.n && !rc; i++)
        rc = jsondiff_left_over(d, r->b.v[i], r->from_b + i, kind_extra(kind));
    return rc;
}

static bool is_nested(const json_t *v)
{
    return json_is_object(v) || json_is_array(v);
}

/* Between two runs that agree. Equal numbers: other values at the same places. Else objects are
 * still compared as far as they go; of scalars only their coming and going means something. */
static int gap(struct jsondiff *d, const struct range *r, enum sequence_kind kind)
{
    size_t pairs = r->a.n < r->b.n ? r->a.n : r->b.n;
    bool compare = r->a.n == r->b.n ||
                   (pairs && kind == SEQUENCE_LIST && is_nested(r->a.v[0]) && is_nested(r->b.v[0]));
    return one_by_one(d, r, compare ? pairs : 0, kind);
}

/* Members that name an object: two elements with the same one are the same thing, whatever else
 * differs. The first that both have counts. */
static const char *const names[] = {"Id", "ID", "Name", "Destination", "Path", NULL};

static bool same_thing(const struct symbols *symbols, json_t *a, json_t *b)
{
    for (size_t i = 0; names[i]; i++) {
        json_t *x = json_object_get(a, names[i]), *y = json_object_get(b, names[i]);
        if (!json_is_string(x) || !json_is_string(y))
            continue;
        CLEANUP(buf_free) struct buf renamed = BUF_INIT(4096);
        struct span s = {json_string_value(x), json_string_length(x)};
        struct span t = {json_string_value(y), json_string_length(y)};
        return symbols_rename(symbols, s, &renamed) == 0 &&
               span_eq((struct span){buf_str(&renamed), renamed.n}, t);
    }
    return false;
}

enum likeness { NOT_ALIKE, SAME_THING, EQUAL };

/* alike[i * m + j]: are a[i] and b[j] equal, or the same thing with other values? */
static unsigned char *alike_table(struct jsondiff *d, const struct range *r)
{
    unsigned char *alike = malloc(r->a.n * r->b.n + 1);
    if (!alike) {
        err_sys(d->e, "a list");
        return NULL;
    }
    for (size_t i = 0; i < r->a.n; i++)
        for (size_t j = 0; j < r->b.n; j++) {
            int rc = trial_at(d, r->from_a + i, r->a.v[i], r->b.v[j]);
            if (rc < 0) {
                free(alike);
                return NULL;
            }
            bool thing = !rc && same_thing(d->s->symbols, r->a.v[i], r->b.v[j]);
            alike[i * r->b.n + j] = rc ? EQUAL : thing ? SAME_THING : NOT_ALIKE;
        }
    return alike;
}

/* An element is equal to at most one other, or the same thing as it: where it is equal to one, that
 * is what it is. */
static void settle(const struct range *r, unsigned char *alike)
{
    for (size_t i = 0; i < r->a.n; i++) {
        bool equal = false;
        for (size_t j = 0; j < r->b.n; j++)
            equal |= alike[i * r->b.n + j] == EQUAL;
        for (size_t j = 0; equal && j < r->b.n; j++)
            if (alike[i * r->b.n + j] == SAME_THING)
                alike[i * r->b.n + j] = NOT_ALIKE;
    }
}

/* mate[i]: the index in b of what a[i] is, each at most once. Are they all of both, in another
 * order? */
static bool permutation(const struct range *r, const unsigned char *same, size_t *mate)
{
    size_t n = r->a.n, found = 0, moved = 0;
    if (n != r->b.n)
        return false;
    CLEANUP_FREE unsigned char *used = calloc(n + 1, 1);
    if (!used)
        return false; /* the order is told as differences then; no harm */
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (same[i * n + j] && !used[j]) {
                mate[i] = j;
                used[j] = 1;
                found++;
                moved += i != j;
                break;
            }
    return found == n && moved;
}

static int other_order(struct jsondiff *d, const struct range *r, const size_t *mate)
{
    CLEANUP(buf_free) struct buf x = BUF_INIT(FINDING_TEXT_MAX);
    CLEANUP(buf_free) struct buf y = BUF_INIT(FINDING_TEXT_MAX);
    for (size_t i = 0; i < r->a.n; i++) {
        if (i) {
            (void)buf_adds(&x, ", "); /* full: shown as far as it fits */
            (void)buf_adds(&y, ", ");
        }
        json_show(r->a.v[i], &x);
        json_show(r->b.v[i], &y);
    }
    int rc = scope_tell(d->s, KIND_ORDER, d->at, "list", (struct span){buf_str(&x), x.n},
                        (struct span){buf_str(&y), y.n}, d->e);
    for (size_t i = 0; i < r->a.n && !rc; i++)
        rc = jsondiff_element(d, r->from_a + i, r->a.v[i], r->b.v[mate[i]]);
    return rc;
}

/* The longest common subsequence, and what lies between its elements. */
static int align(struct jsondiff *d, const struct range *r, const unsigned char *same,
                 enum sequence_kind kind)
{
    size_t n = r->a.n, m = r->b.n, w = m + 1;
    CLEANUP_FREE uint32_t *len = calloc((n + 1) * w, sizeof *len);
    if (!len)
        return err_sys(d->e, "a list");
    for (size_t i = n; i-- > 0;)
        for (size_t j = m; j-- > 0;) {
            uint32_t down = len[(i + 1) * w + j], right = len[i * w + j + 1];
            len[i * w + j] =
                same[i * m + j] ? len[(i + 1) * w + j + 1] + 1 : (down > right ? down : right);
        }
    size_t i = 0, j = 0, gap_i = 0, gap_j = 0;
    for (;;) {
        bool end = i == n || j == m, meet = !end && same[i * m + j];
        if (end || meet) {
            size_t to_i = end ? n : i, to_j = end ? m : j;
            struct range g = {{r->a.v + gap_i, to_i - gap_i},
                              {r->b.v + gap_j, to_j - gap_j},
                              r->from_a + gap_i,
                              r->from_b + gap_j};
            int rc = gap(d, &g, kind);
            if (!rc && meet)
                rc = jsondiff_element(d, r->from_a + i, r->a.v[i], r->b.v[j]);
            if (rc || end)
                return rc;
            gap_i = ++i;
            gap_j = ++j;
        } else if (len[(i + 1) * w + j] >= len[i * w + j + 1]) {
            i++;
        } else {
            j++;
        }
    }
}

static int middle(struct jsondiff *d, const struct range *r, enum sequence_kind kind)
{
    if (!r->a.n || !r->b.n || r->a.n > CELLS_MAX / r->b.n)
        return gap(d, r, kind);
    CLEANUP_FREE unsigned char *same = alike_table(d, r);
    CLEANUP_FREE size_t *mate = calloc(r->a.n + 1, sizeof *mate);
    if (!same || !mate)
        return same ? err_sys(d->e, "a list") : -1;
    settle(r, same);
    if (r->a.n > 1 && permutation(r, same, mate))
        return other_order(d, r, mate);
    return align(d, r, same, kind);
}

int jsondiff_sequence(struct jsondiff *d, struct sequence a, struct sequence b,
                      enum sequence_kind kind)
{
    struct range r = {a, b, 0, 0};
    if (d->s->trial)
        return a.n == b.n ? one_by_one(d, &r, a.n, kind) : 1;
    while (r.a.n && r.b.n) {
        int rc = trial_at(d, r.from_a, r.a.v[0], r.b.v[0]);
        if (rc > 0)
            rc = jsondiff_element(d, r.from_a, r.a.v[0], r.b.v[0]) ? -1 : 1;
        if (rc < 0)
            return -1;
        if (!rc)
            break;
        r = (struct range){
            {r.a.v + 1, r.a.n - 1}, {r.b.v + 1, r.b.n - 1}, r.from_a + 1, r.from_b + 1};
    }
    size_t tail = 0;
    while (tail < r.a.n && tail < r.b.n) {
        int rc = trial_at(d, r.from_a + r.a.n - 1 - tail, r.a.v[r.a.n - 1 - tail],
                          r.b.v[r.b.n - 1 - tail]);
        if (rc < 0)
            return -1;
        if (!rc)
            break;
        tail++;
    }
    r.a.n -= tail;
    r.b.n -= tail;
    int rc = r.a.n || r.b.n ? middle(d, &r, kind) : 0;
    if (!tail)
        return rc;
    struct range rest = {
        {r.a.v + r.a.n, tail}, {r.b.v + r.b.n, tail}, r.from_a + r.a.n, r.from_b + r.b.n};
    return rc ? rc : one_by_one(d, &rest, tail, kind);
}

/* Do only elements change places of which one side says the same key? */
static bool only_ties_move(const struct range *r, const size_t *mate,
                           const struct path_pattern *key)
{
    for (size_t i = 0; i < r->a.n; i++)
        for (size_t k = i + 1; k < r->a.n; k++) {
            json_t *a = json_at(r->a.v[i], key), *b = json_at(r->b.v[mate[i]], key);
            if (mate[i] > mate[k] && !(a && json_equal(a, json_at(r->a.v[k], key))) &&
                !(b && json_equal(b, json_at(r->b.v[mate[k]], key))))
                return false;
        }
    return true;
}

int jsondiff_sorted(struct jsondiff *d, struct sequence a, struct sequence b,
                    const struct path_pattern *key)
{
    struct range r = {a, b, 0, 0};
    if (d->s->trial || a.n != b.n || !a.n || a.n > CELLS_MAX / b.n)
        return jsondiff_sequence(d, a, b, SEQUENCE_LIST);
    CLEANUP_FREE unsigned char *same = alike_table(d, &r);
    CLEANUP_FREE size_t *mate = calloc(a.n, sizeof *mate);
    CLEANUP_FREE json_t **moved = calloc(a.n, sizeof(json_t *));
    if (!same || !mate || !moved)
        return same ? err_sys(d->e, "a list") : -1;
    settle(&r, same);
    if (permutation(&r, same, mate) && only_ties_move(&r, mate, key)) {
        for (size_t i = 0; i < a.n; i++)
            moved[i] = b.v[mate[i]];
        b.v = moved;
    }
    return jsondiff_sequence(d, a, b, SEQUENCE_LIST);
}

/* Is b[j] what a[i] is? By the key where there is one on both sides, else by the whole value. */
static int is_mate(struct jsondiff *d, json_t *a, json_t *b, size_t i,
                   const struct path_pattern *key)
{
    json_t *x = key ? json_at(a, key) : NULL, *y = key ? json_at(b, key) : NULL;
    if (!key || !x || !y)
        return trial_at(d, i, a, b);
    if (place_push_index(d->at, i) < 0)
        return err_sys(d->e, "a path");
    size_t depth = d->at->n;
    int rc = 0;
    for (size_t k = 0; k < key->n && !rc; k++)
        rc = key->v[k].kind == STEP_INDEX ? place_push_index(d->at, key->v[k].index)
                                          : place_push_key(d->at, key->v[k].key);
    rc = rc ? err_sys(d->e, "a path") : jsondiff_trial(d, x, y);
    d->at->n = depth;
    place_pop(d->at);
    return rc;
}

static int pair_up(struct jsondiff *d, struct sequence a, struct sequence b,
                   const struct path_pattern *key, unsigned char *used, unsigned char *paired)
{
    for (size_t i = 0; i < a.n; i++) {
        for (size_t j = 0; j < b.n && !paired[i]; j++) {
            int rc = used[j] ? 0 : is_mate(d, a.v[i], b.v[j], i, key);
            if (rc > 0) {
                paired[i] = used[j] = 1;
                rc = jsondiff_element(d, i, a.v[i], b.v[j]);
                if (rc)
                    return rc;
            }
            if (rc < 0)
                return -1;
        }
        if (!paired[i] && d->s->trial)
            return 1;
    }
    return 0;
}

int jsondiff_set(struct jsondiff *d, struct sequence a, struct sequence b,
                 const struct path_pattern *key)
{
    if (a.n && b.n && a.n > SET_MAX / b.n)
        return jsondiff_sequence(d, a, b, SEQUENCE_LIST);
    if (d->s->trial && a.n != b.n)
        return 1;
    CLEANUP_FREE unsigned char *used = calloc(a.n + b.n + 1, 1);
    if (!used)
        return err_sys(d->e, "a list");
    unsigned char *paired = used + b.n;
    int rc = pair_up(d, a, b, key, used, paired);
    /* What is left: known by a key, it is missing or extra; else it may be the same thing with
     * another value. */
    size_t j = 0;
    for (size_t i = 0; i < a.n && !rc; i++) {
        if (paired[i])
            continue;
        while (j < b.n && used[j])
            j++;
        bool compare = !key && j < b.n && is_nested(a.v[i]) && is_nested(b.v[j]);
        rc = compare ? jsondiff_element(d, i, a.v[i], b.v[j])
                     : jsondiff_left_over(d, a.v[i], i, KIND_ELEMENT_MISSING);
        if (compare)
            used[j] = 1;
    }
    for (j = 0; j < b.n && !rc; j++)
        rc = used[j] ? 0 : jsondiff_left_over(d, b.v[j], j, KIND_ELEMENT_EXTRA);
    return rc;
}
