/*
 * Finds where the values of a JSON stream end (objects or arrays one after another), with the text
 * arriving in pieces. Looks at brackets and quotes only: whether it is JSON, a parser says.
 */
#ifndef BUGFORBUG_CONVERSATION_JSON_CUT_H
#define BUGFORBUG_CONVERSATION_JSON_CUT_H

#include <stdbool.h>
#include <stddef.h>

#include "recorder/base/span.h"

/* {0} at the beginning. */
struct json_cut {
    size_t depth;
    bool in_string, escaped;
};

/* Takes bytes up to the end of a value; *used says how many. True: a value ended with the last. */
bool json_cut_feed(struct json_cut *c, struct span bytes, size_t *used);

#endif
