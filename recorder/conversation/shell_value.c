#include "recorder/conversation/shell_value.h"

#include "recorder/conversation/secret_forms.h"
#include "recorder/conversation/secret_rules.h"

/* Where `what` stands next; text.n where it does not. */
static size_t find(struct span text, size_t from, const char *what)
{
    const char *at =
        from < text.n ? memmem(text.p + from, text.n - from, what, strlen(what)) : NULL;
    return at ? (size_t)(at - text.p) : text.n;
}

static bool has_at(struct span text, size_t at, const char *what)
{
    return at <= text.n && span_starts((struct span){text.p + at, text.n - at}, what);
}

static struct shell_value value(struct span text, size_t begin, size_t end, size_t quote)
{
    size_t after = end + quote < text.n ? end + quote : text.n;
    return (struct shell_value){{text.p + begin, end - begin}, after, false};
}

/* '...'; an apostrophe inside is written as '\'' or '"'"'. */
static struct shell_value single_quoted(struct span text, size_t begin)
{
    size_t end = find(text, begin, "'");
    while (has_at(text, end, "'\\''") || has_at(text, end, "'\"'\"'"))
        end = find(text, end + (text.p[end + 1] == '\\' ? 4 : 5), "'");
    struct shell_value v = value(text, begin, end, 1);
    v.single = true;
    return v;
}

/* "..." and $'...': a backslash protects the quote. */
static struct shell_value quoted(struct span text, size_t begin, char quote)
{
    size_t i = begin;
    while (i < text.n && text.p[i] != quote)
        i += text.p[i] == '\\' ? 2 : 1;
    return value(text, begin, i < text.n ? i : text.n, 1);
}

/*
 * \'...\' and \"...\": a quote inside another string, which ends at the next quote that has exactly
 * one backslash; three are a quote inside the quote.
 */
static struct shell_value escaped_quoted(struct span text, size_t begin, char quote)
{
    size_t slashes = 0;
    for (size_t i = begin; i < text.n; i++) {
        if (text.p[i] == quote && slashes == 1)
            return value(text, begin, i - 1, 2);
        if (text.p[i] == quote && !slashes) /* the outer string ends */
            return value(text, begin, i, 0);
        slashes = text.p[i] == '\\' ? slashes + 1 : 0;
    }
    return value(text, begin, text.n, 0);
}

/* A word without quotes. "\n" ends it: what is a newline in the string that the script came in. */
static struct shell_value bare(struct span text, size_t begin, const char *stops)
{
    size_t i = begin;
    while (i < text.n) {
        char c = text.p[i];
        if (has_at(text, i, PLACEHOLDER_OPEN)) { /* what was redacted before is one word */
            i = find(text, i, "}}") + 2;
            continue;
        }
        if (!c || is_blank(c) || strchr(";&|<>()'\"`", c) || strchr(stops, c))
            break;
        if (c == '\\' && (i + 1 >= text.n || strchr("nrt\"'\n", text.p[i + 1])))
            break;
        i += c == '\\' ? 2 : 1;
    }
    return value(text, begin, i < text.n ? i : text.n, 0);
}

static struct shell_value any_value(struct span text, size_t at, const char *stops)
{
    size_t dollar = has_at(text, at, "$'") || has_at(text, at, "$\"") || has_at(text, at, "$\\'");
    size_t q = at + dollar;
    char c = q < text.n ? text.p[q] : 0, next = q + 1 < text.n ? text.p[q + 1] : 0;
    if (c == '\'')
        return dollar ? quoted(text, q + 1, '\'') : single_quoted(text, q + 1);
    if (c == '"')
        return quoted(text, q + 1, '"');
    if (c == '\\' && (next == '\'' || next == '"'))
        return escaped_quoted(text, q + 2, next);
    if (has_at(text, at, "$(") || has_at(text, at, "${")) { /* taken whole: it is no value */
        size_t end = find(text, at, text.p[at + 1] == '(' ? ")" : "}");
        return value(text, at, end < text.n ? end + 1 : end, 0);
    }
    return bare(text, at, stops);
}

struct shell_value shell_value_at(struct span text, size_t at, const char *stops)
{
    if (text.n > at && text.n - at > SHELL_VALUE_MAX)
        text.n = at + SHELL_VALUE_MAX;
    struct shell_value v = any_value(text, at, stops);
    bool is_bare = v.raw.p == text.p + at;
    /* A quote that never ends is none: the rest of the script is no value. */
    if (!is_bare && v.end == text.n && v.raw.p + v.raw.n == text.p + text.n)
        v = bare(text, (size_t)(v.raw.p - text.p), stops);
    return v;
}

/* --- escapes --- */

static int hex(char c)
{
    if (is_digit(c))
        return c - '0';
    c = to_upper(c);
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A number of at most `max` digits; *i goes behind it. False where there is none. */
static bool number(struct span s, size_t *i, int base, size_t max, unsigned *out)
{
    size_t begin = *i;
    *out = 0;
    for (; *i < s.n && *i - begin < max && hex(s.p[*i]) >= 0 && hex(s.p[*i]) < base; ++*i)
        *out = *out * (unsigned)base + (unsigned)hex(s.p[*i]);
    return *i > begin;
}

static int add_utf8(struct buf *out, unsigned c)
{
    char b[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    if (n == 1)
        b[0] = (char)c;
    if (n == 2)
        b[0] = (char)(0xc0 | c >> 6);
    if (n == 3)
        b[0] = (char)(0xe0 | c >> 12), b[1] = (char)(0x80 | (c >> 6 & 0x3f));
    if (n > 1)
        b[n - 1] = (char)(0x80 | (c & 0x3f));
    return buf_add(out, b, n);
}

/* The escape whose letter is s.p[*i]. */
static int escape(struct span s, size_t *i, struct buf *out)
{
    static const char from[] = "nrtabfveE", to[] = "\n\r\t\a\b\f\v\033\033";
    char c = s.p[(*i)++];
    const char *at = c ? strchr(from, c) : NULL;
    unsigned v;
    size_t digits = *i;
    if (at)
        return buf_addc(out, to[at - from]);
    if (c == 'x' && number(s, &digits, 16, 2, &v))
        return *i = digits, buf_addc(out, (char)v);
    if (c == 'u' && number(s, &digits, 16, 4, &v))
        return *i = digits, add_utf8(out, v);
    if (c >= '0' && c <= '7' && (digits--, number(s, &digits, 8, 3, &v)))
        return *i = digits, buf_addc(out, (char)v);
    return buf_addc(out, c);
}

int shell_unescape(struct span raw, struct buf *out)
{
    for (size_t i = 0; i < raw.n;) {
        int rc;
        if (has_at(raw, i, "'\\''") || has_at(raw, i, "'\"'\"'")) {
            i += raw.p[i + 1] == '\\' ? 4 : 5;
            rc = buf_addc(out, '\'');
        } else if (raw.p[i] == '\\' && i + 1 < raw.n) {
            i++;
            rc = escape(raw, &i, out);
        } else {
            rc = buf_addc(out, raw.p[i++]);
        }
        if (rc < 0)
            return -1;
    }
    return 0;
}
