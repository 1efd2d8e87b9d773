/* What clients send to a shell: stdin of attach and exec, commands. */
#include <check.h>
#include <stdlib.h>

#include "recorder/conversation/t/story.h"

/* What goes in, what comes out; every secret is among the `hidden`. */
struct script {
    const char *in, *out;
    const char *hidden[4];
};

static const struct script scripts[] = {
    {"export CI_JOB_TOKEN=glj0bt0ken\necho go\n",
     "export CI_JOB_TOKEN={{secret:STDIN_CI_JOB_TOKEN}}\necho go\n",
     {"glj0bt0ken"}},
    {"CI_JOB_TOKEN='sp ace' run; X=1\n",
     "CI_JOB_TOKEN='{{secret:STDIN_CI_JOB_TOKEN}}' run; X=1\n",
     {"sp ace"}},
    {"PASSWORD=\"a \\\"quote\\\"\"\n",
     "PASSWORD=\"{{secret:STDIN_PASSWORD}}\"\n",
     {"a \\\"quote\\\"", "a \"quote\""}},
    {"PASSWORD='it'\\''s one' x\n", "PASSWORD='{{secret:STDIN_PASSWORD}}' x\n", {"it's one"}},
    {"PASSWORD='it'\"'\"'s one' x\n", "PASSWORD='{{secret:STDIN_PASSWORD}}' x\n", {"it's one"}},
    {"PASSWORD=$'tab\\there\\'s' x\n",
     "PASSWORD=$'{{secret:STDIN_PASSWORD}}' x\n",
     {"tab\there's", "tab\\there\\'s"}},
    {"PASSWORD=$'\\x41\\u00e4\\101zz'\n",
     "PASSWORD=$'{{secret:STDIN_PASSWORD}}'\n",
     {"A\xc3\xa4"
      "Azz"}},
    {"PASSWORD=sp\\ ace\\&more other\n",
     "PASSWORD={{secret:STDIN_PASSWORD}} other\n",
     {"sp ace&more", "sp\\ ace\\&more"}},
    {"PASSWORD='never closed\nls -l\n",
     "PASSWORD='{{secret:STDIN_PASSWORD}} closed\nls -l\n",
     {"never"}},
    /* GitLab Runner's way: all of the script inside one more string. */
    {": | eval $'export CI=true\\nexport CI_JOB_TOKEN=gl-j0b.t0ken\\nexport DB_PASS=$\\'it\\\\\\'s "
     "\\\\n\\'\\ncd /builds\\n'\nexit 0\n",
     ": | eval $'export CI=true\\nexport CI_JOB_TOKEN={{secret:STDIN_CI_JOB_TOKEN}}\\nexport "
     "DB_PASS=$\\'{{secret:STDIN_DB_PASS}}\\'\\ncd /builds\\n'\nexit 0\n",
     {"gl-j0b.t0ken", "it's \n", "it\\'s \\n"}},
    {"sh -c \"TOKEN=\\\"t-one two\\\" x\"\n",
     "sh -c \"TOKEN=\\\"{{secret:STDIN_TOKEN}}\\\" x\"\n",
     {"t-one two"}},
    {"sh -c 'TOKEN=t-one x'\n", "sh -c 'TOKEN={{secret:STDIN_TOKEN}} x'\n", {"t-one"}},
    {"eval $'a\\nTOKEN=t-one\\n'\n", "eval $'a\\nTOKEN={{secret:STDIN_TOKEN}}\\n'\n", {"t-one"}},
    {"docker login -u me --password d0ck3r reg\n",
     "docker login -u me --password {{secret:STDIN_PASSWORD}} reg\n",
     {"d0ck3r"}},
    {"docker login -u me -p d0ck3r reg\nmkdir -p d1r3\n",
     "docker login -u me -p {{secret:STDIN_PASSWORD}} reg\nmkdir -p d1r3\n",
     {"d0ck3r"}},
    {"curl -H 'Authorization: Bearer be4rer-x' -H \"JOB-TOKEN: j0b-token\" h\n",
     "curl -H 'Authorization: Bearer {{secret:STDIN_AUTHORIZATION}}' -H \"JOB-TOKEN: "
     "{{secret:STDIN_JOB_TOKEN}}\" h\n",
     {"be4rer-x", "j0b-token"}},
    {"echo '{\"auths\":{\"reg\":{\"auth\":\"dTpjMG5maWc=\"}}}' >c\n",
     "echo '{\"auths\":{\"reg\":{\"auth\":\"{{secret:STDIN_AUTH}}\"}}}' >c\n",
     {"dTpjMG5maWc="}},
    {"cat <<E\npassword: \"quo ted\"\napi_key: Abc123Def\ntoken: none given\nE\n",
     "cat <<E\npassword: \"{{secret:STDIN_PASSWORD}}\"\napi_key: {{secret:STDIN_API_KEY}}\ntoken: "
     "none given\nE\n",
     {"quo ted", "Abc123Def"}},
    {"git clone https://gitlab-ci-token:cl0ne-pw@h/x.git\n",
     "git clone https://gitlab-ci-token:{{secret:STDIN_URL_PASSWORD}}@h/x.git\n",
     {"cl0ne-pw"}},
    {"x AKIAABCDEFGHIJKLMNOP y xoxb-123456789012-abc\n",
     "x {{secret:STDIN_AWS_KEY}} y {{secret:STDIN_SLACK_TOKEN}}\n",
     {"AKIAABCDEFGHIJKLMNOP", "xoxb-123456789012-abc"}},
    {"-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n",
     "{{secret:STDIN_PRIVATE_KEY}}\n",
     {0}},
    {"if [ \"$TOKEN\" = \"\" ]; then X_TOKEN=$TOKEN PASSWORD=\"${P:-}\"; fi\n",
     "if [ \"$TOKEN\" = \"\" ]; then X_TOKEN=$TOKEN PASSWORD=\"${P:-}\"; fi\n",
     {0}},
    {"# gr\xfc\xdf"
     "e: TOKEN=lat1n-one\n",
     "# gr\xfc\xdf"
     "e: TOKEN=**********\n",
     {"lat1n-one"}},
};

