/* `--pace recorded|none|X`: what the client's own pauses are multiplied by. */
#ifndef BUGFORBUG_SUITES_PACE_H
#define BUGFORBUG_SUITES_PACE_H

#include "recorder/base/err.h"

#define PACE_RECORDED 1.0

/* "recorded" is 1, "none" is 0, a number up to 1000 is itself. */
int pace_parse(const char *text, double *pace, struct err *e);

#endif
