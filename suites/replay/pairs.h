/* Lays two JSON values side by side and binds what stands at the same places. */
#ifndef BUGFORBUG_SUITES_REPLAY_PAIRS_H
#define BUGFORBUG_SUITES_REPLAY_PAIRS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "suites/replay/bindings.h"

struct pairs {
    struct bindings *b;
    uint32_t exchange;
    size_t event; /* of the recorded response */
    bool failed;  /* no memory */
};

/* Pairs hex words of two texts, where both have as many. */
void pairs_text(struct pairs *p, struct span old, struct span new);

/* `key` is the member that holds them, or NULL. `new` may be NULL: the candidate has none. */
void pairs_json(struct pairs *p, const char *key, const json_t *old, const json_t *new);

/* Messages of a JSON stream. */
void pairs_messages(struct pairs *p, json_t *const *old, size_t old_n, json_t *const *new,
                    size_t new_n);

#endif
