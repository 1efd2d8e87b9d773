/*
 * What a wire says, before anyone understands it: connections that open, bytes, ends. Captures and
 * replays say it, the decoder hears it. Knows nothing of Docker.
 */
#ifndef BUGFORBUG_BASE_BYTES_H
#define BUGFORBUG_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "recorder/base/err.h"

enum side { SIDE_CLIENT, SIDE_DAEMON }; /* who said it */

enum end_how {
    END_SHUT,  /* that side will say no more; it still listens (FIN alone) */
    END_CLOSE, /* that side is gone in both directions (FIN, then RST) */
    END_RESET  /* that side aborted (RST) */
};

/*
 * `conn` counts from 1 in order of opening; `t` is wall time in ns since the epoch, and does not
 * fall. A side may say END_SHUT and later END_CLOSE or END_RESET.
 *
 * A connection is over when one side said END_CLOSE or END_RESET, or both said END_SHUT: nothing
 * is said about it after that. One that is never over was open when the capture ended, or bytes of
 * it were lost (what was said up to there holds).
 *
 * Each returns 0, or -1 with the error set, upon which the caller stops.
 */
struct bytes_sink {
    void *self;
    int (*open)(void *self, uint32_t conn, int64_t t, struct err *e);
    int (*data)(void *self, uint32_t conn, enum side from, int64_t t, const char *p, size_t n,
                struct err *e);
    int (*end)(void *self, uint32_t conn, enum side from, enum end_how how, int64_t t,
               struct err *e);
};

#endif
