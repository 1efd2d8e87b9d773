/* What is no HTTP, what ends early, what is cut anywhere: wire_finish holds that nothing is lost.
 */
#include <string.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/t/suite.h"
#include "recorder/conversation/t/wire.h"

static struct wire *w;

static void setup(void)
{
    w = malloc(sizeof *w);
    ck_assert_ptr_nonnull(w);
    wire_init(w);
    wire_open(w);
}

static void teardown(void)
{
    wire_free(w);
    free(w);
}

/* The events behind the first `open`. */
static void ck_events(const char *want)
{
    wire_finish(w);
    const char *text = wire_text(w);
    ck_assert_int_eq(strncmp(text, "open\n", 5), 0);
    ck_assert_str_eq(text + 5, want);
}

/* --- what is no HTTP --- */

START_TEST(a_response_to_no_request)
{
    wire_daemon(w, OK);
    wire_client(w, "GET /a HTTP/1.1\r\n\r\n");
    wire_daemon(w, OK);
    ck_events("daemon data \"" OK "\"\n"
              "client request 1 GET /a HTTP/1.1.\n"
              "daemon data \"" OK "\"\n");
}
END_TEST

START_TEST(one_response_too_many)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\n");
    wire_daemon(w, OK OK);
    ck_events("client request 1 GET /a HTTP/1.1.\n"
              "daemon response 1 HTTP/1.1 200 OK \"ok\".\n"
              "daemon data \"" OK "\"\n");
}
END_TEST

START_TEST(garbage_of_the_client)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\n\x16\3\1 tls");
    wire_daemon(w, OK);
    wire_client(w, "more");
    ck_events("client request 1 GET /a HTTP/1.1.\n"
              "client data \"\x16\3\1 tls\"\n"
              "daemon response 1 HTTP/1.1 200 OK \"ok\".\n"
              "client data \"more\"\n");
}
END_TEST

START_TEST(garbage_of_the_daemon)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\n");
    wire_daemon(w, "SSH-2.0");
    wire_client(w, "GET /b HTTP/1.1\r\n\r\n" ATTACH UPGRADE "held");
    wire_daemon(w, OK);
    wire_client(w, "more");
    wire_end(w, 1, SIDE_CLIENT, END_CLOSE);
    wire_end(w, 1, SIDE_DAEMON, END_CLOSE);
    wire_finish(w);
    ck_assert_ptr_nonnull(strstr(wire_text(w), "daemon data \"SSH-2.0\"\n"));
    ck_assert_uint_eq(w->c->exchanges_n, 3);
}
END_TEST

START_TEST(garbage_in_a_body)
{
    wire_client(w, "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nno length");
    wire_daemon(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\nZZ\r\n");
    wire_daemon(w, "more");
    wire_finish(w);
    ck_assert_str_eq(wire_text(w), "open\n"
                                   "client request 1 POST /a HTTP/1.1 \"hi\"\n"
                                   "client data \"\r\nno length\"\n"
                                   "daemon response 1 HTTP/1.1 200 OK \"x\"\n"
                                   "daemon data \"\r\nZZ\r\nmore\"\n");
}
END_TEST

START_TEST(a_head_beyond_the_limit)
{
    size_t n = EVENT_HEAD_MAX + 100;
    CLEANUP_FREE char *head = malloc(n + 1);
    ck_assert_ptr_nonnull(head);
    memset(head, 'x', n);
    memcpy(head, "GET /a HTTP/1.1\r\nX: ", 20);
    head[n] = 0;
    for (size_t piece = 1000; piece <= n; piece += n - 1000) {
        teardown();
        setup();
        for (size_t at = 0; at < n; at += piece)
            wire_bytes(w, 1, SIDE_CLIENT,
                       (struct span){head + at, n - at < piece ? n - at : piece});
        wire_client(w, "\r\n\r\n");
        wire_finish(w);
        ck_assert_uint_eq(w->c->exchanges_n, 0);
    }
    memcpy(head + EVENT_HEAD_MAX - 4, "\r\n\r\n", 5); /* as long as it may be */
    teardown();
    setup();
    wire_client(w, head);
    wire_finish(w);
    ck_assert_uint_eq(w->c->exchanges_n, 1);
}
END_TEST

/* --- ends --- */

START_TEST(cut_heads_are_raw)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\nGET /b HTT");
    wire_daemon(w, "HTTP/1.1 200 O");
    wire_end(w, 1, SIDE_CLIENT, END_SHUT);
    wire_end(w, 1, SIDE_DAEMON, END_SHUT);
    ck_events("client request 1 GET /a HTTP/1.1.\n"
              "client data \"GET /b HTT\"\n"
              "client shut\n"
              "daemon data \"HTTP/1.1 200 O\"\n"
              "daemon shut\n");
}
END_TEST

