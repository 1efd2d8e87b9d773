/* Rules: what each operation lets pass and what not; what a file may not say. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "differ/t/talk.h"

#define ID_A "736b99bfbab50be37b261090994248feecaff40e4235586f4ab9a0d9f3739821"
#define ID_B "cee31af9ed9b3cab511e8cc0486f9948d053b2fd804f4ad51dac8ec702ec30ff"
#define ID_C "41ada691db041780060e89369139d4f3b86686f0f4886188d3a6e1769eb0dad3"

static struct err e;

#define FILE_OF(rules) "{\"format\":\"bugforbug-rules/1\",\"rules\":[" rules "]}"
#define RULE(path, rest) "{\"route\":\"*\",\"path\":\"" path "\",\"why\":\"test\"," rest "}"
#define CLASS(path, name) RULE(path, "\"op\":\"class\",\"class\":\"" name "\"")

static const struct row {
    const char *rules, *a, *b;
    enum finding_kind kind; /* KINDS: silent */
    const char *path;
} rows[] = {
    {RULE(".A", "\"op\":\"ignore\""), "{\"A\":1}", "{\"A\":\"x\"}", KINDS, ""},
    {RULE(".A", "\"op\":\"ignore\""), "{\"A\":1}", "{}", KINDS, ""},
    {RULE(".A", "\"op\":\"ignore\""), "{}", "{\"A\":1}", KINDS, ""},
    {RULE(".A", "\"op\":\"ignore\""), "{\"A\":1,\"B\":1}", "{\"A\":1,\"B\":2}", KIND_VALUE, ".B"},
    {RULE(".A", "\"op\":\"ignore\"") "," RULE(".A", "\"op\":\"exact\""), "{\"A\":1}", "{\"A\":2}",
     KIND_VALUE, ".A"},
    {RULE(".A", "\"op\":\"exact\"") "," RULE(".A", "\"op\":\"ignore\""), "{\"A\":1}", "{\"A\":2}",
     KINDS, ""},
    /* Classes keep type, presence and format. */
    {CLASS(".A", "int"), "{\"A\":1}", "{\"A\":2}", KINDS, ""},
    {CLASS(".A", "int"), "{\"A\":1}", "{\"A\":2.5}", KIND_FORMAT, ".A"},
    {CLASS(".A", "int"), "{\"A\":1}", "{\"A\":\"2\"}", KIND_TYPE, ".A"},
    {CLASS(".A", "int"), "{\"A\":1}", "{\"A\":null}", KIND_TYPE, ".A"},
    {CLASS(".A", "int"), "{\"A\":1}", "{}", KIND_MISSING, ".A"},
    {CLASS(".A", "int"), "{}", "{\"A\":1}", KIND_EXTRA, ".A"},
    {CLASS(".A", "pid"), "{\"A\":15}", "{\"A\":0}", KIND_FORMAT, ".A"},
    {CLASS(".A", "pid"), "{\"A\":0}", "{\"A\":15}", KIND_FORMAT, ".A"},
    {CLASS(".A", "size"), "{\"A\":15}", "{\"A\":4096}", KINDS, ""},
    {CLASS(".A", "size"), "{\"A\":15}", "{\"A\":-1}", KIND_FORMAT, ".A"},
    {CLASS(".A", "time"), "{\"A\":\"2026-11-24T13:26:58.1Z\"}",
     "{\"A\":\"2026-11-25T01:02:03.123Z\"}", KINDS, ""},
    {CLASS(".A", "time"), "{\"A\":\"2026-11-24T13:26:58.1Z\"}", "{\"A\":\"2026-11-25T01:02:03Z\"}",
     KIND_FORMAT, ".A"},
    {CLASS(".A", "time"), "{\"A\":\"2026-11-24T13:26:58.1Z\"}", "{\"A\":\"0001-01-01T00:00:00Z\"}",
     KIND_FORMAT, ".A"},
    {CLASS(".A", "time"), "{\"A\":\"0001-01-01T00:00:00Z\"}", "{\"A\":\"2026-11-24T13:26:58Z\"}",
     KIND_FORMAT, ".A"},
    {CLASS(".A", "time"), "{\"A\":\"2026-11-24T13:26:58Z\"}", "{\"A\":1795526818}", KIND_TYPE,
     ".A"},
    {CLASS(".A", "time"), "{\"A\":\"2026-11-24T13:26:58Z\"}", "{\"A\":\"\"}", KIND_FORMAT, ".A"},
    {CLASS(".A", "time"), "{\"A\":\"\"}", "{\"A\":\"2026-11-24T13:26:58Z\"}", KIND_FORMAT, ".A"},
    {CLASS(".A", "time"), "{\"A\":\"never\"}", "{\"A\":\"always\"}", KIND_VALUE, ".A"},
    {CLASS(".A", "epoch"), "{\"A\":1795526818}", "{\"A\":1795526818000}", KIND_FORMAT, ".A"},
    {CLASS(".A", "ip"), "{\"A\":\"172.17.0.2\"}", "{\"A\":\"10.88.0.9\"}", KINDS, ""},
    {CLASS(".A", "ip"), "{\"A\":\"172.17.0.2\"}", "{\"A\":\"\"}", KIND_FORMAT, ".A"},
    {CLASS(".A", "ip"), "{\"A\":\"172.17.0.2\"}", "{\"A\":\"172.17.0.2/16\"}", KIND_FORMAT, ".A"},
    {CLASS(".A", "port"), "{\"A\":\"49153\"}", "{\"A\":\"32801\"}", KINDS, ""},
    {CLASS(".A", "port"), "{\"A\":\"8080\"}", "{\"A\":\"8081\"}", KIND_VALUE, ".A"},
    {CLASS(".A", "port"), "{\"A\":\"49153\"}", "{\"A\":\"0\"}", KIND_VALUE, ".A"},
    {CLASS(".A", "any-string"), "{\"A\":\"x\"}", "{\"A\":\"y\"}", KINDS, ""},
    {CLASS(".A", "any-string"), "{\"A\":\"x\"}", "{\"A\":\"\"}", KIND_FORMAT, ".A"},
    {CLASS(".A", "duration-text"), "{\"A\":\"Up 3 seconds\"}", "{\"A\":\"Up About a minute\"}",
     KINDS, ""},
    {CLASS(".A", "duration-text"), "{\"A\":\"Exited (3) 2 seconds ago\"}",
     "{\"A\":\"Exited (1) 3 seconds ago\"}", KIND_VALUE, ".A"},
    {CLASS(".A", "duration-text"), "{\"A\":\"Up 3 seconds\"}", "{\"A\":\"running\"}", KIND_VALUE,
     ".A"},
    {CLASS(".A", "duration-text"), "{\"A\":\"Up 3 seconds (Paused)\"}", "{\"A\":\"Up 3 seconds\"}",
     KIND_VALUE, ".A"},
    {CLASS(".A[]", "id"), "{\"A\":[\"RD2Y:QPJ3\",\"RD2Y:QPJ3\"]}",
     "{\"A\":[\"a9bd-82db\",\"a9bd-82db\"]}", KINDS, ""},
    {CLASS(".A[]", "id"), "{\"A\":[\"RD2Y:QPJ3\",\"RD2Y:QPJ3\"]}",
     "{\"A\":[\"a9bd-82db\",\"a9bd-82dc\"]}", KIND_IDENTITY, ".A[]"},
    {CLASS(".A[]", "name"), "{\"A\":[\"/sad_cat\",\"sad_cat\"]}",
     "{\"A\":[\"/old_fox\",\"old_fox\"]}", KINDS, ""},
    {CLASS(".A[]", "name"), "{\"A\":[\"/sad_cat\",\"sad_cat\"]}",
     "{\"A\":[\"/old_fox\",\"new_fox\"]}", KIND_IDENTITY, ".A[]"},
    {CLASS(".A", "name"), "{\"A\":\"/sad_cat\"}", "{\"A\":\"sad_cat\"}", KIND_VALUE, ".A"},
    {CLASS(".A", "name"), "{\"A\":\"/sad_cat\"}", "{\"A\":\"/my_x1b\"}", KIND_VALUE, ".A"},
    {CLASS(".A", "name"), "{\"A\":\"/box\"}", "{\"A\":\"/sad_cat\"}", KIND_VALUE, ".A"},
    {CLASS(".A", "path"), "{\"A\":\"/a/volumes/v/_data\"}", "{\"A\":\"/b/c/volumes/v/_data\"}",
     KINDS, ""},
    {CLASS(".A", "path"), "{\"A\":\"/a/volumes/v/_data\"}", "{\"A\":\"/b/c/volumes/w/_data\"}",
     KIND_VALUE, ".A"},
    {CLASS(".A", "path"), "{\"A\":\"/a/volumes/v/_data\"}", "{\"A\":\"\"}", KIND_VALUE, ".A"},
    {CLASS(".A", "path"), "{\"A\":\"/srv/x\"}", "{\"A\":\"/srv/y\"}", KIND_VALUE, ".A"},
    {CLASS(".A[]", "path"), "{\"A\":[\"" ID_A "\",\"/a/containers/" ID_A "/hosts\"]}",
     "{\"A\":[\"" ID_B "\",\"/b/containers/" ID_C "/hosts\"]}", KIND_IDENTITY, ".A[]"},
    {CLASS(".A", "store-path"), "{\"A\":\"/a/overlay2/" ID_A "/diff:/a/overlay2/" ID_A "/diff\"}",
     "{\"A\":\"/b/overlay2/" ID_B "/diff:/b/overlay2/" ID_C "/diff\"}", KINDS, ""},
    {CLASS(".A", "store-path"), "{\"A\":\"/a/overlay2/" ID_A "/diff:/a/overlay2/" ID_A "/diff\"}",
     "{\"A\":\"/b/overlay2/" ID_B "/diff\"}", KIND_VALUE, ".A"},
    {CLASS(".A", "store-path"), "{\"A\":\"/a/overlay2/" ID_A "/diff\"}",
     "{\"A\":\"/b/overlay2/" ID_B "/merged\"}", KIND_VALUE, ".A"},
    /* Lists. */
    {RULE(".A", "\"op\":\"unordered\""), "{\"A\":[1,2,3]}", "{\"A\":[3,1,2]}", KINDS, ""},
    {RULE(".A", "\"op\":\"unordered\""), "{\"A\":[1,2,2]}", "{\"A\":[2,1,1]}", KIND_ELEMENT_MISSING,
     ".A[]"},
    {RULE(".A", "\"op\":\"unordered\""), "{\"A\":[1,2]}", "{\"A\":[2,1,3]}", KIND_ELEMENT_EXTRA,
     ".A[]"},
    {RULE(".A", "\"op\":\"unordered\"") "," RULE(".A", "\"op\":\"ordered\""), "{\"A\":[1,2]}",
     "{\"A\":[2,1]}", KIND_ORDER, ".A"},
    {RULE(".A", "\"op\":\"unordered\""), "{\"A\":[{\"N\":1,\"V\":1},{\"N\":2,\"V\":2}]}",
     "{\"A\":[{\"N\":2,\"V\":3},{\"N\":1,\"V\":1}]}", KIND_VALUE, ".A[].V"},
    {RULE(".A", "\"op\":\"unordered-by\",\"key\":\".N\""),
     "{\"A\":[{\"N\":1,\"V\":1},{\"N\":2,\"V\":2}]}",
     "{\"A\":[{\"N\":2,\"V\":2},{\"N\":1,\"V\":3}]}", KIND_VALUE, ".A[].V"},
    {RULE(".A", "\"op\":\"unordered-by\",\"key\":\".N\""), "{\"A\":[{\"N\":1},{\"N\":2}]}",
     "{\"A\":[{\"N\":2}]}", KIND_ELEMENT_MISSING, ".A[]"},
    {RULE(".A", "\"op\":\"sorted-by\",\"key\":\".K\""),
     "{\"A\":[{\"K\":1,\"N\":\"a\"},{\"K\":1,\"N\":\"b\"}]}",
     "{\"A\":[{\"K\":1,\"N\":\"b\"},{\"K\":1,\"N\":\"a\"}]}", KINDS, ""},
    {RULE(".A", "\"op\":\"sorted-by\",\"key\":\".K\""),
     "{\"A\":[{\"K\":2,\"N\":\"a\"},{\"K\":1,\"N\":\"b\"}]}",
     "{\"A\":[{\"K\":1,\"N\":\"b\"},{\"K\":2,\"N\":\"a\"}]}", KIND_ORDER, ".A"},
    {RULE(".A", "\"op\":\"unordered-by\",\"key\":\".N\""),
     "{\"A\":[{\"N\":\"" ID_A "\"},{\"N\":\"x\"}]}", "{\"A\":[{\"N\":\"x\"},{\"N\":\"" ID_B "\"}]}",
     KINDS, ""},
    {RULE(".A", "\"op\":\"unordered\""), "{\"A\":[\"" ID_A "\",\"" ID_B "\"],\"B\":\"" ID_A "\"}",
     "{\"A\":[\"" ID_B "\",\"" ID_C "\"],\"B\":\"" ID_B "\"}", KINDS, ""},
    /* Keys that are data are one in identities. */
    {RULE(".A", "\"op\":\"map\""), "{\"A\":{\"x\":1}}", "{\"A\":{\"x\":2}}", KIND_VALUE, ".A.*"},
    {RULE(".A", "\"op\":\"map\""), "{\"A\":{\"x\":1}}", "{\"A\":{}}", KIND_MISSING, ".A.*"},
    {CLASS(".A.*.B", "int"), "{\"A\":{\"x\":{\"B\":1}}}", "{\"A\":{\"x\":{\"B\":2}}}", KINDS, ""},
    /* Parts of texts. */
    {RULE(".A", "\"op\":\"text-class\",\"pattern\":\"pid {int},\""),
     "{\"A\":\"died: pid 12, code 3\"}", "{\"A\":\"died: pid 345, code 3\"}", KINDS, ""},
    {RULE(".A", "\"op\":\"text-class\",\"pattern\":\"pid {int},\""),
     "{\"A\":\"died: pid 12, code 3\"}", "{\"A\":\"died: pid 345, code 4\"}", KIND_VALUE, ".A"},
    {RULE(".A", "\"op\":\"text-class\",\"pattern\":\"{time}\"") "," RULE(
         ".A", "\"op\":\"text-class\",\"pattern\":\"took {duration-text}\""),
     "{\"A\":\"2026-11-24T13:26:58Z: took 3s\"}", "{\"A\":\"2026-11-25T01:02:03Z: took 4s\"}",
     KINDS, ""},
    /* Where. */
    {"{\"route\":\"GET /x\",\"path\":\".A\",\"op\":\"ignore\",\"why\":\"t\"}", "{\"A\":1}",
     "{\"A\":2}", KINDS, ""},
    {"{\"route\":[\"GET /y\",\"GET /x\"],\"path\":[\".B\",\".A\"],\"op\":\"ignore\",\"why\":\"t\"}",
     "{\"A\":1}", "{\"A\":2}", KINDS, ""},
    {"{\"route\":\"GET /y\",\"path\":\".A\",\"op\":\"ignore\",\"why\":\"t\"}", "{\"A\":1}",
     "{\"A\":2}", KIND_VALUE, ".A"},
    {"{\"route\":\"*\",\"status\":200,\"path\":\".A\",\"op\":\"ignore\",\"why\":\"t\"}",
     "{\"A\":1}", "{\"A\":2}", KINDS, ""},
    {"{\"route\":\"*\",\"status\":\"2xx\",\"path\":\".A\",\"op\":\"ignore\",\"why\":\"t\"}",
     "{\"A\":1}", "{\"A\":2}", KINDS, ""},
    {"{\"route\":\"*\",\"status\":\"4xx\",\"path\":\".A\",\"op\":\"ignore\",\"why\":\"t\"}",
     "{\"A\":1}", "{\"A\":2}", KIND_VALUE, ".A"},
    {"{\"route\":\"*\",\"query\":\"all\",\"path\":\".A\",\"op\":\"ignore\",\"why\":\"t\"}",
     "{\"A\":1}", "{\"A\":2}", KIND_VALUE, ".A"},
};

