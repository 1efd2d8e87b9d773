/*
 * Whatever a direction says, each byte is in exactly one head, payload, framing or rest, in order;
 * and where the bytes are cut makes no difference.
 *
 * The first byte of the input chooses: bit 0 responses, bit 1 to HEAD requests, the others the
 * length of the pieces.
 */
#include <stdint.h>
#include <stdlib.h>

#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/wire/h1.h"

#define HEAD_MAX 512 /* small, so that inputs reach it */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was told: the bytes, and where heads (H), payload (P), framing (F) and ends (E) stand. */
struct told {
    struct buf bytes, marks;
    bool bad;
};

static void hold(bool holds)
{
    if (!holds)
        abort();
}

static void tell(struct told *t, char kind, struct span bytes)
{
    hold(buf_add(&t->bytes, bytes.p, bytes.n) == 0);
    /* Pieces of a kind join: how many there are depends on the cuts. */
    for (size_t i = 0; i < bytes.n; i++)
        hold(buf_addc(&t->marks, kind) == 0);
}

static int on_payload(void *self, struct span bytes)
{
    tell(self, 'P', bytes);
    return 0;
}

static int on_framing(void *self, struct span bytes)
{
    hold(bytes.n > 0);
    tell(self, 'F', bytes);
    return 0;
}

/* One piece, in memory that ends where it does. */
static void feed(struct h1 *h, struct told *t, const uint8_t *data, size_t n)
{
    CLEANUP_FREE char *exact = malloc(n);
    hold(exact != NULL);
    memcpy(exact, data, n);
    struct span rest = {exact, n};
    bool more = true;
    while (more) {
        size_t used = SIZE_MAX;
        enum h1_step step = h1_feed(h, rest, &used);
        hold(used <= rest.n);
        rest.p += used;
        rest.n -= used;
        more = step == H1_HEAD || (step == H1_END && rest.n);
        if (step == H1_HEAD) {
            tell(t, 'H', h1_head(h));
            hold(h1_in_message(h) && h1_in_body(h));
        } else if (step == H1_END) {
            hold(buf_addc(&t->marks, 'E') == 0 && !h1_in_message(h) && !h1_in_body(h));
        } else if (step == H1_BAD) {
            t->bad = true;
            tell(t, 'R', h1_head(h));
            tell(t, 'R', rest);
        } else {
            hold(step == H1_HEAD || step == H1_END || (step == H1_MORE && !rest.n));
        }
    }
}

static void run(uint8_t choice, const uint8_t *data, size_t n, size_t piece, struct told *t)
{
    struct h1_sink sink = {t, on_payload, on_framing};
    struct h1 *h = h1_new(choice & 1 ? H1_RESPONSES : H1_REQUESTS, HEAD_MAX, &sink);
    hold(h != NULL);
    h1_no_body(h, choice & 2);
    for (size_t at = 0; at < n; at += piece) {
        size_t left = n - at < piece ? n - at : piece;
        if (t->bad) /* what comes behind the bad is the caller's */
            tell(t, 'R', (struct span){(const char *)data + at, left});
        else
            feed(h, t, data + at, left);
    }
    if (!t->bad && h1_in_message(h) && !h1_in_body(h))
        tell(t, 'R', h1_head(h));
    hold(h1_why(h)[0] != 0);
    h1_free(h);
    hold(t->bytes.n == n && (!n || memcmp(t->bytes.p, data, n) == 0));
}

static void told_free(struct told *t)
{
    buf_free(&t->bytes);
    buf_free(&t->marks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct buf none = BUF_INIT(2 * size + 64);
    CLEANUP(told_free) struct told whole = {none, none, false};
    CLEANUP(told_free) struct told cut = {none, none, false};
    run(data[0], data + 1, size - 1, size, &whole);
    run(data[0], data + 1, size - 1, (size_t)(data[0] >> 2) + 1, &cut);
    struct span a = {whole.marks.p, whole.marks.n}, b = {cut.marks.p, cut.marks.n};
    hold(whole.bad == cut.bad && (whole.bad || span_eq(a, b)));
    return 0;
}
