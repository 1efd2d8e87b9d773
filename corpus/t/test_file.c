/* Conversation files and blobs as files: what is known of who spoke, what is left on the disk, what
 * cannot be read or written. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "corpus/blobs.h"
#include "corpus/corpus.h"
#include "corpus/line.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/t/suite.h"

static char dir[64], path[128];
static struct err e;

static void setup(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%s/file.XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/c.jsonl", dir);
}

static void teardown(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

static int entries(void)
{
    struct dirent **names;
    int n = scandir(dir, &names, NULL, NULL);
    ck_assert_int_ge(n, 2);
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    return n - 2;
}

static void put(const char *name, const void *p, size_t n)
{
    FILE *f = fopen(name, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(p, 1, n, f), n);
    fclose(f);
}

static void ck_says(const char *what)
{
    ck_assert_msg(strstr(e.text, what) != NULL, "'%s' does not say '%s'", e.text, what);
}

static struct corpus_writer *open_writer(void)
{
    struct corpus_writer *w = corpus_writer_open(path, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    return w;
}

static void write_event(struct corpus_writer *w, enum event_kind kind, int64_t t,
                        const char *payload)
{
    CLEANUP(event_free) struct event ev;
    event_init(&ev);
    ev.kind = kind;
    ev.conn = 1;
    ev.t = ev.till = t;
    event_add_payload(&ev, payload, strlen(payload));
    ck_assert_msg(corpus_writer_event(w, &ev, &e) == 0, "%s", e.text);
}

START_TEST(who_spoke_comes_back)
{
    char *clients[] = {"docker/1", "", "\xff", NULL},
         *command[] = {"sh", "-c", "a \"b\"\n\x01", NULL};
    char *none[] = {NULL};
    struct conversation_meta m = {.start = INT64_C(1795525200123456789),
                                  .engine = "Docker/1 (\xc3\xa4)",
                                  .api = "1.41",
                                  .clients = clients,
                                  .command = command,
                                  .secrets = none,
                                  .lost = "the disk was full"};
    struct corpus_writer *w = open_writer();
    write_event(w, EV_OPEN, 0, "");
    ck_assert_msg(corpus_writer_close(w, &m, &e) == 0, "%s", e.text);
    struct conversation *c = corpus_read(path, &e);
    ck_assert_msg(c != NULL, "%s", e.text);
    ck_assert_int_eq(c->meta.start, m.start);
    ck_assert_str_eq(c->meta.engine, m.engine);
    ck_assert_str_eq(c->meta.api, "1.41");
    ck_assert_str_eq(c->meta.clients[0], "docker/1");
    ck_assert_str_eq(c->meta.clients[1], "");
    ck_assert_str_eq(c->meta.clients[2], "?"); /* no UTF-8 */
    ck_assert_ptr_null(c->meta.clients[3]);
    ck_assert_str_eq(c->meta.command[2], command[2]);
    ck_assert_ptr_null(c->meta.command[3]);
    ck_assert(!c->meta.secrets || !c->meta.secrets[0]);
    ck_assert_str_eq(c->meta.lost, "the disk was full");
    ck_assert_str_eq(c->path, path);
    conversation_free(c);
}
END_TEST

START_TEST(what_is_unknown_stays_unknown)
{
    struct conversation_meta m = {.start = 0};
    ck_assert_int_eq(corpus_writer_close(open_writer(), &m, &e), 0);
    struct conversation *c = corpus_read(path, &e);
    ck_assert_msg(c != NULL, "%s", e.text);
    ck_assert(!c->meta.engine && !c->meta.api && !c->meta.clients && !c->meta.command &&
              !c->meta.secrets && !c->meta.lost);
    ck_assert_uint_eq(c->n, 0);
    conversation_free(c);
}
END_TEST

START_TEST(nothing_is_left_beside_it)
{
    struct conversation_meta m = {.start = 0};
    struct stat st;
    put(path, "old", 3);
    struct corpus_writer *w = open_writer();
    write_event(w, EV_OPEN, 0, "");
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_size, 3); /* untouched until the end */
    corpus_writer_abort(w);
    ck_assert_int_eq(entries(), 1);
    corpus_writer_abort(NULL);
    w = open_writer();
    ck_assert_int_eq(corpus_writer_close(w, &m, &e), 0);
    ck_assert_int_eq(entries(), 1);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_int_gt(st.st_size, 3);
}
END_TEST

