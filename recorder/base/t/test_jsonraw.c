#include "recorder/base/jsonraw.h"

#include <string.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/t/suite.h"

/* The values of a list's inside, in their own words. */
static void ck_values(const char *list, const char *const *want, size_t n)
{
    struct span rest = jsonraw_inside(span_of(list)), value;
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(jsonraw_value(&rest, &value), "%s: no value %zu", list, i);
        ck_assert_msg(span_is(value, want[i]), "%s: value %zu is %.*s", list, i, (int)value.n,
                      value.p);
    }
    ck_assert_msg(!jsonraw_value(&rest, &value), "%s: one more: %.*s", list, (int)value.n, value.p);
}

START_TEST(values_keep_their_words)
{
    const char *const scalars[] = {"1.50", "-0", "1E400", "99999999999999999999", "true", "null"};
    ck_values("[1.50,-0 , 1E400,\t99999999999999999999\r\n,true,null]", scalars, COUNT(scalars));
    const char *const strings[] = {"\"\"", "\"a]},{[:\"", "\"\\\"\"", "\"\\\\\"", "\"\\u005d\\/\""};
    ck_values("[\"\",\"a]},{[:\",\"\\\"\",\"\\\\\",\"\\u005d\\/\"]", strings, COUNT(strings));
    const char *const nested[] = {"{\"a\": [1, {}], \"]\":\"}\"}", "[]", "[[], [\"[\\\"]\"]]"};
    ck_values("[{\"a\": [1, {}], \"]\":\"}\"},[] ,[[], [\"[\\\"]\"]]]", nested, COUNT(nested));
    ck_values("[]", NULL, 0);
    ck_values("[ \n ]", NULL, 0);
}
END_TEST

START_TEST(members_in_order_with_duplicates)
{
    struct span rest =
        jsonraw_inside(SPAN_LIT("{ \"b\" : 1.0 ,\"a\\\"\":{\"x\":[]}, \"b\":\"\" }"));
    struct span key, value;
    ck_assert(jsonraw_member(&rest, &key, &value));
    ck_assert(span_is(key, "b") && span_is(value, "1.0"));
    ck_assert(jsonraw_member(&rest, &key, &value));
    ck_assert(span_is(key, "a\\\"") && span_is(value, "{\"x\":[]}"));
    ck_assert(jsonraw_member(&rest, &key, &value));
    ck_assert(span_is(key, "b") && span_is(value, "\"\""));
    ck_assert(!jsonraw_member(&rest, &key, &value));
}
END_TEST

START_TEST(what_is_no_member_is_refused)
{
    static const char *const none[] = {
        "{}", "{ }", "{1:2}", "{[]:2}", "{\"a\"}", "{\"a\":}", "{\"a\":\"b}", "", "{", "[", "\""};
    for (size_t i = 0; i < COUNT(none); i++) {
        struct span rest = jsonraw_inside(span_of(none[i])), key, value;
        ck_assert_msg(!jsonraw_member(&rest, &key, &value), "taken: %s", none[i]);
    }
}
END_TEST

/* Takes a text apart to the last value, as far as it goes. */
static void explore(struct span text, int depth)
{
    struct span rest = text, value, key;
    while (depth && jsonraw_value(&rest, &value)) {
        ck_assert(value.p >= text.p && value.p + value.n <= text.p + text.n);
        ck_assert_uint_gt(value.n, 0);
        explore(jsonraw_inside(value), depth - 1);
    }
    ck_assert(rest.p >= text.p && rest.p + rest.n == text.p + text.n);
    rest = text;
    while (depth && jsonraw_member(&rest, &key, &value))
        ck_assert(key.p >= text.p && value.p + value.n <= text.p + text.n);
}

/* In memory of its own that ends where the text does: a read beyond it is the sanitizer's. */
static void explore_exactly(const char *text, size_t n)
{
    CLEANUP_FREE char *exact = malloc(n ? n : 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, text, n);
    explore((struct span){exact, n}, 4);
}

START_TEST(truncated_texts_stay_inside)
{
    static const char text[] =
        "{\"a\\\"]\":[1,-2.5e3,\"\\u00e4\\\\\",{\"b\":null}],\"\":\"\\\"\"}, [\"x\"";
    for (size_t from = 0; from < sizeof text; from++)
        for (size_t n = 0; from + n < sizeof text; n++)
            explore_exactly(text + from, n);
}
END_TEST

START_TEST(garbage_stays_inside)
{
    static const char alphabet[] = "{}[]\":,\\ 1a\n\0\xff";
    struct prng r = prng_of(3);
    for (int round = 0; round < 20000; round++) {
        char text[24];
        size_t n = prng_below(&r, sizeof text);
        for (size_t i = 0; i < n; i++)
            text[i] = alphabet[prng_below(&r, sizeof alphabet - 1)];
        explore_exactly(text, n);
    }
}
END_TEST

/* Nesting costs no stack. */
START_TEST(depth_has_no_limit)
{
    size_t n = (size_t)1 << 20;
    CLEANUP_FREE char *text = malloc(2 * n);
    ck_assert_ptr_nonnull(text);
    memset(text, '[', n);
    memset(text + n, ']', n);
    struct span rest = {text, 2 * n}, value;
    ck_assert(jsonraw_value(&rest, &value));
    ck_assert_uint_eq(value.n, 2 * n);
    rest = (struct span){text, 2 * n - 1};
    ck_assert(!jsonraw_value(&rest, &value));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        values_keep_their_words,      members_in_order_with_duplicates,
        what_is_no_member_is_refused, truncated_texts_stay_inside,
        garbage_stays_inside,         depth_has_no_limit,
    };
    return suite_run("jsonraw", NULL, NULL, tests, COUNT(tests));
}
