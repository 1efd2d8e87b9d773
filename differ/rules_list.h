/* What is behind `struct rules`. Own of rules*.c. */
#ifndef BUGFORBUG_DIFFER_RULES_LIST_H
#define BUGFORBUG_DIFFER_RULES_LIST_H

#include "differ/rules.h"

struct rules {
    struct rule *v;
    size_t n, cap;
};

#endif
