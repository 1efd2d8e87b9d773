#include "suites/conduct.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "corpus/corpus.h"
#include "recorder/base/cleanup.h"
#include "suites/replay/record.h"

static enum pair_state pair_state(const struct replay_outcome *o)
{
    if (o->state == REPLAY_BLOCKED)
        return PAIR_BLOCKED;
    if (o->fault == REPLAY_NO_CONNECTION)
        return PAIR_RESET;
    if (o->state == REPLAY_UNSENT)
        return PAIR_NOT_SENT;
    switch (o->fault) {
    case REPLAY_HANG_SEND:
    case REPLAY_HANG_HEAD:
    case REPLAY_HANG_STREAM:
    case REPLAY_HANG_END:
    case REPLAY_FLOOD:
        return PAIR_HANG;
    case REPLAY_RESET:
    case REPLAY_CLOSED:
    case REPLAY_CUT:
        return PAIR_RESET;
    case REPLAY_GARBAGE:
        return PAIR_GARBAGE;
    case REPLAY_NO_FAULT:
    case REPLAY_NO_CONNECTION:
        break;
    }
    return PAIR_SENT;
}

static int compare(const struct conversation *baseline, const struct conversation *candidate,
                   const struct conduct_options *o, const struct replay_result *replayed,
                   struct comparison *out, struct err *e)
{
    struct pairing pairing = {.n = replayed->n};
    pairing.v = calloc(replayed->n + 1, sizeof *pairing.v);
    if (!pairing.v)
        return err_sys(e, "pairs");
    for (size_t i = 0; i < replayed->n; i++) {
        const struct replay_outcome *r = &replayed->outcomes[i];
        pairing.v[i] = (struct pair){.state = pair_state(r),
                                     .candidate = r->candidate,
                                     .blocked_by = r->blocked_by,
                                     .why = r->why ? r->why : replay_fault_text(r->fault)};
    }
    char url[URL_TEXT];
    url_format(o->against, url);
    struct differ_input in = {.baseline = baseline,
                              .candidate = candidate,
                              .pairing = &pairing,
                              .rules = o->rules,
                              .url = url};
    int rc = differ_run(&in, out, e);
    free(pairing.v);
    return rc;
}

/* The folder holds files and folders of files only: we made it. */
static void remove_folder(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *entry; d && (entry = readdir(d));) {
        CLEANUP(buf_free) struct buf name = BUF_INIT(8192);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            buf_addf(&name, "%s/%s", path, entry->d_name) < 0)
            continue;
        if (unlink(name.p) < 0)
            remove_folder(name.p);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

static char *make_folder(struct err *e)
{
    const char *base = getenv("TMPDIR");
    struct buf b = BUF_INIT(4096);
    if (buf_addf(&b, "%s/bugforbug.XXXXXX", base && *base ? base : "/tmp") == 0 && mkdtemp(b.p))
        return buf_take(&b);
    err_sys(e, "cannot make a temporary folder in %s", base && *base ? base : "/tmp");
    buf_free(&b);
    return NULL;
}

static void tell_leftovers(const struct replay_result *r, const struct log *log)
{
    for (size_t i = 0; i < r->leftovers_n; i++)
        log_error(log, "left behind on the candidate: %s", r->leftovers[i]);
}

static int compare_file(const struct conversation *baseline, const struct conduct_options *o,
                        const char *path, const struct replay_result *replayed,
                        struct comparison *out, char **candidate, struct err *e)
{
    struct conversation *c = corpus_read(path, e);
    if (!c)
        return REPLAY_FAILED;
    int rc = compare(baseline, c, o, replayed, out, e);
    if (!*candidate && c->meta.engine)
        *candidate = strdup(c->meta.engine);
    conversation_free(c);
    return rc < 0 ? REPLAY_FAILED : REPLAY_DONE;
}

int conduct_compare(const struct conversation *baseline, const struct conduct_options *o,
                    struct comparison *out, char **candidate, struct err *e)
{
    CLEANUP_FREE char *folder = make_folder(e);
    if (!folder)
        return REPLAY_FAILED;
    CLEANUP(buf_free) struct buf path = BUF_INIT(8192);
    struct replay_options ro = {
        .against = o->against, .pace = o->pace, .log = o->log, .interrupt_fd = o->interrupt_fd};
    struct replay_result replayed = {0};
    int rc = REPLAY_FAILED;
    if (buf_addf(&path, "%s/candidate.jsonl", folder) == 0)
        rc = replay_record(baseline, &ro, path.p, &replayed, NULL, e);
    else
        err_sys(e, "%s", folder);
    if (rc == REPLAY_DONE) {
        tell_leftovers(&replayed, o->log);
        rc = compare_file(baseline, o, path.p, &replayed, out, candidate, e);
    }
    replay_result_free(&replayed);
    remove_folder(folder);
    return rc;
}
