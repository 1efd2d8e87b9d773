/*
 * A suite: conversations, the fixtures that they need, rules of their own and a gate; a folder with
 * a `suite.json` (SUITES.md).
 */
#ifndef BUGFORBUG_SUITES_SUITE_H
#define BUGFORBUG_SUITES_SUITE_H

#include <stdbool.h>
#include <stddef.h>

#include "differ/finding.h"
#include "recorder/base/err.h"

#define SUITE_VERSION 1
#define SUITE_FILE_MAX ((size_t)1 << 20)

/* An image that must be there. */
struct fixture {
    char *image; /* "busybox:latest" */
    char *make;  /* path of a program that writes it, a tar of its root, to the file it is given */
};

/* Paths are relative to the working directory, as fopen wants them. Owned. */
struct suite {
    char *name, *why;
    char **conversations; /* ends with NULL; at least one */
    size_t conversations_n;
    struct fixture *fixtures;
    size_t fixtures_n;
    char **rules; /* ends with NULL, or NULL */
    enum severity gate;
    double pace;
};

/* Reads FOLDER/suite.json. The error names the file and the key. To be freed in any case. */
int suite_read(const char *folder, struct suite *out, struct err *e);
void suite_free(struct suite *s);

/* Is this path a suite (a folder with a suite.json)? */
bool suite_is(const char *path);

#endif
