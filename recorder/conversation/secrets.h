/*
 * The secrets of one conversation: values, the names of their placeholders, and, once frozen, all
 * the forms in which they may stand in a text.
 */
#ifndef BUGFORBUG_CONVERSATION_SECRETS_H
#define BUGFORBUG_CONVERSATION_SECRETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/base/err.h"
#include "recorder/base/span.h"
#include "recorder/conversation/secret_forms.h"

struct secret {
    struct span value; /* owned by the table, like the names */
    char *base;        /* the name it should get */
    char *name;        /* the name it got; after secrets_freeze */
    bool used;         /* a placeholder for it was written */
};

/* One spelling of one form of one secret. */
struct form {
    struct span bytes;
    uint32_t secret; /* its place in the table */
    enum secret_form form;
    bool narrow; /* only at token borders */
    bool digits; /* digits alone: may be a number of JSON, which is none of its places */
};

struct secrets {
    struct secret *list; /* in the order of learning */
    size_t n, cap;
    void *by_value; /* tsearch trees */
    void *by_name;
    struct form *forms; /* after secrets_freeze: sorted by bytes, each bytes once */
    size_t forms_n, forms_cap;
    size_t forms_bytes;
    size_t reserved; /* names that the traffic itself uses */
    size_t longest;  /* form, in bytes */
    bool frozen;
};

void secrets_init(struct secrets *s);
void secrets_free(struct secrets *s);

/*
 * Learns a value, unless it is known or harmless (secret_rules.h). Its name is made of the place
 * and the name that betrayed it. Blanks around the value: without them it is a secret, too.
 * -1: no memory, or one of redact.h's limits.
 */
int secrets_add(struct secrets *s, const char *place, struct span name, struct span value,
                struct err *e);

/* Names in placeholders that the traffic itself holds will not be given to a secret. */
int secrets_reserve(struct secrets *s, struct span text, struct err *e);

/* Gives names, makes the forms. Nothing may be added afterwards. */
int secrets_freeze(struct secrets *s, struct err *e);

/* Is this the name of one of them? Frozen only. */
bool secrets_has_name(const struct secrets *s, struct span name);

#endif
