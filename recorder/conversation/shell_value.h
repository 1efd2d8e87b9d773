/*
 * One value as a shell script spells it, cut out without parsing the script around it: scripts
 * arrive inside other strings, unbalanced, cut, in any dialect.
 */
#ifndef BUGFORBUG_CONVERSATION_SHELL_VALUE_H
#define BUGFORBUG_CONVERSATION_SHELL_VALUE_H

#include <stdbool.h>

#include "recorder/base/buf.h"
#include "recorder/base/span.h"

struct shell_value {
    struct span raw; /* as spelt, without the outermost quotes */
    size_t end;      /* behind it, closing quote included */
    bool single;     /* in single quotes: '$' means nothing */
};

#define SHELL_VALUE_MAX ((size_t)64 << 10) /* bytes of one value; a longer one is cut */

/* The value that begins at text.p[at]; also ends at a byte of `stops`. Empty where none begins. */
struct shell_value shell_value_at(struct span text, size_t at, const char *stops);

/*
 * Appends what a shell makes of one level of spelling: '\'' and '"'"' are apostrophes, a backslash
 * goes, $'...' and C escapes (\n, \x41, \u00e4, \101) are understood. -1: out's limit, no memory.
 */
int shell_unescape(struct span raw, struct buf *out);

#endif
