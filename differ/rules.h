/*
 * Rules: where a value may vary, and how far. RULES.md is their reference. Built-in ones cover what
 * Docker itself varies from run to run; more come from files of the same format. A later rule wins.
 */
#ifndef BUGFORBUG_DIFFER_RULES_H
#define BUGFORBUG_DIFFER_RULES_H

#include <stddef.h>

#include "recorder/base/err.h"
#include "recorder/base/span.h"

#define RULES_FILE_MAX ((size_t)4 << 20)
#define RULES_MAX 10000

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

void rules_free(struct rules *r);

#endif
