/* The table behind symbols.h: pairs of words, found by how either begins. Own of symbols*.c. */
#ifndef BUGFORBUG_DIFFER_SYMBOLS_TABLE_H
#define BUGFORBUG_DIFFER_SYMBOLS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "differ/symbols.h"

/* A pair is found by the first bytes of its words, so that pieces of an ID find the whole. */
#define SYMBOL_STEM 6

enum { ON_BASELINE, ON_CANDIDATE };

struct symbol {
    struct span word[2]; /* owned */
    uint32_t next[2];    /* in its bucket: index + 1; 0 ends */
    uint32_t since;      /* the exchange in which it was bound */
    bool whole;          /* found only as it is, not by its pieces */
    bool chosen;         /* by the client: it stands for itself */
    bool forgiven;       /* a conflict that was told */
};

struct symbols {
    struct symbol *v; /* a stack: symbols_undo drops what is above the mark */
    size_t n, cap;
    uint32_t *bucket[2];
    size_t buckets; /* a power of two */
    size_t whole_n; /* how many are whole: most texts need not be looked at for them */
    uint32_t now;   /* the exchange that is compared */
    struct conflict conflict;
    struct buf kept[4]; /* its words: what was compared may be gone when it is told */
    int failed;         /* errno */
};

/* The first pair in the bucket of a word of that side; then `next[side]`. 0: none. */
uint32_t symbols_first(const struct symbols *s, int side, struct span word);

void symbols_bind(struct symbols *s, struct span a, struct span b, bool whole, bool chosen,
                  bool forgiven);

/* The whole pair of exactly that word; NULL: none. Forgiven ones are passed over. */
const struct symbol *symbols_exact(const struct symbols *s, int side, struct span word);

/* Is one of these the beginning of the other? */
bool symbols_akin(struct span a, struct span b);

/* Words: letters, digits, underscores. */
bool word_char(char c);
struct span word_at(struct span text, size_t at);
bool word_is_id(struct span word);   /* 64 hex, or 12 with a letter and a digit */
bool word_is_hex(struct span word);  /* lower case, SYMBOL_STEM or more */
bool word_is_name(struct span word); /* adjective_surname */

#endif
