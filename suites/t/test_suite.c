/* suite.json: what is read, and that each mistake in it is told by file and key. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "suites/pace.h"
#include "suites/suite.h"

static char dir[] = "/tmp/bugforbug-suite.XXXXXX";

static void put(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
    ck_assert_int_eq(chmod(path, 0755), 0);
}

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(dir));
    put("b.jsonl", "");
    put("a.jsonl", "");
    put("make", "#!/bin/sh\n");
}

static void teardown(void)
{
    char command[256];
    snprintf(command, sizeof command, "rm -r '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

#define HEAD "{\"suite\":\"s\",\"version\":1,\"why\":\"w\",\"conversations\":[\"*.jsonl\"]"

START_TEST(a_suite_is_read)
{
    struct suite s;
    struct err e = {{0}};
    put("suite.json",
        HEAD ",\"fixtures\":[{\"image\":\"i:t\",\"make\":\"make\"}],\"rules\":[\"r.json\"],"
             "\"gate\":\"breaking\",\"pace\":\"none\"}");
    ck_assert(suite_is(dir));
    ck_assert_msg(suite_read(dir, &s, &e) == 0, "%s", e.text);
    ck_assert_str_eq(s.name, "s");
    ck_assert_uint_eq(s.conversations_n, 2);
    ck_assert_ptr_nonnull(strstr(s.conversations[0], "/a.jsonl"));
    ck_assert_ptr_nonnull(strstr(s.conversations[1], "/b.jsonl"));
    ck_assert_uint_eq(s.fixtures_n, 1);
    ck_assert_str_eq(s.fixtures[0].image, "i:t");
    ck_assert_ptr_nonnull(strstr(s.rules[0], "/r.json"));
    ck_assert_int_eq(s.gate, SEV_BREAKING);
    ck_assert(s.pace >= 0 && s.pace <= 0);
    suite_free(&s);
}
END_TEST

START_TEST(what_is_left_out_has_a_default)
{
    struct suite s;
    struct err e = {{0}};
    put("suite.json", HEAD "}");
    ck_assert_msg(suite_read(dir, &s, &e) == 0, "%s", e.text);
    ck_assert_int_eq(s.gate, SEV_BEHAVIOUR);
    ck_assert(s.pace >= 1 && s.pace <= 1);
    ck_assert_uint_eq(s.fixtures_n, 0);
    suite_free(&s);
}
END_TEST

static void refuses(const char *text, const char *why)
{
    struct suite s;
    struct err e = {{0}};
    put("suite.json", text);
    ck_assert_msg(suite_read(dir, &s, &e) < 0, "taken: %s", text);
    suite_free(&s);
    ck_assert_msg(strstr(e.text, why) != NULL, "'%s' does not say '%s'", e.text, why);
    ck_assert_msg(strstr(e.text, "suite.json") != NULL, "'%s' names no file", e.text);
}

START_TEST(mistakes_are_told)
{
    refuses("", "suite.json:");
    refuses("[]", "not a JSON object");
    refuses("{\"suite\":\"s\",\"suite\":\"t\"}", "suite.json:1:");
    refuses("{\"suite\":\"s\",\"version\":1,\"why\":\"w\"}", "\"conversations\": is missing");
    refuses("{\"suite\":\"\",\"version\":1,\"why\":\"w\",\"conversations\":[\"a.jsonl\"]}",
            "\"suite\"");
    refuses("{\"suite\":\"s\",\"version\":2,\"why\":\"w\",\"conversations\":[\"a.jsonl\"]}",
            "only 1");
    refuses("{\"suite\":\"s\",\"version\":1,\"why\":\"w\",\"conversations\":[]}", "a list of file");
    refuses("{\"suite\":\"s\",\"version\":1,\"why\":\"w\",\"conversations\":[\"c.jsonl\"]}",
            "c.jsonl: no such file");
    refuses(HEAD ",\"hue\":1}", "\"hue\": unknown key");
    refuses(HEAD ",\"gate\":\"loud\"}", "loud");
    refuses(HEAD ",\"pace\":\"fast\"}", "fast");
    refuses(HEAD ",\"rules\":\"r.json\"}", "\"rules\"");
    refuses(HEAD ",\"fixtures\":[{\"image\":\"i\"}]}", "fixtures: make");
    refuses(HEAD ",\"fixtures\":[{\"image\":\"i\",\"make\":\"none\"}]}", "none: No such file");
    refuses(HEAD ",\"fixtures\":[{\"image\":\"i\",\"make\":\"make\",\"x\":1}]}", "nothing else");
}
END_TEST

START_TEST(a_folder_without_one_is_no_suite)
{
    struct suite s;
    struct err e = {{0}};
    ck_assert(!suite_is(dir));
    ck_assert_int_lt(suite_read(dir, &s, &e), 0);
    suite_free(&s);
}
END_TEST

START_TEST(paces)
{
    double pace = -1;
    struct err e = {{0}};
    ck_assert_int_eq(pace_parse("recorded", &pace, &e), 0);
    ck_assert(pace >= 1 && pace <= 1);
    ck_assert_int_eq(pace_parse("0.5", &pace, &e), 0);
    ck_assert(pace >= 0.5 && pace <= 0.5);
    static const char *const bad[] = {"", "-1", "1x", "nan", "inf", "1001", "None"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(pace_parse(bad[i], &pace, &e) < 0, "taken: %s", bad[i]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("suite");
    TCase *tc = tcase_create("suite");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_suite_is_read);
    tcase_add_test(tc, what_is_left_out_has_a_default);
    tcase_add_test(tc, mistakes_are_told);
    tcase_add_test(tc, a_folder_without_one_is_no_suite);
    tcase_add_test(tc, paces);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
