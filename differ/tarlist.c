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

static int read_head(struct tarlist *t, struct archive_entry *from, struct tar_entry *to)
{
    const char *link = archive_entry_hardlink(from);
    if (!link)
        link = archive_entry_symlink(from);
    const char *raw = archive_entry_pathname(from);
    struct span name = plain_name(raw ? raw : archive_entry_pathname_utf8(from));
    to->name = strndup(name.p, name.n);
    to->link = link ? strdup(link) : NULL;
    to->type = type_of(from);
    to->mode = (unsigned)archive_entry_mode(from) & 07777;
    to->uid = archive_entry_uid(from);
    to->gid = archive_entry_gid(from);
    to->size = archive_entry_size(from);
    to->mtime = (int64_t)archive_entry_mtime(from);
    t->names += name.n + (link ? strlen(link) : 0);
    return to->name && (to->link || !link) ? 0 : -1;
}

static void hash_free(struct sha256 **h)
{
    sha256_free(*h);
}

/* 0; 1: the archive is broken there; -1. */
static int read_content(struct tarlist *t, struct archive *a, struct tar_entry *to, struct err *e)
{
    char piece[16384];
    CLEANUP(hash_free) struct sha256 *hash = sha256_new(e);
    if (!hash)
        return -1;
    to->is_kept = to->size <= (int64_t)TAR_KEEP_MAX && t->kept <= TAR_KEPT_MAX;
    for (;;) {
        la_ssize_t n = archive_read_data(a, piece, sizeof piece);
        if (n < 0)
            return 1;
        if (n == 0) {
            struct sha256 *whole = hash;
            hash = NULL;
            return sha256_finish(whole, to->hash, e);
        }
        struct span s = {piece, (size_t)n};
        if (sha256_add(hash, s, e) < 0)
            return -1;
        if (to->is_kept && buf_add(&to->kept, s.p, s.n) < 0)
            to->is_kept = false;
        t->kept += to->is_kept ? s.n : 0;
    }
}

/* 0; 1: the archive is broken there; -1. */
static int read_entries(struct tarlist *t, struct archive *a, struct err *e)
{
    struct archive_entry *entry;
    for (;;) {
        int rc = archive_read_next_header(a, &entry);
        if (rc == ARCHIVE_EOF)
            return 0;
        if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
            return 1;
        if (t->n == TAR_ENTRIES_MAX || t->names > TAR_NAMES_MAX) {
            archive_set_error(a, EFBIG, "more entries than can be compared");
            return 1;
        }
        struct tar_entry *to = add_entry(t);
        if (!to || read_head(t, entry, to) < 0)
            return err_sys(e, "an archive");
        if (archive_entry_filetype(entry) != AE_IFREG || to->link)
            continue;
        rc = read_content(t, a, to, e);
        if (rc)
            return rc;
    }
}

static void archive_done(struct archive **a)
{
    archive_read_free(*a);
}

int tarlist_read(struct tarlist *t, const struct conversation *c, const struct exchange *x,
                 struct err *e)
{
    *t = (struct tarlist){0};
    struct source s = {.e = e};
    CLEANUP(archive_done) struct archive *a = archive_read_new();
    if (!a)
        return err_sys(e, "an archive");
    reader_init(&s.reader, c, x, RAW_CHANNEL);
    archive_read_support_format_tar(a);
    archive_read_support_format_empty(a);
    int rc = archive_read_open(a, &s, NULL, pull, NULL) == ARCHIVE_OK ? read_entries(t, a, e) : 1;
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
    for (size_t i = 0; i < t->n; i++) {
        free(t->v[i].name);
        free(t->v[i].link);
        buf_free(&t->v[i].kept);
    }
    free(t->v);
    *t = (struct tarlist){0};
}
