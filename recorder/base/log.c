#include "recorder/base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "recorder/base/err.h"

__attribute__((format(printf, 1, 0))) static void say(const char *fmt, va_list ap)
{
    char text[ERR_MAX];
    vsnprintf(text, sizeof text, fmt, ap);
    struct err line;
    err_set(&line, "%s", text);
    fprintf(stderr, "bugforbug: %s\n", line.text);
}

void log_error(const struct log *l, const char *fmt, ...)
{
    (void)l; /* an error is said even with -q */
    va_list ap;
    va_start(ap, fmt);
    say(fmt, ap);
    va_end(ap);
}

void log_note(const struct log *l, const char *fmt, ...)
{
    if (l->level < 0)
        return;
    va_list ap;
    va_start(ap, fmt);
    say(fmt, ap);
    va_end(ap);
}

void log_debug(const struct log *l, const char *fmt, ...)
{
    if (l->level < 1)
        return;
    va_list ap;
    va_start(ap, fmt);
    say(fmt, ap);
    va_end(ap);
}
