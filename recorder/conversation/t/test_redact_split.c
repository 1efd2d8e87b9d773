/* Secrets that frames, events and limits cut; and what happens to the bytes around them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "recorder/conversation/t/story.h"
#include "recorder/wire/stdcopy.h"

#define CREATE "POST /v1.41/containers/create?name=c HTTP/1.1\nContent-Type: application/json\n"
#define OK "HTTP/1.1 200 OK\nContent-Type: application/json\n"
#define SECRET "cut-anywhere"
#define NAME "{{secret:ENV_A_TOKEN}}"

static struct story *attached(void)
{
    struct story *s = story_new();
    story_request(s, CREATE, "{\"Env\":[\"A_TOKEN=" SECRET "\"]}");
    story_response(s, OK, "{}");
    story_attach(s);
    return s;
}

/* Two events at each place where a text can be cut. */
START_TEST(two_events_share_a_secret)
{
    static const char text[] = "one " SECRET " two cut-any cut-anywher";
    static const char mask[] = "one ************ two cut-any cut-anywher";
    static const char put[] = "one " NAME " two cut-any cut-anywher";
    enum side from = _i ? SIDE_CLIENT : SIDE_DAEMON;
    for (size_t cut = 1; cut < sizeof text - 1; cut++) {
        struct story *s = attached();
        struct buf said = BUF_INIT(4096);
        story_data(s, from, text, cut);
        story_say(s, from == SIDE_CLIENT ? SIDE_DAEMON : SIDE_CLIENT, "cut-any");
        story_data(s, from, text + cut, sizeof text - 1 - cut);
        story_end(s, EV_CLOSE, SIDE_DAEMON);
        story_redact(s);
        story_said(s, from, &said);
        bool whole = cut <= 4 || cut >= 4 + sizeof SECRET - 1;
        ck_assert_str_eq(buf_str(&said), whole ? put : mask);
        story_is_clean(s);
        buf_free(&said);
        story_free(s);
    }
}
END_TEST

START_TEST(many_events_share_a_secret)
{
    static const char text[] = "one " SECRET " two";
    struct story *s = attached();
    struct buf said = BUF_INIT(4096);
    for (size_t i = 0; i < sizeof text - 1; i += 3)
        story_data(s, SIDE_DAEMON, text + i, sizeof text - 1 - i < 3 ? sizeof text - 1 - i : 3);
    story_redact(s);
    story_said(s, SIDE_DAEMON, &said);
    ck_assert_str_eq(buf_str(&said), "one ************ two");
    buf_free(&said);
    story_free(s);
}
END_TEST

START_TEST(a_beginning_that_goes_on_otherwise)
{
    struct story *s = attached();
    const struct event *ev = story_say(s, SIDE_DAEMON, "and cut-any");
    story_say(s, SIDE_CLIENT, "where");
    story_say(s, SIDE_DAEMON, "how");
    const struct event *last = story_say(s, SIDE_DAEMON, "cut-any");
    story_redact(s);
    ck_assert_str_eq(buf_str(&ev->payload), "and cut-any");
    ck_assert_str_eq(buf_str(&last->payload), "cut-any");
    story_free(s);
}
END_TEST

/* Longer than what is kept of the event that follows; and its like, up to the last byte. */
START_TEST(a_long_secret)
{
    static char one[3001], other[3001], body[8192], first[1024];
    for (size_t i = 0; i < 3000; i++)
        one[i] = other[i] = (char)('a' + i * i % 25);
    memcpy(other + 2900, "else", 4);
    snprintf(body, sizeof body, "{\"Env\":[\"A_TOKEN=%s\",\"B_TOKEN=%s\"]}", one, other);
    for (int k = 0; k < 2; k++) {
        struct story *s = story_new();
        struct buf said = BUF_INIT(8192);
        story_request(s, CREATE, body);
        story_response(s, OK, "{}");
        story_attach(s);
        snprintf(first, sizeof first, "x %.500s", one);
        story_say(s, SIDE_DAEMON, first);
        story_data(s, SIDE_DAEMON, one + 500, 1500);
        story_data(s, SIDE_DAEMON, (k ? other : one) + 2000, 1000);
        story_say(s, SIDE_DAEMON, " behind");
        story_redact(s);
        story_said(s, SIDE_DAEMON, &said);
        ck_assert_uint_eq(said.n, 3009);
        ck_assert_uint_eq(strspn(said.p + 2, "*"), 3000);
        ck_assert_str_eq(said.p + 3002, " behind");
        buf_free(&said);
        story_free(s);
    }
}
END_TEST

