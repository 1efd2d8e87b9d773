/* What follows an event's bytes on its channel. */
#include "recorder/conversation/lookahead.h"

#include <check.h>
#include <stdlib.h>

static const char *ask(struct lookahead *l, uint64_t number, unsigned channel, size_t want,
                       struct buf *out, enum look_result *result)
{
    buf_clear(out);
    ck_assert_int_eq(lookahead_ask(l, number, channel, want, out, result), 0);
    return buf_str(out);
}

START_TEST(channels_are_kept_apart)
{
    struct lookahead l;
    struct buf out = BUF_INIT(1000);
    enum look_result result;
    lookahead_init(&l);
    uint32_t a = lookahead_note(&l, 1, 1, SPAN_LIT("first"), LOOKAHEAD_NONE);
    uint32_t b = lookahead_note(&l, 1, 2, SPAN_LIT("other"), LOOKAHEAD_NONE);
    a = lookahead_note(&l, 3, 1, SPAN_LIT("second"), a);
    lookahead_note(&l, 5, 2, SPAN_LIT("rest"), b);
    lookahead_note(&l, 6, 1, SPAN_LIT("third"), a);
    ck_assert_str_eq(ask(&l, 0, 1, 9, &out, &result), "");
    ck_assert_int_eq(result, LOOK_ENDS);
    ck_assert_str_eq(ask(&l, 1, 1, 99, &out, &result), "secondthird");
    ck_assert_int_eq(result, LOOK_ENDS);
    ck_assert_str_eq(ask(&l, 1, 1, 4, &out, &result), "second");
    ck_assert_int_eq(result, LOOK_ENOUGH);
    ck_assert_str_eq(ask(&l, 1, 2, 99, &out, &result), "rest");
    ck_assert_int_eq(result, LOOK_ENDS);
    ck_assert_str_eq(ask(&l, 2, 1, 99, &out, &result), "");
    ck_assert_str_eq(ask(&l, 3, 1, 99, &out, &result), "third");
    ck_assert_str_eq(ask(&l, 7, 1, 99, &out, &result), "");
    ck_assert_int_eq(result, LOOK_ENDS);
    lookahead_free(&l);
    buf_free(&out);
}
END_TEST

START_TEST(long_events_are_cut)
{
    struct lookahead l;
    struct buf out = BUF_INIT(1000);
    enum look_result result;
    char text[LOOKAHEAD_WINDOW + 1];
    memset(text, 'x', sizeof text);
    lookahead_init(&l);
    uint32_t a = lookahead_note(&l, 1, 0, SPAN_LIT("a"), LOOKAHEAD_NONE);
    lookahead_note(&l, 2, 0, (struct span){text, sizeof text}, a);
    ask(&l, 1, 0, 999, &out, &result);
    ck_assert_uint_eq(out.n, LOOKAHEAD_WINDOW);
    ck_assert_int_eq(result, LOOK_CUT);
    ask(&l, 1, 0, LOOKAHEAD_WINDOW, &out, &result);
    ck_assert_int_eq(result, LOOK_ENOUGH);
    lookahead_free(&l);
    buf_free(&out);
}
END_TEST

START_TEST(it_is_known_when_nothing_is)
{
    struct lookahead l;
    struct buf out = BUF_INIT(1000);
    enum look_result result;
    uint64_t number = 0;
    uint32_t note = LOOKAHEAD_NONE;
    lookahead_init(&l);
    do {
        note = lookahead_note(&l, number++, 0, SPAN_LIT("0123456789abcdef"), note);
    } while (note != LOOKAHEAD_NONE && number < LOOKAHEAD_MAX);
    ck_assert_int_eq(note, LOOKAHEAD_NONE);
    ck_assert_uint_gt(number, 100000);
    ck_assert_uint_lt(number, LOOKAHEAD_MAX / 16);
    ask(&l, 1, 0, 16, &out, &result);
    ck_assert_int_eq(result, LOOK_ENOUGH);
    ask(&l, number - 2, 0, 16, &out, &result);
    ck_assert_int_eq(result, LOOK_UNKNOWN);
    ask(&l, number + 2, 0, 16, &out, &result);
    ck_assert_int_eq(result, LOOK_UNKNOWN);
    ck_assert_int_eq(lookahead_note(&l, number, 0, SPAN_LIT(""), LOOKAHEAD_NONE), LOOKAHEAD_NONE);
    lookahead_free(&l);
    buf_free(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lookahead");
    TCase *t = tcase_create("lookahead");
    tcase_add_test(t, channels_are_kept_apart);
    tcase_add_test(t, long_events_are_cut);
    tcase_add_test(t, it_is_known_when_nothing_is);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
