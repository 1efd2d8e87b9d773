/* The inside of the tap: what its connections share. For the files of this folder only. */
#ifndef BUGFORBUG_TAP_TAP_CONN_H
#define BUGFORBUG_TAP_TAP_CONN_H

#include <stdbool.h>
#include <sys/types.h>

#include "recorder/tap/tap.h"
#include "recorder/tap/upstream.h"

struct tap_conn;

struct tap {
    struct loop *loop;
    struct pcap_out *out;
    struct upstream upstream;
    void (*trouble)(void *arg, const char *line);
    void *arg;

    struct url url;
    int fd;                   /* listens; -1: no more */
    struct loop_watch *watch; /* NULL while no more clients can be taken */
    struct loop_timer resume;
    dev_t dev; /* of the unix socket: to remove ours and no other */
    ino_t ino;

    struct tap_conn *conns;
    size_t busy;
    size_t starved; /* clients that were accepted and have no descriptor for their upstream */
    bool told_refusal, told_reset;
    struct tap_counters n;

    int64_t wall, monotonic; /* the same moment: stamps must not fall when the clock is set */
    char scratch[PCAP_OUT_SEGMENT];
};

#define TAP_RETRY_NS (20 * NS_PER_MS)

/* A client that was accepted; fd is taken over. It frees itself when it is over. */
void tap_conn_new(struct tap *t, int fd);

/* Cuts it off, without an end in the capture. */
void tap_conn_free(struct tap_conn *c);

#endif
