/* An event becomes a line and comes back as the same bytes, whatever they are. */
#include "corpus/line.h"

#include <glob.h>
#include <jansson.h>
#include <stdio.h>

#include "corpus/corpus.h"
#include "corpus/t/same.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/t/suite.h"

static struct err e;

/* Formats, parses and compares; appends the line to `line`. */
static void ck_comes_back(const struct event *ev, struct buf *line)
{
    CLEANUP(event_free) struct event back;
    event_init(&back);
    ck_assert_msg(line_format(ev, line, &e) == 0, "%s", e.text);
    ck_assert(line->n && line->p[line->n - 1] == '\n');
    ck_assert_ptr_eq(memchr(line->p, '\n', line->n), line->p + line->n - 1);
    ck_assert_msg(line_parse((struct span){line->p, line->n - 1}, &back, &e) == 0, "%s: %.500s",
                  e.text, line->p);
    ck_assert_msg(same_event(ev, &back), "%.2000s", line->p);
    json_t *json = json_loadb(line->p, line->n, JSON_ALLOW_NUL, NULL);
    ck_assert_ptr_nonnull(json); /* and UTF-8 */
    json_decref(json);
}

static void data_event(struct event *ev, struct span payload)
{
    event_init(ev);
    ev->kind = EV_DATA;
    ev->from = SIDE_DAEMON;
    ev->conn = ev->exchange = 1;
    ck_assert_int_eq(event_add_payload(ev, payload.p, payload.n), 0);
}

/* The payload comes back, in the form that the key says. */
static void ck_form(struct span payload, const char *key)
{
    CLEANUP(event_free) struct event ev;
    CLEANUP(buf_free) struct buf line = BUF_INIT(CORPUS_LINE_MAX);
    char want[40];
    data_event(&ev, payload);
    ck_comes_back(&ev, &line);
    snprintf(want, sizeof want, ",\"%s\":", key);
    ck_assert_msg(strstr(line.p, want) != NULL, "no %s in %.500s", want, line.p);
}

START_TEST(json_keeps_its_bytes)
{
    static const struct span bodies[] = {
        SPAN_LIT("{}"),
        SPAN_LIT("[ ]\n"),
        SPAN_LIT("{\"a\":1, \"a\":2 ,\"b\" : {\"a\":null,\"a\":null}}\r\n"),
        SPAN_LIT("{\"n\":[1.0,-0,1e5,1E+05,0.10,9223372036854775807,-9223372036854775808]}"),
        SPAN_LIT("{\"s\":\"\\u003c\\/\\u00e4\\ud83d\\ude00\\u0000\xc3\xa4\xe2\x80\xa8\x7f\"}"),
        SPAN_LIT("{\"z\":\"]}\\\\\\\"\",\"a\":[[],{}]} \t \n"),
        SPAN_LIT("[\"\\u007f\",true,false,null,\"\"]"),
    };
    for (size_t i = 0; i < COUNT(bodies); i++)
        ck_form(bodies[i], "json");
}
END_TEST

START_TEST(several_json_values_keep_theirs)
{
    ck_form(SPAN_LIT("{\"a\":1}\n{\"a\":2}\n"), "jsons");
    ck_form(SPAN_LIT("{}{}[]"), "jsons");
    ck_form(SPAN_LIT("{\"a\":\"x\\u0000\"}\r\n[1,1]\r\n{}\r\n"), "jsons");
    ck_form(SPAN_LIT("{} {} "), "jsons");
    ck_form(SPAN_LIT("{}\n{}"), "text"); /* not the same behind each */
    ck_form(SPAN_LIT("{}\n{}\r\n"), "text");
    ck_form(SPAN_LIT("{}\n{\"half\":"), "text");
}
END_TEST

