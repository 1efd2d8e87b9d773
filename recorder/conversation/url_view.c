#include "recorder/conversation/url_view.h"

#include <errno.h>
#include <stdlib.h>

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int url_view_make(struct url_view *v, struct span raw, bool in_query)
{
    v->from = NULL;
    v->text = BUF_INIT(raw.n);
    if (raw.n >= UINT32_MAX) {
        errno = EFBIG;
        return -1;
    }
    v->from = malloc((raw.n + 1) * sizeof *v->from);
    if (!v->from || buf_reserve(&v->text, raw.n) < 0) {
        url_view_free(v);
        return -1;
    }
    size_t i = 0;
    while (i < raw.n) {
        char c = raw.p[i];
        v->from[v->text.n] = (uint32_t)i;
        if (c == '%' && raw.n - i > 2 && hex(raw.p[i + 1]) >= 0 && hex(raw.p[i + 2]) >= 0) {
            c = (char)(hex(raw.p[i + 1]) << 4 | hex(raw.p[i + 2]));
            i += 2;
        } else if (c == '+' && in_query) {
            c = ' ';
        }
        in_query |= c == '?';
        i++;
        v->text.p[v->text.n++] = c;
    }
    v->text.p[v->text.n] = 0;
    v->from[v->text.n] = (uint32_t)raw.n;
    return 0;
}

void url_view_free(struct url_view *v)
{
    buf_free(&v->text);
    free(v->from);
    v->from = NULL;
}
