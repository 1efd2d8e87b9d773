/* Comparing two texts (or numbers, by their text) that stand at the same place, with the rules. */
#ifndef BUGFORBUG_DIFFER_VALUE_H
#define BUGFORBUG_DIFFER_VALUE_H

#include "differ/scope.h"

/* `rule`: ruleset_value's; NULL: exactly. Tells at most one finding. Returns like scope_tell. */
int value_compare(struct scope *s, const struct place *at, const struct rule *rule, struct span a,
                  struct span b, bool number, struct err *e);

#endif
