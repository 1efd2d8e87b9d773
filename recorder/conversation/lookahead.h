/*
 * What follows a payload. Pass 1 notes how each event's bytes go on in later events of the same
 * channel (their first bytes are enough); pass 2 asks, so that a secret that two events share is
 * known for one when its first half comes by, and a chance beginning of one is not.
 */
#ifndef BUGFORBUG_CONVERSATION_LOOKAHEAD_H
#define BUGFORBUG_CONVERSATION_LOOKAHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/base/buf.h"
#include "recorder/base/span.h"

#define LOOKAHEAD_WINDOW 64              /* bytes that are kept of each event's beginning */
#define LOOKAHEAD_MAX ((size_t)64 << 20) /* bytes of memory; then pass 2 is told LOOK_UNKNOWN */
#define LOOKAHEAD_NONE UINT32_MAX

struct look; /* one event's bytes on one channel */

struct lookahead {
    struct look *list; /* in the order of events */
    size_t n, cap;
    struct buf bytes; /* the windows */
    uint64_t full_at; /* first event that nothing was noted of; UINT64_MAX: all were noted */
    size_t cursor;    /* pass 2: the first note of the event that is being asked about */
};

void lookahead_init(struct lookahead *l);
void lookahead_free(struct lookahead *l);

/*
 * Notes that event `number` (they count up) says `bytes` on a channel. `previous` is the note that
 * this function returned for the channel's bytes before, or LOOKAHEAD_NONE. Returns the new note;
 * LOOKAHEAD_NONE where there was no room, or no memory: that is no failure.
 */
uint32_t lookahead_note(struct lookahead *l, uint64_t number, unsigned channel, struct span bytes,
                        uint32_t previous);

enum look_result {
    LOOK_ENDS,   /* these bytes are all that follow */
    LOOK_ENOUGH, /* at least as many as were asked for follow */
    LOOK_CUT,    /* more follow, but are not kept */
    LOOK_UNKNOWN /* nothing is known */
};

/*
 * Appends what follows event `number` on a channel, up to `want` bytes. Numbers must not fall from
 * call to call. -1: no memory.
 */
int lookahead_ask(struct lookahead *l, uint64_t number, unsigned channel, size_t want,
                  struct buf *out, enum look_result *result);

#endif
