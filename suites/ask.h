/*
 * One request to a daemon and its whole answer, for what surrounds a test: fixtures, clean-up.
 * On a connection of its own (Connection: close). No part of what is recorded or compared.
 */
#ifndef BUGFORBUG_SUITES_ASK_H
#define BUGFORBUG_SUITES_ASK_H

#include <stdint.h>

#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "recorder/base/sock.h"
#include "recorder/base/span.h"

struct question {
    const char *method, *target;
    const char *type;    /* of the body, or NULL */
    struct span body;    /* p == NULL: none */
    int64_t deadline_ns; /* for all of it, from now */
};

enum { ASK_FAILED = -1, ASK_UNREACHABLE = -2 };

/*
 * The status of the answer, whose body is appended to `answer` (dropped beyond its limit); or
 * ASK_UNREACHABLE where nobody listens, ASK_FAILED where no whole answer came in time.
 */
int ask(const struct url *daemon, const struct question *q, struct buf *answer, struct err *e);

#endif
