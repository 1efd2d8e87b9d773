/* A secret at each place of the list is found there, and is gone everywhere else. */
#include "recorder/conversation/redact.h"

#include <check.h>
#include <stdlib.h>

#include "recorder/base/base64.h"
#include "recorder/conversation/t/story.h"

#define CREATE "POST /v1.41/containers/create?name=c HTTP/1.1\nContent-Type: application/json\n"
#define OK "HTTP/1.1 200 OK\nContent-Type: application/json\n"
#define GET "GET /v1.41/info HTTP/1.1\n"

/* %s is where the secret stands. */
struct plant {
    const char *request, *body, *response, *answer;
    const char *secret, *name;
};

static const struct plant plants[] = {
    /* heads */
    {"GET /info HTTP/1.1\nAuthorization: Bearer %s\n", "", OK, "{}", "b-e4rer", "AUTHORIZATION"},
    {"GET /info HTTP/1.1\nProxy-Authorization: Token %s\n", "", OK, "{}", "tok 3n/value",
     "PROXY_AUTHORIZATION"},
    {"GET /info HTTP/1.1\nCookie: theme=dk; sid=%s\n", "", OK, "{}", "s1d-value", "COOKIE_SID"},
    {"GET /info HTTP/1.1\n", "", "HTTP/1.1 200 OK\nSet-Cookie: sid=%s; Path=/\n", "{}", "s1d-value",
     "COOKIE_SID"},
    {"GET /info HTTP/1.1\nX-Auth-Token: %s\n", "", OK, "{}", "hd-tok3n", "X_AUTH_TOKEN"},
    {"POST /images/create?fromSrc=http%%3A%%2F%%2Fme%%3A%s%%40host%%2Fx HTTP/1.1\n", "", OK, "{}",
     "urlpass1", "PARAM_FROMSRC_URL_PASSWORD"},
    {"POST /build?buildargs=%%7B%%22FOO%%22%%3A%%22%s%%22%%7D HTTP/1.1\n", "", OK, "{}", "innocent",
     "BUILDARG_FOO"},
    {"POST /build?labels=%%7B%%22team%%22%%3A%%22%s%%22%%7D HTTP/1.1\n", "", OK, "{}", "label-val",
     "LABEL_TEAM"},
    {"GET /x?access_token=%s&a=b HTTP/1.1\n", "", OK, "{}", "qu3ry", "PARAM_ACCESS_TOKEN"},
    /* bodies of requests */
    {"POST /auth HTTP/1.1\n", "{\"username\":\"u\",\"password\":\"%s\"}", OK, "{}", "p4ss",
     "PASSWORD"},
    {"POST /auth HTTP/1.1\n", "{\"username\":\"u\",\"Password\":\"%s\"}", OK, "{}", "p4ssw0rd",
     "PASSWORD"},
    {"POST /auth HTTP/1.1\n", "{\"username\":\"u\",\"password\":\"%s\"", OK, "{}", "n0t-json",
     "PASSWORD"},
    {CREATE, "{\"Env\":[\"DB_PASSWORD=%s\",\"PATH=/bin\"]}", OK, "{}", "p4ss", "ENV_DB_PASSWORD"},
    {CREATE, "{\"Env\":[\"FLAVOUR=%s\",\"PATH=/bin\"]}", OK, "{}", "vanilla-x", "ENV_FLAVOUR"},
    {CREATE, "{\"Env\":[\"URL=postgres://u:%s@db/x\",\"A=b\"]}", OK, "{}", "ur1-pw", "ENV_URL"},
    {CREATE, "{\"Env\":[\"CI_REPOSITORY_URL=%s\",\"CI_PROJECT_ID=12345678\"]}", OK, "{}",
     "ghp_0123456789abcdefghijABCDEFGHIJ012345", "OUTPUT_GITHUB_TOKEN"},
    {"POST /v1.41/containers/c/exec HTTP/1.1\n", "{\"Env\":[\"FLAVOUR=%s\"]}", OK, "{}",
     "vanilla-x", "ENV_FLAVOUR"},
    {"POST /services/create HTTP/1.1\n",
     "{\"TaskTemplate\":{\"ContainerSpec\":{\"Env\":[\"FLAVOUR=%s\"]}}}", OK, "{}", "vanilla-x",
     "ENV_FLAVOUR"},
    {CREATE, "{\"Labels\":{\"team\":\"%s\",\"com.docker.compose.project\":\"projectname\"}}", OK,
     "{}", "label-val", "LABEL_TEAM"},
    {CREATE, "{\"Labels\":{\"com.docker.api-key\":\"%s\"}}", OK, "{}", "l4bel",
     "LABEL_COM_DOCKER_API_KEY"},
    {CREATE, "{\"Cmd\":[\"mysql\",\"--password\",\"%s\",\"db\"]}", OK, "{}", "w0rd",
     "CMD_PASSWORD"},
    {CREATE, "{\"Cmd\":[\"mysql\",\"-p%s\",\"db\"]}", OK, "{}", "w0rdw0rd", "CMD_PASSWORD"},
    {CREATE, "{\"Cmd\":[\"sshpass\",\"-p\",\"%s\",\"ssh\"]}", OK, "{}", "w0rd", "CMD_PASSWORD"},
    {CREATE, "{\"Cmd\":[\"sh\",\"-c\",\"API_TOKEN='%s' run\"]}", OK, "{}", "sp aced",
     "CMD_API_TOKEN"},
    {CREATE, "{\"Entrypoint\":\"login --token=%s\"}", OK, "{}", "w0rds", "CMD_TOKEN"},
    {"POST /v1.41/containers/c/exec HTTP/1.1\n",
     "{\"Cmd\":[\"curl\",\"-u\",\"me:%s\",\"https://h\"]}", OK, "{}", "cur1pass", "CMD_PASSWORD"},
    {"POST /v1.41/containers/c/exec HTTP/1.1\n",
     "{\"Cmd\":[\"curl\",\"-H\",\"PRIVATE-TOKEN: %s\"]}", OK, "{}", "he4der-token",
     "CMD_PRIVATE_TOKEN"},
    {"POST /volumes/create HTTP/1.1\n",
     "{\"DriverOpts\":{\"o\":\"username=u,password=%s,uid=1\",\"type\":\"cifs\"}}", OK, "{}",
     "m0unt", "OPT_PASSWORD"},
    {"POST /swarm/join HTTP/1.1\n", "{\"JoinToken\":\"%s\"}", OK, "{}", "SWMTKN-1-abc-def",
     "JOINTOKEN"},
    {"POST /swarm/unlock HTTP/1.1\n", "{\"UnlockKey\":\"%s\"}", OK, "{}", "unl0ck", "UNLOCKKEY"},
    {"POST /plugins/p/set HTTP/1.1\n", "[\"API_KEY=%s\",\"DEBUG=1\"]", OK, "{}", "plug1n",
     "ENV_API_KEY"},
    {"POST /v1.41/commit?changes=ENV+DEPLOY_TOKEN%%3D%s HTTP/1.1\n", "", OK, "{}", "comm1t",
     "PARAM_DEPLOY_TOKEN"},
    /* bodies of responses */
    {GET, "", OK, "{\"HttpProxy\":\"http://u:%s@proxy:3128/\",\"ID\":\"AB:CD\"}", "pr0xy",
     "HTTPPROXY_URL_PASSWORD"},
    {"POST /auth HTTP/1.1\n", "{}", OK, "{\"Status\":\"Login\",\"IdentityToken\":\"%s\"}", "1dent",
     "IDENTITYTOKEN"},
    {"GET /swarm HTTP/1.1\n", "", OK, "{\"JoinTokens\":{\"Worker\":\"%s\",\"Manager\":\"x\"}}",
     "w0rker", "JOINTOKEN_WORKER"},
    {"GET /swarm/unlockkey HTTP/1.1\n", "", OK, "{\"UnlockKey\":\"%s\"}", "k3y-x", "UNLOCKKEY"},
    {"GET /containers/c/json HTTP/1.1\n", "", OK,
     "{\"Config\":{\"Env\":[\"PATH=/bin\",\"SMTP_PASS=%s\"],\"Image\":\"i\"}}", "sm7p",
     "ENV_SMTP_PASS"},
    {"GET /containers/json HTTP/1.1\n", "", OK, "[{\"Command\":\"serve --secret-key %s\"}]",
     "cl1-secret", "CMD_SECRET_KEY"},
    {"GET /images/i/history HTTP/1.1\n", "", OK,
     "[{\"CreatedBy\":\"/bin/sh -c #(nop)  ENV T_TOKEN=%s\"}]", "h1story", "CMD_T_TOKEN"},
    {"GET /plugins HTTP/1.1\n", "", OK,
     "[{\"Config\":{\"Env\":[{\"Name\":\"X_SECRET\",\"Value\":\"%s\"}]}}]", "plug1n",
     "ENV_X_SECRET"},
    {"GET /containers/c/logs HTTP/1.1\n", "", "HTTP/1.1 200 OK\n", "key %s done\n",
     "glpat-abcdefghij0123456789", "OUTPUT_GITLAB_TOKEN"},
    {"GET /events HTTP/1.1\n", "", OK,
     "{\"status\":\"start\"}\n{\"status\":\"exec_create: sh -c TOKEN=%s\"}\n", "ev3nt",
     "CMD_TOKEN"},
};

