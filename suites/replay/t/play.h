/* One replay against the fake daemon, and all that came of it. */
#ifndef BUGFORBUG_SUITES_REPLAY_T_PLAY_H
#define BUGFORBUG_SUITES_REPLAY_T_PLAY_H

#include "suites/replay/replay.h"
#include "suites/replay/t/fake.h"
#include "suites/replay/t/script.h"

struct play {
    struct script base;  /* the recording: begun by play_begin */
    struct script heard; /* the candidate's conversation */
    struct replay_options options;
    struct replay_result result;
    struct fake *fake;
    struct err err;
    bool tcp;
    bool deaf; /* without a sink */
    int status;
    const char *told; /* see fake_stop */
};

void play_begin(struct play *p); /* no pauses, and a short deadline; must not move */
void play_run(struct play *p, const struct fake_rule *rules);
void play_free(struct play *p);

/* Fails unless exchange `id` has that outcome, as text: "sent 2", "sent 2: no answer",
 * "blocked by 1", "sent 3, rest blocked by 2", "unsent: no connection". */
void play_expect(const struct play *p, uint32_t id, const char *want);

/* The event kinds of a connection of the candidate's conversation: "open request response …", with
 * a "daemon:" or "client:" in front of ends. Owned by the caller. */
char *play_story(const struct play *p, uint32_t conn);

#endif
