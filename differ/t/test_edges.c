/* The places where comparing could go wrong quietly: keys that are IDs, long texts, limits, other
 * protocols, curl lines of all kinds, blobs. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "differ/t/talk.h"

static struct err e;

/* IDs by number: 64 hex digits that begin with a letter and a digit. */
static const char *id(char side, int n)
{
    static char text[4][65];
    static int at;
    at = (at + 1) % 4;
    snprintf(text[at], sizeof text[at], "%c%063x", side, n * 7919 + 1);
    return text[at];
}

static struct conversation *map_of(const char *before, char side, const int *keys,
                                   const int *values, size_t n)
{
    struct buf body = BUF_INIT(1 << 20);
    ck_assert_int_eq(buf_addf(&body, "{%s\"M\":{", before), 0);
    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(
            buf_addf(&body, "%s\"%s\":{\"V\":%d}", i ? "," : "", id(side, keys[i]), values[i]), 0);
    ck_assert_int_eq(buf_adds(&body, "}}"), 0);
    struct conversation *c = talk_json("GET /x", body.p);
    buf_free(&body);
    return c;
}

START_TEST(made_up_keys)
{
    const int keys[] = {1, 2, 3}, values[] = {10, 20, 30}, turned[] = {30, 10, 20},
              other[] = {30, 10, 99};
    struct comparison c;
    /* By their values, whatever the order. */
    talk_diff(map_of("", 'a', keys, values, 3), map_of("", 'b', keys, turned, 3), "", &c);
    ck_silent(&c, "turned");
    comparison_free(&c);
    /* What is left is paired, and compared. */
    talk_diff(map_of("", 'a', keys, values, 3), map_of("", 'b', keys, other, 3), "", &c);
    const struct finding *f = ck_only(&c, KIND_VALUE, ".M.{id}.V", "one other");
    ck_assert_uint_eq(f->times, 1);
    ck_assert_str_eq(f->seen[0].expected, "20");
    ck_assert_str_eq(f->seen[0].actual, "99");
    comparison_free(&c);
    /* One more, one less. */
    talk_diff(map_of("", 'a', keys, values, 3), map_of("", 'b', keys, values, 2), "", &c);
    ck_only(&c, KIND_MISSING, ".M.{id}", "less");
    comparison_free(&c);
    talk_diff(map_of("", 'a', keys, values, 2), map_of("", 'b', keys, values, 3), "", &c);
    ck_only(&c, KIND_EXTRA, ".M.{id}", "more");
    comparison_free(&c);
}
END_TEST

/* A key whose ID is known must be that one, even where another has the value. */
START_TEST(known_keys)
{
    char a[100], b[100];
    const int keys[] = {1, 2}, values[] = {10, 20}, turned[] = {20, 10};
    struct comparison c;
    snprintf(a, sizeof a, "\"I\":\"%s\",", id('a', 1));
    snprintf(b, sizeof b, "\"I\":\"%s\",", id('b', 1));
    talk_diff(map_of(a, 'a', keys, values, 2), map_of(b, 'b', keys, turned, 2), "", &c);
    ck_assert_uint_eq(ck_only(&c, KIND_VALUE, ".M.{id}.V", "known")->times, 2);
    comparison_free(&c);
}
END_TEST

START_TEST(many_made_up_keys)
{
    int keys[100], values[100];
    struct comparison c;
    for (int i = 0; i < 100; i++) {
        keys[i] = i;
        values[i] = i;
    }
    talk_diff(map_of("", 'a', keys, values, 100), map_of("", 'b', keys, values, 100), "", &c);
    ck_silent(&c, "too many to try all against all");
    comparison_free(&c);
}
END_TEST

