/*
 * TCP segments in the order in which they were captured, turned into the bytes of each direction
 * in the order in which they were said. What capture.h says about ends and holes is decided here.
 *
 *   begin     a SYN opens a connection; so does a SYN with another initial number for the addresses
 *             of one that is there (and that then has lost its end), and data without any SYN
 *   data      what comes before its turn is kept until its turn; of bytes that come more than once
 *             the first copy wins
 *   a hole    is given up when the other side has acknowledged what is missing and
 * REASSEMBLY_PATIENCE more segments did not bring it, when more is kept than the limits allow, and
 * at the end after     an end or a hole, what else comes for the same addresses is ignored until a
 * new SYN
 */
#ifndef BUGFORBUG_CAPTURE_REASSEMBLY_H
#define BUGFORBUG_CAPTURE_REASSEMBLY_H

#include "recorder/base/bytes.h"
#include "recorder/capture/capture.h"
#include "recorder/capture/packet.h"

#define REASSEMBLY_PATIENCE 64

struct reassembly_limits {
    size_t flow;  /* bytes of memory kept for a connection */
    size_t all;   /* for all of them */
    size_t flows; /* connections, finished ones included for as long as there is room */
};

struct reassembly;

/* The limits of capture_read. */
extern const struct reassembly_limits reassembly_default;

/* `sink` and `report` stay the caller's; the report's counts go up as segments come. NULL with the
 * error set where there is no memory. */
struct reassembly *reassembly_new(int port, const struct reassembly_limits *limits,
                                  const struct bytes_sink *sink, struct capture_report *report,
                                  struct err *e);

/* -1 where the sink refuses, or there is no memory. Segments of other ports are ignored. */
int reassembly_segment(struct reassembly *r, int64_t t, const struct packet *p, struct err *e);

/* No more segments come: counts what is missing for good. */
void reassembly_finish(struct reassembly *r);

void reassembly_free(struct reassembly *r);

#endif
