/* Statuses and headers; answers that never came, or came broken; how comparisons are paired. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "differ/t/talk.h"
#include "recorder/base/base64.h"

static struct err e;

static struct conversation *one(const char *request, const char *status, const char *headers,
                                const char *body)
{
    struct talk *t = talk_begin();
    talk_exchange(t, request, NULL, status, headers, body);
    return talk_done(t);
}

static const struct {
    const char *a, *b;
    enum severity severity;
    const char *class;
} statuses[] = {
    {"201 Created", "404 Not Found", SEV_BREAKING, "201: -> 404"},
    {"409 Conflict", "500 Internal Server Error", SEV_BREAKING, "409: -> 500"},
    {"404 Not Found", "409 Conflict", SEV_BEHAVIOUR, "404: -> 409"},
    {"204 No Content", "200 OK", SEV_BEHAVIOUR, "204: -> 200"},
    {"304 Not Modified", "204 No Content", SEV_BREAKING, "304: -> 204"},
};

/* Another status is one finding: bodies and headers differ in consequence. */
START_TEST(status)
{
    struct comparison c;
    talk_diff(
        one("POST /v1.41/containers/create", statuses[_i].a, "X-A: 1\r\n", "{\"Id\":\"x\"}"),
        one("POST /v1.41/containers/create", statuses[_i].b, "X-B: 1\r\n", "{\"message\":\"no\"}"),
        NULL, &c);
    const struct finding *f = ck_only(&c, KIND_STATUS, "status", statuses[_i].a);
    ck_assert_int_eq(f->severity, statuses[_i].severity);
    ck_assert_str_eq(f->class, statuses[_i].class);
    ck_assert_str_eq(f->seen[0].expected, statuses[_i].a);
    ck_assert_str_eq(f->seen[0].actual, statuses[_i].b);
    comparison_free(&c);
}
END_TEST

#define STAT_1                                                                                     \
    "{\"name\":\"sh\",\"size\":7,\"mode\":493,\"mtime\":\"2023-11-14T22:30:00Z\","                 \
    "\"linkTarget\":\"\"}"
#define STAT_2                                                                                     \
    "{\"name\":\"sh\",\"size\":7,\"mode\":493,\"mtime\":\"2023-12-14T22:30:00Z\","                 \
    "\"linkTarget\":\"\"}"
#define STAT_MODE                                                                                  \
    "{\"name\":\"sh\",\"size\":7,\"mode\":420,\"mtime\":\"2023-11-14T22:30:00Z\","                 \
    "\"linkTarget\":\"\"}"

static const struct {
    const char *what, *a, *b;
    enum finding_kind kind; /* KINDS: silent */
    const char *path;
    enum severity severity;
} headers[] = {
    {"same", "Server: x\r\n", "Server: x\r\n", KINDS, "", 0},
    {"case of name", "Server: x\r\n", "SERVER: x\r\n", KINDS, "", 0},
    {"order", "A: 1\r\nB: 2\r\n", "B: 2\r\nA: 1\r\n", KINDS, "", 0},
    {"date", "Date: Tue, 24 Nov 2026 13:26:58 GMT\r\n", "Date: Wed, 25 Nov 2026 13:26:59 GMT\r\n",
     KINDS, "", 0},
    {"date of another form", "Date: Tue, 24 Nov 2026 13:26:58 GMT\r\n",
     "Date: 2026-11-24T13:26:58Z\r\n", KIND_FORMAT, "header:Date", SEV_COSMETIC},
    {"date missing", "Date: Tue, 24 Nov 2026 13:26:58 GMT\r\n", "", KIND_MISSING, "header:Date",
     SEV_COSMETIC},
    {"server", "Server: Docker/20.10.24\r\n", "Server: Libpod/4.3.1\r\n", KIND_VALUE,
     "header:Server", SEV_COSMETIC},
    {"informative missing", "Ostype: linux\r\n", "", KIND_MISSING, "header:Ostype", SEV_COSMETIC},
    {"informative extra", "", "libpod-api-VERSION: 4\r\n", KIND_EXTRA, "header:Libpod-Api-Version",
     SEV_COSMETIC},
    {"content type", "Content-Type: application/json\r\n", "Content-Type: text/plain\r\n",
     KIND_VALUE, "header:Content-Type", SEV_BEHAVIOUR},
    {"content type missing", "Content-Type: application/json\r\n", "", KIND_MISSING,
     "header:Content-Type", SEV_BEHAVIOUR},
    {"content type extra", "", "Content-Type: text/plain\r\n", KIND_EXTRA, "header:Content-Type",
     SEV_COSMETIC},
    {"said twice", "A: 1\r\nA: 2\r\n", "A: 1\r\n", KIND_VALUE, "header:A", SEV_COSMETIC},
    {"connection is framing", "Connection: close\r\n", "", KINDS, "", 0},
};