/* Two long texts are shown where they part. */
START_TEST(long_texts)
{
    struct buf a = BUF_INIT(1 << 20), b = BUF_INIT(1 << 20);
    struct comparison c;
    ck_assert_int_eq(buf_adds(&a, "{\"A\":\"") | buf_adds(&b, "{\"A\":\""), 0);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(buf_addf(&a, "word%d ", i) | buf_addf(&b, "word%d ", i == 800 ? 9999 : i),
                         0);
    ck_assert_int_eq(buf_adds(&a, "\"}") | buf_adds(&b, "\"}"), 0);
    talk_diff(talk_json("GET /x", a.p), talk_json("GET /x", b.p), "", &c);
    const struct finding *f = ck_only(&c, KIND_VALUE, ".A", "long");
    ck_assert_ptr_nonnull(strstr(f->seen[0].expected, "word800 "));
    ck_assert_ptr_nonnull(strstr(f->seen[0].actual, "word9999 "));
    ck_assert_ptr_null(strstr(f->seen[0].actual, "word1 "));
    comparison_free(&c);
    buf_free(&a);
    buf_free(&b);
}
END_TEST

/* Lists that are too long for a table are compared one by one. */
START_TEST(long_unordered_list)
{
    const char *rules = "{\"format\":\"bugforbug-rules/1\",\"rules\":[{\"route\":\"*\",\"path\":"
                        "\".\",\"op\":\"unordered\",\"why\":\"x\"}]}";
    struct buf a = BUF_INIT(1 << 20), b = BUF_INIT(1 << 20);
    struct comparison c;
    for (int i = 0; i < 2100; i++)
        ck_assert_int_eq(
            buf_addf(&a, "%c%d", i ? ',' : '[', i) | buf_addf(&b, "%c%d", i ? ',' : '[', i), 0);
    ck_assert_int_eq(buf_adds(&a, "]") | buf_adds(&b, "]"), 0);
    talk_diff(talk_json("GET /x", a.p), talk_json("GET /x", b.p), rules, &c);
    ck_silent(&c, "2100 elements");
    comparison_free(&c);
    buf_free(&a);
    buf_free(&b);
}
END_TEST

/* A gap with objects on both sides is still compared as far as it goes. */
START_TEST(gaps)
{
    struct comparison c;
    talk_diff(talk_json("GET /x", "[{\"A\":1},{\"A\":2},{\"A\":3}]"),
              talk_json("GET /x", "[{\"A\":9},{\"A\":3}]"), "", &c);
    ck_assert_uint_eq(c.findings.n, 2);
    ck_found(&c, KIND_VALUE, "[].A", "the first");
    ck_found(&c, KIND_ELEMENT_MISSING, "[]", "the second");
    comparison_free(&c);
}
END_TEST

