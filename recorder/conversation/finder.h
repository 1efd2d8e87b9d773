/*
 * Finds the secrets that a text holds, in all their forms, by the rules of redact.h: the leftmost
 * first, the longest of those that begin at one place, none inside another or inside a placeholder.
 */
#ifndef BUGFORBUG_CONVERSATION_FINDER_H
#define BUGFORBUG_CONVERSATION_FINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/base/span.h"
#include "recorder/conversation/matcher.h"
#include "recorder/conversation/secrets.h"

struct finder {
    /* The caller's to set; the rest is zero. */
    const struct secrets *secrets; /* frozen */
    const struct matcher *matcher; /* of its forms */
    struct span text;
    size_t until;   /* only what begins before this is wanted; the text may go on behind it */
    bool open;      /* ... and even on beyond its end, nobody knows how */
    bool border;    /* no alphanumeric stands before the text */
    bool json;      /* numbers outside of strings are no secrets */
    bool in_string; /* JSON: whether text.p[string_at] stands in a string, behind a backslash */
    bool escaped;
    size_t string_at;
    size_t from; /* where to go on */
    /* Its own. */
    size_t last_end;         /* of the secret found last */
    struct placeholder mark; /* the next of our placeholders */
    bool marked;             /* ... is known; with all.p == NULL there is none */
};

struct find {
    size_t at, n;   /* may reach beyond `until`, and with `open` beyond the text */
    uint32_t form;  /* the first of... */
    uint32_t forms; /* ... so many forms that it may be; more than one only beyond the text */
};

bool finder_next(struct finder *f, struct find *out);

/* Goes on to the end of the text with the state of strings; call it when all is found. */
void finder_strings(struct finder *f, size_t at);

/* Does a word border stand before text.p[at]? */
bool finder_border(const struct finder *f, size_t at);

#endif
