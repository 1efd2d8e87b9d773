/*
 * One direction of an HTTP/1.1 connection (RFC 9112): bytes in, heads, payload and framing out,
 * every byte in exactly one of them. The only file that sees the parser (llhttp).
 *
 * No I/O. Memory: one head (EVENT_HEAD_MAX is the caller's to choose). Pieces may be cut anywhere.
 */
#ifndef BUGFORBUG_WIRE_H1_H
#define BUGFORBUG_WIRE_H1_H

#include <stdbool.h>
#include <stddef.h>

#include "recorder/base/span.h"

enum h1_kind { H1_REQUESTS, H1_RESPONSES };

struct h1;

/* Gets the bytes of a body. Nonzero: out of memory or over a limit; h1_feed returns H1_FAILED. */
struct h1_sink {
    void *self;
    int (*payload)(void *self, struct span bytes); /* decoded from the transfer coding */
    int (*framing)(void *self, struct span bytes); /* chunk lines, trailers, blank lines */
};

enum h1_step {
    H1_MORE,   /* all bytes are used up */
    H1_HEAD,   /* a head is complete: see h1_head; feed the rest for its body */
    H1_END,    /* a message is complete; the rest belongs to the next */
    H1_BAD,    /* the rest is no HTTP: see h1_why; h1_head has the bytes of an unfinished head */
    H1_FAILED, /* a sink refused */
};

/* Heads beyond head_max bytes are H1_BAD. NULL: no memory. */
struct h1 *h1_new(enum h1_kind kind, size_t head_max, const struct h1_sink *sink);
void h1_free(struct h1 *h);

/*
 * Takes bytes until something happens; *used says how many were taken. After H1_BAD and after an
 * upgrade the direction must not be fed again.
 */
enum h1_step h1_feed(struct h1 *h, struct span bytes, size_t *used);

/* The raw head, blank line included; valid until the next h1_feed. */
struct span h1_head(const struct h1 *h);

/* Responses: the next one answers a HEAD request, and has no body whatever its head says. */
void h1_no_body(struct h1 *h, bool yes);

/* Would the end of the stream end the message (a body delimited by close), or cut it short? */
bool h1_ends_at_close(const struct h1 *h);

/* Has a message begun that is not complete? */
bool h1_in_message(const struct h1 *h);

/* Has that message's head been told? */
bool h1_in_body(const struct h1 *h);

/* Why H1_BAD: a few words. */
const char *h1_why(const struct h1 *h);

#endif
