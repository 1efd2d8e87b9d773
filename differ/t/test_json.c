/* JSON: what must be found, and what must not. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "differ/t/talk.h"

#define ID_A "736b99bfbab50be37b261090994248feecaff40e4235586f4ab9a0d9f3739821"
#define ID_B "cee31af9ed9b3cab511e8cc0486f9948d053b2fd804f4ad51dac8ec702ec30ff"
#define ID_C "41ada691db041780060e89369139d4f3b86686f0f4886188d3a6e1769eb0dad3"
#define ID_D "9d2f0f2d1c5ab1f4ac4b5a1fd7ed86e7f0a5b8b6d0ab3a3c6de0f0cf2a7f1e44"

static const struct row {
    const char *what, *a, *b;
    enum finding_kind kind; /* KINDS: must be silent */
    const char *path;
} rows[] = {
    /* Must be found: each with no rule at all. */
    {"field dropped", "{\"A\":1,\"B\":2}", "{\"A\":1}", KIND_MISSING, ".B"},
    {"field added", "{\"A\":1}", "{\"A\":1,\"B\":2}", KIND_EXTRA, ".B"},
    {"null dropped", "{\"A\":1,\"B\":null}", "{\"A\":1}", KIND_MISSING, ".B"},
    {"null added", "{\"A\":1}", "{\"A\":1,\"B\":null}", KIND_EXTRA, ".B"},
    {"null for list", "{\"A\":[]}", "{\"A\":null}", KIND_TYPE, ".A"},
    {"list for null", "{\"A\":null}", "{\"A\":[]}", KIND_TYPE, ".A"},
    {"object for list", "{\"A\":[]}", "{\"A\":{}}", KIND_TYPE, ".A"},
    {"object for null", "{\"A\":null}", "{\"A\":{}}", KIND_TYPE, ".A"},
    {"empty text for null", "{\"A\":null}", "{\"A\":\"\"}", KIND_TYPE, ".A"},
    {"0 for null", "{\"A\":null}", "{\"A\":0}", KIND_TYPE, ".A"},
    {"0 for empty text", "{\"A\":\"\"}", "{\"A\":0}", KIND_TYPE, ".A"},
    {"false for null", "{\"A\":null}", "{\"A\":false}", KIND_TYPE, ".A"},
    {"false for 0", "{\"A\":0}", "{\"A\":false}", KIND_TYPE, ".A"},
    {"text for number", "{\"A\":15}", "{\"A\":\"15\"}", KIND_TYPE, ".A"},
    {"number for text", "{\"A\":\"15\"}", "{\"A\":15}", KIND_TYPE, ".A"},
    {"boolean", "{\"A\":true}", "{\"A\":false}", KIND_VALUE, ".A"},
    {"number", "{\"A\":1}", "{\"A\":2}", KIND_VALUE, ".A"},
    {"text", "{\"A\":\"x\"}", "{\"A\":\"y\"}", KIND_VALUE, ".A"},
    {"text longer", "{\"A\":\"x\"}", "{\"A\":\"xy\"}", KIND_VALUE, ".A"},
    {"text empty", "{\"A\":\"x\"}", "{\"A\":\"\"}", KIND_VALUE, ".A"},
    {"case of text", "{\"A\":\"x\"}", "{\"A\":\"X\"}", KIND_VALUE, ".A"},
    {"case of key", "{\"Id\":1,\"B\":2}", "{\"ID\":1,\"B\":2}", KIND_MISSING, ".Id"},
    {"blank", "{\"A\":\"x\"}", "{\"A\":\"x \"}", KIND_VALUE, ".A"},
    {"large number", "{\"A\":9007199254740993}", "{\"A\":9007199254740992}", KIND_VALUE, ".A"},
    {"number beyond 64 bits", "{\"A\":123456789012345678901}", "{\"A\":123456789012345678902}",
     KIND_VALUE, ".A"},
    {"real", "{\"A\":0.1}", "{\"A\":0.10000000000000001}", KIND_VALUE, ".A"},
    {"real for integer", "{\"A\":1}", "{\"A\":1.0}", KIND_VALUE, ".A"},
    {"exponent", "{\"A\":1000}", "{\"A\":1e3}", KIND_VALUE, ".A"},
    {"minus zero", "{\"A\":0}", "{\"A\":-0}", KIND_VALUE, ".A"},
    {"text that looks like a kept number", "{\"A\":1.5}", "{\"A\":\"\\u0000#1.5\"}", KIND_TYPE,
     ".A"},
    {"text with NUL", "{\"A\":\"x\\u0000y\"}", "{\"A\":\"x\\u0000z\"}", KIND_VALUE, ".A"},
    {"nested", "{\"A\":{\"B\":{\"C\":1}}}", "{\"A\":{\"B\":{\"C\":2}}}", KIND_VALUE, ".A.B.C"},
    {"in a list", "{\"A\":[{\"B\":1},{\"B\":2}]}", "{\"A\":[{\"B\":1},{\"B\":3}]}", KIND_VALUE,
     ".A[].B"},
    {"element dropped", "{\"A\":[1,2,3]}", "{\"A\":[1,3]}", KIND_ELEMENT_MISSING, ".A[]"},
    {"element added", "{\"A\":[1,3]}", "{\"A\":[1,2,3]}", KIND_ELEMENT_EXTRA, ".A[]"},
    {"last element dropped", "{\"A\":[1,2]}", "{\"A\":[1]}", KIND_ELEMENT_MISSING, ".A[]"},
    {"element in front", "{\"A\":[\"x\"]}", "{\"A\":[\"y\",\"x\"]}", KIND_ELEMENT_EXTRA, ".A[]"},
    {"list emptied", "{\"A\":[1]}", "{\"A\":[]}", KIND_ELEMENT_MISSING, ".A[]"},
    {"element twice", "{\"A\":[1]}", "{\"A\":[1,1]}", KIND_ELEMENT_EXTRA, ".A[]"},
    {"other element", "{\"A\":[1,2,3]}", "{\"A\":[1,9,3]}", KIND_VALUE, ".A[]"},
    {"order", "{\"A\":[1,2,3]}", "{\"A\":[3,1,2]}", KIND_ORDER, ".A"},
    {"order of objects", "[{\"N\":1},{\"N\":2}]", "[{\"N\":2},{\"N\":1}]", KIND_ORDER, "."},
    {"body is another type", "[]", "{}", KIND_TYPE, "."},
    {"body is null", "[]", "null", KIND_TYPE, "."},
    {"key twice", "{\"A\":1}", "{\"A\":1,\"A\":1}", KIND_DUPLICATE_KEY, "body"},
    {"no JSON", "{\"A\":1}", "A is 1", KIND_NOT_JSON, "body"},
    {"JSON cut", "{\"A\":1}", "{\"A\":", KIND_NOT_JSON, "body"},
    {"JSON and more", "{\"A\":1}", "{\"A\":1}{\"A\":1}", KIND_NOT_JSON, "body"},
    {"invalid UTF-8", "{\"A\":\"x\"}", "{\"A\":\"\xff\"}", KIND_NOT_JSON, "body"},
    {"no body", "{\"A\":1}", "", KIND_BODY_MISSING, "body"},
    {"key with dots", "{\"a.b\":1}", "{\"a.b\":2}", KIND_VALUE, "[\"a.b\"]"},
    {"short hex is no ID", "{\"A\":\"abcdef\"}", "{\"A\":\"abcdee\"}", KIND_VALUE, ".A"},
    {"twelve digits are no ID", "{\"A\":\"123456789012\"}", "{\"A\":\"123456789013\"}", KIND_VALUE,
     ".A"},
    {"forty hex digits are no ID", "{\"A\":\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}",
     "{\"A\":\"da39a3ee5e6b4b0d3255bfef95601890afd80708\"}", KIND_VALUE, ".A"},
    {"upper case is no ID", "{\"A\":\"ABCDEF012345\"}", "{\"A\":\"ABCDEF012346\"}", KIND_VALUE,
     ".A"},
    {"prefix of digest", "{\"A\":\"sha256:" ID_A "\"}", "{\"A\":\"" ID_B "\"}", KIND_VALUE, ".A"},
    {"ID shortened", "{\"A\":\"" ID_A "\"}", "{\"A\":\"cee31af9ed9b\"}", KIND_VALUE, ".A"},
    {"name without a rule", "{\"A\":\"sweet_mclean\"}", "{\"A\":\"happy_turing\"}", KIND_VALUE,
     ".A"},
    {"two IDs for one", "{\"A\":\"" ID_A "\",\"B\":\"" ID_A "\"}",
     "{\"A\":\"" ID_B "\",\"B\":\"" ID_C "\"}", KIND_IDENTITY, ".B"},
    {"one ID for two", "{\"A\":\"" ID_A "\",\"B\":\"" ID_C "\"}",
     "{\"A\":\"" ID_B "\",\"B\":\"" ID_B "\"}", KIND_IDENTITY, ".B"},
    {"short ID of another", "{\"A\":\"" ID_A "\",\"B\":\"736b99bfbab5\"}",
     "{\"A\":\"" ID_B "\",\"B\":\"41ada691db04\"}", KIND_IDENTITY, ".B"},
    {"long ID of another", "{\"A\":\"736b99bfbab5\",\"B\":\"" ID_A "\"}",
     "{\"A\":\"41ada691db04\",\"B\":\"" ID_B "\"}", KIND_IDENTITY, ".B"},
    {"text around an ID", "{\"A\":\"No such container: " ID_A "\"}",
     "{\"A\":\"no container " ID_B "\"}", KIND_VALUE, ".A"},
    /* Must be silent. */
    {"equal", "{\"A\":[1,\"x\",null,{}]}", "{\"A\":[1,\"x\",null,{}]}", KINDS, ""},
    {"order of keys", "{\"A\":1,\"B\":2}", "{\"B\":2,\"A\":1}", KINDS, ""},
    {"white space", "{\"A\":[1,2]}", "{ \"A\" : [ 1 ,\n2 ] }\n", KINDS, ""},
    {"escapes", "{\"A\":\"<>/\"}", "{\"A\":\"\\u003c\\u003e\\/\"}", KINDS, ""},
    {"equal reals", "{\"A\":1.50}", "{\"A\":1.50}", KINDS, ""},
    {"equal large", "{\"A\":123456789012345678901}", "{\"A\":123456789012345678901}", KINDS, ""},
    {"NUL in text", "{\"A\":\"\\u0000#1\"}", "{\"A\":\"\\u0000#1\"}", KINDS, ""},
    {"IDs renamed", "{\"A\":\"" ID_A "\",\"B\":\"" ID_C "\",\"C\":\"" ID_A "\"}",
     "{\"A\":\"" ID_B "\",\"B\":\"" ID_D "\",\"C\":\"" ID_B "\"}", KINDS, ""},
    {"short forms renamed", "{\"A\":\"" ID_A "\",\"B\":\"736b99bfbab5\",\"C\":\"x-736b99b\"}",
     "{\"A\":\"" ID_B "\",\"B\":\"cee31af9ed9b\",\"C\":\"x-cee31af\"}", KINDS, ""},
    {"short form first", "{\"A\":\"736b99bfbab5\",\"B\":\"" ID_A "\"}",
     "{\"A\":\"cee31af9ed9b\",\"B\":\"" ID_B "\"}", KINDS, ""},
    {"digests renamed", "{\"A\":\"sha256:" ID_A "\"}", "{\"A\":\"sha256:" ID_B "\"}", KINDS, ""},
    {"IDs in text", "{\"A\":\"network x id " ID_A " has active endpoints\"}",
     "{\"A\":\"network x id " ID_B " has active endpoints\"}", KINDS, ""},
    {"IDs in paths", "{\"A\":\"/c/" ID_A "/" ID_A "-json.log\"}",
     "{\"A\":\"/c/" ID_B "/" ID_B "-json.log\"}", KINDS, ""},
    {"IDs in names", "{\"A\":\"k8s_" ID_A "_x\"}", "{\"A\":\"k8s_" ID_B "_x\"}", KINDS, ""},
    {"IDs as keys", "{\"A\":{\"" ID_A "\":{\"N\":1},\"" ID_C "\":{\"N\":2}}}",
     "{\"A\":{\"" ID_B "\":{\"N\":2},\"" ID_D "\":{\"N\":1}}}", KINDS, ""},
    {"lists of IDs", "[\"" ID_A "\",\"" ID_C "\"]", "[\"" ID_B "\",\"" ID_D "\"]", KINDS, ""},
};