static void frames(struct buf *out, const char *const *texts)
{
    for (; *texts; texts++)
        story_frame(out, (unsigned)((*texts)[0] - '0'), *texts + 1);
}

struct framed {
    const char *in[6], *out[6]; /* each begins with its channel */
};

static const struct framed whole_frames[] = {
    {{"1a " SECRET " b", "2err"}, {"1a " NAME " b", "2err"}},
    {{"1a cut-any", "1where b"}, {"1a " NAME, "1 b"}},
    {{"1a cut-any", "2err", "1where b"}, {"1a " NAME, "2err", "1 b"}},
    {{"1a cut", "1-any", "1where", "1b"}, {"1a " NAME, "1b"}},  /* what is emptied goes */
    {{"1", "2" SECRET, "1", "1x"}, {"1", "2" NAME, "1", "1x"}}, /* what was empty stays */
    {{"1cut-any", "2where"}, {"1cut-any", "2where"}},
    {{"1" SECRET SECRET, "2" SECRET}, {"1" NAME NAME, "2" NAME}},
};

START_TEST(frames_are_rebuilt)
{
    const struct framed *f = &whole_frames[_i];
    struct story *s = attached();
    struct buf in = BUF_INIT(4096), out = BUF_INIT(4096);
    frames(&in, f->in);
    frames(&out, f->out);
    const struct event *ev = story_data(s, SIDE_DAEMON, in.p, in.n);
    story_redact(s);
    ck_assert_uint_eq(ev->payload.n, out.n);
    ck_assert_mem_eq(ev->payload.p, out.p, out.n);
    story_is_clean(s);
    buf_free(&in);
    buf_free(&out);
    story_free(s);
}
END_TEST

/* A stream of frames with a secret inside one, and one that two frames share, cut everywhere. */
START_TEST(frames_are_cut)
{
    struct buf in = BUF_INIT(4096), want = BUF_INIT(4096);
    frames(&in,
           (const char *const[]){"1say " SECRET, "2err", "1x cut-any", "2cut", "1where y", NULL});
    frames(&want, (const char *const[]){"1say ************", "2err", "1x *******", "2cut",
                                        "1***** y", NULL});
    for (size_t cut = 1; cut < in.n; cut++) {
        struct story *s = attached();
        struct buf said = BUF_INIT(4096);
        story_data(s, SIDE_DAEMON, in.p, cut);
        story_say(s, SIDE_CLIENT, "cut");
        story_data(s, SIDE_DAEMON, in.p + cut, in.n - cut);
        story_redact(s);
        story_said(s, SIDE_DAEMON, &said);
        ck_assert(!story_has(s, SECRET));
        ck_assert(!story_has(s, "anywhere"));
        /* Between two frames each event is rebuilt; else lengths stay. */
        size_t at = 0;
        while (at < cut)
            at += STDCOPY_HEADER + (unsigned char)in.p[at + 7];
        if (at != cut)
            ck_assert_mem_eq(said.p, want.p, want.n);
        story_is_clean(s);
        buf_free(&said);
        story_free(s);
    }
    buf_free(&in);
    buf_free(&want);
}
END_TEST

