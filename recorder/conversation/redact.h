/*
 * Redaction: secrets leave a conversation before it is written down, and the same secret becomes
 * the same placeholder everywhere, so that correlation survives.
 *
 * A conversation passes twice. Pass 1 (redactor_learn) sees all events and learns what is secret;
 * pass 2 (redactor_apply) sees the same events again, in the same order, and replaces, so that a
 * secret is also replaced where it was said before the place that betrays it.
 *
 * PLACEHOLDERS
 *
 *   {{secret:NAME}}           the value
 *   {{secret:NAME:FORM}}      the value in a form: json (as it stands between the quotes of a JSON
 *                             string), url (percent-encoded), base64, base64raw (no padding),
 *                             base64url, base64urlraw (RFC 4648, 4 and 5)
 *   {{secret:NAME:json:url}}  forms are applied from left to right
 *
 * NAME is [A-Z0-9_]+ and says where the secret was found (ENV_DB_PASSWORD, REGISTRY_AUTH,
 * STDIN_CI_JOB_TOKEN); another value at a like place gets _2, _3, ... The same events give the same
 * names. Traffic that itself holds text like "{{secret:X}}" is legal and stays as it is: no secret
 * is ever given a name that such a text uses, so X is not in redactor_names(), and whoever puts
 * values back must touch the names of that list only.
 *
 * WHAT IS A SECRET: see the tables in secret_rules.h. Values under 4 bytes, of one character
 * repeated, references ($X, ${X}, $(x)), what holds a placeholder, and words of JSON and of the API
 * itself (true, containers, ...) never are. The stdin of attach and exec is kept, since a replay
 * needs the script; the secrets that it assigns are replaced in it. Nothing is learnt from binary
 * bodies (tar), but what is known is masked in them.
 *
 * HOW IT IS REPLACED. Values of 4 to 7 bytes only at token borders (no alphanumeric of the text
 * touches one of theirs: hex IDs stay whole), longer ones everywhere. Heads: target and header
 * values, except headers that frame the message (Content-Length, Transfer-Encoding, ...).
 * Content-Length is left alone, though the body may have got another length: whoever writes the
 * bytes again must compute it.
 *
 * Payload text takes placeholders. A payload of whole stdcopy frames is rebuilt frame by frame. A
 * payload whose length changed has its framing dropped (no steps): whoever writes the bytes again
 * must frame them anew. Where the length must not change the secret's bytes become '*': binary
 * bodies, frames that are cut at an event's border, chunk lines, a payload that would grow beyond
 * EVENT_PAYLOAD_MAX, and both halves of a secret that two events share.
 */
#ifndef BUGFORBUG_CONVERSATION_REDACT_H
#define BUGFORBUG_CONVERSATION_REDACT_H

#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "recorder/conversation/event.h"

struct redactor;

/* NULL: no memory. */
struct redactor *redactor_new(struct err *e);
void redactor_free(struct redactor *r);

/*
 * Pass 1; an event_sink's function, self is the redactor. Leaves the event as it is. Fails when
 * memory or the limits on secrets (below) are used up, or after pass 2 has begun.
 */
int redactor_learn(void *redactor, struct event *ev, struct err *e);

/* Pass 1: the words of a command line, e.g. what `record` ran. argv ends with NULL. */
int redactor_learn_command(struct redactor *r, char *const *argv, struct err *e);

/* Pass 2: replaces in head, payload and framing, in place. The first call ends pass 1. */
int redactor_apply(struct redactor *r, struct event *ev, struct err *e);

/* Replaces in a text of its own, e.g. a word of the command line. Ends pass 1. */
int redactor_text(struct redactor *r, struct buf *text, struct err *e);

/*
 * Names of the secrets, in the order of learning, as a list that ends with NULL and that the caller
 * frees with its strings (as conversation_meta.secrets). All that were learnt (for a file whose
 * first line names them; ends pass 1), or only those that were replaced somewhere up to now.
 * NULL with *e set: no memory; NULL without an error does not happen: no secrets is an empty list.
 */
char **redactor_names(struct redactor *r, struct err *e);
char **redactor_names_used(struct redactor *r, struct err *e);

/* Limits: a conversation with more is refused, never written with a secret in it. */
#define REDACT_SECRETS_MAX ((size_t)20000)         /* distinct values */
#define REDACT_FORMS_MAX ((size_t)32 << 20)        /* bytes of all forms of all values */
#define REDACT_GATHER_MAX ((size_t)8 << 20)        /* one JSON value, or text, that is looked at */
#define REDACT_GATHER_TOTAL_MAX ((size_t)64 << 20) /* of all exchanges at a time */

#endif
