#include "differ/tar.h"

#include <stdio.h>
#include <stdlib.h>

#include "differ/jsondiff.h"
#include "differ/tarlist.h"
#include "differ/value.h"
#include "recorder/base/cleanup.h"

#define NAME_ROOM ((size_t)64 << 10)

struct tars {
    struct scope *s;
    struct tarlist a, b;
    size_t *mate;        /* of a's entry i: b's; SIZE_MAX: none */
    unsigned char *used; /* b's entries */
    size_t *sorted;      /* b's entries by name */
    struct err *e;
};

static int tell(struct tars *t, enum finding_kind kind, enum severity severity, const char *name,
                const char *field, struct span a, struct span b)
{
    CLEANUP(buf_free) struct buf general = BUF_INIT(NAME_ROOM);
    CLEANUP(buf_free) struct buf where = BUF_INIT(NAME_ROOM);
    CLEANUP(buf_free) struct buf path = BUF_INIT(NAME_ROOM + 64);
    if (symbols_generalise(span_of(name), &general) < 0 ||
        buf_addf(&path, "tar:%s", buf_str(&general)) < 0 || buf_addf(&where, "tar:%s", name) < 0 ||
        (*field && (buf_addf(&path, " .%s", field) < 0 || buf_addf(&where, " .%s", field) < 0)))
        return err_sys(t->e, "a name in an archive");
    return scope_tell_as(t->s, kind, severity, buf_str(&path), buf_str(&where),
                         *field ? field : "entry", a, b, t->e);
}

static int by_name(const void *x, const void *y, void *arg)
{
    const struct tarlist *b = arg;
    size_t i = *(const size_t *)x, j = *(const size_t *)y;
    int rc = strcmp(b->v[i].name, b->v[j].name);
    return rc ? rc : (i > j) - (i < j);
}

/* The first entry of b with that name that is not taken; SIZE_MAX: none. */
static size_t find(const struct tars *t, const char *name)
{
    size_t low = 0, high = t->b.n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(t->b.v[t->sorted[middle]].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < t->b.n && strcmp(t->b.v[t->sorted[low]].name, name) == 0; low++)
        if (!t->used[t->sorted[low]])
            return t->sorted[low];
    return SIZE_MAX;
}

static void take(struct tars *t, size_t i, size_t j)
{
    t->mate[i] = j;
    if (j != SIZE_MAX)
        t->used[j] = 1;
}

/* By the name, with IDs in it as the candidate's. */
static int pair_by_name(struct tars *t)
{
    for (size_t i = 0; i < t->a.n; i++) {
        CLEANUP(buf_free) struct buf name = BUF_INIT(TAR_NAMES_MAX);
        if (symbols_rename(t->s->symbols, span_of(t->a.v[i].name), &name) < 0)
            return err_sys(t->e, "a name in an archive");
        take(t, i, find(t, buf_str(&name)));
    }
    return 0;
}

/* IDs that were not seen before: entries whose names are equal but for these. */
static int pair_by_shape(struct tars *t)
{
    size_t tries = 0;
    for (size_t i = 0; i < t->a.n; i++)
        for (size_t j = 0; j < t->b.n && t->mate[i] == SIZE_MAX && tries < 4000000; j++) {
            if (t->used[j])
                continue;
            tries++;
            if (symbols_compare(t->s->symbols, span_of(t->a.v[i].name), span_of(t->b.v[j].name),
                                NULL) == SAME)
                take(t, i, j);
        }
    return 0;
}

static int compare_text(struct tars *t, const struct place *at, const char *name, struct span a,
                        struct span b)
{
    const struct rule *r = ruleset_value(&t->s->rules, at);
    if (r && r->op == RULE_IGNORE)
        return 0;
    /* On trial: the kind is the archive's own. */
    t->s->trial++;
    int rc = value_compare(t->s, at, r, a, b, false, t->e);
    t->s->trial--;
    scope_count(t->s);
    if (rc <= 0)
        return rc;
    return tell(t, KIND_ENTRY_FIELD, SEV_BEHAVIOUR, name, at->v[0].key.p, a, b);
}

static int compare_field(struct tars *t, struct place *at, const char *name, const char *field,
                         struct span a, struct span b)
{
    if (place_push_key(at, span_of(field)) < 0)
        return err_sys(t->e, "a path");
    int rc = compare_text(t, at, name, a, b);
    place_pop(at);
    return rc;
}

static struct span number(int64_t v, bool octal, char room[32])
{
    int n = octal ? snprintf(room, 32, "%04llo", (unsigned long long)v)
                  : snprintf(room, 32, "%lld", (long long)v);
    return (struct span){room, (size_t)n};
}

static int compare_number(struct tars *t, struct place *at, const char *name, const char *field,
                          int64_t a, int64_t b)
{
    char x[32], y[32];
    bool octal = *field == 'm' && field[1] == 'o';
    return compare_field(t, at, name, field, number(a, octal, x), number(b, octal, y));
}

