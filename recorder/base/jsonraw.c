#include "recorder/base/jsonraw.h"

static void skip(struct span *s, const char *set)
{
    while (s->n && strchr(set, s->p[0]) && s->p[0])
        s->p++, s->n--;
}

/* Length of a string with its quotes; 0: it does not end. */
static size_t string_length(struct span s)
{
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] == '\\')
            i++;
        else if (s.p[i] == '"')
            return i + 1;
    }
    return 0;
}

/* Length of an object or array with its brackets; 0: it does not end. */
static size_t nested_length(struct span s)
{
    size_t depth = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '"') {
            size_t n = string_length((struct span){s.p + i, s.n - i});
            if (!n)
                return 0;
            i += n - 1;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

static size_t scalar_length(struct span s)
{
    size_t n = 0;
    while (n < s.n && !strchr(",]} \t\r\n:", s.p[n]))
        n++;
    return n;
}

bool jsonraw_value(struct span *rest, struct span *value)
{
    skip(rest, " \t\r\n,");
    if (!rest->n)
        return false;
    char c = rest->p[0];
    size_t n = c == '"'               ? string_length(*rest)
               : c == '{' || c == '[' ? nested_length(*rest)
                                      : scalar_length(*rest);
    if (!n)
        return false;
    *value = (struct span){rest->p, n};
    rest->p += n;
    rest->n -= n;
    return true;
}

struct span jsonraw_inside(struct span value)
{
    if (value.n < 2)
        return (struct span){value.p, 0};
    return (struct span){value.p + 1, value.n - 2};
}

bool jsonraw_member(struct span *rest, struct span *key, struct span *value)
{
    if (!jsonraw_value(rest, key) || key->n < 2 || key->p[0] != '"')
        return false;
    *key = jsonraw_inside(*key);
    skip(rest, " \t\r\n:");
    return jsonraw_value(rest, value);
}
