/*
 * Says the client's side of a conversation again, to another daemon.
 *
 * Causes are kept, not the clock: each client event waits for what the daemon had said before it in
 * the recording, and then for the client's own think time. Values that the daemon made up are
 * rewritten to those of the candidate. Whatever the candidate does (refuses, hangs, resets,
 * answers garbage, never stops talking) costs the exchanges concerned, and never the run.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_REPLAY_H
#define BUGFORBUG_SUITES_REPLAY_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/base/bytes.h"
#include "recorder/base/clock.h"
#include "recorder/base/err.h"
#include "recorder/base/log.h"
#include "recorder/base/sock.h"
#include "recorder/conversation/conversation.h"

#define REPLAY_PACE_RECORDED 1.0
#define REPLAY_PACE_NONE 0.0
#define REPLAY_DEADLINE_BASE_NS (10 * NS_PER_S)

struct replay_options {
    const struct url *against;
    double pace;              /* the client's pauses are multiplied by it */
    int64_t deadline_base_ns; /* a wait may take this, and three times what it took in the
                                 recording; 0: REPLAY_DEADLINE_BASE_NS */
    /*
     * Gets both sides' bytes: connections are numbered in the order in which they are opened,
     * which is the recording's as long as none has to be opened anew. NULL: nobody listens.
     */
    const struct bytes_sink *sink;
    const struct log *log; /* NULL: quiet */
    /*
     * Once it is readable (a signalfd, say) the replay stops, cleans up, and fails. 0: none.
     */
    int interrupt_fd;
};

/* What became of an exchange of the baseline. */
enum replay_state {
    REPLAY_UNSENT,  /* not sent, and nothing is to blame for it but `why` (no connection) */
    REPLAY_SENT,    /* it is the candidate's exchange `candidate` */
    REPLAY_BLOCKED, /* not sent, because the baseline's exchange `blocked_by` went otherwise than
                       recorded: no finding of its own */
};

/* What went wrong with the answer beyond what it says: each is worth one finding. */
enum replay_fault {
    REPLAY_NO_FAULT,
    REPLAY_NO_CONNECTION, /* the candidate could not be reached (any more) */
    REPLAY_HANG_SEND,     /* the deadline expired while it did not take the request */
    REPLAY_HANG_HEAD,     /* ... while its response's head was waited for */
    REPLAY_HANG_STREAM,   /* ... while its stream was waited for to come as far as recorded */
    REPLAY_HANG_END,      /* ... while its end was waited for: it stays open */
    REPLAY_RESET,         /* the candidate reset the connection before the response's end */
    REPLAY_CLOSED,        /* the candidate closed the connection without an answer */
    REPLAY_CUT,           /* the candidate closed the connection in the middle of the answer */
    REPLAY_GARBAGE,       /* the answer is no HTTP */
    REPLAY_FLOOD          /* the answer is beyond all measure; the connection was closed */
};

struct replay_outcome {
    enum replay_state state;
    uint32_t candidate; /* number of the exchange in the candidate's conversation; 0: not sent */
    /*
     * BLOCKED: the exchange to blame. SENT: 0, or the exchange that kept the rest of this one from
     * happening (its container was not started, say): the head may be compared, the rest may not.
     */
    uint32_t blocked_by;
    int status;              /* of the candidate's final response head; 0: none came */
    bool ended;              /* its response's end came */
    enum replay_fault fault; /* the first */
    bool stdin_kept;         /* the upgrade was refused, so the client's stream was not sent */
    char *why;               /* a few words for the eye, or NULL */
};

struct replay_result {
    struct replay_outcome *outcomes; /* of the baseline's exchange i + 1 */
    size_t n;
    uint32_t sent;       /* exchanges in the candidate's conversation */
    uint32_t reconnects; /* connections opened because the candidate closed one that the recording
                            used on */
    char **leftovers;    /* what clean-up could not remove, "volume x: why"; NULL at the end */
    size_t leftovers_n;
    size_t removed; /* things that clean-up removed */
};

enum replay_status {
    REPLAY_DONE = 0,
    REPLAY_FAILED = -1,     /* the sink failed, no memory, a broken baseline */
    REPLAY_UNREACHABLE = -2 /* there is no candidate: nothing was sent */
};

/*
 * Replays a conversation that is indexed. Returns an enum replay_status, with the error set unless
 * it is REPLAY_DONE. The result may be partly filled on failure; the caller frees it in any case.
 */
int replay_run(const struct conversation *baseline, const struct replay_options *options,
               struct replay_result *result, struct err *e);

void replay_result_free(struct replay_result *result);

/* "hang before the head", ... for reports; "" for REPLAY_NO_FAULT. */
const char *replay_fault_text(enum replay_fault fault);

#endif
