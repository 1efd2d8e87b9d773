#include "recorder/base/sha256.h"

#include <openssl/evp.h>

static EVP_MD_CTX *ctx(struct sha256 *h)
{
    return (EVP_MD_CTX *)h;
}

struct sha256 *sha256_new(struct err *e)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    if (c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) == 1)
        return (struct sha256 *)c;
    EVP_MD_CTX_free(c);
    err_set(e, "SHA-256 is not to be had from libcrypto");
    return NULL;
}

void sha256_free(struct sha256 *h)
{
    EVP_MD_CTX_free(ctx(h));
}

int sha256_add(struct sha256 *h, struct span bytes, struct err *e)
{
    if (EVP_DigestUpdate(ctx(h), bytes.p, bytes.n) == 1)
        return 0;
    return err_set(e, "SHA-256 failed");
}

int sha256_finish(struct sha256 *h, char out[SHA256_HEX], struct err *e)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    int ok = EVP_DigestFinal_ex(ctx(h), raw, &n);
    sha256_free(h);
    if (ok != 1 || n != 32)
        return err_set(e, "SHA-256 failed");
    for (unsigned i = 0; i < n; i++) {
        out[2 * i] = digits[raw[i] >> 4];
        out[2 * i + 1] = digits[raw[i] & 15];
    }
    out[SHA256_HEX - 1] = 0;
    return 0;
}

int sha256_hex(struct span bytes, char out[SHA256_HEX], struct err *e)
{
    struct sha256 *h = sha256_new(e);
    if (!h)
        return -1;
    if (sha256_add(h, bytes, e) == 0)
        return sha256_finish(h, out, e);
    sha256_free(h);
    return -1;
}