START_TEST(operation)
{
    const struct row *r = &rows[_i];
    struct comparison c;
    struct buf file = BUF_INIT(1 << 20);
    ck_assert_int_eq(buf_addf(&file, "{\"format\":\"bugforbug-rules/1\",\"rules\":[%s]}", r->rules),
                     0);
    talk_diff(talk_json("GET /x", r->a), talk_json("GET /x", r->b), file.p, &c);
    if (r->kind == KINDS)
        ck_silent(&c, r->rules);
    else if (r->kind == KIND_ELEMENT_MISSING)
        ck_found(&c, r->kind, r->path, r->rules);
    else
        ck_only(&c, r->kind, r->path, r->rules);
    comparison_free(&c);
    buf_free(&file);
}
END_TEST

/* An address that the client asked for is not the engine's to choose. */
START_TEST(chosen_address)
{
    const char *rules = FILE_OF(CLASS(".A", "ip"));
    for (int i = 0; i < 2; i++) {
        struct talk *t = talk_begin(), *u = talk_begin();
        const char *body = i ? "{\"IPv4Address\":\"10.1.2.3\"}" : "{}";
        talk_exchange(t, "POST /x", body, "200 OK", "", "{\"A\":\"10.1.2.3\"}");
        talk_exchange(u, "POST /x", body, "200 OK", "", "{\"A\":\"10.1.2.4\"}");
        struct comparison c;
        talk_diff(talk_done(t), talk_done(u), rules, &c);
        if (i)
            ck_only(&c, KIND_VALUE, ".A", "chosen");
        else
            ck_silent(&c, "free");
        comparison_free(&c);
    }
}
END_TEST

