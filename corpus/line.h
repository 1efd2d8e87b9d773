/* One event as one line of a conversation file (FORMAT.md, "Events"), both ways. */
#ifndef BUGFORBUG_CORPUS_LINE_H
#define BUGFORBUG_CORPUS_LINE_H

#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "recorder/base/span.h"
#include "recorder/conversation/event.h"

/* Appends the line, newline included. A blob's digest is set by then. */
int line_format(const struct event *ev, struct buf *out, struct err *e);

/* A line without its newline -> an event; the caller inits and frees it. */
int line_parse(struct span line, struct event *ev, struct err *e);

/* Text as a JSON string; bytes that are no UTF-8 are refused (-1). */
int line_string(struct span text, struct buf *out);

#endif
