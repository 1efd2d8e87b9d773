/* A capture -> a conversation file. */
#ifndef BUGFORBUG_CORPUS_DECODE_H
#define BUGFORBUG_CORPUS_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "recorder/base/err.h"
#include "recorder/base/log.h"

struct decode_options {
    const char *capture;
    const char *out;
    int port;             /* the daemon's TCP port in the capture */
    bool keep_secrets;    /* write what was said as it was said */
    char *const *command; /* what was recorded, for the first line; ends with NULL; or NULL */
    const char *lost;     /* why the capture itself is incomplete, or NULL */
};

struct decode_report {
    uint64_t events, exchanges, connections, secrets;
    bool complete;
    char why[256]; /* it is not */
};

/*
 * Reads the capture twice: a secret is replaced also where it was said before the place that
 * betrays it. -1 where the capture cannot be read or the file not written; what is merely missing
 * from the capture is told in the report and in the file's last line.
 */
int decode(const struct decode_options *o, struct decode_report *report, struct err *e);

/* One line about it on stderr: what is in the file, what was replaced, what is missing. */
void decode_tell(const struct decode_options *o, const struct decode_report *report,
                 const struct log *log);

#endif
