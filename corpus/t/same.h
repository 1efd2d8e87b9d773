/* For tests: are two events the same, as far as a line keeps them? */
#ifndef BUGFORBUG_CORPUS_T_SAME_H
#define BUGFORBUG_CORPUS_T_SAME_H

#include <string.h>

#include "recorder/base/span.h"
#include "recorder/conversation/event.h"

static inline bool same_buf(const struct buf *a, const struct buf *b)
{
    return span_eq((struct span){a->p, a->n}, (struct span){b->p, b->n});
}

static inline bool same_framing(const struct framing *a, const struct framing *b)
{
    return a->n == b->n && same_buf(&a->literal, &b->literal) &&
           (a->n == 0 || memcmp(a->steps, b->steps, a->n * sizeof *a->steps) == 0);
}

/* Microseconds of the beginning, and of the end unless it is in the same millisecond (FORMAT.md).
 */
static inline bool same_times(const struct event *a, const struct event *b)
{
    bool long_a = a->till / 1000000 != a->t / 1000000, long_b = b->till / 1000000 != b->t / 1000000;
    return a->t / 1000 == b->t / 1000 && long_a == long_b &&
           (!long_a || a->till / 1000 == b->till / 1000);
}

static inline bool same_event(const struct event *a, const struct event *b)
{
    return a->kind == b->kind && a->from == b->from && a->conn == b->conn &&
           a->exchange == b->exchange && a->end == b->end && same_times(a, b) &&
           same_buf(&a->head, &b->head) && same_buf(&a->payload, &b->payload) &&
           same_framing(&a->framing, &b->framing) && strcmp(a->blob, b->blob) == 0 &&
           a->payload_size == b->payload_size;
}

#endif