/* What looks like JSON, and would not come back if it were taken for it. */
START_TEST(what_is_no_json_here)
{
    ck_form(SPAN_LIT("{\n  \"pretty\": 1\n}\n"), "text");
    ck_form(SPAN_LIT("{\"a\":1}\n\n x"), "text");
    ck_form(SPAN_LIT(" {}"), "text");
    ck_form(SPAN_LIT("\"text\""), "text");
    ck_form(SPAN_LIT("12"), "text");
    ck_form(SPAN_LIT("null\n"), "text");
    ck_form(SPAN_LIT("{\"a\":99999999999999999999}"), "text"); /* beyond the JSON library */
    ck_form(SPAN_LIT("[1e999]"), "text");
    ck_form(SPAN_LIT("[-99999999999999999999999]"), "text");
    ck_form(SPAN_LIT("[\"\\ud800\"]"), "text");
    ck_form(SPAN_LIT("{\"\\u0000\":1}"), "text");
    ck_form(SPAN_LIT("[01]"), "text");
    ck_form(SPAN_LIT("{'a':1}"), "text");
    ck_form(SPAN_LIT("\xef\xbb\xbf{}"), "text");
    ck_form(SPAN_LIT("[\"\t\"]"), "text");
    ck_form(SPAN_LIT("{}\0"), "text");
    ck_form(SPAN_LIT("[\"\xff\"]"), "base64");
    ck_form(SPAN_LIT("[\"\xc0\x80\"]"), "base64");
    ck_form(SPAN_LIT("[\"\xed\xa0\x80\"]"), "base64");
}
END_TEST

START_TEST(texts_and_bytes)
{
    ck_form(SPAN_LIT("a\0b\x1b[0m\r\n\x7f\"\\"), "text");
    ck_form(SPAN_LIT("\0"), "text");
    ck_form(SPAN_LIT("\n"), "text");
    ck_form(SPAN_LIT("\xc3\xa4\xf0\x9f\x98\x80"), "text");
    ck_form(SPAN_LIT("\xc3"), "base64");
    ck_form(SPAN_LIT("\xff\0\n"), "base64");
    ck_form(SPAN_LIT("\xf4\x90\x80\x80"), "base64"); /* beyond U+10FFFF */
}
END_TEST

START_TEST(frames_of_streams)
{
    ck_form(SPAN_LIT("\1\0\0\0\0\0\0\4out\n"), "frames");
    ck_form(SPAN_LIT("\1\0\0\0\0\0\0\0"), "frames");
    ck_form(SPAN_LIT("\2\0\0\0\0\0\0\2\xff\n\1\0\0\0\0\0\0\3a\0b\3\0\0\0\0\0\0\1x"), "frames");
    ck_form(SPAN_LIT("\1\0\0\0\0\0\0\2{}"), "frames");
    ck_form(SPAN_LIT("\1\0\0\0\0\0\0\4out"), "text"); /* cut */
    ck_form(SPAN_LIT("\1\0\0\0\0\0\0\1x\1\0\0"), "text");
    ck_form(SPAN_LIT("\4\0\0\0\0\0\0\1x"), "text");
}
END_TEST

static void nested(size_t depth, const char *key)
{
    CLEANUP(buf_free) struct buf json = BUF_INIT(1 << 20);
    for (size_t i = 0; i < depth; i++)
        buf_adds(&json, i % 2 ? "{\"a\":" : "[");
    buf_adds(&json, "1");
    for (size_t i = depth; i-- > 0;)
        buf_adds(&json, i % 2 ? "}" : "]");
    ck_form((struct span){json.p, json.n}, key);
}

START_TEST(deep_json)
{
    nested(1, "json");
    nested(1023, "json");
    nested(1024, "json");
    nested(1025, "text");
    nested(2047, "text");
    nested(5000, "text");
}
END_TEST

