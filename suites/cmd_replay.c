/* bugforbug replay: says conversations again to another daemon, and records what comes of it. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "corpus/corpus.h"
#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/opts.h"
#include "suites/interrupt.h"
#include "suites/pace.h"
#include "suites/replay/record.h"

int cmd_replay(const struct command *self, int argc, char **argv);

struct replaying {
    const char *out;
    struct url against;
    struct replay_options options;
    struct log log;
    int count; /* of conversations */
};

static void conversation_drop(struct conversation **c)
{
    conversation_free(*c);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Where a conversation goes: -o, or into that folder, or into this one. */
static int choose_out(const struct replaying *r, const char *path, struct buf *out, struct err *e)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    int n = (int)strlen(name);
    if (span_ends(span_of(name), ".jsonl"))
        n -= (int)strlen(".jsonl");
    if (r->out && !is_folder(r->out))
        return buf_adds(out, r->out) < 0 ? err_sys(e, "%s", r->out) : 0;
    if (r->out && buf_addf(out, "%s/", r->out) < 0)
        return err_sys(e, "%s", r->out);
    return buf_addf(out, "%.*s.replay.jsonl", n, name) < 0 ? err_sys(e, "%s", name) : 0;
}

/* --- what came of it --- */

static bool is_well(const struct replay_outcome *o)
{
    return o->state == REPLAY_SENT && !o->fault && !o->blocked_by;
}

static void print_outcome(const struct conversation *c, const struct replay_result *result,
                          size_t i)
{
    const struct replay_outcome *o = &result->outcomes[i];
    const struct exchange *x = &c->exchanges[i];
    printf("  exchange %u, %.*s %.*s: ", x->id, (int)x->method.n, x->method.p, (int)x->target.n,
           x->target.p);
    if (o->state == REPLAY_BLOCKED)
        printf("not sent, blocked by exchange %u\n", o->blocked_by);
    else if (o->fault)
        printf("%s%s%s\n", replay_fault_text(o->fault), o->why ? ": " : "", o->why ? o->why : "");
    else if (o->blocked_by)
        printf("what follows its head is blocked by exchange %u\n", o->blocked_by);
    else
        printf("not sent\n");
}

/* True where all was sent and answered. */
static bool print_result(const struct conversation *c, const struct replay_result *result,
                         const char *out)
{
    size_t well = 0;
    for (size_t i = 0; i < result->n; i++)
        well += is_well(&result->outcomes[i]);
    printf("%s: %zu of %zu exchanges replayed and answered, written to %s\n", c->path, well,
           result->n, out);
    for (size_t i = 0; i < result->n; i++)
        if (!is_well(&result->outcomes[i]))
            print_outcome(c, result, i);
    for (size_t i = 0; i < result->leftovers_n; i++)
        printf("  left on the candidate: %s\n", result->leftovers[i]);
    return well == result->n;
}

static int replay_one(const struct replaying *r, const char *path, struct err *e)
{
    CLEANUP(conversation_drop) struct conversation *c = corpus_read(path, e);
    CLEANUP(buf_free) struct buf out = BUF_INIT(8192);
    CLEANUP(replay_result_free) struct replay_result result = {0};
    if (!c || choose_out(r, path, &out, e) < 0)
        return STATUS_ERROR;
    int status = replay_record(c, &r->options, buf_str(&out), &result, NULL, e);
    if (status == REPLAY_UNREACHABLE)
        return STATUS_NOTHING;
    if (status != REPLAY_DONE)
        return STATUS_ERROR;
    return print_result(c, &result, buf_str(&out)) ? STATUS_CONFORMS : STATUS_FINDINGS;
}

static int replay_all(const struct replaying *r, char **paths)
{
    int worst = STATUS_CONFORMS;
    for (int i = 0; i < r->count; i++) {
        struct err e;
        int status = replay_one(r, paths[i], &e);
        if (status == STATUS_ERROR || status == STATUS_NOTHING) {
            log_error(&r->log, "replay: %s: %s", paths[i], e.text);
            return status;
        }
        if (status > worst)
            worst = status;
    }
    return worst;
}

static int check_usage(struct replaying *r, const char *against, const char *pace, struct err *e)
{
    if (!against)
        return err_set(e, "--against URL is needed");
    if (!r->count)
        return err_set(e, "a conversation is needed (FILE...)");
    if (r->out && r->count > 1 && !is_folder(r->out))
        return err_set(e, "-o %s: for more than one conversation an existing folder is needed",
                       r->out);
    if (url_parse(against, &r->against, e) < 0)
        return err_wrap(e, "--against");
    return pace_parse(pace, &r->options.pace, e);
}

int cmd_replay(const struct command *self, int argc, char **argv)
{
    const char *against = NULL, *pace = "recorded";
    struct replaying r = {0};
    struct operands ops;
    const struct opt table[] = {
        {"against", 0, OPT_STRING, "URL", "the candidate", &against},
        {"output", 'o', OPT_STRING, "FILE",
         "the candidate's conversation, or a folder (default: NAME.replay.jsonl)", &r.out},
        {"pace", 0, OPT_STRING, "PACE",
         "the client's own pauses: recorded (default), none, or a factor", &pace},
        {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
    };
    enum opts_result parsed = opts_parse(self, table, argc, argv, &r.log, &ops);
    if (parsed != OPTS_RUN)
        return parsed == OPTS_HELP ? STATUS_CONFORMS : STATUS_ERROR;
    struct err e;
    r.count = ops.n;
    if (check_usage(&r, against, pace, &e) < 0) {
        log_error(&r.log, "replay: %s", e.text);
        return STATUS_ERROR;
    }
    CLEANUP_FD int signals = interrupt_open();
    r.options.against = &r.against;
    r.options.log = &r.log;
    r.options.interrupt_fd = signals > 0 ? signals : 0;
    return replay_all(&r, ops.v);
}
