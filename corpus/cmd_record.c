/* bugforbug record: a session behind a tap -> a conversation file. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "corpus/decode.h"
#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/opts.h"
#include "recorder/tap/session.h"

#define DEFAULT_UPSTREAM "unix:///var/run/docker.sock"

int cmd_record(const struct command *self, int argc, char **argv);

struct record {
    const char *out, *listen, *upstream, *keep_capture;
    bool keep_secrets;
    struct log log;
    struct operands ops;
    struct url listen_url, upstream_url;
    struct buf capture; /* its path */
};

static int check_usage(struct record *r, struct err *e)
{
    if (r->ops.n)
        return err_set(e, "'%s': put -- in front of the command", r->ops.v[0]);
    if (r->ops.command && !r->ops.command_n)
        return err_set(e, "a command is needed behind --");
    if (!r->ops.command && !r->listen)
        return err_set(e, "what to record? (-- COMMAND, or --listen URL)");
    if (!r->upstream)
        r->upstream = getenv("DOCKER_HOST");
    if (!r->upstream || !*r->upstream)
        r->upstream = DEFAULT_UPSTREAM;
    if (r->listen && url_parse(r->listen, &r->listen_url, e) < 0)
        return err_wrap(e, "--listen");
    if (url_parse(r->upstream, &r->upstream_url, e) < 0)
        return err_wrap(e, "the upstream");
    return 0;
}

/* The capture lies beside the conversation, so that a killed recording leaves it where it is looked
 * for. */
static int choose_capture(struct record *r, struct err *e)
{
    r->capture = BUF_INIT(8192);
    if (r->keep_capture)
        return buf_adds(&r->capture, r->keep_capture) < 0 ? err_sys(e, "%s", r->keep_capture) : 0;
    if (buf_addf(&r->capture, "%s.XXXXXX.pcap", r->out) < 0)
        return err_sys(e, "%s", r->out);
    CLEANUP_FD int fd = mkostemps(r->capture.p, 5, O_CLOEXEC);
    return fd < 0 ? err_sys(e, "cannot write beside %s", r->out) : 0;
}

static int decode_it(const struct record *r, const struct session_result *session)
{
    struct decode_options o = {.capture = r->capture.p,
                               .out = r->out,
                               .port = 2375,
                               .keep_secrets = r->keep_secrets,
                               .command = r->ops.command,
                               .lost = session->complete ? NULL : session->lost};
    struct decode_report report;
    struct err e;
    if (decode(&o, &report, &e) < 0) {
        log_error(&r->log, "record: %s (the capture is kept: bugforbug import %s)", e.text,
                  o.capture);
        return STATUS_ERROR;
    }
    if (!r->keep_capture)
        unlink(o.capture);
    decode_tell(&o, &report, &r->log);
    return report.complete ? session->status : STATUS_ERROR;
}

static int record(struct record *r, struct err *e)
{
    if (check_usage(r, e) < 0 || choose_capture(r, e) < 0)
        return -1;
    struct session_options o = {.listen = r->listen ? &r->listen_url : NULL,
                                .upstream = &r->upstream_url,
                                .capture = r->capture.p,
                                .command = r->ops.command,
                                .log = &r->log};
    struct session_result session;
    if (session_run(&o, &session, e) < 0) {
        if (!r->keep_capture)
            unlink(r->capture.p);
        return -1;
    }
    return decode_it(r, &session);
}

int cmd_record(const struct command *self, int argc, char **argv)
{
    struct record r = {.out = "conversation.jsonl"};
    const struct opt table[] = {
        {"output", 'o', OPT_STRING, "FILE", "the conversation (default: conversation.jsonl)",
         &r.out},
        {"listen", 0, OPT_STRING, "URL", "where clients connect (default: a private socket)",
         &r.listen},
        {"upstream", 0, OPT_STRING, "URL",
         "the daemon (default: DOCKER_HOST, else " DEFAULT_UPSTREAM ")", &r.upstream},
        {"keep-capture", 0, OPT_STRING, "FILE", "keep the raw bytes, a pcap file", &r.keep_capture},
        {"keep-secrets", 0, OPT_FLAG, NULL, "do not replace secrets", &r.keep_secrets},
        {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
    };
    enum opts_result parsed = opts_parse(self, table, argc, argv, &r.log, &r.ops);
    if (parsed != OPTS_RUN)
        return parsed == OPTS_HELP ? STATUS_CONFORMS : STATUS_ERROR;
    struct err e;
    int status = record(&r, &e);
    if (status < 0)
        log_error(&r.log, "record: %s", e.text);
    buf_free(&r.capture);
    return status < 0 ? STATUS_ERROR : status;
}
