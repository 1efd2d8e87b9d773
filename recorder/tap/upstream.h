/*
 * Where the daemon is: one unix path, or the addresses that a host name stands for, tried one after
 * another as a client's resolver would ("localhost" may be ::1 first and the daemon on 127.0.0.1).
 */
#ifndef BUGFORBUG_TAP_UPSTREAM_H
#define BUGFORBUG_TAP_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "recorder/base/err.h"
#include "recorder/base/sock.h"

#define UPSTREAM_ADDRESSES 8

struct upstream {
    struct url named;                    /* as the caller gave it */
    struct url addr[UPSTREAM_ADDRESSES]; /* numeric */
    size_t n;                            /* 0: not resolved yet */
};

void upstream_init(struct upstream *u, const struct url *named);

/*
 * Connects to the addresses from *next on; *next becomes the one behind the address that was tried,
 * so that a connection that fails later can go on there. Returns as sock_connect does. Resolves on
 * the first call, and again for as long as that fails (blocking, as getaddrinfo(3) does).
 */
int upstream_connect(struct upstream *u, size_t *next, bool *pending, struct err *e);

#endif
