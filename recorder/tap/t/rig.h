/*
 * A tap between a listening daemon's socket and clients, for tests: the tap runs in a thread of its
 * own, so that clients and daemon can use blocking sockets, or in the test's hands (rig.loop).
 */
#ifndef BUGFORBUG_TAP_T_RIG_H
#define BUGFORBUG_TAP_T_RIG_H

#include <pthread.h>
#include <stdbool.h>

#include "recorder/capture/capture.h"
#include "recorder/capture/t/heard.h"
#include "recorder/tap/tap.h"

struct rig {
    char dir[200], capture[240];
    struct url upstream;
    int daemon; /* listens, blocking; -1: no daemon */
    struct loop *loop;
    struct pcap_out *out;
    struct tap *tap;
    pthread_t thread;
    bool runs, finish;
    int wake;
    int troubles;
    char trouble[ERR_MAX];
    struct tap_counters counters; /* after rig_stop and rig_finish */
    struct err incomplete;        /* likewise: what pcap_out said, or "" */
    struct heard heard;           /* what the capture holds, when it was read last */
    struct capture_report report;
};

/* Makes the tap, which does not run yet. Every failure of the rig fails the test. */
void rig_init(struct rig *r, enum url_scheme listen, enum url_scheme upstream);
void rig_free(struct rig *r);

/* A unix socket of that name in the rig's folder, or any port of 127.0.0.1. */
struct url rig_url(const struct rig *r, enum url_scheme scheme, const char *name);

/* Runs the tap in a thread. */
void rig_start(struct rig *r);

/* Ends the thread once all that has happened to the sockets is handled, and reads the capture. */
void rig_stop(struct rig *r);

/* Ends the thread once no connection is open any more, and reads the capture. */
void rig_finish(struct rig *r);

/* Lets the tap do all it has to do now; for a rig that was not started. */
void rig_pump(struct rig *r);

/* Blocking sockets of a new client, and of the daemon for the next connection. */
int rig_connect(struct rig *r);
int rig_accept(struct rig *r);

/* Closes the daemon's listening socket: from here on it refuses. */
void rig_stop_daemon(struct rig *r);

/* Reads the capture as it is now. */
void rig_read(struct rig *r);
const char *rig_story(struct rig *r, uint32_t conn);

/* --- Sockets --------------------------------------------------------------------------------- */

void sock_say(int fd, const char *text);

/* Fails unless exactly `text` comes next. */
void sock_expect(int fd, const char *text);

/* Fails unless an end of file comes next; or, where `reset` is true, ECONNRESET. */
void sock_expect_end(int fd, bool reset);

/* Reads to the end, whichever; returns whether it was a reset. */
bool sock_read_all(int fd, struct buf *b);

/* Closes with a RST where that exists. */
void sock_abort(int fd);

void fill_random(char *p, size_t n, unsigned int seed);

#endif
