/*
 * A replay under way: what its parts share. answers.c hears the candidate, send.c says the client's
 * events, schedule.c decides when.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_RUN_H
#define BUGFORBUG_SUITES_REPLAY_RUN_H

#include "recorder/base/buf.h"
#include "recorder/base/loop.h"
#include "suites/replay/bindings.h"
#include "suites/replay/blame.h"
#include "suites/replay/client.h"
#include "suites/replay/ledger.h"
#include "suites/replay/plan.h"
#include "suites/replay/progress.h"
#include "suites/replay/replay.h"
#include "suites/replay/rewrite.h"
#include "suites/replay/timeline.h"

/* An answer far beyond the recorded one is listened to for this much, and then cut off. */
#define RUN_FLOOD_BASE ((uint64_t)64 << 20)
#define RUN_FLOOD_FACTOR 4

/* A connection of the baseline: where it goes now. */
struct lane {
    struct client *client; /* NULL: none was opened, or it could not be */
    uint32_t latest;       /* the exchange that was last sent on this client; 0: none */
    bool opened;           /* there was a client, now or before */
};

/* What is known of the candidate's answer to an exchange of the baseline. */
struct answer {
    bool interim, head, upgraded, ended;
    int given_up; /* needs below this kind are not waited for any more (enum need_kind + 1) */
    struct progress far;
    bool keep; /* head and body are kept, to learn from them */
    struct buf head_raw, body;
    bool parted; /* it was found to have gone otherwise than recorded */
    bool again;  /* it is to be said again on another connection, or was: */
    bool said_again;
    struct ledger_note note;
    struct buf own_body; /* the rewritten body, until an event that carries it is due */
    bool body_replaced;
};

struct run {
    const struct conversation *base;
    const struct replay_options *options;
    struct replay_result *result;
    struct log log;
    struct plan plan;
    struct bindings bindings;
    struct timeline timeline;
    struct blame blame;
    struct ledger ledger;
    struct client_env env;
    struct lane *lanes;     /* by connection - 1 */
    struct answer *answers; /* by exchange - 1 */
    uint32_t conns;         /* opened so far */
    uint32_t again;         /* requests that are to be said again now */
    uint32_t unreachable;   /* the first exchange that found no candidate any more; 0: none */
    int64_t deadline_base_ns;
};

/* Fails the run: remembers the error in env. */
void run_fail(struct run *r, const char *what);

/* --- answers.c --- */

struct client_listener answers_listener(struct run *r);

/* Sets the outcome's fault, if it has none yet, and what it says for the eye. */
void answers_fault(struct run *r, uint32_t exchange, enum replay_fault fault, const char *why);

/* The exchange was waited for in vain. */
void answers_give_up(struct run *r, uint32_t exchange, enum need_kind kind, int64_t waited_ns);

/* The exchange will not be sent, or not be answered: who depends on it is blocked by `root`. */
void answers_parted(struct run *r, uint32_t exchange, uint32_t root, bool extra);

/* Nothing can be learnt from an exchange that was not sent. */
void answers_unlearnt(struct run *r, uint32_t exchange);

bool answers_meet(const struct run *r, const struct need *n);

void answer_free(struct answer *a);

/* --- send.c --- */

enum send_result {
    SEND_DONE,  /* said, or not to be said */
    SEND_LATER, /* the candidate takes nothing at the moment */
};

/* Says the requests again that met a connection at its end. False: the backlog is full. */
bool send_again(struct run *r);

/* Says the client's event. */
enum send_result send_event(struct run *r, size_t event);

/* The candidate did not take it in time. */
void send_give_up(struct run *r, size_t event);

/* --- schedule.c --- */

/* Until the recording's end, or until the run fails (env.failed). */
void schedule_run(struct run *r);

#endif
