/* Clocks, in nanoseconds. Wall time is for stamps, monotonic time for waits and gaps. */
#ifndef BUGFORBUG_BASE_CLOCK_H
#define BUGFORBUG_BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

int64_t clock_monotonic_ns(void);
int64_t clock_wall_ns(void); /* since 1970-01-01T00:00:00Z */

/* RFC 3339 in UTC with nanoseconds, "2026-11-24T13:00:00.123456789Z"; out holds CLOCK_TEXT bytes.
 */
#define CLOCK_TEXT 40
void clock_format(int64_t wall_ns, char out[CLOCK_TEXT]);

#endif
