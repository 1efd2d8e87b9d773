/*
 * Secrets were replaced by placeholders when the conversation was recorded
 * (recorder/conversation/redact.h says how). A replay takes the real value from the environment,
 * BUGFORBUG_SECRET_NAME; without it the placeholder is sent.
 */
#ifndef BUGFORBUG_SUITES_REPLAY_SECRETS_H
#define BUGFORBUG_SUITES_REPLAY_SECRETS_H

#include <stdbool.h>

#include "recorder/base/buf.h"
#include "recorder/base/span.h"

/*
 * Cuts the next placeholder off the front of *rest; *before is what stands in front of it. Only
 * the names of the list (conversation_meta.secrets, may be NULL) are placeholders: other text of
 * that look was the client's own. False where there is none, with the whole rest in *before.
 */
bool secret_next(char *const *names, struct span *rest, struct span *before,
                 struct span *placeholder);

/* Appends the secret in the placeholder's form, or the placeholder. -1: no memory, over the limit.
 */
int secret_put(struct span placeholder, struct buf *out);

#endif