START_TEST(heads_of_all_kinds)
{
    static const struct {
        struct span head;
        const char *key;
    } heads[] = {
        {SPAN_LIT("GET /a HTTP/1.1\r\nX:  a\t \r\n\r\n"), "head"},
        {SPAN_LIT("GET /\xc3\xa4 HTTP/1.1\r\n\r\n"), "head"},
        {SPAN_LIT("\r\nGET /a HTTP/1.1\r\n\r\n"), "head"},
        {SPAN_LIT("GET /a HTTP/1.1\r\nX: a\r\n b\0\r\n\r\n"), "head"},
        {SPAN_LIT("\r\n\r\n"), "head"},
        {SPAN_LIT("GET /a HTTP/1.1\r\nX: \xff\r\n\r\n"), "head64"},
        {SPAN_LIT("GET /a HTTP/1.1\nX: a\n\n"), "head64"},
        {SPAN_LIT("GET /a HTTP/1.1\r\nX: a\n\r\n\r\n"), "head64"},
        {SPAN_LIT("GET /a HTTP/1.1\r\nX: \ra\r\n\r\n"), "head64"},
        {SPAN_LIT("GET /a HTTP/1.1\r\n"), "head64"},
        {SPAN_LIT("x"), "head64"},
    };
    for (size_t i = 0; i < COUNT(heads); i++) {
        CLEANUP(event_free) struct event ev;
        CLEANUP(buf_free) struct buf line = BUF_INIT(CORPUS_LINE_MAX);
        char want[20];
        data_event(&ev, SPAN_LIT("body"));
        ev.kind = EV_RESPONSE;
        buf_add(&ev.head, heads[i].head.p, heads[i].head.n);
        ck_comes_back(&ev, &line);
        snprintf(want, sizeof want, ",\"%s\":", heads[i].key);
        ck_assert_msg(strstr(line.p, want) != NULL, "no %s in %s", want, line.p);
    }
}
END_TEST

/* The largest head, of bytes that need base64; chunk lines of all bytes there are. */
START_TEST(largest_heads_and_framing)
{
    CLEANUP(event_free) struct event ev;
    CLEANUP(buf_free) struct buf line = BUF_INIT(CORPUS_LINE_MAX);
    CLEANUP_FREE char *big = malloc(EVENT_HEAD_MAX);
    ck_assert_ptr_nonnull(big);
    data_event(&ev, SPAN_LIT(""));
    ev.kind = EV_REQUEST;
    ev.from = SIDE_CLIENT;
    for (size_t i = 0; i < EVENT_HEAD_MAX; i++)
        big[i] = (char)i;
    ck_assert_int_eq(buf_add(&ev.head, big, EVENT_HEAD_MAX), 0);
    ck_assert_int_eq(event_add_framing(&ev, big, EVENT_FRAMING_MAX), 0);
    ck_comes_back(&ev, &line);
    memset(big, 1, EVENT_HEAD_MAX); /* the widest in JSON */
    for (size_t i = 0; i < 4; i++)
        big[EVENT_HEAD_MAX - 4 + i] = "\r\n\r\n"[i];
    buf_clear(&ev.head);
    buf_clear(&line);
    ck_assert_int_eq(buf_add(&ev.head, big, EVENT_HEAD_MAX), 0);
    ck_comes_back(&ev, &line);
}
END_TEST

START_TEST(times_keep_microseconds)
{
    static const int64_t times[][2] = {
        {0, 0},
        {1999, 1999},
        {999000, 1000000},
        {INT64_C(1234567890123456), INT64_C(1234567890124456)},
        {INT64_C(999999999999999000), INT64_C(999999999999999000)},
        {INT64_C(86400000000001000), INT64_C(86400000999999000)},
        {INT64_C(1000000000) * 1000000000, INT64_C(1000000000) * 1000000000},
    };
    for (size_t i = 0; i < COUNT(times); i++) {
        CLEANUP(event_free) struct event ev;
        CLEANUP(buf_free) struct buf line = BUF_INIT(CORPUS_LINE_MAX);
        data_event(&ev, SPAN_LIT("x"));
        ev.t = times[i][0];
        ev.till = times[i][1];
        ck_comes_back(&ev, &line);
        bool said = strstr(line.p, "\"till\":") != NULL;
        ck_assert(said == (ev.t / 1000000 != ev.till / 1000000));
    }
}
END_TEST

/* --- random events --- */

static void random_bytes(struct prng *r, struct buf *out, size_t max)
{
    static const char *const alphabets[] = {"ab\n", "{}[]\",:1 \n", "\1\0\0\0\0\0\0\2ab", NULL};
    size_t which = prng_below(r, COUNT(alphabets));
    for (size_t n = prng_below(r, max); n; n--) {
        char c = alphabets[which]
                     ? alphabets[which][prng_below(r, which == 2 ? 10 : strlen(alphabets[which]))]
                     : (char)prng_below(r, 256);
        ck_assert_int_eq(buf_addc(out, c), 0);
    }
}

