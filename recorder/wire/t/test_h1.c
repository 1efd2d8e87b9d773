/* Every byte of a direction ends up in exactly one head, payload or framing, however it is cut. */
#include "recorder/wire/h1.h"

#include <check.h>
#include <stdlib.h>

#include "recorder/base/buf.h"

/* Heads as [..], payload as it is, framing as <..>, the end of a message as |, no HTTP as !{..}. */
struct trace {
    struct buf text;
};

static int add_payload(void *self, struct span bytes)
{
    struct trace *t = self;
    return buf_add(&t->text, bytes.p, bytes.n);
}

static int add_framing(void *self, struct span bytes)
{
    struct trace *t = self;
    return buf_addf(&t->text, "<%.*s>", (int)bytes.n, bytes.p);
}

static void step(struct h1 *h, struct trace *t, struct span piece, bool *dead)
{
    bool go = true;
    while (go && !*dead) {
        size_t used;
        enum h1_step s = h1_feed(h, piece, &used);
        piece.p += used;
        piece.n -= used;
        struct span head = h1_head(h);
        go = s == H1_HEAD || (s == H1_END && piece.n);
        if (s == H1_HEAD)
            buf_addf(&t->text, "[%.*s]", (int)head.n, head.p);
        else if (s == H1_END)
            buf_addc(&t->text, '|');
        else if (s == H1_BAD)
            buf_addf(&t->text, "!{%.*s%.*s}", (int)head.n, head.p, (int)piece.n, piece.p);
        *dead = s == H1_BAD;
        ck_assert_int_ne(s, H1_FAILED);
    }
}

static void feed(enum h1_kind kind, bool no_body, const char *input, size_t cut, const char *want)
{
    struct trace t = {.text = BUF_INIT(1 << 20)};
    struct h1_sink sink = {&t, add_payload, add_framing};
    struct h1 *h = h1_new(kind, 4096, &sink);
    h1_no_body(h, no_body);
    size_t n = strlen(input);
    bool dead = false;
    for (size_t i = 0; i < n && !dead; i += cut)
        step(h, &t, (struct span){input + i, n - i < cut ? n - i : cut}, &dead);
    /* Pieces of framing join when the input is cut into more of them. */
    struct buf joined = BUF_INIT(1 << 20);
    for (const char *p = buf_str(&t.text); *p; p++)
        if (strncmp(p, "><", 2) == 0)
            p++;
        else
            buf_addc(&joined, *p);
    if (!dead || cut >= n)
        ck_assert_str_eq(buf_str(&joined), want);
    buf_free(&joined);
    buf_free(&t.text);
    h1_free(h);
}

static void feed_all(enum h1_kind kind, bool no_body, const char *input, const char *want)
{
    for (size_t cut = 1; cut <= strlen(input); cut++)
        feed(kind, no_body, input, cut, want);
}

