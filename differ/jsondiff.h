/* Comparing JSON values: the type first, then the value by the rules of its place. */
#ifndef BUGFORBUG_DIFFER_JSONDIFF_H
#define BUGFORBUG_DIFFER_JSONDIFF_H

#include "differ/jsondoc.h"
#include "differ/scope.h"

struct jsondiff {
    struct scope *s;
    struct place *at; /* steps are pushed and popped */
    struct err *e;
};

/* All return 0; 1: on trial, there is a difference; -1: no memory. */
int jsondiff_value(struct jsondiff *d, json_t *a, json_t *b);

/* Elements, or messages, in order: shared runs are found, what stands between them is compared one
 * by one, what is left over is missing or extra. */
struct sequence {
    json_t **v;
    size_t n;
};
enum sequence_kind { SEQUENCE_LIST, SEQUENCE_MESSAGES };
int jsondiff_sequence(struct jsondiff *d, struct sequence a, struct sequence b,
                      enum sequence_kind kind);

/* The same where order means nothing. `key`: names elements; NULL: they are known by their value.
 */
int jsondiff_set(struct jsondiff *d, struct sequence a, struct sequence b,
                 const struct path_pattern *key);

/* A list that the daemon sorts by a key: among elements with the same key, on either side, their
 * order is chance. The elements of b are put in another order for that. */
int jsondiff_sorted(struct jsondiff *d, struct sequence a, struct sequence b,
                    const struct path_pattern *key);

/* Says that an element, or message, is missing or extra. `index` is its place in its list. */
int jsondiff_left_over(struct jsondiff *d, json_t *v, size_t index, enum finding_kind kind);

/* 1: equal, as far as the rules and symbols go; nothing is told or bound. 0: not. -1: no memory. */
int jsondiff_trial(struct jsondiff *d, json_t *a, json_t *b);

/* jsondiff_value of the element with that index. */
int jsondiff_element(struct jsondiff *d, size_t index, json_t *a, json_t *b);

/* The value at a key like ".Actor.ID"; NULL: none. */
json_t *json_at(json_t *v, const struct path_pattern *key);

#endif
