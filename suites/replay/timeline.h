/*
 * The recording's wall clock against the replay's: absolute times that a client put into a query
 * ("since", "until") mean moments of the recording, and become the same moments of the replay.
 * Between two of the client's events the clocks run alike; what lies ahead of the last one is as
 * far ahead in the replay.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_TIMELINE_H
#define BUGFORBUG_SUITES_REPLAY_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "recorder/base/buf.h"
#include "recorder/base/span.h"

struct tick {
    int64_t recorded, replayed; /* wall clock, ns since the epoch */
};

struct timeline {
    struct tick *v; /* in order */
    size_t n, cap;
};

/* The client's event of that recorded time was just sent. */
int timeline_add(struct timeline *t, int64_t recorded, int64_t replayed);
void timeline_free(struct timeline *t);

int64_t timeline_map(const struct timeline *t, int64_t recorded);

/* Whole seconds that replace whole seconds lose what was between them: which way? */
enum rounding { ROUND_DOWN, ROUND_UP };

/*
 * Appends the value of a query, mapped where it is seconds since the epoch ("1700000000",
 * "1700000000.123456789", Docker Engine API, logs and events) within a day of the last event's
 * recorded time; with as many digits as it had. Other values are appended as they are.
 */
int timeline_rewrite(const struct timeline *t, struct span value, enum rounding r, struct buf *out);

#endif
