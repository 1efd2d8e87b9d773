/*
 * The events of a conversation: what one client session and one daemon said, in the order in
 * which it was seen.
 *
 *   open       a connection was accepted
 *   request    a request head, with as much of its body as came with it
 *   response   a response head (a 1xx too), with as much of its body as came with it
 *   data       more of a body, of a stream after an upgrade, or (exchange 0) bytes that are no HTTP
 *   shut       that side will say no more; it still listens (half-close)
 *   close      that side is gone in both directions
 *   reset      that side aborted the connection
 *
 * Bytes that one side said without the other side saying anything in between are one event: an
 * exchange on an idle wire is two. An event is cut where the other side (on any connection) spoke,
 * after a silence of EVENT_GAP_NS, and at EVENT_PAYLOAD_MAX bytes, so that causes, pauses and
 * bounded memory survive.
 */
#ifndef BUGFORBUG_CONVERSATION_EVENT_H
#define BUGFORBUG_CONVERSATION_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/base/buf.h"
#include "recorder/base/bytes.h"
#include "recorder/base/err.h"

#define EVENT_GAP_NS INT64_C(100000000)
#define EVENT_PAYLOAD_MAX ((size_t)4 << 20)
#define EVENT_HEAD_MAX ((size_t)1 << 20)    /* Go's own limit for a request head */
#define EVENT_FRAMING_MAX ((size_t)1 << 20) /* bytes of chunk lines in one event */
#define EVENT_DIGEST 65                     /* sha256 in hex and its NUL */

enum event_kind { EV_OPEN, EV_REQUEST, EV_RESPONSE, EV_DATA, EV_SHUT, EV_CLOSE, EV_RESET };

/* Bytes on the wire that are not payload (chunk lines, trailers), and how much payload follows. */
struct framing_step {
    size_t literal;
    size_t payload;
};

/* The transfer coding of an event's payload: steps in order; no steps: the payload as it is. */
struct framing {
    struct buf literal; /* the literals of all steps, joined */
    struct framing_step *steps;
    size_t n, cap;
};

struct event {
    enum event_kind kind;
    enum side from;
    uint32_t conn;           /* 1, 2, ... in order of opening */
    uint32_t exchange;       /* 1, 2, ... in order of request heads; 0: none */
    int64_t t;               /* of the first byte, ns since the conversation's start */
    int64_t till;            /* of the last byte */
    struct buf head;         /* request, response: the head's bytes, blank line included */
    struct buf payload;      /* decoded from the transfer coding; empty when it is a blob */
    struct framing framing;  /* of the payload, blob or not */
    char blob[EVENT_DIGEST]; /* not "": the payload lies at rest under this sha256 */
    uint64_t payload_size;   /* of payload or blob */
    bool end;                /* the message is complete with this event */
};

void event_init(struct event *ev);
void event_free(struct event *ev);

/* Appends payload bytes that stand on the wire as they are. -1: over EVENT_PAYLOAD_MAX, no memory.
 */
int event_add_payload(struct event *ev, const char *p, size_t n);

/* Appends wire bytes that are no payload. -1: over EVENT_FRAMING_MAX, no memory. */
int event_add_framing(struct event *ev, const char *p, size_t n);

/* Appends the bytes as they were on the wire; the payload must be inline. */
int event_wire(const struct event *ev, struct buf *out, struct err *e);

void framing_free(struct framing *f);

const char *event_kind_name(enum event_kind kind);
const char *side_name(enum side from); /* "client", "daemon" */

/* Takes events in order. The event is the caller's; the sink may take what it holds. */
struct event_sink {
    void *self;
    int (*event)(void *self, struct event *ev, struct err *e);
};

#endif
