/* A body as the JSON documents that it holds, one after another: one of a plain answer, many of a
 * JSON stream. */
#ifndef BUGFORBUG_SUITES_REPLAY_DOCUMENTS_H
#define BUGFORBUG_SUITES_REPLAY_DOCUMENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "recorder/base/span.h"

struct documents {
    json_t **v;
    size_t n, cap;
};

/* Reads up to what is no JSON. -1: no memory. */
int documents_read(struct documents *d, struct span text);
void documents_free(struct documents *d);

/* Does one of them report a failure, as Docker does in a stream whose status is 200 already
 * ({"errorDetail": …, "error": …}; facts, section 4)? */
bool documents_fail(const struct documents *d);

/* The text of a JSON string; p == NULL where it is none. */
struct span json_span(const json_t *v);

#endif