static struct conversation *upgraded(const char *request, const char *bytes)
{
    struct talk *t = talk_begin();
    uint32_t conn = talk_open(t);
    char head[256];
    snprintf(head, sizeof head,
             "%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", request);
    talk_text(t, conn, SIDE_CLIENT, head);
    talk_text(t, conn, SIDE_DAEMON,
              "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
    talk_text(t, conn, SIDE_DAEMON, bytes);
    talk_end(t, conn, SIDE_DAEMON, END_CLOSE);
    return talk_done(t);
}

/* Of what goes on in another protocol only the beginning is compared. */
START_TEST(other_protocols)
{
    struct comparison c;
    talk_diff(upgraded("POST /session", "PRI * 1"), upgraded("POST /session", "PRI * 2"), NULL, &c);
    ck_silent(&c, "h2c");
    comparison_free(&c);
    talk_diff(upgraded("POST /v1.41/exec/x/start", "a"), upgraded("POST /v1.41/exec/x/start", "b"),
              NULL, &c);
    ck_only(&c, KIND_STREAM_TEXT, "stream", "a container's output");
    comparison_free(&c);
}
END_TEST

/* --- curl lines --- */

static const struct {
    const char *request, *body, *url, *curl;
} curls[] = {
    {"GET /v1.41/info", NULL, "tcp://10.0.0.1:2375",
     "curl -sS -i 'http://10.0.0.1:2375/v1.41/info'"},
    {"HEAD /_ping", NULL, "/run/x.sock",
     "curl -sS -I --unix-socket '/run/x.sock' 'http://localhost/_ping'"},
    {"GET /v1.41/events", NULL, NULL,
     "curl -sS -i -N --unix-socket \"${DOCKER_HOST#unix://}\" 'http://localhost/v1.41/events'"},
    {"OPTIONS *", NULL, NULL, NULL},
    {"POST /x", "\x01\x02", "unix:///x",
     "curl -sS -i -X POST -H 'Content-Type: application/json' --data-binary @BODY-OF-EXCHANGE-1 "
     "--unix-socket '/x' 'http://localhost/x'"},
    {"POST /x", "a\nb", "unix:///x",
     "curl -sS -i -X POST -H 'Content-Type: application/json' --data-binary 'a\nb' --unix-socket "
     "'/x' 'http://localhost/x'"},
};

START_TEST(curl)
{
    struct talk *t = talk_begin(), *u = talk_begin();
    talk_exchange(t, curls[_i].request, curls[_i].body, "200 OK", "", NULL);
    talk_exchange(u, curls[_i].request, curls[_i].body, "500 No", "", NULL);
    struct conversation *b = talk_done(t), *c = talk_done(u);
    struct pair pair = {.state = PAIR_SENT, .candidate = 1};
    struct pairing p = {&pair, 1};
    struct rules *r = rules_none(&e);
    struct differ_input in = {b, c, &p, r, curls[_i].url};
    struct comparison out = {0};
    ck_assert_msg(differ_run(&in, &out, &e) == 0, "%s", e.text);
    if (curls[_i].curl)
        ck_assert_str_eq(out.findings.v[0].seen[0].curl, curls[_i].curl);
    else
        ck_assert_ptr_null(out.findings.v[0].seen[0].curl);
    comparison_free(&out);
    rules_free(r);
    conversation_free(b);
    conversation_free(c);
}
END_TEST

/* --- blobs --- */

static int load(void *self, const struct event *ev, struct buf *out, struct err *err)
{
    (void)ev;
    const char *text = self;
    return text ? buf_adds(out, text) : err_set(err, "the blob is gone");
}

/* Makes the response's payload a blob. */
static void to_blob(struct conversation *c, const char *text)
{
    struct event *ev = &c->events[c->exchanges[0].response];
    buf_free(&ev->payload);
    memset(ev->blob, 'a', EVENT_DIGEST - 1);
    ev->payload_size = text ? strlen(text) : 7;
    c->loader = (struct payload_loader){.self = (void *)(uintptr_t)text, .load = load};
}

START_TEST(blobs)
{
    for (int json = 0; json < 2; json++) {
        const char *request = json ? "GET /v1.41/info" : "GET /v1.41/_ping";
        const char *text = json ? "{\"A\":1}" : "OK OK O";
        struct conversation *b = talk_json(request, text), *c = talk_json(request, text);
        struct comparison out;
        to_blob(b, text);
        talk_compare(b, c, NULL, &out);
        ck_silent(&out, "the same, in a blob");
        comparison_free(&out);
        to_blob(c, NULL);
        c->path = strdup("candidate.jsonl");
        struct pair pair = {.state = PAIR_SENT, .candidate = 1};
        struct pairing p = {&pair, 1};
        struct rules *r = rules_none(&e);
        struct differ_input in = {b, c, &p, r, NULL};
        out = (struct comparison){0};
        ck_assert_int_lt(differ_run(&in, &out, &e), 0);
        ck_assert_str_eq(e.text, "candidate.jsonl: the blob is gone");
        comparison_free(&out);
        rules_free(r);
        conversation_free(b);
        conversation_free(c);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("edges");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, made_up_keys);
    tcase_add_test(t, known_keys);
    tcase_add_test(t, many_made_up_keys);
    tcase_add_test(t, long_texts);
    tcase_add_test(t, long_unordered_list);
    tcase_add_test(t, gaps);
    tcase_add_test(t, other_protocols);
    tcase_add_loop_test(t, curl, 0, (int)(sizeof curls / sizeof *curls));
    tcase_add_test(t, blobs);
    Suite *s = suite_create("edges");
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
