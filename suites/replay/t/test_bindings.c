/* Values that the daemon made up: learnt from its answers, put into the client's words; and what
 * must not be taken for one. */
#include "suites/replay/bindings.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/base/base64.h"
#include "suites/replay/learn.h"
#include "suites/replay/rewrite.h"
#include "suites/replay/t/script.h"

#define A12 "0a1b2c3d4e5f"
#define B12 "f5e4d3c2b1a0"
#define REST "00112233445566778899aabbccddeeff00112233445566778899"
#define REST2 "99887766554433221100ffeeddccbbaa99887766554433221100"
#define A64 A12 REST
#define B64 B12 REST2

static struct script k;
static struct bindings b;

static void begin(void)
{
    script_begin(&k);
    script_open(&k, 1);
}

static void collect(void)
{
    struct err e;
    script_finish(&k);
    ck_assert_msg(bindings_collect(&b, k.c, &e) == 0, "%s", e.text);
}

static void finish(void)
{
    bindings_free(&b);
    script_free(&k);
}

/* The candidate answers exchange `id` with that. */
static void answered(uint32_t id, const char *body)
{
    struct err e;
    struct span head = SPAN_LIT("HTTP/1.1 201 Created\r\n\r\n");
    ck_assert(learn_response(&b, k.c, &k.c->exchanges[id - 1], head, span_of(body), &e) == 0);
}

/* The request of exchange `id` as it would be sent: head, and body where that changed. */
static void expect_missing(uint32_t id, const char *want, uint32_t missing)
{
    struct request r;
    struct rewritten out;
    struct timeline none = {0};
    struct rewriter w = {&b, &none, k.c->meta.secrets};
    struct err e;
    ck_assert_msg(request_load(k.c, &k.c->exchanges[id - 1], &r, &e) == 0, "%s", e.text);
    ck_assert_msg(rewrite_request(&w, &r, &out, &e) == 0, "%s", e.text);
    buf_add(&out.head, out.body.p, out.body.n);
    ck_assert_str_eq(buf_str(&out.head), want);
    ck_assert_uint_eq(out.missing, missing);
    rewritten_free(&out);
    request_free(&r);
}

static void expect(uint32_t id, const char *want)
{
    expect_missing(id, want, 0);
}

#define HOST " HTTP/1.1\r\nHost: docker\r\n\r\n"

START_TEST(the_id_of_create_goes_into_paths)
{
    begin();
    script_exchange(&k, 1, "POST /v1.41/containers/create?name=x", "{}", "201 Created",
                    "{\"Id\":\"" A64 "\",\"Warnings\":[]}");
    script_ask(&k, 1, "POST /v1.41/containers/" A64 "/start", NULL);
    script_answer(&k, 1, "204 No Content", NULL);
    script_ask(&k, 1, "GET /v1.41/containers/" A12 "/json", NULL);
    script_answer(&k, 1, "200 OK", "{}");
    script_ask(&k, 1, "GET /v1.41/containers/0a1b2/json", NULL);
    script_answer(&k, 1, "200 OK", "{}");
    script_ask(&k, 1, "DELETE /v1.41/containers/x", NULL);
    collect();
    answered(1, "{\"Warnings\":null,\"Id\":\"" B64 "\"}");
    expect(2, "POST /v1.41/containers/" B64 "/start" HOST);
    expect(3, "GET /v1.41/containers/" B12 "/json" HOST);
    expect(4, "GET /v1.41/containers/f5e4d/json" HOST);
    expect(5, "DELETE /v1.41/containers/x" HOST);
    finish();
}
END_TEST

START_TEST(ids_in_queries_filters_and_bodies)
{
    begin();
    script_exchange(&k, 1, "POST /networks/create", "{\"Name\":\"n\"}", "201 Created",
                    "{\"Id\":\"" A64 "\"}");
    script_exchange(&k, 1, "GET /events?filters=%7B%22container%22%3A%7B%22" A64 "%22%3Atrue%7D%7D",
                    NULL, "200 OK", "{}");
    script_exchange(&k, 1, "POST /networks/n/connect",
                    "{\"Container\":\"" A64 "\",\"Path\":\"\\n" A12 "/\\u0022" A12 "\"}", "200 OK",
                    NULL);
    script_ask(&k, 1, "POST /commit?container=" A12 "&repo=a12", NULL);
    collect();
    answered(1, "{\"Id\":\"" B64 "\"}");
    expect(2, "GET /events?filters=%7B%22container%22%3A%7B%22" B64 "%22%3Atrue%7D%7D" HOST);
    expect(3, "POST /networks/n/connect HTTP/1.1\r\nHost: docker\r\n"
              "Content-Type: application/json\r\nContent-Length: 123\r\n\r\n"
              "{\"Container\":\"" B64 "\",\"Path\":\"\\n" B12 "/\\u0022" B12 "\"}");
    expect(4, "POST /commit?container=" B12 "&repo=a12" HOST);
    finish();
}
END_TEST

