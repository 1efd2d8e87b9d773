/* The findings of all conversations, those of one identity as one: what a reader wants to see. */
#ifndef BUGFORBUG_REPORTS_MERGE_H
#define BUGFORBUG_REPORTS_MERGE_H

#include "reports/result.h"

struct merged {
    const struct finding *first;    /* as it was seen first */
    const struct result_item *item; /* there */
    enum severity severity;         /* the worst */
    size_t items;                   /* in how many conversations */
    uint64_t times;
};

struct merged_list {
    struct merged *v; /* breaking first, then in the order in which they were seen */
    size_t n;
};

/* -1: no memory. Points into the result. */
int merge_findings(const struct result *r, struct merged_list *out);
void merged_free(struct merged_list *m);

#endif
