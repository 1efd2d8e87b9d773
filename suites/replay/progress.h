/*
 * How far a stream has come, in a measure that two runs of the same thing agree on: lines and not
 * bytes where lines are whole (time stamps and counters vary), JSON messages in a JSON stream,
 * bytes otherwise. The plan measures the recording with it, the replay the candidate.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_PROGRESS_H
#define BUGFORBUG_SUITES_REPLAY_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/base/span.h"
#include "recorder/wire/stdcopy.h"

enum progress_unit {
    PROGRESS_LINES,    /* of text, framed per channel (stdcopy.h) or raw: found out as it comes */
    PROGRESS_MESSAGES, /* complete JSON values, one after another */
    PROGRESS_BYTES
};

/* Whole lines, and bytes behind the last of them. */
struct progress_text {
    uint64_t lines, tail;
};

struct progress {
    enum progress_unit unit;
    uint64_t bytes;
    uint64_t messages;
    struct progress_text text[STDCOPY_CHANNELS]; /* a raw stream's is the first */
    bool framed, decided;
    /* what is under way */
    char header[STDCOPY_HEADER];
    size_t header_n;
    uint32_t frame_left;
    unsigned channel;
    unsigned depth;
    bool in_string, in_escape, in_scalar;
};

void progress_init(struct progress *p, enum progress_unit unit);
void progress_feed(struct progress *p, struct span bytes);

/* Has `p` come at least as far as `mark`? Both in the same unit. */
bool progress_reached(const struct progress *p, const struct progress *mark);

#endif
