#include "recorder/base/clock.h"

#include <string.h>

#include "recorder/base/t/suite.h"

static const struct {
    int64_t ns;
    const char *text;
} known[] = {
    {0, "1970-01-01T00:00:00.000000000Z"},
    {1, "1970-01-01T00:00:00.000000001Z"},
    {-1, "1969-12-31T23:59:59.999999999Z"},
    {-NS_PER_S, "1969-12-31T23:59:59.000000000Z"},
    {-NS_PER_S - 1, "1969-12-31T23:59:58.999999999Z"},
    {951782399 * NS_PER_S + 999999999, "2000-02-28T23:59:59.999999999Z"},
    {951782400 * NS_PER_S, "2000-02-29T00:00:00.000000000Z"},
    {INT64_C(1795525200123456789), "2026-11-24T13:00:00.123456789Z"},
    {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
    {INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
};

START_TEST(formats_in_utc_with_nanoseconds)
{
    setenv("TZ", "Asia/Kolkata", 1); /* which must not matter */
    for (size_t i = 0; i < COUNT(known); i++) {
        char out[CLOCK_TEXT];
        clock_format(known[i].ns, out);
        ck_assert_str_eq(out, known[i].text);
    }
}
END_TEST

START_TEST(monotonic_never_falls)
{
    int64_t last = clock_monotonic_ns();
    for (int i = 0; i < 10000; i++) {
        int64_t now = clock_monotonic_ns();
        ck_assert_int_ge(now, last);
        last = now;
    }
}
END_TEST

START_TEST(wall_time_is_of_our_days)
{
    char out[CLOCK_TEXT];
    clock_format(clock_wall_ns(), out);
    ck_assert_int_ge(strcmp(out, "2024"), 0);
    ck_assert_int_lt(strcmp(out, "2200"), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        formats_in_utc_with_nanoseconds,
        monotonic_never_falls,
        wall_time_is_of_our_days,
    };
    return suite_run("clock", NULL, NULL, tests, COUNT(tests));
}
