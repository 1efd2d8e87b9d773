/* Reports against their goldens (UPDATE_GOLDEN=1 writes them anew), statuses, plans. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "differ/t/talk.h"
#include "recorder/base/cleanup.h"
#include "reports/report.h"

#define ID_A "736b99bfbab50be37b261090994248feecaff40e4235586f4ab9a0d9f3739821"
#define ID_B "cee31af9ed9b3cab511e8cc0486f9948d053b2fd804f4ad51dac8ec702ec30ff"
#define JSON_TYPE "Content-Type: application/json\r\n"

static struct err e;

static struct conversation *docker(void)
{
    struct talk *t = talk_begin();
    talk_exchange(t, "GET /v1.41/volumes/cache", NULL, "200 OK", JSON_TYPE "Ostype: linux\r\n",
                  "{\"Name\":\"cache\",\"Labels\":null,\"Options\":{}}");
    talk_exchange(t, "DELETE /v1.41/containers/box", NULL, "409 Conflict",
                  JSON_TYPE "Ostype: linux\r\n", "{\"message\":\"is running\"}");
    talk_exchange(t, "POST /v1.41/containers/create?name=box", "{\"Image\":\"busybox\"}",
                  "201 Created", JSON_TYPE, "{\"Id\":\"" ID_A "\",\"Warnings\":[]}");
    talk_exchange(t, "POST /v1.41/containers/" ID_A "/start", NULL, "204 No Content", "", NULL);
    talk_exchange(t, "POST /v1.41/containers/" ID_A "/wait", NULL, "200 OK", JSON_TYPE,
                  "{\"StatusCode\":3}");
    return talk_done(t);
}

static struct conversation *podman(void)
{
    struct talk *t = talk_begin();
    talk_exchange(t, "GET /v1.41/volumes/cache", NULL, "200 OK",
                  JSON_TYPE "X-Reference-Id: 0xc0\r\n",
                  "{\"Name\":\"cache\",\"Labels\":{},\"Options\":{},\"Anonymous\":false,"
                  "\"Evil\":\"\\u001b[2J\"}");
    talk_exchange(t, "DELETE /v1.41/containers/box", NULL, "500 Internal Server Error", JSON_TYPE,
                  "{\"message\":\"is running\",\"response\":500}");
    talk_exchange(t, "POST /v1.41/containers/create?name=box", "{\"Image\":\"busybox\"}",
                  "201 Created", JSON_TYPE, "{\"Id\":\"" ID_B "\",\"Warnings\":null}");
    return talk_done(t);
}

static void compare(struct comparison *out)
{
    struct conversation *b = docker(), *c = podman();
    struct pair pairs[] = {
        {.state = PAIR_SENT, .candidate = 1},
        {.state = PAIR_SENT, .candidate = 2},
        {.state = PAIR_SENT, .candidate = 3},
        {.state = PAIR_HANG, .why = "no answer within 12.0 s"},
        {.state = PAIR_BLOCKED, .blocked_by = 4, .why = "the container was not started"},
    };
    struct pairing p = {pairs, 5};
    struct rules *r = rules_builtin(&e);
    struct differ_input in = {b, c, &p, r, "unix:///run/podman/podman.sock"};
    *out = (struct comparison){0};
    ck_assert_msg(differ_run(&in, out, &e) == 0, "%s", e.text);
    rules_free(r);
    conversation_free(b);
    conversation_free(c);
}

static void fill(struct result *r)
{
    *r = (struct result){.baseline = strdup("Docker/20.10.24 (linux), API 1.41"),
                         .candidate = strdup("unix:///run/podman/podman.sock")};
    struct comparison c;
    compare(&c);
    ck_assert_int_eq(result_add(r, "volumes/twice.jsonl", &c, NULL, &e), 0);
    compare(&c);
    ck_assert_int_eq(result_add(r, "evil\033]0;.jsonl", &c, NULL, &e), 0);
}

static char *rendered(void (*report)(FILE *, const struct result *, const struct report_style *),
                      const struct result *r, struct report_style style)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    report(out, r, &style);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static void ck_golden(const char *path, const char *text)
{
    if (getenv("UPDATE_GOLDEN")) {
        FILE *f = fopen(path, "w");
        ck_assert_ptr_nonnull(f);
        ck_assert_int_ge(fputs(text, f), 0);
        ck_assert_int_eq(fclose(f), 0);
    }
    struct buf golden = BUF_INIT(1 << 20);
    CLEANUP_FILE FILE *f = fopen(path, "r");
    ck_assert_msg(f != NULL, "%s is missing (UPDATE_GOLDEN=1 writes it)", path);
    int c;
    while ((c = getc(f)) != EOF)
        ck_assert_int_eq(buf_addc(&golden, (char)c), 0);
    ck_assert_msg(strcmp(buf_str(&golden), text) == 0,
                  "%s is out of date (UPDATE_GOLDEN=1 writes it anew, look at the diff); got:\n%s",
                  path, text);
    buf_free(&golden);
}

START_TEST(text)
{
    struct result r;
    fill(&r);
    char *t = rendered(report_text, &r, (struct report_style){.level = SEV_BEHAVIOUR});
    ck_assert_ptr_null(strchr(t, '\033'));
    ck_golden("reports/t/report.txt", t);
    free(t);
    t = rendered(report_text, &r, (struct report_style){.level = SEV_BEHAVIOUR, .color = true});
    ck_assert_ptr_nonnull(strstr(t, "\033[31m"));
    ck_assert_ptr_null(strstr(t, "\033]0;"));
    ck_assert_ptr_null(strstr(t, "\033[2J"));
    free(t);
    t = rendered(report_text, &r, (struct report_style){.level = SEV_BEHAVIOUR, .quiet = true});
    ck_assert_ptr_eq(strchr(t, '\n'), t + strlen(t) - 1);
    free(t);
    result_free(&r);
}
END_TEST

START_TEST(json)
{
    struct result r;
    fill(&r);
    r.items[0].took_ns = 1500000000;
    char *t = rendered(report_json, &r, (struct report_style){.level = SEV_BREAKING});
    ck_golden("reports/t/report.json", t);
    json_t *root = json_loads(t, 0, NULL);
    ck_assert_ptr_nonnull(root);
    ck_assert_int_eq(json_integer_value(json_object_get(root, "exit_status")), 1);
    json_decref(root);
    free(t);
    result_free(&r);
}
END_TEST

START_TEST(nothing)
{
    struct result r = {0};
    char *t = rendered(report_text, &r, (struct report_style){.level = SEV_BEHAVIOUR});
    ck_assert_int_eq(strncmp(t, "NOTHING COMPARED: no findings; 0 of 0 exchanges", 47), 0);
    free(t);
    ck_assert_int_eq(result_add(&r, "x.jsonl", NULL, "x.jsonl:3: no JSON", &e), 0);
    t = rendered(report_text, &r, (struct report_style){.level = SEV_BEHAVIOUR});
    ck_assert_int_eq(strncmp(t, "ERROR: 1 of 1 conversation could not be compared;", 49), 0);
    ck_assert_ptr_nonnull(strstr(t, "error  x.jsonl: x.jsonl:3: no JSON\n"));
    free(t);
    result_free(&r);
}
END_TEST

static struct comparison silent(void)
{
    struct comparison c;
    talk_diff(docker(), docker(), NULL, &c);
    return c;
}

START_TEST(statuses)
{
    struct result r = {0};
    ck_assert_int_eq(result_status(&r, SEV_COSMETIC), STATUS_NOTHING);
    struct comparison c = {0};
    ck_assert_int_eq(result_add(&r, "empty", &c, NULL, &e), 0);
    ck_assert_int_eq(result_status(&r, SEV_COSMETIC), STATUS_NOTHING);
    c = silent();
    ck_assert_int_eq(result_add(&r, "silent", &c, NULL, &e), 0);
    ck_assert_uint_eq(c.tally.compared, 0); /* taken */
    ck_assert_int_eq(result_status(&r, SEV_COSMETIC), STATUS_CONFORMS);
    struct observation o = {.kind = KIND_VALUE,
                            .severity = SEV_BEHAVIOUR,
                            .route = "r",
                            .path = "p",
                            .class = "c",
                            .request = "q"};
    c = silent();
    ck_assert_int_eq(findings_add(&c.findings, &o, &e), 0);
    ck_assert_int_eq(result_add(&r, "differs", &c, NULL, &e), 0);
    ck_assert_int_eq(result_status(&r, SEV_BREAKING), STATUS_CONFORMS);
    ck_assert_int_eq(result_status(&r, SEV_BEHAVIOUR), STATUS_FINDINGS);
    ck_assert_int_eq(result_status(&r, SEV_COSMETIC), STATUS_FINDINGS);
    ck_assert_uint_eq(result_count(&r, SEV_BEHAVIOUR), 1);
    ck_assert_uint_eq(result_count(&r, SEV_BREAKING), 0);
    ck_assert_int_eq(result_add(&r, "broken", NULL, "why", &e), 0);
    ck_assert_int_eq(result_status(&r, SEV_BREAKING), STATUS_ERROR);
    result_free(&r);
}
END_TEST

