/* For test programs: the tests of one list as one suite, and random choices that repeat. */
#ifndef BUGFORBUG_BASE_T_SUITE_H
#define BUGFORBUG_BASE_T_SUITE_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Runs the tests, each in a process of its own; setup and teardown may be NULL. What main returns.
 */
static inline int suite_run(const char *name, SFun setup, SFun teardown, const TTest *const *tests,
                            size_t n)
{
    Suite *s = suite_create(name);
    TCase *tc = tcase_create(name);
    tcase_add_checked_fixture(tc, setup, teardown);
    for (size_t i = 0; i < n; i++)
        tcase_add_test(tc, tests[i]);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The same seed gives the same numbers on every machine (xorshift). */
struct prng {
    uint64_t state;
};

static inline struct prng prng_of(uint64_t seed)
{
    return (struct prng){seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
}

/* From 0 to n - 1. */
static inline size_t prng_below(struct prng *r, size_t n)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (size_t)(r->state >> 11) % n;
}

#endif
