/*
 * Symbols: what the daemon made up (IDs, digests, names), and what the candidate made up in its
 * place. Two answers are the same if they are equal up to a one-to-one renaming of these.
 *
 * A text is taken apart into words; a word that looks made up (64 hex digits; 12 of them, with a
 * letter and a digit among them; a shorter or longer piece of one that is known; a name that was
 * bound before) is paired with the word at the same place of the other text. Nothing else is ever
 * bound: no numbers, no short words.
 *
 * Memory failures are kept and told by symbols_failed, so that comparing reads well.
 */
#ifndef BUGFORBUG_DIFFER_SYMBOLS_H
#define BUGFORBUG_DIFFER_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "recorder/base/span.h"

#define SYMBOLS_MAX ((size_t)1 << 20)

struct symbols;

struct symbols *symbols_new(struct err *e);
void symbols_free(struct symbols *s);

/* The exchange (of the baseline) that is compared from now on. */
void symbols_now(struct symbols *s, uint32_t exchange);

/* Did an earlier call run out of memory, or over SYMBOLS_MAX? -1 with the error set. */
int symbols_failed(const struct symbols *s, struct err *e);

enum sameness {
    SAME,      /* equal up to renaming; what was unbound is bound now */
    DIFFERENT, /* different text */
    CONFLICT   /* different only in that a made-up word stands for another than before, or two for
                  one */
};

/*
 * Compares two texts. On DIFFERENT and CONFLICT nothing stays bound. The position in `a` of the
 * first word that differs goes to *at, where that is not NULL. After a CONFLICT that was told
 * (symbols_forgive) the same pair is SAME: one broken identity is one finding.
 */
enum sameness symbols_compare(struct symbols *s, struct span a, struct span b, size_t *at);

/* What the last symbols_compare (symbols_pair, ...) that returned CONFLICT met first; valid until
 * the next one. */
struct conflict {
    struct span a, b;     /* the words that met */
    struct span expected; /* what `a` stood for until now; p == NULL: nothing */
    struct span other;    /* what `b` stands for (a word of the baseline); p == NULL: nothing */
    uint32_t since;       /* the exchange in which that was first seen; 0: unknown */
};
const struct conflict *symbols_conflict(const struct symbols *s);

/* Takes the pair of the last conflict for the same from now on. */
void symbols_forgive(struct symbols *s);

/* Binds two texts as a whole, whatever they look like, or compares them with what they are bound
 * to: for values that a rule says are made up. */
enum sameness symbols_pair(struct symbols *s, struct span a, struct span b);

/* The same for names that the daemon made up: adjective_surname, with a slash before it or not.
 * Other texts, and names that the client chose, must be equal. */
enum sameness symbols_pair_name(struct symbols *s, struct span a, struct span b);

/*
 * What a client said: words that look made up (also names and addresses) and are equal on both
 * sides, and not bound yet, are the client's own choice: they stand for themselves, and another one
 * in an answer is a difference, not a renaming. Those that are not equal are bound.
 */
void symbols_request(struct symbols *s, struct span a, struct span b);

/* Did the client choose this (as a word of its own, in a request that was seen)? */
bool symbols_chosen(const struct symbols *s, struct span word);

/* What the baseline's word stands for; p == NULL where it is not bound. */
struct span symbols_translate(const struct symbols *s, struct span word);

/* Does the whole text look made up: an ID or digest? Then it is no name of a field. */
bool symbols_made_up(struct span text);

/* Appends the baseline's text with its bound words as the candidate's. */
int symbols_rename(const struct symbols *s, struct span text, struct buf *out);

/* Appends the text with what looks made up as {id}: for identities of findings. */
int symbols_generalise(struct span text, struct buf *out);

/* Undoes every binding since the mark: for comparisons on trial. */
size_t symbols_mark(const struct symbols *s);
void symbols_undo(struct symbols *s, size_t mark);

#endif
