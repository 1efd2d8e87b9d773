/*
 * A daemon for tests: answers by a script, and keeps what it was told, in the order in which it
 * came. It runs in a thread of its own.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_T_FAKE_H
#define BUGFORBUG_SUITES_REPLAY_T_FAKE_H

#include "recorder/base/sock.h"

enum fake_then {
    FAKE_KEEP,
    FAKE_CLOSE, /* behind `say` */
    FAKE_RESET, /* behind `say` (TCP only) */
    FAKE_FLOOD, /* says `say` again and again, as long as it is taken */
    FAKE_DIE    /* closes the connection, and listens no more */
};

/* Used once each, the first that fits a request. */
struct fake_rule {
    const char *match; /* the beginning of "METHOD /target"; NULL ends the script */
    const char *say;   /* NULL: nothing, for ever */
    enum fake_then then;
    const char *at_shut;  /* said when the client half-closes; then this side does */
    const char *wake;     /* said on the connection that `at_shut` or `waits` belongs to */
    bool waits, wake_end; /* this connection is to be woken; shut it after waking */
};

struct fake;

/* Listens on a unix socket in a folder of its own, or on TCP. */
struct fake *fake_start(const struct fake_rule *rules, bool tcp);
const struct url *fake_url(const struct fake *f);

/*
 * Stops it. What it was told, a line each: "1 POST /x {body}", "1: bytes of a stream", "1 shut",
 * "1 gone". Connections are numbered in the order in which they said something; those of one call
 * ("Connection: close") are "- GET /x". The text is the fake's.
 */
const char *fake_stop(struct fake *f);
void fake_free(struct fake *f);

#endif