/* The same, where the half is among what was held for a response. */
START_TEST(cut_heads_that_were_held)
{
    wire_client(w, ATTACH UPGRADE "GET /b HTTP/1.1\r\n\r\nGET /c HT");
    wire_end(w, 1, SIDE_CLIENT, END_SHUT);
    wire_daemon(w, "HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n" OK);
    ck_events("client request 1 POST /v1.41/containers/a/attach?stream=1 HTTP/1.1.\n"
              "daemon response 1 HTTP/1.1 409 Conflict\n"
              "client request 2 GET /b HTTP/1.1.\n"
              "client data \"GET /c HT\"\n"
              "client shut\n"
              "daemon data 1.\n"
              "daemon response 2 HTTP/1.1 200 OK \"ok\".\n");
}
END_TEST

/* In the middle of everything, in every way: the other side's half of a head is not forgotten. */
START_TEST(ends_lose_nothing)
{
    for (int i = 0; i < 12; i++) {
        teardown();
        setup();
        wire_client(w, "GET /a HTTP/1.1\r\n\r\nGET /b HTT");
        wire_daemon(w, "HTTP/1.1 200 O");
        if (i >= 6)
            wire_end(w, 1, i % 2 ? SIDE_CLIENT : SIDE_DAEMON, END_SHUT);
        wire_end(w, 1, i % 2 ? SIDE_DAEMON : SIDE_CLIENT, (enum end_how)(i / 2 % 3));
        wire_finish(w);
    }
}
END_TEST

START_TEST(cut_heads_without_an_end)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\nGET /b HTT");
    wire_daemon(w, "HTTP/1.1 200 O");
    wire_open(w);
    wire_bytes(w, 2, SIDE_CLIENT, SPAN_LIT("GET /c HTTP/1.1\r\n\r\n"));
    wire_bytes(w, 2, SIDE_DAEMON, SPAN_LIT(OK));
    wire_finish(w);
    ck_assert_ptr_nonnull(strstr(wire_text(w), "client data \"GET /b HTT\"\n"));
    ck_assert_ptr_nonnull(strstr(wire_text(w), "daemon data \"HTTP/1.1 200 O\"\n"));
}
END_TEST

START_TEST(the_daemons_last_bytes_behind_the_clients_close)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\n");
    wire_end(w, 1, SIDE_CLIENT, END_CLOSE);
    wire_daemon(w, "HTTP/1.1 200 OK\r\nContent-Len");
    wire_daemon(w, "gth: 2\r\n\r\nok");
    wire_end(w, 1, SIDE_DAEMON, END_CLOSE);
    ck_events("client request 1 GET /a HTTP/1.1.\n"
              "client close\n"
              "daemon response 1 HTTP/1.1 200 OK \"ok\".\n"
              "daemon close\n");
}
END_TEST

START_TEST(a_shut_and_then_a_close)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\n");
    wire_end(w, 1, SIDE_CLIENT, END_SHUT);
    wire_daemon(w, OK);
    wire_end(w, 1, SIDE_CLIENT, END_CLOSE);
    wire_end(w, 1, SIDE_DAEMON, END_RESET);
    ck_events("client request 1 GET /a HTTP/1.1.\n"
              "client shut\n"
              "daemon response 1 HTTP/1.1 200 OK \"ok\".\n"
              "client close\n"
              "daemon reset\n");
}
END_TEST

START_TEST(bytes_behind_the_end)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\n");
    wire_end(w, 1, SIDE_CLIENT, END_SHUT);
    wire_end(w, 1, SIDE_DAEMON, END_SHUT);
    wire_client(w, "ghost");
    wire_daemon(w, "host");
    wire_end(w, 1, SIDE_CLIENT, END_CLOSE);
    ck_events("client request 1 GET /a HTTP/1.1.\n"
              "client shut\n"
              "daemon shut\n"
              "client data \"ghost\"\n"
              "daemon data \"host\"\n"
              "client close\n");
}
END_TEST

