/*
 * A growing byte buffer with a limit that is fixed when it is made, so that nothing a peer says
 * can make it grow without bound. The bytes are followed by a NUL that `n` does not count.
 */
#ifndef BUGFORBUG_BASE_BUF_H
#define BUGFORBUG_BASE_BUF_H

#include <stddef.h>

struct buf {
    char *p;      /* NULL until the first byte */
    size_t n;     /* bytes in use */
    size_t cap;   /* bytes allocated, the NUL's place included */
    size_t limit; /* n never exceeds this */
};

#define BUF_INIT(max) ((struct buf){.limit = (max)})

/*
 * The growing calls return 0, or -1 with errno EFBIG (over the limit) or ENOMEM; the buffer is
 * then as it was before.
 */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_addc(struct buf *b, char c);
int buf_adds(struct buf *b, const char *s);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for n more bytes behind b->p + b->n, for a read(2) straight into the buffer. */
int buf_reserve(struct buf *b, size_t n);

/* Drops the first n bytes (all of them where there are fewer). */
void buf_shift(struct buf *b, size_t n);

/* Empties, keeps the memory. */
void buf_clear(struct buf *b);

/* Frees the memory, keeps the limit: usable again. */
void buf_free(struct buf *b);

/* The bytes as a C string; "" while nothing was added. */
const char *buf_str(const struct buf *b);

/* Takes the memory out of the buffer (the caller frees it); NULL where it never held a byte. */
char *buf_take(struct buf *b);

#endif