static const struct {
    const char *text, *says;
} bad[] = {
    {"", "not JSON"},
    {"[]", "no rules of a format known here"},
    {"{\"format\":\"bugforbug-rules/2\",\"rules\":[]}", "no rules of a format known here"},
    {"{\"format\":\"bugforbug-rules/1\"}", "must hold"},
    {"{\"format\":\"bugforbug-rules/1\",\"rules\":[],\"x\":1}", "must hold"},
    {"{\"format\":\"bugforbug-rules/1\",\"rules\":[],\"rules\":[]}", "not JSON: duplicate"},
    {FILE_OF("1"), "rule 1: a rule is an object"},
    {FILE_OF(CLASS(".A", "int") ",{\"rout\":\"*\"}"), "rule 2: unknown member \"rout\""},
    {FILE_OF("{\"path\":\".A\",\"op\":\"ignore\",\"why\":\"t\"}"), "\"route\" is missing"},
    {FILE_OF("{\"route\":[],\"path\":\".A\",\"op\":\"ignore\",\"why\":\"t\"}"),
     "\"route\" is missing"},
    {FILE_OF("{\"route\":\"GET /containers/{x}\",\"path\":\".A\",\"op\":\"ignore\",\"why\":\"t\"}"),
     "is no route"},
    {FILE_OF("{\"route\":\"*\",\"op\":\"ignore\",\"why\":\"t\"}"), "\"path\" must be"},
    {FILE_OF("{\"route\":\"*\",\"path\":[],\"op\":\"ignore\",\"why\":\"t\"}"), "empty list"},
    {FILE_OF("{\"route\":\"*\",\"path\":\".A\",\"op\":\"ignore\"}"), "\"why\" is missing"},
    {FILE_OF("{\"route\":\"*\",\"path\":\".A\",\"op\":\"ignore\",\"why\":\"\"}"), "\"why\" must"},
    {FILE_OF(RULE(".A", "\"op\":\"hide\"")), "\"op\" must be one of"},
    {FILE_OF(RULE("A", "\"op\":\"ignore\"")), "the path begins with none of"},
    {FILE_OF(RULE(".A", "\"op\":\"ignore\",\"status\":7")), "\"status\" must be"},
    {FILE_OF(RULE(".A", "\"op\":\"class\"")), "needs a \"class\""},
    {FILE_OF(CLASS(".A", "nonsense")), "is no class"},
    {FILE_OF(RULE(".A", "\"op\":\"ignore\",\"class\":\"int\"")), "has a meaning only with"},
    {FILE_OF(RULE(".A", "\"op\":\"unordered-by\"")), "needs a \"key\""},
    {FILE_OF(RULE(".A", "\"op\":\"unordered-by\",\"key\":\".*\"")), "must name one value"},
    {FILE_OF(RULE(".A", "\"op\":\"text-class\"")), "needs a \"pattern\""},
    /* What would hide everything. */
    {FILE_OF(RULE(".", "\"op\":\"ignore\"")), "must not hide everything"},
    {FILE_OF(RULE(".*", "\"op\":\"ignore\"")), "must not hide everything"},
    {FILE_OF(RULE("[]", "\"op\":\"ignore\"")), "must not hide everything"},
    {FILE_OF(RULE("[].*.*", "\"op\":\"ignore\"")), "must not hide everything"},
    {FILE_OF(CLASS(".*", "any-string")), "must not hide everything"},
    {FILE_OF(RULE("body", "\"op\":\"ignore\"")), "must not hide everything"},
    {FILE_OF(RULE("stream", "\"op\":\"ignore\"")), "must not hide everything"},
    {FILE_OF(CLASS("stdout", "int")), "\"text-class\" or \"exact\" only"},
    {FILE_OF(RULE("stdout", "\"op\":\"text-class\",\"pattern\":\"{any-string}\"")),
     "would hide any text"},
    {FILE_OF(RULE("entry.content", "\"op\":\"ignore\"")), "content of every file"},
    {FILE_OF(RULE("entry.content", "\"op\":\"ignore\",\"entry\":\"*\"")), "content of every file"},
    {FILE_OF(RULE("header:*", "\"op\":\"ignore\"")), "needs a name"},
    {FILE_OF(RULE(".A", "\"op\":\"skip\",\"key\":\".x\"")), "messages of a stream"},
    {FILE_OF(RULE("header:Date", "\"op\":\"unordered\"")), "lists, objects and messages"},
};