/* --- any cut of any of these --- */

/* "" is a half-close, NULL the end. */
struct step {
    enum side from;
    const char *bytes;
};
static const struct step scenes[][9] = {
    {{SIDE_CLIENT, "GET /a HTTP/1.1\r\n\r\nHEAD /b HTTP/1.1\r\n\r\n"},
     {SIDE_DAEMON,
      "HTTP/1.1 100 Continue\r\n\r\n" OK "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"},
     {SIDE_CLIENT, ATTACH UPGRADE "early"},
     {SIDE_DAEMON, UPGRADED "out"},
     {SIDE_CLIENT, "late"},
     {SIDE_CLIENT, ""},
     {SIDE_DAEMON, "last"},
     {SIDE_DAEMON, ""}},
    {{SIDE_CLIENT, ATTACH UPGRADE "GET /next HTTP/1.1\r\n\r\n"},
     {SIDE_DAEMON, "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3\r\nabc\r\n0\r\n\r\n" OK},
     {SIDE_CLIENT, "POST /exec/b/start HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}held"},
     {SIDE_CLIENT, ""},
     {SIDE_DAEMON, RAW "raw"},
     {SIDE_DAEMON, ""}},
    {{SIDE_CLIENT, "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "4\r\nbody\r\n0\r\nT: v\r\n\r\n"},
     {SIDE_DAEMON, "HTTP/1.1 500 No\r\n\r\nuntil the end"},
     {SIDE_DAEMON, ""},
     {SIDE_CLIENT, "GET /cut HTT"},
     {SIDE_CLIENT, ""}},
    {{SIDE_CLIENT, "GET /a HTTP/1.1\r\n\r\n\x16garbage"},
     {SIDE_DAEMON, OK "unasked"},
     {SIDE_CLIENT, "more"},
     {SIDE_CLIENT, ""}},
};

struct cursor {
    size_t step, into;
};

/* Says the next piece of a scene, of one side or (-1) of both; false at its end. */
static bool say_piece(const struct step *scene, int side, struct cursor *c, struct prng *r)
{
    while (side >= 0 && scene[c->step].bytes && (int)scene[c->step].from != side)
        c->step++;
    const struct step *s = &scene[c->step];
    if (!s->bytes)
        return false;
    if (prng_below(r, 5) == 0)
        wire_wait(w, EVENT_GAP_NS);
    size_t left = strlen(s->bytes + c->into);
    size_t n = left ? 1 + prng_below(r, left) : 0;
    if (n)
        wire_bytes(w, 1, s->from, (struct span){s->bytes + c->into, n});
    else
        wire_end(w, 1, s->from, END_SHUT);
    c->into = n < left ? c->into + n : 0;
    c->step += n == left;
    return true;
}

/* In random pieces, in the scene's order of turns and in any other: what holds of every wire holds
 * of them. Exchanges do not depend on the pieces. */
START_TEST(any_cut_of_a_wire)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct prng r = prng_of(seed);
        size_t i = prng_below(&r, COUNT(scenes));
        struct cursor all = {0, 0}, of[2] = {{0, 0}, {0, 0}};
        teardown();
        setup();
        while (say_piece(scenes[i], -1, &all, &r))
            ;
        wire_finish(w);
        ck_assert_uint_eq(w->c->exchanges_n, (i < 2 ? 3 : 1));
        teardown();
        setup();
        for (bool more[2] = {true, true}; more[0] || more[1];) {
            int side = (int)prng_below(&r, 2);
            more[side] = more[side] && say_piece(scenes[i], side, &of[side], &r);
        }
        wire_finish(w);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_response_to_no_request,
        one_response_too_many,
        garbage_of_the_client,
        garbage_of_the_daemon,
        garbage_in_a_body,
        a_head_beyond_the_limit,
        cut_heads_are_raw,
        cut_heads_that_were_held,
        ends_lose_nothing,
        cut_heads_without_an_end,
        the_daemons_last_bytes_behind_the_clients_close,
        a_shut_and_then_a_close,
        bytes_behind_the_end,
        any_cut_of_a_wire,
    };
    return suite_run("decoder_ends", setup, teardown, tests, COUNT(tests));
}
