#include "recorder/wire/stdcopy.h"

#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/t/suite.h"

static struct span bytes_of(const struct buf *b)
{
    return (struct span){b->p, b->n};
}

static void add_frame(struct buf *to, unsigned channel, struct span text)
{
    unsigned char header[STDCOPY_HEADER];
    stdcopy_header(channel, (uint32_t)text.n, header);
    ck_assert_int_eq(buf_add(to, header, sizeof header), 0);
    ck_assert_int_eq(buf_add(to, text.p, text.n), 0);
}

START_TEST(headers_are_big_endian)
{
    unsigned char h[STDCOPY_HEADER];
    stdcopy_header(2, 0x01020304, h);
    ck_assert_mem_eq(h, "\2\0\0\0\1\2\3\4", 8);
    stdcopy_header(3, UINT32_MAX, h);
    ck_assert_mem_eq(h, "\3\0\0\0\xff\xff\xff\xff", 8);
}
END_TEST

START_TEST(frames_are_cut_off)
{
    struct span rest = SPAN_LIT("\1\0\0\0\0\0\0\3out\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1i"), text;
    unsigned channel;
    ck_assert_int_eq(stdcopy_next(&rest, &channel, &text), STDCOPY_FRAME);
    ck_assert(channel == 1 && span_is(text, "out"));
    ck_assert_int_eq(stdcopy_next(&rest, &channel, &text), STDCOPY_FRAME);
    ck_assert(channel == 2 && text.n == 0);
    ck_assert_int_eq(stdcopy_next(&rest, &channel, &text), STDCOPY_FRAME);
    ck_assert(channel == 0 && span_is(text, "i"));
    ck_assert_int_eq(stdcopy_next(&rest, &channel, &text), STDCOPY_MORE);
    ck_assert_uint_eq(rest.n, 0);
}
END_TEST

/* However the stream is cut: the whole frames of the front come, the rest waits and is left as it
 * is, and what comes then goes on with it. */
START_TEST(every_cut)
{
    CLEANUP(buf_free) struct buf stream = BUF_INIT(1000);
    add_frame(&stream, 1, SPAN_LIT("one"));
    add_frame(&stream, 3, SPAN_LIT(""));
    add_frame(&stream, 2, SPAN_LIT("three\0\1\0\0\0"));
    for (size_t cut = 0; cut <= stream.n; cut++) {
        CLEANUP(buf_free) struct buf joined = BUF_INIT(1000);
        CLEANUP_FREE char *exact = malloc(cut + 1);
        ck_assert_ptr_nonnull(exact);
        memcpy(exact, stream.p, cut);
        struct span rest = {exact, cut}, text;
        unsigned channel;
        int frames = 0;
        while (stdcopy_next(&rest, &channel, &text) == STDCOPY_FRAME) {
            add_frame(&joined, channel, text);
            frames++;
        }
        ck_assert_int_eq(frames, (cut >= 11) + (cut >= 19) + (cut >= stream.n));
        ck_assert_int_eq(stdcopy_next(&rest, &channel, &text), STDCOPY_MORE);
        ck_assert_uint_eq(rest.n + joined.n, cut);
        ck_assert_int_eq(buf_add(&joined, rest.p, rest.n), 0);
        ck_assert(span_eq(bytes_of(&joined), (struct span){stream.p, cut}));
    }
}
END_TEST

START_TEST(what_is_no_frame)
{
    static const struct {
        struct span bytes;
        bool plausible;
    } starts[] = {
        {SPAN_LIT(""), true},
        {SPAN_LIT("\0"), true},
        {SPAN_LIT("\3"), true},
        {SPAN_LIT("\4"), false},
        {SPAN_LIT("$"), false},
        {SPAN_LIT("\xff"), false},
        {SPAN_LIT("\1\0\0"), true},
        {SPAN_LIT("\1\0\1"), false},
        {SPAN_LIT("\1\1"), false},
        {SPAN_LIT("\1\0\0\1"), false},
        {SPAN_LIT("\1\0\0\0\xff\xff\xff\xff"), true},
    };
    for (size_t i = 0; i < COUNT(starts); i++) {
        struct span rest = starts[i].bytes, text;
        unsigned channel;
        ck_assert_msg(stdcopy_plausible(rest) == starts[i].plausible, "start %zu", i);
        ck_assert_int_eq(stdcopy_next(&rest, &channel, &text),
                         starts[i].plausible ? STDCOPY_MORE : STDCOPY_BAD);
        ck_assert(rest.p == starts[i].bytes.p && rest.n == starts[i].bytes.n);
    }
}
END_TEST

/* A length that no buffer holds makes no frame, and no wrap. */
START_TEST(largest_length)
{
    char bytes[100] = "\2\0\0\0\xff\xff\xff\xff";
    struct span rest = {bytes, sizeof bytes}, text;
    unsigned channel;
    ck_assert_int_eq(stdcopy_next(&rest, &channel, &text), STDCOPY_MORE);
    ck_assert_uint_eq(rest.n, sizeof bytes);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        headers_are_big_endian, frames_are_cut_off, every_cut, what_is_no_frame, largest_length,
    };
    return suite_run("stdcopy", NULL, NULL, tests, COUNT(tests));
}
