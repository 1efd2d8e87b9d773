/* What each of the client's events waits for, and how long the client thinks. */
#include "suites/replay/plan.h"

#include <check.h>
#include <stdlib.h>

#include "recorder/base/buf.h"
#include "recorder/base/clock.h"
#include "suites/replay/t/script.h"

/* "request 1: | request 2: end 1, | close: end 2, | end:" */
static char *told(const struct script *k, const struct plan *p)
{
    static const char *const kinds[] = {"interim", "head", "progress", "end"};
    struct buf b = BUF_INIT(1 << 16);
    for (size_t i = 0; i < p->n; i++) {
        const struct step *s = &p->steps[i];
        const struct event *ev = s->event == NO_EVENT ? NULL : &k->c->events[s->event];
        buf_addf(&b, "%s%s", i ? " | " : "", ev ? event_kind_name(ev->kind) : "end");
        if (ev && ev->exchange)
            buf_addf(&b, " %u", ev->exchange);
        buf_addc(&b, ':');
        for (size_t n = s->needs; n < s->needs + s->needs_n; n++)
            buf_addf(&b, " %s %u", kinds[p->needs[n].kind], p->needs[n].exchange);
    }
    return buf_take(&b);
}

static void expect(struct script *k, const char *want)
{
    struct plan p;
    struct err e;
    script_finish(k);
    ck_assert_msg(plan_make(k->c, &p, &e) == 0, "%s", e.text);
    char *got = told(k, &p);
    ck_assert_str_eq(got, want);
    free(got);
    plan_free(&p);
    script_free(k);
}

START_TEST(one_after_another)
{
    struct script k;
    script_begin(&k);
    script_open(&k, 1);
    script_exchange(&k, 1, "GET /a", NULL, "200 OK", "{}");
    script_exchange(&k, 1, "GET /b", NULL, "200 OK", "{}");
    script_end(&k, 1, SIDE_CLIENT, END_CLOSE);
    expect(&k, "open: | request 1: | request 2: end 1 | shut: end 2 | close: | end:");
}
END_TEST

