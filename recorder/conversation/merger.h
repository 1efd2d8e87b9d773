/*
 * Joins what the decoder finds into events, by the rule of event.h: what one side says without the
 * other speaking in between, without a silence and within the size limits, is one event.
 *
 * Pending events are all of one side; they are handed on, in the order of their first bytes, as
 * soon as the other side speaks. Memory: MERGER_BYTES of heads and bodies and MERGER_EVENTS events.
 */
#ifndef BUGFORBUG_CONVERSATION_MERGER_H
#define BUGFORBUG_CONVERSATION_MERGER_H

#include "recorder/base/span.h"
#include "recorder/conversation/event.h"

#define MERGER_EVENTS 256
#define MERGER_BYTES ((size_t)16 << 20)

struct merger {
    struct event_sink sink;
    struct event pending[MERGER_EVENTS];
    size_t n;
    size_t bytes;
    enum side from; /* of all that is pending */
};

/* Where bytes belong. */
struct place {
    uint32_t conn, exchange;
    enum side from;
    int64_t t; /* ns since the conversation's start */
};

void merger_init(struct merger *m, const struct event_sink *sink);
void merger_free(struct merger *m);

/* An event of its own: open, shut, close, reset; and request, response with their head. */
int merger_event(struct merger *m, enum event_kind kind, const struct place *at, struct span head,
                 struct err *e);

enum merger_bytes { MERGER_PAYLOAD, MERGER_FRAMING };
int merger_add(struct merger *m, enum merger_bytes what, const struct place *at, struct span bytes,
               struct err *e);

/* The message at `at` is complete. */
int merger_end(struct merger *m, const struct place *at, struct err *e);

/* Hands on everything that is pending. */
int merger_flush(struct merger *m, struct err *e);

#endif
