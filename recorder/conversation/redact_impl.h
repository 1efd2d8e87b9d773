/* What the files of redaction share; for redact*.c alone. */
#ifndef BUGFORBUG_CONVERSATION_REDACT_IMPL_H
#define BUGFORBUG_CONVERSATION_REDACT_IMPL_H

#include "recorder/conversation/finder.h"
#include "recorder/conversation/lookahead.h"
#include "recorder/conversation/matcher.h"
#include "recorder/conversation/redact.h"
#include "recorder/conversation/secret_scan.h"
#include "recorder/conversation/secrets.h"
#include "recorder/conversation/talks.h"

struct redactor {
    struct secrets secrets;
    struct lookahead ahead;
    struct talks talks;
    uint64_t number;      /* of the pass's next event */
    size_t gathered;      /* pass 1: bytes in the texts of all tracks */
    bool digits;          /* pass 2: there are forms of digits alone */
    struct span *strings; /* the forms' bytes, for the matcher */
    struct matcher *matcher;
};

struct secret_sink redactor_sink(struct redactor *r);

/* Begins the run of bytes that an event's payload goes on with. Both passes: the same way. */
void track_start(struct track *track, const struct talk *talk, const struct event *ev);

/* What kind of bytes a channel's are, seen by the first of them. Both passes. */
void track_look(struct track *track, struct channel *ch, const struct talk *talk,
                const struct event *ev, struct span bytes);

/*
 * One channel's bytes of a payload: a view where they stand in one piece, else a copy in `copy`
 * (which has the limit EVENT_PAYLOAD_MAX). -1: no memory.
 */
int channel_bytes(const struct pieces *pieces, struct span payload, unsigned channel,
                  struct buf *copy, struct span *out);

/* Pass 1, for the payload of one event. */
int learn_payload(struct redactor *r, struct talk *talk, const struct event *ev, struct err *e);

/* A track_over: looks through what was gathered and is not complete. */
struct learn_over {
    struct redactor *r;
    struct err *e;
};
int learn_over(void *self, struct talk *talk, struct track *track);

/* Pass 2. */
int apply_head(struct redactor *r, struct event *ev, struct err *e);
int apply_payload(struct redactor *r, struct talk *talk, struct event *ev, struct err *e);

/* A finder for a text of its own. */
struct finder redactor_finder(const struct redactor *r, struct span text);

/* Appends a form's placeholder, and notes that it is used. -1: out's limit, no memory. */
int redactor_put(struct redactor *r, uint32_t form, bool url, struct buf *out);

/* Appends what a find is replaced by: its placeholder, or as many '*'. -1: as above. */
int redactor_replace(struct redactor *r, const struct find *find, bool url, struct buf *out);

/* Replaces all that is found in a text by '*', in place: `p` is the text's own memory. */
void redactor_mask(const struct redactor *r, struct span text, char *p);

#endif