static void random_payload(struct prng *r, struct event *ev)
{
    static const char *const pieces[] = {"{\"a\":1}", "[]",   "\n",  "{\"b\":\"\\u0000\"}",
                                         "\1",        "text", "\xff"};
    CLEANUP(buf_free) struct buf bytes = BUF_INIT(1 << 16);
    size_t same = prng_below(r, COUNT(pieces));
    for (size_t n = prng_below(r, 6); n; n--) {
        if (prng_below(r, 3) == 0)
            random_bytes(r, &bytes, 40);
        else
            buf_adds(&bytes, pieces[prng_below(r, 3) ? same : prng_below(r, COUNT(pieces))]);
        if (bytes.n && prng_below(r, 2)) {
            ck_assert_int_eq(event_add_payload(ev, bytes.p, bytes.n), 0);
            buf_clear(&bytes);
        }
        if (prng_below(r, 3) == 0) {
            CLEANUP(buf_free) struct buf literal = BUF_INIT(1 << 16);
            random_bytes(r, &literal, 12);
            ck_assert_int_eq(event_add_framing(ev, literal.p, literal.n), 0);
        }
    }
}

static void random_event(struct prng *r, struct event *ev)
{
    event_init(ev);
    ev->kind = (enum event_kind)prng_below(r, EV_RESET + 1);
    ev->conn = 1 + (uint32_t)prng_below(r, UINT32_MAX - 1);
    ev->t = (int64_t)prng_below(r, 1000000000) * 1000;
    ev->till = ev->t + (int64_t)prng_below(r, 3000) * 1000;
    if (ev->kind == EV_RESPONSE || (ev->kind >= EV_DATA && prng_below(r, 2)))
        ev->from = SIDE_DAEMON;
    if (ev->kind != EV_REQUEST && ev->kind != EV_RESPONSE && ev->kind != EV_DATA)
        return;
    ev->end = prng_below(r, 2);
    random_payload(r, ev);
    if (ev->kind != EV_DATA || prng_below(r, 2))
        ev->exchange = 1 + (uint32_t)prng_below(r, UINT32_MAX - 1);
    if (ev->kind == EV_DATA)
        return;
    buf_addc(&ev->head, 'H');
    random_bytes(r, &ev->head, 40);
    buf_adds(&ev->head, prng_below(r, 2) ? "\r\n\r\n" : "\n");
}

START_TEST(random_events_come_back)
{
    for (uint64_t seed = 1; seed <= 5000; seed++) {
        struct prng r = prng_of(seed);
        CLEANUP(event_free) struct event ev;
        CLEANUP(buf_free) struct buf line = BUF_INIT(CORPUS_LINE_MAX);
        CLEANUP(buf_free) struct buf said = BUF_INIT(1 << 20);
        CLEANUP(buf_free) struct buf again = BUF_INIT(1 << 20);
        CLEANUP(event_free) struct event back;
        event_init(&back);
        random_event(&r, &ev);
        ck_comes_back(&ev, &line);
        ck_assert_int_eq(line_parse((struct span){line.p, line.n - 1}, &back, &e), 0);
        ck_assert_int_eq(event_wire(&ev, &said, &e), 0);
        ck_assert_int_eq(event_wire(&back, &again, &e), 0);
        ck_assert(same_buf(&said, &again));
    }
}
END_TEST

/* --- the shipped corpus --- */

