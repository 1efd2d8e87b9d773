/* What is no secret stays as it is, byte for byte. */
#include <check.h>
#include <stdlib.h>

#include "recorder/conversation/t/story.h"

#define CREATE "POST /v1.41/containers/create?name=c HTTP/1.1\nContent-Type: application/json\n"
#define OK "HTTP/1.1 200 OK\nContent-Type: application/json\n"
#define ID "4f1c2ab0dead00beef00112233445566778899aabbccddeeff0011223344abcd"

struct said {
    const char *request, *body, *response, *answer;
};

/* Real traffic, or close to it, without a secret in it. */
static const struct said harmless[] = {
    {"GET /_ping HTTP/1.1\nHost: docker\nUser-Agent: Docker-Client/20.10.24 (linux)\n", "",
     "HTTP/1.1 200 OK\nApi-Version: 1.41\nOstype: linux\nServer: Docker/20.10.24 (linux)\n", "OK"},
    {CREATE,
     "{\"Hostname\":\"\",\"Env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin\",\"HOME=/root\","
     "\"LANG=en_US.UTF-8\",\"TERM=xterm-256color\",\"DEBUG=1\",\"CI_PROJECT_PATH=group/project\","
     "\"GITHUB_REPOSITORY=owner/repository\",\"SHORT=1234567\"],\"Cmd\":[\"sh\",\"-c\",\"echo out; "
     "exit 3\"],\"Image\":\"busybox:latest\",\"Labels\":{\"com.docker.compose.project\":"
     "\"projectname\",\"maintainer\":\"somebody@somewhere\"}}\n",
     OK, "{\"Id\":\"" ID "\",\"Warnings\":[]}\n"},
    {"GET /v1.41/containers/" ID "/json HTTP/1.1\n", "", OK,
     "{\"Id\":\"" ID "\",\"Config\":{\"Env\":[\"PATH=/usr/local/sbin:/usr/local/bin\","
     "\"GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568\",\"PYTHON_VERSION=3.11.2-bookworm\"],"
     "\"Cmd\":[\"sh\"],\"Labels\":{\"team\":\"platform-team\"}},\"Name\":\"/tender_turing\"}\n"},
    {"POST /images/create?fromImage=busybox&tag=latest HTTP/1.1\nX-Registry-Auth: e30=\n", "", OK,
     "{\"status\":\"Pulling from library/busybox\",\"id\":\"latest\"}\r\n{\"status\":\"Digest: "
     "sha256:" ID "\"}\r\n"},
    {"POST /images/create HTTP/1.1\nX-Registry-Auth: e30\nX-Registry-Config: bnVsbA==\n", "", OK,
     "{}"},
    /* {"username":"","password":"","auth":"","email":"","serveraddress":"index.docker.io"} */
    {"POST /images/create HTTP/1.1\nX-Registry-Auth: "
     "eyJ1c2VybmFtZSI6IiIsInBhc3N3b3JkIjoiIiwiYXV0aCI6IiIsImVtYWlsIjoiIiwic2VydmVyYWRkcmVzcyI6Imlu"
     "ZGV4LmRvY2tlci5pbyJ9\n",
     "", OK, "{}"},
    {"GET /v1.41/info HTTP/1.1\n", "", OK,
     "{\"HttpProxy\":\"http://proxy.example:3128\",\"HttpsProxy\":\"\",\"NoProxy\":\"localhost\","
     "\"SandboxKey\":\"/var/run/docker/netns/"
     "04556dff5ee9\",\"Plugins\":{\"Authorization\":[\"authz-broker\"],\"Log\":[\"json-file\"]},"
     "\"SecurityOptions\":[\"name=seccomp,profile=default\"],\"Labels\":[\"storage=ssd-storage\"]"
     "}"},
    {"GET /swarm HTTP/1.1\n", "", OK,
     "{\"JoinTokens\":{\"Worker\":\"\"},\"TLSInfo\":{\"CertIssuerPublicKey\":"
     "\"MFkwEwYHKoZIzj0CAQ\"},"
     "\"Spec\":{\"EncryptionConfig\":{\"AutoLockManagers\":false}}}"},
    {"GET /services HTTP/1.1\n", "", OK,
     "[{\"Secrets\":[{\"SecretID\":\"abcdefghijkl\",\"SecretName\":\"the-secret\",\"File\":{"
     "\"Name\":"
     "\"the-secret\"}}]}]"},
    {"GET /secrets HTTP/1.1\n", "", OK,
     "[{\"ID\":\"abcdefghijkl\",\"Spec\":{\"Name\":\"app-secret\"}}]"},
    {"POST /build?buildargs=%7B%22NO_PROXY%22%3A%22localhost%22%7D&session=abcdefghijkl HTTP/1.1\n",
     "", OK, "{\"stream\":\"Step 1/2 : FROM busybox\"}\n"},
    {"GET /events?filters=%7B%22label%22%3A%7B%22a%3Dbcdefghijk%22%3Atrue%7D%7D HTTP/1.1\n", "", OK,
     "{\"status\":\"create\",\"Actor\":{\"ID\":\"" ID
     "\",\"Attributes\":{\"image\":\"busybox\"}}}"},
    {"GET /containers/x/logs HTTP/1.1\n", "", "HTTP/1.1 200 OK\n",
     "password: required\nTOKEN=\nvisit https://example.com:8080/a@b\nmailto:a@b task-force-of-"
     "twenty-or-more-x1\nAKIAnot-a-key\n"},
    {CREATE,
     "{\"Cmd\":[\"mkdir\",\"-p\",\"/some/where\"],\"Entrypoint\":[\"login\",\"-h\",\"host1\"]}", OK,
     "{\"Id\":\"" ID "\"}"},
    {CREATE,
     "{\"Cmd\":[\"sh\",\"-c\",\"export TOKEN=$OTHER PASSWORD=${X:-y} SECRET=$(cat /run/s)\"]}", OK,
     "{}"},
    {"POST /auth HTTP/1.1\n", "{\"username\":\"u\",\"password\":\"\"}", OK, "{\"Status\":\"ok\"}"},
    {"POST /auth HTTP/1.1\n", "{\"username\":\"u\",\"password\":\"abc\"}", OK,
     "{\"IdentityToken\":\"\"}"},
    {"POST /auth HTTP/1.1\n", "{\"password\":\"xxxxxxxxxx\",\"token\":\"*****\"}", OK,
     "{\"secret\":\"true\",\"password\":\"containers\"}"},
    {"GET /x HTTP/1.1\nX-Docker-Expose-Session-Uuid: abcdefghijkl\nSec-WebSocket-Key: abcdefgh==\n",
     "", OK, "{}"},
    {"POST /x HTTP/1.1\n", "{\"broken\": ", "HTTP/1.1 400 Bad Request\n",
     "{\"message\":\"unexpected EOF\"}\n"},
    {"POST /x HTTP/1.1\n", "{{secret:ENV_X}} {{secret:}} {{secret:A:b}}", "HTTP/1.1 400 Bad\n",
     "{{secret:ENV_X:json}}"},
};

