/*
 * Classes of values: what a value looks like, where its value may vary. Two values of a class are
 * the same if their formats are: a time with a fraction is not one without, the zero time is no
 * time, 0 is no PID.
 */
#ifndef BUGFORBUG_DIFFER_CLASS_H
#define BUGFORBUG_DIFFER_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "recorder/base/span.h"

/* id, name, what it takes. The last ones need more than the text (value.h). */
#define CLASSES(X)                                                                                 \
    X(TIME, "time", "RFC 3339 or Go's text of a time; fraction, zone and zero time are formats")   \
    X(HTTP_DATE, "http-date", "Tue, 24 Nov 2026 13:26:58 GMT")                                     \
    X(CLOCK, "clock", "13:26, 13:26:58, Nov24")                                                    \
    X(EPOCH, "epoch", "seconds since 1970; 0 and Go's zero time are formats of their own")         \
    X(EPOCH_NANO, "epoch-nano", "nanoseconds since 1970; 0 is a format of its own")                \
    X(INT, "int", "any integer")                                                                   \
    X(NUMBER, "number", "any number")                                                              \
    X(PID, "pid", "a positive integer; 0 is a format of its own")                                  \
    X(SIZE, "size", "an integer; sign and 0 are formats of their own")                             \
    X(SIZE_TEXT, "size-text", "1.24MB, 12 B")                                                      \
    X(IP, "ip", "an address, with or without a prefix; not one that the client chose")             \
    X(MAC, "mac", "02:42:ac:11:00:02; not one that the client chose")                              \
    X(PORT, "port", "a port that the kernel may choose, 32768 and up; others must be equal")       \
    X(DURATION_TEXT, "duration-text", "3 seconds, About a minute, 1.5s; other text around it")     \
    X(HEX, "hex", "so many hex digits")                                                            \
    X(WORD, "word", "letters, digits, _ . -")                                                      \
    X(ABS_PATH, "abs-path", "an absolute path without blanks")                                     \
    X(ANY_STRING, "any-string", "any text but the empty one")                                      \
    X(MTIME, "mtime", "a file's time: from a day before the recording on it may vary, else equal") \
    X(ID, "id", "made up, whatever it looks like: renamed one to one")                             \
    X(NAME, "name", "adjective_surname: renamed one to one; others must be equal")                 \
    X(PATH, "path",                                                                                \
      "compared from /volumes/, /containers/, ... on: the root is each engine's own")              \
    X(PATHS, "paths", "such paths with colons between them")                                       \
    X(STORE_PATH, "store-path", "such paths; IDs in them are the storage's own, and count by shape")

enum class {
#define CLASS_ENUM(id, name, takes) CLASS_##id,
    CLASSES(CLASS_ENUM)
#undef CLASS_ENUM
        CLASS_NONE
};

const char *class_name(enum class c);

/* CLASS_NONE where there is none of that name. */
enum class class_of(struct span name);

#define CLASS_FORMAT 64

/*
 * Length of what is of that class at the front of the text, and its format; 0: nothing is. For the
 * classes that need more than the text (MTIME and behind): always 0.
 */
size_t class_scan(enum class c, struct span text, char format[CLASS_FORMAT]);

/* Is the whole text of that class, and in what format? DURATION_TEXT: the text with what is of the
 * class in it replaced is no format but a text: never true. */
bool class_format(enum class c, struct span text, char format[CLASS_FORMAT]);

/* Seconds since 1970 of RFC 3339 or an integer; false: it is neither. */
bool class_seconds(struct span text, int64_t *out);

/* Where the engine's own root ends in a path: the last of "/volumes/", "/containers/",
 * "/overlay2/", ...; 0 where there is none of them. */
size_t class_root(struct span path);

#endif
