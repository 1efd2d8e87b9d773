/* The parts that the comparers stand on: routes, classes, patterns, paths, symbols, findings. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "differ/class.h"
#include "differ/finding.h"
#include "differ/path.h"
#include "differ/pattern.h"
#include "differ/route.h"
#include "differ/show.h"
#include "differ/symbols.h"

static struct err e;

#define HEX64 "736b99bfbab50be37b261090994248feecaff40e4235586f4ab9a0d9f3739821"
#define OTHER64 "cee31af9ed9b3cab511e8cc0486f9948d053b2fd804f4ad51dac8ec702ec30ff"
#define THIRD64 "41ada691db041780060e89369139d4f3b86686f0f4886188d3a6e1769eb0dad3"

static const struct {
    const char *method, *target, *route;
    enum route_body body;
    bool known;
} routes[] = {
    {"GET", "/_ping", "GET /_ping", BODY_AUTO, true},
    {"HEAD", "/v1.41/_ping", "HEAD /_ping", BODY_AUTO, true},
    {"GET", "/v1.41/containers/json?all=1", "GET /containers/json", BODY_AUTO, true},
    {"GET", "/containers/json", "GET /containers/json", BODY_AUTO, true},
    {"GET", "/v1.41/containers/box/json", "GET /containers/{id}/json", BODY_AUTO, true},
    {"GET", "/v1.41/containers/json/json", "GET /containers/{id}/json", BODY_AUTO, true},
    {"POST", "/v1.25/containers/box/attach?stream=1", "POST /containers/{id}/attach", BODY_STREAM,
     true},
    {"GET", "/containers/box/attach/ws", "GET /containers/{id}/attach/ws", BODY_WEBSOCKET, true},
    {"DELETE", "/v1.41/containers/box?force=1", "DELETE /containers/{id}", BODY_AUTO, true},
    {"GET", "/v1.41/images/busybox/json", "GET /images/{name}/json", BODY_AUTO, true},
    {"GET", "/v1.41/images/a/b:tag/json", "GET /images/{name}/json", BODY_AUTO, true},
    {"GET", "/v1.41/images/localhost:5000/x/y:z/json", "GET /images/{name}/json", BODY_AUTO, true},
    {"GET", "/v1.41/images/json", "GET /images/json", BODY_AUTO, true},
    {"GET", "/v1.41/images/json/json", "GET /images/{name}/json", BODY_AUTO, true},
    {"GET", "/v1.41/images/get?names=x", "GET /images/get", BODY_TAR, true},
    {"GET", "/v1.41/images/a/get/get", "GET /images/{name}/get", BODY_TAR, true},
    {"POST", "/v1.41/images/localhost:5000/x/push", "POST /images/{name}/push", BODY_MESSAGES,
     true},
    {"DELETE", "/v1.41/images/localhost:5000/x", "DELETE /images/{name}", BODY_AUTO, true},
    {"POST", "/session", "POST /session", BODY_H2C, true},
    {"GET", "/v1.41/networks", "GET /networks", BODY_AUTO, true},
    {"GET", "/v1.41/networks/x", "GET /networks/{id}", BODY_AUTO, true},
    {"POST", "/v1.41/volumes/create", "POST /volumes/create", BODY_AUTO, true},
    /* Not there: the path stands for itself, IDs taken out. */
    {"GET", "/v1.41/foo", "GET /foo", BODY_AUTO, false},
    {"GET", "/foo/" HEX64 "/bar", "GET /foo/{id}/bar", BODY_AUTO, false},
    {"GET", "/", "GET /", BODY_AUTO, false},
    {"GET", "*", "GET ", BODY_AUTO, false},
    {"GET", "/v1.41/images//json", "GET /images//json", BODY_AUTO, false},
    {"GET", "/v1.41/containers//json", "GET /containers//json", BODY_AUTO, false},
    {"GET", "/v1.41/containers/a/b/json", "GET /containers/a/b/json", BODY_AUTO, false},
    /* Another method: the route's template, but not its body. */
    {"PUT", "/v1.41/containers/json", "PUT /containers/json", BODY_AUTO, false},
    {"PATCH", "/v1.41/containers/box/logs", "PATCH /containers/{id}/logs", BODY_AUTO, false},
};

