#include "corpus/blobs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/sha256.h"

#define LEVEL 3 /* zstd's own default: a recording waits for its blobs */

char *blobs_dir(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct buf b = BUF_INIT(4096);
    if (buf_add(&b, path, slash ? (size_t)(slash - path) + 1 : 0) == 0 &&
        buf_adds(&b, "blobs") == 0)
        return buf_take(&b);
    buf_free(&b);
    return NULL;
}

bool blobs_is_digest(const char *text)
{
    return strlen(text) == EVENT_DIGEST - 1 && strspn(text, "0123456789abcdef") == EVENT_DIGEST - 1;
}

static int blob_path(const char *dir, const char *digest, struct buf *path, struct err *e)
{
    if (buf_addf(path, "%s/%s.zst", dir, digest) < 0)
        return err_sys(e, "%s", dir);
    return 0;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

/* By a temporary file: whoever looks sees a whole blob or none. */
static int write_file(const char *path, struct span bytes, struct err *e)
{
    CLEANUP(buf_free) struct buf tmp = BUF_INIT(8192);
    if (buf_addf(&tmp, "%s.XXXXXX", path) < 0)
        return err_sys(e, "%s", path);
    CLEANUP_FD int fd = mkostemp(tmp.p, O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, "%s", tmp.p);
    if (write_all(fd, bytes.p, bytes.n) == 0 && rename(tmp.p, path) == 0)
        return 0;
    err_sys(e, "%s", path);
    unlink(tmp.p);
    return -1;
}

int blobs_put(const char *dir, struct span payload, char digest[EVENT_DIGEST], struct err *e)
{
    CLEANUP(buf_free) struct buf path = BUF_INIT(8192);
    if (sha256_hex(payload, digest, e) < 0 || blob_path(dir, digest, &path, e) < 0)
        return -1;
    struct stat st;
    if (stat(path.p, &st) == 0)
        return 0;
    if (mkdir(dir, 0700) < 0 && errno != EEXIST)
        return err_sys(e, "%s", dir);
    size_t bound = ZSTD_compressBound(payload.n);
    CLEANUP_FREE char *packed = malloc(bound);
    if (!packed)
        return err_sys(e, "%s", path.p);
    size_t n = ZSTD_compress(packed, bound, payload.p, payload.n, LEVEL);
    if (ZSTD_isError(n))
        return err_set(e, "%s: %s", path.p, ZSTD_getErrorName(n));
    return write_file(path.p, (struct span){packed, n}, e);
}

static int slurp(const char *path, struct buf *out, struct err *e)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, "%s", path);
    for (;;) {
        if (buf_reserve(out, 65536) < 0)
            return err_sys(e, "%s: larger than a blob can be", path);
        ssize_t n = read(fd, out->p + out->n, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, "%s", path);
        if (n == 0)
            return 0;
        out->n += (size_t)n;
    }
}

/* Fills the `size` bytes behind out's end; on failure with whatever. */
static int unpack(const char *path, const char *digest, struct span packed, size_t size,
                  struct buf *out, struct err *e)
{
    /* Exactly `size` bytes of room: a bomb fails here, before it unfolds. */
    size_t n = ZSTD_decompress(out->p + out->n, size, packed.n ? packed.p : "", packed.n);
    if (ZSTD_isError(n))
        return err_set(e, "%s: %s", path, ZSTD_getErrorName(n));
    char seen[SHA256_HEX];
    if (sha256_hex((struct span){out->p + out->n, n}, seen, e) < 0)
        return -1;
    if (n != size || strcmp(seen, digest) != 0)
        return err_set(e, "%s: holds other bytes than its name says (restore it from git)", path);
    return 0;
}

int blobs_get(const char *dir, const char *digest, uint64_t size, struct buf *out, struct err *e)
{
    CLEANUP(buf_free) struct buf path = BUF_INIT(8192);
    CLEANUP(buf_free) struct buf packed = BUF_INIT(2 * EVENT_PAYLOAD_MAX);
    if (blob_path(dir, digest, &path, e) < 0 || slurp(path.p, &packed, e) < 0)
        return -1;
    if (size > EVENT_PAYLOAD_MAX || buf_reserve(out, (size_t)size) < 0)
        return err_set(e, "%s: a blob of %llu bytes is too large", path.p,
                       (unsigned long long)size);
    struct span bytes = {packed.p, packed.n};
    int rc = unpack(path.p, digest, bytes, (size_t)size, out, e);
    if (rc == 0)
        out->n += (size_t)size;
    out->p[out->n] = 0;
    return rc;
}
