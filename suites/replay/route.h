/*
 * What a request is about (Docker Engine API; facts, section 3): which things it changes, and which
 * it speaks of.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_ROUTE_H
#define BUGFORBUG_SUITES_REPLAY_ROUTE_H

#include <jansson.h>
#include <stdbool.h>

#include "recorder/base/span.h"
#include "suites/replay/request.h"
#include "suites/replay/things.h"

enum route_act {
    ACT_LOOK,   /* changes nothing: GET, HEAD, and wait, resize, exec's create */
    ACT_CREATE, /* makes a thing that may not be there yet */
    ACT_CHANGE, /* of a thing that is there */
    ACT_DELETE
};

struct route {
    enum route_act act;
    enum thing_kind kind; /* of the collection in the path */
    char *name;           /* of the thing in the path, decoded; NULL: none. Owned */
    char *verb;           /* "create", "start", "json", ...; "" where the path ends with the name */
    json_t *body;         /* of a JSON body, or NULL. Owned */
};

int route_parse(const struct request *r, struct route *out);
void route_free(struct route *r);

/* A value of the query, decoded, appended to out; false where it is not there. */
bool query_get(struct span query, const char *key, struct buf *out);

/*
 * The things that the request creates or changes, as far as it says itself (an ID comes with the
 * response). -1: no memory.
 */
int route_changes(const struct route *route, const struct request *r, struct things *out);

/* All things that it speaks of: in the path, the query, filters, the body. -1: no memory. */
int route_mentions(const struct route *route, const struct request *r, struct things *out);

#endif
