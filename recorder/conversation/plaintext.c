#include "recorder/conversation/plaintext.h"

#include <stdint.h>

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Bytes of a character by its first one; 0: none begins so. */
static size_t length(char first)
{
    unsigned char c = (unsigned char)first;
    if (c < 0x80)
        return c ? 1 : 0;
    return c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

/* Eight bytes of ASCII at once, none of them NUL. */
static bool ascii8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return !((v | (v - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080));
}

bool is_plaintext(struct span b)
{
    size_t i = 0;
    while (i < 3 && i < b.n && continues(b.p[i]))
        i++;
    while (i < b.n) {
        if (b.n - i >= 8 && ascii8(b.p + i)) {
            i += 8;
            continue;
        }
        size_t n = length(b.p[i++]);
        if (!n)
            return false;
        while (--n && i < b.n)
            if (!continues(b.p[i++]))
                return false;
    }
    return true;
}
