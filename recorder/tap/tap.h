/*
 * The interposer: listens where a client will look for a daemon, connects to the daemon for each
 * client, and passes on what each says, after appending it to the capture. It knows nothing of what
 * it passes on.
 *
 *   bytes        each read is appended, then forwarded. While one side does not take its bytes, at
 *                most one read of them (PCAP_OUT_SEGMENT) waits here, and the other side is not
 *                read. An idle connection holds no buffer. There is no time-out of any kind.
 *   half-close   shutdown(SHUT_WR) of one side becomes that of the other
 *   close        a peer that is gone in both directions: what it said is delivered, then the other
 *                side is closed. On a unix socket this shows at once (EPOLLHUP); on TCP it looks
 *                like a half-close until something is sent there and comes back as RST.
 *   reset        a peer's abort (ECONNRESET) becomes RST on TCP. A unix socket has no such thing
 *                to send: its peer gets ECONNRESET where it had said something that was not read
 *                yet, and an end of file otherwise.
 *   to the gone  what one side says to a peer that is gone reaches nobody, and is not recorded
 *   no daemon    the client was accepted before the daemon could refuse, so its connect(2) cannot
 *                fail any more. It gets the nearest thing: a reset before any byte. Where the
 *                daemon's backlog is full the client waits, as it would without a tap.
 *   descriptors  when they run out (EMFILE, ENFILE) clients wait in the backlog until one is free;
 *                each connection takes two. A command that expects many connections raises its
 *                soft limit first: tap_raise_nofile.
 *
 * Not passed on, as no Docker client uses them: descriptors and credentials in ancillary data
 * (unix(7)), urgent data. The daemon sees this process's credentials in SO_PEERCRED.
 *
 * SIGPIPE needs no care of the caller's (MSG_NOSIGNAL).
 */
#ifndef BUGFORBUG_TAP_TAP_H
#define BUGFORBUG_TAP_TAP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "recorder/base/err.h"
#include "recorder/base/loop.h"
#include "recorder/base/sock.h"
#include "recorder/capture/pcap_out.h"

struct tap;

struct tap_options {
    const struct url *listen;   /* a unix socket is made with mode 0600; TCP port 0: any */
    const struct url *upstream; /* the daemon; need not be there yet */
    struct pcap_out *out;       /* the caller's; outlives the tap */

    /*
     * What a person should hear about the upstream, one line: called once for the first
     * connection that it did not take, once for the first that it reset, and not again (the
     * counters go on). May be NULL.
     */
    void (*trouble)(void *arg, const char *line);
    void *arg;
};

struct tap_counters {
    uint64_t connections; /* accepted from clients */
    uint64_t refused;     /* of these, not taken by the upstream */
    uint64_t resets;      /* aborted by the upstream */
    uint64_t bytes[2];    /* said, by enum side */
    uint64_t dropped;     /* bytes said to a peer that was gone */
};

/* Listens from here on. NULL with the error set. Both URLs and the options are copied. */
struct tap *tap_new(struct loop *l, const struct tap_options *opts, struct err *e);

/* Where clients reach it: opts->listen, with the port that the kernel chose. */
const struct url *tap_url(const struct tap *t);

/* No new connections; removes the unix socket, if it is still ours. Those that are open go on. */
void tap_stop_listening(struct tap *t);

/* Connections that are open now. */
size_t tap_busy(const struct tap *t);

const struct tap_counters *tap_counters(const struct tap *t);

/* Stops listening and closes what is open, which the capture then shows without an end. NULL is
 * fine. */
void tap_free(struct tap *t);

/*
 * Raises the soft limit of descriptors to the hard one. *before is what a child process must get
 * back (setrlimit) before it runs a program: some programs walk through all possible descriptors.
 */
int tap_raise_nofile(struct rlimit *before, struct err *e);

#endif