START_TEST(a_body_of_another_length_is_counted_anew)
{
    begin();
    script_exchange(&k, 1, "GET /containers/json", NULL, "200 OK",
                    "[{\"Names\":[\"/quirky_turing\"],\"Id\":\"" A64 "\"}]");
    script_exchange(&k, 1, "POST /x", "{\"Links\":[\"quirky_turing:db\"]}", "200 OK", "{}");
    script_client(&k, 1,
                  "POST /x HTTP/1.1\r\nContent-Type: application/json\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n"
                  "e\r\n{\"N\":\"quirky_t\r\n7\r\nuring\"}\r\n0\r\n\r\n");
    collect();
    answered(1, "[{\"Id\":\"" B64 "\",\"Names\":[\"/admiring_lamport2\"]}]");
    expect(2, "POST /x HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
              "Content-Length: 34\r\n\r\n{\"Links\":[\"admiring_lamport2:db\"]}");
    expect(3, "POST /x HTTP/1.1\r\nContent-Type: application/json\r\n"
              "Transfer-Encoding: chunked\r\n\r\n"
              "19\r\n{\"N\":\"admiring_lamport2\"}\r\n0\r\n\r\n");
    finish();
}
END_TEST

START_TEST(text_in_a_json_stream)
{
    begin();
    script_exchange(&k, 1, "POST /build", NULL, "200 OK",
                    "{\"stream\":\"Step 1/1 : FROM busybox\"}\r\n{\"stream\":\" ---\\u003e "
                    "aaaaaaaaaaaa\\n\"}\r\n"
                    "{\"aux\":{\"ID\":\"sha256:" A64 "\"}}\r\n"
                    "{\"stream\":\"Successfully built " A12 "\\n\"}\r\n");
    script_exchange(&k, 1, "GET /images/" A12 "/json", NULL, "200 OK", "{}");
    script_ask(&k, 1, "GET /images/sha256:" A64 "/json", NULL);
    collect();
    answered(1, "{\"stream\":\"STEP 1/1: FROM busybox\"}\n{\"aux\":{\"ID\":\"" B64 "\"}}\n"
                "{\"stream\":\"Successfully built " B12 "\\n\"}\n");
    expect(2, "GET /images/" B12 "/json" HOST);
    expect(3, "GET /images/sha256:" B64 "/json" HOST);
    finish();
}
END_TEST

START_TEST(lists_are_paired_by_name)
{
    begin();
    script_exchange(&k, 1, "GET /networks", NULL, "200 OK",
                    "[{\"Name\":\"bridge\",\"Id\":\"" A64
                    "\"},{\"Name\":\"host\",\"Id\":\"cc" A12 REST "\"}]");
    script_ask(&k, 1, "POST /networks/" A64 "/disconnect", NULL);
    collect();
    answered(1, "[{\"Name\":\"none\",\"Id\":\"" REST2 A12 "\"},{\"Name\":\"host\",\"Id\":\"aa\"},"
                "{\"Name\":\"bridge\",\"Id\":\"" B64 "\"}]");
    expect(2, "POST /networks/" B64 "/disconnect" HOST);
    finish();
}
END_TEST

START_TEST(lists_of_another_length_are_not_guessed_at)
{
    begin();
    script_exchange(&k, 1, "GET /containers/json", NULL, "200 OK", "[{\"Id\":\"" A64 "\"}]");
    script_ask(&k, 1, "DELETE /containers/" A64, NULL);
    collect();
    answered(1, "[{\"Id\":\"" REST2 A12 "\"},{\"Id\":\"" B64 "\"}]");
    expect_missing(2, "DELETE /containers/" A64 HOST, 1);
    finish();
}
END_TEST

