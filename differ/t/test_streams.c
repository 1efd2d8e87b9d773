/* Output per channel, its ends, JSON streams message by message. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "differ/t/talk.h"

#define ID_A "736b99bfbab50be37b261090994248feecaff40e4235586f4ab9a0d9f3739821"
#define ID_B "cee31af9ed9b3cab511e8cc0486f9948d053b2fd804f4ad51dac8ec702ec30ff"

/* Output as a test writes it: "1:out\n" is a frame of channel 1, "r:bytes" are raw. */
enum close_how { BY_DAEMON, BY_CLIENT, STAYS_OPEN, BY_RESET, DAEMON_THEN_CLIENT_LATER };

static void say_output(struct buf *out, const char *const *pieces, size_t n)
{
    for (size_t i = 0; i < n && pieces[i]; i++) {
        if (pieces[i][0] == 'r')
            ck_assert_int_eq(buf_adds(out, pieces[i] + 2), 0);
        else if (pieces[i][0] == 'x') /* the beginning of a frame of 100 bytes */
            ck_assert_int_eq(buf_add(out, "\1\0\0\0\0\0\0\x64", 8) | buf_adds(out, pieces[i] + 2),
                             0);
        else
            frame(out, (unsigned)(pieces[i][0] - '0'), pieces[i] + 2);
    }
}

