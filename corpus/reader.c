#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "corpus/blobs.h"
#include "corpus/corpus.h"
#include "corpus/line.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/clock.h"

struct reader {
    const char *path;
    FILE *file;
    char piece[65536]; /* of the file; `at` of its `have` bytes are used up */
    size_t at, have;
    struct buf line;
    size_t number; /* of the line at hand, from 1 */
    size_t bytes;
    struct conversation *c;
    bool done; /* the last line was seen */
};

/* Takes what the piece has of a line: 1 with its newline, 0 without, or -1. */
static int take_piece(struct reader *r, struct err *e)
{
    const char *from = r->piece + r->at, *end = memchr(from, '\n', r->have - r->at);
    size_t n = end ? (size_t)(end - from) : r->have - r->at;
    r->at += n + (end != NULL);
    r->bytes += n + (end != NULL);
    if (buf_add(&r->line, from, n) < 0)
        return err_set(e, "a line beyond %zu bytes", CORPUS_LINE_MAX);
    if (r->bytes > CORPUS_FILE_MAX)
        return err_set(e, "the file is beyond %zu bytes (record less at once)", CORPUS_FILE_MAX);
    return end != NULL;
}

/* The next line without its newline: 1, or 0 at the end, or -1. */
static int next_line(struct reader *r, struct err *e)
{
    int rc = 0;
    buf_clear(&r->line);
    while (rc == 0) {
        if (r->at == r->have) {
            r->at = 0;
            r->have = fread(r->piece, 1, sizeof r->piece, r->file);
        }
        if (!r->have)
            break;
        rc = take_piece(r, e);
    }
    if (ferror(r->file))
        return err_sys(e, "read");
    if (rc == 0 && r->line.n) /* the last line has no newline */
        rc = 1;
    r->number += rc > 0;
    return rc;
}

static int get_string(const json_t *root, const char *key, char **out, struct err *e)
{
    json_t *v = json_object_get(root, key);
    if (!v)
        return 0;
    if (!json_is_string(v))
        return err_set(e, "\"%s\": not a text", key);
    *out = strdup(json_string_value(v));
    return *out ? 0 : err_sys(e, "\"%s\"", key);
}

static int get_list(const json_t *root, const char *key, char ***out, struct err *e)
{
    json_t *v = json_object_get(root, key), *item;
    size_t i;
    if (v && !json_is_array(v))
        return err_set(e, "\"%s\": not a list", key);
    json_array_foreach(v, i, item)
    {
        if (!json_is_string(item))
            return err_set(e, "\"%s\": not a list of texts", key);
        if (meta_list_add(out, span_of(json_string_value(item))) < 0)
            return err_sys(e, "\"%s\"", key);
    }
    return 0;
}

/* The fraction behind the seconds, 0 to 9 digits of it. */
static int get_nanoseconds(const char **rest, int64_t *ns)
{
    *ns = 0;
    if (**rest != '.')
        return 0;
    const char *digits = *rest + 1;
    size_t n = strspn(digits, "0123456789");
    for (size_t i = 0; i < 9; i++)
        *ns = *ns * 10 + (i < n ? digits[i] - '0' : 0);
    *rest = digits + n;
    return n >= 1 && n <= 9 ? 0 : -1;
}

static int get_start(const json_t *root, int64_t *ns, struct err *e)
{
    const char *text = json_string_value(json_object_get(root, "start"));
    struct tm tm = {0};
    int64_t fraction;
    const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    if (!rest || get_nanoseconds(&rest, &fraction) < 0)
        return err_set(e, "\"start\": not a time as 2026-01-31T23:59:59.123456789Z");
    if (strcmp(rest, "Z") != 0)
        return err_set(e, "\"start\": not in UTC (Z)");
    if (__builtin_mul_overflow((int64_t)timegm(&tm), NS_PER_S, ns) ||
        __builtin_add_overflow(*ns, fraction, ns))
        return err_set(e, "\"start\": not of the years 1678 to 2261");
    return 0;
}

