/* Text for the eye: what a peer said, cut to a measure, with nothing in it that moves a terminal's
 * cursor. */
#ifndef BUGFORBUG_DIFFER_SHOW_H
#define BUGFORBUG_DIFFER_SHOW_H

#include "recorder/base/buf.h"
#include "recorder/base/span.h"

/*
 * Appends the bytes: control bytes and what is no UTF-8 as \xNN (\n, \r, \t by those names), a
 * backslash as it is. At most `max` bytes of input; what was cut is said ("... 4096 bytes in
 * all"). -1: no memory, or over out's limit.
 */
int show_bytes(struct buf *out, struct span bytes, size_t max);

/* The same as an owned string; NULL: no memory. */
char *show_string(struct span bytes, size_t max);

/* Appends what differs: like show_bytes, but where the bytes are longer than max, a window that
 * begins a little before `at` is shown. */
int show_around(struct buf *out, struct span bytes, size_t at, size_t max);

/* Length of the UTF-8 sequence at the front (RFC 3629); 0: there is none. */
size_t show_utf8(struct span bytes);

#endif
