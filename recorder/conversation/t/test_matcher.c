/* The jumps miss nothing: compared with looking at every place. */
#include "recorder/conversation/matcher.h"

#include <check.h>
#include <stdlib.h>

static int by_bytes(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

/* The longest string that begins at text.p[at], found the slow way. */
static uint32_t slowly(const struct span *strings, size_t n, struct span text, size_t at)
{
    uint32_t best = MATCHER_NONE;
    for (uint32_t i = 0; i < n; i++)
        if (strings[i].n <= text.n - at && !memcmp(strings[i].p, text.p + at, strings[i].n) &&
            (best == MATCHER_NONE || strings[i].n > strings[best].n))
            best = i;
    return best;
}

static void compare(const struct span *strings, size_t n, struct span text)
{
    struct matcher *m = matcher_new(strings, n);
    size_t next = 0;
    for (size_t at = 0; at < text.n; at++) {
        uint32_t want = slowly(strings, n, text, at);
        ck_assert_uint_eq(matcher_first(m, text, at), want);
        if (want == MATCHER_NONE)
            continue;
        /* The way there by skips does not lead past it. */
        while ((next = matcher_skip(m, text, next, text.n)) < at)
            next++;
        ck_assert_uint_eq(next, at);
        next = at + 1;
    }
    matcher_free(m);
}

/* Strings over a small alphabet overlap, repeat and contain each other. */
START_TEST(random_strings)
{
    char memory[40][24], words[1500];
    struct span strings[40];
    unsigned seed = (unsigned)_i + 1;
    size_t n = 1 + (size_t)_i % 40, kept = 0, shortest = MATCHER_MIN + (size_t)_i % 5;
    for (size_t i = 0; i < n; i++) {
        strings[i] = (struct span){memory[i], shortest + (size_t)rand_r(&seed) % 12};
        for (size_t k = 0; k < sizeof memory[i]; k++)
            memory[i][k] = (char)('a' + rand_r(&seed) % 2);
    }
    for (size_t i = 0; i < sizeof words; i++)
        words[i] = (char)('a' + rand_r(&seed) % (2 + _i % 2));
    qsort(strings, n, sizeof *strings, by_bytes);
    for (size_t i = 0; i < n; i++)
        if (!kept || !span_eq(strings[kept - 1], strings[i]))
            strings[kept++] = strings[i];
    compare(strings, kept, (struct span){words, sizeof words});
}
END_TEST

START_TEST(shorter_ones)
{
    const struct span strings[] = {SPAN_LIT("abcd"), SPAN_LIT("abcdef"), SPAN_LIT("abcdefgh"),
                                   SPAN_LIT("abcx")};
    struct matcher *m = matcher_new(strings, 4);
    struct span text = SPAN_LIT("abcdefghi abcdefg");
    ck_assert_uint_eq(matcher_first(m, text, 0), 2);
    ck_assert_uint_eq(matcher_shorter(m, 2), 1);
    ck_assert_uint_eq(matcher_shorter(m, 1), 0);
    ck_assert_uint_eq(matcher_shorter(m, 0), MATCHER_NONE);
    ck_assert_uint_eq(matcher_first(m, text, 10), 1);
    ck_assert_uint_eq(matcher_first(m, text, 1), MATCHER_NONE);
    matcher_free(m);
}
END_TEST

START_TEST(begun_at_the_end)
{
    const struct span strings[] = {SPAN_LIT("abcd"), SPAN_LIT("abcdef"), SPAN_LIT("abcdefgh"),
                                   SPAN_LIT("abcx")};
    struct matcher *m = matcher_new(strings, 4);
    struct span text = SPAN_LIT("xx abcde");
    uint32_t n;
    ck_assert_uint_eq(matcher_skip(m, text, 0, text.n), 3);
    ck_assert_uint_eq(matcher_begun(m, text, 3, &n), 1);
    ck_assert_uint_eq(n, 2);
    text.n--;
    ck_assert_uint_eq(matcher_begun(m, text, 3, &n), 1); /* "abcd" itself is complete */
    ck_assert_uint_eq(n, 2);
    text.n--;
    ck_assert_uint_eq(matcher_begun(m, text, 3, &n), MATCHER_NONE); /* too little */
    ck_assert_uint_eq(n, 0);
    matcher_free(m);
}
END_TEST

START_TEST(no_strings)
{
    struct matcher *m = matcher_new(NULL, 0);
    ck_assert_uint_eq(matcher_skip(m, SPAN_LIT("anything at all"), 3, 9), 9);
    ck_assert_uint_eq(matcher_first(m, SPAN_LIT("anything at all"), 3), MATCHER_NONE);
    matcher_free(m);
}
END_TEST

START_TEST(until_is_a_limit)
{
    const struct span strings[] = {SPAN_LIT("word")};
    struct matcher *m = matcher_new(strings, 1);
    struct span text = SPAN_LIT("a word");
    ck_assert_uint_eq(matcher_skip(m, text, 0, 2), 2);
    ck_assert_uint_eq(matcher_skip(m, text, 0, 3), 2);
    ck_assert_uint_eq(matcher_skip(m, text, 3, 6), 6);
    matcher_free(m);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("matcher");
    TCase *t = tcase_create("matcher");
    tcase_add_loop_test(t, random_strings, 0, 60);
    tcase_add_test(t, shorter_ones);
    tcase_add_test(t, begun_at_the_end);
    tcase_add_test(t, no_strings);
    tcase_add_test(t, until_is_a_limit);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