START_TEST(requests_pipelined)
{
    feed_all(
        H1_REQUESTS, false,
        "GET /a HTTP/1.1\r\nHost: x\r\n\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        "[GET /a HTTP/1.1\r\nHost: x\r\n\r\n]|[\r\nPOST /b HTTP/1.1\r\nContent-Length: "
        "3\r\n\r\n]abc|");
}
END_TEST

START_TEST(an_upgrade_request_keeps_its_body)
{
    feed_all(H1_REQUESTS, false,
             "POST /exec/1/start HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
             "Content-Length: 2\r\n\r\n{}",
             "[POST /exec/1/start HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
             "Content-Length: 2\r\n\r\n]{}|");
    feed_all(H1_REQUESTS, false,
             "POST /a/attach HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
             "[POST /a/attach HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n]|");
}
END_TEST

START_TEST(folded_lines_belong_to_the_head)
{
    feed_all(H1_RESPONSES, false,
             "HTTP/1.1 200 OK\r\nX: a\r\n Content-Length: 9\r\nContent-Length: 2\r\n\r\nab",
             "[HTTP/1.1 200 OK\r\nX: a\r\n Content-Length: 9\r\nContent-Length: 2\r\n\r\n]ab|");
}
END_TEST

START_TEST(chunked_with_extension_and_trailer)
{
    feed_all(H1_RESPONSES, false,
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\na\nb\r\n"
             "00A\r\n0123456789\r\n0\r\nT: v\r\n\r\n",
             "[HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n]<3;x=\"y\"\r\n>a\nb<\r\n"
             "00A\r\n>0123456789<\r\n0\r\nT: v\r\n\r\n>|");
}
END_TEST

START_TEST(messages_without_a_body)
{
    feed_all(H1_RESPONSES, false,
             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
             "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 X\r\n\r\n",
             "[HTTP/1.1 100 Continue\r\n\r\n]|[HTTP/1.1 204 No Content\r\n\r\n]|"
             "[HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n]|[HTTP/1.1 204 X\r\n\r\n]|");
    feed_all(H1_RESPONSES, true, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
             "[HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n]|");
}
END_TEST

START_TEST(close_delimited)
{
    feed_all(H1_RESPONSES, false, "HTTP/1.0 404 X\r\nContent-Type: a\r\n\r\nrest\r\nof it",
             "[HTTP/1.0 404 X\r\nContent-Type: a\r\n\r\n]rest\r\nof it");
}
END_TEST

START_TEST(garbage_is_kept_whole)
{
    const char *junk = "GARBAGE\r\n\r\nmore";
    feed(H1_REQUESTS, false, junk, strlen(junk), "!{GARBAGE\r\n\r\nmore}");
    const char *chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\nZZ";
    feed(H1_RESPONSES, false, chunk, strlen(chunk),
         "[HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n]<2\r\n>ab!{\r\nZZ}");
}
END_TEST

START_TEST(a_head_has_a_limit)
{
    struct trace t = {.text = BUF_INIT(1 << 20)};
    struct h1_sink sink = {&t, add_payload, add_framing};
    struct h1 *h = h1_new(H1_REQUESTS, 64, &sink);
    char line[200] = "GET / HTTP/1.1\r\nX: ";
    memset(line + strlen(line), 'x', sizeof line - strlen(line) - 1);
    size_t used;
    ck_assert_int_eq(h1_feed(h, (struct span){line, sizeof line - 1}, &used), H1_BAD);
    ck_assert_str_eq(h1_why(h), "the head is too long");
    h1_free(h);
}
END_TEST

static int refuse(void *self, struct span bytes)
{
    (void)self;
    return bytes.n ? -1 : 0;
}

/* Whichever of them says no, in the middle of a piece or with its last byte. */
START_TEST(a_sink_may_refuse)
{
    static const char *const bodies[] = {"2\r\nab\r\n0\r\n\r\n", "2\r\nab", "2\r\n", "2"};
    for (int framing = 0; framing < 2; framing++)
        for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
            struct trace t = {.text = BUF_INIT(1 << 20)};
            struct h1_sink sink = {&t, framing ? add_payload : refuse,
                                   framing ? refuse : add_framing};
            struct h1 *h = h1_new(H1_REQUESTS, 4096, &sink);
            struct span head = SPAN_LIT("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
            size_t used;
            ck_assert_int_eq(h1_feed(h, head, &used), H1_HEAD);
            ck_assert_int_eq(h1_feed(h, span_of(bodies[i]), &used),
                             framing || i < 2 ? H1_FAILED : H1_MORE);
            buf_free(&t.text);
            h1_free(h);
        }
}
END_TEST

/* Only where a response has neither length nor coding does the end of the stream end it. */
START_TEST(what_the_end_ends)
{
    static const struct {
        const char *bytes;
        bool in_message, in_body, ends_at_close;
    } known[] = {
        {"", false, false, false},
        {"\r\n", true, false, false},
        {"HTTP/1.1 200 OK\r\nX: ", true, false, false},
        {"HTTP/1.1 200 OK\r\n\r\n", true, true, true},
        {"HTTP/1.1 200 OK\r\n\r\nbody", true, true, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody", true, true, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n", true, true, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", false, false, false},
        {"HTTP/1.1 204 No Content\r\n\r\n", false, false, false},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct trace t = {.text = BUF_INIT(1 << 20)};
        struct h1_sink sink = {&t, add_payload, add_framing};
        struct h1 *h = h1_new(H1_RESPONSES, 4096, &sink);
        bool dead = false;
        step(h, &t, span_of(known[i].bytes), &dead);
        ck_assert(!dead);
        ck_assert_msg(h1_in_message(h) == known[i].in_message, "%s", known[i].bytes);
        ck_assert_msg(h1_in_body(h) == known[i].in_body, "%s", known[i].bytes);
        ck_assert_msg(h1_ends_at_close(h) == known[i].ends_at_close, "%s", known[i].bytes);
        buf_free(&t.text);
        h1_free(h);
    }
    h1_free(NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("h1");
    TCase *tc = tcase_create("h1");
    tcase_add_test(tc, requests_pipelined);
    tcase_add_test(tc, an_upgrade_request_keeps_its_body);
    tcase_add_test(tc, folded_lines_belong_to_the_head);
    tcase_add_test(tc, chunked_with_extension_and_trailer);
    tcase_add_test(tc, messages_without_a_body);
    tcase_add_test(tc, close_delimited);
    tcase_add_test(tc, garbage_is_kept_whole);
    tcase_add_test(tc, a_head_has_a_limit);
    tcase_add_test(tc, a_sink_may_refuse);
    tcase_add_test(tc, what_the_end_ends);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