START_TEST(one_row)
{
    const struct row *r = &rows[_i];
    struct comparison c;
    talk_diff(talk_json("GET /x", r->a), talk_json("GET /x", r->b), "", &c);
    if (r->kind == KINDS)
        ck_silent(&c, r->what);
    else if (strcmp(r->what, "case of key") == 0)
        ck_found(&c, r->kind, r->path, r->what);
    else
        ck_only(&c, r->kind, r->path, r->what);
    comparison_free(&c);
}
END_TEST

/* What is found one way round must be found the other way round too. */
START_TEST(other_way_round)
{
    const struct row *r = &rows[_i];
    struct comparison c;
    if (r->kind == KIND_DUPLICATE_KEY)
        return; /* a candidate that says it once is better than its baseline */
    talk_diff(talk_json("GET /x", r->b), talk_json("GET /x", r->a), "", &c);
    if (r->kind == KINDS)
        ck_silent(&c, r->what);
    else
        ck_assert_msg(c.findings.n > 0, "%s: silent when turned round", r->what);
    comparison_free(&c);
}
END_TEST

static const char keys[] = "{\"A\":{\"" ID_A "\":1,\"" ID_C "\":2}}";

START_TEST(keys_that_are_ids)
{
    struct comparison c;
    talk_diff(talk_json("GET /x", keys), talk_json("GET /x", "{\"A\":{\"" ID_B "\":1}}"), "", &c);
    const struct finding *f = ck_only(&c, KIND_MISSING, ".A.{id}", "a key is missing");
    ck_assert_str_eq(f->seen[0].path, ".A." ID_C);
    comparison_free(&c);
    talk_diff(talk_json("GET /x", "{\"I\":\"" ID_A "\",\"A\":{\"" ID_A "\":1}}"),
              talk_json("GET /x", "{\"I\":\"" ID_B "\",\"A\":{\"" ID_C "\":1}}"), "", &c);
    ck_found(&c, KIND_MISSING, ".A.{id}", "a key is another ID");
    comparison_free(&c);
}
END_TEST