START_TEST(refused)
{
    struct rules *r = rules_none(&e);
    size_t before = rules_count(r);
    ck_assert_msg(rules_add_text(r, span_of(bad[_i].text), "my.json", &e) < 0, "%s was taken",
                  bad[_i].text);
    ck_assert_msg(strstr(e.text, bad[_i].says) != NULL, "%s: %s", bad[_i].text, e.text);
    ck_assert_msg(strncmp(e.text, "my.json", 7) == 0, "no file is named: %s", e.text);
    ck_assert_uint_eq(rules_count(r), before);
    rules_free(r);
}
END_TEST

START_TEST(files)
{
    char path[] = "/tmp/bugforbug-rules.XXXXXX";
    int fd = mkstemp(path);
    const char *text = FILE_OF(CLASS(".A", "int"));
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    struct rules *r = rules_none(&e);
    ck_assert_msg(rules_add_file(r, path, &e) == 0, "%s", e.text);
    ck_assert_uint_eq(rules_count(r), 1);
    unlink(path);
    ck_assert_int_lt(rules_add_file(r, path, &e), 0);
    ck_assert_int_lt(rules_add_file(r, "/dev/null", &e), 0);
    ck_assert_int_lt(rules_add_file(r, "/tmp", &e), 0);
    rules_free(r);
}
END_TEST