static struct conversation *attach(const char *head, const char *const *pieces, size_t n,
                                   enum close_how how)
{
    struct talk *t = talk_begin();
    uint32_t conn = talk_open(t);
    talk_text(t, conn, SIDE_CLIENT,
              "POST /v1.41/containers/x/attach?stdout=1&stream=1 HTTP/1.1\r\nHost: x\r\n"
              "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    talk_text(t, conn, SIDE_DAEMON, head);
    struct buf out = BUF_INIT(1 << 20);
    say_output(&out, pieces, n);
    if (out.n)
        talk_say(t, conn, SIDE_DAEMON, out.p, out.n);
    buf_free(&out);
    talk_wait(t, 1000);
    if (how == BY_DAEMON || how == DAEMON_THEN_CLIENT_LATER)
        talk_end(t, conn, SIDE_DAEMON, END_CLOSE);
    if (how == BY_RESET)
        talk_end(t, conn, SIDE_DAEMON, END_RESET);
    if (how == DAEMON_THEN_CLIENT_LATER)
        talk_wait(t, 5000);
    if (how != STAYS_OPEN && how != BY_RESET)
        talk_end(t, conn, SIDE_CLIENT, END_CLOSE);
    return talk_done(t);
}

#define HEAD_101                                                                                   \
    "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"                 \
    "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
#define HEAD_200 "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
#define HEAD_101_BARE "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
#define HEAD_101_H2                                                                                \
    "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"                 \
    "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"

#define PIECES 6

static const struct row {
    const char *what;
    const char *a[PIECES], *b[PIECES];
    enum finding_kind kind; /* KINDS: silent */
    const char *path;
} rows[] = {
    {"same", {"1:out\n", "2:err\n"}, {"1:out\n", "2:err\n"}, KINDS, ""},
    {"frames cut elsewhere", {"1:out\n"}, {"1:o", "1:ut", "1:\n"}, KINDS, ""},
    {"frames joined", {"1:a\n", "1:b\n"}, {"1:a\nb\n"}, KINDS, ""},
    {"empty frame", {"1:a\n"}, {"1:", "1:a\n"}, KINDS, ""},
    {"order across channels", {"1:out\n", "2:err\n"}, {"2:err\n", "1:out\n"}, KINDS, ""},
    {"ID as host name", {"1:736b99bfbab5\n"}, {"1:cee31af9ed9b\n"}, KINDS, ""},
    {"both silent", {NULL}, {NULL}, KINDS, ""},
    {"raw", {"r:$ ls\r\n"}, {"r:$ ls\r\n"}, KINDS, ""},
    {"lost", {"1:out\n", "2:err\n"}, {"2:err\n"}, KIND_STREAM_LOST, "stdout"},
    {"all lost", {"1:out\n"}, {NULL}, KIND_STREAM_LOST, "stdout"},
    {"last line lost", {"1:a\nb\n"}, {"1:a\n"}, KIND_STREAM_LOST, "stdout"},
    {"cut in a line", {"1:hello\n"}, {"1:he"}, KIND_STREAM_LOST, "stdout"},
    {"newline lost", {"1:out\n"}, {"1:out"}, KIND_STREAM_TEXT, "stdout"},
    {"first line lost", {"1:a\nb\n"}, {"1:b\n"}, KIND_STREAM_TEXT, "stdout"},
    {"more", {"1:a\n"}, {"1:a\nb\n"}, KIND_STREAM_EXTRA, "stdout"},
    {"noise", {"1:a\n"}, {"1:a\n", "2:warning\n"}, KIND_STREAM_EXTRA, "stderr"},
    {"other text", {"1:a\n"}, {"1:b\n"}, KIND_STREAM_TEXT, "stdout"},
    {"carriage return", {"1:a\n"}, {"1:a\r\n"}, KIND_STREAM_TEXT, "stdout"},
    {"raw lost", {"r:$ ls\r\nx\r\n"}, {"r:$ ls\r\n"}, KIND_STREAM_LOST, "stream"},
    {"raw for framed", {"1:out\n"}, {"r:out\n"}, KIND_STREAM_FRAMING, "stream"},
    {"framed for raw", {"r:out\n"}, {"1:out\n"}, KIND_STREAM_FRAMING, "stream"},
    {"framing broken",
     {"1:out\n", "1:more\n"},
     {"1:out\n", "r:more\n"},
     KIND_STREAM_FRAMING,
     "stream"},
    {"frame not whole", {"1:a\n", "1:b\n"}, {"1:a\nb\n", "x:"}, KIND_STREAM_FRAMING, "stream"},
};

START_TEST(output)
{
    const struct row *r = &rows[_i];
    struct comparison c;
    talk_diff(attach(HEAD_101, r->a, PIECES, BY_DAEMON), attach(HEAD_101, r->b, PIECES, BY_DAEMON),
              NULL, &c);
    if (r->kind == KINDS)
        ck_silent(&c, r->what);
    else
        ck_only(&c, r->kind, r->path, r->what);
    comparison_free(&c);
}
END_TEST

START_TEST(moved_channel)
{
    static const char *const a[] = {"1:out\n"}, *const b[] = {"2:out\n"};
    struct comparison c;
    talk_diff(attach(HEAD_101, a, 1, BY_DAEMON), attach(HEAD_101, b, 1, BY_DAEMON), NULL, &c);
    ck_assert_uint_eq(c.findings.n, 2);
    const struct finding *f = ck_found(&c, KIND_STREAM_LOST, "stdout", "moved");
    ck_assert_str_eq(f->seen[0].expected, "out\\n");
    ck_assert_str_eq(f->seen[0].actual, "(nothing)");
    ck_assert_str_eq(f->seen[0].path, "stdout, line 1");
    ck_found(&c, KIND_STREAM_EXTRA, "stderr", "moved");
    comparison_free(&c);
}
END_TEST

static const struct {
    const char *what;
    enum close_how a, b;
    enum finding_kind kind;
} ends[] = {
    {"by the daemon", BY_DAEMON, BY_DAEMON, KINDS},
    {"by the client", BY_CLIENT, BY_CLIENT, KINDS},
    {"nothing known", STAYS_OPEN, STAYS_OPEN, KINDS},
    {"never ends", BY_DAEMON, STAYS_OPEN, KIND_STREAM_OPEN},
    {"the client gives up", BY_DAEMON, BY_CLIENT, KIND_STREAM_OPEN},
    {"cut in the middle", BY_CLIENT, DAEMON_THEN_CLIENT_LATER, KIND_STREAM_CUT},
    {"a race", BY_CLIENT, BY_DAEMON, KINDS},
    {"reset", BY_DAEMON, BY_RESET, KIND_RESET},
    {"reset before the client closes", BY_CLIENT, BY_RESET, KIND_RESET},
    {"the baseline was reset", BY_RESET, BY_DAEMON, KINDS},
};

START_TEST(end)
{
    static const char *const pieces[] = {"1:out\n"};
    struct comparison c;
    talk_diff(attach(HEAD_101, pieces, 1, ends[_i].a), attach(HEAD_101, pieces, 1, ends[_i].b),
              NULL, &c);
    if (ends[_i].kind == KINDS)
        ck_silent(&c, ends[_i].what);
    else
        ck_only(&c, ends[_i].kind, "end", ends[_i].what);
    comparison_free(&c);
}
END_TEST

/* After the client has gone, more or less from the candidate is chance; what came before is not. */
START_TEST(client_left)
{
    static const char *const a[] = {"1:a\n"}, *const more[] = {"1:a\nb\n"}, *const less[] = {NULL};
    struct comparison c;
    talk_diff(attach(HEAD_101, a, 1, BY_CLIENT), attach(HEAD_101, more, 1, BY_CLIENT), NULL, &c);
    ck_silent(&c, "more");
    comparison_free(&c);
    talk_diff(attach(HEAD_101, a, 1, BY_CLIENT), attach(HEAD_101, less, 1, BY_CLIENT), NULL, &c);
    ck_only(&c, KIND_STREAM_LOST, "stdout", "less");
    comparison_free(&c);
}
END_TEST

START_TEST(upgrade)
{
    static const char *const pieces[] = {"1:out\n"};
    struct comparison c;
    talk_diff(attach(HEAD_101, pieces, 1, BY_DAEMON), attach(HEAD_200, pieces, 1, BY_DAEMON), NULL,
              &c);
    ck_only(&c, KIND_UPGRADE, "status", "200 for 101");
    comparison_free(&c);
    talk_diff(attach(HEAD_101, pieces, 1, BY_DAEMON),
              attach("HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n", NULL, 0, BY_DAEMON),
              NULL, &c);
    ck_only(&c, KIND_STATUS, "status", "refused");
    comparison_free(&c);
    talk_diff(attach(HEAD_101, pieces, 1, BY_DAEMON), attach(HEAD_101_BARE, pieces, 1, BY_DAEMON),
              NULL, &c);
    ck_only(&c, KIND_MISSING, "header:Content-Type", "no type");
    comparison_free(&c);
    talk_diff(attach(HEAD_101, pieces, 1, BY_DAEMON), attach(HEAD_101_H2, pieces, 1, BY_DAEMON),
              NULL, &c);
    ck_assert_int_eq(ck_only(&c, KIND_VALUE, "header:Upgrade", "other protocol")->severity,
                     SEV_BREAKING);
    comparison_free(&c);
}
END_TEST

static struct conversation *logs(const char *query, const char *text)
{
    char request[128];
    struct buf out = BUF_INIT(4096);
    struct talk *t = talk_begin();
    snprintf(request, sizeof request, "GET /v1.41/containers/x/logs?stdout=1%s", query);
    frame(&out, 1, text);
    talk_exchange_n(t, request, NULL, "200 OK", "", out.p, out.n);
    buf_free(&out);
    return talk_done(t);
}

START_TEST(log_times)
{
    const char *a = "2026-11-24T13:26:58.806087814Z out\n", *b = "2026-11-25T01:02:03.1Z out\n",
               *seconds = "2026-11-25T01:02:03Z out\n", *other = "2026-11-25T01:02:03.1Z other\n";
    struct comparison c;
    talk_diff(logs("&timestamps=1", a), logs("&timestamps=1", b), NULL, &c);
    ck_silent(&c, "other times");
    comparison_free(&c);
    talk_diff(logs("&timestamps=1", a), logs("&timestamps=1", seconds), NULL, &c);
    ck_only(&c, KIND_STREAM_TEXT, "stdout", "another format");
    comparison_free(&c);
    talk_diff(logs("&timestamps=1", a), logs("&timestamps=1", other), NULL, &c);
    ck_only(&c, KIND_STREAM_TEXT, "stdout", "other text");
    comparison_free(&c);
    /* Times that the container itself printed are its output. */
    talk_diff(logs("&timestamps=0", a), logs("&timestamps=0", b), NULL, &c);
    ck_only(&c, KIND_STREAM_TEXT, "stdout", "no timestamps asked for");
    comparison_free(&c);
}
END_TEST

/* Long output in bounded memory, the place of the difference shown. */
START_TEST(long_line)
{
    size_t n = 3 << 20;
    char *a = malloc(n + 1), *b = malloc(n + 1);
    memset(a, 'x', n);
    a[n] = 0;
    memcpy(b, a, n + 1);
    b[2000000] = 'y';
    struct talk *t = talk_begin();
    talk_exchange(t, "GET /v1.41/_ping", NULL, "200 OK", "", a);
    struct conversation *x = talk_done(t);
    t = talk_begin();
    talk_exchange(t, "GET /v1.41/_ping", NULL, "200 OK", "", b);
    struct conversation *y = talk_done(t);
    struct comparison c;
    talk_compare(x, y, NULL, &c);
    const struct finding *f = ck_only(&c, KIND_BODY, "body", "long");
    ck_assert_ptr_nonnull(strchr(f->seen[0].actual, 'y'));
    comparison_free(&c);
    conversation_free(x);
    conversation_free(y);
    free(a);
    free(b);
}
END_TEST

/* --- JSON streams --- */

static struct conversation *stream(const char *request, const char *text)
{
    struct talk *t = talk_begin();
    talk_exchange(t, request, NULL, "200 OK", "Content-Type: application/json\r\n", text);
    return talk_done(t);
}

#define EVENT(action, id, name, time)                                                              \
    "{\"status\":\"" action "\",\"id\":\"" id "\",\"Type\":\"container\",\"Action\":\"" action     \
    "\",\"Actor\":{\"ID\":\"" id "\",\"Attributes\":{\"name\":\"" name "\"}},\"time\":" time       \
    ",\"timeNano\":" time "123456789}\n"

#define IN_1 "{\"stream\":\"Step 1/2 : FROM x\"}\n{\"stream\":\"\\n\"}\n"
#define IN_2 "{\"stream\":\"Step 1/2\"}\n{\"stream\":\" : FROM x\\n\"}\n"

#define STEP "{\"stream\":\"Step 1/2 : RUN x\\n\"}"
#define END_STEP "{\"stream\":\"Removing intermediate container 736b99bfbab5\\n\"}"

static const struct {
    const char *what, *request, *a, *b;
    enum finding_kind kind;
    const char *path;
} streams[] = {
    {"events", "GET /v1.41/events",
     EVENT("create", ID_A, "sad_cat", "1795526816") EVENT("start", ID_A, "sad_cat", "1795526817"),
     EVENT("create", ID_B, "old_fox", "1795526916") EVENT("start", ID_B, "old_fox", "1795526917"),
     KINDS, ""},
    {"event missing", "GET /v1.41/events",
     EVENT("create", ID_A, "x", "1795526816") EVENT("die", ID_A, "x", "1795526817"),
     EVENT("create", ID_B, "x", "1795526916"), KIND_MESSAGE_MISSING, "[]"},
    {"event extra", "GET /v1.41/events", EVENT("create", ID_A, "x", "1795526816"),
     EVENT("create", ID_A, "x", "1795526816") EVENT("sync", ID_A, "x", "1795526817"),
     KIND_MESSAGE_EXTRA, "[]"},
    {"order of one object's events", "GET /v1.41/events",
     EVENT("create", ID_A, "x", "1795526816") EVENT("start", ID_A, "x", "1795526817"),
     EVENT("start", ID_A, "x", "1795526816") EVENT("create", ID_A, "x", "1795526817"), KIND_ORDER,
     "."},
    {"order of two objects' events", "GET /v1.41/events",
     EVENT("die", ID_A, "x", "1795526816") EVENT("die", ID_B, "y", "1795526817"),
     EVENT("die", ID_B, "y", "1795526816") EVENT("die", ID_A, "x", "1795526817"), KINDS, ""},
    {"time in another unit", "GET /v1.41/events", "{\"time\":1795526816}",
     "{\"time\":1795526816123}", KIND_FORMAT, "[].time"},
    {"member missing", "GET /v1.41/events", "{\"Type\":\"x\",\"scope\":\"local\"}\n",
     "{\"Type\":\"x\"}\n", KIND_MISSING, "[].scope"},
    {"progress", "POST /v1.41/images/create?fromImage=x",
     "{\"status\":\"Pulling fs layer\",\"progressDetail\":{},\"id\":\"736b99bfbab5\"}\n"
     "{\"status\":\"Downloading\",\"progressDetail\":{\"current\":1,\"total\":9},\"progress\":\"[> "
     "]\",\"id\":\"736b99bfbab5\"}\n"
     "{\"status\":\"Pull complete\",\"progressDetail\":{},\"id\":\"736b99bfbab5\"}\n",
     "{\"status\":\"Pulling fs layer\",\"progressDetail\":{},\"id\":\"736b99bfbab5\"}\n"
     "{\"status\":\"Pull complete\",\"progressDetail\":{},\"id\":\"736b99bfbab5\"}\n",
     KINDS, ""},
    {"layers side by side", "POST /v1.41/images/create?fromImage=x",
     "{\"status\":\"a\",\"id\":\"736b99bfbab5\"}{\"status\":\"a\",\"id\":\"cee31af9ed9b\"}",
     "{\"status\":\"a\",\"id\":\"cee31af9ed9b\"}{\"status\":\"a\",\"id\":\"736b99bfbab5\"}", KINDS,
     ""},
    {"status text", "POST /v1.41/images/create?fromImage=x", "{\"status\":\"Pull complete\"}",
     "{\"status\":\"Done\"}", KIND_VALUE, "[].status"},
    {"error in the stream", "POST /v1.41/images/load", "{\"stream\":\"Loaded\"}",
     "{\"stream\":\"Loaded\"}{\"error\":\"no space\"}", KIND_MESSAGE_EXTRA, "[]"},
    {"build output cut elsewhere", "POST /v1.41/build", IN_1, IN_2, KINDS, ""},
    {"stderr of a step between its stdout", "POST /v1.41/build",
     STEP "{\"stream\":\"out\\n\"}{\"stream\":\"\\u001b[91merr\\n\"}{\"stream\":\"\\u001b["
          "0m\"}" END_STEP,
     STEP "{\"stream\":\"\\u001b[91merr\\n\"}{\"stream\":\"\\u001b[0mout\\n\"}" END_STEP, KINDS,
     ""},
    {"stderr of another step", "POST /v1.41/build",
     STEP "{\"stream\":\"\\u001b[91merr\\n\\u001b[0m\"}" END_STEP STEP END_STEP,
     STEP END_STEP STEP "{\"stream\":\"\\u001b[91merr\\n\\u001b[0m\"}" END_STEP, KIND_ORDER, "."},
    {"stderr lost", "POST /v1.41/build",
     STEP "{\"stream\":\"\\u001b[91merr\\n\\u001b[0m\"}" END_STEP, STEP END_STEP,
     KIND_MESSAGE_MISSING, "[]"},
    {"stderr as stdout", "POST /v1.41/build",
     STEP "{\"stream\":\"\\u001b[91merr\\n\\u001b[0m\"}" END_STEP,
     STEP "{\"stream\":\"err\\n\"}" END_STEP, KIND_VALUE, "[].stream"},
    {"build output lost", "POST /v1.41/build", IN_1 IN_1, IN_1, KIND_MESSAGE_MISSING, "[]"},
    {"no messages", "GET /v1.41/events", EVENT("die", ID_A, "x", "1795526816"), "",
     KIND_BODY_MISSING, "body"},
    {"one single value", "GET /v1.41/containers/x/stats?stream=0",
     "{\"read\":\"2026-11-24T13:26:58.1Z\"}", "{\"read\":\"2026-11-24T13:26:59.2Z\"}", KINDS, ""},
    {"garbage between", "GET /v1.41/events", "{\"A\":1}{\"A\":2}", "{\"A\":1}oops{\"A\":2}",
     KIND_NOT_JSON, "body"},
    {"text is no stream", "POST /v1.41/build", "plain\n", "other\n", KIND_BODY, "body"},
};

START_TEST(messages)
{
    struct comparison c;
    talk_diff(stream(streams[_i].request, streams[_i].a),
              stream(streams[_i].request, streams[_i].b), NULL, &c);
    if (streams[_i].kind == KINDS)
        ck_silent(&c, streams[_i].what);
    else
        ck_only(&c, streams[_i].kind, streams[_i].path, streams[_i].what);
    comparison_free(&c);
}
END_TEST

/* Two messages that are missing are two findings, and each says which. */
START_TEST(message_identity)
{
    struct comparison c;
    talk_diff(stream("GET /v1.41/events", EVENT("create", ID_A, "x", "1795526816")
                                              EVENT("start", ID_A, "x", "1795526816")
                                                  EVENT("die", ID_A, "x", "1795526817")),
              stream("GET /v1.41/events", EVENT("create", ID_A, "x", "1795526816")), NULL, &c);
    ck_assert_uint_eq(c.findings.n, 2);
    ck_assert_str_eq(c.findings.v[0].path, "[]");
    ck_assert_str_ne(c.findings.v[0].id, c.findings.v[1].id);
    bool die = strstr(c.findings.v[0].class, "container die") ||
               strstr(c.findings.v[1].class, "container die");
    ck_assert(die);
    comparison_free(&c);
}
END_TEST

/* What stands in a build's output is the user's: losing it is one finding, whatever it says. */
START_TEST(message_labels)
{
    static const struct {
        const char *request, *message, *class;
    } labels[] = {
        {"POST /v1.41/build", "{\"stream\":\"Step 2/8 : ARG WHO\\n\"}", "200: stream"},
        {"POST /v1.41/build", "{\"errorDetail\":{},\"error\":\"x returned 3\"}", "200: error"},
        {"POST /v1.41/build", "{\"aux\":{\"ID\":\"sha256:" ID_A "\"}}", "200: aux"},
        {"POST /v1.41/images/create", "{\"status\":\"Pulling from library/x\",\"id\":\"1\"}",
         "200: status Pulling from"},
        {"POST /v1.41/images/create", "{\"status\":\"Digest: sha256:" ID_A "\"}",
         "200: status Digest"},
        {"POST /v1.41/images/create", "{\"status\":\"sha256:" ID_A "\"}", "200: status"},
        {"POST /v1.41/images/create", "{\"status\":\"Pull complete\"}",
         "200: status Pull complete"},
        {"GET /v1.41/events", "{\"Type\":\"container\",\"Action\":\"exec_start: sh\"}",
         "200: container exec_start"},
        {"GET /v1.41/events", "{}", "200: message"},
        {"GET /v1.41/events", "1", "200: message"},
    };
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        char two[512];
        struct comparison c;
        snprintf(two, sizeof two, "{\"stream\":\"same\\n\"}%s", labels[i].message);
        talk_diff(stream(labels[i].request, two),
                  stream(labels[i].request, "{\"stream\":\"same\\n\"}"), NULL, &c);
        const struct finding *f = ck_only(&c, KIND_MESSAGE_MISSING, "[]", labels[i].message);
        ck_assert_str_eq(f->class, labels[i].class);
        comparison_free(&c);
    }
}
END_TEST

