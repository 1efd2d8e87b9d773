/*
 * Messages that carry nothing but text, one after another, as one message a line: where the text
 * was cut into messages is chance.
 *
 * Docker's classic builder wraps what a step writes to stderr in "\x1b[91m" and "\x1b[0m" (moby,
 * pkg/streamformatter: stderrFormatter). When that comes between what the step writes to stdout is
 * chance too: such lines stand behind the step's output, each with the mark.
 */
#ifndef BUGFORBUG_DIFFER_JOIN_H
#define BUGFORBUG_DIFFER_JOIN_H

#include "differ/jsondoc.h"

#define JOIN_MAX ((size_t)64 << 20)

/* `name`: of the member that has the text. -1: no memory; d is then as it was. */
int join_messages(struct jsondoc *d, const char *name, struct err *e);

#endif
