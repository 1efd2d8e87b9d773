/*
 * What the client said, as it has to be said to the candidate: bindings, times and secrets put in,
 * lengths and chunks made anew where the body changed. All else stays byte for byte as recorded.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_REWRITE_H
#define BUGFORBUG_SUITES_REPLAY_REWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "suites/replay/bindings.h"
#include "suites/replay/request.h"
#include "suites/replay/timeline.h"

#define REWRITE_BODY_MAX (2 * REQUEST_TEXT_MAX)

struct rewriter {
    const struct bindings *bindings;
    const struct timeline *timeline;
    char *const *secrets; /* names, conversation_meta's */
};

struct rewritten {
    struct buf head;
    struct buf text; /* of the body, where it changed, or has to be framed anew */
    struct buf
        body; /* the same on the wire, whole: takes the place of all that was recorded of it */
    bool body_changed;
    uint32_t missing; /* the exchange that should have said a value that the request needs; or 0 */
};

/* The caller frees *out also on failure. */
int rewrite_request(const struct rewriter *w, const struct request *r, struct rewritten *out,
                    struct err *e);
void rewritten_free(struct rewritten *r);

/* Appends the text of a stream. */
int rewrite_text(const struct rewriter *w, enum text_kind kind, struct span text, struct buf *out,
                 uint32_t *missing);

#endif
