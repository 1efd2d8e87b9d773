#include "reports/merge.h"

#include <stdlib.h>
#include <string.h>

/* A finding and its place in the order of all. */
struct row {
    const struct finding *f;
    const struct result_item *item;
    size_t order;
    struct merged m;
};

static int by_id(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int rc = strcmp(x->f->id, y->f->id);
    return rc ? rc : (x->order > y->order) - (x->order < y->order);
}

static int by_weight(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->m.severity != y->m.severity)
        return x->m.severity > y->m.severity ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static size_t fill(const struct result *r, struct row *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < r->items[i].cmp.findings.n; k++, n++)
            if (rows)
                rows[n] = (struct row){&r->items[i].cmp.findings.v[k], &r->items[i], n, {0}};
    return n;
}

/* Rows of one identity stand side by side: the first of them takes the others in. */
static size_t fold(struct row *rows, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct finding *f = rows[i].f;
        if (kept && strcmp(rows[kept - 1].f->id, f->id) == 0) {
            struct merged *m = &rows[kept - 1].m;
            m->times += f->times;
            m->items++;
            if (f->severity > m->severity)
                m->severity = f->severity;
            continue;
        }
        rows[kept] = rows[i];
        rows[kept].m = (struct merged){f, rows[i].item, f->severity, 1, f->times};
        kept++;
    }
    return kept;
}

int merge_findings(const struct result *r, struct merged_list *out)
{
    *out = (struct merged_list){0};
    size_t n = fill(r, NULL);
    struct row *rows = calloc(n + 1, sizeof *rows);
    out->v = calloc(n + 1, sizeof *out->v);
    if (!rows || !out->v) {
        free(rows);
        merged_free(out);
        return -1;
    }
    fill(r, rows);
    qsort(rows, n, sizeof *rows, by_id);
    out->n = fold(rows, n);
    qsort(rows, out->n, sizeof *rows, by_weight);
    for (size_t i = 0; i < out->n; i++)
        out->v[i] = rows[i].m;
    free(rows);
    return 0;
}

void merged_free(struct merged_list *m)
{
    free(m->v);
    *m = (struct merged_list){0};
}
