/*
 * Which bytes of a payload belong together: what the daemon says may be stdcopy frames, whose
 * payloads are four channels that are cut in pieces, or bytes without structure, one channel.
 * Frames may be cut at the events' borders.
 */
#ifndef BUGFORBUG_CONVERSATION_DEMUX_H
#define BUGFORBUG_CONVERSATION_DEMUX_H

#include <stdbool.h>
#include <stddef.h>

#include "recorder/base/span.h"
#include "recorder/wire/stdcopy.h"

#define DEMUX_CHANNELS STDCOPY_CHANNELS

/* What goes on from event to event; {0} at the beginning. */
struct demux {
    enum { DEMUX_UNKNOWN, DEMUX_RAW, DEMUX_FRAMED } mode;
    unsigned char header[STDCOPY_HEADER];
    size_t header_n; /* bytes of the next frame's header that are there */
    size_t left;     /* bytes of the current frame that are to come */
    unsigned channel;
};

/* A run of bytes of one channel: a frame, or what an event has of one. */
struct piece {
    size_t at, n; /* in the payload */
    unsigned channel;
};

struct pieces {
    struct piece *p;
    size_t n, cap;
    bool frames; /* the payload is whole frames and nothing else, a piece each */
};

void pieces_free(struct pieces *p);

/* May be framed: decide at the first bytes. Otherwise it is raw. */
void demux_start(struct demux *d, bool maybe_framed);

/* Takes the next event's payload apart, into *out. -1: no memory. */
int demux_split(struct demux *d, struct span payload, struct pieces *out);

#endif
