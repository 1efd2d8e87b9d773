/* The table: names, forms, limits. */
#include "recorder/conversation/secrets.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "recorder/base/buf.h"
#include "recorder/conversation/redact.h"

static void add(struct secrets *s, const char *place, const char *name, const char *value)
{
    ck_assert_int_eq(secrets_add(s, place, span_of(name), span_of(value), NULL), 0);
}

START_TEST(names)
{
    static const char *const want[] = {"ENV_DB_PASS",
                                       "A_B",
                                       "SECRET",
                                       "ENV_DB_PASS_2",
                                       "X_2_2",
                                       "X_2",
                                       "X",
                                       "X_3",
                                       "LABEL_COM_EXAMPLE_API_KEY"};
    struct secrets s;
    secrets_init(&s);
    add(&s, "ENV", "DB_PASS", "value-1");
    add(&s, "", "--a..b--", "value-2");
    add(&s, "", "\xc3\xa4", "value-3");
    add(&s, "ENV", "DB_PASS", "value-4");
    add(&s, "X", "2_2", "value-5");
    add(&s, "", "X_2", "value-6");
    add(&s, "", "X", "value-7");
    add(&s, "", "X", "value-8");
    add(&s, "LABEL", "com.example/api-key", "value-9");
    add(&s, "OTHER", "NAME", "value-1"); /* known */
    add(&s, "OTHER", "NAME", "abc");
    ck_assert_uint_eq(s.n, 9);
    ck_assert_int_eq(secrets_freeze(&s, NULL), 0);
    for (size_t i = 0; i < 9; i++)
        ck_assert_str_eq(s.list[i].name, want[i]);
    ck_assert(secrets_has_name(&s, SPAN_LIT("X_3")));
    ck_assert(!secrets_has_name(&s, SPAN_LIT("X_4")));
    secrets_free(&s);
}
END_TEST

START_TEST(long_names_are_cut)
{
    struct secrets s;
    char name[1000];
    memset(name, 'n', sizeof name);
    secrets_init(&s);
    for (int i = 0; i < 3; i++) {
        char value[32];
        snprintf(value, sizeof value, "value-%d", i);
        ck_assert_int_eq(
            secrets_add(&s, "ENV", (struct span){name, sizeof name}, span_of(value), NULL), 0);
    }
    ck_assert_int_eq(secrets_freeze(&s, NULL), 0);
    ck_assert_uint_lt(strlen(s.list[0].name), PLACEHOLDER_NAME_MAX);
    ck_assert_str_ne(s.list[0].name, s.list[1].name);
    ck_assert_str_ne(s.list[2].name, s.list[1].name);
    secrets_free(&s);
}
END_TEST

START_TEST(blanks_around_a_value)
{
    struct secrets s;
    secrets_init(&s);
    add(&s, "", "X", " \n");
    add(&s, "", "X", " abc \n");
    ck_assert_uint_eq(s.n, 0);
    add(&s, "", "X", " value\n");
    ck_assert_uint_eq(s.n, 2);
    ck_assert(span_is(s.list[0].value, "value"));
    ck_assert(span_is(s.list[1].value, " value\n"));
    secrets_free(&s);
}
END_TEST

static bool before(struct span a, struct span b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return order ? order < 0 : a.n < b.n;
}

START_TEST(forms_are_sorted_and_distinct)
{
    struct secrets s;
    secrets_init(&s);
    add(&s, "", "A", "some-value");
    add(&s, "", "B", "c29tZS12YWx1ZQ=="); /* base64 of the first, but a secret of its own */
    add(&s, "", "C", "some-value&more");
    ck_assert_int_eq(secrets_freeze(&s, NULL), 0);
    size_t found = 0;
    for (size_t i = 0; i < s.forms_n; i++) {
        const struct form *f = &s.forms[i];
        if (i)
            ck_assert(before(s.forms[i - 1].bytes, f->bytes));
        ck_assert_uint_le(f->bytes.n, s.longest);
        if (span_is(f->bytes, "c29tZS12YWx1ZQ==")) {
            ck_assert_int_eq(f->form, FORM_RAW);
            ck_assert_uint_eq(f->secret, 1);
            found++;
        }
    }
    ck_assert_uint_eq(found, 1);
    secrets_free(&s);
}
END_TEST

START_TEST(too_many)
{
    struct secrets s;
    struct err e = {{0}};
    secrets_init(&s);
    for (size_t i = 0; i <= REDACT_SECRETS_MAX; i++) {
        char value[32];
        snprintf(value, sizeof value, "value-%zu", i);
        int rc = secrets_add(&s, "", SPAN_LIT("X"), span_of(value), &e);
        ck_assert_int_eq(rc, i < REDACT_SECRETS_MAX ? 0 : -1);
    }
    ck_assert_ptr_nonnull(strstr(e.text, "--keep-secrets"));
    secrets_free(&s);
}
END_TEST

START_TEST(too_much)
{
    struct secrets s;
    struct err e = {{0}};
    char *value = malloc(REDACT_FORMS_MAX);
    memset(value, 'v', REDACT_FORMS_MAX);
    value[0] = 'w';
    secrets_init(&s);
    ck_assert_int_eq(secrets_add(&s, "", SPAN_LIT("X"), (struct span){value, REDACT_FORMS_MAX}, &e),
                     0);
    ck_assert_int_eq(secrets_freeze(&s, &e), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "--keep-secrets"));
    secrets_free(&s);
    free(value);
}
END_TEST

START_TEST(too_many_names_are_taken)
{
    struct secrets s;
    struct err e = {{0}};
    struct buf text = BUF_INIT(1 << 20);
    secrets_init(&s);
    for (int i = 0; i < 10001; i++)
        buf_addf(&text, "{{secret:N%d}}", i);
    ck_assert_int_eq(secrets_reserve(&s, (struct span){text.p, text.n}, &e), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "{{secret:"));
    buf_free(&text);
    secrets_free(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secrets");
    TCase *t = tcase_create("secrets");
    tcase_add_test(t, names);
    tcase_add_test(t, long_names_are_cut);
    tcase_add_test(t, blanks_around_a_value);
    tcase_add_test(t, forms_are_sorted_and_distinct);
    tcase_add_test(t, too_many);
    tcase_add_test(t, too_much);
    tcase_add_test(t, too_many_names_are_taken);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