START_TEST(route)
{
    struct route r;
    route_of(span_of(routes[_i].method), span_of(routes[_i].target), &r);
    ck_assert_str_eq(r.text, routes[_i].route);
    ck_assert_int_eq(r.body, routes[_i].body);
    ck_assert_int_eq(r.known, routes[_i].known);
}
END_TEST

START_TEST(route_huge)
{
    struct route r;
    char *target = malloc(1 << 20);
    memset(target, 'a', 1 << 20);
    for (size_t i = 0; i < 1 << 20; i += 3)
        target[i] = '/';
    route_of(SPAN_LIT("GET"), (struct span){target, 1 << 20}, &r);
    ck_assert_uint_lt(strlen(r.text), ROUTE_TEXT);
    route_of((struct span){target, 1 << 20}, SPAN_LIT("/x"), &r);
    ck_assert_uint_lt(strlen(r.text), ROUTE_TEXT);
    free(target);
    ck_assert(route_is_known(SPAN_LIT("GET /containers/{id}/json")));
    ck_assert(route_is_known(SPAN_LIT("PUT /containers/{id}/json")));
    ck_assert(route_is_known(SPAN_LIT("GET /foo")));
    ck_assert(!route_is_known(SPAN_LIT("GET /containers/{name}/json")));
    ck_assert(!route_is_known(SPAN_LIT("/containers/{id}/json")));
    ck_assert(!route_is_known(SPAN_LIT("everything")));
}
END_TEST

static const struct {
    enum class class;
    const char *text;
    const char *format; /* NULL: not of that class */
} formats[] = {
    {CLASS_TIME, "2026-11-24T13:26:58.238263612Z", "RFC 3339, fraction, Z"},
    {CLASS_TIME, "2026-11-24T13:26:58.2Z", "RFC 3339, fraction, Z"},
    {CLASS_TIME, "2026-11-24T13:26:58Z", "RFC 3339, Z"},
    {CLASS_TIME, "2026-11-24T13:26:58+01:00", "RFC 3339, +hh:mm"},
    {CLASS_TIME, "2026-11-24T13:26:58.5-08:00", "RFC 3339, fraction, +hh:mm"},
    {CLASS_TIME, "2026-11-24 13:26:58.5 +0000 UTC", "date and time, fraction, +hhmm"},
    {CLASS_TIME, "0001-01-01T00:00:00Z", "the zero time, RFC 3339, Z"},
    {CLASS_TIME, "2026-11-24T13:26:58", "RFC 3339, no zone"},
    {CLASS_TIME, "1795526818", NULL},
    {CLASS_TIME, "", NULL},
    {CLASS_TIME, "2026-11-24T13:26:58Zx", NULL},
    {CLASS_TIME, "2026-11-24", NULL},
    {CLASS_HTTP_DATE, "Tue, 24 Nov 2026 13:26:58 GMT", "HTTP date"},
    {CLASS_HTTP_DATE, "Tue, 24 Nov 2026 13:26:58 CET", NULL},
    {CLASS_CLOCK, "13:26", "hh:mm"},
    {CLASS_CLOCK, "Nov24", "month and day"},
    {CLASS_CLOCK, "00:00:00", "hh:mm:ss"},
    {CLASS_EPOCH, "1795526818", "epoch"},
    {CLASS_EPOCH, "0", "0"},
    {CLASS_EPOCH, "-62135596800", "the zero time"},
    {CLASS_EPOCH, "1795526816584887308", NULL},
    {CLASS_EPOCH, "12", NULL},
    {CLASS_EPOCH_NANO, "1795526816584887308", "epoch-nano"},
    {CLASS_EPOCH_NANO, "1795526816", NULL},
    {CLASS_INT, "-5", "integer"},
    {CLASS_INT, "0", "integer"},
    {CLASS_INT, "5.0", NULL},
    {CLASS_INT, "", NULL},
    {CLASS_NUMBER, "0.25", "number"},
    {CLASS_NUMBER, "1e9", "number"},
    {CLASS_PID, "1", "positive"},
    {CLASS_PID, "0", "0"},
    {CLASS_PID, "-1", NULL},
    {CLASS_SIZE, "0", "0"},
    {CLASS_SIZE, "4096", "positive"},
    {CLASS_SIZE, "-1", "negative"},
    {CLASS_SIZE_TEXT, "1.24MB", "size"},
    {CLASS_SIZE_TEXT, "12 B", "size with a blank"},
    {CLASS_SIZE_TEXT, "12", NULL},
    {CLASS_IP, "172.17.0.2", "IPv4"},
    {CLASS_IP, "172.17.0.2/16", "IPv4 and prefix"},
    {CLASS_IP, "fe80::1", "IPv6"},
    {CLASS_IP, "fe80::1/64", "IPv6 and prefix"},
    {CLASS_IP, "", NULL},
    {CLASS_IP, "172.17.0", NULL},
    {CLASS_IP, "1.2.3.4.5", NULL},
    {CLASS_MAC, "02:42:ac:11:00:02", "MAC"},
    {CLASS_MAC, "02:42:ac:11:00", NULL},
    {CLASS_PORT, "49153", "a port of the kernel's choice"},
    {CLASS_PORT, "8080", "port 8080"},
    {CLASS_PORT, "0", "port 0"},
    {CLASS_PORT, "70000", NULL},
    {CLASS_PORT, "", NULL},
    {CLASS_HEX, "5d6db84", "7 hex digits"},
    {CLASS_HEX, "xyz", NULL},
    {CLASS_WORD, "a_b-c.d", "word"},
    {CLASS_WORD, "a b", NULL},
    {CLASS_ANY_STRING, "x", "text"},
    {CLASS_ANY_STRING, "", NULL},
};

