/*
 * A finding: one difference between baseline and candidate. It says who breaks (severity), where
 * (route, path), what (kind, expected, actual), and has an identity that is the same from run to
 * run, so that waivers, trends and bisection can name it. What has the same identity is one
 * finding, however often it was seen.
 */
#ifndef BUGFORBUG_DIFFER_FINDING_H
#define BUGFORBUG_DIFFER_FINDING_H

#include <stddef.h>
#include <stdint.h>

#include "recorder/base/err.h"
#include "recorder/base/span.h"

/* In rising order: a gate is `severity >= level`. */
enum severity {
    SEV_COSMETIC,  /* extra field, informative header: a client that ignores what it does not know
                      sees nothing */
    SEV_BEHAVIOUR, /* other code of the same class, value, order, text */
    SEV_BREAKING   /* status class, missing field, type, lost or cut output, hang, wrong upgrade */
};

/* kind, name, usual severity, what it says to a reader */
#define FINDING_KINDS(X)                                                                           \
    X(STATUS, "status", SEV_BREAKING, "another status")                                            \
    X(MISSING, "missing", SEV_BREAKING, "a field or header is missing")                            \
    X(EXTRA, "extra", SEV_COSMETIC, "a field or header that the baseline does not have")           \
    X(TYPE, "type", SEV_BREAKING, "another JSON type")                                             \
    X(VALUE, "value", SEV_BEHAVIOUR, "another value")                                              \
    X(FORMAT, "format", SEV_BEHAVIOUR, "a value that may vary, in another format")                 \
    X(ORDER, "order", SEV_BEHAVIOUR, "the same elements in another order")                         \
    X(ELEMENT_MISSING, "element-missing", SEV_BEHAVIOUR, "an element of a list is missing")        \
    X(ELEMENT_EXTRA, "element-extra", SEV_BEHAVIOUR, "a list has one element more")                \
    X(IDENTITY, "identity", SEV_BREAKING, "two different IDs for one thing, or one for two")       \
    X(NOT_JSON, "not-json", SEV_BREAKING, "the body is not JSON where the baseline's is")          \
    X(DUPLICATE_KEY, "duplicate-key", SEV_BREAKING, "a JSON object has a key twice")               \
    X(TOO_LARGE, "too-large-to-parse", SEV_BEHAVIOUR, "bodies differ, and are too large to parse") \
    X(BODY, "body", SEV_BEHAVIOUR, "another body")                                                 \
    X(BODY_MISSING, "body-missing", SEV_BREAKING, "no body where the baseline has one")            \
    X(BODY_EXTRA, "body-extra", SEV_BEHAVIOUR, "a body where the baseline has none")               \
    X(UPGRADE, "upgrade", SEV_BREAKING, "the connection is not taken over in the same way")        \
    X(STREAM_LOST, "stream-lost", SEV_BREAKING, "output is lost")                                  \
    X(STREAM_EXTRA, "stream-extra", SEV_BEHAVIOUR, "output that the baseline does not have")       \
    X(STREAM_TEXT, "stream-text", SEV_BEHAVIOUR, "other output")                                   \
    X(STREAM_CUT, "stream-cut", SEV_BREAKING, "the daemon ends the stream too early")              \
    X(STREAM_OPEN, "stream-open", SEV_BREAKING, "the daemon does not end the stream")              \
    X(STREAM_FRAMING, "stream-framing", SEV_BREAKING, "raw instead of framed, or the reverse")     \
    X(MESSAGE_MISSING, "message-missing", SEV_BREAKING, "a message of a JSON stream is missing")   \
    X(MESSAGE_EXTRA, "message-extra", SEV_BEHAVIOUR, "a JSON stream has one message more")         \
    X(ENTRY_MISSING, "entry-missing", SEV_BREAKING, "an archive lacks an entry")                   \
    X(ENTRY_EXTRA, "entry-extra", SEV_BEHAVIOUR, "an archive has one entry more")                  \
    X(ENTRY_FIELD, "entry-field", SEV_BEHAVIOUR, "an archive entry with other metadata")           \
    X(ENTRY_CONTENT, "entry-content", SEV_BREAKING, "an archive entry with other content")         \
    X(NOT_TAR, "not-tar", SEV_BREAKING, "the body is no archive where the baseline's is")          \
    X(EXCHANGE_MISSING, "exchange-missing", SEV_BEHAVIOUR, "an exchange is missing")               \
    X(EXCHANGE_EXTRA, "exchange-extra", SEV_BEHAVIOUR, "an exchange more")                         \
    X(HANG, "hang", SEV_BREAKING, "no answer, or one that never ends")                             \
    X(RESET, "reset", SEV_BREAKING, "the connection was reset or closed before the answer's end")  \
    X(GARBAGE, "garbage", SEV_BREAKING, "an answer that is no HTTP")

