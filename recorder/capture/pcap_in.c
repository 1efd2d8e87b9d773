#include "recorder/capture/pcap_in.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/base/clock.h"

struct pcap_in {
    pcap_t *pcap;
    char *name;
    int link;
    bool truncated;
    unsigned long long packets;
    int64_t last;
};

static int check_link(struct pcap_in *in, struct err *e)
{
    in->link = pcap_datalink(in->pcap);
    if (packet_knows_link(in->link))
        return 0;
    const char *name = pcap_datalink_val_to_name(in->link);
    return err_set(e,
                   "%s: captured on a link of type %s (%d), which is not understood here "
                   "(Ethernet, Linux cooked, loopback and raw IP are)",
                   in->name, name ? name : "unknown", in->link);
}

struct pcap_in *pcap_in_new(FILE *f, const char *name, struct err *e)
{
    struct pcap_in *in = calloc(1, sizeof *in);
    char *copy = strdup(name);
    if (!in || !copy) {
        err_sys(e, "%s", name);
        free(in);
        free(copy);
        fclose(f);
        return NULL;
    }
    char why[PCAP_ERRBUF_SIZE] = "";
    in->name = copy;
    in->pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, why);
    if (!in->pcap) {
        fclose(f);
        err_set(e, "%s: no capture (pcap or pcapng): %s", name, why);
    }
    if (!in->pcap || check_link(in, e) < 0) {
        pcap_in_free(in);
        return NULL;
    }
    return in;
}

/* Times come from the file: they may be anything. */
static int64_t stamp(struct pcap_in *in, const struct pcap_pkthdr *h)
{
    int64_t s = h->ts.tv_sec, ns = h->ts.tv_usec;
    if (s >= 0 && s < INT64_MAX / NS_PER_S && ns >= 0 && ns < NS_PER_S)
        in->last = s * NS_PER_S + ns;
    return in->last;
}

int pcap_in_next(struct pcap_in *in, int64_t *t, enum packet_kind *kind, struct packet *p,
                 struct err *e)
{
    struct pcap_pkthdr *h;
    const unsigned char *bytes;
    int rc = pcap_next_ex(in->pcap, &h, &bytes);
    if (rc == 1) {
        in->packets++;
        *t = stamp(in, h);
        *kind = packet_parse(in->link, bytes, h->caplen, h->len, p);
        return 1;
    }
    if (rc == PCAP_ERROR_BREAK)
        return 0;
    /* libpcap tells a short file from a broken one in words only. */
    in->truncated = strstr(pcap_geterr(in->pcap), "truncated") != NULL;
    if (in->truncated)
        return 0;
    return err_set(e, "%s: broken behind packet %llu: %s", in->name, in->packets,
                   pcap_geterr(in->pcap));
}

bool pcap_in_truncated(const struct pcap_in *in)
{
    return in->truncated;
}

void pcap_in_free(struct pcap_in *in)
{
    if (!in)
        return;
    if (in->pcap)
        pcap_close(in->pcap); /* and the file with it */
    free(in->name);
    free(in);
}