static char *fill(const char *pattern, const char *secret)
{
    struct buf b = BUF_INIT(1 << 16);
    ck_assert_int_eq(buf_addf(&b, "%s", ""), 0);
    for (const char *p = pattern; *p; p++) {
        if (p[0] == '%' && p[1] == 's')
            buf_adds(&b, secret), p++;
        else if (p[0] == '%' && p[1] == '%')
            buf_addc(&b, '%'), p++;
        else
            buf_addc(&b, *p);
    }
    char *text = strdup(buf_str(&b));
    buf_free(&b);
    return text;
}

static void say(struct story *s, const struct plant *p, const char *secret)
{
    char *request = fill(p->request, secret), *body = fill(p->body, secret);
    char *response = fill(p->response, secret), *answer = fill(p->answer, secret);
    story_request(s, request, body);
    story_response(s, response, answer);
    free(request);
    free(body);
    free(response);
    free(answer);
}

/* Said in a log before the place that betrays it, and once more behind it. */
static void echo(struct story *s, const char *secret)
{
    char *log = fill("before:%s: behind\n", secret);
    story_request(s, "GET /v1.41/containers/c/logs HTTP/1.1\n", "");
    story_response(s, "HTTP/1.1 200 OK\n", log);
    free(log);
}

START_TEST(a_secret_at_each_place)
{
    const struct plant *p = &plants[_i];
    struct story *s = story_new();
    struct buf placeholder = BUF_INIT(1024);
    echo(s, p->secret);
    say(s, p, p->secret);
    echo(s, p->secret);
    story_redact(s);
    story_hides(s, p->secret);
    ck_assert_msg(s->names[0] && !strcmp(s->names[0], p->name), "%s, not %s", s->names[0], p->name);
    buf_addf(&placeholder, "before:{{secret:%s}}: behind\n", p->name);
    const struct event *first = &s->events[1], *last = &s->events[s->n - 1];
    if (strcmp(p->name, "ENV_URL") != 0) { /* of which the secret is a part */
        ck_assert_str_eq(buf_str(&first->payload), buf_str(&placeholder));
        ck_assert_str_eq(buf_str(&last->payload), buf_str(&placeholder));
    }
    buf_free(&placeholder);
    story_is_clean(s);
    story_free(s);
}
END_TEST