static struct conversation *cut_events(const char *text)
{
    struct talk *t = talk_begin();
    uint32_t conn = talk_open(t);
    talk_text(t, conn, SIDE_CLIENT, "GET /v1.41/events HTTP/1.1\r\nHost: x\r\n\r\n");
    talk_text(t, conn, SIDE_DAEMON, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n");
    if (*text)
        talk_text(t, conn, SIDE_DAEMON, text);
    talk_end(t, conn, SIDE_CLIENT, END_CLOSE);
    return talk_done(t);
}

START_TEST(client_left_events)
{
    struct comparison c;
    talk_diff(cut_events("{\"A\":1}"), cut_events("{\"A\":1}{\"A\":2}{\"A\""), NULL, &c);
    ck_silent(&c, "more, and cut");
    comparison_free(&c);
    talk_diff(cut_events("{\"A\":1}{\"A\":2}{\"A\""), cut_events("{\"A\":1}{\"A\":2}"), NULL, &c);
    ck_silent(&c, "the baseline is cut");
    comparison_free(&c);
    talk_diff(cut_events("{\"A\":1}{\"A\":2}"), cut_events("{\"A\":1}"), NULL, &c);
    ck_only(&c, KIND_MESSAGE_MISSING, "[]", "less");
    comparison_free(&c);
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(t, test, 0, (int)(sizeof table / sizeof *table))

int main(void)
{
    TCase *t = tcase_create("streams");
    tcase_set_timeout(t, 60);
    LOOP(output, rows);
    tcase_add_test(t, moved_channel);
    LOOP(end, ends);
    tcase_add_test(t, client_left);
    tcase_add_test(t, upgrade);
    tcase_add_test(t, log_times);
    tcase_add_test(t, long_line);
    LOOP(messages, streams);
    tcase_add_test(t, message_identity);
    tcase_add_test(t, message_labels);
    tcase_add_test(t, client_left_events);
    Suite *s = suite_create("streams");
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