static bool is_text(struct span s)
{
    return !s.n || !memchr(s.p, 0, s.n);
}

/* 1: both are JSON and were compared; 0: they are not. */
static int compare_as_json(struct tars *t, struct place *at, struct span a, struct span b)
{
    CLEANUP(jsondoc_free) struct jsondoc x = {0};
    CLEANUP(jsondoc_free) struct jsondoc y = {0};
    if (!span_starts(a, "{") && !span_starts(a, "["))
        return 0;
    if (jsondoc_parse(&x, a, t->e) < 0 || jsondoc_parse(&y, b, t->e) < 0)
        return -1;
    if (x.n != 1 || y.n != 1 || x.why[0] || y.why[0])
        return 0;
    struct place body = {.area = AREA_BODY, .name = at->name};
    struct jsondiff d = {t->s, &body, t->e};
    int rc = jsondiff_value(&d, x.v[0], y.v[0]);
    place_free(&body);
    return rc < 0 ? -1 : 1;
}

static int tell_content(struct tars *t, const struct tar_entry *a, const struct tar_entry *b)
{
    char x[160], y[160];
    snprintf(x, sizeof x, "%lld bytes, sha256:%s", (long long)a->size, a->hash);
    snprintf(y, sizeof y, "%lld bytes, sha256:%s", (long long)b->size, b->hash);
    return tell(t, KIND_ENTRY_CONTENT, SEV_BREAKING, a->name, "content", span_of(x), span_of(y));
}

static int compare_content(struct tars *t, struct place *at, const struct tar_entry *a,
                           const struct tar_entry *b)
{
    scope_count(t->s);
    if (strcmp(a->hash, b->hash) == 0)
        return 0;
    if (place_push_key(at, span_of("content")) < 0)
        return err_sys(t->e, "a path");
    const struct rule *r = ruleset_value(&t->s->rules, at);
    place_pop(at);
    if (r && r->op == RULE_IGNORE)
        return 0;
    struct span x = {buf_str(&a->kept), a->kept.n}, y = {buf_str(&b->kept), b->kept.n};
    if (!a->is_kept || !b->is_kept || !is_text(x) || !is_text(y))
        return tell_content(t, a, b);
    int rc = compare_as_json(t, at, x, y);
    if (rc)
        return rc < 0 ? -1 : 0;
    size_t pos = 0;
    if (symbols_compare(t->s->symbols, x, y, &pos) == SAME)
        return 0;
    size_t from = pos > 100 ? pos - 100 : 0;
    x = (struct span){x.p + from, x.n - from};
    y = (struct span){y.p + (from < y.n ? from : y.n), y.n - (from < y.n ? from : y.n)};
    return tell(t, KIND_ENTRY_CONTENT, SEV_BREAKING, a->name, "content", x, y);
}

static int compare_entry(struct tars *t, const struct tar_entry *a, const struct tar_entry *b)
{
    CLEANUP(buf_free) struct buf general = BUF_INIT(TAR_NAMES_MAX);
    CLEANUP(place_free) struct place at = {.area = AREA_ENTRY};
    if (symbols_generalise(span_of(a->name), &general) < 0)
        return err_sys(t->e, "a name in an archive");
    at.name = (struct span){buf_str(&general), general.n};
    /* Binds the IDs in the name, where they were not known. */
    (void)symbols_compare(t->s->symbols, span_of(a->name), span_of(b->name), NULL);
    struct span la = span_of(a->link ? a->link : ""), lb = span_of(b->link ? b->link : "");
    int rc = compare_field(t, &at, a->name, "type", span_of(a->type), span_of(b->type));
    if (strcmp(a->type, b->type) != 0)
        return rc; /* what else differs is a consequence */
    rc = rc < 0 ? rc : compare_number(t, &at, a->name, "mode", a->mode, b->mode);
    rc = rc < 0 ? rc : compare_number(t, &at, a->name, "uid", a->uid, b->uid);
    rc = rc < 0 ? rc : compare_number(t, &at, a->name, "gid", a->gid, b->gid);
    rc = rc < 0 ? rc : compare_number(t, &at, a->name, "mtime", a->mtime, b->mtime);
    rc = rc < 0 ? rc : compare_field(t, &at, a->name, "link", la, lb);
    if (rc == 0 && a->is_listed != b->is_listed)
        return tell(t, KIND_ENTRY_CONTENT, SEV_BREAKING, a->name, "content",
                    span_of(a->is_listed ? "an archive" : "no archive"),
                    span_of(b->is_listed ? "an archive" : "no archive"));
    if (rc < 0 || !a->hash[0] || !b->hash[0])
        return rc;
    return compare_content(t, &at, a, b);
}

/* Archives are sorted by name: where an ID stands in it, the order is chance. */
static bool has_chance(const struct tars *t, size_t i)
{
    struct span name = span_of(t->b.v[i].name);
    CLEANUP(buf_free) struct buf general = BUF_INIT(TAR_NAMES_MAX);
    return symbols_generalise(name, &general) < 0 || general.n != name.n;
}

