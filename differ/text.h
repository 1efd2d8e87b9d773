/* Comparing output and other texts line by line, in bounded memory. */
#ifndef BUGFORBUG_DIFFER_TEXT_H
#define BUGFORBUG_DIFFER_TEXT_H

#include "differ/scope.h"

struct text_kinds {
    enum finding_kind lost, extra, other;
};

/*
 * Compares one channel of both responses (RAW_CHANNEL: all bytes), and tells the first line that
 * differs. Where the client ended the baseline, more from the candidate is no difference: it would
 * have come too. 0 or -1.
 */
int text_compare(struct scope *s, const struct place *at, unsigned channel,
                 const struct text_kinds *kinds, struct err *e);

#endif
