#include "recorder/base/err.h"

#include <errno.h>
#include <string.h>

#include "recorder/base/t/suite.h"

START_TEST(sets_and_says_minus_one)
{
    struct err e;
    ck_assert_int_eq(err_set(&e, "%s: %d", "port", 70000), -1);
    ck_assert_str_eq(e.text, "port: 70000");
}
END_TEST

START_TEST(gains_context_on_the_way_up)
{
    struct err e;
    err_set(&e, "no JSON");
    ck_assert_int_eq(err_wrap(&e, "%s:%d", "a.jsonl", 3), -1);
    ck_assert_int_eq(err_wrap(&e, "replay"), -1);
    ck_assert_str_eq(e.text, "replay: a.jsonl:3: no JSON");
}
END_TEST

START_TEST(system_error_has_its_text_and_stays)
{
    struct err e;
    errno = ENOENT;
    ck_assert_int_eq(err_sys(&e, "open %s", "/x"), -1);
    ck_assert_str_eq(e.text, "open /x: No such file or directory");
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(nobody_need_listen)
{
    errno = EPERM;
    ck_assert_int_eq(err_set(NULL, "x"), -1);
    ck_assert_int_eq(err_sys(NULL, "x"), -1);
    ck_assert_int_eq(err_wrap(NULL, "x"), -1);
    ck_assert_int_eq(errno, EPERM);
}
END_TEST

/* What a peer said moves no cursor and makes no second line: C0, DEL, and the C1 controls, which
 * terminals take in their UTF-8 form too. Other text stays. */
START_TEST(control_characters_are_defused)
{
    struct err e;
    err_set(&e, "a\nb\x1b[2J\x7f\tc");
    ck_assert_str_eq(e.text, "a?b?[2J??c");
    err_set(&e, "\xc2\x9b"
                "2J\xc2\x80 \xc2\xa0 \xc3\x9b \xe2\x80\x9b");
    ck_assert_str_eq(e.text, "??2J?? \xc2\xa0 \xc3\x9b \xe2\x80\x9b");
    err_set(&e, "plain");
    err_wrap(&e, "con\rtext");
    ck_assert_str_eq(e.text, "con?text: plain");
    errno = ENOENT;
    err_sys(&e, "\x1b]0;title\a");
    ck_assert_str_eq(e.text, "?]0;title?: No such file or directory");
}
END_TEST

START_TEST(long_text_is_cut)
{
    char big[3 * ERR_MAX];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    struct err e;
    err_set(&e, "%s", big);
    ck_assert_uint_eq(strlen(e.text), ERR_MAX - 1);
    err_wrap(&e, "context");
    ck_assert_uint_eq(strlen(e.text), ERR_MAX - 1);
    ck_assert_int_eq(strncmp(e.text, "context: xxx", 12), 0);
    err_wrap(&e, "%s", big);
    ck_assert_uint_eq(strlen(e.text), ERR_MAX - 1);
    errno = ENOENT;
    err_sys(&e, "%s", big);
    ck_assert_uint_eq(strlen(e.text), ERR_MAX - 1);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        sets_and_says_minus_one,
        gains_context_on_the_way_up,
        system_error_has_its_text_and_stays,
        nobody_need_listen,
        control_characters_are_defused,
        long_text_is_cut,
    };
    return suite_run("err", NULL, NULL, tests, COUNT(tests));
}