/* Another value at the same place changes nothing but the secret. */
START_TEST(only_the_secret_changes)
{
    const struct plant *p = &plants[_i];
    struct story *s = story_new();
    say(s, p, p->secret);
    story_redact(s);
    char *want[4] = {fill(p->request, "\001"), fill(p->body, "\001"), fill(p->response, "\001"),
                     fill(p->answer, "\001")};
    for (int i = 0; i < 4; i++) {
        const struct event *ev = &s->events[i / 2];
        const char *got = i % 2 ? buf_str(&ev->payload) : buf_str(&ev->head);
        /* What stands before and behind the secret. */
        char *at = strchr(want[i], '\001');
        if (!at)
            at = want[i] + strlen(want[i]);
        size_t before = (size_t)(at - want[i]);
        const char *line = strchr(want[i], '\n');
        if (i % 2 == 0 && line && before > (size_t)(line - want[i]))
            before = (size_t)(line - want[i]);
        if (strstr(p->name, "ENV_URL") && *at)
            before -= strlen("postgres://u:");
        ck_assert_msg(strncmp(got, want[i], before) == 0, "%s: %s, not %s", p->name, got, want[i]);
        free(want[i]);
    }
    story_is_clean(s);
    story_free(s);
}
END_TEST

static char *base64(const char *text, bool url)
{
    struct buf b = BUF_INIT(1 << 16);
    base64_encode(span_of(text), &b);
    for (size_t i = 0; i < b.n && url; i++)
        b.p[i] = b.p[i] == '+' ? '-' : b.p[i] == '/' ? '_' : b.p[i];
    return buf_take(&b);
}

