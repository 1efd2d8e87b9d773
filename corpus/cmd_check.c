/* bugforbug check: are these conversations whole, and free of secrets? */
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus/corpus.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/opts.h"
#include "recorder/conversation/redact.h"

int cmd_check(const struct command *self, int argc, char **argv);

struct check {
    struct log log;
    size_t files, bad;
};

/* Learns from every event, with its blob loaded; reading a blob checks it. */
static int learn_all(struct conversation *c, struct redactor *r, struct err *e)
{
    for (size_t i = 0; i < c->n; i++) {
        struct event *ev = &c->events[i];
        if (ev->blob[0] && c->loader.load(c->loader.self, ev, &ev->payload, e) < 0)
            return err_wrap(e, "%s:%zu", c->path, i + 2);
        if (redactor_learn(r, ev, e) < 0)
            return err_wrap(e, "%s", c->path);
        if (ev->blob[0])
            buf_free(&ev->payload);
    }
    return 0;
}

static int check_secrets(struct conversation *c, struct err *e)
{
    struct redactor *r = redactor_new(e);
    if (!r)
        return -1;
    char **names = learn_all(c, r, e) < 0 ? NULL : redactor_names(r, e);
    redactor_free(r);
    if (!names)
        return -1;
    int rc = 0;
    if (*names)
        rc = err_set(
            e, "%s: a secret is left in it, at a place named %s (record it without --keep-secrets)",
            c->path, *names);
    meta_list_free(names);
    return rc;
}

static void check_file(struct check *k, const char *path)
{
    struct err e;
    struct conversation *c = corpus_read(path, &e);
    int rc = c ? check_secrets(c, &e) : -1;
    k->files++;
    k->bad += rc < 0;
    if (rc < 0)
        log_error(&k->log, "check: %s", e.text);
    else if (c->meta.lost)
        log_note(&k->log, "%s: whole, but recorded incompletely: %s", path, c->meta.lost);
    conversation_free(c);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* A file that was named is checked whatever its name; in folders, those named *.jsonl are. */
static void check_path(struct check *k, char *path)
{
    char *paths[] = {path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    FTSENT *f = NULL;
    while (tree && (f = fts_read(tree))) {
        if (f->fts_info == FTS_NS || f->fts_info == FTS_ERR || f->fts_info == FTS_DNR) {
            log_error(&k->log, "check: %s: %s", f->fts_path, strerror(f->fts_errno));
            k->bad++;
        } else if (f->fts_info == FTS_F &&
                   (!f->fts_level || span_ends(span_of(f->fts_name), ".jsonl"))) {
            check_file(k, f->fts_path);
        }
    }
    if (tree)
        fts_close(tree);
}

int cmd_check(const struct command *self, int argc, char **argv)
{
    struct check k = {0};
    struct operands ops;
    const struct opt table[] = {{NULL, 0, OPT_FLAG, NULL, NULL, NULL}};
    enum opts_result parsed = opts_parse(self, table, argc, argv, &k.log, &ops);
    if (parsed != OPTS_RUN)
        return parsed == OPTS_HELP ? STATUS_CONFORMS : STATUS_ERROR;
    if (!ops.n || ops.command) {
        log_error(&k.log, "check: which files or folders? (see 'bugforbug check --help')");
        return STATUS_ERROR;
    }
    for (int i = 0; i < ops.n; i++)
        check_path(&k, ops.v[i]);
    if (k.bad)
        return STATUS_ERROR;
    if (!k.files) {
        log_error(&k.log, "check: no conversation (*.jsonl) there");
        return STATUS_NOTHING;
    }
    if (k.log.level >= 0)
        printf("%zu conversation%s whole and free of known secrets\n", k.files,
               k.files == 1 ? " is" : "s are");
    return STATUS_CONFORMS;
}