START_TEST(start_waits_for_the_head_of_wait)
{
    struct script k;
    script_begin(&k);
    script_open(&k, 1);
    script_ask(&k, 1, "POST /containers/x/wait?condition=next-exit", NULL);
    script_daemon(&k, 1,
                  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n");
    script_open(&k, 2);
    script_exchange(&k, 2, "POST /containers/x/start", NULL, "204 No Content", NULL);
    script_daemon(&k, 1, "11\r\n{\"StatusCode\":0}\n\r\n0\r\n\r\n");
    script_ask(&k, 2, "DELETE /containers/x", NULL);
    expect(&k, "open: | request 1: | open: head 1 | request 2: | request 3: end 2 end 1 | end:");
}
END_TEST

START_TEST(streams_are_waited_for_as_far_as_they_came)
{
    struct script k;
    struct plan p;
    script_begin(&k);
    script_open(&k, 1);
    script_client(&k, 1, "POST /containers/x/attach?stdin=1 HTTP/1.1\r\nUpgrade: tcp\r\n\r\n");
    script_daemon(&k, 1, "HTTP/1.1 101 UPGRADED\r\n\r\n");
    script_client(&k, 1, "echo 1\n");
    script_bytes(&k, 1, SIDE_DAEMON,
                 "\1\0\0\0\0\0\0\2"
                 "1\n",
                 10);
    script_client(&k, 1, "exit\n");
    script_end(&k, 1, SIDE_CLIENT, END_SHUT);
    script_bytes(&k, 1, SIDE_DAEMON,
                 "\1\0\0\0\0\0\0\2"
                 "2\n",
                 10);
    script_end(&k, 1, SIDE_DAEMON, END_SHUT);
    script_end(&k, 1, SIDE_CLIENT, END_CLOSE);
    script_finish(&k);
    ck_assert_int_eq(plan_make(k.c, &p, NULL), 0);
    char *got = told(&k, &p);
    ck_assert_str_eq(got, "open: | request 1: | data 1: head 1 | data 1: progress 1 | shut: | "
                          "shut: end 1 | close: | end:");
    const struct need *n = &p.needs[p.steps[3].needs];
    ck_assert_uint_eq(n->mark.text[1].lines, 1);
    free(got);
    plan_free(&p);
    script_free(&k);
}
END_TEST

START_TEST(a_body_waits_for_continue)
{
    struct script k;
    script_begin(&k);
    script_open(&k, 1);
    script_client(&k, 1, "PUT /x HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    script_daemon(&k, 1, "HTTP/1.1 100 Continue\r\n\r\n");
    script_client(&k, 1, "ab");
    script_answer(&k, 1, "200 OK", "{}");
    expect(&k, "open: | request 1: | data 1: interim 1 | end: end 1");
}
END_TEST

START_TEST(requests_in_a_row_wait_for_nothing)
{
    struct script k;
    script_begin(&k);
    script_open(&k, 1);
    script_open(&k, 2);
    script_ask(&k, 1, "GET /a", NULL);
    script_ask(&k, 2, "GET /b", NULL);
    script_answer(&k, 2, "200 OK", "{}");
    script_answer(&k, 1, "200 OK", "{}");
    expect(&k, "open: | open: | request 1: | request 2: | end: end 2 end 1");
}
END_TEST

START_TEST(an_answer_without_length_ends_with_the_connection)
{
    struct script k;
    script_begin(&k);
    script_open(&k, 1);
    script_ask(&k, 1, "GET /a", NULL);
    script_daemon(&k, 1, "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\n");
    script_daemon(&k, 1, "no such thing");
    script_end(&k, 1, SIDE_DAEMON, END_CLOSE);
    script_end(&k, 1, SIDE_CLIENT, END_CLOSE);
    expect(&k, "open: | request 1: | shut: end 1 | close: | end:");
}
END_TEST

START_TEST(pauses_are_the_clients)
{
    struct script k;
    struct plan p;
    script_begin(&k);
    script_open(&k, 1);
    script_ask(&k, 1, "GET /a", NULL);
    script_after(&k, 3000); /* the daemon's */
    script_answer(&k, 1, "200 OK", "{}");
    script_after(&k, 700); /* the client's */
    script_ask(&k, 1, "GET /b", NULL);
    script_answer(&k, 1, "200 OK", "{}");
    script_finish(&k);
    ck_assert_int_eq(plan_make(k.c, &p, NULL), 0);
    ck_assert_int_eq(p.steps[2].pause_ns, 701 * NS_PER_MS);
    ck_assert_int_eq(p.steps[2].wait_ns, 3001 * NS_PER_MS);
    ck_assert_int_eq(p.steps[1].wait_ns, 0);
    plan_free(&p);
    script_free(&k);
}
END_TEST

START_TEST(units_follow_what_is_said)
{
    struct script k;
    script_begin(&k);
    script_open(&k, 1);
    script_exchange(&k, 1, "GET /events", NULL, "200 OK", "{}");
    script_exchange(&k, 1, "GET /containers/x/logs?stdout=1", NULL, "200 OK", NULL);
    script_ask(&k, 1, "GET /containers/x/export", NULL);
    script_daemon(&k, 1,
                  "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
                  "Content-Length: 0\r\n\r\n");
    script_finish(&k);
    ck_assert_int_eq(plan_unit(k.c, &k.c->exchanges[0]), PROGRESS_MESSAGES);
    ck_assert_int_eq(plan_unit(k.c, &k.c->exchanges[1]), PROGRESS_LINES);
    ck_assert_int_eq(plan_unit(k.c, &k.c->exchanges[2]), PROGRESS_BYTES);
    script_free(&k);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("plan");
    TCase *tc = tcase_create("plan");
    tcase_add_test(tc, one_after_another);
    tcase_add_test(tc, start_waits_for_the_head_of_wait);
    tcase_add_test(tc, streams_are_waited_for_as_far_as_they_came);
    tcase_add_test(tc, a_body_waits_for_continue);
    tcase_add_test(tc, requests_in_a_row_wait_for_nothing);
    tcase_add_test(tc, an_answer_without_length_ends_with_the_connection);
    tcase_add_test(tc, pauses_are_the_clients);
    tcase_add_test(tc, units_follow_what_is_said);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