START_TEST(format)
{
    char got[CLASS_FORMAT];
    bool is = class_format(formats[_i].class, span_of(formats[_i].text), got);
    ck_assert_msg(is == (formats[_i].format != NULL), "%s as %s", formats[_i].text,
                  class_name(formats[_i].class));
    if (is)
        ck_assert_str_eq(got, formats[_i].format);
}
END_TEST

START_TEST(class_names)
{
    for (int c = 0; c < CLASS_NONE; c++)
        ck_assert_int_eq(class_of(span_of(class_name((enum class)c))), c);
    ck_assert_int_eq(class_of(SPAN_LIT("nonsense")), CLASS_NONE);
    int64_t s;
    ck_assert(class_seconds(SPAN_LIT("1970-01-02T00:00:01Z"), &s) && s == 86401);
    ck_assert(class_seconds(SPAN_LIT("86401"), &s) && s == 86401);
    ck_assert(!class_seconds(SPAN_LIT("x"), &s));
    ck_assert(!class_seconds(SPAN_LIT(""), &s));
}
END_TEST

static const struct {
    const char *path;
    const char *below;
} roots[] = {
    {"/var/lib/docker/volumes/v/_data", "/volumes/v/_data"},
    {"/var/lib/containers/storage/volumes/v/_data", "/volumes/v/_data"},
    {"/var/lib/docker/containers/x/hosts", "/containers/x/hosts"},
    {"/run/docker/netns/abc", "/netns/abc"},
    {"/srv/x", "/srv/x"},
    {"", ""},
};

START_TEST(root)
{
    struct span p = span_of(roots[_i].path);
    ck_assert_str_eq(p.p + class_root(p), roots[_i].below);
}
END_TEST