START_TEST(header)
{
    struct comparison c;
    talk_diff(one("GET /v1.41/_ping", "200 OK", headers[_i].a, "OK"),
              one("GET /v1.41/_ping", "200 OK", headers[_i].b, "OK"), NULL, &c);
    if (headers[_i].kind == KINDS) {
        ck_silent(&c, headers[_i].what);
    } else {
        const struct finding *f = ck_only(&c, headers[_i].kind, headers[_i].path, headers[_i].what);
        ck_assert_int_eq(f->severity, headers[_i].severity);
        ck_assert_str_eq(f->route, headers[_i].severity == SEV_COSMETIC ? "*" : "GET /_ping");
    }
    comparison_free(&c);
}
END_TEST

static struct conversation *stat_of(const char *json)
{
    struct buf line = BUF_INIT(4096);
    ck_assert_int_eq(buf_adds(&line, "X-Docker-Container-Path-Stat: "), 0);
    if (*json == '{')
        ck_assert_int_eq(base64_encode(span_of(json), &line), 0);
    else
        ck_assert_int_eq(buf_adds(&line, json), 0);
    ck_assert_int_eq(buf_adds(&line, "\r\n"), 0);
    struct conversation *c =
        one("HEAD /v1.41/containers/x/archive?path=/bin/sh", "200 OK", line.p, NULL);
    buf_free(&line);
    return c;
}

START_TEST(path_stat)
{
    struct comparison c;
    const char *name = "header:X-Docker-Container-Path-Stat";
    talk_diff(stat_of(STAT_1), stat_of(STAT_2), NULL, &c);
    ck_silent(&c, "time of a file made in the conversation");
    comparison_free(&c);
    talk_diff(stat_of(STAT_1), stat_of(STAT_MODE), NULL, &c);
    ck_only(&c, KIND_VALUE, "header:X-Docker-Container-Path-Stat.mode", "mode");
    comparison_free(&c);
    talk_diff(stat_of(STAT_1), stat_of("!!!"), NULL, &c);
    ck_only(&c, KIND_NOT_JSON, name, "no base64");
    comparison_free(&c);
    talk_diff(stat_of(STAT_1), one("HEAD /v1.41/containers/x/archive", "200 OK", "", NULL), NULL,
              &c);
    const struct finding *f = ck_only(&c, KIND_MISSING, name, "none");
    ck_assert_int_eq(f->severity, SEV_BREAKING);
    comparison_free(&c);
}
END_TEST

/* A file that was there long before the recording has the time it was given. */
START_TEST(old_file_times)
{
    struct comparison c;
    talk_diff(stat_of("{\"mtime\":\"1970-01-01T00:00:00Z\"}"),
              stat_of("{\"mtime\":\"2023-11-14T22:30:00Z\"}"), NULL, &c);
    ck_only(&c, KIND_VALUE, "header:X-Docker-Container-Path-Stat.mtime", "old");
    comparison_free(&c);
    talk_diff(stat_of("{\"mtime\":\"2023-11-14T22:30:00Z\"}"),
              stat_of("{\"mtime\":\"0001-01-01T00:00:00Z\"}"), NULL, &c);
    ck_only(&c, KIND_FORMAT, "header:X-Docker-Container-Path-Stat.mtime", "zero");
    comparison_free(&c);
}
END_TEST

