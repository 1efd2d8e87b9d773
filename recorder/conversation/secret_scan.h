/*
 * Looks for secrets in text: tokens and URL passwords anywhere, and in what a shell may run also
 *   NAME=value, export NAME=value, --name=value, --name value     where NAME smells
 *   "name": "value", name: value, Authorization: Bearer value     the same, in JSON, YAML, headers
 *   sshpass -p X, ... login -p X, mysql -pX, curl -u user:X, redis-cli -a X
 * Values may be quoted: '...' (with '\'' and '"'"' inside), "...", $'...', and all of these inside
 * another string, with backslashes before the quotes: CI runners hand over their script as
 * eval $'export TOKEN=$\'...\'\n...'. A value that is spelt with escapes is given in each spelling:
 * as it stands, and as the shell understands it. References ($X, $(...)) are no values.
 */
#ifndef BUGFORBUG_CONVERSATION_SECRET_SCAN_H
#define BUGFORBUG_CONVERSATION_SECRET_SCAN_H

#include <stddef.h>

#include "recorder/base/err.h"
#include "recorder/base/span.h"

/* Where secrets go; `self` knows the place. The spans are the callee's to copy. */
struct secret_sink {
    void *self;
    int (*found)(void *self, const char *place, struct span name, struct span value, struct err *e);
};

enum scan_how {
    SCAN_SHAPES, /* only tokens and URL passwords */
    SCAN_SHELL,  /* all of it */
    SCAN_OPTIONS /* all of it, and a comma ends a value: mount options, a=b,c=d */
};

/*
 * Secrets are named by `place` and the name that betrayed them; `name` stands in front of a shape's
 * label where it is not empty. -1: the sink refused, or no memory.
 */
int secret_scan(const struct secret_sink *sink, const char *place, struct span name,
                struct span text, enum scan_how how, struct err *e);

/* The same for words that stand alone (an exec form, argv): a flag's value is the next word. */
int secret_scan_words(const struct secret_sink *sink, const char *place, const struct span *words,
                      size_t n, struct err *e);

/* The value of an Authorization header: what follows the scheme; a Basic one's password, too. */
int secret_credentials(const struct secret_sink *sink, const char *place, struct span name,
                       struct span text, struct err *e);

#endif
