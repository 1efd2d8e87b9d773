/*
 * A recorded request as text: its head taken apart, and its body where that is text that may hold
 * made-up values (JSON, plain text), not an archive.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_REQUEST_H
#define BUGFORBUG_SUITES_REPLAY_REQUEST_H

#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "recorder/conversation/conversation.h"
#include "recorder/wire/head.h"
#include "suites/replay/token.h"

/* A larger body is passed on as it is, whatever it holds. */
#define REQUEST_TEXT_MAX ((size_t)4 << 20)

struct request {
    const struct exchange *x;
    struct span raw; /* the head's bytes; spans point into the conversation */
    struct head head;
    uint64_t size;    /* of the body, text or not */
    bool unframed;    /* redaction dropped the transfer coding of some of it */
    struct span path; /* without the API version */
    struct span query;
    bool has_text;
    enum text_kind kind; /* of the text */
    struct buf text;     /* the whole body; empty where it is no text */
};

/* Blobs are loaded. The caller frees it also on failure. */
int request_load(const struct conversation *c, const struct exchange *x, struct request *out,
                 struct err *e);
void request_free(struct request *r);

/* Cuts the next segment off the front of a path: "/a/b" -> "a". False at its end. */
bool path_next(struct span *path, struct span *segment);

/*
 * The n-th segment of a path without version names a collection whose things are named by ID:
 * may the next segment be a prefix of an ID of any length?
 */
bool path_takes_id(struct span collection);

/* Headers whose value is JSON in base64. */
bool header_is_base64(struct span name);

/* Headers that speak of the connection and the message, never of the daemon's things. */
bool header_is_plumbing(struct span name);

/* Appends the text to a target, percent-encoded where it has to be (RFC 3986, 2.1). */
int target_encode(struct buf *target, const char *text);

#endif