static const struct {
    const char *pattern, *a, *b;
    bool same;
} patterns[] = {
    {"^{time} ", "2026-11-24T13:26:58.1Z x", "2027-11-24T13:26:58.2Z x", true},
    {"^{time} ", "2026-11-24T13:26:58.1Z x", "2027-11-24T13:26:58.2Z y", false},
    {"^{time} ", "2026-11-24T13:26:58.1Z x", "2027-11-24T13:26:58Z x", false},
    {"^{time} ", "at 2026-11-24T13:26:58.1Z x", "at 2027-11-24T13:26:58.1Z x", false},
    {"{time}", "at 2026-11-24T13:26:58.1Z x", "at 2027-11-24T13:26:58.1Z x", true},
    {"took {duration-text}", "took 3 seconds", "took 12 seconds", true},
    {"took {duration-text}", "took 1.5s, 2 times", "took 3m0.1s, 2 times", true},
    {"took {duration-text}", "took 1.5s, 2 times", "took 3m0.1s, 3 times", false},
    {"took {duration-text}", "gave 3 seconds", "gave 12 seconds", false},
    {"{int} files", "12 files, 3 dirs", "15 files, 3 dirs", true},
    {"{int} files", "x12 files", "x15 files", false},
    {"open {abs-path}/import-{int}/", "open /a/tmp/import-12/x: no", "open /b/c/import-345/x: no",
     true},
    {"open {abs-path}/import-{int}/", "open /a/tmp/import-12/x: no", "open /b/c/import-345/y: no",
     false},
    {"open {abs-path}/import-{int}/", "open /a/b c/import-1/", "open /d/e f/import-1/", false},
    {"name {word}.", "name a.b.c.", "name d.e.", true},
    {"size {size-text}.", "size 1.2MB.", "size 12kB.", true},
};

START_TEST(pattern)
{
    struct pattern p;
    struct buf x = BUF_INIT(4096), y = BUF_INIT(4096);
    ck_assert_msg(pattern_parse(&p, span_of(patterns[_i].pattern), &e) == 0, "%s", e.text);
    ck_assert_int_ge(pattern_apply(&p, span_of(patterns[_i].a), &x), 0);
    ck_assert_int_ge(pattern_apply(&p, span_of(patterns[_i].b), &y), 0);
    ck_assert_msg((strcmp(buf_str(&x), buf_str(&y)) == 0) == patterns[_i].same, "%s: %s, %s",
                  patterns[_i].pattern, buf_str(&x), buf_str(&y));
    buf_free(&x);
    buf_free(&y);
}
END_TEST

START_TEST(pattern_refused)
{
    static const char *const bad[] = {"{any-string}",
                                      "^{any-string}",
                                      "{word} {any-string}",
                                      " ",
                                      "{nonsense}",
                                      "x {time",
                                      "x {id}",
                                      "{}",
                                      "{word}",
                                      "{abs-path}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct pattern p;
        ck_assert_msg(pattern_parse(&p, span_of(bad[i]), &e) < 0, "%s was taken", bad[i]);
    }
}
END_TEST

START_TEST(paths)
{
    static const char *const good[] = {".",           ".A",
                                       "[].A",        ".A[].B.*",
                                       ".A[3]",       ".A[\"x.y\"].B",
                                       "header:Date", "header:X-Y.mtime",
                                       "stdout",      "stream",
                                       "body",        "entry.mtime"};
    static const char *const bad[] = {
        "",   "A",    ".A.",     "..A",      ".A[", ".A[x]", ".A[\"x]",
        ".[", ".A]B", "header:", "header:*", "[]x", "entry"};
    struct path_pattern p;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ck_assert_msg(path_pattern_parse(&p, span_of(good[i]), &e) == 0, "%s: %s", good[i], e.text);
        path_pattern_free(&p);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_msg(path_pattern_parse(&p, span_of(bad[i]), &e) < 0, "%s was taken", bad[i]);
        path_pattern_free(&p);
    }
}
END_TEST

