/*
 * Who is to blame: things whose creation or change went otherwise than recorded. What speaks of
 * them later cannot be compared, and is blocked by the exchange that went wrong, however far back.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_BLAME_H
#define BUGFORBUG_SUITES_REPLAY_BLAME_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/base/err.h"
#include "recorder/conversation/conversation.h"
#include "suites/replay/route.h"
#include "suites/replay/things.h"

struct blame_one {
    struct thing thing;
    uint32_t exchange; /* of the baseline */
    bool extra;        /* the candidate has it, or has it changed, where the recording has not */
};

/* One thing under all its names. */
struct blame_alias {
    struct things names;
};

struct blame {
    struct blame_one *v;
    size_t n, cap;
    struct blame_alias *aliases; /* of the recording; looked for when they are first needed */
    size_t aliases_n, aliases_cap;
    bool looked;
};

void blame_free(struct blame *b);

/*
 * The exchange x went otherwise than recorded: the things that it made or changed are tainted,
 * under all the names that the recording has for them, on the account of `root` (x itself, or what
 * blocked it).
 */
int blame_exchange(struct blame *b, const struct conversation *c, const struct exchange *x,
                   uint32_t root, bool extra, struct err *e);

/*
 * *found becomes the exchange to blame that this request cannot be compared: it, or the recorded
 * response to it, speaks of a tainted thing. 0: nobody.
 */
int blame_find(const struct blame *b, const struct conversation *c, const struct request *r,
               uint32_t *found, struct err *e);

#endif
