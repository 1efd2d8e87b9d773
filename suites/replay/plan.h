/*
 * The plan of a replay: the client's events in recorded order, each with what the daemon had said
 * since the client's event before it (on any connection), and with the client's own pause.
 *
 * Steps are taken one after another, so that each has all that came before it in the recording as
 * its cause. Between two steps without a daemon's event in between nothing is waited for, and the
 * daemon may answer in any order.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_PLAN_H
#define BUGFORBUG_SUITES_REPLAY_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "recorder/base/err.h"
#include "recorder/conversation/conversation.h"
#include "suites/replay/progress.h"

enum need_kind {
    NEED_INTERIM, /* a 1xx or the final response's head */
    NEED_HEAD,
    NEED_PROGRESS, /* the head, and the body or stream as far as `mark` */
    NEED_END       /* its end, of whatever kind */
};

/* Of one exchange, what must have come. */
struct need {
    uint32_t exchange;
    enum need_kind kind;
    struct progress mark;
};

struct step {
    size_t event;     /* the client's event; NO_EVENT: the recording's end */
    size_t needs;     /* the first of `needs_n` in the plan's table */
    size_t needs_n;   /* at most one an exchange */
    int64_t pause_ns; /* between what came before it and the event: the client's own time */
    int64_t wait_ns;  /* what the daemon took in the recording, since the step before */
};

struct plan {
    struct step *steps; /* the last is the end */
    size_t n;
    struct need *needs;
    size_t needs_n;
};

/* The conversation is indexed. Blobs are loaded one by one, to measure streams. */
int plan_make(const struct conversation *c, struct plan *out, struct err *e);
void plan_free(struct plan *p);

/* In what the response of an exchange is to be measured. */
enum progress_unit plan_unit(const struct conversation *c, const struct exchange *x);

#endif
