/* How far a stream has come: lines per channel, JSON messages, bytes. */
#include "suites/replay/progress.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void feed(struct progress *p, const char *bytes, size_t n, size_t cut)
{
    for (size_t i = 0; i < n; i += cut)
        progress_feed(p, (struct span){bytes + i, n - i < cut ? n - i : cut});
}

static struct progress far(enum progress_unit unit, const char *bytes, size_t n)
{
    struct progress p;
    progress_init(&p, unit);
    feed(&p, bytes, n, n);
    return p;
}

#define FAR(unit, lit) far(unit, lit, sizeof(lit) - 1)

START_TEST(lines_are_counted_inside_frames)
{
    /* A frame of ten bytes has a newline in its header. */
    static const char framed[] = "\1\0\0\0\0\0\0\nabcdefghi\n\2\0\0\0\0\0\0\3err";
    for (size_t cut = 1; cut < sizeof framed; cut++) {
        struct progress p;
        progress_init(&p, PROGRESS_LINES);
        feed(&p, framed, sizeof framed - 1, cut);
        ck_assert(p.framed);
        ck_assert_uint_eq(p.text[1].lines, 1);
        ck_assert_uint_eq(p.text[1].tail, 0);
        ck_assert_uint_eq(p.text[2].lines, 0);
        ck_assert_uint_eq(p.text[2].tail, 3);
    }
}
END_TEST

START_TEST(a_terminal_is_raw)
{
    struct progress p = FAR(PROGRESS_LINES, "hello\r\n/ # ");
    ck_assert(!p.framed);
    ck_assert_uint_eq(p.text[0].lines, 1);
    ck_assert_uint_eq(p.text[0].tail, 4);
}
END_TEST

START_TEST(whole_lines_do_not_count_bytes)
{
    struct progress mark = FAR(PROGRESS_LINES, "time 12:00:01.5\n");
    struct progress none = FAR(PROGRESS_LINES, "time 12:00:01.5");
    struct progress shorter = FAR(PROGRESS_LINES, "time 1\n");
    ck_assert(!progress_reached(&none, &mark));
    ck_assert(progress_reached(&shorter, &mark));
    struct progress prompt = FAR(PROGRESS_LINES, "time 12:00:01.5\n/ # ");
    ck_assert(!progress_reached(&shorter, &prompt));
    struct progress more = FAR(PROGRESS_LINES, "time 1\n/ # ");
    ck_assert(progress_reached(&more, &prompt));
}
END_TEST

START_TEST(channels_may_race)
{
    struct progress mark = FAR(PROGRESS_LINES, "\1\0\0\0\0\0\0\2x\n\2\0\0\0\0\0\0\3err");
    struct progress turned = FAR(PROGRESS_LINES, "\2\0\0\0\0\0\0\3err\1\0\0\0\0\0\0\2x\n");
    struct progress half = FAR(PROGRESS_LINES, "\2\0\0\0\0\0\0\3err");
    ck_assert(progress_reached(&turned, &mark));
    ck_assert(!progress_reached(&half, &mark));
}
END_TEST

START_TEST(raw_for_framed_is_no_stall)
{
    struct progress mark = FAR(PROGRESS_LINES, "\1\0\0\0\0\0\0\4one\n\2\0\0\0\0\0\0\4two\n");
    struct progress raw = FAR(PROGRESS_LINES, "one\ntwo\n");
    struct progress less = FAR(PROGRESS_LINES, "one\n");
    ck_assert(progress_reached(&raw, &mark));
    ck_assert(!progress_reached(&less, &mark));
}
END_TEST

START_TEST(messages_are_whole_values)
{
    static const char text[] = "{\"a\":\"}\\\"{\"}\r\n{\"b\":[1,{}]}\r\n12 \"x\" [] {\"c\"";
    for (size_t cut = 1; cut < sizeof text; cut++) {
        struct progress p;
        progress_init(&p, PROGRESS_MESSAGES);
        feed(&p, text, sizeof text - 1, cut);
        ck_assert_uint_eq(p.messages, 5);
    }
}
END_TEST

START_TEST(bytes_are_bytes)
{
    struct progress mark = FAR(PROGRESS_BYTES, "12345"), less = FAR(PROGRESS_BYTES, "1\n\n\n");
    ck_assert(!progress_reached(&less, &mark));
    ck_assert(progress_reached(&mark, &mark));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("progress");
    TCase *tc = tcase_create("progress");
    tcase_add_test(tc, lines_are_counted_inside_frames);
    tcase_add_test(tc, a_terminal_is_raw);
    tcase_add_test(tc, whole_lines_do_not_count_bytes);
    tcase_add_test(tc, channels_may_race);
    tcase_add_test(tc, raw_for_framed_is_no_stall);
    tcase_add_test(tc, messages_are_whole_values);
    tcase_add_test(tc, bytes_are_bytes);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
