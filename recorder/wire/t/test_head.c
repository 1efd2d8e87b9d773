#include "recorder/wire/head.h"

#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/t/suite.h"

static struct head parsed(const char *raw)
{
    struct head h;
    head_parse(span_of(raw), &h);
    return h;
}

#define ck_span(span, want)                                                                        \
    ck_assert_msg(span_is(span, want), "'%.*s' is not '%s'", (int)(span).n, (span).p, want)

START_TEST(request_taken_apart)
{
    struct head h = parsed("POST /v1.41/exec/a/start?x=1&y=?2 HTTP/1.1\r\n"
                           "Host: docker\r\nX-Odd :  two  words \t\r\nEmpty:\r\n\r\n");
    ck_span(h.start, "POST /v1.41/exec/a/start?x=1&y=?2 HTTP/1.1");
    ck_span(h.method, "POST");
    ck_span(h.target, "/v1.41/exec/a/start?x=1&y=?2");
    ck_span(head_path(&h), "/v1.41/exec/a/start");
    ck_span(head_query(&h), "x=1&y=?2");
    ck_assert_int_eq(h.status, 0);
    ck_assert_uint_eq(h.n, 3);
    ck_span(h.headers[1].name, "X-Odd");
    ck_span(head_get(&h, "x-odd"), "two  words");
    ck_assert_ptr_nonnull(head_get(&h, "EMPTY").p); /* there, and empty */
    ck_assert_uint_eq(head_get(&h, "EMPTY").n, 0);
    ck_assert_ptr_null(head_get(&h, "Host2").p);
    ck_assert_ptr_null(head_get(&h, "Hos").p);
}
END_TEST

START_TEST(response_taken_apart)
{
    struct head h = parsed("HTTP/1.1 101 UPGRADED NOW\r\nUpgrade: tcp\r\nUpgrade: h2c\r\n\r\n");
    ck_assert_int_eq(h.status, 101);
    ck_span(h.reason, "UPGRADED NOW");
    ck_span(h.method, "");
    ck_span(h.target, "");
    ck_span(head_get(&h, "Upgrade"), "tcp"); /* the first of them */
    ck_assert_ptr_null(head_query(&h).p);
}
END_TEST

START_TEST(queries_may_be_empty_or_absent)
{
    struct head h = parsed("GET /a? HTTP/1.1\r\n\r\n");
    ck_span(head_path(&h), "/a");
    ck_assert_ptr_nonnull(head_query(&h).p);
    ck_assert_uint_eq(head_query(&h).n, 0);
    h = parsed("GET /a HTTP/1.1\r\n\r\n");
    ck_span(head_path(&h), "/a");
    ck_assert_ptr_null(head_query(&h).p);
    ck_assert_uint_eq(h.n, 0);
}
END_TEST

/* What people make of a head in an editor. */
START_TEST(odd_lines_are_forgiven)
{
    struct head h = parsed("\r\n\nGET /a HTTP/1.1\nHost: x\nno colon\r\n: no name\nLast:v");
    ck_span(h.method, "GET");
    ck_span(head_get(&h, "Host"), "x");
    ck_span(head_get(&h, "Last"), "v");
    ck_assert_ptr_null(head_get(&h, "no colon").p);
    h = parsed("GET /a HTTP/1.1\r\nA: 1\r\n\r\nB: 2\r\n"); /* a body is no header */
    ck_assert_ptr_null(head_get(&h, "B").p);
    h = parsed("HTTP/1.1 200\r\n\r\n");
    ck_assert_int_eq(h.status, 200);
    ck_span(h.reason, "");
}
END_TEST

