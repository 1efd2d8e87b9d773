/*
 * Which exchange of one recording is which of another, where no replay says so: equal requests in
 * their order, then equal routes in their order.
 */
#ifndef BUGFORBUG_DIFFER_ALIGN_H
#define BUGFORBUG_DIFFER_ALIGN_H

#include "differ/differ.h"

/*
 * Fills a pairing of the baseline's exchanges, each PAIR_SENT or PAIR_MISSING. Those of the
 * candidate that are paired with none are 0 in *extra's places: extra[i] is nonzero where its
 * exchange i + 1 is extra. The caller frees v and *extra.
 */
int align(const struct conversation *baseline, const struct conversation *candidate,
          struct pairing *out, unsigned char **extra, struct err *e);

#endif
