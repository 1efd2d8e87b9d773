/* One failure is one finding: what depends on it is not sent. And what does not depend on it is. */
#include "suites/replay/replay.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suites/replay/t/play.h"
#include "suites/replay/t/says.h"

static struct play p;

static void ask(uint32_t conn, const char *line, const char *status, const char *answer)
{
    script_exchange(&p.base, conn, line, NULL, status, answer);
}

START_TEST(what_depends_on_a_failure_is_blocked)
{
    static const struct fake_rule rules[] = {
        {.match = "GET /_ping", .say = OK}, {.match = "GET /version", .say = OK}, {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    ask(1, "GET /_ping", "200 OK", "{}");
    script_exchange(&p.base, 1, "POST /v1.25/volumes/create", "{\"Name\":\"cache\"}", "201 Created",
                    "{\"Name\":\"cache\"}");
    ask(1, "GET /v1.25/volumes/cache", "200 OK", "{\"Name\":\"cache\"}");
    script_exchange(&p.base, 1, "POST /v1.25/containers/create?name=job",
                    "{\"Image\":\"busybox\",\"HostConfig\":{\"Binds\":[\"cache:/cache\"]}}",
                    "201 Created", "{\"Id\":\"" A64 "\"}");
    ask(1, "POST /v1.25/containers/" A64 "/start", "204 No Content", NULL);
    ask(1, "GET /v1.25/containers/job/json", "200 OK", "{\"Id\":\"" A64 "\"}");
    ask(1, "GET /v1.25/volumes", "200 OK", "{\"Volumes\":[{\"Name\":\"cache\"}]}");
    ask(1, "DELETE /v1.25/volumes/cache", "204 No Content", NULL);
    ask(1, "GET /version", "200 OK", "{}");
    play_run(&p, rules);
    play_expect(&p, 2, "sent 2");
    for (uint32_t id = 3; id <= 8; id++)
        play_expect(&p, id, "blocked by 2");
    play_expect(&p, 9, "sent 3");
    play_free(&p);
}
END_TEST

START_TEST(what_the_candidate_has_too_much_is_blocked_too)
{
    static const struct fake_rule rules[] = {
        {.match = "POST /volumes/create", .say = JSON("201 Created", 12, "{\"Name\":\"v\"}")},
        {.match = "GET /networks", .say = OK},
        {.match = "DELETE /volumes/v", .say = DONE},
        {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    script_exchange(&p.base, 1, "POST /volumes/create", "{\"Name\":\"v\",\"Driver\":\"none\"}",
                    "404 Not Found", "{\"message\":\"no driver\"}");
    ask(1, "GET /volumes/v", "404 Not Found", "{\"message\":\"no such volume\"}");
    ask(1, "GET /volumes", "200 OK", "{\"Volumes\":null}");
    ask(1, "GET /networks", "200 OK", "[]");
    play_run(&p, rules);
    play_expect(&p, 2, "blocked by 1");
    play_expect(&p, 3, "blocked by 1");
    play_expect(&p, 4, "sent 2");
    ck_assert_ptr_nonnull(strstr(p.told, "- DELETE /volumes/v?force=1\n"));
    ck_assert_uint_eq(p.result.removed, 1);
    play_free(&p);
}
END_TEST

START_TEST(failures_of_another_kind_block_nothing)
{
    static const struct fake_rule rules[] = {
        {.match = "DELETE /containers/gone", .say = DONE},   /* Docker: 404 */
        {.match = "POST /containers/create", .say = FAILED}, /* Docker: 409 */
        {.match = "GET /containers/gone/json", .say = OK},
        {.match = "GET /containers/x/json", .say = OK},
        {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    ask(1, "DELETE /containers/gone", "404 Not Found", "{}");
    script_exchange(&p.base, 1, "POST /containers/create?name=x", "{}", "409 Conflict", "{}");
    ask(1, "GET /containers/gone/json", "404 Not Found", "{}");
    ask(1, "GET /containers/x/json", "200 OK", "{}");
    play_run(&p, rules);
    play_expect(&p, 3, "sent 3");
    play_expect(&p, 4, "sent 4");
    play_free(&p);
}
END_TEST

START_TEST(an_error_in_the_stream_is_a_failure)
{
    static const struct fake_rule rules[] = {
        {.match = "POST /images/create",
         .say = JSON("200 OK", 45, "{\"status\":\"Pulling\"}\n{\"errorDetail\":{}}     \n")},
        {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    ask(1, "POST /images/create?fromImage=app&tag=1", "200 OK",
        "{\"status\":\"Pulling\"}\n{\"status\":\"Done\"}\n");
    ask(1, "GET /images/app:1/json", "200 OK", "{}");
    play_run(&p, rules);
    play_expect(&p, 1, "sent 1");
    play_expect(&p, 2, "blocked by 1");
    play_free(&p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("blocked");
    TCase *tc = tcase_create("blocked");
    tcase_add_test(tc, what_depends_on_a_failure_is_blocked);
    tcase_add_test(tc, what_the_candidate_has_too_much_is_blocked_too);
    tcase_add_test(tc, failures_of_another_kind_block_nothing);
    tcase_add_test(tc, an_error_in_the_stream_is_a_failure);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
