/*
 * A capture being written: a classic pcap file (nanoseconds, LINKTYPE_RAW) in which each connection
 * of a tap is a TCP connection over IPv4, so that Wireshark and tcpdump read what was said over a
 * unix socket, and one reader (capture.h) serves our own files and tcpdump's.
 *
 *   connection k   client 127.0.0.1+, from port 10000 upwards; 50,000 ports an address, so that no
 *                  two connections of a capture share their addresses. Daemon 127.0.0.1:2375.
 *   open           SYN, SYN-ACK, ACK; both initial sequence numbers are 0, so that absolute and
 *                  relative numbers are the same
 *   data           PSH|ACK, at most PCAP_OUT_SEGMENT bytes each; the other side's bytes so far are
 *                  acknowledged, and there are no segments without data
 *   END_SHUT       FIN|ACK
 *   END_CLOSE      FIN|ACK and RST|ACK from the same side in one write with one time stamp (RST
 *                  alone where that side's FIN is there already): it is gone in both directions
 *   END_RESET      RST|ACK without a FIN. After an END_SHUT of the same side it cannot be told from
 *                  END_CLOSE: either way that side had said all it would, and then was gone
 *   refused        SYN, and RST|ACK from the daemon
 *   nothing more   the connection was open when the recording ended, or when it was killed
 *
 * Appending is one writev(2) straight into the kernel: what was appended survives this process,
 * even SIGKILL (not the machine's crash). So a caller that appends before it forwards loses nothing
 * that either side received.
 *
 * A write that fails (ENOSPC, EIO, EDQUOT, RLIMIT_FSIZE, which is looked at beforehand because of
 * its signal) costs that record and nothing else: the file is cut back to its last whole record,
 * the sequence numbers go on, so that a reader sees the hole, the first failure is remembered, and
 * the next record is tried again. Therefore appending returns nothing: traffic must not depend on
 * it. Where even cutting back fails (a pipe), no more is written.
 */
#ifndef BUGFORBUG_CAPTURE_PCAP_OUT_H
#define BUGFORBUG_CAPTURE_PCAP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/base/bytes.h"
#include "recorder/base/err.h"

/* An IPv4 packet holds 65,535 bytes, headers included (RFC 791, 3.1). */
#define PCAP_OUT_SEGMENT 65000
#define PCAP_OUT_PORT 2375

struct pcap_out;

/* One connection in the capture; the caller keeps it for as long as it appends to it. */
struct pcap_flow {
    uint32_t client; /* address, host byte order */
    uint16_t port;   /* the client's */
    bool shut[2];    /* by enum side: its FIN is there */
    uint32_t seq[2]; /* by enum side: of its next byte */
};

/* Creates the file or empties it; mode 0600. NULL with the error set. */
struct pcap_out *pcap_out_new(const char *path, struct err *e);

/*
 * A connection begins: makes *f the next connection and appends its SYN; then either accepted or
 * refused follows. `t` is wall time in ns since the epoch, here and below.
 */
void pcap_out_open(struct pcap_out *o, struct pcap_flow *f, int64_t t);
void pcap_out_accepted(struct pcap_out *o, struct pcap_flow *f, int64_t t);
void pcap_out_refused(struct pcap_out *o, struct pcap_flow *f, int64_t t);

/* n is not limited, but only what is less than a MiB is one write. */
void pcap_out_data(struct pcap_out *o, struct pcap_flow *f, enum side from, int64_t t,
                   const char *p, size_t n);
void pcap_out_end(struct pcap_out *o, struct pcap_flow *f, enum side from, enum end_how how,
                  int64_t t);

/* Was everything written? -1 with the first failure, where it happened, and how much is missing. */
int pcap_out_complete(const struct pcap_out *o, struct err *e);

uint64_t pcap_out_size(const struct pcap_out *o); /* bytes in the file */

/* Closes and frees. -1 as pcap_out_complete, or where close(2) tells of a late failure. NULL is
 * fine. */
int pcap_out_close(struct pcap_out *o, struct err *e);

#endif
