/*
 * A capture being read: the pcap file of our own tap, of tcpdump, of Wireshark (libpcap also reads
 * pcapng), turned into what a bytes_sink hears.
 *
 * The daemon is the side whose TCP port is `port`. FIN is END_SHUT at once; a RST of the same side
 * later is END_CLOSE; a RST of a side without FIN is END_RESET. So a full close is heard as
 * END_SHUT, then END_CLOSE: in our own captures with the same time stamp and nothing in between, in
 * a capture of real TCP when the kernel answers what came too late.
 *
 * A connection whose SYN is not there (the capture began later) is opened at its first byte. Where
 * bytes are missing for good (the capture dropped packets, the snap length cut them), nothing more
 * is heard of that connection, and the report counts it: what follows a hole cannot be trusted to
 * be where it seems to be.
 */
#ifndef BUGFORBUG_CAPTURE_CAPTURE_H
#define BUGFORBUG_CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "recorder/base/bytes.h"
#include "recorder/base/err.h"

#define CAPTURE_WHY 256

struct capture_report {
    uint64_t packets;       /* in the file */
    uint64_t segments;      /* TCP segments of the port */
    uint64_t connections;   /* opened */
    uint64_t midstream;     /* of these, begun before the capture began */
    uint64_t bytes;         /* given to the sink */
    uint64_t retransmitted; /* segments that held nothing new */
    uint64_t reordered;     /* segments that came before their turn */

    uint64_t cut;        /* connections with a hole, not heard further */
    uint64_t lost_bytes; /* known to be in those holes */
    uint64_t snapped;    /* segments that the snap length cut */
    uint64_t fragments;  /* IP fragments: not put together, so lost */
    uint64_t malformed;  /* packets whose headers do not make sense */
    bool truncated; /* the file ends inside a packet: its writer was killed, or the disk full */

    /* Nothing of what was said on the port while the capture ran is known to be missing; otherwise
     * `why` says what, in words. (midstream is no loss.) */
    bool complete;
    char why[CAPTURE_WHY];
};

/*
 * Reads all of it. -1 where it cannot be read, is no capture, or is of a link type that is not
 * understood, and where the sink refuses (its error is kept). A file that ends too early is no
 * failure: see the report, which is filled in either way. Memory is bounded: bytes that wait for
 * an earlier segment, 1 MiB a connection and 64 MiB in all; connections, 65,536 at a time.
 */
int capture_read(const char *path, int port, const struct bytes_sink *sink,
                 struct capture_report *report, struct err *e);

/* The same for an open file, which is closed; `name` is for the errors. */
int capture_read_file(FILE *f, const char *name, int port, const struct bytes_sink *sink,
                      struct capture_report *report, struct err *e);

#endif
