/*
 * The head of an HTTP/1 message, taken apart (RFC 9112, 2 to 5). For heads that the parser (h1.h)
 * has accepted, and for those of a corpus file that people edit: it never fails, what has no
 * meaning is empty.
 */
#ifndef BUGFORBUG_WIRE_HEAD_H
#define BUGFORBUG_WIRE_HEAD_H

#include <stddef.h>

#include "recorder/base/span.h"

#define HEAD_HEADERS_MAX 128 /* more are not seen here; the raw bytes keep them */

/* A folded value (RFC 9112, 5.2) keeps its line breaks. */
struct header {
    struct span name, value;
};

/* Spans point into the bytes that were taken apart. */
struct head {
    struct span start;          /* the first line */
    struct span method, target; /* of a request */
    int status;                 /* of a response; 0 where there is none */
    struct span reason;
    size_t n;
    struct header headers[HEAD_HEADERS_MAX];
};

void head_parse(struct span raw, struct head *out);

/* The value of the first header with this name (ASCII case ignored); p == NULL where none is. */
struct span head_get(const struct head *h, const char *name);

/* The target without its query. */
struct span head_path(const struct head *h);

/* The query behind the '?'; p == NULL where there is none. */
struct span head_query(const struct head *h);

/* Without a leading "/v1.NN" (Docker API: every path is served with and without its version). */
struct span path_unversioned(struct span path);

/*
 * May Docker answer this request by taking the connection over? Attach and exec start hijack it
 * with or without an Upgrade header (101 or 200 without length); /session and /grpc, and any other
 * request with an Upgrade header, by 101 (facts, section 4).
 */
bool head_may_hijack(const struct head *request);

/* A response that another follows: 1xx but 101 (RFC 9110, 15.2). */
bool head_is_interim(const struct head *response);

/*
 * Does this response turn the connection into a stream? `may_hijack` is head_may_hijack of its
 * request. 101 does; and Docker's hijack without an
 * Upgrade header: 200 with neither Content-Length nor Transfer-Encoding (facts, section 4).
 */
bool head_upgrades(const struct head *response, bool may_hijack);

#endif
