/* Comparing JSON streams (progress, events, stats) message by message. */
#ifndef BUGFORBUG_DIFFER_MESSAGES_H
#define BUGFORBUG_DIFFER_MESSAGES_H

#include "differ/jsondoc.h"
#include "differ/scope.h"

/* Both documents are changed by it (messages are joined and left out as the rules say). 0 or -1. */
int messages_compare(struct scope *s, struct jsondoc *a, struct jsondoc *b, struct err *e);

/* What kind of message it is, for the identity of a finding: "container die", "status Pull
 * complete", "stream"; no names and numbers, and no text that a user wrote. Appended to out, which
 * may be full. */
void message_label(const json_t *v, struct buf *out);

#endif
