/* Which events a wire becomes. That no byte is lost or moved is held by wire_finish throughout. */
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

/* --- messages --- */

START_TEST(exchanges_on_one_connection)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\n");
    wire_daemon(w, OK);
    wire_client(w, "POST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
    wire_daemon(w, "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3;x=y\r\n{\"a\r\n2\r\n\"}\r\n0\r\nT: v\r\n\r\n");
    ck_events("client request 1 GET /a HTTP/1.1.\n"
              "daemon response 1 HTTP/1.1 200 OK \"ok\".\n"
              "client request 2 POST /b HTTP/1.1 \"abc\".\n"
              "daemon response 2 HTTP/1.1 201 Created \"{\"a\"}\".\n");
}
END_TEST

START_TEST(pipelined_requests_meet_their_responses)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\nHEAD /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n");
    wire_daemon(w, OK "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 404 Not Found\r\n");
    wire_daemon(w, "Content-Length: 1\r\n\r\nx");
    ck_events("client request 1 GET /a HTTP/1.1.\n"
              "client request 2 HEAD /b HTTP/1.1.\n"
              "client request 3 GET /c HTTP/1.1.\n"
              "daemon response 1 HTTP/1.1 200 OK \"ok\".\n"
              "daemon response 2 HTTP/1.1 200 OK.\n"
              "daemon response 3 HTTP/1.1 404 Not Found \"x\".\n");
}
END_TEST

START_TEST(an_early_response_does_not_end_the_request)
{
    wire_client(w, "POST /build HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    wire_daemon(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n");
    wire_client(w, "3\r\ndef\r\n");
    wire_daemon(w, "0\r\n\r\n");
    wire_client(w, "0\r\n\r\n");
    wire_client(w, "GET /next HTTP/1.1\r\n\r\n");
    wire_daemon(w, OK);
    ck_events("client request 1 POST /build HTTP/1.1 \"abc\"\n"
              "daemon response 1 HTTP/1.1 200 OK \"{}\"\n"
              "client data 1 \"def\"\n"
              "daemon data 1.\n"
              "client data 1.\n"
              "client request 2 GET /next HTTP/1.1.\n"
              "daemon response 2 HTTP/1.1 200 OK \"ok\".\n");
}
END_TEST

