/*
 * Learns bindings: lays the recorded response and the candidate's side by side, and pairs the
 * values at the same places. JSON documents are walked in parallel; the elements of lists are
 * paired by what names them (Id, Name, ...) before their order; the messages of a JSON stream by
 * what they say besides made-up values, so that another number of progress messages does no harm.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_LEARN_H
#define BUGFORBUG_SUITES_REPLAY_LEARN_H

#include "recorder/base/err.h"
#include "recorder/base/span.h"
#include "recorder/conversation/conversation.h"
#include "suites/replay/bindings.h"

/* Larger bodies are not looked into, on either side. */
#define LEARN_MAX ((size_t)8 << 20)

/* Will anything be learnt from this exchange's response: does its body have to be kept? */
bool learn_wants(const struct bindings *b, const struct conversation *c, const struct exchange *x);

/*
 * `head` and `body` are the candidate's, decoded; empty where there are none: what the recorded
 * response says is then known to be missing.
 */
int learn_response(struct bindings *b, const struct conversation *c, const struct exchange *x,
                   struct span head, struct span body, struct err *e);

#endif
