#include "recorder/capture/half.h"

#include <stdlib.h>
#include <string.h>

void half_begin(struct half *h, uint32_t seq)
{
    h->known = true;
    h->base = seq;
    h->next = h->acked = 0;
    h->fin = h->rst = -1;
}

int64_t half_position(const struct half *h, uint32_t seq)
{
    uint32_t ahead = seq - (h->base + (uint32_t)h->next);
    return ahead < 0x80000000U ? h->next + ahead : h->next - (int64_t)(uint32_t)-ahead;
}

static int64_t end_of(const struct half_piece *piece)
{
    return piece->at + (int64_t)piece->n;
}

/* Puts a piece behind `before` (NULL: in front of all). */
static int insert(struct half *h, struct half_piece *before, int64_t at, const char *p, size_t n)
{
    struct half_piece *piece = malloc(sizeof *piece + n);
    if (!piece)
        return -1;
    *piece = (struct half_piece){.prev = before, .at = at, .n = n};
    piece->next = before ? before->next : h->first;
    memcpy(piece->bytes, p, n);
    if (before)
        before->next = piece;
    else
        h->first = piece;
    if (piece->next)
        piece->next->prev = piece;
    else
        h->last = piece;
    h->held += sizeof *piece + n;
    return 0;
}

int64_t half_keep(struct half *h, int64_t at, const char *p, size_t n)
{
    int64_t end = at + (int64_t)n, fresh = 0;
    /* Most segments belong at the end: look from there. */
    struct half_piece *before = h->last;
    while (before && before->at > at)
        before = before->prev;
    int64_t from = at < h->next ? h->next : at;
    if (before && end_of(before) > from)
        from = end_of(before);
    while (from < end) {
        struct half_piece *behind = before ? before->next : h->first;
        int64_t to = behind && behind->at < end ? behind->at : end;
        if (to > from) {
            if (insert(h, before, from, p + (from - at), (size_t)(to - from)) < 0)
                return -1;
            fresh += to - from;
        }
        from = behind ? end_of(behind) : end;
        before = behind;
    }
    return fresh;
}

struct half_piece *half_take(struct half *h)
{
    struct half_piece *piece = h->first;
    if (!piece || piece->at != h->next)
        return NULL;
    h->first = piece->next;
    if (h->first)
        h->first->prev = NULL;
    else
        h->last = NULL;
    h->held -= sizeof *piece + piece->n;
    h->next += (int64_t)piece->n;
    return piece;
}

uint64_t half_missing(const struct half *h)
{
    if (!h->known)
        return 0;
    int64_t seen = h->next, missing = 0;
    for (const struct half_piece *piece = h->first; piece; piece = piece->next) {
        missing += piece->at - seen;
        seen = end_of(piece);
    }
    int64_t said = h->acked > h->fin ? h->acked : h->fin;
    if (h->rst > said)
        said = h->rst;
    return (uint64_t)(missing + (said > seen ? said - seen : 0));
}

void half_drop(struct half *h)
{
    while (h->first) {
        struct half_piece *piece = h->first;
        h->first = piece->next;
        free(piece);
    }
    h->last = NULL;
    h->held = 0;
}