START_TEST(script)
{
    const struct script *x = &scripts[_i];
    struct story *s = story_new();
    story_attach(s);
    const struct event *ev = story_say(s, SIDE_CLIENT, x->in);
    story_end(s, EV_SHUT, SIDE_CLIENT);
    for (int i = 0; i < 4 && x->hidden[i]; i++)
        story_say(s, SIDE_DAEMON, x->hidden[i]);
    story_end(s, EV_CLOSE, SIDE_DAEMON);
    story_redact(s);
    if (x->in[0] != '#')
        ck_assert_str_eq(buf_str(&ev->payload), x->out);
    for (int i = 0; i < 4 && x->hidden[i]; i++)
        story_hides(s, x->hidden[i]);
    if (!x->hidden[0] && !strcmp(x->in, x->out))
        ck_assert_ptr_null(s->names[0]);
    story_is_clean(s);
    story_free(s);
}
END_TEST

#define LINE1 "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
#define LINE2 "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu"

START_TEST(a_key_line_by_line)
{
    struct story *s = story_new();
    story_attach(s);
    story_say(s, SIDE_CLIENT,
              "-----BEGIN PRIVATE KEY-----\n" LINE1 "\n" LINE2 "\n-----END PRIVATE KEY-----\n");
    const struct event *ev = story_say(s, SIDE_DAEMON, "1: " LINE1 "\r\n2: " LINE2 "\r\n");
    story_redact(s);
    ck_assert_str_eq(buf_str(&ev->payload), "1: {{secret:STDIN_PRIVATE_KEY_2}}\r\n2: "
                                            "{{secret:STDIN_PRIVATE_KEY_3}}\r\n");
    ck_assert_str_eq(buf_str(&s->events[2].payload), "{{secret:STDIN_PRIVATE_KEY}}\n");
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(typed_letter_by_letter)
{
    static const char typed[] = "export API_TOKEN=letter-by-letter\n";
    struct story *s = story_new();
    struct buf in = BUF_INIT(4096), out = BUF_INIT(4096);
    story_attach(s);
    for (const char *p = typed; *p; p++) {
        story_data(s, SIDE_CLIENT, p, 1);
        story_data(s, SIDE_DAEMON, p, 1);
    }
    story_end(s, EV_CLOSE, SIDE_CLIENT);
    story_redact(s);
    story_said(s, SIDE_CLIENT, &in);
    story_said(s, SIDE_DAEMON, &out);
    ck_assert_str_eq(buf_str(&in), "export API_TOKEN=****************\n");
    ck_assert_str_eq(buf_str(&out), "export API_TOKEN=****************\n");
    story_is_clean(s);
    buf_free(&in);
    buf_free(&out);
    story_free(s);
}
END_TEST

START_TEST(a_script_longer_than_what_is_gathered)
{
    static char filler[100001];
    memset(filler, 'x', sizeof filler - 1);
    struct story *s = story_new();
    story_attach(s);
    story_say(s, SIDE_CLIENT, "A_TOKEN=at-the-beginning\n");
    for (size_t n = 0; n < REDACT_GATHER_MAX + 200000; n += sizeof filler - 1)
        story_say(s, SIDE_CLIENT, filler);
    story_say(s, SIDE_CLIENT, "\nB_TOKEN=at-the-end\n");
    story_end(s, EV_CLOSE, SIDE_CLIENT);
    story_redact(s);
    story_hides(s, "at-the-beginning");
    story_hides(s, "at-the-end");
    story_free(s);
}
END_TEST

START_TEST(many_open_scripts_share_a_limit)
{
    static char filler[(1 << 20) + 1];
    memset(filler, 'x', sizeof filler - 1);
    struct redactor *r = redactor_new(NULL);
    struct event ev;
    struct err e;
    event_init(&ev);
    ev.kind = EV_DATA;
    event_add_payload(&ev, "K_TOKEN=on-each-of-them\n", 24);
    event_add_payload(&ev, filler, sizeof filler - 1);
    for (uint32_t conn = 1; conn < 120; conn++) {
        ev.conn = conn;
        ck_assert_int_eq(redactor_learn(r, &ev, &e), 0);
    }
    char **names = redactor_names(r, &e);
    ck_assert_str_eq(names[0], "STDIN_K_TOKEN");
    ck_assert_ptr_null(names[1]);
    free(names[0]);
    free(names);
    event_free(&ev);
    redactor_free(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redact: scripts");
    TCase *t = tcase_create("scripts");
    tcase_add_loop_test(t, script, 0, sizeof scripts / sizeof *scripts);
    tcase_add_test(t, a_key_line_by_line);
    tcase_add_test(t, typed_letter_by_letter);
    tcase_add_test(t, a_script_longer_than_what_is_gathered);
    tcase_add_test(t, many_open_scripts_share_a_limit);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
