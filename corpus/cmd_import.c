/* bugforbug import: a capture that somebody made -> a conversation file. */
#include <stdio.h>

#include "corpus/decode.h"
#include "recorder/base/opts.h"

int cmd_import(const struct command *self, int argc, char **argv);

int cmd_import(const struct command *self, int argc, char **argv)
{
    const char *out = "conversation.jsonl";
    long port = 2375;
    bool keep_secrets = false;
    const struct opt table[] = {
        {"output", 'o', OPT_STRING, "FILE", "the conversation (default: conversation.jsonl)", &out},
        {"port", 0, OPT_NUMBER, "N", "the daemon's TCP port (default: 2375)", &port},
        {"keep-secrets", 0, OPT_FLAG, NULL, "do not replace secrets", &keep_secrets},
        {NULL, 0, OPT_FLAG, NULL, NULL, NULL},
    };
    struct log log;
    struct operands ops;
    enum opts_result r = opts_parse(self, table, argc, argv, &log, &ops);
    if (r != OPTS_RUN)
        return r == OPTS_HELP ? STATUS_CONFORMS : STATUS_ERROR;
    if (ops.n != 1 || port < 1 || port > 65535) {
        log_error(&log, "import: %s (see 'bugforbug import --help')",
                  ops.n != 1 ? "one capture is needed" : "a port is a number from 1 to 65535");
        return STATUS_ERROR;
    }
    struct decode_options o = {
        .capture = ops.v[0], .out = out, .port = (int)port, .keep_secrets = keep_secrets};
    struct decode_report report;
    struct err e;
    if (decode(&o, &report, &e) < 0) {
        log_error(&log, "import: %s", e.text);
        return STATUS_ERROR;
    }
    decode_tell(&o, &report, &log);
    if (!report.exchanges && report.complete) {
        log_error(&log, "%s: nothing was said on port %ld (see --port)", ops.v[0], port);
        return STATUS_NOTHING;
    }
    return report.complete ? STATUS_CONFORMS : STATUS_ERROR;
}
