/*
 * A bytes_sink for tests that keeps all it hears, and holds whoever speaks to the contract of
 * bytes.h: what breaks it is an error of the sink.
 */
#ifndef BUGFORBUG_CAPTURE_T_HEARD_H
#define BUGFORBUG_CAPTURE_T_HEARD_H

#include <stdbool.h>

#include "recorder/base/buf.h"
#include "recorder/base/bytes.h"

struct heard_conn {
    struct buf said[2]; /* by enum side */
    struct buf story; /* "open c5 d7 c:shut d3 d:shut d:close": bytes of a side in a row added up */
    size_t run;       /* bytes of the run that is not in the story yet */
    enum side runner;
    bool shut[2], over;
};

struct heard {
    struct heard_conn *conns;
    uint32_t n, cap;
    int64_t last; /* time */
    struct bytes_sink sink;
};

/* The sink is h->sink; h must not move. */
void heard_init(struct heard *h);
void heard_free(struct heard *h);

/* The story of connection `conn`, from 1; "" where there is none. */
const char *heard_story(struct heard *h, uint32_t conn);

#endif
