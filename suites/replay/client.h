/*
 * One connection to the candidate: says what it is told to say, reads responses and streams as they
 * come, and reports both sides' bytes to the sink. It waits for nothing and judges nothing; a
 * listener hears what became of the requests.
 *
 * Memory: what the candidate has not taken yet (CLIENT_OUT_MAX), one head.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_CLIENT_H
#define BUGFORBUG_SUITES_REPLAY_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/base/bytes.h"
#include "recorder/base/err.h"
#include "recorder/base/loop.h"
#include "recorder/base/sock.h"
#include "recorder/wire/head.h"
#include "suites/replay/replay.h"

#define CLIENT_OUT_MAX ((size_t)24 << 20) /* more than the largest single event on the wire */

/*
 * `exchange` is the number that client_ask was given. Nothing of the client may be freed from
 * within.
 */
struct client_listener {
    void *self;
    void (*head)(void *self, uint32_t exchange, struct span raw, const struct head *h,
                 bool upgraded);
    void (*payload)(void *self, uint32_t exchange, struct span bytes);
    void (*end)(void *self, uint32_t exchange);
    /* There will be no end. */
    void (*fault)(void *self, uint32_t exchange, enum replay_fault fault, const char *why);
};

/* What all connections of a replay have in common. */
struct client_env {
    struct loop *loop;
    const struct url *url;
    const struct bytes_sink *sink; /* NULL: nobody listens */
    struct client_listener listener;
    int64_t wall_base, mono_base; /* the wall clock must not fall: it is made from the other */
    int64_t last_io;              /* monotonic: when a byte last moved, in either direction */
    bool failed;                  /* the sink or memory: `err` says why, the replay must stop */
    struct err err;
};

void client_env_init(struct client_env *env, struct loop *loop, const struct url *url);
int64_t client_env_now(const struct client_env *env); /* wall clock, ns */

struct client;

/*
 * Starts to connect. NULL with errno kept and the error set: refused, or EAGAIN where the daemon's
 * backlog is full. `number` is the connection's in the candidate's conversation, which hears of it
 * here.
 */
struct client *client_open(struct client_env *env, uint32_t number, struct err *e);
void client_free(struct client *c); /* closes without a word; NULL is fine */

/* The next response answers this request. `most` bytes of it are listened to: then it is a flood.
 */
int client_ask(struct client *c, uint32_t exchange, const struct head *request, uint64_t most);

/* Says it; what the candidate does not take at once is kept, see client_drained. */
void client_say(struct client *c, struct span bytes);
void client_shut(struct client *c);  /* half-close, behind all that was said */
void client_close(struct client *c); /* at once */
void client_reset(struct client *c);

bool client_connecting(const struct client *c);
bool client_drained(const struct client *c);  /* all that was said was taken, or never will be */
bool client_gone(const struct client *c);     /* by either side: nothing can be said any more */
bool client_usable(const struct client *c);   /* for another request */
bool client_answered(const struct client *c); /* was a request answered on it? */

#endif