/* A request, and what the daemon does instead of answering. */
enum instead { SILENT, RESET, CLOSED, GARBAGE, HALF_BODY, RESET_IN_BODY, OPEN_BODY };

static struct conversation *broken(enum instead how)
{
    struct talk *t = talk_begin();
    uint32_t conn = talk_open(t);
    talk_text(t, conn, SIDE_CLIENT, "GET /v1.41/info HTTP/1.1\r\nHost: x\r\n\r\n");
    if (how == GARBAGE)
        talk_text(t, conn, SIDE_DAEMON, "\001\002 this is no HTTP\r\n\r\n");
    if (how >= HALF_BODY)
        talk_text(t, conn, SIDE_DAEMON, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"A\":");
    if (how == RESET || how == RESET_IN_BODY)
        talk_end(t, conn, SIDE_DAEMON, END_RESET);
    else if (how == CLOSED || how == HALF_BODY)
        talk_end(t, conn, SIDE_DAEMON, END_CLOSE);
    else
        talk_end(t, conn, SIDE_CLIENT, END_CLOSE);
    return talk_done(t);
}

static const struct {
    enum instead how;
    enum finding_kind kind;
    const char *path;
} instead[] = {
    {SILENT, KIND_HANG, "status"},  {RESET, KIND_RESET, "status"},
    {CLOSED, KIND_RESET, "status"}, {GARBAGE, KIND_GARBAGE, "status"},
    {HALF_BODY, KIND_RESET, "end"}, {RESET_IN_BODY, KIND_RESET, "end"},
    {OPEN_BODY, KIND_HANG, "end"},
};

START_TEST(no_answer)
{
    struct comparison c;
    talk_diff(one("GET /v1.41/info", "200 OK", "", "{\"A\":1}"), broken(instead[_i].how), NULL, &c);
    const struct finding *f = ck_only(&c, instead[_i].kind, instead[_i].path, "no answer");
    ck_assert_int_eq(f->severity, SEV_BREAKING);
    ck_assert_uint_eq(c.tally.compared, 1);
    comparison_free(&c);
}
END_TEST

START_TEST(baseline_without_answer)
{
    struct comparison c;
    talk_diff(broken(SILENT), one("GET /v1.41/info", "200 OK", "", "{}"), NULL, &c);
    ck_assert_uint_eq(c.findings.n, 0);
    ck_assert_uint_eq(c.tally.compared, 0);
    ck_assert_uint_eq(c.tally.unanswered, 1);
    comparison_free(&c);
}
END_TEST

static struct conversation *three(void)
{
    struct talk *t = talk_begin();
    talk_exchange(t, "POST /v1.41/containers/create", "{}", "201 Created", "", "{\"Id\":\"x\"}");
    talk_exchange(t, "POST /v1.41/containers/x/start", NULL, "204 No Content", "", NULL);
    talk_exchange(t, "GET /v1.41/info", NULL, "200 OK", "", "{\"A\":1}");
    return talk_done(t);
}

static void run(const struct conversation *b, const struct conversation *c, struct pairing *p,
                struct comparison *out)
{
    struct rules *r = rules_builtin(&e);
    struct differ_input in = {b, c, p, r, "unix:///x/candidate.sock"};
    *out = (struct comparison){0};
    ck_assert_msg(differ_run(&in, out, &e) == 0, "%s", e.text);
    rules_free(r);
}

