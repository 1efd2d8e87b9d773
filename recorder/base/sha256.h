/* SHA-256 (FIPS 180-4) as 64 lower-case hex digits. */
#ifndef BUGFORBUG_BASE_SHA256_H
#define BUGFORBUG_BASE_SHA256_H

#include "recorder/base/err.h"
#include "recorder/base/span.h"

#define SHA256_HEX 65 /* digits and NUL */

int sha256_hex(struct span bytes, char out[SHA256_HEX], struct err *e);

/* Piece by piece. sha256_free(NULL) is fine; sha256_finish frees. */
struct sha256;
struct sha256 *sha256_new(struct err *e);
int sha256_add(struct sha256 *h, struct span bytes, struct err *e);
int sha256_finish(struct sha256 *h, char out[SHA256_HEX], struct err *e);
void sha256_free(struct sha256 *h);

#endif
