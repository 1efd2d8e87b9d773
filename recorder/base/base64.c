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

int base64_decode(struct span text, struct buf *out)
{
    size_t before = out->n;
    while (text.n && text.p[text.n - 1] == '=')
        text.n--;
    if (buf_reserve(out, text.n) < 0)
        return -1;
    unsigned bits = 0, have = 0;
    for (size_t i = 0; i < text.n; i++) {
        int v = digit(text.p[i]);
        if (v < 0)
            goto invalid;
        bits = bits << 6 | (unsigned)v;
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        if (buf_addc(out, (char)(bits >> have & 0xff)) < 0)
            return -1;
    }
    if (have >= 6) /* a lone digit encodes nothing */
        goto invalid;
    return 0;
invalid:
    out->n = before;
    errno = EINVAL;
    return -1;
}
