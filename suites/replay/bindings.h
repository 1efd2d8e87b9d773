/*
 * Bindings: values that the daemon made up and that the client used later. The table holds the
 * words of the client that may be such values (IDs and their prefixes, names of the daemon's shape,
 * ports), the place where the client first says each, and, once the candidate has said it, the
 * candidate's value.
 *
 * Only what the daemon said before the client did can be bound: a word that the client says first
 * is its own.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_BINDINGS_H
#define BUGFORBUG_SUITES_REPLAY_BINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "recorder/base/span.h"
#include "recorder/conversation/conversation.h"
#include "suites/replay/token.h"

enum binding_kind { BINDING_HEX, BINDING_NAME, BINDING_PORT };

struct binding {
    char *old; /* as the client said it in the recording */
    char *new; /* what takes its place; NULL: not known (yet) */
    enum binding_kind kind;
    size_t first_use; /* index of the client's event that says it first */
    uint32_t source;  /* the exchange whose recorded response said it first, once that response was
                         due from the candidate; 0: none */
};

struct bindings {
    struct binding *v; /* sorted by `old` */
    size_t n, cap;
    uint64_t lengths; /* bit i: there is a BINDING_HEX of i + 1 digits */
};

/* Collects the words. The conversation is indexed. */
int bindings_collect(struct bindings *b, const struct conversation *c, struct err *e);
void bindings_free(struct bindings *b);

/* Does the client say a word for the first time behind that event? */
bool bindings_wanted_after(const struct bindings *b, size_t event);

struct binding *bindings_find(const struct bindings *b, struct span word);

/*
 * The daemon's word in the recorded response (an event of the exchange) and the candidate's word in
 * its place; for an ID all its prefixes that the client uses. An empty `new`: the candidate does
 * not say it. What is bound stays as it is. -1: no memory.
 */
int bindings_pair(struct bindings *b, enum binding_kind kind, struct span old, struct span new,
                  uint32_t exchange, size_t event);

/*
 * Appends the text with all that is bound put in its place. *missing becomes the exchange that
 * should have said a word that stands in the text and is not bound; it is left alone where all
 * are. -1: over the buffer's limit, or no memory.
 */
int bindings_rewrite(const struct bindings *b, enum text_kind kind, struct span text,
                     struct buf *out, uint32_t *missing);

/* The same for one word, where only an ID or a name can stand: shorter prefixes are IDs too. */
int bindings_rewrite_id(const struct bindings *b, struct span word, struct buf *out,
                        uint32_t *missing);

#endif
