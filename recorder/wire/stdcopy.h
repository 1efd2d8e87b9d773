/*
 * Docker's stream framing: 8 bytes (type, three zeros, u32 big-endian length), then the payload
 * (Docker Engine API, "Stream format" of container attach). Types: 0 stdin, 1 stdout, 2 stderr,
 * 3 system error.
 *
 * Whether a stream is framed cannot be told from its head before API 1.42 (facts, section 4): a
 * stream whose first bytes are no frame header is raw (a TTY).
 */
#ifndef BUGFORBUG_WIRE_STDCOPY_H
#define BUGFORBUG_WIRE_STDCOPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/base/span.h"

#define STDCOPY_HEADER 8
#define STDCOPY_CHANNELS 4

/* Could these first bytes (8 or fewer) begin a frame? */
bool stdcopy_plausible(struct span start);

enum stdcopy_result {
    STDCOPY_FRAME, /* one frame was cut off the front of *rest */
    STDCOPY_MORE,  /* *rest is empty, or the beginning of a frame */
    STDCOPY_BAD    /* *rest does not begin with a frame */
};

/* Cuts the next frame off the front of *rest. */
enum stdcopy_result stdcopy_next(struct span *rest, unsigned *channel, struct span *payload);

/* Writes a frame's header. */
void stdcopy_header(unsigned channel, uint32_t length, unsigned char out[STDCOPY_HEADER]);

#endif