START_TEST(statuses_have_three_digits)
{
    static const char *const none[] = {"HTTP/1.1",      "HTTP/1.1 ",       "HTTP/1.1 20",
                                       "HTTP/1.1 2000", "HTTP/1.1 2x0 OK", "HTTP/1.1  200 OK",
                                       "HTTP/1.1 -20"};
    for (size_t i = 0; i < COUNT(none); i++)
        ck_assert_msg(parsed(none[i]).status == 0, "%s", none[i]);
    ck_assert_int_eq(parsed("HTTP/1.0 999 X").status, 999);
}
END_TEST

/* RFC 9112, 5.2: a line that begins with a blank goes on with the value above it. Taken for a
 * header of its own it would announce what the parser (h1.h) never saw. */
START_TEST(folded_lines_go_on_with_the_value)
{
    struct head h = parsed("GET / HTTP/1.1\r\nX: a\r\n Content-Length: 5\r\n\tb \r\nY: c\r\n\r\n");
    ck_assert_uint_eq(h.n, 2);
    ck_span(head_get(&h, "X"), "a\r\n Content-Length: 5\r\n\tb");
    ck_assert_ptr_null(head_get(&h, "Content-Length").p);
    ck_span(head_get(&h, "Y"), "c");
    h = parsed("GET / HTTP/1.1\r\nX:\r\n a\r\n\r\n");
    ck_span(head_get(&h, "X"), "\r\n a");
    h = parsed("GET / HTTP/1.1\r\n X: a\r\nY: c\r\n\r\n"); /* of nothing */
    ck_assert_ptr_null(head_get(&h, "X").p);
    ck_span(head_get(&h, "Y"), "c");
    h = parsed("GET / HTTP/1.1\r\nno colon\r\n a\r\nY: c\r\n\r\n");
    ck_span(head_get(&h, "Y"), "c");
}
END_TEST

START_TEST(more_headers_than_are_seen)
{
    CLEANUP(buf_free) struct buf raw = BUF_INIT(1 << 16);
    buf_adds(&raw, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < HEAD_HEADERS_MAX + 2; i++)
        buf_addf(&raw, "H%d: v\r\n", i);
    buf_adds(&raw, " folded\r\n\r\n");
    struct head h = parsed(buf_str(&raw));
    ck_assert_uint_eq(h.n, HEAD_HEADERS_MAX);
    ck_span(h.headers[HEAD_HEADERS_MAX - 1].name, "H127");
    ck_span(h.headers[HEAD_HEADERS_MAX - 1].value, "v");
    ck_assert_ptr_null(head_get(&h, "H128").p);
}
END_TEST

/* Any cut of any bytes: no read beyond the end (the sanitizer's), spans inside. */
START_TEST(never_fails)
{
    static const char alphabet[] = "GET /a?HTTP/1.1 200:: \r\n\r\n\t\0\xff";
    struct prng r = prng_of(5);
    for (int round = 0; round < 20000; round++) {
        size_t n = prng_below(&r, 60);
        CLEANUP_FREE char *raw = malloc(n ? n : 1);
        ck_assert_ptr_nonnull(raw);
        for (size_t i = 0; i < n; i++)
            raw[i] = alphabet[prng_below(&r, sizeof alphabet - 1)];
        struct head h;
        head_parse((struct span){raw, n}, &h);
        head_get(&h, "a");
        for (size_t i = 0; i < h.n; i++) {
            struct span v = h.headers[i].value;
            ck_assert(!v.n || (v.p >= raw && v.p + v.n <= raw + n));
            ck_assert(!v.n || (v.p[0] != ' ' && v.p[v.n - 1] != '\t'));
        }
    }
    struct head h;
    head_parse((struct span){NULL, 0}, &h);
    ck_assert_uint_eq(h.n, 0);
    ck_assert_int_eq(h.status, 0);
}
END_TEST

