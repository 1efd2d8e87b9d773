/* How to say a request again by hand. */
#ifndef BUGFORBUG_DIFFER_CURL_H
#define BUGFORBUG_DIFFER_CURL_H

#include "differ/scope.h"

#define CURL_BODY_MAX ((size_t)2048) /* a longer body is named, not shown */
#define CURL_LINE_MAX ((size_t)16 << 10)

/*
 * A line for a POSIX shell, owned by the caller: the recorded request (so that no secret stands in
 * it that the recording does not have) with the baseline's IDs as the candidate's. *out is NULL
 * where it cannot be said in one line. -1: no memory.
 */
int curl_line(const struct scope *s, char **out, struct err *e);

/* "DELETE /v1.41/containers/box", as it stands in the baseline. */
int curl_request(const struct scope *s, char **out, struct err *e);

#endif
