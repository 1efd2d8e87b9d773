#include "reports/result.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/base/opts.h"
#include "reports/merge.h"

int result_add(struct result *r, const char *name, struct comparison *cmp, const char *error,
               struct err *e)
{
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 8;
        struct result_item *items = realloc(r->items, cap * sizeof *items);
        if (!items)
            return err_sys(e, "results");
        r->items = items;
        r->cap = cap;
    }
    struct result_item *item = &r->items[r->n];
    *item = (struct result_item){.name = strdup(name), .error = error ? strdup(error) : NULL};
    if (!item->name || (error && !item->error)) {
        free(item->name);
        free(item->error);
        return err_sys(e, "results");
    }
    if (cmp) {
        item->cmp = *cmp;
        *cmp = (struct comparison){0};
    }
    r->n++;
    return 0;
}

struct tally result_tally(const struct result *r)
{
    struct tally all = {0};
    for (size_t i = 0; i < r->n; i++) {
        const struct tally *t = &r->items[i].cmp.tally;
        all.exchanges += t->exchanges;
        all.compared += t->compared;
        all.blocked += t->blocked;
        all.unanswered += t->unanswered;
        all.values += t->values;
    }
    return all;
}

size_t result_count(const struct result *r, enum severity s)
{
    struct merged_list m;
    if (merge_findings(r, &m) < 0)
        return 0;
    size_t n = 0;
    for (size_t i = 0; i < m.n; i++)
        n += m.v[i].severity == s;
    merged_free(&m);
    return n;
}

int result_status(const struct result *r, enum severity level)
{
    bool found = false;
    for (size_t i = 0; i < r->n; i++) {
        if (r->items[i].error)
            return STATUS_ERROR;
        found |= findings_count(&r->items[i].cmp.findings, level) > 0;
    }
    if (found)
        return STATUS_FINDINGS;
    return result_tally(r).compared ? STATUS_CONFORMS : STATUS_NOTHING;
}

void result_free(struct result *r)
{
    for (size_t i = 0; i < r->n; i++) {
        comparison_free(&r->items[i].cmp);
        free(r->items[i].name);
        free(r->items[i].error);
    }
    free(r->items);
    free(r->baseline);
    free(r->candidate);
    *r = (struct result){0};
}
