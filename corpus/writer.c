#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "corpus/blobs.h"
#include "corpus/corpus.h"
#include "corpus/line.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/clock.h"

/* The first line tells what is known only at the end, so the events wait in a file of their own. */
struct corpus_writer {
    char *path, *blobs;
    struct buf events_path;
    FILE *events;
    size_t n;
    struct buf line;
};

static void writer_free(struct corpus_writer *w)
{
    if (w->events) {
        fclose(w->events);
        unlink(w->events_path.p);
    }
    free(w->path);
    free(w->blobs);
    buf_free(&w->events_path);
    buf_free(&w->line);
    free(w);
}

/* A file beside `path`, mode 0600 (mkostemp), under a name that `name` becomes. */
static FILE *open_beside(const char *path, struct buf *name, struct err *e)
{
    if (buf_addf(name, "%s.XXXXXX.tmp", path) < 0) {
        err_sys(e, "%s", path);
        return NULL;
    }
    int fd = mkostemps(name->p, 4, O_CLOEXEC);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w+");
    if (!f) {
        err_sys(e, "cannot write beside %s", path);
        if (fd >= 0)
            close(fd);
    }
    return f;
}

struct corpus_writer *corpus_writer_open(const char *path, struct err *e)
{
    struct corpus_writer *w = calloc(1, sizeof *w);
    if (!w) {
        err_sys(e, "%s", path);
        return NULL;
    }
    w->line = BUF_INIT(CORPUS_LINE_MAX);
    w->events_path = BUF_INIT(8192);
    w->path = strdup(path);
    w->blobs = blobs_dir(path);
    w->events = w->path && w->blobs ? open_beside(path, &w->events_path, e) : NULL;
    if (w->events)
        return w;
    writer_free(w);
    return NULL;
}

int corpus_writer_event(void *writer, struct event *ev, struct err *e)
{
    struct corpus_writer *w = writer;
    buf_clear(&w->line);
    if (ev->payload.n > CORPUS_INLINE_MAX) {
        if (blobs_put(w->blobs, (struct span){ev->payload.p, ev->payload.n}, ev->blob, e) < 0)
            return -1;
        ev->payload_size = ev->payload.n;
    }
    if (line_format(ev, &w->line, e) < 0)
        return -1;
    if (fwrite(w->line.p, 1, w->line.n, w->events) != w->line.n)
        return err_sys(e, "%s", w->path);
    w->n++;
    return 0;
}

static int add_string(struct buf *line, const char *key, const char *value)
{
    if (!value)
        return 0;
    int rc = buf_addf(line, ",\"%s\":", key);
    size_t before = line->n;
    if (rc == 0 && line_string(span_of(value), line) == 0)
        return 0;
    line->n = before; /* no UTF-8: the key stays, so that its absence is not taken for a fact */
    return rc | buf_adds(line, "\"?\"");
}

static int add_list(struct buf *line, const char *key, char *const *list)
{
    if (!list)
        return 0;
    int rc = buf_addf(line, ",\"%s\":[", key);
    for (char *const *p = list; *p; p++) {
        if (p != list)
            rc |= buf_addc(line, ',');
        if (line_string(span_of(*p), line) < 0)
            rc |= buf_adds(line, "\"?\"");
    }
    return rc | buf_addc(line, ']');
}

static int format_first(const struct conversation_meta *m, struct buf *line)
{
    char start[CLOCK_TEXT];
    clock_format(m->start, start);
    int rc = buf_addf(line, "{\"bugforbug\":\"conversation\",\"version\":%d,\"start\":\"%s\"",
                      CORPUS_VERSION, start);
    rc |= add_string(line, "engine", m->engine) | add_string(line, "api", m->api);
    rc |= add_list(line, "clients", m->clients) | add_list(line, "command", m->command);
    rc |= add_list(line, "secrets", m->secrets);
    return rc | buf_adds(line, "}\n");
}

static int format_last(const struct corpus_writer *w, const struct conversation_meta *m,
                       struct buf *line)
{
    int rc = buf_addf(line, "{\"ev\":\"eof\",\"events\":%zu", w->n);
    return rc | add_string(line, "lost", m->lost) | buf_adds(line, "}\n");
}

static int copy(FILE *from, FILE *to)
{
    char piece[65536];
    size_t n;
    rewind(from);
    while ((n = fread(piece, 1, sizeof piece, from)) > 0)
        if (fwrite(piece, 1, n, to) != n)
            return -1;
    return ferror(from) ? -1 : 0;
}

static int write_whole(struct corpus_writer *w, FILE *to, const struct conversation_meta *meta)
{
    buf_clear(&w->line);
    if (format_first(meta, &w->line) || fwrite(w->line.p, 1, w->line.n, to) != w->line.n)
        return -1;
    if (fflush(w->events) != 0 || copy(w->events, to) < 0)
        return -1;
    buf_clear(&w->line);
    if (format_last(w, meta, &w->line) || fwrite(w->line.p, 1, w->line.n, to) != w->line.n)
        return -1;
    return fflush(to) != 0 ? -1 : 0;
}

int corpus_writer_close(struct corpus_writer *w, const struct conversation_meta *meta,
                        struct err *e)
{
    CLEANUP(buf_free) struct buf name = BUF_INIT(8192);
    int rc = -1;
    FILE *whole = open_beside(w->path, &name, e);
    if (whole) {
        rc = write_whole(w, whole, meta);
        rc |= fclose(whole);
        if (rc == 0)
            rc = rename(name.p, w->path);
        if (rc != 0) {
            err_sys(e, "cannot write %s", w->path);
            unlink(name.p);
        }
    }
    writer_free(w);
    return rc ? -1 : 0;
}

void corpus_writer_abort(struct corpus_writer *w)
{
    if (w)
        writer_free(w);
}
