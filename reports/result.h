/* What came of comparing one conversation or many: what reports are made from. */
#ifndef BUGFORBUG_REPORTS_RESULT_H
#define BUGFORBUG_REPORTS_RESULT_H

#include <stddef.h>
#include <stdint.h>

#include "differ/differ.h"
#include "recorder/base/err.h"

/* One conversation. */
struct result_item {
    char *name;  /* the file, as the user named it */
    char *error; /* the harness failed here (a broken file, ...): nothing else counts;
                    NULL: none */
    struct comparison cmp;
    int64_t took_ns; /* of replay and comparison; 0: unknown */
};

struct result {
    char *baseline;  /* who: "Docker/20.10.24 (linux), API 1.41"; NULL: unknown */
    char *candidate; /* who, or the URL; NULL: unknown */
    struct result_item *items;
    size_t n, cap;
};

/* Appends an item: takes *cmp (empty afterwards), copies name and error. On failure *cmp is still
 * the caller's. cmp may be NULL where there is an error. */
int result_add(struct result *r, const char *name, struct comparison *cmp, const char *error,
               struct err *e);

/* Totals over all items. */
struct tally result_tally(const struct result *r);

/* Different findings (identities) at exactly this severity, over all items. */
size_t result_count(const struct result *r, enum severity s);

/* The exit status (CLI contract): STATUS_ERROR where an item failed, else STATUS_FINDINGS where
 * there is a finding at or above `level`, else STATUS_NOTHING where no exchange was compared, else
 * STATUS_CONFORMS. */
int result_status(const struct result *r, enum severity level);

void result_free(struct result *r);

#endif
