/*
 * The forms in which a secret's value travels, and the placeholders that stand for them (redact.h
 * says how those read).
 */
#ifndef BUGFORBUG_CONVERSATION_SECRET_FORMS_H
#define BUGFORBUG_CONVERSATION_SECRET_FORMS_H

#include <stdbool.h>
#include <stddef.h>

#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "recorder/base/span.h"

#define PLACEHOLDER_OPEN "{{secret:"
#define PLACEHOLDER_NAME_MAX 96 /* bytes of a name */

/* FORM_CORE has no text of its own: bytes of the value inside a longer base64 text. */
enum secret_form {
    FORM_RAW,
    FORM_JSON,
    FORM_JSON_JSON,
    FORM_URL,
    FORM_BASE64,
    FORM_BASE64RAW,
    FORM_BASE64URL,
    FORM_BASE64URLRAW,
    FORM_CORE
};

/* Takes each spelling of a form; the span is the callee's to copy. Nonzero stops and is returned.
 */
typedef int form_visitor(void *self, enum secret_form form, struct span bytes);

/*
 * Visits all spellings of all forms of a value: JSON as jansson, Go (with \u003c), Python (ASCII
 * only) and with \/ write it; percent-encoding as Go, browsers and Python do it, in upper and lower
 * case; base64 in both alphabets, with and without padding, and inside longer base64. The same
 * bytes may come more than once; then the first form counts. -1 also when memory is short.
 */
int secret_forms(struct span value, form_visitor *visit, void *self);

/* Appends "{{secret:NAME:FORM...}}"; `url` adds a last form: percent-encoded. */
int placeholder_write(struct span name, enum secret_form form, bool url, struct buf *out);

struct placeholder {
    struct span all;   /* from {{ to }} */
    struct span name;  /* [A-Z0-9_]+ */
    struct span forms; /* "json:url", or empty */
};

/* Finds the next text that reads like a placeholder, at `from` or behind. */
bool placeholder_next(struct span text, size_t from, struct placeholder *out);

/* The value of a name, or p == NULL where the name is none of a conversation's secrets. */
typedef struct span placeholder_lookup(void *self, struct span name);

/*
 * Appends `text` with the values put back, each in its form. What is not a known name, or has an
 * unknown form, stays as it is. The spelling of a form need not be the recorded one (\u003c or <,
 * %2F or %2f): it means the same. -1: out's limit, no memory.
 */
int placeholder_expand(struct span text, placeholder_lookup *lookup, void *self, struct buf *out,
                       struct err *e);

#endif
