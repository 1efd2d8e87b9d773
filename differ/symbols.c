#include "differ/symbols.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "differ/symbols_table.h"

#define DECODED_MAX ((size_t)1 << 20)

const struct conflict *symbols_conflict(const struct symbols *s)
{
    return &s->conflict;
}

void symbols_forgive(struct symbols *s)
{
    if (s->conflict.a.p)
        symbols_bind(s, s->conflict.a, s->conflict.b, !word_is_hex(s->conflict.a), false, true);
}

static struct span clip(struct span s, size_t n)
{
    return (struct span){s.p, s.n < n ? s.n : n};
}

static struct span keep(struct symbols *s, size_t i, struct span word)
{
    buf_clear(&s->kept[i]);
    if (buf_add(&s->kept[i], word.p, word.n) < 0)
        s->failed = ENOMEM;
    return (struct span){buf_str(&s->kept[i]), s->kept[i].n};
}

/* `side`: of which the word was found to stand for something else. The first one is kept. */
static enum sameness conflict(struct symbols *s, struct span a, struct span b,
                              const struct symbol *found, int side)
{
    if (found->chosen)
        return DIFFERENT;
    if (s->conflict.a.p)
        return CONFLICT;
    s->conflict = (struct conflict){.a = keep(s, 0, a), .b = keep(s, 1, b), .since = found->since};
    if (side == ON_BASELINE)
        s->conflict.expected = keep(s, 2, clip(found->word[1], found->whole ? SIZE_MAX : b.n));
    else
        s->conflict.other = keep(s, 3, clip(found->word[0], found->whole ? SIZE_MAX : a.n));
    return CONFLICT;
}

/*
 * Looks up one side of a pair of hex words by what is akin to it. SAME: it stands for the other;
 * CONFLICT: for something else, which goes to *found; DIFFERENT: it is not bound.
 */
static enum sameness look_up(const struct symbols *s, int side, struct span word, struct span mate,
                             const struct symbol **found)
{
    *found = NULL;
    for (uint32_t i = symbols_first(s, side, word); i; i = s->v[i - 1].next[side]) {
        const struct symbol *v = &s->v[i - 1];
        if (v->whole || !symbols_akin(v->word[side], word))
            continue;
        if (symbols_akin(v->word[!side], mate)) {
            *found = v;
            return SAME;
        }
        if (!*found || (*found)->forgiven)
            *found = v;
    }
    return *found ? CONFLICT : DIFFERENT;
}

/* Words of equal length, both hex, at the same place. */
static enum sameness pair_hex(struct symbols *s, struct span a, struct span b)
{
    const struct symbol *found;
    enum sameness r = look_up(s, ON_BASELINE, a, b, &found);
    bool may_bind = word_is_id(a) && word_is_id(b);
    if (r == SAME) {
        if (a.n > found->word[0].n && may_bind)
            symbols_bind(s, a, b, false, found->chosen, false);
        return SAME;
    }
    if (!may_bind)
        return span_eq(a, b) ? SAME : DIFFERENT;
    if (r == CONFLICT)
        return conflict(s, a, b, found, ON_BASELINE);
    r = look_up(s, ON_CANDIDATE, b, a, &found);
    if (r == CONFLICT)
        return conflict(s, a, b, found, ON_CANDIDATE);
    symbols_bind(s, a, b, false, false, false);
    return SAME;
}

static enum sameness pair_whole(struct symbols *s, struct span a, struct span b)
{
    const struct symbol *x = symbols_exact(s, ON_BASELINE, a), *y;
    for (uint32_t i = symbols_first(s, ON_BASELINE, a); i; i = s->v[i - 1].next[ON_BASELINE])
        if (s->v[i - 1].whole && span_eq(s->v[i - 1].word[0], a) && span_eq(s->v[i - 1].word[1], b))
            return SAME;
    if (x)
        return conflict(s, a, b, x, ON_BASELINE);
    y = symbols_exact(s, ON_CANDIDATE, b);
    if (y)
        return conflict(s, a, b, y, ON_CANDIDATE);
    symbols_bind(s, a, b, true, false, false);
    return SAME;
}

