/*
 * What both passes of redaction keep of each exchange while it lasts: what it is about, and the
 * state of its three runs of bytes.
 */
#ifndef BUGFORBUG_CONVERSATION_TALKS_H
#define BUGFORBUG_CONVERSATION_TALKS_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/base/buf.h"
#include "recorder/conversation/conversation.h"
#include "recorder/conversation/demux.h"
#include "recorder/conversation/event.h"
#include "recorder/conversation/json_cut.h"
#include "recorder/wire/head.h"

#define PARTS 3 /* PART_REQUEST, PART_STDIN, PART_RESPONSE */

enum body {
    BODY_UNKNOWN, /* nothing but blanks was said */
    BODY_JSON,
    BODY_SCRIPT, /* text of a client: a shell may run it */
    BODY_STREAM, /* text of a daemon */
    BODY_BINARY
};

/* One channel of a run of bytes, from event to event. */
struct channel {
    uint32_t noted;        /* pass 1: the last note in the lookahead, plus 1; 0: none */
    bool binary;           /* a byte of it was no text: lengths must not change any more */
    bool border;           /* pass 2: no alphanumeric stands before the next byte */
    bool in_string;        /* pass 2, JSON: ... */
    bool escaped;          /* ... where the next byte stands */
    uint32_t shared;       /* pass 2: the form that the next bytes go on with, plus 1; 0: none */
    uint32_t shared_forms; /* it may also be one of so many, itself counted, that follow it */
    size_t shared_n;       /* bytes of it that came by */
};

/* One run of bytes: a request's body, what a client said after an upgrade, a daemon's body. */
struct track {
    struct demux demux;
    struct channel channel[DEMUX_CHANNELS];
    enum body body;
    struct json_cut cut; /* pass 1 */
    struct buf text;     /* pass 1: a JSON value that is not complete, or a script */
    bool started;
};

struct talk {
    uint32_t exchange; /* 0: what is no HTTP */
    bool data;         /* about /secrets or /configs */
    bool gives_env;    /* makes a container, an exec, an image or a service */
    bool upgraded;
    bool request_end, response_end;
    struct track part[PARTS];
};

struct conn_talks;

struct talks {
    void *conns; /* a tsearch tree */
};

void talks_free(struct talks *t);

/* The talk that an event belongs to, made when there is none. NULL: no memory. */
struct talk *talks_of(struct talks *t, const struct event *ev);

/* Notes what a head means for what follows. */
void talk_request(struct talk *talk, const struct head *h);
void talk_response(struct talk *talk, const struct head *h);

/* The run that the event's payload belongs to. */
struct track *talk_track(struct talk *talk, const struct event *ev);

/* Called for each run that is over; -1 stops and is returned. May be NULL. */
typedef int track_over(void *self, struct talk *talk, struct track *track);

/* After an event: what is over because of it is told and forgotten. */
int talks_after(struct talks *t, struct talk *talk, const struct event *ev, track_over *over,
                void *self);

/* All is over. */
int talks_finish(struct talks *t, track_over *over, void *self);

#endif