static int compare_order(struct tars *t)
{
    size_t last = 0;
    for (size_t i = 0; i < t->a.n; i++) {
        if (t->mate[i] == SIZE_MAX || has_chance(t, t->mate[i]))
            continue;
        if (t->mate[i] < last)
            return scope_tell_as(t->s, KIND_ORDER, SEV_COSMETIC, "tar", NULL, "entries",
                                 span_of(t->b.v[last].name), span_of(t->b.v[t->mate[i]].name),
                                 t->e);
        last = t->mate[i];
    }
    return 0;
}

/* Is this entry inside of that one: a file in a directory, or in an archive that is an entry? */
static bool is_inside(const char *name, const char *of)
{
    size_t n = strlen(of);
    return strncmp(name, of, n) == 0 && (name[n] == '/' || name[n] == '!');
}

/* The mate of an entry of the baseline (or of the candidate): is it an archive that was listed? */
static bool other_is_listed(const struct tars *t, size_t i, bool of_baseline)
{
    if (of_baseline)
        return t->b.v[t->mate[i]].is_listed;
    for (size_t k = 0; k < t->a.n; k++)
        if (t->mate[k] == i)
            return t->a.v[k].is_listed;
    return false;
}

/* Entries that have no mate. What is inside of such a one is missing in consequence, and so is what
 * is inside of an archive where the other side has something else of that name. */
static int tell_alone(struct tars *t, const struct tarlist *list, enum finding_kind kind)
{
    bool missing = kind == KIND_ENTRY_MISSING;
    const char *gone = NULL;
    for (size_t i = 0; i < list->n; i++) {
        const struct tar_entry *e = &list->v[i];
        bool alone = missing ? t->mate[i] == SIZE_MAX : !t->used[i];
        if (gone && is_inside(e->name, gone))
            continue;
        if (!alone && e->is_listed && !other_is_listed(t, i, missing))
            gone = e->name;
        if (!alone)
            continue;
        gone = e->name;
        struct span type = span_of(e->type);
        if (tell(t, kind, finding_kind_severity(kind), e->name, "", missing ? type : NOTHING,
                 missing ? NOTHING : type) < 0)
            return -1;
    }
    return 0;
}

static int compare_pairs(struct tars *t)
{
    for (size_t i = 0; i < t->a.n; i++)
        if (t->mate[i] != SIZE_MAX && compare_entry(t, &t->a.v[i], &t->b.v[t->mate[i]]) < 0)
            return -1;
    return 0;
}

static int compare_lists(struct tars *t)
{
    for (size_t i = 0; i < t->b.n; i++)
        t->sorted[i] = i;
    qsort_r(t->sorted, t->b.n, sizeof *t->sorted, by_name, &t->b);
    if (pair_by_name(t) < 0 || pair_by_shape(t) < 0)
        return -1;
    if (compare_pairs(t) < 0 || tell_alone(t, &t->a, KIND_ENTRY_MISSING) < 0 ||
        tell_alone(t, &t->b, KIND_ENTRY_EXTRA) < 0)
        return -1;
    return compare_order(t);
}

static int compare(struct tars *t)
{
    /* An image: layers are archives, with times of their own. */
    bool layers = span_is(span_of(t->s->route.text), "GET /images/get") ||
                  span_is(span_of(t->s->route.text), "GET /images/{name}/get");
    if (tarlist_read(&t->a, t->s->base, t->s->b, layers, t->e) < 0)
        return -1;
    if (t->a.why[0] && !t->a.n)
        return 0;
    if (tarlist_read(&t->b, t->s->cand, t->s->c, layers, t->e) < 0)
        return -1;
    if (t->b.why[0] && !t->a.why[0]) {
        char whole[64];
        snprintf(whole, sizeof whole, "an archive of %zu entries", t->a.n);
        int rc = scope_tell_as(t->s, KIND_NOT_TAR, SEV_BREAKING, "tar", NULL,
                               t->b.n ? "broken" : "none", span_of(whole), span_of(t->b.why), t->e);
        if (rc < 0 || !t->b.n)
            return rc < 0 ? -1 : 1;
    }
    t->mate = calloc(t->a.n + 1, sizeof *t->mate);
    t->sorted = calloc(t->b.n + 1, sizeof *t->sorted);
    t->used = calloc(t->b.n + 1, 1);
    if (!t->mate || !t->sorted || !t->used)
        return err_sys(t->e, "an archive");
    return compare_lists(t) < 0 ? -1 : 1;
}

int tar_compare(struct scope *s, struct err *e)
{
    struct tars t = {.s = s, .e = e};
    int rc = compare(&t);
    tarlist_free(&t.a);
    tarlist_free(&t.b);
    free(t.mate);
    free(t.sorted);
    free(t.used);
    return rc;
}