START_TEST(registry_headers)
{
    static const char *const configs[] = {
        "{\"username\":\"u\",\"password\":\"r3gistry?>?\",\"serveraddress\":\"h\"}",
        "{\"identitytoken\":\"r3gistry?>?\"}",
        "{\"registrytoken\":\"r3gistry?>?\"}",
        "{\"https://h/v1/\":{\"username\":\"u\",\"password\":\"r3gistry?>?\"}}",
        "{\"auths\":{\"h\":{\"auth\":\"dTpyM2dpc3RyeT8+Pw==\"}}}",
    };
    for (int url = 0; url < 2; url++) {
        struct story *s = story_new();
        struct buf head = BUF_INIT(1 << 16);
        char *text = base64(configs[_i], url);
        buf_addf(&head, "POST /images/create?fromImage=x HTTP/1.1\n%s: %s\n",
                 _i % 2 ? "X-Registry-Config" : "X-Registry-Auth", text);
        echo(s, "r3gistry?>?");
        story_request(s, buf_str(&head), "");
        story_response(s, OK, "{}");
        story_redact(s);
        story_hides(s, "r3gistry?>?");
        ck_assert(!story_has(s, text));
        ck_assert(story_has(s, _i % 2 ? "X-Registry-Config: {{secret:REGISTRY_CONFIG}}\r\n"
                                      : "X-Registry-Auth: {{secret:REGISTRY_AUTH}}\r\n"));
        free(text);
        buf_free(&head);
        story_free(s);
    }
}
END_TEST

