/*
 * Words in what a client says. A word is a run of letters, digits, '_', '.', '-' as it stands in an
 * ID, a name or a port; escapes of the text around it (%22 in a query, \n in JSON) belong to no
 * word. Everything that looks for made-up values, or puts others in their place, cuts the text
 * here, so that all of it agrees where a value begins and ends.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_TOKEN_H
#define BUGFORBUG_SUITES_REPLAY_TOKEN_H

#include <stdbool.h>

#include "recorder/base/span.h"

enum text_kind {
    TEXT_PLAIN,
    TEXT_URL, /* percent-encoded (RFC 3986, 2.1) */
    TEXT_JSON /* the text of a JSON document: backslash escapes (RFC 8259, 7) */
};

#define ID_HEX 64     /* digits of an ID (sha256) */
#define ID_HEX_MIN 12 /* shorter runs of digits are no ID, wherever they stand */
#define ID_HEX_PATH 4 /* ... but in a place where only an ID or a name can stand */

/*
 * Cuts the next word off the front of *rest; *gap is what stands before it. False at the end of the
 * text, with the last gap in *gap.
 */
bool token_next(struct span *rest, enum text_kind kind, struct span *gap, struct span *word);

/* The same inside a word, for its parts between '_', '.' and '-'. */
bool token_part(struct span *rest, struct span *gap, struct span *part);

/* Nothing but 0-9a-f, and at least `min` of them. */
bool token_is_hex(struct span word, size_t min);

/* Nothing but digits: a port that a daemon may have chosen (1024 to 65535). */
bool token_is_port(struct span word);

/* A name of the shape that daemons make up: "adjective_surname", or with a digit behind it. */
bool token_is_generated_name(struct span word);

#endif