START_TEST(maps_are_keyed_by_ids)
{
    begin();
    script_exchange(&k, 1, "GET /networks/n", NULL, "200 OK",
                    "{\"Containers\":{\"" A64 "\":{\"Name\":\"x\"}}}");
    script_ask(&k, 1, "DELETE /containers/" A64, NULL);
    collect();
    answered(1, "{\"Containers\":{\"" B64 "\":{\"Name\":\"x\"}}}");
    expect(2, "DELETE /containers/" B64 HOST);
    finish();
}
END_TEST

START_TEST(what_the_client_said_first_is_its_own)
{
    begin();
    script_exchange(&k, 1, "POST /containers/create?name=" A12, "{}", "201 Created",
                    "{\"Id\":\"" A64 "\"}");
    script_exchange(&k, 1, "POST /containers/create?name=cafe", "{}", "201 Created",
                    "{\"Id\":\"cafe" A12 "000011112222333344445555666677778888999900001111\"}");
    script_exchange(&k, 1, "GET /containers/" A12 "/json", NULL, "200 OK", "{}");
    script_exchange(&k, 1, "GET /containers/cafe/json", NULL, "200 OK", "{}");
    collect();
    answered(1, "{\"Id\":\"" B64 "\"}");
    answered(2, "{\"Id\":\"beef" A12 "000011112222333344445555666677778888999900001111\"}");
    expect(3, "GET /containers/" A12 "/json" HOST);
    expect(4, "GET /containers/cafe/json" HOST);
    finish();
}
END_TEST

START_TEST(nothing_is_bound_by_accident)
{
    begin();
    script_exchange(
        &k, 1, "GET /info", NULL, "200 OK",
        "{\"Driver\":\"overlay2\",\"Name\":\"host_name1\",\"N\":4096,\"Port\":\"49153\","
        "\"Default\":\"json-file\",\"Bridge\":\"bridge\"}");
    script_ask(
        &k, 1, "POST /x",
        "{\"LogConfig\":\"json-file\",\"NetworkMode\":\"bridge\",\"M\":\"4096\",\"P\":\"49153\"}");
    collect();
    answered(1, "{\"Driver\":\"vfs\",\"Name\":\"other\",\"N\":8192,\"Port\":\"49999\",\"Default\":"
                "\"journald\","
                "\"Bridge\":\"podman\"}");
    struct request r;
    struct rewritten out;
    struct timeline none = {0};
    struct rewriter w = {&b, &none, NULL};
    ck_assert_int_eq(request_load(k.c, &k.c->exchanges[1], &r, NULL), 0);
    ck_assert_int_eq(rewrite_request(&w, &r, &out, NULL), 0);
    ck_assert(!out.body_changed);
    ck_assert_uint_eq(out.missing, 0);
    rewritten_free(&out);
    request_free(&r);
    finish();
}
END_TEST

START_TEST(host_ports)
{
    begin();
    script_exchange(&k, 1, "GET /containers/x/json", NULL, "200 OK",
                    "{\"Ports\":{\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"49153\"}]}}");
    script_ask(&k, 1, "POST /containers/x/exec", "{\"Env\":[\"URL=http://h:49153/\"]}");
    collect();
    answered(1, "{\"Ports\":{\"80/tcp\":[{\"HostPort\":\"32768\",\"HostIp\":\"0.0.0.0\"}]}}");
    expect(2, "POST /containers/x/exec HTTP/1.1\r\nHost: docker\r\n"
              "Content-Type: application/json\r\nContent-Length: 31\r\n\r\n"
              "{\"Env\":[\"URL=http://h:32768/\"]}");
    finish();
}
END_TEST

START_TEST(a_value_that_never_came)
{
    begin();
    script_exchange(&k, 1, "POST /containers/create", "{}", "201 Created", "{\"Id\":\"" A64 "\"}");
    script_ask(&k, 1, "POST /containers/" A64 "/start", NULL);
    collect();
    expect(2, "POST /containers/" A64 "/start" HOST); /* not known yet: nobody is to blame */
    answered(1, "{\"message\":\"no\"}");
    expect_missing(2, "POST /containers/" A64 "/start" HOST, 1);
    finish();
}
END_TEST

