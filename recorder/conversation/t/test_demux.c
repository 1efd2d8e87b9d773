/* Frames, however they are cut; and the small readers beside them. */
#include "recorder/conversation/demux.h"

#include <check.h>
#include <stdlib.h>

#include "recorder/conversation/json_cut.h"
#include "recorder/conversation/plaintext.h"
#include "recorder/conversation/t/story.h"
#include "recorder/conversation/url_view.h"

/* What the pieces say, channel by channel. */
static void split(struct demux *d, struct span payload, struct buf out[DEMUX_CHANNELS],
                  bool *frames)
{
    struct pieces pieces = {0};
    ck_assert_int_eq(demux_split(d, payload, &pieces), 0);
    for (size_t i = 0; i < pieces.n; i++)
        buf_add(&out[pieces.p[i].channel], payload.p + pieces.p[i].at, pieces.p[i].n);
    *frames = pieces.frames;
    pieces_free(&pieces);
}

START_TEST(frames_cut_anywhere)
{
    struct buf in = BUF_INIT(1000);
    story_frame(&in, 1, "one");
    story_frame(&in, 2, "");
    story_frame(&in, 2, "two");
    story_frame(&in, 1, "more");
    for (size_t a = 0; a <= in.n; a++)
        for (size_t b = a; b <= in.n; b++) {
            struct demux d;
            struct buf out[DEMUX_CHANNELS] = {BUF_INIT(99), BUF_INIT(99), BUF_INIT(99),
                                              BUF_INIT(99)};
            bool whole[3];
            demux_start(&d, true);
            split(&d, (struct span){in.p, a}, out, &whole[0]);
            split(&d, (struct span){in.p + a, b - a}, out, &whole[1]);
            split(&d, (struct span){in.p + b, in.n - b}, out, &whole[2]);
            ck_assert_str_eq(buf_str(&out[0]), "");
            ck_assert_str_eq(buf_str(&out[1]), "onemore");
            ck_assert_str_eq(buf_str(&out[2]), "two");
            ck_assert(whole[0] == (a == 11 || a == 19 || a == 30 || a == in.n));
            ck_assert(whole[2] == (b == 0 || b == 11 || b == 19 || b == 30));
            for (int i = 0; i < DEMUX_CHANNELS; i++)
                buf_free(&out[i]);
        }
    buf_free(&in);
}
END_TEST

START_TEST(what_is_no_frame_is_raw)
{
    static const char *const texts[] = {"text", "{\"a\":1}", "\x01\x00\x00x", "\x04\x00\x00\x00"};
    static const size_t lengths[] = {4, 7, 4, 4};
    for (int i = 0; i < 4; i++) {
        struct demux d;
        struct buf out[DEMUX_CHANNELS] = {BUF_INIT(99)};
        bool frames;
        demux_start(&d, true);
        split(&d, (struct span){texts[i], lengths[i]}, out, &frames);
        ck_assert(!frames);
        ck_assert_uint_eq(out[0].n, lengths[i]);
        buf_free(&out[0]);
    }
}
END_TEST

START_TEST(frames_that_stop_being_frames)
{
    struct demux d;
    struct buf in = BUF_INIT(99), out[DEMUX_CHANNELS] = {BUF_INIT(99), BUF_INIT(99)};
    bool frames;
    story_frame(&in, 1, "one");
    buf_add(&in, "\x01\0!rest", 7);
    demux_start(&d, true);
    split(&d, (struct span){in.p, in.n}, out, &frames);
    ck_assert(!frames);
    ck_assert_str_eq(buf_str(&out[1]), "one");
    ck_assert_int_eq(d.mode, DEMUX_RAW);
    split(&d, SPAN_LIT(" all raw"), out, &frames);
    ck_assert(memmem(out[0].p, out[0].n, "!rest all raw", 13) != NULL ||
              memmem(out[0].p, out[0].n, "rest all raw", 12) != NULL);
    buf_free(&in);
    buf_free(&out[0]);
    buf_free(&out[1]);
}
END_TEST

START_TEST(text_and_what_is_none)
{
    ck_assert(is_plaintext(SPAN_LIT("")));
    ck_assert(is_plaintext(SPAN_LIT("ascii and \x1b[0m more than eight")));
    ck_assert(is_plaintext(SPAN_LIT("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80")));
    ck_assert(is_plaintext(SPAN_LIT("\xa4 cut in the front")));
    ck_assert(is_plaintext(SPAN_LIT("cut behind \xf0\x9f\x98")));
    ck_assert(!is_plaintext(SPAN_LIT("12345678\0")));
    ck_assert(!is_plaintext(SPAN_LIT("1234567\0")));
    ck_assert(!is_plaintext(SPAN_LIT("\0")));
    ck_assert(!is_plaintext(SPAN_LIT("latin-1 \xe4 b")));
    ck_assert(!is_plaintext(SPAN_LIT("a \xa4 in the middle")));
    ck_assert(!is_plaintext(SPAN_LIT("\xff\xfe")));
}
END_TEST

START_TEST(json_values_one_by_one)
{
    static const char text[] = " {\"a\":\"}\\\"]\"}\n[1,{\"b\":[]}] x {";
    for (size_t cut = 1; cut < sizeof text; cut++) {
        struct json_cut c = {0};
        size_t ends[4], n = 0, at = 0;
        while (at < sizeof text - 1) {
            size_t limit = at < cut ? cut : sizeof text - 1, used;
            if (json_cut_feed(&c, (struct span){text + at, limit - at}, &used))
                ends[n++] = at + used;
            at += used;
        }
        ck_assert_uint_eq(n, 2);
        ck_assert_uint_eq(ends[0], 13);
        ck_assert_uint_eq(ends[1], 26);
    }
}
END_TEST

START_TEST(percent_encoding)
{
    struct url_view v;
    ck_assert_int_eq(url_view_make(&v, SPAN_LIT("/a%2fb+c?d=%C3%a4+%zz%4"), false), 0);
    ck_assert_str_eq(buf_str(&v.text), "/a/b+c?d=\xc3\xa4 %zz%4");
    ck_assert_uint_eq(v.from[2], 2);
    ck_assert_uint_eq(v.from[3], 5);
    ck_assert_uint_eq(v.from[v.text.n], 23);
    url_view_free(&v);
    ck_assert_int_eq(url_view_make(&v, SPAN_LIT(""), true), 0);
    ck_assert_uint_eq(v.text.n, 0);
    ck_assert_uint_eq(v.from[0], 0);
    url_view_free(&v);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("demux");
    TCase *t = tcase_create("demux");
    tcase_add_test(t, frames_cut_anywhere);
    tcase_add_test(t, what_is_no_frame_is_raw);
    tcase_add_test(t, frames_that_stop_being_frames);
    tcase_add_test(t, text_and_what_is_none);
    tcase_add_test(t, json_values_one_by_one);
    tcase_add_test(t, percent_encoding);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