START_TEST(plans)
{
    struct report_plan p;
    struct opt_list none = {.n = 0}, two = {{"text", "json=/x/y"}, 2};
    ck_assert_int_eq(report_plan_parse(&p, &none, &e), 0);
    ck_assert_uint_eq(p.n, 1);
    ck_assert_ptr_null(p.v[0].file);
    ck_assert_int_eq(report_plan_parse(&p, &two, &e), 0);
    ck_assert_uint_eq(p.n, 2);
    ck_assert_str_eq(p.v[1].file, "/x/y");
    static const struct {
        struct opt_list values;
        const char *says;
    } bad[] = {
        {{{"xml"}, 1}, "no such format (text, json)"},
        {{{"text="}, 1}, "a file name is missing"},
        {{{"text", "json"}, 2}, "two reports on standard output"},
        {{{"text=a", "json=a"}, 2}, "two reports into a"},
        {{{""}, 1}, "no such format"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_lt(report_plan_parse(&p, &bad[i].values, &e), 0);
        ck_assert_msg(strstr(e.text, bad[i].says) != NULL, "%s", e.text);
    }
}
END_TEST

START_TEST(into_files)
{
    char dir[] = "/tmp/bugforbug-report.XXXXXX", path[64], value[80];
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/r.json", dir);
    snprintf(value, sizeof value, "json=%s", path);
    struct opt_list values = {{value, "text=/dev/null"}, 2};
    struct report_plan p;
    struct report_style style = {.level = SEV_BEHAVIOUR, .color = true};
    struct result r;
    fill(&r);
    ck_assert_int_eq(report_plan_parse(&p, &values, &e), 0);
    ck_assert_msg(report_write(&p, &r, &style, &e) == 0, "%s", e.text);
    json_t *root = json_load_file(path, 0, NULL);
    ck_assert_ptr_nonnull(root);
    json_decref(root);
    struct stat st;
    ck_assert_int_eq(stat("/dev/null", &st), 0);
    ck_assert(!S_ISREG(st.st_mode));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(dir), 0); /* nothing else was left there */
    ck_assert_int_lt(report_write(&p, &r, &style, &e), 0);
    ck_assert_ptr_nonnull(strstr(e.text, path));
    values = (struct opt_list){{"text=/dev/full"}, 1};
    ck_assert_int_eq(report_plan_parse(&p, &values, &e), 0);
    ck_assert_int_lt(report_write(&p, &r, &style, &e), 0);
    result_free(&r);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("report");
    tcase_add_test(t, text);
    tcase_add_test(t, json);
    tcase_add_test(t, nothing);
    tcase_add_test(t, statuses);
    tcase_add_test(t, plans);
    tcase_add_test(t, into_files);
    Suite *s = suite_create("report");
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