START_TEST(registry_headers_are_base64)
{
    struct buf plain = BUF_INIT(4096), head = BUF_INIT(4096), want = BUF_INIT(4096);
    begin();
    script_exchange(&k, 1, "POST /auth", "{}", "200 OK", "{\"IdentityToken\":\"" A64 "\"}");
    base64_encode(SPAN_LIT("{\"identitytoken\":\"" A64 "\"}"), &plain);
    buf_addf(&head,
             "POST /images/x/push HTTP/1.1\r\nX-Registry-Auth:  %s \r\nX-Meta: " A12 "\r\n\r\n",
             buf_str(&plain));
    script_client(&k, 1, buf_str(&head));
    collect();
    answered(1, "{\"IdentityToken\":\"" B64 "\"}");
    buf_clear(&plain);
    base64_encode(SPAN_LIT("{\"identitytoken\":\"" B64 "\"}"), &plain);
    buf_addf(&want,
             "POST /images/x/push HTTP/1.1\r\nX-Registry-Auth:  %s \r\nX-Meta: " B12 "\r\n\r\n",
             buf_str(&plain));
    expect(2, buf_str(&want));
    buf_free(&plain);
    buf_free(&head);
    buf_free(&want);
    finish();
}
END_TEST

START_TEST(secrets_come_from_the_environment)
{
    char *names[] = {"TOKEN", "PASS", "UNSET", NULL};
    begin();
    script_client(
        &k, 1,
        "POST /x?t={{secret:TOKEN:url}} HTTP/1.1\r\nX-Registry-Auth: {{secret:PASS:base64url}}"
        "\r\nX-A: {{secret:UNSET}} {{secret:OTHER}}\r\nContent-Type: application/json\r\n"
        "Content-Length: 99\r\n\r\n"
        "{\"p\":\"{{secret:TOKEN:json}}\",\"q\":\"{{secret:UNSET}}{{secret:\",\"r\":"
        "\"012345678901234567890123456789\"}");
    collect();
    k.c->meta.secrets = names;
    k.c->exchanges[0].request_end = true; /* it was, before the secrets were replaced */
    setenv("BUGFORBUG_SECRET_TOKEN", "a\"b/c", 1);
    setenv("BUGFORBUG_SECRET_PASS", "\xff\xfe?", 1);
    setenv("BUGFORBUG_SECRET_OTHER", "wrong", 1);
    expect(1, "POST /x?t=a%22b%2Fc HTTP/1.1\r\nX-Registry-Auth: __4_"
              "\r\nX-A: {{secret:UNSET}} {{secret:OTHER}}\r\nContent-Type: application/json\r\n"
              "Content-Length: 83\r\n\r\n"
              "{\"p\":\"a\\\"b/"
              "c\",\"q\":\"{{secret:UNSET}}{{secret:\",\"r\":\"012345678901234567890123456789\"}");
    k.c->meta.secrets = NULL;
    finish();
}
END_TEST

START_TEST(hostile_answers_do_no_harm)
{
    char deep[4001];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = 0;
    static const char *const answers[] = {"",
                                          "{",
                                          "[]",
                                          "\"\"",
                                          "{\"Id\":[1]}",
                                          "{\"Id\":null}",
                                          "\0\1\2",
                                          "{\"Id\":\"\"}",
                                          "{\"Id\":{\"Id\":\"" B64 "\"}}"};
    begin();
    script_exchange(&k, 1, "POST /containers/create", "{}", "201 Created", "{\"Id\":\"" A64 "\"}");
    script_ask(&k, 1, "POST /containers/" A64 "/start", NULL);
    collect();
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        answered(1, answers[i]);
    answered(1, deep);
    expect_missing(2, "POST /containers/" A64 "/start" HOST, 1);
    finish();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("bindings");
    TCase *tc = tcase_create("bindings");
    tcase_add_test(tc, the_id_of_create_goes_into_paths);
    tcase_add_test(tc, ids_in_queries_filters_and_bodies);
    tcase_add_test(tc, a_body_of_another_length_is_counted_anew);
    tcase_add_test(tc, text_in_a_json_stream);
    tcase_add_test(tc, lists_are_paired_by_name);
    tcase_add_test(tc, lists_of_another_length_are_not_guessed_at);
    tcase_add_test(tc, maps_are_keyed_by_ids);
    tcase_add_test(tc, what_the_client_said_first_is_its_own);
    tcase_add_test(tc, nothing_is_bound_by_accident);
    tcase_add_test(tc, host_ports);
    tcase_add_test(tc, a_value_that_never_came);
    tcase_add_test(tc, registry_headers_are_base64);
    tcase_add_test(tc, secrets_come_from_the_environment);
    tcase_add_test(tc, hostile_answers_do_no_harm);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