enum sameness symbols_pair(struct symbols *s, struct span a, struct span b)
{
    if (!a.n || !b.n)
        return a.n == b.n ? SAME : DIFFERENT;
    s->conflict = (struct conflict){.since = 0};
    return pair_whole(s, a, b);
}

static enum sameness pair_part(struct symbols *s, struct span a, struct span b)
{
    if (a.n == b.n && word_is_hex(a) && word_is_hex(b))
        return pair_hex(s, a, b);
    return span_eq(a, b) ? SAME : DIFFERENT;
}

/* Two words (letters, digits, underscores) at the same place. */
static enum sameness pair_word(struct symbols *s, struct span a, struct span b)
{
    if (s->whole_n && a.n >= SYMBOL_STEM && symbols_exact(s, ON_BASELINE, a))
        return pair_whole(s, a, b);
    while (a.p && b.p) {
        struct span x = span_cut(&a, '_'), y = span_cut(&b, '_');
        enum sameness r = pair_part(s, x, y);
        if (r != SAME)
            return r;
    }
    return a.p || b.p ? DIFFERENT : SAME;
}

/* Walks both texts word by word; stops at the first difference, and goes on behind a conflict,
 * which counts only where there is no difference. */
static enum sameness walk(struct symbols *s, struct span a, struct span b, size_t *at)
{
    enum sameness all = SAME;
    size_t i = 0, j = 0;
    while (i < a.n && j < b.n) {
        struct span x = word_at(a, i), y = word_at(b, j);
        enum sameness r = x.n && y.n ? pair_word(s, x, y) : a.p[i] == b.p[j] ? SAME : DIFFERENT;
        if (r != SAME && all == SAME)
            *at = i;
        if (r == DIFFERENT)
            return DIFFERENT;
        if (r == CONFLICT)
            all = CONFLICT;
        i += x.n ? x.n : 1;
        j += y.n ? y.n : 1;
    }
    if (all == SAME)
        *at = i;
    return i < a.n || j < b.n ? DIFFERENT : all;
}

enum sameness symbols_compare(struct symbols *s, struct span a, struct span b, size_t *at)
{
    size_t unused, mark = s->n;
    s->conflict = (struct conflict){.since = 0};
    enum sameness r = walk(s, a, b, at ? at : &unused);
    if (r != SAME)
        symbols_undo(s, mark);
    return r;
}

