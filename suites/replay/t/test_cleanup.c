/* What a replay made on the candidate it removes; what was there before it leaves. */
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

START_TEST(what_is_left_is_removed_in_order)
{
    static const struct fake_rule rules[] = {
        {.match = "GET /volumes",
         .say = JSON("200 OK", 31, "{\"Volumes\":[{\"Name\":\"before\"}]}")},
        {.match = "POST /networks/create", .say = JSON("201 Created", 10, "{\"Id\":\"n\"}")},
        {.match = "POST /volumes/create", .say = JSON("201 Created", 17, "{\"Name\":\"before\"}")},
        {.match = "POST /volumes/create", .say = JSON("201 Created", 14, "{\"Name\":\"new\"}")},
        {.match = "POST /containers/create", .say = CREATED},
        {.match = "POST /images/create", .say = JSON("200 OK", 18, "{\"status\":\"done\"}\n")},
        {.match = "DELETE /containers/", .say = DONE},
        {.match = "DELETE /networks/n", .say = FAILED},
        {.match = "DELETE /volumes/new", .say = DONE},
        {.match = "DELETE /images/app:1", .say = JSON("200 OK", 2, "[]")},
        {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    script_exchange(&p.base, 1, "POST /networks/create", "{\"Name\":\"net\"}", "201 Created",
                    "{\"Id\":\"m\"}");
    script_exchange(&p.base, 1, "POST /volumes/create", "{\"Name\":\"before\"}", "201 Created",
                    "{\"Name\":\"before\"}");
    script_exchange(&p.base, 1, "POST /volumes/create", "{\"Name\":\"new\"}", "201 Created",
                    "{\"Name\":\"new\"}");
    script_exchange(&p.base, 1, "POST /containers/create?name=c",
                    "{\"HostConfig\":{\"Binds\":[\"new:/a\",\"before:/b\",\"/etc:/c\"]}}",
                    "201 Created", "{\"Id\":\"" A64 "\"}");
    ask(1, "POST /images/create?fromImage=app&tag=1", "200 OK", "{\"status\":\"done\"}\n");
    play_run(&p, rules);
    const char *end = strstr(p.told, "1 gone\n");
    ck_assert_ptr_nonnull(end);
    ck_assert_str_eq(end, "1 gone\n- DELETE /containers/" B64 "?force=1&v=1\n"
                          "- DELETE /networks/n\n- DELETE /volumes/new?force=1\n"
                          "- DELETE /images/app:1?force=1\n");
    ck_assert_uint_eq(p.result.removed, 3);
    ck_assert_uint_eq(p.result.leftovers_n, 1);
    ck_assert_str_eq(p.result.leftovers[0], "network n: its removal was answered with 500");
    play_free(&p);
}
END_TEST

START_TEST(a_reference_goes_back_to_its_image)
{
    static const struct fake_rule rules[] = {
        {.match = "GET /images/json",
         .say = LIST("[{\"Id\":\"sha256:" A64 "\","
                     "\"RepoTags\":[\"docker.io/library/busybox:latest\"]}]"),
         .then = FAKE_CLOSE},
        {.match = "POST /images/create",
         .say = JSON("200 OK", 85, "{\"status\":\"sha256:" B64 "\"}\n")},
        {.match = "POST /images/sha256:" A64 "/tag",
         .say = EMPTY("201 Created"),
         .then = FAKE_CLOSE},
        {.match = "DELETE /images/sha256:" B64, .say = OK},
        {NULL}};
    play_begin(&p);
    script_open(&p.base, 1);
    ask(1, "POST /images/create?fromSrc=-&repo=busybox&tag=latest", "200 OK",
        "{\"status\":\"sha256:" A64 "\"}\n");
    play_run(&p, rules);
    ck_assert_str_eq(strstr(p.told, "1 gone\n"),
                     "1 gone\n"
                     "- POST /images/sha256:" A64 "/tag?repo=docker.io/library/busybox&tag=latest\n"
                     "- DELETE /images/sha256:" B64 "?force=1\n");
    ck_assert_uint_eq(p.result.leftovers_n, 0);
    play_free(&p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cleanup");
    TCase *tc = tcase_create("cleanup");
    tcase_add_test(tc, what_is_left_is_removed_in_order);
    tcase_add_test(tc, a_reference_goes_back_to_its_image);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
