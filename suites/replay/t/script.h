/* Conversations built by hand: what is said goes through the decoder, as a recording does. */
#ifndef BUGFORBUG_SUITES_REPLAY_T_SCRIPT_H
#define BUGFORBUG_SUITES_REPLAY_T_SCRIPT_H

#include "recorder/base/bytes.h"
#include "recorder/conversation/conversation.h"
#include "recorder/conversation/decoder.h"

#define TALK_START (INT64_C(1700000000) * 1000000000)

struct script {
    struct conversation *c;
    struct decoder *d;
    struct bytes_sink in; /* what is heard becomes part of the conversation */
    int64_t t;
};

void script_begin(struct script *k); /* must not move */
void script_finish(struct script *k);
void script_free(struct script *k);

void script_after(struct script *k, int ms); /* time passes; each call below takes a millisecond */
void script_open(struct script *k, uint32_t conn);
void script_client(struct script *k, uint32_t conn, const char *bytes);
void script_daemon(struct script *k, uint32_t conn, const char *bytes);
void script_bytes(struct script *k, uint32_t conn, enum side from, const char *p, size_t n);
void script_end(struct script *k, uint32_t conn, enum side from, enum end_how how);

/* "GET /x", with a JSON body or NULL. */
void script_ask(struct script *k, uint32_t conn, const char *line, const char *body);
/* "201 Created", with a JSON body or NULL. */
void script_answer(struct script *k, uint32_t conn, const char *status, const char *body);
/* Both. */
void script_exchange(struct script *k, uint32_t conn, const char *line, const char *body,
                     const char *status, const char *answer);

#endif
