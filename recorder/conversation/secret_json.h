/*
 * Secrets in JSON that a client or a daemon says (Docker Engine API 1.41; field names in any case,
 * as Go reads them):
 *   string members whose name smells, at any depth: password, identitytoken, registrytoken, secret,
 *     token, UnlockKey, JoinToken, ...; auth where it is base64; both JoinTokens
 *   Data of secrets and configs, base64
 *   Env (["K=V"] or [{"Name","Value"}]), BuildArgs, Labels, Attributes, Options, DriverOpts, Config
 *     where it is a map of strings: values by name or looks; and what a client gives at all, where
 *     the name is not public (secret_rules.h)
 *   Cmd, Entrypoint, Args and the other places of commands: what secret_scan finds
 *   any other string: tokens and URL passwords; from a client also assignments
 */
#ifndef BUGFORBUG_CONVERSATION_SECRET_JSON_H
#define BUGFORBUG_CONVERSATION_SECRET_JSON_H

#include <stdbool.h>

#include "recorder/base/err.h"
#include "recorder/base/span.h"
#include "recorder/conversation/secret_scan.h"

struct json_origin {
    bool client;    /* a client said it */
    bool gives_env; /* ... to create a container, an exec, a build or a service */
    bool data;      /* to or from /secrets or /configs */
};

/* Looks through one JSON text. One that is malformed is looked through as plain text. */
int secret_json(const struct secret_sink *sink, struct json_origin origin, struct span text,
                struct err *e);

/* A map {"NAME":"value"} in a query parameter: build arguments, or labels. */
int secret_json_args(const struct secret_sink *sink, struct span text, struct err *e);
int secret_json_labels(const struct secret_sink *sink, struct span text, struct err *e);

#endif
