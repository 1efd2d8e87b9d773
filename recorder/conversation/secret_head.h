/*
 * Secrets in the head of a message: X-Registry-Auth and X-Registry-Config (base64 JSON; without a
 * credential inside they are none), Authorization, Proxy-Authorization, Cookie, Set-Cookie, headers
 * and query parameters whose name smells, build arguments and labels of /build, tokens and URL
 * passwords anywhere.
 */
#ifndef BUGFORBUG_CONVERSATION_SECRET_HEAD_H
#define BUGFORBUG_CONVERSATION_SECRET_HEAD_H

#include "recorder/base/err.h"
#include "recorder/conversation/secret_scan.h"
#include "recorder/wire/head.h"

int secret_head(const struct secret_sink *sink, const struct head *h, struct err *e);

#endif
