/* The listing of an archive: what its entries are, and a hash of what is in them. */
#ifndef BUGFORBUG_DIFFER_TARLIST_H
#define BUGFORBUG_DIFFER_TARLIST_H

#include "differ/reader.h"
#include "recorder/base/sha256.h"

struct tar_entry {
    char *name, *link; /* link: target of a symbolic or hard link; NULL: none */
    const char *type;  /* "file", "directory", "symlink", "hardlink", ... */
    unsigned mode;     /* permission bits, set-user-id and the like included */
    int64_t uid, gid, size, mtime;
    char hash[SHA256_HEX]; /* of the content; "": there is none */
    struct buf kept;       /* the content, where it was small */
    bool is_kept;
    bool is_listed; /* an archive itself: its entries follow */
};

struct tarlist {
    struct tar_entry *v;
    size_t n, cap;
    size_t names, kept; /* bytes */
    char why[200];      /* why it ends where it does; "": it is whole */
};

/*
 * Lists the response's body. With `layers`, an entry NAME.tar that is an archive is listed too, its
 * entries as NAME.tar!INNER, and has no hash of its own: two layers with the same entries are the
 * same. -1: no memory, a blob that cannot be read. What is wrong with the
 * archive goes to `why`. Free in any case. */
int tarlist_read(struct tarlist *t, const struct conversation *c, const struct exchange *x,
                 bool layers, struct err *e);
void tarlist_free(struct tarlist *t);

#endif
