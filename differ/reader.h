/*
 * What an exchange's response says, pulled piece by piece: never more than one event in memory.
 * Channels are taken out of stdcopy frames.
 */
#ifndef BUGFORBUG_DIFFER_READER_H
#define BUGFORBUG_DIFFER_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/base/buf.h"
#include "recorder/conversation/conversation.h"
#include "recorder/wire/stdcopy.h"

#define RAW_CHANNEL STDCOPY_CHANNELS       /* the bytes as they are */
#define ANY_CHANNEL (STDCOPY_CHANNELS + 1) /* the payload of all frames; `current` says whose */

struct reader {
    const struct conversation *c;
    const struct exchange *x;
    unsigned channel; /* the frames of which to give back; RAW_CHANNEL: all bytes */
    size_t event;     /* the next to look at */
    struct buf loaded;
    struct span rest; /* of the event */
    unsigned char header[STDCOPY_HEADER];
    size_t header_n;  /* bytes of a frame's header so far */
    uint64_t left;    /* of the frame's payload */
    unsigned current; /* the frame's channel */
    uint64_t offset;  /* bytes of the stream that were used up */
    bool bad;         /* what follows is no frame */
};

void reader_init(struct reader *r, const struct conversation *c, const struct exchange *x,
                 unsigned channel);
void reader_free(struct reader *r);

/* The next bytes, valid until the next call: 1; 0: there are no more; -1: a blob cannot be read. */
int reader_next(struct reader *r, struct span *out, struct err *e);

/* exchange_read, with the name of the file in the error: a comparison reads two. */
int part_read(const struct conversation *c, const struct exchange *x, enum part part,
              struct buf *out, struct err *e);

/* How a stream is framed. */
struct framing_seen {
    uint64_t total;
    uint64_t channel[STDCOPY_CHANNELS]; /* payload bytes */
    bool framed;                        /* its first bytes are a frame's header */
    bool broken;                        /* it is framed, but not to the end */
    uint64_t at;                        /* byte at which it is broken, or its last frame cut */
    bool cut;                           /* it ends inside a frame */
};

int framing_look(const struct conversation *c, const struct exchange *x, struct framing_seen *out,
                 struct err *e);

#define LINE_MAX_BYTES ((size_t)64 << 10) /* a longer line is told in pieces of that size */

/* Lines, with their newline. */
struct lines {
    struct reader reader;
    struct span rest; /* of what the reader gave */
    struct buf line;
    bool ended;
};

void lines_init(struct lines *l, const struct conversation *c, const struct exchange *x,
                unsigned channel);
void lines_free(struct lines *l);

/* The next line, valid until the next call: 1; 0: no more; -1. */
int lines_next(struct lines *l, struct span *out, struct err *e);

#endif