START_TEST(versions_are_cut_off_paths)
{
    static const char *const known[][2] = {
        {"/v1.41/containers/json", "/containers/json"},
        {"/v1.24/_ping", "/_ping"},
        {"/v1/info", "/info"},
        {"/v1.41", ""},
        {"/v1.41/", "/"},
        {"/v1.41/v1.41/x", "/v1.41/x"},
        {"/volumes", "/volumes"},
        {"/volumes/v1.41", "/volumes/v1.41"},
        {"/v/x", "/v/x"},
        {"/v1.41x/y", "/v1.41x/y"},
        {"/V1.41/x", "/V1.41/x"},
        {"/v1.4\x31\xff/x", "/v1.4\x31\xff/x"},
        {"v1.41/x", "v1.41/x"},
        {"/", "/"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(known); i++)
        ck_span(path_unversioned(span_of(known[i][0])), known[i][1]);
}
END_TEST

static const char *const hijackers[] = {
    "POST /containers/a/attach?stream=1 HTTP/1.1\r\n\r\n",
    "POST /v1.41/containers/a/attach HTTP/1.1\r\n\r\n",
    "POST /v1.25/exec/a/start HTTP/1.1\r\nContent-Length: 2\r\n\r\n",
    "POST /session HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
    "GET /containers/a/attach/ws HTTP/1.1\r\nupgrade: websocket\r\n\r\n",
    "GET / HTTP/1.1\r\nUpgrade:\r\n\r\n", /* Docker asks only whether it is there */
};
static const char *const others[] = {
    "GET /containers/a/attach HTTP/1.1\r\n\r\n",
    "HEAD /containers/a/archive?path=/ HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", /* curl --http2 -I */
    "POST /containers/a/attach/x HTTP/1.1\r\n\r\n",
    "POST /containers/a/start HTTP/1.1\r\n\r\n",
    "POST /exec/a/resize HTTP/1.1\r\n\r\n",
    "POST /containers/create?name=/attach HTTP/1.1\r\n\r\n",
    "POST /v1.41x/exec/a/start HTTP/1.1\r\n\r\n",
    "GET /session HTTP/1.1\r\nConnection: Upgrade\r\n\r\n",
};

START_TEST(who_may_hijack)
{
    for (size_t i = 0; i < COUNT(hijackers); i++) {
        struct head h = parsed(hijackers[i]);
        ck_assert_msg(head_may_hijack(&h), "%s", hijackers[i]);
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        struct head h = parsed(others[i]);
        ck_assert_msg(!head_may_hijack(&h), "%s", others[i]);
    }
}
END_TEST

static const struct {
    const char *raw;
    bool interim, upgrades, upgrades_hijacker;
} responses[] = {
    {"HTTP/1.1 100 Continue\r\n\r\n", true, false, false},
    {"HTTP/1.1 103 Early Hints\r\n\r\n", true, false, false},
    {"HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n", false, true, true},
    {"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n", false, false,
     true},
    {"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", false, false, false},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false, false, false},
    {"HTTP/1.1 404 Not Found\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n", false,
     false, false},
    {"HTTP/1.1 204 No Content\r\n\r\n", false, false, false},
    {"HTTP/1.1 OK\r\n\r\n", false, false, false},
};

START_TEST(which_responses_upgrade)
{
    for (size_t i = 0; i < COUNT(responses); i++) {
        struct head h = parsed(responses[i].raw);
        ck_assert_msg(head_is_interim(&h) == responses[i].interim, "%s", responses[i].raw);
        ck_assert_msg(head_upgrades(&h, false) == responses[i].upgrades, "%s", responses[i].raw);
        ck_assert_msg(head_upgrades(&h, true) == responses[i].upgrades_hijacker, "%s",
                      responses[i].raw);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        request_taken_apart,
        response_taken_apart,
        queries_may_be_empty_or_absent,
        odd_lines_are_forgiven,
        statuses_have_three_digits,
        folded_lines_go_on_with_the_value,
        more_headers_than_are_seen,
        never_fails,
        versions_are_cut_off_paths,
        who_may_hijack,
        which_responses_upgrade,
    };
    return suite_run("head", NULL, NULL, tests, COUNT(tests));
}
