/* Conversations for tests: a scripted wire, through the real decoder. */
#ifndef BUGFORBUG_DIFFER_T_TALK_H
#define BUGFORBUG_DIFFER_T_TALK_H

#include "differ/differ.h"
#include "recorder/conversation/conversation.h"

#define TALK_START INT64_C(1700000000) /* s since 1970: when every talk begins */

struct talk;

struct talk *talk_begin(void);
uint32_t talk_open(struct talk *t);
void talk_say(struct talk *t, uint32_t conn, enum side from, const char *p, size_t n);
void talk_text(struct talk *t, uint32_t conn, enum side from, const char *text);
void talk_end(struct talk *t, uint32_t conn, enum side from, enum end_how how);
void talk_wait(struct talk *t, int64_t ms);

/* A request and its whole answer, on a connection of their own. `request`: "GET /info"; `body` of
 * the request or NULL; `status`: "200 OK"; `headers` with their CRLF or ""; answer NULL: none. */
void talk_exchange_n(struct talk *t, const char *request, const char *body, const char *status,
                     const char *headers, const char *answer, size_t n);
void talk_exchange(struct talk *t, const char *request, const char *body, const char *status,
                   const char *headers, const char *answer);

/* Frees the talk. */
struct conversation *talk_done(struct talk *t);

/* One GET of a JSON body with status 200. */
struct conversation *talk_json(const char *request, const char *answer);

/* Compares exchange by exchange, with the built-in rules, or those given ("": none). Frees nothing.
 */
void talk_compare(struct conversation *b, struct conversation *c, const char *rules,
                  struct comparison *out);

/* The same; frees both conversations. */
void talk_diff(struct conversation *b, struct conversation *c, const char *rules,
               struct comparison *out);

/* No finding at all; else fails and names the first. Something must have been compared. */
void ck_silent(const struct comparison *c, const char *what);

/* There is one of that kind at that path (general form), and no other finding. */
const struct finding *ck_only(const struct comparison *c, enum finding_kind kind, const char *path,
                              const char *what);

/* There is one; others may be. */
const struct finding *ck_found(const struct comparison *c, enum finding_kind kind, const char *path,
                               const char *what);

/* "text" -> frame of that channel, appended. */
void frame(struct buf *out, unsigned channel, const char *text);

#endif
