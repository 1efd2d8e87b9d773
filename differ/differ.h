/*
 * Compares two conversations: a baseline and what a candidate answered to the same requests.
 *
 * Answers are the same if they are equal up to a one-to-one renaming of what the daemon made up
 * (symbols.h), and beyond that where a rule says that a value may vary (rules.h, RULES.md).
 */
#ifndef BUGFORBUG_DIFFER_DIFFER_H
#define BUGFORBUG_DIFFER_DIFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "differ/finding.h"
#include "differ/rules.h"
#include "recorder/base/err.h"
#include "recorder/conversation/conversation.h"

/* What became of an exchange of the baseline when it was said to the candidate. */
enum pair_state {
    PAIR_SENT,  /* it was sent: `candidate` is its number there; what came of it stands there. With
                   `blocked_by`, that failure kept the rest of the answer from happening: the head is
                   compared, the rest is not */
    PAIR_HANG,  /* sent; the deadline passed before the answer, or before the answer's end */
    PAIR_RESET, /* sent; the connection was reset, closed, or refused before the answer */
    PAIR_GARBAGE,  /* sent; what came back is no HTTP */
    PAIR_BLOCKED,  /* not sent, because `blocked_by` failed: no finding of its own */
    PAIR_NOT_SENT, /* not sent, for another reason (`why`): no finding, but counted */
    PAIR_MISSING   /* the candidate's recording has no such exchange: a finding */
};

struct pair {
    enum pair_state state;
    uint32_t candidate;  /* number in the candidate conversation, 0: none */
    uint32_t blocked_by; /* exchange of the baseline whose failure is the cause; 0: unknown */
    const char *why; /* a few words ("no answer within 12.0 s"); NULL: none. The caller's, used in
                        differ_run only */
};

/* v[i] is what became of the baseline's exchange i + 1; there are as many as exchanges. */
struct pairing {
    struct pair *v;
    size_t n;
};

struct differ_input {
    const struct conversation *baseline, *candidate; /* indexed */
    const struct pairing *pairing; /* NULL: two independent recordings, aligned by align.h */
    const struct rules *rules;
    const char *url; /* of the candidate, for the curl lines; NULL: "$DOCKER_HOST" stands there */
};

/* An exchange that was not sent. */
struct blocked {
    uint32_t exchange;
    uint32_t by; /* the cause; 0: unknown */
    char *route;
    char *why; /* owned; NULL: none */
};

/* How much was compared: a comparison that compared nothing is an error, not a pass. */
struct tally {
    size_t exchanges;  /* of the baseline */
    size_t compared;   /* were said to both, and the baseline knows an answer (also to a hang) */
    size_t blocked;    /* not sent */
    size_t unanswered; /* the baseline itself has no answer to compare with */
    uint64_t values;   /* JSON values, headers, lines of output, archive entries */
};

struct comparison {
    struct findings findings; /* sorted */
    struct blocked *blocked;
    size_t blocked_n;
    struct tally tally;
};

/* Compares. Whatever the candidate said becomes a finding; -1 only where the harness fails (no
 * memory, a blob of the corpus that cannot be read). *out must be zeroed, and is to be freed after
 * a failure too. */
int differ_run(const struct differ_input *in, struct comparison *out, struct err *e);

void comparison_free(struct comparison *c);

#endif
