/* Forms of a value, and placeholders that become values again. */
#include "recorder/conversation/secret_forms.h"

#include <check.h>
#include <jansson.h>
#include <stdlib.h>

#define VALUE "a\"b\\c<d>&e/f g+h\n\x01\xc3\xa4\xf0\x9f\x98\x80~!*"

/* A way in which somebody spells VALUE. */
struct spelling {
    enum secret_form form;
    const char *text;
};

static const struct spelling spellings[] = {
    {FORM_RAW, VALUE},
    /* browsers, jansson */
    {FORM_JSON, "a\\\"b\\\\c<d>&e/f g+h\\n\\u0001\xc3\xa4\xf0\x9f\x98\x80~!*"},
    /* Go */
    {FORM_JSON, "a\\\"b\\\\c\\u003cd\\u003e\\u0026e/f g+h\\n\\u0001\xc3\xa4\xf0\x9f\x98\x80~!*"},
    /* Python */
    {FORM_JSON, "a\\\"b\\\\c<d>&e/f g+h\\n\\u0001\\u00e4\\ud83d\\ude00~!*"},
    /* jansson, ASCII alone */
    {FORM_JSON, "a\\\"b\\\\c<d>&e/f g+h\\n\\u0001\\u00E4\\uD83D\\uDE00~!*"},
    /* PHP, Ruby */
    {FORM_JSON, "a\\\"b\\\\c<d>&e\\/f g+h\\n\\u0001\xc3\xa4\xf0\x9f\x98\x80~!*"},
    {FORM_JSON_JSON, "a\\\\\\\"b\\\\\\\\c<d>&e/f g+h\\\\n\\\\u0001\xc3\xa4\xf0\x9f\x98\x80~!*"},
    /* Go url.QueryEscape */
    {FORM_URL, "a%22b%5Cc%3Cd%3E%26e%2Ff+g%2Bh%0A%01%C3%A4%F0%9F%98%80~%21%2A"},
    /* encodeURIComponent */
    {FORM_URL, "a%22b%5Cc%3Cd%3E%26e%2Ff%20g%2Bh%0A%01%C3%A4%F0%9F%98%80~!*"},
    /* Python quote */
    {FORM_URL, "a%22b%5Cc%3Cd%3E%26e/f%20g%2Bh%0A%01%C3%A4%F0%9F%98%80~%21%2A"},
    /* Go url.PathEscape */
    {FORM_URL, "a%22b%5Cc%3Cd%3E&e%2Ff%20g+h%0A%01%C3%A4%F0%9F%98%80~%21%2A"},
    /* URLSearchParams */
    {FORM_URL, "a%22b%5Cc%3Cd%3E%26e%2Ff+g%2Bh%0A%01%C3%A4%F0%9F%98%80%7E%21*"},
    /* in lower case */
    {FORM_URL, "a%22b%5cc%3cd%3e%26e%2ff%20g%2bh%0a%01%c3%a4%f0%9f%98%80~%21%2a"},
    {FORM_BASE64, "YSJiXGM8ZD4mZS9mIGcraAoBw6Twn5iAfiEq"},
};

struct expected {
    const struct spelling *want;
    bool seen;
};

static int look(void *self, enum secret_form form, struct span bytes)
{
    struct expected *x = self;
    x->seen |= form == x->want->form && span_is(bytes, x->want->text);
    return 0;
}

START_TEST(every_spelling)
{
    struct expected x = {&spellings[_i], false};
    ck_assert_int_eq(secret_forms(SPAN_LIT(VALUE), look, &x), 0);
    ck_assert_msg(x.seen, "%s", x.want->text);
}
END_TEST

START_TEST(base64_alphabets_and_padding)
{
    static const struct spelling spelt[] = {{FORM_BASE64, "Pz8/Pj4+cA=="},
                                            {FORM_BASE64RAW, "Pz8/Pj4+cA"},
                                            {FORM_BASE64URL, "Pz8_Pj4-cA=="},
                                            {FORM_BASE64URLRAW, "Pz8_Pj4-cA"}};
    for (size_t i = 0; i < 4; i++) {
        struct expected x = {&spelt[i], false};
        ck_assert_int_eq(secret_forms(SPAN_LIT("?\?\?>>>p"), look, &x), 0);
        ck_assert(x.seen);
    }
}
END_TEST

static int stop(void *self, enum secret_form form, struct span bytes)
{
    (void)bytes;
    return form == *(enum secret_form *)self ? 7 : 0;
}

START_TEST(a_visitor_stops)
{
    for (enum secret_form form = FORM_RAW; form <= FORM_CORE; form++)
        ck_assert_int_eq(secret_forms(SPAN_LIT(VALUE), stop, &form), 7);
}
END_TEST

static int only(void *self, enum secret_form form, struct span bytes)
{
    int *kinds = self;
    (void)bytes;
    kinds[form]++;
    return 0;
}

