/*
 * A capture file, packet by packet, by libpcap: classic pcap in either byte order, with micro- or
 * nanoseconds, and pcapng.
 */
#ifndef BUGFORBUG_CAPTURE_PCAP_IN_H
#define BUGFORBUG_CAPTURE_PCAP_IN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "recorder/base/err.h"
#include "recorder/capture/packet.h"

struct pcap_in;

/* Takes f over, also where it fails: NULL, with the error naming `name`, where this is no capture
 * or one of a link type that is not understood. `name` is copied. */
struct pcap_in *pcap_in_new(FILE *f, const char *name, struct err *e);

/*
 * The next packet: 1, its time in ns since the epoch in *t; *p is set where *kind is PACKET_TCP,
 * and points into memory that the next call reuses. 0 at the end of the file, -1 where the file is
 * broken.
 */
int pcap_in_next(struct pcap_in *in, int64_t *t, enum packet_kind *kind, struct packet *p,
                 struct err *e);

/* At the end: is the last packet not all there? */
bool pcap_in_truncated(const struct pcap_in *in);

void pcap_in_free(struct pcap_in *in);

#endif