/* Elements that have names are found again by them, whatever else differs. */
START_TEST(named_elements)
{
    const char *a = "[{\"Id\":\"x\",\"V\":1},{\"Id\":\"y\",\"V\":2},{\"Id\":\"z\",\"V\":3}]";
    struct comparison c;
    talk_diff(talk_json("GET /x", a),
              talk_json("GET /x", "[{\"Id\":\"z\",\"V\":4},{\"Id\":\"x\",\"V\":4},"
                                  "{\"Id\":\"y\",\"V\":4}]"),
              "", &c);
    ck_assert_uint_eq(c.findings.n, 2);
    ck_found(&c, KIND_ORDER, ".", "order");
    ck_assert_uint_eq(ck_found(&c, KIND_VALUE, "[].V", "values")->times, 3);
    comparison_free(&c);
    talk_diff(talk_json("GET /x", a),
              talk_json("GET /x", "[{\"Id\":\"y\",\"V\":4},{\"Id\":\"z\",\"V\":3}]"), "", &c);
    ck_assert_uint_eq(c.findings.n, 2);
    ck_found(&c, KIND_ELEMENT_MISSING, "[]", "x");
    ck_assert_uint_eq(ck_found(&c, KIND_VALUE, "[].V", "y")->times, 1);
    comparison_free(&c);
    talk_diff(
        talk_json("GET /x", "{\"I\":[\"" ID_A "\",\"" ID_C "\"],"
                            "\"L\":[{\"Id\":\"" ID_A "\",\"V\":1},{\"Id\":\"" ID_C "\",\"V\":2}]}"),
        talk_json("GET /x", "{\"I\":[\"" ID_B "\",\"" ID_D "\"],"
                            "\"L\":[{\"Id\":\"" ID_D "\",\"V\":3},{\"Id\":\"" ID_B "\",\"V\":3}]}"),
        "", &c);
    ck_assert_uint_eq(c.findings.n, 2);
    ck_found(&c, KIND_ORDER, ".L", "order");
    ck_found(&c, KIND_VALUE, ".L[].V", "values");
    comparison_free(&c);
}
END_TEST

