/*
 * The conversation: the one noun that every stage speaks. It owns its events; exchanges are a view
 * of them. A reader fills it, a differ compares two, a replay plans from one.
 */
#ifndef BUGFORBUG_CONVERSATION_CONVERSATION_H
#define BUGFORBUG_CONVERSATION_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/base/err.h"
#include "recorder/conversation/event.h"
#include "recorder/wire/head.h"

/* A longer header is no name, and more clients are not told: peers choose them. */
#define META_NAME_MAX 1024
#define META_CLIENTS_MAX 64

/* What is known of who spoke. Owned strings and lists; lists end with NULL; NULL: unknown. */
struct conversation_meta {
    int64_t start;  /* wall clock of t = 0, ns since the epoch */
    char *engine;   /* the Server header, "Docker/20.10.24 (linux)" */
    char *api;      /* the Api-Version header, "1.41" */
    char **clients; /* distinct User-Agent headers in order of appearance */
    char **command; /* what `record -- COMMAND` ran */
    char **secrets; /* names of the secrets that were replaced */
    char *lost;     /* why it is incomplete; NULL: nothing was lost, as far as anyone can tell */
};

void conversation_meta_free(struct conversation_meta *m);

void meta_list_free(char **list);

/* Appends a copy of `text` to such a list, also where it is there already. */
int meta_list_add(char ***list, struct span text);

/* The same, unless it is there already. */
int meta_list_add_new(char ***list, struct span text);

#define NO_EVENT SIZE_MAX

/* One request and its response. Spans point into the events. */
struct exchange {
    uint32_t id; /* its place in the conversation's table is id - 1 */
    uint32_t conn;
    uint32_t earlier;   /* the exchange before it on its connection, or 0 */
    size_t request;     /* index of its event */
    size_t response;    /* index of the final (not 1xx) response's event, or NO_EVENT */
    size_t stdin_event; /* index of the first event of PART_STDIN, or NO_EVENT */
    size_t last;        /* index of the last event that bears its number */
    struct span method, target;
    int status;       /* of the final response; 0 while there is none */
    bool upgraded;    /* 101, or Docker's 200 without length: what follows is a stream */
    bool request_end; /* the request was complete */
    bool ended; /* the response's end was seen: by its framing, or by the daemon's shut or close */
    size_t end_event; /* the event it ended with, or the reset's: data, shut, close, reset; or
                         NO_EVENT */
    bool reset;       /* the connection was reset before the response's end */
};

struct payload_loader {
    void *self;
    /* Appends the payload of an event whose payload is a blob. */
    int (*load)(void *self, const struct event *ev, struct buf *out, struct err *e);
    void (*free)(void *self);
};

struct conversation {
    char *path; /* of the file it was read from, or NULL; for messages */
    struct conversation_meta meta;
    struct event *events;
    size_t n, cap;
    struct exchange *exchanges;
    size_t exchanges_n;
    uint32_t conns; /* highest connection number */
    size_t broken;  /* the event at which conversation_index failed */
    struct payload_loader loader;
};

void conversation_free(struct conversation *c);

/* Appends an event; takes what it holds (the caller's is empty afterwards). */
int conversation_add(struct conversation *c, struct event *ev, struct err *e);

/*
 * Builds the exchanges from the events. Fails where the events contradict each other (a connection
 * that was not opened, a response to no request, two to one, an exchange on two connections,
 * numbers out of order); `broken` is then the index of the event.
 */
int conversation_index(struct conversation *c, struct err *e);

/* The heads, taken apart; empty where there is no response. */
void exchange_request(const struct conversation *c, const struct exchange *x, struct head *out);
void exchange_response(const struct conversation *c, const struct exchange *x, struct head *out);

enum part {
    PART_REQUEST,  /* the request's body */
    PART_STDIN,    /* what the client said after the upgrade */
    PART_RESPONSE, /* the response's body, or what the daemon said after the upgrade */
};

/* Does this event's payload belong to that part of the exchange? */
bool exchange_has(const struct conversation *c, const struct exchange *x, enum part part,
                  size_t event);

/*
 * Walks the payload of a part, an event at a time, blobs loaded one by one (at most
 * EVENT_PAYLOAD_MAX bytes at once). The callback's nonzero return stops the walk and is returned.
 */
typedef int part_visitor(void *arg, size_t event, struct span bytes, struct err *e);
int exchange_walk(const struct conversation *c, const struct exchange *x, enum part part,
                  part_visitor *visit, void *arg, struct err *e);

/* Appends the whole part to `out`; fails when it does not fit out's limit. */
int exchange_read(const struct conversation *c, const struct exchange *x, enum part part,
                  struct buf *out, struct err *e);

/* Size of the part in bytes, blobs counted without loading them. */
uint64_t exchange_size(const struct conversation *c, const struct exchange *x, enum part part);

#endif
