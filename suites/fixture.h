/*
 * What a suite needs on the candidate before it begins: images, imported through the API
 * (POST /images/create?fromSrc=-, Docker API 1.24 and up), so that no registry is needed.
 */
#ifndef BUGFORBUG_SUITES_FIXTURE_H
#define BUGFORBUG_SUITES_FIXTURE_H

#include "recorder/base/err.h"
#include "recorder/base/log.h"
#include "recorder/base/sock.h"
#include "suites/suite.h"

/* Images that were not there before, and are ours to remove. Owned; ends with NULL. */
struct fixtures {
    char **images;
};

enum { FIXTURES_FAILED = -1, FIXTURES_UNREACHABLE = -2 };

/* Imports what is not there. 0, FIXTURES_FAILED or FIXTURES_UNREACHABLE. */
int fixtures_provide(const struct suite *s, const struct url *against, struct fixtures *made,
                     struct err *e);

/* Removes what fixtures_provide imported; says what it cannot remove. Frees the list. */
void fixtures_remove(struct fixtures *made, const struct url *against, const struct log *log);

#endif
