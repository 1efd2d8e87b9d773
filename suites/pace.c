#include "suites/pace.h"

#include <stdlib.h>
#include <string.h>

int pace_parse(const char *text, double *pace, struct err *e)
{
    char *end;
    if (strcmp(text, "recorded") == 0) {
        *pace = PACE_RECORDED;
        return 0;
    }
    if (strcmp(text, "none") == 0) {
        *pace = 0;
        return 0;
    }
    *pace = strtod(text, &end);
    if (end == text || *end || !(*pace >= 0 && *pace <= 1000))
        return err_set(e, "pace '%s': recorded, none, or a factor up to 1000 is needed", text);
    return 0;
}
