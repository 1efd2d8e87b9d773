#include "recorder/conversation/json_cut.h"

static void in_string(struct json_cut *c, char ch)
{
    if (c->escaped)
        c->escaped = false;
    else if (ch == '\\')
        c->escaped = true;
    else if (ch == '"')
        c->in_string = false;
}

bool json_cut_feed(struct json_cut *c, struct span bytes, size_t *used)
{
    for (*used = 0; *used < bytes.n;) {
        char ch = bytes.p[(*used)++];
        if (c->in_string)
            in_string(c, ch);
        else if (ch == '"')
            c->in_string = true;
        else if (ch == '{' || ch == '[')
            c->depth++;
        else if ((ch == '}' || ch == ']') && c->depth && !--c->depth)
            return true;
    }
    return false;
}
