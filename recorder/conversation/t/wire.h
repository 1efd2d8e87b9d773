/*
 * A wire for tests: what is said on it goes through the decoder, and what must hold of any wire is
 * held: each side's bytes come back from the events, whole and in order, its ends behind them;
 * times never fall; the events make a conversation. Where it does not hold the program aborts, with
 * the reason on stderr (for unit tests and fuzz targets alike).
 */
#ifndef BUGFORBUG_CONVERSATION_T_WIRE_H
#define BUGFORBUG_CONVERSATION_T_WIRE_H

#include "recorder/base/bytes.h"
#include "recorder/base/span.h"
#include "recorder/conversation/conversation.h"
#include "recorder/conversation/decoder.h"

#define WIRE_CONNS 8

/* Things to say. */
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define ATTACH "POST /v1.41/containers/a/attach?stream=1 HTTP/1.1\r\n"
#define UPGRADE "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
#define UPGRADED "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
#define RAW "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"

struct wire {
    struct decoder *d;
    struct bytes_sink sink;
    int64_t t;
    uint32_t conns;
    struct buf fed[WIRE_CONNS][2], told[WIRE_CONNS][2]; /* the bytes, and ends as text */
    struct conversation *c;                             /* the events; indexed by wire_finish */
    struct buf text;                                    /* see wire_text */
};

void wire_init(struct wire *w);
void wire_free(struct wire *w);

/* Each takes one millisecond of the wire's time. Connections count from 1. */
void wire_open(struct wire *w);
void wire_bytes(struct wire *w, uint32_t conn, enum side from, struct span bytes);
void wire_end(struct wire *w, uint32_t conn, enum side from, enum end_how how);

/* A text; of either side, on connection 1. */
void wire_client(struct wire *w, const char *text);
void wire_daemon(struct wire *w, const char *text);

void wire_wait(struct wire *w, int64_t ns);

/* Ends the decoding, and looks at what came of it. */
void wire_finish(struct wire *w);

/*
 * After wire_finish: the events, a line each: the connection (where it is not 1), the side, the
 * kind, the exchange, the first line of the head, the payload in quotes, and a dot at the end of a
 * message:
 *
 *   open
 *   client request 1 GET /a HTTP/1.1.
 *   daemon response 1 HTTP/1.1 200 OK "body".
 *   2 client shut
 */
const char *wire_text(struct wire *w);

#endif