/* Each event's line is what would be written of it today. Returns the number of lines. */
static int ck_file(const char *path)
{
    CLEANUP_FILE FILE *f = fopen(path, "r");
    CLEANUP_FREE char *text = NULL;
    size_t cap = 0;
    ssize_t n;
    int lines = 0;
    ck_assert_ptr_nonnull(f);
    while ((n = getline(&text, &cap, f)) > 0) {
        if (lines++ == 0 || span_starts(span_of(text), "{\"ev\":\"eof\""))
            continue;
        CLEANUP(event_free) struct event ev;
        CLEANUP(buf_free) struct buf line = BUF_INIT(CORPUS_LINE_MAX);
        event_init(&ev);
        ck_assert_msg(line_parse((struct span){text, (size_t)n - 1}, &ev, &e) == 0, "%s:%d: %s",
                      path, lines, e.text);
        ck_assert_int_eq(line_format(&ev, &line, &e), 0);
        ck_assert_msg(strcmp(text, buf_str(&line)) == 0, "%s:%d:\n%s\n%s", path, lines, text,
                      line.p);
    }
    return lines;
}

START_TEST(shipped_lines_are_what_is_written)
{
    glob_t found;
    int lines = 0;
    if (glob("corpus/*/*.jsonl", 0, NULL, &found) != 0)
        return; /* run elsewhere than at the root of the tree */
    for (size_t i = 0; i < found.gl_pathc; i++)
        lines += ck_file(found.gl_pathv[i]);
    ck_assert_int_gt(lines, 100);
    globfree(&found);
}
END_TEST

/* --- what is no event --- */

static void ck_refused(const char *line, const char *why)
{
    CLEANUP(event_free) struct event ev;
    event_init(&ev);
    e.text[0] = 0;
    ck_assert_msg(line_parse(span_of(line), &ev, &e) < 0, "taken: %s", line);
    ck_assert_msg(strstr(e.text, why) != NULL, "%s: '%s' does not say '%s'", line, e.text, why);
}

#define BASE "{\"t\":0,\"ev\":\"data\",\"conn\":1,\"from\":\"client\""

START_TEST(keys_that_must_be_there)
{
    ck_refused("{}", "needs \"t\"");
    ck_refused("{\"ev\":\"open\",\"conn\":1}", "needs \"t\"");
    ck_refused("{\"t\":0,\"conn\":1}", "needs \"ev\"");
    ck_refused("{\"t\":0,\"ev\":\"open\"}", "needs \"conn\"");
    ck_refused("{\"t\":0,\"ev\":\"data\",\"conn\":1}", "needs \"from\"");
    ck_refused("{\"t\":0,\"ev\":\"shut\",\"conn\":1}", "needs \"from\"");
    ck_refused("{\"t\":0,\"ev\":\"request\",\"conn\":1,\"head\":[\"x\"]}", "needs \"x\"");
}
END_TEST

START_TEST(keys_that_must_not_be_there)
{
    ck_refused("{\"t\":0,\"ev\":\"open\",\"conn\":1,\"from\":\"daemon\"}", "has no \"from\"");
    ck_refused(
        "{\"t\":0,\"ev\":\"request\",\"conn\":1,\"x\":1,\"from\":\"daemon\",\"head\":[\"x\"]}",
        "has no \"from\"");
    ck_refused("{\"t\":0,\"ev\":\"shut\",\"conn\":1,\"from\":\"client\",\"x\":1}", "has no \"x\"");
    ck_refused("{\"t\":0,\"ev\":\"open\",\"conn\":1,\"end\":true}", "has no payload");
    ck_refused(BASE ",\"head\":[\"x\"]}", "has no head");
    ck_refused(
        "{\"t\":0,\"ev\":\"response\",\"conn\":1,\"x\":1,\"head64\":\"eA==\",\"head\":[\"x\"]}",
        "one head");
    ck_refused(BASE ",\"after\":\"\\n\",\"text\":\"x\"}", "stands without");
    ck_refused(BASE ",\"size\":1}", "stands without \"blob\"");
    ck_refused(BASE ",\"te\\u0078t\":\"x\"}", "unknown key");
    ck_refused(BASE ",\"\":1}", "unknown key \"\"");
    ck_refused(BASE ",\"text\":\"x\",\"text\":\"y\"}", "twice");
}
END_TEST

