#include "corpus/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus/corpus.h"
#include "recorder/base/cleanup.h"
#include "recorder/capture/capture.h"
#include "recorder/conversation/decoder.h"
#include "recorder/conversation/redact.h"

/* The second pass's sink: redacts, counts and writes. */
struct pass {
    struct redactor *redactor; /* NULL: secrets are kept */
    struct corpus_writer *writer;
    struct decode_report *report;
};

static int write_event(void *self, struct event *ev, struct err *e)
{
    struct pass *p = self;
    p->report->events++;
    p->report->exchanges += ev->kind == EV_REQUEST;
    p->report->connections += ev->kind == EV_OPEN;
    if (p->redactor && redactor_apply(p->redactor, ev, e) < 0)
        return -1;
    return corpus_writer_event(p->writer, ev, e);
}

static int run(const struct decode_options *o, const struct event_sink *sink,
               struct capture_report *capture, struct decoder **out, struct err *e)
{
    struct decoder *d = decoder_new(sink);
    *out = d;
    if (!d)
        return err_sys(e, "decoder");
    struct bytes_sink bytes = decoder_bytes(d);
    if (capture_read(o->capture, o->port, &bytes, capture, e) < 0)
        return -1;
    return decoder_finish(d, e);
}

static int learn(const struct decode_options *o, struct redactor *r, struct err *e)
{
    struct event_sink sink = {r, redactor_learn};
    struct capture_report capture;
    struct decoder *d;
    int rc = run(o, &sink, &capture, &d, e);
    decoder_free(d);
    if (rc == 0 && o->command)
        rc = redactor_learn_command(r, o->command, e);
    return rc;
}

/* A word of the command as it may be shown. */
static int add_word(char ***list, struct redactor *r, const char *word, struct err *e)
{
    CLEANUP(buf_free) struct buf text = BUF_INIT((size_t)1 << 20);
    if (buf_adds(&text, word) < 0)
        return err_sys(e, "the command");
    if (r && redactor_text(r, &text, e) < 0)
        return -1;
    return meta_list_add(list, (struct span){text.p, text.n}) < 0 ? err_sys(e, "the command") : 0;
}

/* The decoder's meta, and what only the caller and the redactor know, for the length of the call.
 */
static int close_with_meta(const struct decode_options *o, struct pass *p,
                           const struct conversation_meta *learnt, struct err *e)
{
    struct conversation_meta m = *learnt;
    char **command = NULL, **secrets = NULL;
    int rc = 0;
    for (char *const *w = o->command; w && *w && rc == 0; w++)
        rc = add_word(&command, p->redactor, *w, e);
    m.command = command;
    m.lost = p->report->complete ? NULL : p->report->why;
    if (rc == 0 && p->redactor) {
        secrets = redactor_names_used(p->redactor, e);
        rc = secrets ? 0 : -1;
    }
    m.secrets = secrets && *secrets ? secrets : NULL;
    for (char **s = m.secrets; s && *s; s++)
        p->report->secrets++;
    if (rc == 0)
        rc = corpus_writer_close(p->writer, &m, e);
    else
        corpus_writer_abort(p->writer);
    p->writer = NULL;
    meta_list_free(command);
    meta_list_free(secrets);
    return rc;
}

static int write_conversation(const struct decode_options *o, struct pass *p, struct err *e)
{
    struct event_sink sink = {p, write_event};
    struct capture_report capture = {0};
    struct decoder *d;
    int rc = run(o, &sink, &capture, &d, e);
    p->report->complete = !o->lost && capture.complete;
    snprintf(p->report->why, sizeof p->report->why, "%s",
             o->lost            ? o->lost
             : capture.complete ? ""
                                : capture.why);
    if (rc == 0)
        rc = close_with_meta(o, p, decoder_meta(d), e);
    decoder_free(d);
    return rc;
}

int decode(const struct decode_options *o, struct decode_report *report, struct err *e)
{
    memset(report, 0, sizeof *report);
    struct pass p = {.report = report};
    int rc = 0;
    if (!o->keep_secrets) {
        p.redactor = redactor_new(e);
        rc = p.redactor ? learn(o, p.redactor, e) : -1;
    }
    if (rc == 0) {
        p.writer = corpus_writer_open(o->out, e);
        rc = p.writer ? write_conversation(o, &p, e) : -1;
    }
    corpus_writer_abort(p.writer);
    redactor_free(p.redactor);
    return rc;
}

void decode_tell(const struct decode_options *o, const struct decode_report *report,
                 const struct log *log)
{
    log_note(log, "%s: %llu exchanges on %llu connections, %llu events", o->out,
             (unsigned long long)report->exchanges, (unsigned long long)report->connections,
             (unsigned long long)report->events);
    if (report->secrets)
        log_note(
            log,
            "%s: %llu secrets were replaced; their names stand in its first line (a replay takes "
            "their values from BUGFORBUG_SECRET_NAME)",
            o->out, (unsigned long long)report->secrets);
    if (!report->complete)
        log_error(log, "%s: the recording is incomplete: %s", o->out, report->why);
}
