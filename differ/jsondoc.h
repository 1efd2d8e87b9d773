/*
 * JSON texts as jansson reads them, with nothing lost on the way: numbers that do not fit 64-bit
 * integers (1.50, 1e3, -0, 2^70) keep their text, keys that stand twice are noticed, and what is
 * not JSON says why.
 */
#ifndef BUGFORBUG_DIFFER_JSONDOC_H
#define BUGFORBUG_DIFFER_JSONDOC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "recorder/base/span.h"

/* jansson needs up to forty times as much memory. */
#define JSONDOC_MAX ((size_t)16 << 20)
#define JSONDOC_VALUES_MAX ((size_t)1 << 20)

struct jsondoc {
    json_t **v; /* values that stand one after another */
    size_t n;
    bool duplicate_key; /* in one of them */
    size_t whole;       /* bytes of the text up to the last whole value */
    char why[200];      /* why what follows is no JSON; "": the text is used up */
};

/* Reads as many values as there are. -1 only without memory. Free with jsondoc_free either way. */
int jsondoc_parse(struct jsondoc *d, struct span text, struct err *e);
void jsondoc_free(struct jsondoc *d);

enum jsontype { JT_NULL, JT_BOOLEAN, JT_NUMBER, JT_TEXT, JT_LIST, JT_OBJECT };

enum jsontype jsontype_of(const json_t *v);
const char *jsontype_name(enum jsontype t); /* "null", "boolean", "number", "text", ... */

/* A string's bytes, or a number's text: it goes to `room` where jansson kept it as an integer. */
#define JSON_NUMBER_ROOM 24
struct span json_text(const json_t *v, char room[JSON_NUMBER_ROOM]);

/* Appends the value as compact JSON, until out is full: that is no error. */
void json_show(const json_t *v, struct buf *out);

#endif