/* What the replay tells: one failure, and what it kept from being sent. */
START_TEST(replayed)
{
    struct conversation *b = three(), *c = broken(SILENT);
    struct pair pairs[] = {
        {.state = PAIR_HANG, .candidate = 1, .why = "no answer within 12.0 s"},
        {.state = PAIR_BLOCKED, .blocked_by = 1, .why = "the container was not created"},
        {.state = PAIR_NOT_SENT, .why = "the candidate is gone"},
    };
    struct pairing p = {pairs, 3};
    struct comparison out;
    run(b, c, &p, &out);
    const struct finding *f = ck_only(&out, KIND_HANG, "status", "hang");
    ck_assert_str_eq(f->seen[0].expected, "201 Created");
    ck_assert_str_eq(f->seen[0].actual, "no answer within 12.0 s");
    ck_assert_str_eq(f->seen[0].request, "POST /v1.41/containers/create");
    ck_assert_str_eq(f->seen[0].curl,
                     "curl -sS -i -X POST -H 'Content-Type: application/json' --data-binary '{}' "
                     "--unix-socket '/x/candidate.sock' "
                     "'http://localhost/v1.41/containers/create'");
    ck_assert_uint_eq(out.blocked_n, 2);
    ck_assert_uint_eq(out.blocked[0].exchange, 2);
    ck_assert_uint_eq(out.blocked[0].by, 1);
    ck_assert_str_eq(out.blocked[0].route, "POST /containers/{id}/start");
    ck_assert_uint_eq(out.blocked[1].by, 0);
    ck_assert_uint_eq(out.tally.compared, 1);
    ck_assert_uint_eq(out.tally.blocked, 2);
    ck_assert_uint_eq(out.tally.exchanges, 3);
    comparison_free(&out);
    p.n = 2;
    struct rules *r = rules_none(&e);
    struct differ_input in = {b, c, &p, r, NULL};
    struct comparison none = {0};
    ck_assert_int_lt(differ_run(&in, &none, &e), 0);
    comparison_free(&none);
    rules_free(r);
    conversation_free(b);
    conversation_free(c);
}
END_TEST