static int parse_first(struct reader *r, const json_t *root, struct err *e)
{
    struct conversation_meta *m = &r->c->meta;
    const char *kind = json_string_value(json_object_get(root, "bugforbug"));
    json_t *version = json_object_get(root, "version");
    if (!kind || strcmp(kind, "conversation") != 0)
        return err_set(
            e, "not a conversation (its first line says {\"bugforbug\":\"conversation\",...)");
    if (!json_is_integer(version) || json_integer_value(version) != CORPUS_VERSION)
        return err_set(e, "of another version than the %d that is read here", CORPUS_VERSION);
    if (get_start(root, &m->start, e) < 0 || get_string(root, "engine", &m->engine, e) < 0 ||
        get_string(root, "api", &m->api, e) < 0 || get_list(root, "clients", &m->clients, e) < 0 ||
        get_list(root, "command", &m->command, e) < 0)
        return -1;
    return get_list(root, "secrets", &m->secrets, e);
}

static int parse_last(struct reader *r, const json_t *root, struct err *e)
{
    json_t *n = json_object_get(root, "events");
    if (!json_is_integer(n) || (size_t)json_integer_value(n) != r->c->n)
        return err_set(e, "the last line counts %lld events where %zu were read",
                       (long long)json_integer_value(n), r->c->n);
    r->done = true;
    return get_string(root, "lost", &r->c->meta.lost, e);
}

/* The first and the last line are no events. */
static int parse_frame_line(struct reader *r,
                            int (*parse)(struct reader *, const json_t *, struct err *),
                            struct err *e)
{
    json_error_t error;
    json_t *root = json_loadb(r->line.p, r->line.n, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return err_set(e, "no JSON: %s", error.text);
    int rc = parse(r, root, e);
    json_decref(root);
    return rc;
}

static int parse_line(struct reader *r, struct err *e)
{
    if (r->done)
        return err_set(e, "more lines behind the last (its \"ev\" is \"eof\")");
    if (!r->line.n)
        return err_set(e, "an empty line");
    if (r->number == 1)
        return parse_frame_line(r, parse_first, e);
    if (span_starts((struct span){r->line.p, r->line.n}, "{\"ev\":\"eof\""))
        return parse_frame_line(r, parse_last, e);
    struct event ev;
    event_init(&ev);
    int rc = line_parse((struct span){r->line.p, r->line.n}, &ev, e);
    if (rc == 0 && r->c->n && ev.t < r->c->events[r->c->n - 1].t)
        rc = err_set(e, "its time is before that of the line above");
    if (rc == 0)
        rc = conversation_add(r->c, &ev, e);
    event_free(&ev);
    return rc;
}

static int read_lines(struct reader *r, struct err *e)
{
    int rc;
    while ((rc = next_line(r, e)) > 0)
        if (parse_line(r, e) < 0)
            return err_wrap(e, "%s:%zu", r->path, r->number);
    if (rc < 0)
        return err_wrap(e, "%s:%zu", r->path, r->number + 1);
    if (!r->number)
        return err_set(e, "%s: empty file, no conversation", r->path);
    if (!r->done)
        return err_set(
            e,
            "%s:%zu: the file ends here, without its last line: it was cut short (record "
            "it again, or import its capture)",
            r->path, r->number);
    return 0;
}

static int load_blob(void *self, const struct event *ev, struct buf *out, struct err *e)
{
    return blobs_get(self, ev->blob, ev->payload_size, out, e);
}

static int read_file(struct conversation *c, FILE *file, const char *path, struct err *e)
{
    struct reader r = {.path = path, .file = file, .line = BUF_INIT(CORPUS_LINE_MAX), .c = c};
    int rc = read_lines(&r, e);
    buf_free(&r.line);
    if (rc < 0)
        return -1;
    c->path = strdup(path);
    c->loader = (struct payload_loader){blobs_dir(path), load_blob, free};
    if (!c->path || !c->loader.self)
        return err_sys(e, "%s", path);
    if (conversation_index(c, e) == 0)
        return 0;
    return err_wrap(e, "%s:%zu", path, c->broken + 2); /* the first event is on the second line */
}

struct conversation *corpus_read(const char *path, struct err *e)
{
    CLEANUP_FILE FILE *file = fopen(path, "re");
    if (!file) {
        err_sys(e, "%s", path);
        return NULL;
    }
    struct conversation *c = calloc(1, sizeof *c);
    if (c && read_file(c, file, path, e) == 0)
        return c;
    if (!c)
        err_sys(e, "%s", path);
    conversation_free(c);
    return NULL;
}
