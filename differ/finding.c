#include "differ/finding.h"

#include <stdlib.h>
#include <string.h>

#include "differ/show.h"
#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/sha256.h"

static const struct {
    const char *name;
    enum severity severity;
    const char *says;
} kinds[] = {
#define ROW(kind, name, severity, says) {name, severity, says},
    FINDING_KINDS(ROW)
#undef ROW
};

static const char *const severities[] = {"cosmetic", "behaviour", "breaking"};

const char *finding_kind_name(enum finding_kind kind)
{
    return kinds[kind].name;
}

const char *finding_kind_says(enum finding_kind kind)
{
    return kinds[kind].says;
}

enum severity finding_kind_severity(enum finding_kind kind)
{
    return kinds[kind].severity;
}

const char *severity_name(enum severity s)
{
    return severities[s];
}

int severity_parse(const char *text, enum severity *out, struct err *e)
{
    for (size_t i = 0; i < sizeof severities / sizeof *severities; i++)
        if (strcmp(text, severities[i]) == 0) {
            *out = (enum severity)i;
            return 0;
        }
    return err_set(e, "%s: no such level (breaking, behaviour or cosmetic)", text);
}

/* The order of the parts, and the separator, are what waivers in people's trees rely on. */
static int identify(const struct observation *o, char id[FINDING_ID], struct err *e)
{
    CLEANUP(buf_free) struct buf text = BUF_INIT(SIZE_MAX / 2);
    char hex[SHA256_HEX];
    if (buf_addf(&text, "%s|%s|%s|%s", o->route, o->path, kinds[o->kind].name, o->class) < 0)
        return err_sys(e, "a finding");
    if (sha256_hex((struct span){text.p, text.n}, hex, e) < 0)
        return -1;
    memcpy(id, hex, FINDING_ID - 1);
    id[FINDING_ID - 1] = 0;
    return 0;
}

static size_t slot_of(const struct findings *f, const char *id)
{
    /* The identity is a hash already. */
    size_t i = (size_t)strtoull(id, NULL, 16) & (f->index_cap - 1);
    while (f->index[i] && strcmp(f->v[f->index[i] - 1].id, id) != 0)
        i = (i + 1) & (f->index_cap - 1);
    return i;
}

static void reindex(struct findings *f)
{
    memset(f->index, 0, f->index_cap * sizeof *f->index);
    for (size_t i = 0; i < f->n; i++)
        f->index[slot_of(f, f->v[i].id)] = i + 1;
}

static int grow(struct findings *f, struct err *e)
{
    size_t cap = f->cap ? 2 * f->cap : 16;
    struct finding *v = realloc(f->v, cap * sizeof *v);
    if (!v)
        return err_sys(e, "findings");
    f->v = v;
    f->cap = cap;
    size_t *index = realloc(f->index, 4 * cap * sizeof *index);
    if (!index)
        return err_sys(e, "findings");
    f->index = index;
    f->index_cap = 4 * cap;
    reindex(f);
    return 0;
}

static void sighting_free(struct sighting *s)
{
    free(s->request);
    free(s->path);
    free(s->expected);
    free(s->actual);
    free(s->curl);
}

static void finding_free(struct finding *f)
{
    for (size_t i = 0; i < f->seen_n; i++)
        sighting_free(&f->seen[i]);
    free(f->seen);
    free(f->route);
    free(f->path);
    free(f->class);
}

static char *shown(const char *text)
{
    return show_string(span_of(text), FINDING_TEXT_MAX);
}

static int see(struct finding *f, const struct observation *o, struct err *e)
{
    f->times++;
    if (f->seen_n == FINDING_SIGHTINGS)
        return 0;
    size_t n = f->seen_n;
    if (n == 0 || (n & (n - 1)) == 0) {
        struct sighting *grown = realloc(f->seen, (n ? 2 * n : 1) * sizeof *grown);
        if (!grown)
            return err_sys(e, "findings");
        f->seen = grown;
    }
    struct sighting *s = &f->seen[n];
    *s = (struct sighting){.exchange = o->exchange, .candidate = o->candidate};
    s->request = shown(o->request);
    s->path = shown(o->place ? o->place : o->path);
    s->expected = o->expected.p ? show_string(o->expected, FINDING_TEXT_MAX) : NULL;
    s->actual = o->actual.p ? show_string(o->actual, FINDING_TEXT_MAX) : NULL;
    s->curl = o->curl ? strdup(o->curl) : NULL;
    f->seen_n++;
    bool whole = s->request && s->path && (s->expected || !o->expected.p) &&
                 (s->actual || !o->actual.p) && (s->curl || !o->curl);
    return whole ? 0 : err_sys(e, "findings");
}

static struct finding *make(struct findings *f, const struct observation *o, const char *id,
                            struct err *e)
{
    if (f->n == f->cap && grow(f, e) < 0)
        return NULL;
    struct finding *new = &f->v[f->n];
    *new = (struct finding){.kind = o->kind, .severity = o->severity};
    memcpy(new->id, id, FINDING_ID);
    new->route = shown(o->route);
    new->path = shown(o->path);
    new->class = shown(o->class);
    f->n++;
    f->index[slot_of(f, id)] = f->n;
    if (new->route &&new->path &&new->class)
        return new;
    err_sys(e, "findings");
    return NULL;
}

int findings_add(struct findings *f, const struct observation *o, struct err *e)
{
    char id[FINDING_ID];
    if (identify(o, id, e) < 0)
        return -1;
    struct finding *found = NULL;
    if (f->n) {
        size_t at = f->index[slot_of(f, id)];
        found = at ? &f->v[at - 1] : NULL;
    }
    if (!found && f->n == FINDINGS_MAX)
        return 0;
    if (!found)
        found = make(f, o, id, e);
    if (!found)
        return -1;
    /* One identity may be seen with several severities; the worst is what it is. */
    if (o->severity > found->severity)
        found->severity = o->severity;
    return see(found, o, e);
}

static uint32_t first_exchange(const struct finding *f)
{
    return f->seen_n ? f->seen[0].exchange : 0;
}

static int by_weight(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    uint32_t ex = first_exchange(x), ey = first_exchange(y);
    if (ex != ey)
        return ex < ey ? -1 : 1;
    int rc = strcmp(x->route, y->route);
    if (!rc)
        rc = strcmp(x->path, y->path);
    return rc ? rc : strcmp(x->id, y->id);
}

void findings_sort(struct findings *f)
{
    if (!f->n)
        return;
    qsort(f->v, f->n, sizeof *f->v, by_weight);
    reindex(f);
}

size_t findings_count(const struct findings *f, enum severity level)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        n += f->v[i].severity >= level;
    return n;
}

const struct finding *findings_find(const struct findings *f, const char *id)
{
    if (!f->n)
        return NULL;
    size_t at = f->index[slot_of(f, id)];
    return at ? &f->v[at - 1] : NULL;
}

void findings_free(struct findings *f)
{
    for (size_t i = 0; i < f->n; i++)
        finding_free(&f->v[i]);
    free(f->v);
    free(f->index);
    *f = (struct findings){0};
}
