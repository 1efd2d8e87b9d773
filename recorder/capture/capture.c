#include "recorder/capture/capture.h"

#include <stdarg.h>
#include <string.h>

#include "recorder/base/cleanup.h"
#include "recorder/capture/pcap_in.h"
#include "recorder/capture/reassembly.h"

static void add_reason(struct capture_report *report, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void add_reason(struct capture_report *report, const char *fmt, ...)
{
    size_t n = strlen(report->why);
    if (n)
        n += (size_t)snprintf(report->why + n, CAPTURE_WHY - n, "; ");
    if (n >= CAPTURE_WHY)
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(report->why + n, CAPTURE_WHY - n, fmt, ap);
    va_end(ap);
}

#define ULL(n) ((unsigned long long)(n))

static void judge(struct capture_report *r)
{
    if (r->truncated)
        add_reason(r, "the file ends inside packet %llu", ULL(r->packets + 1));
    if (r->cut)
        add_reason(r, "%llu of %llu connections have holes (%llu bytes) and end there", ULL(r->cut),
                   ULL(r->connections), ULL(r->lost_bytes));
    if (r->snapped)
        add_reason(r, "%llu packets were captured in part (capture with a larger snap length)",
                   ULL(r->snapped));
    if (r->fragments)
        add_reason(r, "%llu IP fragments were not put together", ULL(r->fragments));
    if (r->malformed)
        add_reason(r, "%llu packets have headers that are malformed or cut", ULL(r->malformed));
    r->complete = !r->why[0];
}

static int take(struct reassembly *reassembly, enum packet_kind kind, int64_t t,
                const struct packet *p, struct capture_report *report, struct err *e)
{
    report->packets++;
    switch (kind) {
    case PACKET_TCP:
        return reassembly_segment(reassembly, t, p, e);
    case PACKET_FRAGMENT:
        report->fragments++;
        return 0;
    case PACKET_MALFORMED:
        report->malformed++;
        return 0;
    case PACKET_OTHER:
        return 0;
    }
    return 0;
}

static int read_all(struct pcap_in *in, struct reassembly *reassembly,
                    struct capture_report *report, struct err *e)
{
    for (;;) {
        int64_t t;
        enum packet_kind kind;
        struct packet p;
        int got = pcap_in_next(in, &t, &kind, &p, e);
        if (got <= 0)
            return got;
        if (take(reassembly, kind, t, &p, report, e) < 0)
            return -1;
    }
}

int capture_read_file(FILE *f, const char *name, int port, const struct bytes_sink *sink,
                      struct capture_report *report, struct err *e)
{
    *report = (struct capture_report){0};
    struct pcap_in *in = pcap_in_new(f, name, e);
    if (!in)
        return -1;
    int rc = -1;
    struct reassembly *reassembly = reassembly_new(port, &reassembly_default, sink, report, e);
    if (reassembly) {
        rc = read_all(in, reassembly, report, e);
        reassembly_finish(reassembly);
        report->truncated = pcap_in_truncated(in);
        judge(report);
    }
    reassembly_free(reassembly);
    pcap_in_free(in);
    return rc;
}

int capture_read(const char *path, int port, const struct bytes_sink *sink,
                 struct capture_report *report, struct err *e)
{
    *report = (struct capture_report){0};
    FILE *f = fopen(path, "rbe");
    if (!f)
        return err_sys(e, "%s", path);
    return capture_read_file(f, path, port, sink, report, e);
}
