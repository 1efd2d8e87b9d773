#include "differ/show.h"

#include <stdbool.h>

size_t show_utf8(struct span s)
{
    if (!s.n)
        return 0;
    const unsigned char *p = (const unsigned char *)s.p;
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || s.n < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, and what lies beyond U+10FFFF. */
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

/* C1 controls (U+0080 to U+009F), bidirectional marks and line separators: they change how what
 * stands around them is shown. */
static bool is_tricky(const unsigned char *p, size_t n)
{
    if (n == 2)
        return p[0] == 0xc2 && p[1] < 0xa0;
    if (n == 3 && p[0] == 0xe2 && p[1] == 0x80)
        return p[2] >= 0x8b && p[2] <= 0xae;
    return n == 3 && p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa0;
}

static int show_byte(struct buf *out, unsigned char c)
{
    if (c == '\n')
        return buf_adds(out, "\\n");
    if (c == '\r')
        return buf_adds(out, "\\r");
    if (c == '\t')
        return buf_adds(out, "\\t");
    return buf_addf(out, "\\x%02x", c);
}

int show_bytes(struct buf *out, struct span s, size_t max)
{
    size_t i = 0;
    while (i < s.n && i < max) {
        const unsigned char *p = (const unsigned char *)s.p + i;
        size_t n = show_utf8((struct span){s.p + i, s.n - i});
        bool plain = n > 1 ? !is_tricky(p, n) : n == 1 && *p >= 0x20 && *p != 0x7f;
        if (plain ? buf_add(out, p, n) < 0 : show_byte(out, *p) < 0)
            return -1;
        i += plain ? n : 1;
    }
    if (i < s.n)
        return buf_addf(out, "... (%zu bytes in all)", s.n);
    return 0;
}

char *show_string(struct span s, size_t max)
{
    struct buf out = BUF_INIT(4 * max + 64);
    if (buf_adds(&out, "") < 0 || show_bytes(&out, s, max) < 0) {
        buf_free(&out);
        return NULL;
    }
    return buf_take(&out);
}

int show_around(struct buf *out, struct span s, size_t at, size_t max)
{
    size_t begin = at > max / 3 && s.n > max ? at - max / 3 : 0;
    while (begin && ((unsigned char)s.p[begin] & 0xc0) == 0x80)
        begin--;
    if (begin && buf_addf(out, "(from byte %zu) ...", begin) < 0)
        return -1;
    struct span window = {s.n ? s.p + begin : s.p, s.n - begin};
    return show_bytes(out, window, max);
}
