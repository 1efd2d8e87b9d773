/* The things that a Docker client speaks of: what kind, and by which name or ID. */
#ifndef BUGFORBUG_SUITES_REPLAY_THINGS_H
#define BUGFORBUG_SUITES_REPLAY_THINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "recorder/base/span.h"

enum thing_kind {
    THING_NONE,
    THING_CONTAINER,
    THING_NETWORK,
    THING_VOLUME,
    THING_IMAGE,
    THING_EXEC,
    THING_OTHER /* of swarm, plugins */
};

struct thing {
    enum thing_kind kind;
    char *name; /* owned */
};

struct things {
    struct thing *v;
    size_t n, cap;
};

/* "container", ... */
const char *thing_kind_name(enum thing_kind kind);

/* Appends a copy, unless it is there already. An empty name is no thing. -1: no memory. */
int things_add(struct things *t, enum thing_kind kind, struct span name);
void things_free(struct things *t);

/*
 * Do two names mean the same thing of that kind? IDs match by their prefixes (ID_HEX_MIN digits
 * and more); a container's name may have a slash in front; "busybox" is "busybox:latest" and
 * "docker.io/library/busybox".
 */
bool thing_same(enum thing_kind kind, struct span a, struct span b);

/* The index of the thing, or the number of things. */
size_t things_find(const struct things *t, enum thing_kind kind, struct span name);

/* An image reference taken apart; `tag` is empty where there is none. A digest is part of `name`.
 */
void image_split(struct span ref, struct span *name, struct span *tag);

#endif
