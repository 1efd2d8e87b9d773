#include "recorder/base/base64.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>

int base64_encode(struct span bytes, struct buf *out)
{
    if (bytes.n > INT_MAX / 2 || buf_reserve(out, (bytes.n + 2) / 3 * 4) < 0)
        return -1;
    if (!bytes.n)
        return 0;
    int n = EVP_EncodeBlock((unsigned char *)out->p + out->n, (const unsigned char *)bytes.p,
                            (int)bytes.n);
    out->n += (size_t)n;
    return 0;
}

/* 0..63, or -1. */
static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* Whole groups of four may end in one or two '=' that stand for no digit. */
static struct span unpadded(struct span text)
{
    size_t n = text.n;
    for (size_t pad = 0; text.n % 4 == 0 && pad < 2 && n && text.p[n - 1] == '='; pad++)
        n--;
    return (struct span){text.p, n};
}

static bool valid(struct span digits)
{
    if (digits.n % 4 == 1) /* a lone digit encodes nothing */
        return false;
    for (size_t i = 0; i < digits.n; i++)
        if (digit(digits.p[i]) < 0)
            return false;
    return true;
}

int base64_decode(struct span text, struct buf *out)
{
    struct span digits = unpadded(text);
    if (!valid(digits)) {
        errno = EINVAL;
        return -1;
    }
    size_t last = digits.n % 4;
    if (buf_reserve(out, digits.n / 4 * 3 + (last ? last - 1 : 0)) < 0)
        return -1;
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < digits.n; i++) {
        bits = bits << 6 | (unsigned)digit(digits.p[i]);
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        out->p[out->n++] = (char)(bits >> have & 0xff);
    }
    out->p[out->n] = 0;
    return 0;
}