START_TEST(binary_bytes_keep_their_places)
{
    static const char tar[] = "file\0\0\0" SECRET "\0\0" SECRET "\xff\0";
    static const char want[] = "file\0\0\0************\0\0************\xff\0";
    struct story *s = story_new();
    story_request(s, CREATE, "{\"Env\":[\"A_TOKEN=" SECRET "\"]}");
    story_response(s, OK, "{}");
    story_request(s, "GET /containers/c/archive?path=/x HTTP/1.1\n", "");
    story_response_head(s, "HTTP/1.1 200 OK\nContent-Type: application/x-tar\n");
    const struct event *ev = story_data(s, SIDE_DAEMON, tar, sizeof tar);
    /* The middle of a file in it looks like any text. */
    const struct event *text = story_say(s, SIDE_DAEMON, "text " SECRET);
    story_redact(s);
    ck_assert_mem_eq(ev->payload.p, want, sizeof want);
    ck_assert_str_eq(buf_str(&text->payload), "text ************");
    story_free(s);
}
END_TEST

START_TEST(nothing_is_learnt_from_tar)
{
    static const char tar[] = "file\0\0\0PASSWORD=in-the-tar\n\0\0";
    struct story *s = story_new();
    struct event *ev = story_request_head(s, "PUT /containers/c/archive?path=/x HTTP/1.1\n");
    event_add_payload(ev, tar, sizeof tar);
    story_redact(s);
    ck_assert_ptr_null(s->names[0]);
    ck_assert_mem_eq(s->events[0].payload.p, tar, sizeof tar);
    story_free(s);
}
END_TEST

START_TEST(utf8_that_an_event_cuts_is_text)
{
    struct story *s = attached();
    const struct event *ev = story_say(s, SIDE_DAEMON, "a\xc3");
    const struct event *next = story_say(s, SIDE_DAEMON, "\xa4 " SECRET " \xe2\x82");
    story_say(s, SIDE_DAEMON, "\xac");
    story_redact(s);
    ck_assert_str_eq(buf_str(&ev->payload), "a\xc3");
    ck_assert_str_eq(buf_str(&next->payload), "\xa4 " NAME " \xe2\x82");
    story_free(s);
}
END_TEST