enum sameness symbols_pair_name(struct symbols *s, struct span a, struct span b)
{
    struct span x = a, y = b;
    bool slash = span_starts(a, "/");
    if (slash != span_starts(b, "/"))
        return DIFFERENT;
    if (slash)
        x.p++, x.n--, y.p++, y.n--;
    if (!word_is_name(x) || !word_is_name(y))
        return symbols_compare(s, a, b, NULL);
    s->conflict = (struct conflict){.since = 0};
    return pair_whole(s, x, y);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoded (RFC 3986, 2.1): filters in a query would hide their IDs otherwise. */
static int decode(struct span s, struct buf *out)
{
    if (buf_reserve(out, s.n) < 0)
        return -1;
    for (size_t i = 0; i < s.n; i++) {
        int high = -1, low = -1;
        if (s.p[i] == '%' && i + 2 < s.n) {
            high = hex_digit(s.p[i + 1]);
            low = hex_digit(s.p[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            out->p[out->n++] = (char)(16 * high + low);
            i += 2;
        } else {
            out->p[out->n++] = s.p[i];
        }
    }
    out->p[out->n] = 0;
    return 0;
}

static void request_word(struct symbols *s, struct span a, struct span b)
{
    bool ids = a.n == b.n && word_is_id(a) && word_is_id(b);
    if (!ids && !(word_is_name(a) && word_is_name(b)))
        return;
    const struct symbol *found;
    bool bound = ids ? look_up(s, ON_BASELINE, a, b, &found) != DIFFERENT ||
                           look_up(s, ON_CANDIDATE, b, a, &found) != DIFFERENT
                     : symbols_exact(s, ON_BASELINE, a) || symbols_exact(s, ON_CANDIDATE, b);
    if (!bound)
        symbols_bind(s, a, b, !ids, span_eq(a, b), false);
}

/* An address at this place of a text (digits, dots, colons); n == 0: none. */
static struct span address_at(struct span text, size_t at)
{
    size_t end = at, dots = 0, colons = 0;
    for (; end < text.n; end++) {
        char c = text.p[end];
        dots += c == '.';
        colons += c == ':';
        if (hex_digit(c) < 0 && c != '.' && c != ':')
            break;
    }
    bool is = dots == 3 || colons >= 2;
    return (struct span){text.p + at, is && end - at >= 7 ? end - at : 0};
}

static void request_texts(struct symbols *s, struct span a, struct span b)
{
    size_t i = 0, j = 0;
    while (i < a.n && j < b.n) {
        struct span x = word_at(a, i), y = word_at(b, j);
        if (x.n && y.n) {
            request_word(s, x, y);
            struct span address = address_at(a, i);
            if (address.n && span_eq(address, address_at(b, j)) &&
                !symbols_exact(s, ON_BASELINE, address))
                symbols_bind(s, address, address, true, true, false);
        } else if (x.n || y.n || a.p[i] != b.p[j]) {
            return; /* what follows does not stand at the same place */
        }
        i += x.n ? x.n : 1;
        j += y.n ? y.n : 1;
    }
}

void symbols_request(struct symbols *s, struct span a, struct span b)
{
    struct buf x = BUF_INIT(DECODED_MAX), y = BUF_INIT(DECODED_MAX);
    if (decode(a, &x) == 0 && decode(b, &y) == 0)
        request_texts(s, (struct span){x.p, x.n}, (struct span){y.p, y.n});
    buf_free(&x);
    buf_free(&y);
}

bool symbols_chosen(const struct symbols *s, struct span word)
{
    const struct symbol *v = symbols_exact(s, ON_BASELINE, word);
    return v && v->chosen;
}

struct span symbols_translate(const struct symbols *s, struct span word)
{
    const struct symbol *v = symbols_exact(s, ON_BASELINE, word);
    if (v)
        return v->word[1];
    for (uint32_t i = word_is_hex(word) ? symbols_first(s, ON_BASELINE, word) : 0; i;
         i = s->v[i - 1].next[0]) {
        v = &s->v[i - 1];
        if (!v->whole && !v->forgiven && v->word[0].n >= word.n && symbols_akin(v->word[0], word))
            return clip(v->word[1], word.n);
    }
    return (struct span){NULL, 0};
}

bool symbols_made_up(struct span text)
{
    if (span_starts(text, "sha256:"))
        return text.n == 71 && word_is_hex((struct span){text.p + 7, 64});
    return word_is_id(text);
}

int symbols_rename(const struct symbols *s, struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.n;) {
        struct span word = word_at(text, i);
        struct span new = word.n >= SYMBOL_STEM ? symbols_translate(s, word) : word;
        if (!new.p)
            new = word;
        if ((word.n ? buf_add(out, new.p, new.n) : buf_addc(out, text.p[i])) < 0)
            return -1;
        i += word.n ? word.n : 1;
    }
    return 0;
}

int symbols_generalise(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.n;) {
        struct span word = word_at(text, i);
        int rc = !word.n            ? buf_addc(out, text.p[i])
                 : word_is_id(word) ? buf_adds(out, "{id}")
                                    : buf_add(out, word.p, word.n);
        if (rc < 0)
            return -1;
        i += word.n ? word.n : 1;
    }
    return 0;
}