START_TEST(path_matching)
{
    struct place at = {.area = AREA_BODY};
    struct path_pattern p;
    place_push_key(&at, SPAN_LIT("A"));
    place_push_index(&at, 3);
    place_push_key(&at, SPAN_LIT("b.c"));
    static const struct {
        const char *pattern;
        bool matches;
    } rows[] = {
        {".A[][\"b.c\"]", true}, {".A[3].*", true},   {".*[].*", true},
        {".A[2].*", false},      {".A[]", false},     {".A.*.*", false},
        {".B[].*", false},       {"header:A", false}, {".", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_int_eq(path_pattern_parse(&p, span_of(rows[i].pattern), &e), 0);
        ck_assert_msg(path_pattern_matches(&p, &at) == rows[i].matches, "%s", rows[i].pattern);
        path_pattern_free(&p);
    }
    struct buf text = BUF_INIT(4096);
    ck_assert_int_eq(place_show(&at, false, &text), 0);
    ck_assert_str_eq(text.p, ".A[3][\"b.c\"]");
    buf_clear(&text);
    at.v[2].data = true;
    ck_assert_int_eq(place_show(&at, true, &text), 0);
    ck_assert_str_eq(text.p, ".A[].*");
    buf_free(&text);
    place_free(&at);
    ck_assert(glob_matches(SPAN_LIT("a*c"), SPAN_LIT("a/b/c")));
    ck_assert(glob_matches(SPAN_LIT("{id}/json"), SPAN_LIT("{id}/json")));
    ck_assert(!glob_matches(SPAN_LIT("a*c"), SPAN_LIT("a/b/d")));
    ck_assert(!glob_matches(SPAN_LIT(""), SPAN_LIT("x")));
    ck_assert(glob_matches(SPAN_LIT("*"), SPAN_LIT("")));
}
END_TEST

static enum sameness cmp(struct symbols *s, const char *a, const char *b)
{
    return symbols_compare(s, span_of(a), span_of(b), NULL);
}

START_TEST(symbols)
{
    struct symbols *s = symbols_new(&e);
    ck_assert_int_eq(cmp(s, "x " HEX64 " y", "x " OTHER64 " y"), SAME);
    ck_assert_int_eq(cmp(s, HEX64, OTHER64), SAME);
    ck_assert_int_eq(cmp(s, HEX64, HEX64), CONFLICT);
    ck_assert_int_eq(cmp(s, HEX64, THIRD64), CONFLICT);
    ck_assert_int_eq(cmp(s, THIRD64, OTHER64), CONFLICT);
    /* A difference in the text is what counts, before and behind. */
    ck_assert_int_eq(cmp(s, HEX64 " a", THIRD64 " b"), DIFFERENT);
    ck_assert_int_eq(cmp(s, "a " HEX64, "b " THIRD64), DIFFERENT);
    ck_assert_int_eq(cmp(s, "736b99bfbab5", "cee31af9ed9b"), SAME);
    ck_assert_int_eq(cmp(s, "736b99bf", "cee31af9"), SAME);
    ck_assert_int_eq(cmp(s, "736b99bf", "cee31af8"), DIFFERENT);
    ck_assert_int_eq(cmp(s, "736b99bfbab5", "cee31af9ed9c"), CONFLICT);
    struct span t = symbols_translate(s, SPAN_LIT("736b99bfba"));
    ck_assert(span_is(t, "cee31af9ed"));
    ck_assert_ptr_null(symbols_translate(s, SPAN_LIT("736b9")).p);
    struct buf out = BUF_INIT(4096);
    ck_assert_int_eq(symbols_rename(s, SPAN_LIT("/c/736b99bfbab5/x"), &out), 0);
    ck_assert_str_eq(out.p, "/c/cee31af9ed9b/x");
    buf_clear(&out);
    ck_assert_int_eq(symbols_generalise(SPAN_LIT("/c/736b99bfbab5/123456789012"), &out), 0);
    ck_assert_str_eq(out.p, "/c/{id}/123456789012");
    buf_free(&out);
    symbols_free(s);
}
END_TEST

START_TEST(symbols_rolled_back)
{
    struct symbols *s = symbols_new(&e);
    /* What turns out different binds nothing. */
    ck_assert_int_eq(cmp(s, HEX64 " a", OTHER64 " b"), DIFFERENT);
    ck_assert_int_eq(cmp(s, HEX64, THIRD64), SAME);
    size_t mark = symbols_mark(s);
    for (int i = 0; i < 5000; i++) {
        char a[20], b[20];
        snprintf(a, sizeof a, "a%011x", i);
        snprintf(b, sizeof b, "b%011x", i);
        ck_assert_int_eq(cmp(s, a, b), SAME);
    }
    symbols_undo(s, mark);
    ck_assert_int_eq(cmp(s, "a00000000001", "c00000000001"), SAME);
    ck_assert_int_eq(cmp(s, HEX64, THIRD64), SAME);
    ck_assert_int_eq(cmp(s, HEX64, OTHER64), CONFLICT);
    symbols_forgive(s);
    ck_assert_int_eq(cmp(s, HEX64, OTHER64), SAME);
    ck_assert_int_eq(cmp(s, HEX64, THIRD64), SAME);
    ck_assert_int_eq(symbols_failed(s, &e), 0);
    symbols_free(s);
}
END_TEST

START_TEST(symbols_of_requests)
{
    struct symbols *s = symbols_new(&e);
    const char *q = "/x?filters=%7B%22id%22%3A%5B%22" HEX64 "%22%5D%7D&ip=10.1.2.3";
    symbols_request(s, span_of(q), span_of(q));
    ck_assert_int_eq(cmp(s, HEX64, OTHER64), DIFFERENT);
    ck_assert(symbols_chosen(s, SPAN_LIT("10.1.2.3")));
    ck_assert(!symbols_chosen(s, SPAN_LIT("10.1.2.4")));
    symbols_request(s, SPAN_LIT("name=my_box"), SPAN_LIT("name=my_box"));
    ck_assert_int_eq(symbols_pair_name(s, SPAN_LIT("/my_box"), SPAN_LIT("/my_box")), SAME);
    ck_assert_int_eq(symbols_pair_name(s, SPAN_LIT("/my_box"), SPAN_LIT("/old_fox")), DIFFERENT);
    ck_assert_int_eq(symbols_pair_name(s, SPAN_LIT("/sad_cat"), SPAN_LIT("/old_fox")), SAME);
    ck_assert_int_eq(symbols_pair_name(s, SPAN_LIT("sad_cat"), SPAN_LIT("old_fox")), SAME);
    ck_assert_int_eq(symbols_pair_name(s, SPAN_LIT("sad_cat"), SPAN_LIT("new_fox")), CONFLICT);
    ck_assert_int_eq(symbols_pair_name(s, SPAN_LIT("/sad_cat"), SPAN_LIT("old_fox")), DIFFERENT);
    ck_assert_int_eq(cmp(s, "name sad_cat is taken", "name old_fox is taken"), SAME);
    ck_assert_int_eq(cmp(s, "name big_cat", "name old_fox"), DIFFERENT);
    ck_assert_int_eq(symbols_pair(s, SPAN_LIT("RD2Y:QPJ3"), SPAN_LIT("a9bd82db-3b2d")), SAME);
    ck_assert_int_eq(symbols_pair(s, SPAN_LIT("RD2Y:QPJ3"), SPAN_LIT("x")), CONFLICT);
    ck_assert_int_eq(symbols_pair(s, SPAN_LIT(""), SPAN_LIT("x")), DIFFERENT);
    symbols_free(s);
}
END_TEST

START_TEST(finding_identity)
{
    struct findings f = {0};
    struct observation o = {.kind = KIND_VALUE,
                            .severity = SEV_BEHAVIOUR,
                            .exchange = 3,
                            .route = "GET /containers/{id}/json",
                            .path = ".Name",
                            .class = "200: text",
                            .request = "GET /containers/x/json",
                            .expected = SPAN_LIT("a"),
                            .actual = SPAN_LIT("b\033[2J")};
    ck_assert_int_eq(findings_add(&f, &o, &e), 0);
    /* People have waivers with this text in their trees. */
    ck_assert_str_eq(f.v[0].id, "a9d323f9bf");
    o.exchange = 9;
    o.expected = SPAN_LIT("c");
    ck_assert_int_eq(findings_add(&f, &o, &e), 0);
    ck_assert_uint_eq(f.n, 1);
    ck_assert_uint_eq(f.v[0].times, 2);
    ck_assert_str_eq(f.v[0].seen[0].actual, "b\\x1b[2J");
    ck_assert_ptr_null(f.v[0].seen[0].curl);
    for (int i = 0; i < 1000; i++) {
        char path[20];
        snprintf(path, sizeof path, ".P%d", i);
        o.path = path;
        o.severity = i % 2 ? SEV_BREAKING : SEV_COSMETIC;
        ck_assert_int_eq(findings_add(&f, &o, &e), 0);
    }
    ck_assert_uint_eq(f.n, 1001);
    findings_sort(&f);
    ck_assert_int_eq(f.v[0].severity, SEV_BREAKING);
    ck_assert_int_eq(f.v[1000].severity, SEV_COSMETIC);
    ck_assert_uint_eq(findings_count(&f, SEV_BREAKING), 500);
    ck_assert_uint_eq(findings_count(&f, SEV_BEHAVIOUR), 501);
    ck_assert_ptr_nonnull(findings_find(&f, "a9d323f9bf"));
    ck_assert_uint_eq(findings_find(&f, "a9d323f9bf")->times, 2);
    ck_assert_ptr_null(findings_find(&f, "0000000000"));
    findings_free(&f);
    ck_assert_ptr_null(findings_find(&f, "0000000000"));
    enum severity s;
    ck_assert(severity_parse("breaking", &s, &e) == 0 && s == SEV_BREAKING);
    ck_assert_int_lt(severity_parse("worse", &s, &e), 0);
}
END_TEST

START_TEST(findings_bounded)
{
    struct findings f = {0};
    struct observation o = {.kind = KIND_EXTRA, .route = "r", .class = "c", .request = "q"};
    for (int i = 0; i < FINDINGS_MAX + 100; i++) {
        char path[20];
        snprintf(path, sizeof path, ".P%d", i);
        o.path = path;
        ck_assert_int_eq(findings_add(&f, &o, &e), 0);
    }
    ck_assert_uint_eq(f.n, FINDINGS_MAX);
    findings_free(&f);
}
END_TEST

static const struct {
    const char *in, *out;
} shows[] = {
    {"plain", "plain"},
    {"a\nb\tc\r", "a\\nb\\tc\\r"},
    {"\033[31m", "\\x1b[31m"},
    {"\x7f", "\\x7f"},
    {"\xff", "\\xff"},
    {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
    {"\xc2\x9b", "\\xc2\\x9b"},                   /* a C1 control */
    {"\xe2\x80\xae", "\\xe2\\x80\\xae"},          /* turns the line round */
    {"\xc0\xaf", "\\xc0\\xaf"},                   /* overlong */
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond Unicode */
    {"\xe2\x82", "\\xe2\\x82"},                   /* cut */
};

START_TEST(show)
{
    char *got = show_string(span_of(shows[_i].in), 100);
    ck_assert_str_eq(got, shows[_i].out);
    free(got);
}
END_TEST

START_TEST(show_cut)
{
    char *got = show_string(SPAN_LIT("0123456789"), 4);
    ck_assert_str_eq(got, "0123... (10 bytes in all)");
    free(got);
    struct buf out = BUF_INIT(4096);
    ck_assert_int_eq(show_around(&out, SPAN_LIT("0123456789abcdef"), 12, 6), 0);
    ck_assert_str_eq(out.p, "(from byte 10) ...abcdef");
    buf_free(&out);
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(t, test, 0, (int)(sizeof table / sizeof *table))

int main(void)
{
    TCase *t = tcase_create("units");
    tcase_set_timeout(t, 60);
    LOOP(route, routes);
    tcase_add_test(t, route_huge);
    LOOP(format, formats);
    tcase_add_test(t, class_names);
    LOOP(root, roots);
    LOOP(pattern, patterns);
    tcase_add_test(t, pattern_refused);
    tcase_add_test(t, paths);
    tcase_add_test(t, path_matching);
    tcase_add_test(t, symbols);
    tcase_add_test(t, symbols_rolled_back);
    tcase_add_test(t, symbols_of_requests);
    tcase_add_test(t, finding_identity);
    tcase_add_test(t, findings_bounded);
    LOOP(show, shows);
    tcase_add_test(t, show_cut);
    Suite *s = suite_create("units");
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
