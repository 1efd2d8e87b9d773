/* Comparing the streams behind attach, exec start and logs: framing, channels, ends. */
#ifndef BUGFORBUG_DIFFER_STREAMS_H
#define BUGFORBUG_DIFFER_STREAMS_H

#include "differ/scope.h"

/* The output, per channel. 0 or -1. */
int streams_compare(struct scope *s, struct err *e);

/* How the response ended on both sides. 1: alike; 0: not, and it was told; -1. `stream`: false for
 * bodies that are one message. */
int ends_compare(struct scope *s, bool stream, struct err *e);

#endif
