#include "suites/replay/token.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_joint(char c)
{
    return c == '_' || c == '.' || c == '-';
}

static bool is_word(char c)
{
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') || is_joint(c);
}

/* How many bytes at the front are an escape; 0: none. */
static size_t escape(struct span s, enum text_kind kind)
{
    if (kind == TEXT_URL && s.p[0] == '%')
        return s.n < 3 ? s.n : 3;
    if (kind == TEXT_JSON && s.p[0] == '\\') {
        size_t n = s.n > 1 && s.p[1] == 'u' ? 6 : 2;
        return s.n < n ? s.n : n;
    }
    return 0;
}

static void advance(struct span *s, size_t n)
{
    s->p += n;
    s->n -= n;
}

bool token_next(struct span *rest, enum text_kind kind, struct span *gap, struct span *word)
{
    *gap = (struct span){rest->p, 0};
    while (rest->n && !is_word(rest->p[0])) {
        size_t n = escape(*rest, kind);
        advance(rest, n ? n : 1);
    }
    gap->n = rest->p ? (size_t)(rest->p - gap->p) : 0;
    *word = (struct span){rest->p, 0};
    while (word->n < rest->n && is_word(rest->p[word->n]))
        word->n++;
    advance(rest, word->n);
    return word->n > 0;
}

bool token_part(struct span *rest, struct span *gap, struct span *part)
{
    *gap = (struct span){rest->p, 0};
    while (gap->n < rest->n && is_joint(rest->p[gap->n]))
        gap->n++;
    advance(rest, gap->n);
    *part = (struct span){rest->p, 0};
    while (part->n < rest->n && !is_joint(rest->p[part->n]))
        part->n++;
    advance(rest, part->n);
    return part->n > 0;
}

bool token_is_hex(struct span word, size_t min)
{
    for (size_t i = 0; i < word.n; i++)
        if (!is_digit(word.p[i]) && !(word.p[i] >= 'a' && word.p[i] <= 'f'))
            return false;
    return word.n >= min;
}

bool token_is_port(struct span word)
{
    unsigned v = 0;
    if (word.n < 4 || word.n > 5 || word.p[0] == '0')
        return false;
    for (size_t i = 0; i < word.n; i++) {
        if (!is_digit(word.p[i]))
            return false;
        v = v * 10 + (unsigned)(word.p[i] - '0');
    }
    return v >= 1024 && v <= 65535;
}

bool token_is_generated_name(struct span word)
{
    size_t i = 0, first, second;
    while (i < word.n && is_lower(word.p[i]))
        i++;
    first = i;
    if (i == word.n || word.p[i++] != '_')
        return false;
    second = i;
    while (i < word.n && is_lower(word.p[i]))
        i++;
    second = i - second;
    if (i < word.n && is_digit(word.p[i]))
        i++;
    return i == word.n && first >= 3 && second >= 3;
}