/* An identity that is broken is one finding, however often it shows. */
START_TEST(identity_once)
{
    struct comparison c;
    talk_diff(talk_json("GET /x", "[\"" ID_A "\",\"" ID_A "\",\"" ID_A "\",{\"X\":\"" ID_A "\"}]"),
              talk_json("GET /x", "[\"" ID_B "\",\"" ID_C "\",\"" ID_C "\",{\"X\":\"" ID_C "\"}]"),
              "", &c);
    const struct finding *f = ck_only(&c, KIND_IDENTITY, "[]", "identity");
    ck_assert_uint_eq(f->times, 1);
    ck_assert_int_eq(f->severity, SEV_BREAKING);
    comparison_free(&c);
}
END_TEST

static struct conversation *create_and_inspect(const char *create, const char *inspect)
{
    char body[256], request[256];
    struct talk *t = talk_begin();
    snprintf(body, sizeof body, "{\"Id\":\"%s\"}", create);
    talk_exchange(t, "POST /v1.41/containers/create", "{\"Image\":\"x\"}", "201 Created",
                  "Content-Type: application/json\r\n", body);
    snprintf(request, sizeof request, "GET /v1.41/containers/%s/json", create);
    snprintf(body, sizeof body, "{\"Id\":\"%s\"}", inspect);
    talk_exchange(t, request, NULL, "200 OK", "Content-Type: application/json\r\n", body);
    return talk_done(t);
}

