/* Comparing the bodies of responses: each as what it is. */
#ifndef BUGFORBUG_DIFFER_BODIES_H
#define BUGFORBUG_DIFFER_BODIES_H

#include "differ/scope.h"

/* Is it output, an archive, or messages: to be compared when all that is known of IDs is known? */
bool body_is_late(const struct scope *s);

/* The body and how it ended. 0 or -1. */
int body_compare(struct scope *s, struct err *e);

#endif
