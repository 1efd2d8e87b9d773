/* What a response says that its request made: IDs, names, image references. */
#ifndef BUGFORBUG_SUITES_REPLAY_MADE_H
#define BUGFORBUG_SUITES_REPLAY_MADE_H

#include "suites/replay/documents.h"
#include "suites/replay/route.h"
#include "suites/replay/things.h"

/* Appends the things; nothing where the request creates none. -1: no memory. */
int made_things(const struct route *route, const struct documents *response, struct things *out);

#endif