enum finding_kind {
#define FINDING_KIND_ENUM(kind, name, severity, says) KIND_##kind,
    FINDING_KINDS(FINDING_KIND_ENUM)
#undef FINDING_KIND_ENUM
        KINDS
};

const char *finding_kind_name(enum finding_kind kind);
const char *finding_kind_says(enum finding_kind kind);
enum severity finding_kind_severity(enum finding_kind kind); /* the usual one */
const char *severity_name(enum severity s);
/* "breaking", "behaviour", "cosmetic"; -1 with what is allowed in the error. */
int severity_parse(const char *text, enum severity *out, struct err *e);

#define FINDING_ID 11        /* ten hex digits and a NUL */
#define FINDING_SIGHTINGS 32 /* places that a finding keeps; it counts them all */
#define FINDING_TEXT_MAX 600 /* expected and actual are cut to this many bytes */
#define FINDINGS_MAX 20000   /* identities in one comparison */

/* One place where a finding was seen. Owned, NUL-terminated strings; control bytes are already
 * shown as \xNN, so that they can be printed. */
struct sighting {
    uint32_t exchange;  /* number in the baseline; 0: only the candidate has it */
    uint32_t candidate; /* number in the candidate; 0: none */
    char *request;      /* "DELETE /v1.41/containers/box" */
    char *path;         /* as in the finding, but with the keys that stand there */
    char *expected;     /* NULL: nothing was expected there */
    char *actual;       /* NULL: nothing was there */
    char *curl;         /* how to repeat the request; NULL: cannot be said in one line */
};

struct finding {
    enum finding_kind kind;
    enum severity severity;
    char id[FINDING_ID]; /* of route, path, kind and class: nothing that varies from run to run */
    char *route;         /* "GET /containers/{id}/json" */
    char *path;          /* ".State.StartedAt", "header:Server", "stdout", "status", "body" */
    char *class;         /* "200: text", "409 -> 500" */
    struct sighting *seen;
    size_t seen_n;  /* at most FINDING_SIGHTINGS */
    uint64_t times; /* how often it was seen in all */
};

struct findings {
    struct finding *v; /* in order of first sight */
    size_t n, cap;
    size_t *index; /* of v by identity: open addressing, own of finding.c */
    size_t index_cap;
};

/* What is seen, for findings_add, which copies it. */
struct observation {
    enum finding_kind kind;
    enum severity severity;
    uint32_t exchange, candidate;
    const char *route;
    const char *path;  /* generalised: made-up keys are {id} */
    const char *place; /* as it stands there; NULL: like path */
    const char *class;
    const char *request;
    const char *curl;             /* NULL: none */
    struct span expected, actual; /* p == NULL: nothing */
};

/* Adds to the finding of that identity, or makes it. Fails only without memory. Beyond FINDINGS_MAX
 * identities, an observation is dropped: the report says so, because n == FINDINGS_MAX. */
int findings_add(struct findings *f, const struct observation *o, struct err *e);

/* Breaking first; within a severity by the first exchange, route and path. Numbers in the index are
 * kept right. */
void findings_sort(struct findings *f);

/* How many are at or above this level. */
size_t findings_count(const struct findings *f, enum severity level);

const struct finding *findings_find(const struct findings *f, const char *id);

void findings_free(struct findings *f);

#endif
