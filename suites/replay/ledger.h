/*
 * What the replay made on the candidate, and what was there before: so that all of the one is
 * removed at the end, and nothing of the other.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_LEDGER_H
#define BUGFORBUG_SUITES_REPLAY_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "recorder/base/err.h"
#include "recorder/base/sock.h"
#include "recorder/conversation/conversation.h"
#include "suites/replay/documents.h"
#include "suites/replay/route.h"
#include "suites/replay/things.h"

#define LEDGER_BODY_MAX ((size_t)32 << 20)

struct ledger_entry {
    enum thing_kind kind;
    char *id;   /* what to remove it by */
    char *name; /* as the client also knows it, or NULL */
    bool gone;
};

/* An image reference that was there before, and which image it meant. */
struct ledger_ref {
    char *ref, *id;
};

struct ledger {
    const struct url *url;
    int64_t deadline_ns; /* of each call */
    struct things before;
    struct ledger_ref *refs;
    size_t refs_n, refs_cap;
    struct things moved; /* references of these that the replay set anew */
    struct ledger_entry *made;
    size_t made_n, made_cap;
};

/*
 * Looks what the candidate has of the kinds that the conversation creates. What cannot be listed is
 * taken as not there. `url` and `deadline_ns` are set.
 */
int ledger_open(struct ledger *l, const struct conversation *c, struct err *e);
void ledger_free(struct ledger *l);

/* What a request says of what it makes or removes, kept until its answer is there. */
struct ledger_note {
    bool worth; /* it makes or removes something */
    struct route route;
    struct things changes;
    struct things volumes; /* named ones that a container brings into being */
};

/* `r` is the request as it is sent. A container that is removed without its volumes is looked at
 * now: nobody will know its anonymous ones later. */
int ledger_before(struct ledger *l, const struct request *r, struct ledger_note *out);
int ledger_after(struct ledger *l, const struct ledger_note *note, int status,
                 const struct documents *answer);
void ledger_note_free(struct ledger_note *n);

/* A call beside the conversation: its status, or -1. The answer is appended to *body. */
int ledger_call(const struct ledger *l, const char *method, const char *target, struct buf *body,
                struct err *e);

struct ledger_report {
    char ***leftovers; /* a NULL-terminated list that grows */
    size_t *leftovers_n;
    size_t *removed;
};

/* Removes all that was made: containers, networks, volumes, images; gives references back to the
 * images that they meant before. Best effort. */
int ledger_clear(struct ledger *l, const struct ledger_report *report, struct err *e);

#endif
