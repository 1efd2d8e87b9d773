/*
 * Where a value stands in an answer, and the patterns that rules name such places with.
 *
 *   .State.StartedAt                 a member of the body
 *   .Mounts[].Source                 of each element; [2]: of the third
 *   .NetworkSettings.Networks.*      under any key
 *   .Labels["com.docker.compose"]    a key with other characters than letters, digits, _ and -
 *   [].status                        of each message, or of each element of a list
 *   header:Date                      a header; header:X-Docker-Container-Path-Stat.mtime: inside
 *   stdout, stderr, stream           the output: one channel; all of them, framed or raw
 *   body                             a body that is text
 *   entry.mtime                      metadata of the entries of an archive
 */
#ifndef BUGFORBUG_DIFFER_PATH_H
#define BUGFORBUG_DIFFER_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "recorder/base/span.h"

/* What of an answer a path goes into. */
enum area {
    AREA_BODY,   /* JSON; with an entry's name: the JSON in that file of an archive */
    AREA_HEADER, /* by name */
    AREA_STREAM, /* "stdout", "stderr", "stream" (raw) */
    AREA_TEXT,   /* a body that is text */
    AREA_ENTRY /* metadata of an archive's entry: .mtime .mode .uid .gid .size .type .link .content
                */
};

struct step {
    struct span key; /* of a member; points into the JSON document */
    size_t index;    /* of an element */
    bool is_index;
    bool made_up; /* the key is an ID: {id} in the general form */
    bool data;    /* the key is data, not a field's name (a rule says so): * in the general form */
};

/* A place. Steps are pushed and popped while comparing. */
struct place {
    enum area area;
    struct span name; /* of the header or stream; of the archive's entry; p == NULL: none */
    struct step *v;
    size_t n, cap;
};

/* -1: no memory. */
int place_push_key(struct place *p, struct span key);
int place_push_index(struct place *p, size_t index);
void place_pop(struct place *p);
void place_free(struct place *p);

/* Appends the place as text: general (for identities: [], {id}, *) or as it is. Long keys are cut.
 */
int place_show(const struct place *p, bool general, struct buf *out);

enum step_kind { STEP_KEY, STEP_ANY_KEY, STEP_INDEX, STEP_ANY_INDEX };

struct step_pattern {
    enum step_kind kind;
    struct span key; /* points into the text */
    size_t index;
};

struct path_pattern {
    enum area area;
    struct span name; /* of header or stream; p == NULL: any */
    struct step_pattern *v;
    size_t n;
};

/* Parses; the text must live as long. The caller frees with path_pattern_free, after a failure
 * too. */
int path_pattern_parse(struct path_pattern *p, struct span text, struct err *e);
void path_pattern_free(struct path_pattern *p);

bool path_pattern_matches(const struct path_pattern *p, const struct place *place);

/* Does it name at least one key, or could it match everything there is? */
bool path_pattern_is_specific(const struct path_pattern *p);

/* Shell-like: '*' stands for anything, slashes too; {id} is literal text here. */
bool glob_matches(struct span glob, struct span text);

#endif
