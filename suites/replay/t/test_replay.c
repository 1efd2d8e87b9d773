/* Whole replays against a daemon by script: what it is told, in which order, and what is said of
 * how it answered. */
#include "suites/replay/replay.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "suites/replay/t/play.h"
#include "suites/replay/t/says.h"

static struct play p;

static void create(uint32_t conn, const char *name)
{
    char line[128];
    snprintf(line, sizeof line, "POST /containers/create?name=%s", name);
    script_exchange(&p.base, conn, line, "{\"Image\":\"busybox\"}", "201 Created",
                    "{\"Id\":\"" A64 "\"}");
}

static void ask(uint32_t conn, const char *line, const char *status, const char *answer)
{
    script_exchange(&p.base, conn, line, NULL, status, answer);
}

START_TEST(a_container_from_first_to_last)
{
    static const struct fake_rule rules[] = {
        {.match = "POST /containers/create", .say = CREATED},
        {.match = "POST /containers/" B64 "/start", .say = DONE},
        {.match = "GET /containers/" B64 "/json", .say = OK},
        {.match = "DELETE /containers/f5e4d3c2b1a0", .say = DONE},
        {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    create(1, "x");
    ask(1, "POST /containers/" A64 "/start", "204 No Content", NULL);
    ask(1, "GET /containers/" A64 "/json", "200 OK", "{}");
    ask(1, "DELETE /containers/0a1b2c3d4e5f?v=1", "204 No Content", NULL);
    script_end(&p.base, 1, SIDE_CLIENT, END_CLOSE);
    play_run(&p, rules);
    ck_assert_str_eq(p.told, "- GET /containers/json?all=1\n"
                             "- GET /volumes\n"
                             "1 POST /containers/create?name=x {\"Image\":\"busybox\"}\n"
                             "1 POST /containers/" B64 "/start\n"
                             "1 GET /containers/" B64 "/json\n"
                             "1 DELETE /containers/f5e4d3c2b1a0?v=1\n"
                             "1 gone\n");
    play_expect(&p, 4, "sent 4");
    ck_assert_int_eq(p.result.outcomes[0].status, 201);
    ck_assert(p.result.outcomes[3].ended);
    char *story = play_story(&p, 1);
    ck_assert_str_eq(story,
                     "open request response request response request response request response "
                     "client:shut client:close");
    free(story);
    play_free(&p);
}
END_TEST

/* docker run: attach, then start, then the script, half-close, output to its end. */
static void record_attach(void)
{
    script_open(&p.base, 1);
    create(1, "x");
    script_open(&p.base, 2);
    script_client(&p.base, 2,
                  "POST /containers/" A64 "/attach?stdin=1 HTTP/1.1\r\nUpgrade: tcp\r\n\r\n");
    script_daemon(&p.base, 2, UPGRADED);
    ask(1, "POST /containers/" A64 "/start", "204 No Content", NULL);
    script_client(&p.base, 2, "echo " A64 "\n");
    script_daemon(&p.base, 2, "one\n");
    script_client(&p.base, 2, "exit\n");
    script_end(&p.base, 2, SIDE_CLIENT, END_SHUT);
    script_daemon(&p.base, 2, "two\n");
    script_end(&p.base, 2, SIDE_DAEMON, END_CLOSE);
    script_end(&p.base, 2, SIDE_CLIENT, END_CLOSE);
    ask(1, "DELETE /containers/" A64 "?v=1", "204 No Content", NULL);
}

START_TEST(a_stream_with_stdin_and_half_close)
{
    static const struct fake_rule rules[] = {
        {.match = "POST /containers/create", .say = CREATED},
        {.match = "POST /containers/" B64 "/attach",
         .say = UPGRADED,
         .waits = true,
         .at_shut = "2\n"},
        {.match = "POST /containers/" B64 "/start", .say = DONE, .wake = "1\n"},
        {.match = "DELETE", .say = DONE},
        {NULL}};
    play_begin(&p);
    record_attach();
    play_run(&p, rules);
    /* The fake says its line at the start already; "exit" waits for that line and nothing else. */
    ck_assert_ptr_nonnull(strstr(p.told, "2 POST /containers/" B64 "/attach?stdin=1\n"
                                         "1 POST /containers/" B64 "/start\n"
                                         "2: echo " B64 "\n"));
    ck_assert_ptr_nonnull(strstr(p.told, "exit\n"));
    ck_assert_ptr_nonnull(strstr(p.told, "2 shut\n1 DELETE /containers/" B64 "?v=1\n"));
    play_expect(&p, 2, "sent 2");
    ck_assert(p.result.outcomes[1].ended);
    play_free(&p);
}
END_TEST

START_TEST(a_refused_upgrade_gets_no_stdin)
{
    static const struct fake_rule rules[] = {
        {.match = "POST /containers/create", .say = CREATED},
        {.match = "POST /containers/" B64 "/attach", .say = FAILED},
        {NULL}};
    play_begin(&p);
    record_attach();
    play_run(&p, rules);
    ck_assert_ptr_null(strstr(p.told, "echo"));
    ck_assert_ptr_null(strstr(p.told, "shut"));
    play_expect(&p, 2, "sent 2");
    ck_assert(p.result.outcomes[1].stdin_kept);
    play_expect(&p, 3, "blocked by 2");
    play_expect(&p, 4, "blocked by 2");
    ck_assert_ptr_nonnull(strstr(p.told, "- DELETE /containers/" B64 "?force=1&v=1\n"));
    play_free(&p);
}
END_TEST

START_TEST(a_hang_costs_its_connection)
{
    static const struct fake_rule rules[] = {
        {.match = "GET /one"}, {.match = "GET /two", .say = OK}, {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    script_open(&p.base, 2);
    ask(1, "GET /one", "200 OK", "{}");
    ask(2, "GET /two", "200 OK", "{}");
    ask(1, "GET /three", "200 OK", "{}");
    play_run(&p, rules);
    ck_assert_str_eq(p.told, "1 GET /one\n2 GET /two\n1 gone\n2 gone\n");
    play_expect(&p, 1, "sent 1: no answer");
    play_expect(&p, 2, "sent 2");
    play_expect(&p, 3, "blocked by 1");
    play_free(&p);
}
END_TEST

START_TEST(start_goes_on_where_the_head_of_wait_is_held_back)
{
    static const struct fake_rule rules[] = {
        {.match = "POST /containers/create", .say = CREATED},
        {.match = "POST /containers/" B64 "/wait", .say = "", .waits = true},
        {.match = "POST /containers/" B64 "/start",
         .say = DONE,
         .wake = JSON("200 OK", 16, "{\"StatusCode\":0}")},
        {.match = "DELETE", .say = DONE},
        {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    create(1, "x");
    script_open(&p.base, 2);
    script_ask(&p.base, 2, "POST /containers/" A64 "/wait", NULL);
    script_daemon(
        &p.base, 2,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    ask(1, "POST /containers/" A64 "/start", "204 No Content", NULL);
    script_daemon(&p.base, 2, "11\r\n{\"StatusCode\":0}\n\r\n0\r\n\r\n");
    ask(1, "DELETE /containers/" A64 "?v=1", "204 No Content", NULL);
    play_run(&p, rules);
    play_expect(&p, 2, "sent 2: no answer");
    ck_assert(p.result.outcomes[1].ended);
    play_expect(&p, 3, "sent 3");
    play_expect(&p, 4, "sent 4");
    play_free(&p);
}
END_TEST

START_TEST(a_hanging_start_frees_what_waits_for_its_container)
{
    static const struct fake_rule rules[] = {
        {.match = "POST /containers/create", .say = CREATED},
        {.match = "POST /containers/" B64 "/attach", .say = UPGRADED},
        {.match = "POST /containers/" B64 "/start"},
        {.match = "GET /version", .say = OK},
        {.match = "DELETE", .say = DONE},
        {NULL}};
    play_begin(&p);
    record_attach();
    script_open(&p.base, 3);
    ask(3, "GET /version", "200 OK", "{}");
    play_run(&p, rules);
    play_expect(&p, 2, "sent 2, rest blocked by 3");
    play_expect(&p, 3, "sent 3: no answer");
    play_expect(&p, 4, "blocked by 3");
    play_expect(&p, 5, "sent 4");
    play_free(&p);
}
END_TEST

START_TEST(a_stream_that_stays_open)
{
    static const struct fake_rule rules[] = {
        {.match = "POST /containers/create", .say = CREATED},
        {.match = "POST /containers/" B64 "/attach", .say = UPGRADED, .waits = true},
        {.match = "POST /containers/" B64 "/start", .say = DONE, .wake = "one\ntwo\n"},
        {.match = "DELETE", .say = DONE},
        {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    create(1, "x");
    script_open(&p.base, 2);
    script_client(&p.base, 2, "POST /containers/" A64 "/attach HTTP/1.1\r\nUpgrade: tcp\r\n\r\n");
    script_daemon(&p.base, 2, UPGRADED);
    ask(1, "POST /containers/" A64 "/start", "204 No Content", NULL);
    script_daemon(&p.base, 2, "one\ntwo\n");
    script_end(&p.base, 2, SIDE_DAEMON, END_CLOSE);
    script_end(&p.base, 2, SIDE_CLIENT, END_CLOSE);
    ask(1, "DELETE /containers/" A64 "?v=1", "204 No Content", NULL);
    play_run(&p, rules);
    play_expect(&p, 2, "sent 2: the answer does not end");
    ck_assert(!p.result.outcomes[1].ended);
    play_expect(&p, 4, "sent 4");
    char *story = play_story(&p, 2);
    ck_assert_str_eq(story, "open request response daemon:data client:shut client:close");
    free(story);
    play_free(&p);
}
END_TEST

START_TEST(a_stream_that_stops_short)
{
    static const struct fake_rule rules[] = {
        {.match = "POST /exec/1/start", .say = UPGRADED "one\n"},
        {.match = "GET /", .say = OK},
        {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    script_client(&p.base, 1, "POST /exec/1/start HTTP/1.1\r\nUpgrade: tcp\r\n\r\n");
    script_daemon(&p.base, 1, UPGRADED);
    script_daemon(&p.base, 1, "one\ntwo\n");
    script_open(&p.base, 2);
    ask(2, "GET /a", "200 OK", "{}");
    play_run(&p, rules);
    play_expect(&p, 1, "sent 1: the stream does not go on");
    play_expect(&p, 2, "sent 2");
    play_free(&p);
}
END_TEST

/* One answer gone wrong, then a good one to a request on the same connection of the recording. */
static void one_bad(struct fake_rule bad, const char *want)
{
    struct fake_rule rules[] = {bad, {.match = "GET /two", .say = OK}, {NULL}};
    play_begin(&p);
    p.tcp = bad.then == FAKE_RESET;
    script_open(&p.base, 1);
    ask(1, "GET /one", "200 OK", "{}");
    ask(1, "GET /two", "200 OK", "{}");
    play_run(&p, rules);
    play_expect(&p, 1, want);
    play_expect(&p, 2, "sent 2");
    ck_assert_uint_eq(p.result.reconnects, 1);
    ck_assert_ptr_nonnull(strstr(p.told, "2 GET /two\n"));
    ck_assert_uint_eq(p.heard.c->exchanges[1].conn, 2);
    play_free(&p);
}

START_TEST(answers_gone_wrong)
{
    one_bad((struct fake_rule){.match = "GET /one", .say = "", .then = FAKE_CLOSE},
            "sent 1: connection closed without an answer");
    one_bad((struct fake_rule){.match = "GET /one", .say = "", .then = FAKE_RESET},
            "sent 1: connection reset");
    one_bad((struct fake_rule){.match = "GET /one",
                               .say = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc",
                               .then = FAKE_CLOSE},
            "sent 1: connection closed in the middle of the answer");
    one_bad((struct fake_rule){.match = "GET /one", .say = "220 mail.example ESMTP\r\n"},
            "sent 1: the answer is no HTTP");
    one_bad((struct fake_rule){.match = "GET /one", .say = OK "and more"}, "sent 1");
    one_bad(
        (struct fake_rule){.match = "GET /one",
                           .say =
                               "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                           .then = FAKE_CLOSE},
        "sent 1");
    one_bad((struct fake_rule){.match = "GET /one",
                               .say = "HTTP/1.1 200 OK\r\n\r\nuntil the end",
                               .then = FAKE_CLOSE},
            "sent 1");
}
END_TEST

START_TEST(a_flood_is_cut_off)
{
    static char flood[65536] = "HTTP/1.1 200 OK\r\n\r\n";
    static const struct fake_rule rules[] = {
        {.match = "GET /one", .say = flood, .then = FAKE_FLOOD},
        {.match = "GET /two", .say = OK},
        {NULL}};
    memset(flood + strlen(flood), '.', sizeof flood - strlen(flood) - 1);
    play_begin(&p);
    p.deaf = true;
    p.options.deadline_base_ns = 0;
    script_open(&p.base, 1);
    ask(1, "GET /one", "200 OK", "{}");
    ask(1, "GET /two", "200 OK", "{}");
    play_run(&p, rules);
    play_expect(&p, 1, "sent 1: the answer does not end, and is far too long");
    play_expect(&p, 2, "sent 2");
    play_free(&p);
}
END_TEST

START_TEST(a_candidate_that_dies_is_one_finding)
{
    static const struct fake_rule rules[] = {{.match = "GET /one", .say = OK, .then = FAKE_DIE},
                                             {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    ask(1, "GET /one", "200 OK", "{}");
    ask(1, "GET /two", "200 OK", "{}");
    script_open(&p.base, 2);
    ask(2, "GET /three", "200 OK", "{}");
    play_run(&p, rules);
    play_expect(&p, 1, "sent 1");
    play_expect(&p, 2, "unsent: no connection");
    play_expect(&p, 3, "blocked by 2");
    play_free(&p);
}
END_TEST

START_TEST(nobody_there)
{
    struct url url;
    ck_assert_int_eq(url_parse("unix:///nonexistent/docker.sock", &url, NULL), 0);
    play_begin(&p);
    script_open(&p.base, 1);
    ask(1, "GET /one", "200 OK", "{}");
    script_finish(&p.base);
    p.options.against = &url;
    ck_assert_int_eq(replay_run(p.base.c, &p.options, &p.result, &p.err), REPLAY_UNREACHABLE);
    ck_assert_ptr_nonnull(strstr(p.err.text, "/nonexistent/docker.sock"));
    replay_result_free(&p.result);
    script_free(&p.base);
}
END_TEST

static int refuse(void *self, uint32_t conn, enum side from, int64_t t, const char *bytes, size_t n,
                  struct err *e)
{
    (void)self, (void)conn, (void)t, (void)n;
    (void)bytes;
    return from == SIDE_DAEMON ? err_set(e, "the disk is full") : 0;
}

static int welcome(void *self, uint32_t conn, int64_t t, struct err *e)
{
    (void)self, (void)conn, (void)t, (void)e;
    return 0;
}

static int goodbye(void *self, uint32_t conn, enum side from, enum end_how how, int64_t t,
                   struct err *e)
{
    (void)self, (void)conn, (void)from, (void)how, (void)t, (void)e;
    return 0;
}

START_TEST(a_sink_that_fails_ends_it)
{
    static const struct bytes_sink sink = {NULL, welcome, refuse, goodbye};
    static const struct fake_rule rules[] = {{.match = "GET /one", .say = OK}, {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    ask(1, "GET /one", "200 OK", "{}");
    ask(1, "GET /two", "200 OK", "{}");
    p.options.sink = &sink;
    play_run(&p, rules);
    ck_assert_int_eq(p.status, REPLAY_FAILED);
    ck_assert_str_eq(p.err.text, "the disk is full");
    ck_assert_str_eq(p.told, "1 GET /one\n1 gone\n");
    play_free(&p);
}
END_TEST

START_TEST(an_interrupt_still_cleans_up)
{
    static const struct fake_rule rules[] = {{.match = "POST /containers/create", .say = CREATED},
                                             {.match = "GET /hang"},
                                             {.match = "DELETE", .say = DONE},
                                             {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    create(1, "x");
    ask(1, "GET /hang", "200 OK", "{}");
    p.options.interrupt_fd = eventfd(1, EFD_CLOEXEC);
    p.options.deadline_base_ns = 0;
    play_run(&p, rules);
    ck_assert_int_eq(p.status, REPLAY_FAILED);
    ck_assert_str_eq(p.err.text, "interrupted");
    play_free(&p);
}
END_TEST

START_TEST(times_of_queries_move_with_the_clock)
{
    static const struct fake_rule rules[] = {{.match = "GET /events", .say = OK}, {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    ask(1, "GET /events?since=1700000000.000000000&until=1600000000", "200 OK", "{}");
    play_run(&p, rules);
    long since = strtol(strstr(p.told, "since=") + 6, NULL, 10);
    ck_assert_int_gt(since, 1700000000);
    ck_assert_ptr_nonnull(strstr(p.told, "&until=1600000000\n"));
    play_free(&p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("replay");
    TCase *tc = tcase_create("replay");
    tcase_add_test(tc, a_container_from_first_to_last);
    tcase_add_test(tc, a_stream_with_stdin_and_half_close);
    tcase_add_test(tc, a_refused_upgrade_gets_no_stdin);
    tcase_add_test(tc, a_hang_costs_its_connection);
    tcase_add_test(tc, start_goes_on_where_the_head_of_wait_is_held_back);
    tcase_add_test(tc, a_hanging_start_frees_what_waits_for_its_container);
    tcase_add_test(tc, a_stream_that_stays_open);
    tcase_add_test(tc, a_stream_that_stops_short);
    tcase_add_test(tc, answers_gone_wrong);
    tcase_add_test(tc, a_flood_is_cut_off);
    tcase_add_test(tc, a_candidate_that_dies_is_one_finding);
    tcase_add_test(tc, nobody_there);
    tcase_add_test(tc, a_sink_that_fails_ends_it);
    tcase_add_test(tc, an_interrupt_still_cleans_up);
    tcase_add_test(tc, times_of_queries_move_with_the_clock);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
