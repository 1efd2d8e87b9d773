#include "differ/symbols_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOLS_WORD_MAX SIZE_MAX / 2 /* as long as what was compared */

struct symbols *symbols_new(struct err *e)
{
    struct symbols *s = calloc(1, sizeof *s);
    if (s) {
        for (size_t i = 0; i < 4; i++)
            s->kept[i] = BUF_INIT(SYMBOLS_WORD_MAX);
        s->buckets = 256;
        s->bucket[0] = calloc(s->buckets, sizeof(uint32_t));
        s->bucket[1] = calloc(s->buckets, sizeof(uint32_t));
    }
    if (!s || !s->bucket[0] || !s->bucket[1]) {
        symbols_free(s);
        err_sys(e, "symbols");
        return NULL;
    }
    return s;
}

static void symbol_free(struct symbol *v)
{
    free((char *)v->word[0].p);
    free((char *)v->word[1].p);
}

void symbols_free(struct symbols *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        symbol_free(&s->v[i]);
    for (size_t i = 0; i < 4; i++)
        buf_free(&s->kept[i]);
    free(s->v);
    free(s->bucket[0]);
    free(s->bucket[1]);
    free(s);
}

int symbols_failed(const struct symbols *s, struct err *e)
{
    if (!s->failed)
        return 0;
    if (s->failed == EFBIG)
        return err_set(e, "more than %zu IDs and names in one conversation", SYMBOLS_MAX);
    errno = s->failed;
    return err_sys(e, "symbols");
}

static size_t hash(struct span word, size_t buckets)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < word.n && i < SYMBOL_STEM; i++)
        h = (h ^ (unsigned char)word.p[i]) * 16777619u;
    return h & (buckets - 1);
}

uint32_t symbols_first(const struct symbols *s, int side, struct span word)
{
    return s->bucket[side][hash(word, s->buckets)];
}

static void chain(struct symbols *s, size_t i)
{
    for (int side = 0; side < 2; side++) {
        uint32_t *first = &s->bucket[side][hash(s->v[i].word[side], s->buckets)];
        s->v[i].next[side] = *first;
        *first = (uint32_t)i + 1;
    }
}

static int grow(struct symbols *s)
{
    size_t cap = s->cap ? 2 * s->cap : 64;
    struct symbol *v = realloc(s->v, cap * sizeof *v);
    if (!v)
        return -1;
    s->v = v;
    s->cap = cap;
    if (cap <= s->buckets)
        return 0;
    uint32_t *a = calloc(cap, sizeof *a), *b = calloc(cap, sizeof *b);
    if (!a || !b) {
        free(a);
        free(b);
        return -1;
    }
    free(s->bucket[0]);
    free(s->bucket[1]);
    s->bucket[0] = a;
    s->bucket[1] = b;
    s->buckets = cap;
    /* In order, so that the newest is first in its bucket: symbols_undo relies on that. */
    for (size_t i = 0; i < s->n; i++)
        chain(s, i);
    return 0;
}

static struct span copy(struct span s)
{
    char *p = malloc(s.n + 1);
    if (!p)
        return (struct span){NULL, 0};
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return (struct span){p, s.n};
}

void symbols_bind(struct symbols *s, struct span a, struct span b, bool whole, bool chosen,
                  bool forgiven)
{
    if (s->n == SYMBOLS_MAX) {
        s->failed = EFBIG;
        return;
    }
    if (s->n == s->cap && grow(s) < 0) {
        s->failed = ENOMEM;
        return;
    }
    struct symbol *new = &s->v[s->n];
    *new = (struct symbol){.whole = whole, .chosen = chosen, .forgiven = forgiven};
    new->since = s->now;
    new->word[0] = copy(a);
    new->word[1] = copy(b);
    if (!new->word[0].p || !new->word[1].p) {
        symbol_free(new);
        s->failed = ENOMEM;
        return;
    }
    chain(s, s->n++);
    s->whole_n += whole;
}

void symbols_now(struct symbols *s, uint32_t exchange)
{
    s->now = exchange;
}

size_t symbols_mark(const struct symbols *s)
{
    return s->n;
}

void symbols_undo(struct symbols *s, size_t mark)
{
    while (s->n > mark) {
        struct symbol *last = &s->v[--s->n];
        for (int side = 0; side < 2; side++)
            s->bucket[side][hash(last->word[side], s->buckets)] = last->next[side];
        s->whole_n -= last->whole;
        symbol_free(last);
    }
}

const struct symbol *symbols_exact(const struct symbols *s, int side, struct span word)
{
    for (uint32_t i = symbols_first(s, side, word); i; i = s->v[i - 1].next[side])
        if (s->v[i - 1].whole && !s->v[i - 1].forgiven && span_eq(s->v[i - 1].word[side], word))
            return &s->v[i - 1];
    return NULL;
}

bool symbols_akin(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    return n >= SYMBOL_STEM && memcmp(a.p, b.p, n) == 0;
}

bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_';
}

struct span word_at(struct span text, size_t at)
{
    size_t end = at;
    while (end < text.n && word_char(text.p[end]))
        end++;
    return (struct span){text.p + at, end - at};
}

bool word_is_hex(struct span w)
{
    for (size_t i = 0; i < w.n; i++)
        if (!((w.p[i] >= '0' && w.p[i] <= '9') || (w.p[i] >= 'a' && w.p[i] <= 'f')))
            return false;
    return w.n >= SYMBOL_STEM;
}

bool word_is_id(struct span w)
{
    if ((w.n != 64 && w.n != 12) || !word_is_hex(w))
        return false;
    bool letter = false, digit = false;
    for (size_t i = 0; i < w.n; i++) {
        letter |= w.p[i] >= 'a';
        digit |= w.p[i] <= '9';
    }
    return letter && digit;
}

bool word_is_name(struct span w)
{
    size_t i = 0, first, second;
    while (i < w.n && w.p[i] >= 'a' && w.p[i] <= 'z')
        i++;
    first = i;
    if (i == w.n || w.p[i++] != '_')
        return false;
    while (i < w.n && w.p[i] >= 'a' && w.p[i] <= 'z')
        i++;
    second = i - first - 1;
    if (i < w.n && w.p[i] >= '0' && w.p[i] <= '9')
        i++; /* moby adds a digit where the name was taken */
    return i == w.n && first >= 3 && second >= 3;
}
