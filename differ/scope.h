/*
 * One pair of exchanges while it is compared: what every comparer is told, and where it says what
 * it found. Own of the differ.
 */
#ifndef BUGFORBUG_DIFFER_SCOPE_H
#define BUGFORBUG_DIFFER_SCOPE_H

#include "differ/differ.h"
#include "differ/path.h"
#include "differ/route.h"
#include "differ/symbols.h"
#include "recorder/wire/head.h"

/* How the response came to its end. */
enum ending {
    ENDED_BY_DAEMON, /* by its framing, or by the daemon's shut or close */
    ENDED_BY_CLIENT, /* the client closed first: what would still have come is unknown */
    ENDED_SHORT,     /* the daemon closed before the end that its framing had announced */
    ENDED_BY_RESET,
    NOT_ENDED /* it was still open when the recording ended */
};

enum ending ending_of(const struct conversation *c, const struct exchange *x);

struct scope {
    const struct conversation *base, *cand;
    const struct exchange *b, *c; /* c may be NULL: it has no such exchange */
    struct head b_head, c_head;   /* of the responses */
    enum ending b_end, c_end;
    struct route route;
    struct ruleset rules;
    struct symbols *symbols;
    struct findings *findings;
    struct tally *tally;
    const char *why; /* what the replay says of it, or NULL */
    const char *url; /* of the candidate, or NULL */
    char *request;   /* owned: the request line, as the baseline has it */
    char *curl;      /* owned; made when it is first needed */
    bool curl_tried;
    /* While above 0, a difference is not told but ends the comparison: scope_tell returns 1. */
    unsigned trial;
    uint64_t trials_left; /* values that may still be compared on trial */
};

#define SCOPE_TRIALS UINT64_C(20000000)

/*
 * Says what was found. `detail` is the part of the finding's class behind the status ("null ->
 * list"); it must not hold what varies from run to run. Returns 0; 1 on trial; -1: no memory.
 */
int scope_tell(struct scope *s, enum finding_kind kind, const struct place *at, const char *detail,
               struct span expected, struct span actual, struct err *e);

/* The same with a severity of its own, and for a path that is no place ("status"). `where`: the
 * path as it stands there ("stdout, line 3"); NULL: the path. */
int scope_tell_as(struct scope *s, enum finding_kind kind, enum severity severity, const char *path,
                  const char *where, const char *detail, struct span expected, struct span actual,
                  struct err *e);

/* The same for an informative header: it is the engine's way, not the route's, and one finding for
 * all routes and statuses. */
int scope_tell_engine(struct scope *s, enum finding_kind kind, const char *path, const char *detail,
                      struct span expected, struct span actual, struct err *e);

/* The same for two texts of which only the surroundings of byte `pos` are shown. */
int scope_tell_text(struct scope *s, enum finding_kind kind, const struct place *at,
                    const char *detail, struct span expected, struct span actual, size_t pos,
                    struct err *e);

/* Says that the symbols are in conflict, once. Returns like scope_tell. */
int scope_tell_conflict(struct scope *s, const struct place *at, struct err *e);

/* Counts a value as compared. */
void scope_count(struct scope *s);

#define NOTHING ((struct span){NULL, 0})

#endif