START_TEST(builtin)
{
    struct rules *r = rules_builtin(&e);
    ck_assert_msg(r != NULL, "%s", e.text);
    ck_assert_uint_gt(rules_count(r), 100);
    /* None of them lets another message pass. */
    struct comparison c;
    struct talk *t = talk_begin(), *u = talk_begin();
    talk_exchange(t, "DELETE /v1.41/containers/x", NULL, "409 Conflict", "",
                  "{\"message\":\"in use\"}\n");
    talk_exchange(u, "DELETE /v1.41/containers/x", NULL, "409 Conflict", "",
                  "{\"cause\":\"c\",\"message\":\"used\",\"response\":409}\n");
    talk_diff(talk_done(t), talk_done(u), NULL, &c);
    ck_assert_uint_eq(c.findings.n, 3);
    ck_found(&c, KIND_VALUE, ".message", "message");
    ck_found(&c, KIND_EXTRA, ".cause", "cause");
    ck_found(&c, KIND_EXTRA, ".response", "response");
    comparison_free(&c);
    rules_free(r);
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(t, test, 0, (int)(sizeof table / sizeof *table))

int main(void)
{
    TCase *t = tcase_create("rules");
    tcase_set_timeout(t, 60);
    LOOP(operation, rows);
    tcase_add_test(t, chosen_address);
    LOOP(refused, bad);
    tcase_add_test(t, files);
    tcase_add_test(t, builtin);
    Suite *s = suite_create("rules");
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
