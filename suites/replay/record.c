#include "suites/replay/record.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/capture/pcap_out.h"

/* The sink of the replay: appends to a capture. */
struct tape {
    struct pcap_out *out;
    struct pcap_flow *flows; /* by connection - 1 */
    size_t n, cap;
};

static int on_open(void *self, uint32_t conn, int64_t t, struct err *e)
{
    struct tape *tape = self;
    if (tape->n == tape->cap) {
        size_t cap = tape->cap ? 2 * tape->cap : 16;
        struct pcap_flow *flows = realloc(tape->flows, cap * sizeof *flows);
        if (!flows)
            return err_sys(e, "connection %u", conn);
        tape->flows = flows;
        tape->cap = cap;
    }
    struct pcap_flow *f = &tape->flows[tape->n++];
    pcap_out_open(tape->out, f, t);
    pcap_out_accepted(tape->out, f, t);
    return pcap_out_complete(tape->out, e);
}

static int on_data(void *self, uint32_t conn, enum side from, int64_t t, const char *p, size_t n,
                   struct err *e)
{
    struct tape *tape = self;
    pcap_out_data(tape->out, &tape->flows[conn - 1], from, t, p, n);
    return pcap_out_complete(tape->out, e);
}

static int on_end(void *self, uint32_t conn, enum side from, enum end_how how, int64_t t,
                  struct err *e)
{
    struct tape *tape = self;
    pcap_out_end(tape->out, &tape->flows[conn - 1], from, how, t);
    return pcap_out_complete(tape->out, e);
}

static int replay_to(const struct conversation *baseline, const struct replay_options *options,
                     const char *capture, struct replay_result *result, struct err *e)
{
    struct replay_options o = *options;
    struct tape tape = {.out = pcap_out_new(capture, e)};
    struct bytes_sink sink = {&tape, on_open, on_data, on_end};
    if (!tape.out)
        return REPLAY_FAILED;
    o.sink = &sink;
    int status = replay_run(baseline, &o, result, e);
    free(tape.flows);
    struct err late;
    if (pcap_out_close(tape.out, &late) < 0 && status == REPLAY_DONE) {
        if (e)
            *e = late;
        return REPLAY_FAILED;
    }
    return status;
}

int replay_record(const struct conversation *baseline, const struct replay_options *options,
                  const char *out, struct replay_result *result, struct decode_report *report,
                  struct err *e)
{
    CLEANUP(buf_free) struct buf capture = BUF_INIT(8192);
    struct decode_report unused;
    memset(result, 0, sizeof *result);
    if (buf_addf(&capture, "%s.XXXXXX.pcap", out) < 0)
        return err_sys(e, "%s", out);
    CLEANUP_FD int fd = mkostemps(capture.p, (int)strlen(".pcap"), O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, "cannot write beside %s", out);
    int status = replay_to(baseline, options, capture.p, result, e);
    struct decode_options d = {.capture = capture.p, .out = out, .port = PCAP_OUT_PORT};
    if (status == REPLAY_DONE && decode(&d, report ? report : &unused, e) < 0)
        status = REPLAY_FAILED;
    unlink(capture.p);
    return status;
}
