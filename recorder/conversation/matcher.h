/*
 * Finds any of many byte strings in a text, in one pass that jumps over most of it (Wu and Manber,
 * "A fast algorithm for multi-pattern searching", 1994); where one may begin, it is looked up among
 * the sorted strings, so that many strings with a common beginning cost no more than few.
 */
#ifndef BUGFORBUG_CONVERSATION_MATCHER_H
#define BUGFORBUG_CONVERSATION_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/base/span.h"

#define MATCHER_MIN 4 /* bytes of the shortest string that it takes */

struct matcher;

/*
 * strings[i] for i < n: each MATCHER_MIN bytes at least, sorted by their bytes (a string before the
 * longer ones that begin with it), none twice. They must outlive it. NULL: no memory.
 */
struct matcher *matcher_new(const struct span *strings, size_t n);
void matcher_free(struct matcher *m);

/*
 * The first place at `from` or behind, and before `until`, where a string may begin; `until` where
 * there is none. Whether one does is matcher_first's to say.
 */
size_t matcher_skip(const struct matcher *m, struct span text, size_t from, size_t until);

#define MATCHER_NONE UINT32_MAX

/* The longest string that begins at text.p[at], and the next shorter one; or MATCHER_NONE. */
uint32_t matcher_first(const struct matcher *m, struct span text, size_t at);
uint32_t matcher_shorter(const struct matcher *m, uint32_t string);

/*
 * Strings that begin with what is left of the text, MATCHER_MIN bytes at least, and go on: the
 * first of them, the others follow it (string + 1, ...; *n in all). MATCHER_NONE: there is none.
 */
uint32_t matcher_begun(const struct matcher *m, struct span text, size_t at, uint32_t *n);

#endif
