#include "differ/tarlist.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "differ/tar.h"
#include "recorder/base/cleanup.h"

/* libarchive pulls the body out of the conversation. */
struct source {
    struct reader reader;
    struct err *e;
    bool failed;
};

static la_ssize_t pull(struct archive *a, void *arg, const void **out)
{
    struct source *s = arg;
    struct span piece;
    int rc = reader_next(&s->reader, &piece, s->e);
    if (rc < 0) {
        s->failed = true;
        archive_set_error(a, EIO, "the recording cannot be read");
        return -1;
    }
    *out = rc ? piece.p : NULL;
    return rc ? (la_ssize_t)piece.n : 0;
}

static const char *type_of(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry))
        return "hardlink";
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return "file";
    case AE_IFDIR:
        return "directory";
    case AE_IFLNK:
        return "symlink";
    case AE_IFCHR:
        return "character device";
    case AE_IFBLK:
        return "block device";
    case AE_IFIFO:
        return "fifo";
    default:
        return "other";
    }
}

static void entry_free(struct tar_entry *e)
{
    free(e->name);
    free(e->link);
    buf_free(&e->kept);
}

static struct tar_entry *add_entry(struct tarlist *t)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 64;
        struct tar_entry *v = realloc(t->v, cap * sizeof *v);
        if (!v)
            return NULL;
        t->v = v;
        t->cap = cap;
    }
    t->v[t->n] = (struct tar_entry){.kept = BUF_INIT(TAR_KEEP_MAX)};
    return &t->v[t->n++];
}

/* Without "./" before and '/' behind: archivers differ in that, and it means nothing. */
static struct span plain_name(const char *name)
{
    struct span s = span_of(name ? name : "");
    while (span_starts(s, "./"))
        s.p += 2, s.n -= 2;
    while (s.n > 1 && s.p[s.n - 1] == '/')
        s.n--;
    return s;
}

/* The archive that is read, and what its entries' names begin with. */
struct listing {
    struct tarlist *t;
    struct archive *a;
    const char *prefix; /* "" or "NAME.tar!" */
    bool layers;
    struct err *e;
};

static int read_head(struct listing *l, struct archive_entry *from, struct tar_entry *to)
{
    const char *link = archive_entry_hardlink(from);
    if (!link)
        link = archive_entry_symlink(from);
    const char *raw = archive_entry_pathname(from);
    struct span name = plain_name(raw ? raw : archive_entry_pathname_utf8(from));
    struct buf full = BUF_INIT(TAR_NAMES_MAX);
    int rc = buf_adds(&full, l->prefix) | buf_add(&full, name.p, name.n);
    to->name = buf_take(&full);
    to->link = link ? strdup(link) : NULL;
    to->type = type_of(from);
    to->mode = (unsigned)archive_entry_mode(from) & 07777;
    to->uid = archive_entry_uid(from);
    to->gid = archive_entry_gid(from);
    to->size = archive_entry_size(from);
    to->mtime = (int64_t)archive_entry_mtime(from);
    l->t->names += name.n + strlen(l->prefix) + (link ? strlen(link) : 0);
    return rc == 0 && to->name && (to->link || !link) ? 0 : -1;
}

/* A file's bytes on their way: hashed, and kept where they are few. */
struct content {
    struct listing *l;
    size_t entry;
    struct sha256 *hash;
    bool failed; /* not the archive, but we */
    char piece[16384];
};

/* The next piece; 0: the end; -1: the archive is broken there, or `failed`. */
static la_ssize_t next_piece(struct content *c)
{
    struct tarlist *t = c->l->t;
    struct tar_entry *to = &t->v[c->entry];
    la_ssize_t n = archive_read_data(c->l->a, c->piece, sizeof c->piece);
    if (n <= 0)
        return n < 0 ? -1 : 0;
    struct span s = {c->piece, (size_t)n};
    if (sha256_add(c->hash, s, c->l->e) < 0) {
        c->failed = true;
        return -1;
    }
    if (to->is_kept && buf_add(&to->kept, s.p, s.n) < 0)
        to->is_kept = false;
    t->kept += to->is_kept ? s.n : 0;
    return n;
}

static la_ssize_t pull_layer(struct archive *a, void *arg, const void **out)
{
    struct content *c = arg;
    la_ssize_t n = next_piece(c);
    *out = c->piece;
    if (n < 0)
        archive_set_error(a, EIO, "the archive around it is broken");
    return n;
}

