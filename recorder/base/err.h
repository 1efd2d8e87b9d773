/*
 * An error with its context: one line that says what, where and what to do.
 *
 * Functions that can fail return 0 or -1 and take a trailing `struct err *`. The place that
 * notices a failure sets the text, each caller on the way up may put its own context in front.
 * A NULL `struct err *` is allowed everywhere and drops the text.
 */
#ifndef BUGFORBUG_BASE_ERR_H
#define BUGFORBUG_BASE_ERR_H

/* Text is cut at ERR_MAX - 1 bytes: an error is one line, never a dump of what it met. */
#define ERR_MAX 1024

struct err {
    char text[ERR_MAX];
};

/* Sets the text; control characters are shown as '?'. Returns -1, so that `return err_set(...)`
 * reads well. */
int err_set(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* err_set with ": " and the text of the errno of the moment behind it. Returns -1. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " in front of what is there. Returns -1. */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
