/* Is this text, that may get longer, or something whose bytes have their places (tar)? */
#ifndef BUGFORBUG_CONVERSATION_PLAINTEXT_H
#define BUGFORBUG_CONVERSATION_PLAINTEXT_H

#include <stdbool.h>

#include "recorder/base/span.h"

/*
 * UTF-8 without NUL. A character may be cut at both ends: events end where they end.
 */
bool is_plaintext(struct span bytes);

#endif
