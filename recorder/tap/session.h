/*
 * A recording session: a tap, and the command whose traffic goes through it; or a tap alone, until
 * somebody says stop.
 */
#ifndef BUGFORBUG_TAP_SESSION_H
#define BUGFORBUG_TAP_SESSION_H

#include <stdbool.h>

#include "recorder/base/err.h"
#include "recorder/base/log.h"
#include "recorder/base/sock.h"

struct session_options {
    const struct url *listen;   /* NULL: a private unix socket (a folder of mode 0700) */
    const struct url *upstream; /* the daemon */
    const char *capture;        /* the pcap file; made with mode 0600 */
    char **command;             /* ends with NULL; NULL: listen until SIGINT or SIGTERM */
    const struct log *log;      /* gets one line for trouble with the upstream */
};

struct session_result {
    int status;    /* of the command, as a shell tells it (128 + N: killed by signal N) */
    bool complete; /* the capture holds all that was said */
    char lost[256];
};

/*
 * Runs it. The command gets DOCKER_HOST, and loses DOCKER_CONTEXT, DOCKER_TLS_VERIFY and
 * DOCKER_CERT_PATH, which would lead it past the tap; its stdin, stdout, stderr, terminal and
 * process group are ours. SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 are passed on to
 * it, unless the terminal has sent them to both of us. When it has ended, connections that are
 * still open (a child of its own) have SESSION_GRACE_NS to end.
 *
 * -1 where the session could not begin: the socket, the capture, or the command itself.
 */
int session_run(const struct session_options *o, struct session_result *result, struct err *e);

#define SESSION_GRACE_NS INT64_C(2000000000)

#endif