/* What only the replay can know. */
START_TEST(replayed_states)
{
    static const struct {
        enum pair_state state;
        enum finding_kind kind;
    } rows[] = {{PAIR_HANG, KIND_HANG}, {PAIR_RESET, KIND_RESET}, {PAIR_GARBAGE, KIND_GARBAGE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct conversation *b = one("GET /v1.41/info", "200 OK", "", "{}");
        struct conversation *c = talk_done(talk_begin());
        struct pair pair = {.state = rows[i].state};
        struct pairing p = {&pair, 1};
        struct comparison out;
        run(b, c, &p, &out);
        ck_only(&out, rows[i].kind, "status", "nothing there");
        comparison_free(&out);
        conversation_free(b);
        conversation_free(c);
    }
}
END_TEST

/* The rest of an answer that something else kept from happening is not compared. */
START_TEST(head_only)
{
    struct conversation *b = one("GET /v1.41/info", "200 OK", "", "{\"A\":1}");
    struct conversation *c = one("GET /v1.41/info", "200 OK", "", "");
    struct pair pair = {.state = PAIR_SENT, .candidate = 1, .blocked_by = 1};
    struct pairing p = {&pair, 1};
    struct comparison out;
    run(b, c, &p, &out);
    ck_silent(&out, "head only");
    comparison_free(&out);
    pair.blocked_by = 0;
    run(b, c, &p, &out);
    ck_only(&out, KIND_BODY_MISSING, "body", "all of it");
    comparison_free(&out);
    conversation_free(b);
    conversation_free(c);
}
END_TEST

/* Two recordings of their own: requests find each other, in order, whatever IDs they hold. */
START_TEST(aligned)
{
    struct talk *t = talk_begin();
    talk_exchange(t, "GET /v1.41/containers/aaaaaaaaaa11/json", NULL, "200 OK", "",
                  "{\"Id\":\"aaaaaaaaaa11\"}");
    talk_exchange(t, "GET /v1.41/info", NULL, "200 OK", "", "{\"A\":1}");
    talk_exchange(t, "GET /v1.41/info", NULL, "200 OK", "", "{\"A\":2}");
    talk_exchange(t, "GET /v1.41/version", NULL, "200 OK", "", "{}");
    talk_exchange(t, "GET /v1.41/volumes/x", NULL, "200 OK", "", "{}");
    struct conversation *b = talk_done(t);
    t = talk_begin();
    talk_exchange(t, "GET /v1.41/info", NULL, "200 OK", "", "{\"A\":1}");
    talk_exchange(t, "GET /v1.41/containers/bbbbbbbbbb22/json", NULL, "200 OK", "",
                  "{\"Id\":\"bbbbbbbbbb22\"}");
    talk_exchange(t, "GET /v1.41/info", NULL, "200 OK", "", "{\"A\":2}");
    talk_exchange(t, "GET /v1.41/volumes/y", NULL, "200 OK", "", "{}");
    talk_exchange(t, "DELETE /v1.41/volumes/y", NULL, "204 No Content", "", NULL);
    struct conversation *c = talk_done(t);
    struct comparison out;
    run(b, c, NULL, &out);
    ck_assert_uint_eq(out.findings.n, 2);
    const struct finding *f = ck_found(&out, KIND_EXCHANGE_MISSING, "exchange", "missing");
    ck_assert_str_eq(f->route, "GET /version");
    ck_assert_uint_eq(f->seen[0].exchange, 4);
    f = ck_found(&out, KIND_EXCHANGE_EXTRA, "exchange", "extra");
    ck_assert_str_eq(f->route, "DELETE /volumes/{id}");
    ck_assert_uint_eq(f->seen[0].candidate, 5);
    ck_assert_uint_eq(out.tally.compared, 4);
    comparison_free(&out);
    conversation_free(b);
    conversation_free(c);
}
END_TEST

/* A line that people paste into a shell must not do anything else there. */
START_TEST(curl_is_quoted)
{
    struct talk *t = talk_begin();
    talk_exchange(t, "POST /v1.41/containers/create?name=a'b$(c)`d`", "{\"Cmd\":\"'; rm -rf x'\"}",
                  "201 Created", "", "{}");
    struct conversation *b = talk_done(t);
    struct conversation *c = one("POST /v1.41/containers/create", "500 No", "", "{}");
    struct pair pair = {.state = PAIR_SENT, .candidate = 1};
    struct pairing p = {&pair, 1};
    struct comparison out;
    run(b, c, &p, &out);
    ck_assert_str_eq(out.findings.v[0].seen[0].curl,
                     "curl -sS -i -X POST -H 'Content-Type: application/json' --data-binary "
                     "'{\"Cmd\":\"'\\''; rm -rf x'\\''\"}' --unix-socket '/x/candidate.sock' "
                     "'http://localhost/v1.41/containers/create?name=a'\\''b$(c)`d`'");
    comparison_free(&out);
    conversation_free(b);
    conversation_free(c);
}
END_TEST

/* A secret of the request does not get into a report. */
START_TEST(curl_without_secrets)
{
    struct talk *t = talk_begin();
    uint32_t conn = talk_open(t);
    talk_text(t, conn, SIDE_CLIENT,
              "POST /v1.41/images/x/push HTTP/1.1\r\nHost: x\r\nX-Registry-Auth: c2VjcmV0\r\n\r\n");
    talk_text(t, conn, SIDE_DAEMON, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    struct conversation *b = talk_done(t);
    struct conversation *c = one("POST /v1.41/images/x/push", "500 No", "", "{}");
    struct pair pair = {.state = PAIR_SENT, .candidate = 1};
    struct pairing p = {&pair, 1};
    struct comparison out;
    run(b, c, &p, &out);
    const char *curl = out.findings.v[0].seen[0].curl;
    ck_assert_ptr_null(strstr(curl, "c2VjcmV0"));
    ck_assert_ptr_nonnull(strstr(curl, "-H 'X-Registry-Auth: ...'"));
    comparison_free(&out);
    conversation_free(b);
    conversation_free(c);
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(t, test, 0, (int)(sizeof table / sizeof *table))

int main(void)
{
    TCase *t = tcase_create("heads");
    tcase_set_timeout(t, 60);
    LOOP(status, statuses);
    LOOP(header, headers);
    tcase_add_test(t, path_stat);
    tcase_add_test(t, old_file_times);
    LOOP(no_answer, instead);
    tcase_add_test(t, baseline_without_answer);
    tcase_add_test(t, replayed);
    tcase_add_test(t, replayed_states);
    tcase_add_test(t, head_only);
    tcase_add_test(t, aligned);
    tcase_add_test(t, curl_is_quoted);
    tcase_add_test(t, curl_without_secrets);
    Suite *s = suite_create("heads");
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
