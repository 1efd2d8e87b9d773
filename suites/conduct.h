/*
 * Conducts one conversation: replays it, writes down what was said, compares. What `test` does for
 * each file.
 */
#ifndef BUGFORBUG_SUITES_CONDUCT_H
#define BUGFORBUG_SUITES_CONDUCT_H

#include "differ/differ.h"
#include "recorder/base/err.h"
#include "recorder/base/log.h"
#include "recorder/base/sock.h"
#include "suites/replay/replay.h"

struct conduct_options {
    const struct url *against;
    double pace;
    const struct rules *rules;
    const struct log *log;
    int interrupt_fd; /* as in replay_options */
};

/*
 * Replays and compares. The candidate's conversation lies in a temporary folder meanwhile. Returns
 * an enum replay_status; *candidate becomes the engine that answered (owned), if it was unknown.
 */
int conduct_compare(const struct conversation *baseline, const struct conduct_options *o,
                    struct comparison *out, char **candidate, struct err *e);

#endif
