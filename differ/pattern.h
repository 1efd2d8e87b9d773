/*
 * Patterns of text lines: literal text with classes in braces, "{time} ", "took {duration-text}".
 * Not a regular expression: what a pattern hides can be read from it, and matching is linear.
 */
#ifndef BUGFORBUG_DIFFER_PATTERN_H
#define BUGFORBUG_DIFFER_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "differ/class.h"
#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "recorder/base/span.h"

#define PATTERN_ITEMS 16

struct pattern_item {
    enum class class; /* CLASS_NONE: the literal */
    struct span literal;
};

struct pattern {
    bool anchored; /* '^' at its beginning: only at the beginning of a line */
    struct pattern_item v[PATTERN_ITEMS];
    size_t n;
};

/* Spans point into `text`, which must live as long. Refuses unknown classes, classes that need
 * symbols, and patterns that hold nothing but "{any-string}" or blanks: they would hide everything.
 */
int pattern_parse(struct pattern *p, struct span text, struct err *e);

/*
 * Appends the line with each match replaced: literals stay, classes become their format between
 * \001 bytes, so that two lines that differ only there come out equal. Returns whether there was a
 * match, or -1: no memory, or over out's limit.
 */
int pattern_apply(const struct pattern *p, struct span line, struct buf *out);

#endif
