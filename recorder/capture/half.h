/*
 * One direction of a TCP connection: where its bytes stand, and those that came before their turn.
 * Positions are 64 bits wide and do not wrap, the numbers on the wire do (RFC 9293, 3.4).
 */
#ifndef BUGFORBUG_CAPTURE_HALF_H
#define BUGFORBUG_CAPTURE_HALF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that wait for those before them. The list is in order, and nothing in it overlaps. */
struct half_piece {
    struct half_piece *prev, *next;
    int64_t at;
    size_t n;
    char bytes[];
};

struct half {
    bool known;       /* `base` is set */
    uint32_t base;    /* sequence number of position 0 */
    int64_t next;     /* position of the next byte */
    int64_t fin, rst; /* their positions; -1: not seen */
    int64_t acked;    /* as far as the other side has it all */
    bool shut;        /* the FIN was reached */
    struct half_piece *first, *last;
    size_t held; /* memory of the pieces */
};

/* Position 0 is `seq`. */
void half_begin(struct half *h, uint32_t seq);

/* The position that a sequence number means: the one nearest to the next byte's. */
int64_t half_position(const struct half *h, uint32_t seq);

/*
 * Keeps what of n bytes at position `at` was neither given out nor kept before: the first copy of
 * a byte wins, as whoever received it may have used it already. Returns how many bytes are new, or
 * -1 where there is no memory.
 */
int64_t half_keep(struct half *h, int64_t at, const char *p, size_t n);

/* Takes the first piece out of the list if it is that piece's turn, else NULL. The caller frees
 * it, and has moved `next` on already. */
struct half_piece *half_take(struct half *h);

/* Bytes that are known to be missing: holes before what is kept, or acknowledged and never seen. */
uint64_t half_missing(const struct half *h);

void half_drop(struct half *h); /* what is kept */

#endif
