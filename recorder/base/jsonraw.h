/*
 * The raw text of the values inside a JSON text. A JSON library gives values back, not the bytes
 * they were written with; a recording must keep the bytes (key order, escapes, digits of numbers).
 *
 * For texts that a real parser has accepted already; on others it stops early and never reads
 * beyond the span.
 */
#ifndef BUGFORBUG_BASE_JSONRAW_H
#define BUGFORBUG_BASE_JSONRAW_H

#include <stdbool.h>

#include "recorder/base/span.h"

/* Cuts the next value, and white space and one comma before it, off the front of *rest. */
bool jsonraw_value(struct span *rest, struct span *value);

/* Goes into an object or array: the span between its brackets. */
struct span jsonraw_inside(struct span value);

/* Cuts the next member of an object's inside: key (with quotes stripped, escapes kept), value. */
bool jsonraw_member(struct span *rest, struct span *key, struct span *value);

#endif