START_TEST(framing_goes_when_the_length_changes)
{
    struct story *s = story_new();
    story_request(s, CREATE, "{\"Env\":[\"A_TOKEN=" SECRET "\"]}");
    struct event *ev = story_response_head(s, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n");
    event_add_framing(ev, "c\r\n", 3);
    event_add_payload(ev, SECRET, 12);
    event_add_framing(ev, "\r\n0\r\nX: " SECRET "\r\n\r\n", 24);
    ev->end = true;
    struct event *other = story_response_head(s, "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n");
    event_add_framing(other, "3\r\n", 3);
    event_add_payload(other, "abc", 3);
    event_add_framing(other, "\r\n0\r\nX: " SECRET "\r\n\r\n", 24);
    other->end = true;
    story_redact(s);
    ck_assert_str_eq(buf_str(&ev->payload), NAME);
    ck_assert_uint_eq(ev->framing.n, 0);
    ck_assert_uint_eq(ev->framing.literal.n, 0);
    ck_assert_uint_eq(other->framing.n, 2);
    ck_assert_str_eq(buf_str(&other->framing.literal), "3\r\n\r\n0\r\nX: ************\r\n\r\n");
    story_free(s);
}
END_TEST

START_TEST(a_payload_that_has_no_room_for_placeholders)
{
    static const char word[] = "cut-anywhere ";
    struct story *s = story_new();
    story_request(s, CREATE, "{\"Env\":[\"A_TOKEN=" SECRET "\"]}");
    story_response(s, OK, "{}");
    story_request(s, "GET /containers/c/logs HTTP/1.1\n", "");
    struct event *ev = story_response_head(s, "HTTP/1.1 200 OK\n");
    while (ev->payload.n + sizeof word < EVENT_PAYLOAD_MAX)
        event_add_payload(ev, word, sizeof word - 1);
    size_t before = ev->payload.n;
    story_redact(s);
    ck_assert_uint_eq(ev->payload.n, before);
    ck_assert(!memmem(ev->payload.p, before, "cut", 3));
    ck_assert(!memcmp(ev->payload.p, "************ ************ ", 26));
    story_free(s);
}
END_TEST

START_TEST(a_head_that_has_no_room_for_placeholders)
{
    struct story *s = story_new();
    story_request(s, CREATE, "{\"Env\":[\"A_TOKEN=" SECRET "\"]}");
    struct event *ev = story_request_head(s, "GET / HTTP/1.1\n");
    ev->head.n -= 2;
    while (ev->head.n + 40 < EVENT_HEAD_MAX)
        buf_adds(&ev->head, "X: " SECRET "\r\n");
    buf_adds(&ev->head, "\r\n");
    size_t before = ev->head.n;
    story_redact(s);
    ck_assert_uint_eq(ev->head.n, before);
    ck_assert(!memmem(ev->head.p, before, "cut", 3));
    story_free(s);
}
END_TEST

START_TEST(more_headers_than_are_taken_apart)
{
    struct story *s = story_new();
    struct buf head = BUF_INIT(1 << 16);
    buf_adds(&head, "GET / HTTP/1.1\n");
    for (int i = 0; i < 200; i++)
        buf_addf(&head, "X-%d: " SECRET "\n", i);
    story_request(s, CREATE, "{\"Env\":[\"A_TOKEN=" SECRET "\"]}");
    story_request(s, buf_str(&head), "");
    story_redact(s);
    story_hides(s, SECRET);
    ck_assert(story_has(s, "X-199: " NAME "\r\n\r\n"));
    buf_free(&head);
    story_free(s);
}
END_TEST

/* Embedded in longer base64, at each alignment, it is masked. */
START_TEST(inside_longer_base64)
{
    struct story *s = attached();
    story_say(s, SIDE_DAEMON, "dXNlcjpjdXQtYW55d2hlcmU6eHl6 "); /* user:cut-anywhere:xyz */
    story_say(s, SIDE_DAEMON, "dTpjdXQtYW55d2hlcmU= ");         /* u:cut-anywhere */
    story_say(s, SIDE_DAEMON, "dXM6Y3V0LWFueXdoZXJlCg== ");     /* us:cut-anywhere\n */
    story_redact(s);
    story_hides(s, SECRET);
    ck_assert(story_has(s, "dXNlcjp"));
    story_free(s);
}
END_TEST

START_TEST(what_is_no_http)
{
    struct story *s = story_new();
    story_say(s, SIDE_CLIENT, "SOME_TOKEN=r4w-bytes ");
    story_say(s, SIDE_DAEMON, "\x01garbage r4w-bytes");
    story_end(s, EV_CLOSE, SIDE_CLIENT);
    story_redact(s);
    ck_assert_str_eq(buf_str(&s->events[0].payload), "SOME_TOKEN={{secret:STDIN_SOME_TOKEN}} ");
    story_hides(s, "r4w-bytes");
    story_free(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redact: cuts");
    TCase *t = tcase_create("cuts");
    tcase_add_loop_test(t, two_events_share_a_secret, 0, 2);
    tcase_add_test(t, many_events_share_a_secret);
    tcase_add_test(t, a_beginning_that_goes_on_otherwise);
    tcase_add_test(t, a_long_secret);
    tcase_add_loop_test(t, frames_are_rebuilt, 0, sizeof whole_frames / sizeof *whole_frames);
    tcase_add_test(t, frames_are_cut);
    tcase_add_test(t, binary_bytes_keep_their_places);
    tcase_add_test(t, nothing_is_learnt_from_tar);
    tcase_add_test(t, utf8_that_an_event_cuts_is_text);
    tcase_add_test(t, framing_goes_when_the_length_changes);
    tcase_add_test(t, a_payload_that_has_no_room_for_placeholders);
    tcase_add_test(t, a_head_that_has_no_room_for_placeholders);
    tcase_add_test(t, more_headers_than_are_taken_apart);
    tcase_add_test(t, inside_longer_base64);
    tcase_add_test(t, what_is_no_http);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
