/* Base64 (RFC 4648, 4 and 5). */
#ifndef BUGFORBUG_BASE_BASE64_H
#define BUGFORBUG_BASE_BASE64_H

#include "recorder/base/buf.h"
#include "recorder/base/span.h"

/* Appends the standard alphabet's text, padded. -1: no memory, or over the limit. */
int base64_encode(struct span bytes, struct buf *out);

/*
 * Appends the bytes. Takes both alphabets, with and without padding; -1 with errno EINVAL for
 * anything else.
 */
int base64_decode(struct span text, struct buf *out);

#endif