START_TEST(inspect_shows_what_create_returned)
{
    struct comparison c;
    talk_diff(create_and_inspect(ID_A, ID_A), create_and_inspect(ID_B, ID_B), NULL, &c);
    ck_silent(&c, "renamed");
    comparison_free(&c);
    talk_diff(create_and_inspect(ID_A, ID_A), create_and_inspect(ID_B, ID_C), NULL, &c);
    const struct finding *f = ck_only(&c, KIND_IDENTITY, ".Id", "inspect shows another");
    ck_assert_str_eq(f->route, "GET /containers/{id}/json");
    ck_assert_str_eq(f->seen[0].expected, ID_B " (as in exchange 1)");
    ck_assert_str_eq(f->seen[0].actual, ID_C);
    comparison_free(&c);
}
END_TEST

static struct conversation *named(const char *chosen, const char *answered)
{
    char body[256];
    struct talk *t = talk_begin();
    snprintf(body, sizeof body, "{\"Name\":\"%s\"}", chosen);
    talk_exchange(t, "POST /v1.41/volumes/create", body, "201 Created",
                  "Content-Type: application/json\r\n", "{}");
    snprintf(body, sizeof body, "{\"Name\":\"%s\"}", answered);
    talk_exchange(t, "GET /v1.41/containers/x/json", NULL, "200 OK",
                  "Content-Type: application/json\r\n", body);
    return talk_done(t);
}

/* What the client chose is not the daemon's to rename, even where it looks made up. */
START_TEST(chosen_names)
{
    struct comparison c;
    talk_diff(named("my_volume", "my_volume"), named("my_volume", "my_volume"), NULL, &c);
    ck_silent(&c, "as chosen");
    comparison_free(&c);
    talk_diff(named("my_volume", "my_volume"), named("my_volume", "other_volume"), NULL, &c);
    ck_only(&c, KIND_VALUE, ".Name", "another name");
    comparison_free(&c);
    talk_diff(named(ID_A, ID_A), named(ID_A, ID_B), NULL, &c);
    ck_only(&c, KIND_VALUE, ".Name", "another hex name");
    comparison_free(&c);
    talk_diff(named("x", "sweet_mclean"), named("x", "happy_turing"), NULL, &c);
    ck_silent(&c, "made up");
    comparison_free(&c);
    talk_diff(named("x", "box"), named("x", "sox"), NULL, &c);
    ck_only(&c, KIND_VALUE, ".Name", "no made-up name");
    comparison_free(&c);
}
END_TEST