START_TEST(plain_values_have_few_forms)
{
    int kinds[FORM_CORE + 1] = {0};
    ck_assert_int_eq(secret_forms(SPAN_LIT("plain123"), only, kinds), 0);
    ck_assert_int_eq(kinds[FORM_RAW], 1);
    ck_assert_int_eq(kinds[FORM_JSON] + kinds[FORM_JSON_JSON] + kinds[FORM_URL], 0);
    memset(kinds, 0, sizeof kinds);
    ck_assert_int_eq(secret_forms(SPAN_LIT("\xff\xfe no utf-8"), only, kinds), 0);
    ck_assert_int_eq(kinds[FORM_JSON], 0);
    ck_assert_int_gt(kinds[FORM_URL], 0);
}
END_TEST

/* --- placeholders --- */

static struct span known(void *self, struct span name)
{
    (void)self;
    return span_is(name, "X") ? SPAN_LIT("v\"1?>") : (struct span){NULL, 0};
}

static const char *const expansions[][2] = {
    {"", ""},
    {"none", "none"},
    {"a {{secret:X}} b {{secret:X}}", "a v\"1?> b v\"1?>"},
    {"{{secret:X:json}}", "v\\\"1?>"},
    {"{{secret:X:url}}", "v%221%3F%3E"},
    {"{{secret:X:json:url}}", "v%5C%221%3F%3E"},
    {"{{secret:X:base64}}", "diIxPz4="},
    {"{{secret:X:base64raw}}", "diIxPz4"},
    {"{{secret:X:base64url}}", "diIxPz4="},
    {"{{secret:Y}} {{secret:X:rot13}} {{secret:X", "{{secret:Y}} {{secret:X:rot13}} {{secret:X"},
    {"{{secret:{{secret:X}}}} {{secret:x}}", "{{secret:v\"1?>}} {{secret:x}}"},
    {"{{{{secret:X}}}}", "{{v\"1?>}}"},
};

START_TEST(values_are_put_back)
{
    struct buf out = BUF_INIT(1000);
    ck_assert_int_eq(placeholder_expand(span_of(expansions[_i][0]), known, NULL, &out, NULL), 0);
    ck_assert_str_eq(buf_str(&out), expansions[_i][1]);
    buf_free(&out);
}
END_TEST

START_TEST(a_limit_holds)
{
    struct buf out = BUF_INIT(10);
    struct err e;
    ck_assert_int_eq(placeholder_expand(SPAN_LIT("12345678 {{secret:X}}"), known, NULL, &out, &e),
                     -1);
    ck_assert_ptr_nonnull(strstr(e.text, "secret"));
    buf_free(&out);
}
END_TEST

START_TEST(what_is_written_is_read)
{
    struct buf out = BUF_INIT(1000);
    struct placeholder p;
    ck_assert_int_eq(placeholder_write(SPAN_LIT("ENV_X_2"), FORM_BASE64URLRAW, true, &out), 0);
    ck_assert_str_eq(buf_str(&out), "{{secret:ENV_X_2:base64urlraw:url}}");
    ck_assert(placeholder_next((struct span){out.p, out.n}, 0, &p));
    ck_assert(span_is(p.name, "ENV_X_2"));
    ck_assert(span_is(p.forms, "base64urlraw:url"));
    ck_assert_uint_eq(p.all.n, out.n);
    ck_assert(!placeholder_next((struct span){out.p, out.n}, 1, &p));
    for (size_t n = 0; n < out.n; n++)
        ck_assert(!placeholder_next((struct span){out.p, n}, 0, &p));
    buf_free(&out);
}
END_TEST

/* A real parser reads what the JSON form puts back. */
START_TEST(json_means_the_value)
{
    struct buf out = BUF_INIT(1000);
    struct span text = SPAN_LIT("{\"k\":\"{{secret:X:json}}\"}");
    ck_assert_int_eq(placeholder_expand(text, known, NULL, &out, NULL), 0);
    json_t *got = json_loads(buf_str(&out), 0, NULL);
    ck_assert_str_eq(json_string_value(json_object_get(got, "k")), "v\"1?>");
    json_decref(got);
    buf_free(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secret_forms");
    TCase *t = tcase_create("forms");
    tcase_add_loop_test(t, every_spelling, 0, sizeof spellings / sizeof *spellings);
    tcase_add_test(t, base64_alphabets_and_padding);
    tcase_add_test(t, a_visitor_stops);
    tcase_add_test(t, plain_values_have_few_forms);
    tcase_add_loop_test(t, values_are_put_back, 0, sizeof expansions / sizeof *expansions);
    tcase_add_test(t, a_limit_holds);
    tcase_add_test(t, what_is_written_is_read);
    tcase_add_test(t, json_means_the_value);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
