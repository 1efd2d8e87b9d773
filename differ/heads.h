/* Comparing response heads. What only frames the body is not compared: bodies are, decoded. */
#ifndef BUGFORBUG_DIFFER_HEADS_H
#define BUGFORBUG_DIFFER_HEADS_H

#include "differ/scope.h"

/*
 * Headers with a treatment of their own; all others are informative: another value, or none, is
 * cosmetic, and so is one more. name, severity where it is missing or another, how it is compared.
 */
#define HEADERS(X)                                                                                 \
    X("Content-Length", SEV_COSMETIC, HEADER_FRAMING)                                              \
    X("Transfer-Encoding", SEV_COSMETIC, HEADER_FRAMING)                                           \
    X("Trailer", SEV_COSMETIC, HEADER_FRAMING)                                                     \
    X("Keep-Alive", SEV_COSMETIC, HEADER_FRAMING)                                                  \
    X("Connection", SEV_BREAKING, HEADER_UPGRADE)                                                  \
    X("Upgrade", SEV_BREAKING, HEADER_UPGRADE)                                                     \
    X("Content-Type", SEV_BEHAVIOUR, HEADER_TEXT)                                                  \
    X("Location", SEV_BEHAVIOUR, HEADER_TEXT)                                                      \
    X("X-Docker-Container-Path-Stat", SEV_BREAKING, HEADER_JSON)

enum header_treatment {
    HEADER_TEXT,
    HEADER_FRAMING, /* not compared */
    HEADER_UPGRADE, /* framing, except with 101: there the client relies on it (RFC 9110, 7.8) */
    HEADER_JSON     /* base64 of JSON (Docker: containerArchive) */
};

/* Did the status agree (in class: the bodies may be compared)? 1: yes; 0: no, and it was told; -1:
 * no memory. */
int heads_status(struct scope *s, struct err *e);

/* The headers. 0, or -1. */
int heads_compare(struct scope *s, struct err *e);

#endif
