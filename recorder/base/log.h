/*
 * What the program says on stderr: `bugforbug: text`, one line each, control bytes defused.
 * The level is part of a struct that main makes and hands down; there is no global.
 */
#ifndef BUGFORBUG_BASE_LOG_H
#define BUGFORBUG_BASE_LOG_H

#include <stdbool.h>

struct log {
    int level;  /* -1 with -q, 0, 1 with -v */
    bool color; /* may stdout be coloured: --color, NO_COLOR, and whether it is a terminal */
};

void log_error(const struct log *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_note(const struct log *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_debug(const struct log *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