static int read_entries(struct listing *l);

static void archive_done(struct archive **a)
{
    archive_read_free(*a);
}

/* 1: the file is an archive, and was listed; 0: it is none, or broken. */
static int read_layer(struct content *c)
{
    CLEANUP(archive_done) struct archive *a = archive_read_new();
    CLEANUP(buf_free) struct buf prefix = BUF_INIT(TAR_NAMES_MAX);
    size_t before = c->l->t->n;
    if (!a || buf_addf(&prefix, "%s!", c->l->t->v[c->entry].name) < 0)
        return err_sys(c->l->e, "an archive");
    struct listing inner = {c->l->t, a, buf_str(&prefix), false, c->l->e};
    archive_read_support_format_tar(a);
    int rc =
        archive_read_open(a, c, NULL, pull_layer, NULL) == ARCHIVE_OK ? read_entries(&inner) : 1;
    if (rc < 0 || c->failed)
        return -1;
    while (rc > 0 && c->l->t->n > before)
        entry_free(&c->l->t->v[--c->l->t->n]);
    return rc == 0;
}

static bool is_layer(const struct listing *l, const struct tar_entry *entry)
{
    return l->layers && span_ends(span_of(entry->name), ".tar");
}

/* 0; 1: the archive is broken there; -1. */
static int read_content(struct listing *l, size_t entry)
{
    struct content c = {.l = l, .entry = entry, .hash = sha256_new(l->e)};
    if (!c.hash)
        return -1;
    struct tar_entry *to = &l->t->v[entry];
    to->is_kept = to->size <= (int64_t)TAR_KEEP_MAX && l->t->kept <= TAR_KEPT_MAX;
    int layer = is_layer(l, to) ? read_layer(&c) : 0;
    la_ssize_t n = 1;
    while (layer >= 0 && n > 0)
        n = next_piece(&c);
    if (layer < 0 || n < 0) {
        sha256_free(c.hash);
        return layer < 0 || c.failed ? -1 : 1;
    }
    to = &l->t->v[entry]; /* the table may have moved */
    if (sha256_finish(c.hash, to->hash, l->e) < 0)
        return -1;
    to->is_listed = layer;
    if (layer)
        to->hash[0] = 0;
    return 0;
}

/* 0; 1: the archive is broken there; -1. */
static int read_entries(struct listing *l)
{
    struct archive_entry *from;
    struct tarlist *t = l->t;
    for (;;) {
        int rc = archive_read_next_header(l->a, &from);
        if (rc == ARCHIVE_EOF)
            return 0;
        if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
            return 1;
        if (t->n == TAR_ENTRIES_MAX || t->names > TAR_NAMES_MAX) {
            archive_set_error(l->a, EFBIG, "more entries than can be compared");
            return 1;
        }
        struct tar_entry *to = add_entry(t);
        if (!to || read_head(l, from, to) < 0)
            return err_sys(l->e, "an archive");
        if (archive_entry_filetype(from) != AE_IFREG || to->link)
            continue;
        rc = read_content(l, t->n - 1);
        if (rc)
            return rc;
    }
}

int tarlist_read(struct tarlist *t, const struct conversation *c, const struct exchange *x,
                 bool layers, struct err *e)
{
    *t = (struct tarlist){0};
    struct source s = {.e = e};
    CLEANUP(archive_done) struct archive *a = archive_read_new();
    if (!a)
        return err_sys(e, "an archive");
    reader_init(&s.reader, c, x, RAW_CHANNEL);
    archive_read_support_format_tar(a);
    archive_read_support_format_empty(a);
    struct listing l = {t, a, "", layers, e};
    int rc = archive_read_open(a, &s, NULL, pull, NULL) == ARCHIVE_OK ? read_entries(&l) : 1;
    reader_free(&s.reader);
    if (rc < 0 || s.failed)
        return -1;
    if (rc > 0) {
        const char *why = archive_error_string(a);
        snprintf(t->why, sizeof t->why, "%s", why ? why : "broken");
    }
    return 0;
}

void tarlist_free(struct tarlist *t)
{
    for (size_t i = 0; i < t->n; i++)
        entry_free(&t->v[i]);
    free(t->v);
    *t = (struct tarlist){0};
}