START_TEST(what_cannot_be_written)
{
    struct conversation_meta m = {.start = 0};
    snprintf(path, sizeof path, "%s/missing/c.jsonl", dir);
    ck_assert_ptr_null(corpus_writer_open(path, &e));
    ck_says(path);
    ck_says("No such file");
    snprintf(path, sizeof path, "%s/folder", dir); /* where the file shall be is a folder */
    ck_assert_int_eq(mkdir(path, 0700), 0);
    struct corpus_writer *w = open_writer();
    ck_assert_int_lt(corpus_writer_close(w, &m, &e), 0);
    ck_says(path);
    ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(what_cannot_be_read)
{
    ck_assert_ptr_null(corpus_read(path, &e));
    ck_says(path);
    ck_says("No such file");
    ck_assert_ptr_null(corpus_read(dir, &e));
    ck_says(dir);
    ck_says("Is a directory");
}
END_TEST

#define FIRST "{\"bugforbug\":\"conversation\",\"version\":1,\"start\":\"2026-11-24T13:00:00Z\""
#define OPEN "{\"t\":1,\"ev\":\"open\",\"conn\":1}\n"

static void ck_refused(const char *text, const char *why)
{
    put(path, text, strlen(text));
    ck_assert_msg(corpus_read(path, &e) == NULL, "taken: %s", text);
    ck_says(why);
    ck_says(path);
}

START_TEST(lines_that_are_wrong)
{
    ck_refused(FIRST ",\"engine\":1}\n", ":1: \"engine\": not a text");
    ck_refused(FIRST ",\"api\":[]}\n", ":1: \"api\": not a text");
    ck_refused(FIRST ",\"clients\":\"x\"}\n", ":1: \"clients\": not a list");
    ck_refused(FIRST ",\"command\":[1]}\n", ":1: \"command\": not a list of texts");
    ck_refused(FIRST ",\"secrets\":{}}\n", ":1: \"secrets\": not a list");
    ck_refused(FIRST ",\"api\":\"1\",\"api\":\"2\"}\n", ":1: no JSON: duplicate");
    ck_refused(FIRST "}\n\n", ":2: an empty line");
    ck_refused(FIRST "}\r\n\r\n", ":2: no JSON");
    ck_refused(FIRST "}\n" OPEN "{\"t\":0.999999,\"ev\":\"shut\",\"conn\":1,\"from\":\"client\"}\n",
               ":3: its time is before");
    ck_refused(FIRST "}\n" OPEN "{\"ev\":\"eof\",\"events\":1,\"lost\":5}\n",
               ":3: \"lost\": not a text");
    ck_refused(FIRST "}\n" OPEN "{\"ev\":\"eof\"}\n", ":3: the last line counts 0 events where 1");
    ck_refused(FIRST "}\n" OPEN "{\"ev\":\"eof\",\"events\":4294967297}\n",
               ":3: the last line counts");
    ck_refused(FIRST "}\n" OPEN OPEN "{\"ev\":\"eof\",\"events\":2}\n",
               ":3: connection 1 is opened");
    ck_refused(FIRST "}\n" OPEN, ":2: the file ends here");
    ck_refused(FIRST "}\n{\"t\":1,\"ev\":\"op", ":2: no JSON"); /* cut in a line */
}
END_TEST

START_TEST(unknown_keys_around_the_events_are_for_later)
{
    static const char text[] =
        FIRST ",\"mood\":1}\n" OPEN "{\"ev\":\"eof\",\"events\":1,\"mood\":2}";
    put(path, text, sizeof text - 1); /* a last newline may be missing */
    struct conversation *c = corpus_read(path, &e);
    ck_assert_msg(c != NULL, "%s", e.text);
    conversation_free(c);
}
END_TEST

START_TEST(a_line_beyond_the_limit)
{
    CLEANUP(buf_free) struct buf text = BUF_INIT(2 * CORPUS_LINE_MAX);
    buf_adds(&text, FIRST "}\n");
    ck_assert_int_eq(buf_reserve(&text, CORPUS_LINE_MAX + 1), 0);
    memset(text.p + text.n, ' ', CORPUS_LINE_MAX + 1);
    text.n += CORPUS_LINE_MAX + 1;
    put(path, text.p, text.n);
    ck_assert_ptr_null(corpus_read(path, &e));
    ck_says(":2: a line beyond 16777216 bytes");
}
END_TEST

static void ck_too_large(const char *before, size_t n, const char *behind, const char *why)
{
    CLEANUP(event_free) struct event ev;
    CLEANUP(buf_free) struct buf line = BUF_INIT(CORPUS_LINE_MAX);
    event_init(&ev);
    buf_adds(&line, "{\"t\":0,\"ev\":\"data\",\"conn\":1,\"from\":\"client\",");
    buf_adds(&line, before);
    ck_assert_int_eq(buf_reserve(&line, n), 0);
    memset(line.p + line.n, 'A', n);
    line.n += n;
    buf_adds(&line, behind);
    ck_assert_int_lt(line_parse((struct span){line.p, line.n}, &ev, &e), 0);
    ck_says(why);
}

START_TEST(events_beyond_the_limits)
{
    ck_too_large("\"text\":\"", EVENT_PAYLOAD_MAX + 1, "\"}", "\"text\": larger than");
    ck_too_large("\"json\":[\"", EVENT_PAYLOAD_MAX, "\"]}", "\"json\": larger than");
    ck_too_large("\"jsons\":[[\"", EVENT_PAYLOAD_MAX, "\"]]}", "\"jsons\": larger than");
    ck_too_large("\"frames\":[[1,\"", EVENT_PAYLOAD_MAX - 7, "\"]]}", "\"frames\": larger than");
    ck_too_large("\"base64\":\"", EVENT_PAYLOAD_MAX / 3 * 4 + 8, "\"}",
                 "\"base64\": not base64, or");
    ck_too_large("\"head\":[\"", EVENT_HEAD_MAX - 3, "\"]}", "\"head\": larger than");
    ck_too_large("\"head64\":\"", EVENT_HEAD_MAX / 3 * 4 + 8, "\"}", "\"head64\": not base64, or");
    ck_too_large("\"wire\":[\"", EVENT_FRAMING_MAX + 1, "\"]}", "\"wire\": larger than");
}
END_TEST

/* --- blobs --- */

START_TEST(folders_of_blobs)
{
    static const char *const known[][2] = {{"a/b/c.jsonl", "a/b/blobs"},
                                           {"c.jsonl", "blobs"},
                                           {"/c.jsonl", "/blobs"},
                                           {"./c", "./blobs"}};
    for (size_t i = 0; i < COUNT(known); i++) {
        CLEANUP_FREE char *d = blobs_dir(known[i][0]);
        ck_assert_str_eq(d, known[i][1]);
    }
}
END_TEST

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

START_TEST(names_of_blobs)
{
    ck_assert(blobs_is_digest(ABC));
    ck_assert(!blobs_is_digest(""));
    ck_assert(!blobs_is_digest("../ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f2001"));
    ck_assert(!blobs_is_digest(ABC "0"));
    ck_assert(!blobs_is_digest("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"));
}
END_TEST

static void ck_gone(uint64_t size, const char *why)
{
    CLEANUP(buf_free) struct buf out = BUF_INIT(EVENT_PAYLOAD_MAX);
    ck_assert_int_eq(buf_adds(&out, "before"), 0);
    ck_assert_int_lt(blobs_get(dir, ABC, size, &out, &e), 0);
    ck_says(why);
    ck_says(ABC);
    ck_assert_uint_eq(out.n, 6);
    ck_assert_str_eq(out.p, "before"); /* and its NUL */
}

START_TEST(blobs_that_are_broken)
{
    char digest[EVENT_DIGEST], name[256], whole[256];
    snprintf(name, sizeof name, "%s/%s.zst", dir, ABC);
    ck_gone(3, "No such file");
    ck_assert_int_eq(blobs_put(dir, SPAN_LIT("abc"), digest, &e), 0);
    ck_assert_str_eq(digest, ABC);
    ck_assert_int_eq(blobs_put(dir, SPAN_LIT("abc"), digest, &e), 0); /* there already */
    ck_assert_int_eq(entries(), 1);
    ck_gone(2, ABC);
    ck_gone(4, "other bytes");
    ck_gone(EVENT_PAYLOAD_MAX + 1, "too large");
    ck_gone(UINT64_MAX, "too large");
    FILE *f = fopen(name, "r");
    ck_assert_ptr_nonnull(f);
    size_t n = fread(whole, 1, sizeof whole, f);
    fclose(f);
    for (size_t cut = 0; cut < n; cut++) {
        put(name, whole, cut);
        ck_gone(3, ABC);
    }
    put(name, "no zstd at all", 14);
    ck_gone(3, ABC);
}
END_TEST

/* A small file that unfolds to much more than its size says is stopped at that size. */
START_TEST(bombs_do_not_unfold)
{
    CLEANUP_FREE char *zeros = calloc(1, EVENT_PAYLOAD_MAX);
    char digest[EVENT_DIGEST], from[256], to[256];
    ck_assert_ptr_nonnull(zeros);
    ck_assert_int_eq(blobs_put(dir, (struct span){zeros, EVENT_PAYLOAD_MAX}, digest, &e), 0);
    snprintf(from, sizeof from, "%s/%s.zst", dir, digest);
    snprintf(to, sizeof to, "%s/%s.zst", dir, ABC);
    ck_assert_int_eq(rename(from, to), 0);
    ck_gone(3, ABC);
}
END_TEST

START_TEST(blobs_that_cannot_be_stored)
{
    char digest[EVENT_DIGEST], below[160];
    put(path, "x", 1);
    snprintf(below, sizeof below, "%s/blobs", path); /* below a file */
    ck_assert_int_lt(blobs_put(below, SPAN_LIT("abc"), digest, &e), 0);
    ck_says(below);
    ck_says("Not a directory");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        who_spoke_comes_back,
        what_is_unknown_stays_unknown,
        nothing_is_left_beside_it,
        what_cannot_be_written,
        what_cannot_be_read,
        lines_that_are_wrong,
        unknown_keys_around_the_events_are_for_later,
        a_line_beyond_the_limit,
        events_beyond_the_limits,
        folders_of_blobs,
        names_of_blobs,
        blobs_that_are_broken,
        bombs_do_not_unfold,
        blobs_that_cannot_be_stored,
    };
    return suite_run("file", setup, teardown, tests, COUNT(tests));
}
