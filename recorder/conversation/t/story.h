/* A conversation for the tests of redaction: said event by event, then redacted in two passes. */
#ifndef BUGFORBUG_CONVERSATION_T_STORY_H
#define BUGFORBUG_CONVERSATION_T_STORY_H

#include <stdbool.h>
#include <stddef.h>

#include "recorder/base/buf.h"
#include "recorder/conversation/event.h"
#include "recorder/conversation/redact.h"

#define STORY_MAX 4096

struct story {
    struct event events[STORY_MAX];
    size_t n;
    uint32_t exchange; /* the latest */
    struct redactor *r;
    char **names;   /* after story_redact */
    struct buf all; /* after story_redact: heads and payloads of all events, one after another */
};

struct story *story_new(void);
void story_free(struct story *s);

/* A request on connection 1, complete; the next exchange. Lines of the head end with "\n" here. */
struct event *story_request(struct story *s, const char *head, const char *body);
/* Its response, complete. */
struct event *story_response(struct story *s, const char *head, const char *body);
/* The same, with the body still to come in story_data; the last one's `end` is the caller's. */
struct event *story_request_head(struct story *s, const char *head);
struct event *story_response_head(struct story *s, const char *head);
struct event *story_data(struct story *s, enum side from, const void *p, size_t n);
struct event *story_say(struct story *s, enum side from, const char *text);
/* An attach that answers 101; what is said then is a stream. */
void story_attach(struct story *s);
struct event *story_end(struct story *s, enum event_kind kind, enum side from);

/* A frame of stdcopy, appended to `out`. */
void story_frame(struct buf *out, unsigned channel, const char *text);

/* Both passes. */
void story_redact(struct story *s);

/* A redacted story that is redacted again: nothing is found in it, nothing changes. */
void story_is_clean(struct story *s);

/* Does any head or payload hold this? */
bool story_has(const struct story *s, const char *text);
bool story_has_bytes(const struct story *s, const void *p, size_t n);

/* Fails the test where the value stands anywhere, in any form. */
void story_hides(const struct story *s, const char *value);

/* The events' payloads of one side, joined. */
void story_said(const struct story *s, enum side from, struct buf *out);

#endif
