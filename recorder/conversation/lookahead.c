#include "recorder/conversation/lookahead.h"

#include <stdlib.h>

struct look {
    uint64_t number;
    uint32_t next; /* LOOKAHEAD_NONE: nothing follows */
    uint32_t at;   /* of its window in the bytes */
    unsigned char kept, channel;
    bool cut; /* the event says more than was kept */
};

#define LIST_MAX (LOOKAHEAD_MAX / 2 / sizeof(struct look))

void lookahead_init(struct lookahead *l)
{
    memset(l, 0, sizeof *l);
    l->bytes = BUF_INIT(LOOKAHEAD_MAX / 2);
    l->full_at = UINT64_MAX;
}

void lookahead_free(struct lookahead *l)
{
    free(l->list);
    buf_free(&l->bytes);
    lookahead_init(l);
}

static struct look *room(struct lookahead *l)
{
    if (l->full_at != UINT64_MAX || l->n >= LIST_MAX)
        return NULL;
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 256;
        struct look *list = realloc(l->list, cap * sizeof *list);
        if (!list)
            return NULL;
        l->list = list;
        l->cap = cap;
    }
    return &l->list[l->n];
}

uint32_t lookahead_note(struct lookahead *l, uint64_t number, unsigned channel, struct span bytes,
                        uint32_t previous)
{
    struct look *look = room(l);
    /* Nobody looks ahead to the first bytes of a channel. */
    size_t kept = previous == LOOKAHEAD_NONE ? 0 : bytes.n;
    if (kept > LOOKAHEAD_WINDOW)
        kept = LOOKAHEAD_WINDOW;
    if (!look || buf_reserve(&l->bytes, kept) < 0) {
        if (l->full_at == UINT64_MAX)
            l->full_at = number;
        return LOOKAHEAD_NONE;
    }
    *look = (struct look){number,
                          LOOKAHEAD_NONE,
                          (uint32_t)l->bytes.n,
                          (unsigned char)kept,
                          (unsigned char)channel,
                          kept < bytes.n};
    buf_add(&l->bytes, bytes.p, kept);
    if (previous != LOOKAHEAD_NONE)
        l->list[previous].next = (uint32_t)l->n;
    return (uint32_t)l->n++;
}

int lookahead_ask(struct lookahead *l, uint64_t number, unsigned channel, size_t want,
                  struct buf *out, enum look_result *result)
{
    while (l->cursor < l->n && l->list[l->cursor].number < number)
        l->cursor++;
    size_t i = l->cursor, begin = out->n;
    while (i < l->n && l->list[i].number == number && l->list[i].channel != channel)
        i++;
    *result = number >= l->full_at ? LOOK_UNKNOWN : LOOK_ENDS;
    if (i >= l->n || l->list[i].number != number)
        return 0;
    while (l->list[i].next != LOOKAHEAD_NONE) {
        const struct look *look = &l->list[i = l->list[i].next];
        if (buf_add(out, l->bytes.p + look->at, look->kept) < 0)
            return -1;
        *result = out->n - begin >= want ? LOOK_ENOUGH : LOOK_CUT;
        if (*result == LOOK_ENOUGH || look->cut)
            return 0;
    }
    *result = l->full_at == UINT64_MAX ? LOOK_ENDS : LOOK_UNKNOWN;
    return 0;
}
