/*
 * A request target with its percent-encoding undone, and where each byte came from, so that what is
 * found in the one can be changed in the other, whichever way it was encoded.
 */
#ifndef BUGFORBUG_CONVERSATION_URL_VIEW_H
#define BUGFORBUG_CONVERSATION_URL_VIEW_H

#include <stdint.h>

#include "recorder/base/buf.h"
#include "recorder/base/span.h"

struct url_view {
    struct buf text;
    uint32_t *from; /* text.n + 1 offsets: text.p[i] is encoded by raw[from[i]] .. raw[from[i+1]] */
};

/* '+' is a blank behind the first '?' (and everywhere, if in_query). -1: no memory. */
int url_view_make(struct url_view *v, struct span raw, bool in_query);
void url_view_free(struct url_view *v);

#endif