START_TEST(values_that_are_wrong)
{
    ck_refused("{\"t\":\"0\"}", "not a number of seconds");
    ck_refused("{\"t\":2e9}", "not a number of seconds");
    ck_refused("{\"t\":1e308}", "not a number of seconds");
    ck_refused("{\"t\":0,\"till\":null}", "not a number of seconds");
    ck_refused("{\"t\":0,\"ev\":1}", "no such kind");
    ck_refused("{\"t\":0,\"conn\":0}", "from 1 up");
    ck_refused("{\"t\":0,\"conn\":4294967296}", "from 1 up");
    ck_refused("{\"t\":0,\"conn\":1.0}", "from 1 up");
    ck_refused("{\"t\":0,\"x\":-1}", "from 1 up");
    ck_refused("{\"t\":0,\"from\":\"me\"}", "neither");
    ck_refused("{\"t\":0,\"end\":false}", "only true");
    ck_refused(BASE ",\"head\":[]}", "not a list of lines");
    ck_refused(BASE ",\"head\":[1]}", "without line feeds");
    ck_refused(BASE ",\"head\":[\"a\\nb\"]}", "without line feeds");
    ck_refused(BASE ",\"head64\":5}", "not base64");
    ck_refused(BASE ",\"wire\":{}}", "not a list");
    ck_refused(BASE ",\"wire\":[1]}", "texts, each");
    ck_refused(BASE ",\"wire\":[\"a\",1,1],\"text\":\"xx\"}", "texts, each");
    ck_refused(BASE ",\"wire\":[\"a\",0]}", "texts, each");
    ck_refused(BASE ",\"wire\":[\"a\",4194305]}", "texts, each");
    ck_refused(BASE ",\"wire\":[\"\\u0100\"]}", "beyond U+00FF");
    ck_refused(BASE ",\"wire\":[\"a\",1]}", "frames 1 bytes where the payload has 0");
    ck_refused(BASE ",\"jsons\":{}}", "not a list");
    ck_refused(BASE ",\"after\":\"x\",\"json\":{}}", "not white space");
    ck_refused(BASE ",\"frames\":[[1]]}", "a frame is");
    ck_refused(BASE ",\"frames\":[[-1,\"\"]]}", "a frame is");
    ck_refused(BASE ",\"frames\":[[1,5]]}", "not base64");
    ck_refused(BASE ",\"text\":1}", "not a text");
    ck_refused(BASE ",\"blob\":\"x\",\"size\":1}", "64 hex digits");
    ck_refused("[]", "not a JSON object");
    ck_refused("", "no JSON");
    ck_refused("{\"t\":0}{}", "no JSON");
    ck_refused("{\"t\":\"\xff\"}", "no JSON");
}
END_TEST

START_TEST(blobs_are_named)
{
#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    static const char line[] = BASE ",\"size\":4194304,\"blob\":\"" DIGEST "\"}";
    CLEANUP(event_free) struct event ev;
    CLEANUP(buf_free) struct buf again = BUF_INIT(CORPUS_LINE_MAX);
    event_init(&ev);
    ck_assert_msg(line_parse(SPAN_LIT(line), &ev, &e) == 0, "%s", e.text);
    ck_assert_str_eq(ev.blob, DIGEST);
    ck_assert_uint_eq(ev.payload_size, EVENT_PAYLOAD_MAX);
    ck_comes_back(&ev, &again);
    ck_refused(BASE ",\"blob\":\"" DIGEST "\"}", "needs a \"size\"");
    ck_refused(BASE ",\"blob\":\"" DIGEST "\",\"size\":4194305}", "needs a \"size\"");
    ck_refused(BASE ",\"blob\":\"" DIGEST "\",\"size\":0}", "needs a \"size\"");
    ck_refused(BASE ",\"blob\":\"" DIGEST "\",\"size\":1,\"text\":\"x\"}", "one payload");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        json_keeps_its_bytes,
        several_json_values_keep_theirs,
        what_is_no_json_here,
        texts_and_bytes,
        frames_of_streams,
        deep_json,
        heads_of_all_kinds,
        largest_heads_and_framing,
        times_keep_microseconds,
        random_events_come_back,
        shipped_lines_are_what_is_written,
        keys_that_must_be_there,
        keys_that_must_not_be_there,
        values_that_are_wrong,
        blobs_are_named,
    };
    return suite_run("line", NULL, NULL, tests, COUNT(tests));
}