/* Hostile bodies: bounded, and told. */
START_TEST(deep)
{
    size_t n = 100000;
    char *body = malloc(2 * n + 1);
    memset(body, '[', n);
    memset(body + n, ']', n);
    body[2 * n] = 0;
    struct comparison c;
    talk_diff(talk_json("GET /x", "[]"), talk_json("GET /x", body), "", &c);
    ck_only(&c, KIND_NOT_JSON, "body", "too deep for the parser");
    comparison_free(&c);
    n = 2000;
    memset(body, '[', n);
    body[n] = '1';
    memset(body + n + 1, ']', n);
    body[2 * n + 1] = 0;
    char *other = strdup(body);
    other[n] = '2';
    talk_diff(talk_json("GET /x", body), talk_json("GET /x", other), "", &c);
    ck_assert_uint_eq(c.findings.n, 1);
    ck_assert_int_eq(c.findings.v[0].kind, KIND_VALUE);
    comparison_free(&c);
    free(body);
    free(other);
}
END_TEST

START_TEST(long_key)
{
    size_t n = 10 << 20;
    char *body = malloc(n + 16);
    body[0] = '{';
    body[1] = '"';
    memset(body + 2, 'k', n);
    snprintf(body + 2 + n, 5, "\":1}");
    struct comparison c;
    talk_diff(talk_json("GET /x", "{}"), talk_json("GET /x", body), "", &c);
    ck_assert_uint_eq(c.findings.n, 1);
    ck_assert_int_eq(c.findings.v[0].kind, KIND_EXTRA);
    ck_assert_uint_lt(strlen(c.findings.v[0].path), 1000);
    comparison_free(&c);
    free(body);
}
END_TEST

/* A list that is all different: quick, and one finding. */
START_TEST(long_lists)
{
    struct buf a = BUF_INIT(64 << 20), b = BUF_INIT(64 << 20);
    for (int i = 0; i < 100000; i++) {
        buf_addf(&a, "%c%d", i ? ',' : '[', i);
        buf_addf(&b, "%c%d", i ? ',' : '[', i + 1000000);
    }
    buf_adds(&a, "]");
    buf_adds(&b, "]");
    struct comparison c;
    talk_diff(talk_json("GET /x", a.p), talk_json("GET /x", b.p), "", &c);
    const struct finding *f = ck_only(&c, KIND_VALUE, "[]", "all other");
    ck_assert_uint_eq(f->times, 100000);
    ck_assert_uint_eq(f->seen_n, FINDING_SIGHTINGS);
    comparison_free(&c);
    buf_free(&a);
    buf_free(&b);
}
END_TEST

START_TEST(too_large)
{
    size_t n = (17 << 20) + 2;
    char *a = malloc(n + 1);
    memset(a, ' ', n);
    a[0] = '[';
    a[n - 1] = ']';
    a[n] = 0;
    char *b = strdup(a);
    struct comparison c;
    talk_diff(talk_json("GET /x", a), talk_json("GET /x", b), "", &c);
    ck_silent(&c, "large and equal");
    comparison_free(&c);
    b[n - 2] = '1';
    talk_diff(talk_json("GET /x", a), talk_json("GET /x", b), "", &c);
    ck_only(&c, KIND_TOO_LARGE, "body", "large and different");
    comparison_free(&c);
    free(a);
    free(b);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("json");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, one_row, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(t, other_way_round, 0, sizeof rows / sizeof *rows);
    tcase_add_test(t, keys_that_are_ids);
    tcase_add_test(t, named_elements);
    tcase_add_test(t, identity_once);
    tcase_add_test(t, inspect_shows_what_create_returned);
    tcase_add_test(t, chosen_names);
    tcase_add_test(t, deep);
    tcase_add_test(t, long_key);
    tcase_add_test(t, long_lists);
    tcase_add_test(t, too_large);
    Suite *s = suite_create("json");
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
