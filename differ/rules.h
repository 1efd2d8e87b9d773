/*
 * Rules: where a value may vary, and how far. RULES.md is their reference. Built-in ones cover what
 * Docker itself varies from run to run; more come from files of the same format. A later rule wins.
 */
#ifndef BUGFORBUG_DIFFER_RULES_H
#define BUGFORBUG_DIFFER_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "differ/class.h"
#include "differ/path.h"
#include "differ/pattern.h"
#include "recorder/base/err.h"
#include "recorder/base/span.h"

#define RULES_FILE_MAX ((size_t)4 << 20)
#define RULES_MAX 10000

/* op, name */
#define RULE_OPS(X)                                                                                \
    X(IGNORE, "ignore")             /* the value, and whether it is there at all */                \
    X(CLASS, "class")               /* class.h: its format counts, not its value */                \
    X(TEXT_CLASS, "text-class")     /* pattern.h: the same for parts of a text, line by line */    \
    X(EXACT, "exact")               /* takes an earlier rule back */                               \
    X(UNORDERED, "unordered")       /* a list whose order means nothing */                         \
    X(UNORDERED_BY, "unordered-by") /* the same; elements are known by a key */                    \
    X(SORTED_BY, "sorted-by")       /* order counts, but among equal keys it is chance */          \
    X(ORDERED, "ordered")           /* takes that back */                                          \
    X(MAP, "map")                   /* the keys of an object are data, not names of fields */      \
    X(GROUP_BY, "group-by")         /* messages are in order only among those with the same key */ \
    X(JOIN, "join")                 /* where a text is cut into messages means nothing */          \
    X(SKIP, "skip")                 /* messages that have this member may come or not */

enum rule_op {
#define RULE_OP_ENUM(op, name) RULE_##op,
    RULE_OPS(RULE_OP_ENUM)
#undef RULE_OP_ENUM
        RULE_OPS_N
};

struct rule {
    char **routes; /* NULL: any; ends with NULL */
    int status;    /* 0: any; 2: any of 200 to 299, ... */
    char *query;   /* a parameter that the request must have set; NULL: none */
    char *entry;   /* a glob for the archive's entry; NULL: none */
    char *path;
    struct path_pattern pattern; /* of the path */
    enum rule_op op;
    enum class class;
    char *key;                 /* UNORDERED_BY, SORTED_BY, GROUP_BY, JOIN, SKIP */
    struct path_pattern steps; /* of the key */
    char *text;                /* TEXT_CLASS */
    struct pattern lines;      /* of the text */
    char *why;
};

struct rules;

/* The built-in rules. NULL with the error set where there is no memory (or a built-in file is
 * wrong: a test holds that it is not). */
struct rules *rules_builtin(struct err *e);

/* No rules at all. */
struct rules *rules_none(struct err *e);

/* Adds the rules of a file. Errors name the file and the number of the rule. */
int rules_add_file(struct rules *r, const char *path, struct err *e);

/* Adds rules from text; `name` stands for the file in errors. */
int rules_add_text(struct rules *r, struct span text, const char *name, struct err *e);

size_t rules_count(const struct rules *r);

/* Those that apply to one answer, the later first. Valid while no rules are added. */
struct ruleset {
    const struct rule **v;
    size_t n;
};

/* -1: no memory. The caller frees with ruleset_free. */
int rules_select(const struct rules *r, struct span route, struct span query, int status,
                 struct ruleset *out, struct err *e);
void ruleset_free(struct ruleset *set);

/* How the value there is compared: IGNORE, CLASS, TEXT_CLASS or EXACT; NULL: exactly. Where it is
 * TEXT_CLASS, all that match count: ruleset_texts. */
const struct rule *ruleset_value(const struct ruleset *set, const struct place *at);

/* Appends the text, line by line, with what the TEXT_CLASS rules of that place hide replaced. */
int ruleset_texts(const struct ruleset *set, const struct place *at, struct span text,
                  struct buf *out);

/* UNORDERED, UNORDERED_BY, SORTED_BY or ORDERED; NULL: ordered. */
const struct rule *ruleset_list(const struct ruleset *set, const struct place *at);

/* Are the keys of the object there data? */
bool ruleset_is_map(const struct ruleset *set, const struct place *at);

/* The next rule of that op for messages, from *i on (start with 0); NULL: no more. */
const struct rule *ruleset_messages(const struct ruleset *set, enum rule_op op, size_t *i);

void rules_free(struct rules *r);

#endif