START_TEST(interim_responses_are_their_own)
{
    wire_client(w, "POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    wire_daemon(w, "HTTP/1.1 100 Continue\r\n\r\n");
    wire_client(w, "hi");
    wire_daemon(w, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK);
    ck_events("client request 1 POST /a HTTP/1.1\n"
              "daemon response 1 HTTP/1.1 100 Continue.\n"
              "client data 1 \"hi\".\n"
              "daemon response 1 HTTP/1.1 103 Early Hints.\n"
              "daemon response 1 HTTP/1.1 200 OK \"ok\".\n");
    ck_assert_int_eq(w->c->exchanges[0].status, 200);
}
END_TEST

START_TEST(responses_without_a_body)
{
    wire_client(w, "HEAD /_ping HTTP/1.1\r\n\r\n");
    wire_daemon(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    wire_client(w, "POST /start HTTP/1.1\r\n\r\n");
    wire_daemon(w, "HTTP/1.1 204 No Content\r\n\r\n");
    wire_client(w, "POST /start HTTP/1.1\r\n\r\n");
    wire_daemon(w, "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
    wire_client(w, "GET /last HTTP/1.1\r\n\r\n");
    wire_daemon(w, OK);
    ck_events("client request 1 HEAD /_ping HTTP/1.1.\n"
              "daemon response 1 HTTP/1.1 200 OK.\n"
              "client request 2 POST /start HTTP/1.1.\n"
              "daemon response 2 HTTP/1.1 204 No Content.\n"
              "client request 3 POST /start HTTP/1.1.\n"
              "daemon response 3 HTTP/1.1 304 Not Modified.\n"
              "client request 4 GET /last HTTP/1.1.\n"
              "daemon response 4 HTTP/1.1 200 OK \"ok\".\n");
}
END_TEST

START_TEST(a_body_that_ends_with_the_connection)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\n");
    wire_daemon(w, "HTTP/1.0 404 Not Found\r\n\r\nno");
    wire_daemon(w, "thing");
    wire_end(w, 1, SIDE_DAEMON, END_SHUT);
    wire_end(w, 1, SIDE_CLIENT, END_SHUT);
    ck_events("client request 1 GET /a HTTP/1.1.\n"
              "daemon response 1 HTTP/1.0 404 Not Found \"nothing\"\n"
              "daemon shut\n"
              "client shut\n");
    ck_assert(w->c->exchanges[0].ended && !w->c->exchanges[0].upgraded);
}
END_TEST

/* --- hijacks --- */

START_TEST(an_upgrade_makes_a_stream)
{
    wire_client(w, ATTACH UPGRADE);
    wire_daemon(w, UPGRADED "out");
    wire_client(w, "GET / HTTP/1.1\r\n\r\n");
    wire_end(w, 1, SIDE_CLIENT, END_SHUT);
    wire_daemon(w, "HTTP/1.1 200 OK\r\n\r\n");
    wire_end(w, 1, SIDE_DAEMON, END_SHUT);
    ck_events("client request 1 POST /v1.41/containers/a/attach?stream=1 HTTP/1.1.\n"
              "daemon response 1 HTTP/1.1 101 UPGRADED \"out\"\n"
              "client data 1 \"GET / HTTP/1.1\r\n\r\n\"\n"
              "client shut\n"
              "daemon data 1 \"HTTP/1.1 200 OK\r\n\r\n\"\n"
              "daemon shut\n");
}
END_TEST

START_TEST(stdin_before_the_upgrade_is_stdin)
{
    wire_client(w, ATTACH "\r\nGET / HT");
    wire_client(w, "TP/1.1\r\n\r\n");
    wire_end(w, 1, SIDE_CLIENT, END_SHUT);
    wire_daemon(w, RAW);
    wire_daemon(w, "out");
    wire_end(w, 1, SIDE_DAEMON, END_CLOSE);
    ck_events("client request 1 POST /v1.41/containers/a/attach?stream=1 HTTP/1.1.\n"
              "daemon response 1 HTTP/1.1 200 OK\n"
              "client data 1 \"GET / HTTP/1.1\r\n\r\n\"\n"
              "client shut\n"
              "daemon data 1 \"out\"\n"
              "daemon close\n");
}
END_TEST

START_TEST(a_refused_hijack_leaves_requests)
{
    wire_client(w, ATTACH UPGRADE "GET /b HTTP/1.1\r\n\r\nGET /c HT");
    wire_daemon(w, "HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno" OK);
    wire_client(w, "TP/1.1\r\n\r\n");
    wire_daemon(w, OK);
    ck_events("client request 1 POST /v1.41/containers/a/attach?stream=1 HTTP/1.1.\n"
              "daemon response 1 HTTP/1.1 409 Conflict\n"
              "client request 2 GET /b HTTP/1.1.\n"
              "daemon data 1 \"no\".\n"
              "daemon response 2 HTTP/1.1 200 OK \"ok\".\n"
              "client request 3 GET /c HTTP/1.1.\n"
              "daemon response 3 HTTP/1.1 200 OK \"ok\".\n");
}
END_TEST

START_TEST(an_interim_response_decides_nothing)
{
    wire_client(w, ATTACH UPGRADE "early");
    wire_daemon(w, "HTTP/1.1 100 Continue\r\n\r\n");
    wire_client(w, "later");
    wire_daemon(w, UPGRADED);
    ck_events("client request 1 POST /v1.41/containers/a/attach?stream=1 HTTP/1.1.\n"
              "daemon response 1 HTTP/1.1 100 Continue.\n"
              "daemon response 1 HTTP/1.1 101 UPGRADED\n"
              "client data 1 \"earlylater\"\n");
}
END_TEST

START_TEST(an_upgrade_that_was_decided_early)
{
    wire_client(w, "POST /exec/a/start HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n");
    wire_daemon(w, UPGRADED "out");
    wire_client(w, "0\r\n\r\nstdin");
    ck_events("client request 1 POST /exec/a/start HTTP/1.1 \"{}\"\n"
              "daemon response 1 HTTP/1.1 101 UPGRADED \"out\"\n"
              "client data 1 \"0\r\n\r\nstdin\"\n");
}
END_TEST

/* More was said behind a request than was answered when the answer took the connection over. */
START_TEST(an_upgrade_in_front_of_requests)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\n" ATTACH UPGRADE "held");
    wire_daemon(w, UPGRADED "out");
    wire_client(w, "more");
    ck_events("client request 1 GET /a HTTP/1.1.\n"
              "client request 2 POST /v1.41/containers/a/attach?stream=1 HTTP/1.1.\n"
              "daemon response 1 HTTP/1.1 101 UPGRADED\n"
              "client data 1 \"held\"\n"
              "daemon data 1 \"out\"\n"
              "client data 1 \"more\"\n");
}
END_TEST

START_TEST(an_upgrade_in_the_middle_of_a_head)
{
    wire_client(w, "GET /a HTTP/1.1\r\n\r\nGET /b HT");
    wire_daemon(w, UPGRADED "out");
    wire_client(w, "TP/1.1\r\n\r\n");
    ck_events("client request 1 GET /a HTTP/1.1.\n"
              "daemon response 1 HTTP/1.1 101 UPGRADED\n"
              "client data 1 \"GET /b HT\"\n"
              "daemon data 1 \"out\"\n"
              "client data 1 \"TP/1.1\r\n\r\n\"\n");
}
END_TEST

START_TEST(what_no_response_decides_is_raw)
{
    wire_client(w, ATTACH UPGRADE "held");
    wire_end(w, 1, SIDE_CLIENT, END_SHUT);
    wire_end(w, 1, SIDE_DAEMON, END_SHUT);
    ck_events("client request 1 POST /v1.41/containers/a/attach?stream=1 HTTP/1.1.\n"
              "client data \"held\"\n"
              "client shut\n"
              "daemon shut\n");
}
END_TEST

START_TEST(held_bytes_survive_every_end)
{
    static const enum end_how hows[] = {END_SHUT, END_CLOSE, END_RESET};
    for (size_t i = 0; i < 2 * COUNT(hows); i++) {
        teardown();
        setup();
        wire_client(w, ATTACH UPGRADE "held");
        if (i % 2)
            wire_end(w, 1, SIDE_CLIENT, END_SHUT);
        wire_end(w, 1, i % 2 ? SIDE_DAEMON : SIDE_CLIENT, hows[i / 2]);
        wire_finish(w);
    }
}
END_TEST

START_TEST(more_than_can_be_held_is_raw)
{
    CLEANUP_FREE char *big = malloc(DECODER_HELD_MAX + 1);
    ck_assert_ptr_nonnull(big);
    memset(big, 'x', DECODER_HELD_MAX);
    big[DECODER_HELD_MAX] = 0;
    wire_client(w, ATTACH UPGRADE);
    wire_client(w, big);
    wire_client(w, "more");
    wire_daemon(w, UPGRADED);
    wire_client(w, "stdin");
    wire_finish(w);
    const struct event *raw = &w->c->events[2];
    ck_assert(raw->from == SIDE_CLIENT && raw->exchange == 0);
    ck_assert_uint_eq(raw->payload.n, DECODER_HELD_MAX + 4);
    ck_assert_uint_eq(w->c->exchanges_n, 1);
}
END_TEST

/* --- connections, times, what is learnt --- */

START_TEST(connections_do_not_mix)
{
    wire_open(w);
    wire_bytes(w, 2, SIDE_CLIENT, SPAN_LIT("POST /containers/a/wait HTTP/1.1\r\n\r\n"));
    wire_client(w, "POST /containers/a/start HTTP/1.1\r\n\r\n");
    wire_daemon(w, "HTTP/1.1 204 No Content\r\n\r\n");
    wire_bytes(w, 2, SIDE_DAEMON, SPAN_LIT(OK));
    ck_events("2 open\n"
              "2 client request 1 POST /containers/a/wait HTTP/1.1.\n"
              "client request 2 POST /containers/a/start HTTP/1.1.\n"
              "daemon response 2 HTTP/1.1 204 No Content.\n"
              "2 daemon response 1 HTTP/1.1 200 OK \"ok\".\n");
}
END_TEST

START_TEST(times_are_since_the_first_event)
{
    wire_wait(w, 5000000000);
    wire_client(w, "GET /a HTTP/1.1\r\n\r\n");
    wire_wait(w, -3000000000); /* the machine's clock was set back */
    wire_daemon(w, OK);
    wire_finish(w);
    ck_assert_int_eq(w->c->events[0].t, 0);
    ck_assert_int_eq(decoder_meta(w->d)->start, INT64_C(1700000000001000000));
    ck_assert_int_eq(w->c->events[1].t, 5001000000);
    ck_assert_int_eq(w->c->events[2].t, 5001000000);
}
END_TEST

START_TEST(who_speaks_is_learnt)
{
    wire_client(
        w, "GET /a HTTP/1.1\r\nUser-Agent: one\r\n\r\nGET /a HTTP/1.1\r\nUser-Agent: two\r\n\r\n"
           "GET /a HTTP/1.1\r\nuser-agent: one\r\n\r\nGET /a HTTP/1.1\r\n\r\n");
    wire_daemon(w, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    wire_daemon(w, "HTTP/1.1 204 X\r\nServer: Docker/1 (x)\r\nApi-Version: 1.41\r\n\r\n");
    wire_daemon(w, "HTTP/1.1 204 X\r\nServer: other\r\nApi-Version: 2\r\n\r\n");
    wire_finish(w);
    const struct conversation_meta *m = decoder_meta(w->d);
    ck_assert_str_eq(m->engine, "Docker/1 (x)");
    ck_assert_str_eq(m->api, "1.41");
    ck_assert_str_eq(m->clients[0], "one");
    ck_assert_str_eq(m->clients[1], "two");
    ck_assert_ptr_null(m->clients[2]);
}
END_TEST

/* Peers choose these: they have limits. */
START_TEST(what_is_learnt_is_bounded)
{
    CLEANUP(buf_free) struct buf text = BUF_INIT(1 << 20);
    buf_addf(&text, "GET / HTTP/1.1\r\nUser-Agent: %0*d\r\n\r\n", META_NAME_MAX + 1, 0);
    for (int i = 0; i < 3 * META_CLIENTS_MAX; i++)
        buf_addf(&text, "GET / HTTP/1.1\r\nUser-Agent: %d\r\n\r\n", i);
    wire_client(w, buf_str(&text));
    buf_clear(&text);
    buf_addf(&text, "HTTP/1.1 204 X\r\nServer: %0*d\r\nApi-Version: %0*d\r\n\r\n",
             META_NAME_MAX + 1, 0, META_NAME_MAX, 0);
    wire_daemon(w, buf_str(&text));
    wire_finish(w);
    const struct conversation_meta *m = decoder_meta(w->d);
    ck_assert_ptr_null(m->engine);
    ck_assert_uint_eq(strlen(m->api), META_NAME_MAX);
    ck_assert_str_eq(m->clients[0], "0");
    ck_assert_str_eq(m->clients[META_CLIENTS_MAX - 1], "63");
    ck_assert_ptr_null(m->clients[META_CLIENTS_MAX]);
}
END_TEST

START_TEST(only_what_was_opened_is_taken)
{
    struct err e;
    ck_assert_int_lt(w->sink.data(w->sink.self, 2, SIDE_CLIENT, w->t, "x", 1, &e), 0);
    ck_assert_str_eq(e.text, "connection 2 was not opened");
    ck_assert_int_lt(w->sink.end(w->sink.self, 0, SIDE_CLIENT, END_SHUT, w->t, &e), 0);
    ck_assert_int_lt(w->sink.open(w->sink.self, 1, w->t, &e), 0);
    ck_assert_int_lt(w->sink.open(w->sink.self, 3, w->t, &e), 0);
    ck_assert_str_eq(e.text, "connection 3 opens where 2 is next");
}
END_TEST

static int refuse(void *self, struct event *ev, struct err *e)
{
    int *left = self;
    (void)ev;
    return (*left)-- > 0 ? 0 : err_set(e, "disk full");
}

/* Whichever event it is that the sink does not take, its error is what the wire hears. */
START_TEST(a_sink_may_fail)
{
    for (int taken = 0; taken < 4; taken++) {
        int left = taken;
        struct event_sink sink = {&left, refuse};
        struct decoder *d = decoder_new(&sink);
        struct bytes_sink b = decoder_bytes(d);
        struct err e = {{0}};
        struct span request = SPAN_LIT("GET /a HTTP/1.1\r\n\r\n"), response = SPAN_LIT(OK);
        int rc = b.open(b.self, 1, 1, &e);
        for (int i = 0; i < 2 && rc == 0; i++) {
            rc = b.data(b.self, 1, SIDE_CLIENT, 1, request.p, request.n, &e);
            if (rc == 0)
                rc = b.data(b.self, 1, SIDE_DAEMON, 1, response.p, response.n, &e);
        }
        if (rc == 0)
            rc = decoder_finish(d, &e);
        ck_assert_int_lt(rc, 0);
        ck_assert_str_eq(e.text, "disk full");
        decoder_free(d);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        exchanges_on_one_connection,
        pipelined_requests_meet_their_responses,
        an_early_response_does_not_end_the_request,
        interim_responses_are_their_own,
        responses_without_a_body,
        a_body_that_ends_with_the_connection,
        an_upgrade_makes_a_stream,
        stdin_before_the_upgrade_is_stdin,
        a_refused_hijack_leaves_requests,
        an_interim_response_decides_nothing,
        an_upgrade_that_was_decided_early,
        an_upgrade_in_front_of_requests,
        an_upgrade_in_the_middle_of_a_head,
        what_no_response_decides_is_raw,
        held_bytes_survive_every_end,
        more_than_can_be_held_is_raw,
        connections_do_not_mix,
        times_are_since_the_first_event,
        who_speaks_is_learnt,
        what_is_learnt_is_bounded,
        only_what_was_opened_is_taken,
        a_sink_may_fail,
    };
    return suite_run("decoder", setup, teardown, tests, COUNT(tests));
}