START_TEST(harmless_traffic)
{
    const struct said *h = &harmless[_i];
    struct story *s = story_new(), *raw = story_new();
    for (int i = 0; i < 2; i++) {
        struct story *one = i ? raw : s;
        story_request(one, h->request, h->body);
        story_response(one, h->response, h->answer);
    }
    /* A secret elsewhere, so that there is something to look for. */
    story_request(s, CREATE, "{\"Env\":[\"SOME_TOKEN=uncommon-value\"]}");
    story_redact(s);
    ck_assert_str_eq(s->names[0], "ENV_SOME_TOKEN");
    ck_assert_ptr_null(s->names[1]);
    for (size_t i = 0; i < raw->n; i++) {
        ck_assert_str_eq(buf_str(&s->events[i].head), buf_str(&raw->events[i].head));
        ck_assert_str_eq(buf_str(&s->events[i].payload), buf_str(&raw->events[i].payload));
    }
    story_is_clean(s);
    story_free(s);
    story_free(raw);
}
END_TEST

START_TEST(short_values_at_token_borders_only)
{
    struct story *s = story_new();
    story_request(s, CREATE, "{\"Env\":[\"A_KEY=dead\",\"B_KEY=12345\"]}");
    story_response(s, OK,
                   "{\"Id\":\"" ID "\",\"Pid\":12345,\"List\":[12345, 12345 ],\"S\":\"12345\","
                   "\"T\":\"a 12345, b\",\"U\":\"\\n12345\\u003cdead\\t\",\"V\":\"012345 adead\"}");
    story_redact(s);
    ck_assert_str_eq(
        buf_str(&s->events[1].payload),
        "{\"Id\":\"" ID "\",\"Pid\":12345,\"List\":[12345, 12345 ],\"S\":\""
        "{{secret:ENV_B_KEY}}\",\"T\":\"a {{secret:ENV_B_KEY}}, b\",\"U\":\"\\n"
        "{{secret:ENV_B_KEY}}\\u003c{{secret:ENV_A_KEY}}\\t\",\"V\":\"012345 adead\"}");
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(borders_of_values_that_end_in_no_alphanumeric)
{
    struct story *s = story_new();
    story_request(s, CREATE, "{\"Env\":[\"A_KEY=cut-\",\"B_KEY=-cat\"]}");
    story_response(s, "HTTP/1.1 200 OK\n", "xcut-x cut-x a-cata cut--cat");
    story_redact(s);
    ck_assert_str_eq(
        buf_str(&s->events[1].payload),
        "xcut-x {{secret:ENV_A_KEY}}x a-cata {{secret:ENV_A_KEY}}{{secret:ENV_B_KEY}}");
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(numbers_of_json_across_events)
{
    struct story *s = story_new();
    story_request(s, CREATE, "{\"Env\":[\"BUILD_KEY=123456789\"]}");
    story_response_head(s, OK);
    story_say(s, SIDE_DAEMON, "{\"a\":\"in a \\\"string");
    story_say(s, SIDE_DAEMON, " 123456789 \",\"b\":");
    story_say(s, SIDE_DAEMON, "123456789,\"c\":\"");
    story_say(s, SIDE_DAEMON, "123456789\"}")->end = true;
    story_redact(s);
    ck_assert_str_eq(buf_str(&s->events[3].payload), " {{secret:ENV_BUILD_KEY}} \",\"b\":");
    ck_assert_str_eq(buf_str(&s->events[4].payload), "123456789,\"c\":\"");
    ck_assert_str_eq(buf_str(&s->events[5].payload), "{{secret:ENV_BUILD_KEY}}\"}");
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(a_text_like_a_placeholder_keeps_its_name_for_itself)
{
    struct story *s = story_new();
    story_request(s, CREATE, "{\"Env\":[\"A_TOKEN=real-value\"]}");
    story_response(s, OK, "{{secret:ENV_A_TOKEN}} {{secret:ENV_A_TOKEN_2:json}} real-value");
    story_redact(s);
    ck_assert_str_eq(s->names[0], "ENV_A_TOKEN_3");
    ck_assert_str_eq(
        buf_str(&s->events[1].payload),
        "{{secret:ENV_A_TOKEN}} {{secret:ENV_A_TOKEN_2:json}} {{secret:ENV_A_TOKEN_3}}");
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(a_secret_that_is_a_word_of_placeholders)
{
    struct story *s = story_new();
    struct buf before = BUF_INIT(4096);
    story_request(s, CREATE,
                  "{\"Env\":[\"A_TOKEN=secret\",\"B_TOKEN=ENV_A_TOKEN\",\"C_TOKEN=other\"]}");
    story_response(s, OK, "{\"a\":\"{{secret:OTHER}}\",\"b\":\"ENV_A_TOKEN\"}");
    story_redact(s);
    ck_assert_str_eq(buf_str(&s->events[1].payload), "{\"a\":\"{{{{secret:ENV_A_TOKEN}}:OTHER}}\","
                                                     "\"b\":\"{{secret:ENV_B_TOKEN}}\"}");
    /* Once more changes nothing. */
    for (size_t i = 0; i < s->n; i++) {
        buf_clear(&before);
        buf_add(&before, s->events[i].payload.p, s->events[i].payload.n);
        ck_assert_int_eq(redactor_apply(s->r, &s->events[i], NULL), 0);
        ck_assert_str_eq(buf_str(&before), buf_str(&s->events[i].payload));
    }
    buf_free(&before);
    story_is_clean(s);
    story_free(s);
}
END_TEST

START_TEST(headers_that_frame_the_message)
{
    struct story *s = story_new();
    story_request(s, CREATE,
                  "{\"Env\":[\"A_KEY=application/vnd.x\",\"B_KEY=chunked\",\"C_KEY=1234\"]}");
    story_response(s,
                   "HTTP/1.1 200 OK\nContent-Type: application/vnd.x\nTransfer-Encoding: chunked\n"
                   "Content-Length: 1234\nX-Other: chunked\n",
                   "");
    story_redact(s);
    ck_assert_str_eq(buf_str(&s->events[1].head),
                     "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.x\r\nTransfer-Encoding: "
                     "chunked\r\nContent-Length: 1234\r\nX-Other: {{secret:ENV_B_KEY}}\r\n\r\n");
    story_is_clean(s);
    story_free(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redact: what stays");
    TCase *t = tcase_create("stays");
    tcase_add_loop_test(t, harmless_traffic, 0, sizeof harmless / sizeof *harmless);
    tcase_add_test(t, short_values_at_token_borders_only);
    tcase_add_test(t, borders_of_values_that_end_in_no_alphanumeric);
    tcase_add_test(t, numbers_of_json_across_events);
    tcase_add_test(t, a_text_like_a_placeholder_keeps_its_name_for_itself);
    tcase_add_test(t, a_secret_that_is_a_word_of_placeholders);
    tcase_add_test(t, headers_that_frame_the_message);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
