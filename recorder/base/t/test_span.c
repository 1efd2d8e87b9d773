#include "recorder/base/span.h"

#include "recorder/base/t/suite.h"

START_TEST(compares_bytes)
{
    ck_assert(span_eq(SPAN_LIT("a\0b"), SPAN_LIT("a\0b")));
    ck_assert(!span_eq(SPAN_LIT("a\0b"), SPAN_LIT("a\0c")));
    ck_assert(!span_eq(SPAN_LIT("ab"), SPAN_LIT("abc")));
    ck_assert(span_eq((struct span){NULL, 0}, SPAN_LIT("")));
    ck_assert(span_is(SPAN_LIT("ab"), "ab"));
    ck_assert(!span_is(SPAN_LIT("ab"), "a"));
    ck_assert(!span_is(SPAN_LIT("ab"), "AB"));
    ck_assert(span_is((struct span){NULL, 0}, ""));
    ck_assert_uint_eq(span_of(NULL).n, 0);
}
END_TEST

START_TEST(names_of_headers_ignore_case)
{
    ck_assert(span_is_nocase(SPAN_LIT("Content-LENGTH"), "content-length"));
    ck_assert(!span_is_nocase(SPAN_LIT("Content-Length"), "Content-Lengt"));
    ck_assert(!span_is_nocase(SPAN_LIT("Content-Lengt"), "Content-Length"));
    ck_assert(!span_is_nocase(SPAN_LIT("Host\0"), "Host"));
    ck_assert(!span_is_nocase(SPAN_LIT("ho[t"), "ho{t")); /* beside the letters, no case */
}
END_TEST

START_TEST(knows_both_ends)
{
    ck_assert(span_starts(SPAN_LIT("/v1.41"), "/v"));
    ck_assert(span_starts(SPAN_LIT("/v"), "/v"));
    ck_assert(!span_starts(SPAN_LIT("/"), "/v"));
    ck_assert(!span_starts(SPAN_LIT("x/v"), "/v"));
    ck_assert(!span_starts((struct span){NULL, 0}, "/v"));
    ck_assert(span_ends(SPAN_LIT("a/start"), "/start"));
    ck_assert(span_ends(SPAN_LIT("/start"), "/start"));
    ck_assert(!span_ends(SPAN_LIT("start"), "/start"));
    ck_assert(!span_ends(SPAN_LIT("/start "), "/start"));
    ck_assert(!span_ends((struct span){NULL, 0}, "/start"));
}
END_TEST

START_TEST(trims_blanks_and_tabs_only)
{
    ck_assert(span_is(span_trim(SPAN_LIT(" \t a b\t ")), "a b"));
    ck_assert(span_is(span_trim(SPAN_LIT("\r a\n")), "\r a\n"));
    ck_assert(span_is(span_trim(SPAN_LIT(" \t ")), ""));
    ck_assert(span_is(span_trim((struct span){NULL, 0}), ""));
}
END_TEST

START_TEST(cuts_at_the_separator)
{
    struct span rest = SPAN_LIT("a,,b,");
    ck_assert(span_is(span_cut(&rest, ','), "a"));
    ck_assert(span_is(span_cut(&rest, ','), ""));
    ck_assert(span_is(span_cut(&rest, ','), "b"));
    ck_assert_ptr_nonnull(rest.p); /* an empty field is left */
    ck_assert(span_is(span_cut(&rest, ','), ""));
    ck_assert_ptr_null(rest.p);
    ck_assert(span_is(span_cut(&rest, ','), ""));

    rest = SPAN_LIT("whole");
    ck_assert(span_is(span_cut(&rest, ','), "whole"));
    ck_assert_ptr_null(rest.p);

    rest = (struct span){"a,b", 1}; /* never beyond its end */
    ck_assert(span_is(span_cut(&rest, ','), "a"));
    ck_assert_ptr_null(rest.p);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        compares_bytes,        names_of_headers_ignore_case,
        knows_both_ends,       trims_blanks_and_tabs_only,
        cuts_at_the_separator,
    };
    return suite_run("span", NULL, NULL, tests, COUNT(tests));
}
