/* What is written is read again as the same bytes; what is broken is refused with its line. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "corpus/blobs.h"
#include "corpus/corpus.h"
#include "corpus/line.h"
#include "recorder/base/cleanup.h"
#include "recorder/conversation/decoder.h"

static char dir[] = "/tmp/bugforbug-corpus.XXXXXX";
static char path[128];

static void setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/c.jsonl", dir);
}

static void teardown(void)
{
    char command[256];
    snprintf(command, sizeof command, "rm -r '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

/* Decodes a scripted wire into the file. */
struct script {
    enum side from;
    const char *bytes; /* NULL: the side shuts */
    size_t n;
};

static void record(const struct script *s, size_t n)
{
    struct err e = {{0}};
    struct corpus_writer *w = corpus_writer_open(path, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    struct event_sink sink = {w, corpus_writer_event};
    struct decoder *d = decoder_new(&sink);
    struct bytes_sink b = decoder_bytes(d);
    int64_t t = 1700000000000000000;
    ck_assert_int_eq(b.open(b.self, 1, t, &e), 0);
    for (size_t i = 0; i < n; i++) {
        t += 1000000;
        int rc = s[i].bytes ? b.data(b.self, 1, s[i].from, t, s[i].bytes, s[i].n, &e)
                            : b.end(b.self, 1, s[i].from, END_SHUT, t, &e);
        ck_assert_msg(rc == 0, "%s", e.text);
    }
    ck_assert_int_eq(decoder_finish(d, &e), 0);
    ck_assert_msg(corpus_writer_close(w, decoder_meta(d), &e) == 0, "%s", e.text);
    decoder_free(d);
}

/* The bytes of one side, from the file. */
static void replayed(enum side from, struct buf *out)
{
    struct err e = {{0}};
    struct conversation *c = corpus_read(path, &e);
    ck_assert_msg(c != NULL, "%s", e.text);
    for (size_t i = 0; i < c->n; i++) {
        struct event *ev = &c->events[i];
        if (ev->from != from)
            continue;
        if (ev->blob[0])
            ck_assert_msg(c->loader.load(c->loader.self, ev, &ev->payload, &e) == 0, "%s", e.text);
        ck_assert_int_eq(event_wire(ev, out, &e), 0);
    }
    conversation_free(c);
}

static void ck_same_bytes(const struct script *s, size_t n)
{
    for (int from = SIDE_CLIENT; from <= SIDE_DAEMON; from++) {
        struct buf want = BUF_INIT(64 << 20), got = BUF_INIT(64 << 20);
        for (size_t i = 0; i < n; i++)
            if ((int)s[i].from == from && s[i].bytes)
                buf_add(&want, s[i].bytes, s[i].n);
        replayed((enum side)from, &got);
        ck_assert_uint_eq(got.n, want.n);
        ck_assert(want.n == 0 || memcmp(got.p, want.p, want.n) == 0);
        buf_free(&want);
        buf_free(&got);
    }
}

static void slurp(struct buf *out)
{
    FILE *f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    int c;
    while ((c = fgetc(f)) != EOF)
        buf_addc(out, (char)c);
    fclose(f);
}

static void ck_contains(const char *text)
{
    struct buf b = BUF_INIT(1 << 24);
    slurp(&b);
    ck_assert_msg(strstr(buf_str(&b), text) != NULL, "no %s in %s", text, buf_str(&b));
    buf_free(&b);
}

#define SAYS(side, text)                                                                           \
    {                                                                                              \
        side, text, sizeof(text) - 1                                                               \
    }
#define COUNT(a) (sizeof(a) / sizeof *(a))

START_TEST(bytes_come_back)
{
    static const struct script s[] = {
        SAYS(SIDE_CLIENT, "GET /a HTTP/1.1\r\nHost: x\r\nX-Odd:  two  blanks \r\n\r\n"),
        SAYS(SIDE_DAEMON, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00C;x=\"\x80\"\r\n"
                          "{\"a\": 1.50}\n\r\n0\r\nT: v\r\n\r\n"),
        SAYS(SIDE_CLIENT, "POST /b HTTP/1.1\r\nContent-Length: 4\r\n\r\n\xff\0\n{"),
        SAYS(SIDE_DAEMON,
             "HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{\"s\":1}\r\n{\"s\":\"\\u003c\"}\r\n"),
        SAYS(SIDE_CLIENT, "GET /h HTTP/1.1\r\nX: \xff\r\n\r\n"),
        SAYS(SIDE_DAEMON, "HTTP/1.1 404 Not\r\n\r\nuntil close \xc3\xa4"),
        {SIDE_DAEMON, NULL, 0},
    };
    record(s, COUNT(s));
    ck_same_bytes(s, COUNT(s));
    ck_contains("\"after\":\"\\n\",\"json\":{\"a\": 1.50}}");
    ck_contains("\"after\":\"\\r\\n\",\"jsons\":[{\"s\":1},{\"s\":\"\\u003c\"}]");
    ck_contains("\"wire\":[\"00C;x=\\\"\xc2\x80\\\"\\r\\n\",12,\"\\r\\n0\\r\\nT: v\\r\\n\\r\\n\"]");
    ck_contains("\"base64\":\"/wAKew==\"");
    ck_contains("\"head64\":");
    ck_contains("\"text\":\"until close ä\"");
}
END_TEST

START_TEST(hijacked_streams_are_frames)
{
    static const struct script s[] = {
        SAYS(SIDE_CLIENT, "POST /containers/a/attach?stream=1 HTTP/1.1\r\nUpgrade: tcp\r\n"
                          "Connection: Upgrade\r\n\r\nearly"),
        SAYS(SIDE_DAEMON, "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n"
                          "\1\0\0\0\0\0\0\4out\n"),
        SAYS(SIDE_CLIENT, "late"),
        {SIDE_CLIENT, NULL, 0},
        SAYS(SIDE_DAEMON, "\2\0\0\0\0\0\0\1\xff"),
        {SIDE_DAEMON, NULL, 0},
    };
    record(s, COUNT(s));
    ck_same_bytes(s, COUNT(s));
    ck_contains("\"frames\":[[1,\"out\\n\"]]");
    ck_contains("\"frames\":[[2,{\"base64\":\"/w==\"}]]");
    ck_contains("\"x\":1,\"from\":\"client\",\"text\":\"early");
    struct err e = {{0}};
    struct conversation *c = corpus_read(path, &e);
    ck_assert(c->exchanges[0].upgraded);
    ck_assert(c->exchanges[0].ended);
    struct buf in = BUF_INIT(100);
    ck_assert_int_eq(exchange_read(c, &c->exchanges[0], PART_STDIN, &in, &e), 0);
    ck_assert_str_eq(buf_str(&in), "earlylate");
    buf_free(&in);
    conversation_free(c);
}
END_TEST

START_TEST(stdin_and_half_close_may_come_before_the_answer)
{
    static const struct script s[] = {
        SAYS(SIDE_CLIENT, "POST /containers/a/attach HTTP/1.1\r\nUpgrade: tcp\r\n\r\nhello"),
        {SIDE_CLIENT, NULL, 0},
        SAYS(SIDE_DAEMON, "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n"),
        {SIDE_DAEMON, NULL, 0},
    };
    record(s, COUNT(s));
    ck_same_bytes(s, COUNT(s));
    ck_contains("\"x\":1,\"from\":\"client\",\"text\":\"hello\"}\n"
                "{\"t\":0.003000,\"ev\":\"shut\",\"conn\":1,\"from\":\"client\"}\n");
}
END_TEST

START_TEST(docker_200_hijack_and_its_refusal)
{
    static const struct script s[] = {
        SAYS(SIDE_CLIENT, "POST /v1.41/exec/a/start HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"),
        SAYS(SIDE_CLIENT, "GET /next HTTP/1.1\r\n\r\n"),
        SAYS(SIDE_DAEMON, "HTTP/1.1 409 Conflict\r\nContent-Length: 1\r\n\r\nx"),
        SAYS(SIDE_DAEMON, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        SAYS(SIDE_CLIENT, "POST /exec/b/start HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"),
        SAYS(SIDE_DAEMON,
             "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nraw"),
        SAYS(SIDE_CLIENT, "GET is stdin\n"),
    };
    record(s, COUNT(s));
    ck_same_bytes(s, COUNT(s));
    struct err e = {{0}};
    struct conversation *c = corpus_read(path, &e);
    ck_assert_uint_eq(c->exchanges_n, 3);
    ck_assert(!c->exchanges[0].upgraded);
    ck_assert_int_eq(c->exchanges[1].status, 200);
    ck_assert(c->exchanges[2].upgraded);
    ck_assert_uint_eq(exchange_size(c, &c->exchanges[2], PART_STDIN), 13);
    conversation_free(c);
}
END_TEST

START_TEST(what_is_no_http_is_kept)
{
    static const struct script s[] = {
        SAYS(SIDE_CLIENT, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\1"),
        SAYS(SIDE_DAEMON, "\x15\3\1\0\2\2"),
        SAYS(SIDE_CLIENT, "more"),
    };
    record(s, COUNT(s));
    ck_same_bytes(s, COUNT(s));
    static const struct script half[] = {
        SAYS(SIDE_CLIENT, "GET /cut HTTP/1.1\r\nHo"),
        {SIDE_CLIENT, NULL, 0},
    };
    record(half, COUNT(half));
    ck_same_bytes(half, COUNT(half));
}
END_TEST

START_TEST(large_bodies_are_blobs)
{
    size_t n = (size_t)9 << 20;
    struct buf b = BUF_INIT(16 << 20);
    buf_addf(&b, "POST /images/load HTTP/1.1\r\nContent-Length: %zu\r\n\r\n", n);
    for (size_t i = 0; i < n; i++)
        buf_addc(&b, (char)(i * 2654435761u >> 13));
    struct script s[] = {{SIDE_CLIENT, b.p, b.n}};
    record(s, 1);
    ck_same_bytes(s, 1);
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_lt(st.st_size, 4096);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    buf_free(&b);
}
END_TEST

static const char first[] =
    "{\"bugforbug\":\"conversation\",\"version\":1,\"start\":\"2026-11-24T13:00:00.5Z\"}\n";

static struct conversation *read_bytes(const char *p, size_t n, struct err *e)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(p, 1, n, f), n);
    fclose(f);
    return corpus_read(path, e);
}

static void refuses(const char *text, const char *why)
{
    struct err e = {{0}};
    struct conversation *c = read_bytes(text, strlen(text), &e);
    ck_assert_msg(c == NULL, "taken: %s", text);
    ck_assert_msg(strstr(e.text, why) != NULL, "'%s' does not say '%s'", e.text, why);
    ck_assert_msg(strstr(e.text, path) != NULL, "'%s' does not name the file", e.text);
}

static void refuses_event(const char *line, const char *why)
{
    char text[8192];
    snprintf(text, sizeof text,
             "%s{\"t\":0,\"ev\":\"open\",\"conn\":1}\n%s\n{\"ev\":\"eof\",\"events\":2}\n", first,
             line);
    refuses(text, why);
    refuses(text, ".jsonl:3: ");
}

START_TEST(broken_files_are_refused)
{
    refuses("", "empty file");
    refuses("hello\n", ".jsonl:1: no JSON");
    refuses("{\"bugforbug\":\"suite\"}\n", "not a conversation");
    refuses("{\"bugforbug\":\"conversation\",\"version\":2}\n", "another version");
    refuses("{\"bugforbug\":\"conversation\",\"version\":1,\"start\":\"now\"}\n", "\"start\"");
    refuses(first, "cut short");
    char text[512];
    snprintf(text, sizeof text, "%s{\"ev\":\"eof\",\"events\":1}\n", first);
    refuses(text, "counts 1 events where 0");
    snprintf(text, sizeof text, "%s{\"ev\":\"eof\",\"events\":0}\n{}\n", first);
    refuses(text, "more lines behind the last");
}
END_TEST

/* A NUL hides nothing that stands behind it. */
START_TEST(a_nul_is_refused)
{
    static const char last[] = "{\"ev\":\"eof\",\"events\":0}\n";
    for (size_t at = 0; at < sizeof first + sizeof last - 1; at++) {
        struct err e = {{0}};
        CLEANUP(buf_free) struct buf b = BUF_INIT(1000);
        buf_addf(&b, "%s%s", first, last);
        struct conversation *c = read_bytes(b.p, b.n, &e);
        ck_assert_msg(c != NULL, "%s", e.text);
        conversation_free(c);
        CLEANUP(buf_free) struct buf spoiled = BUF_INIT(1000);
        buf_add(&spoiled, b.p, at);
        buf_add(&spoiled, "\0junk", 5);
        buf_add(&spoiled, b.p + at, b.n - at);
        c = read_bytes(spoiled.p, spoiled.n, &e);
        ck_assert_msg(c == NULL, "taken with a NUL at %zu", at);
        ck_assert_ptr_nonnull(strstr(e.text, ".jsonl:"));
    }
}
END_TEST

static void ck_start(const char *start, int64_t want)
{
    char text[300];
    snprintf(text, sizeof text,
             "{\"bugforbug\":\"conversation\",\"version\":1,\"start\":\"%s\"}\n"
             "{\"ev\":\"eof\",\"events\":0}\n",
             start);
    if (want == INT64_MIN) {
        refuses(text, ".jsonl:1: \"start\": ");
        return;
    }
    struct err e = {{0}};
    struct conversation *c = read_bytes(text, strlen(text), &e);
    ck_assert_msg(c != NULL, "%s", e.text);
    ck_assert_int_eq(c->meta.start, want);
    conversation_free(c);
}

START_TEST(starts_are_times)
{
    ck_start("2026-11-24T13:00:00.123456789Z", INT64_C(1795525200123456789));
    ck_start("2026-11-24T13:00:00Z", INT64_C(1795525200000000000));
    ck_start("2026-11-24T13:00:00.5Z", INT64_C(1795525200500000000));
    ck_start("1969-12-31T23:59:59.999999999Z", -1);
    ck_start("2262-04-11T23:47:16.854775807Z", INT64_MAX);
    static const char *const wrong[] = {
        "2026-11-24 13:00:00Z",
        "2026-11-24T13:00:00",
        "2026-11-24T13:00:00+01:00",
        "2026-11-24T13:00:00.Z",
        "2026-11-24T13:00:00.5e300Z",
        "2026-11-24T13:00:00.1234567890Z",
        "2026-11-24T13:00:00.-1Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "2262-04-11T23:47:16.854775808Z",
        "",
        "Z",
    };
    for (size_t i = 0; i < COUNT(wrong); i++)
        ck_start(wrong[i], INT64_MIN);
}
END_TEST

START_TEST(broken_events_are_refused)
{
    refuses_event("{\"t\":-1}", "not a number of seconds");
    refuses_event("{\"t\":0,\"ev\":\"say\"}", "no such kind");
    refuses_event("{\"t\":0,\"ev\":\"open\",\"conn\":2,\"hue\":1}", "unknown key \"hue\"");
    refuses_event("{\"t\":0,\"t\":0}", "stands there twice");
    refuses_event("{\"t\":0,\"ev\":\"shut\"}", "needs \"conn\"");
    refuses_event("{\"t\":0,\"ev\":\"data\",\"conn\":7,\"from\":\"client\"}",
                  "connection 7 was not opened");
    refuses_event("{\"t\":0,\"ev\":\"request\",\"conn\":1,\"x\":1}", "needs \"x\" and \"head\"");
    refuses_event("{\"t\":0,\"ev\":\"response\",\"conn\":1,\"x\":1,\"head\":[\"HTTP/1.1 200 OK\"]}",
                  "exchange 1 has no request");
    refuses_event("{\"t\":0,\"ev\":\"data\",\"conn\":1,\"json\":{},\"text\":\"\"}", "one payload");
    refuses_event("{\"t\":0,\"ev\":\"data\",\"conn\":1,\"base64\":\"*\"}", "not base64");
    refuses_event("{\"t\":0,\"ev\":\"data\",\"conn\":1,\"frames\":[[4,\"\"]]}", "a frame is");
    refuses_event("{\"t\":0,\"ev\":\"data\",\"conn\":1,\"blob\":\"../../etc/passwd\",\"size\":1}",
                  "not the 64 hex digits");
    refuses_event("{\"t\":0,\"ev\":\"data\",\"conn\":1,\"from\":\"client\",\"wire\":[\"1\\r\\n\",1]"
                  ",\"text\":\"ab\"}",
                  "frames 1 bytes where the payload has 2");
    refuses_event("{\"t\":0,\"ev\":\"shut\",\"conn\":1,\"from\":\"client\",\"text\":\"x\"}",
                  "has no payload");
    refuses_event("[[[", "no JSON");
}
END_TEST

START_TEST(a_changed_blob_is_told)
{
    char blobs[160], digest[EVENT_DIGEST], file[512];
    struct err e = {{0}};
    snprintf(blobs, sizeof blobs, "%s/blobs", dir);
    ck_assert_int_eq(blobs_put(blobs, SPAN_LIT("payload"), digest, &e), 0);
    struct buf out = BUF_INIT(100);
    ck_assert_int_eq(blobs_get(blobs, digest, 7, &out, &e), 0);
    ck_assert_str_eq(buf_str(&out), "payload");
    ck_assert_int_eq(blobs_get(blobs, digest, 6, &out, &e), -1);
    char other[EVENT_DIGEST];
    ck_assert_int_eq(blobs_put(blobs, SPAN_LIT("changed"), other, &e), 0);
    snprintf(file, sizeof file, "mv '%s/%s.zst' '%s/%s.zst'", blobs, other, blobs, digest);
    ck_assert_int_eq(system(file), 0);
    ck_assert_int_eq(blobs_get(blobs, digest, 7, &out, &e), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "other bytes than its name says"));
    buf_free(&out);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("corpus");
    TCase *tc = tcase_create("corpus");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, bytes_come_back);
    tcase_add_test(tc, hijacked_streams_are_frames);
    tcase_add_test(tc, stdin_and_half_close_may_come_before_the_answer);
    tcase_add_test(tc, docker_200_hijack_and_its_refusal);
    tcase_add_test(tc, what_is_no_http_is_kept);
    tcase_add_test(tc, large_bodies_are_blobs);
    tcase_add_test(tc, broken_files_are_refused);
    tcase_add_test(tc, a_nul_is_refused);
    tcase_add_test(tc, starts_are_times);
    tcase_add_test(tc, broken_events_are_refused);
    tcase_add_test(tc, a_changed_blob_is_told);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