START_TEST(basic_authorization_hides_its_password)
{
    struct story *s = story_new();
    echo(s, "b4sic-pass");
    story_request(s, "GET / HTTP/1.1\nAuthorization: Basic dTpiNHNpYy1wYXNz\n", "");
    story_response(s, OK, "{}");
    story_redact(s);
    story_hides(s, "b4sic-pass");
    ck_assert(story_has(s, "Authorization: Basic {{secret:AUTHORIZATION}}\r\n"));
    ck_assert(story_has(s, "before:{{secret:AUTHORIZATION_2}}: behind"));
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(data_of_secrets_and_configs)
{
    static const char *const paths[] = {"POST /v1.41/secrets/create HTTP/1.1\n",
                                        "POST /v1.41/configs/create HTTP/1.1\n",
                                        "POST /secrets/x/update?version=1 HTTP/1.1\n"};
    struct story *s = story_new();
    echo(s, "sw4rm-secret");
    story_request(s, paths[_i], "{\"Name\":\"n\",\"Data\":\"c3c0cm0tc2VjcmV0\"}");
    story_response(s, "HTTP/1.1 201 Created\n", "{\"ID\":\"x\"}");
    story_request(s, "GET /configs/x HTTP/1.1\n", "");
    story_response(s, OK, "{\"Spec\":{\"Name\":\"n\",\"Data\":\"c3c0cm0tc2VjcmV0\"}}");
    story_redact(s);
    story_hides(s, "sw4rm-secret");
    ck_assert(story_has(s, "{\"Name\":\"n\",\"Data\":\"{{secret:SECRET_DATA:base64}}\"}"));
    ck_assert(story_has(s, "before:{{secret:SECRET_DATA}}: behind"));
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(data_elsewhere_is_no_secret)
{
    struct story *s = story_new();
    story_request(s, GET, "");
    story_response(s, OK, "{\"Data\":\"c3c0cm0tc2VjcmV0\",\"GraphDriver\":{\"Data\":null}}");
    story_redact(s);
    ck_assert_ptr_null(s->names[0]);
    ck_assert(story_has(s, "c3c0cm0tc2VjcmV0"));
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(the_same_value_is_the_same_placeholder)
{
    struct story *s = story_new();
    story_request(s, CREATE, "{\"Env\":[\"A_TOKEN=one-value\",\"B_TOKEN=other-value\"]}");
    story_response(s, OK, "{\"Id\":\"0123456789ab\"}");
    story_request(s, CREATE, "{\"Env\":[\"C_TOKEN=one-value\",\"A_TOKEN=third-value\"]}");
    story_response(s, OK, "{\"Id\":\"0123456789ac\"}");
    story_redact(s);
    ck_assert_str_eq(buf_str(&s->events[0].payload), "{\"Env\":[\"A_TOKEN={{secret:ENV_A_TOKEN}}\","
                                                     "\"B_TOKEN={{secret:ENV_B_TOKEN}}\"]}");
    ck_assert_str_eq(buf_str(&s->events[2].payload), "{\"Env\":[\"C_TOKEN={{secret:ENV_A_TOKEN}}\","
                                                     "\"A_TOKEN={{secret:ENV_A_TOKEN_2}}\"]}");
    ck_assert_str_eq(s->names[0], "ENV_A_TOKEN");
    ck_assert_str_eq(s->names[1], "ENV_B_TOKEN");
    ck_assert_str_eq(s->names[2], "ENV_A_TOKEN_2");
    ck_assert_ptr_null(s->names[3]);
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(a_body_that_comes_in_pieces_is_one)
{
    static const char body[] = "{\"Env\":[\"DB_PASSWORD=piece-by-piece\"],\"Image\":\"i\"}";
    size_t n = sizeof body - 1;
    for (size_t cut = 1; cut < n; cut++) {
        struct story *s = story_new();
        echo(s, "piece-by-piece");
        struct event *ev = story_request_head(s, CREATE);
        event_add_payload(ev, body, cut);
        ev = story_data(s, SIDE_CLIENT, body + cut, n - cut);
        ev->end = true;
        story_response(s, OK, "{}");
        story_redact(s);
        story_hides(s, "piece-by-piece");
        ck_assert(story_has(s, "before:{{secret:ENV_DB_PASSWORD}}: behind"));
        story_free(s);
    }
}
END_TEST

START_TEST(exchanges_that_interleave_are_kept_apart)
{
    struct story *s = story_new();
    struct event *ev = story_request_head(s, CREATE);
    event_add_payload(ev, "{\"Env\":[\"X_TOK", 14);
    ev = story_request_head(s, CREATE);
    event_add_payload(ev, "{\"Env\":[\"Y_TOK", 14);
    s->exchange = 1;
    story_say(s, SIDE_CLIENT, "EN=first-value\"]}")->end = true;
    s->exchange = 2;
    story_say(s, SIDE_CLIENT, "EN=second-value\"]}")->end = true;
    story_redact(s);
    ck_assert_str_eq(s->names[0], "ENV_X_TOKEN");
    ck_assert_str_eq(s->names[1], "ENV_Y_TOKEN");
    ck_assert_str_eq(buf_str(&s->events[2].payload), "EN={{secret:ENV_X_TOKEN}}\"]}");
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(a_short_word_beside_its_letter)
{
    struct story *s = story_new();
    echo(s, "w0rd");
    story_request(s, CREATE, "{\"Cmd\":[\"mysql\",\"-pw0rd\",\"db\"]}");
    story_redact(s);
    story_hides(s, "w0rd");
    ck_assert(story_has(s, "before:{{secret:CMD_PASSWORD}}: behind"));
    ck_assert(story_has(s, "[\"mysql\",\"{{secret:CMD_PASSWORD_2}}\",\"db\"]"));
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(command_line)
{
    char *argv[] = {"docker", "login", "-p", "l0gin-pass", "-u", "u", NULL};
    struct story *s = story_new();
    struct buf word = BUF_INIT(100);
    ck_assert_int_eq(redactor_learn_command(s->r, argv, NULL), 0);
    echo(s, "l0gin-pass");
    story_redact(s);
    story_hides(s, "l0gin-pass");
    buf_adds(&word, "l0gin-pass");
    ck_assert_int_eq(redactor_text(s->r, &word, NULL), 0);
    ck_assert_str_eq(buf_str(&word), "{{secret:COMMAND_PASSWORD}}");
    buf_free(&word);
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(names_before_and_after)
{
    struct redactor *r = redactor_new(NULL);
    char *argv[] = {"A_TOKEN=first", "B_TOKEN=second", NULL}, **names;
    struct err e;
    struct event ev;
    event_init(&ev);
    ck_assert_int_eq(redactor_learn_command(r, argv, &e), 0);
    names = redactor_names(r, &e);
    ck_assert_str_eq(names[0], "COMMAND_A_TOKEN");
    ck_assert_str_eq(names[1], "COMMAND_B_TOKEN");
    ck_assert_ptr_null(names[2]);
    for (int i = 0; i < 2; i++)
        free(names[i]);
    free(names);
    names = redactor_names_used(r, &e);
    ck_assert_ptr_null(names[0]);
    free(names);
    ck_assert_int_eq(redactor_learn(r, &ev, &e), -1);
    ck_assert_int_eq(redactor_learn_command(r, argv, &e), -1);
    redactor_free(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redact");
    TCase *t = tcase_create("places");
    tcase_add_loop_test(t, a_secret_at_each_place, 0, sizeof plants / sizeof *plants);
    tcase_add_loop_test(t, only_the_secret_changes, 0, sizeof plants / sizeof *plants);
    tcase_add_loop_test(t, registry_headers, 0, 5);
    tcase_add_test(t, basic_authorization_hides_its_password);
    tcase_add_loop_test(t, data_of_secrets_and_configs, 0, 3);
    tcase_add_test(t, data_elsewhere_is_no_secret);
    tcase_add_test(t, the_same_value_is_the_same_placeholder);
    tcase_add_test(t, a_body_that_comes_in_pieces_is_one);
    tcase_add_test(t, exchanges_that_interleave_are_kept_apart);
    tcase_add_test(t, a_short_word_beside_its_letter);
    tcase_add_test(t, command_line);
    tcase_add_test(t, names_before_and_after);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
