/*
 * The routes of the Docker Engine API (1.41, with what 1.25 to 1.45 have besides), and which of
 * them a request is: "GET /containers/{id}/json". Rules and the identities of findings name them.
 */
#ifndef BUGFORBUG_DIFFER_ROUTE_H
#define BUGFORBUG_DIFFER_ROUTE_H

#include <stdbool.h>

#include "recorder/base/span.h"

/* What a successful response's body is. */
enum route_body {
    BODY_AUTO,     /* JSON, text or nothing: as it looks */
    BODY_MESSAGES, /* JSON values one after another */
    BODY_STREAM,   /* a container's output, framed or raw */
    BODY_TAR,
    BODY_H2C,      /* another protocol after 101: not understood here */
    BODY_WEBSOCKET /* the same */
};

/*
 * method, template, body. {id} is one segment, {name} one or more (image names have slashes).
 * The first that matches is it: literal paths stand before those that would swallow them.
 */
#define ROUTES(X)                                                                                  \
    X("GET", "/_ping", BODY_AUTO)                                                                  \
    X("HEAD", "/_ping", BODY_AUTO)                                                                 \
    X("GET", "/info", BODY_AUTO)                                                                   \
    X("GET", "/version", BODY_AUTO)                                                                \
    X("GET", "/system/df", BODY_AUTO)                                                              \
    X("GET", "/events", BODY_MESSAGES)                                                             \
    X("POST", "/auth", BODY_AUTO)                                                                  \
    X("GET", "/containers/json", BODY_AUTO)                                                        \
    X("POST", "/containers/create", BODY_AUTO)                                                     \
    X("POST", "/containers/prune", BODY_AUTO)                                                      \
    X("GET", "/containers/{id}/json", BODY_AUTO)                                                   \
    X("GET", "/containers/{id}/top", BODY_AUTO)                                                    \
    X("GET", "/containers/{id}/changes", BODY_AUTO)                                                \
    X("GET", "/containers/{id}/logs", BODY_STREAM)                                                 \
    X("GET", "/containers/{id}/stats", BODY_MESSAGES)                                              \
    X("GET", "/containers/{id}/export", BODY_TAR)                                                  \
    X("GET", "/containers/{id}/attach/ws", BODY_WEBSOCKET)                                         \
    X("HEAD", "/containers/{id}/archive", BODY_AUTO)                                               \
    X("GET", "/containers/{id}/archive", BODY_TAR)                                                 \
    X("PUT", "/containers/{id}/archive", BODY_AUTO)                                                \
    X("POST", "/containers/{id}/copy", BODY_TAR)                                                   \
    X("POST", "/containers/{id}/start", BODY_AUTO)                                                 \
    X("POST", "/containers/{id}/stop", BODY_AUTO)                                                  \
    X("POST", "/containers/{id}/restart", BODY_AUTO)                                               \
    X("POST", "/containers/{id}/kill", BODY_AUTO)                                                  \
    X("POST", "/containers/{id}/pause", BODY_AUTO)                                                 \
    X("POST", "/containers/{id}/unpause", BODY_AUTO)                                               \
    X("POST", "/containers/{id}/rename", BODY_AUTO)                                                \
    X("POST", "/containers/{id}/update", BODY_AUTO)                                                \
    X("POST", "/containers/{id}/resize", BODY_AUTO)                                                \
    X("POST", "/containers/{id}/attach", BODY_STREAM)                                              \
    X("POST", "/containers/{id}/wait", BODY_AUTO)                                                  \
    X("POST", "/containers/{id}/exec", BODY_AUTO)                                                  \
    X("GET", "/containers/{id}/checkpoints", BODY_AUTO)                                            \
    X("POST", "/containers/{id}/checkpoints", BODY_AUTO)                                           \
    X("DELETE", "/containers/{id}/checkpoints/{checkpoint}", BODY_AUTO)                            \
    X("DELETE", "/containers/{id}", BODY_AUTO)                                                     \
    X("POST", "/commit", BODY_AUTO)                                                                \
    X("POST", "/exec/{id}/start", BODY_STREAM)                                                     \
    X("POST", "/exec/{id}/resize", BODY_AUTO)                                                      \
    X("GET", "/exec/{id}/json", BODY_AUTO)                                                         \
    X("GET", "/images/json", BODY_AUTO)                                                            \
    X("GET", "/images/search", BODY_AUTO)                                                          \
    X("GET", "/images/get", BODY_TAR)                                                              \
    X("POST", "/images/load", BODY_MESSAGES)                                                       \
    X("POST", "/images/create", BODY_MESSAGES)                                                     \
    X("POST", "/images/prune", BODY_AUTO)                                                          \
    X("GET", "/images/{name}/get", BODY_TAR)                                                       \
    X("GET", "/images/{name}/json", BODY_AUTO)                                                     \
    X("GET", "/images/{name}/history", BODY_AUTO)                                                  \
    X("POST", "/images/{name}/push", BODY_MESSAGES)                                                \
    X("POST", "/images/{name}/tag", BODY_AUTO)                                                     \
    X("DELETE", "/images/{name}", BODY_AUTO)                                                       \
    X("POST", "/build", BODY_MESSAGES)                                                             \
    X("POST", "/build/prune", BODY_AUTO)                                                           \
    X("POST", "/build/cancel", BODY_AUTO)                                                          \
    X("POST", "/session", BODY_H2C)                                                                \
    X("POST", "/grpc", BODY_H2C)                                                                   \
    X("GET", "/networks", BODY_AUTO)                                                               \
    X("POST", "/networks/create", BODY_AUTO)                                                       \
    X("POST", "/networks/prune", BODY_AUTO)                                                        \
    X("GET", "/networks/{id}", BODY_AUTO)                                                          \
    X("POST", "/networks/{id}/connect", BODY_AUTO)                                                 \
    X("POST", "/networks/{id}/disconnect", BODY_AUTO)                                              \
    X("DELETE", "/networks/{id}", BODY_AUTO)                                                       \
    X("GET", "/volumes", BODY_AUTO)                                                                \
    X("POST", "/volumes/create", BODY_AUTO)                                                        \
    X("POST", "/volumes/prune", BODY_AUTO)                                                         \
    X("GET", "/volumes/{id}", BODY_AUTO)                                                           \
    X("PUT", "/volumes/{id}", BODY_AUTO)                                                           \
    X("DELETE", "/volumes/{id}", BODY_AUTO)                                                        \
    X("GET", "/distribution/{name}/json", BODY_AUTO)                                               \
    X("GET", "/plugins", BODY_AUTO)                                                                \
    X("GET", "/plugins/privileges", BODY_AUTO)                                                     \
    X("POST", "/plugins/pull", BODY_MESSAGES)                                                      \
    X("POST", "/plugins/create", BODY_AUTO)                                                        \
    X("GET", "/plugins/{name}/json", BODY_AUTO)                                                    \
    X("POST", "/plugins/{name}/enable", BODY_AUTO)                                                 \
    X("POST", "/plugins/{name}/disable", BODY_AUTO)                                                \
    X("POST", "/plugins/{name}/push", BODY_MESSAGES)                                               \
    X("POST", "/plugins/{name}/upgrade", BODY_MESSAGES)                                            \
    X("POST", "/plugins/{name}/set", BODY_AUTO)                                                    \
    X("DELETE", "/plugins/{name}", BODY_AUTO)                                                      \
    X("GET", "/swarm", BODY_AUTO)                                                                  \
    X("GET", "/swarm/unlockkey", BODY_AUTO)                                                        \
    X("POST", "/swarm/init", BODY_AUTO)                                                            \
    X("POST", "/swarm/join", BODY_AUTO)                                                            \
    X("POST", "/swarm/leave", BODY_AUTO)                                                           \
    X("POST", "/swarm/update", BODY_AUTO)                                                          \
    X("POST", "/swarm/unlock", BODY_AUTO)                                                          \
    X("GET", "/services", BODY_AUTO)                                                               \
    X("POST", "/services/create", BODY_AUTO)                                                       \
    X("GET", "/services/{id}", BODY_AUTO)                                                          \
    X("GET", "/services/{id}/logs", BODY_STREAM)                                                   \
    X("POST", "/services/{id}/update", BODY_AUTO)                                                  \
    X("DELETE", "/services/{id}", BODY_AUTO)                                                       \
    X("GET", "/nodes", BODY_AUTO)                                                                  \
    X("GET", "/nodes/{id}", BODY_AUTO)                                                             \
    X("POST", "/nodes/{id}/update", BODY_AUTO)                                                     \
    X("DELETE", "/nodes/{id}", BODY_AUTO)                                                          \
    X("GET", "/tasks", BODY_AUTO)                                                                  \
    X("GET", "/tasks/{id}", BODY_AUTO)                                                             \
    X("GET", "/tasks/{id}/logs", BODY_STREAM)                                                      \
    X("GET", "/secrets", BODY_AUTO)                                                                \
    X("POST", "/secrets/create", BODY_AUTO)                                                        \
    X("GET", "/secrets/{id}", BODY_AUTO)                                                           \
    X("POST", "/secrets/{id}/update", BODY_AUTO)                                                   \
    X("DELETE", "/secrets/{id}", BODY_AUTO)                                                        \
    X("GET", "/configs", BODY_AUTO)                                                                \
    X("POST", "/configs/create", BODY_AUTO)                                                        \
    X("GET", "/configs/{id}", BODY_AUTO)                                                           \
    X("POST", "/configs/{id}/update", BODY_AUTO)                                                   \
    X("DELETE", "/configs/{id}", BODY_AUTO)

#define ROUTE_TEXT 200

struct route {
    char text[ROUTE_TEXT]; /* "GET /containers/{id}/json"; for a path that is no route, the path,
                              with what looks like an ID as {id} */
    enum route_body body;
    bool known; /* method and path are in the table */
};

/* `target` with or without version and query. Never fails. */
void route_of(struct span method, struct span target, struct route *out);

/* Is this "METHOD /template" of the table, or a path without braces? For the loader of rules: a
 * misspelled route would never match, and nobody would notice. */
bool route_is_known(struct span text);

#endif
