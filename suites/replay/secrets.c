#include "suites/replay/secrets.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/base/base64.h"
#include "recorder/base/cleanup.h"

#define OPEN "{{secret:"
#define CLOSE "}}"
#define PLACEHOLDER_MAX 256
#define SECRET_MAX ((size_t)1 << 20)

/* "NAME" or "NAME:FORM:FORM" between the brackets. */
static struct span inside(struct span placeholder)
{
    return (struct span){placeholder.p + strlen(OPEN),
                         placeholder.n - strlen(OPEN) - strlen(CLOSE)};
}

static bool is_listed(char *const *names, struct span placeholder)
{
    struct span rest = inside(placeholder), name = span_cut(&rest, ':');
    for (; names && *names; names++)
        if (span_is(name, *names))
            return true;
    return false;
}

bool secret_next(char *const *names, struct span *rest, struct span *before,
                 struct span *placeholder)
{
    struct span text = *rest;
    *before = *rest;
    while (names && text.n) {
        const char *at = memmem(text.p, text.n, OPEN, strlen(OPEN));
        if (!at)
            break;
        size_t left = text.n - (size_t)(at - text.p);
        const char *end = memmem(at, left, CLOSE, strlen(CLOSE));
        if (!end)
            break;
        struct span it = {at, (size_t)(end - at) + strlen(CLOSE)};
        text = (struct span){at + 1, left - 1};
        if (it.n > PLACEHOLDER_MAX || !is_listed(names, it))
            continue;
        before->n = (size_t)(at - rest->p);
        *rest = (struct span){it.p + it.n, left - it.n};
        *placeholder = it;
        return true;
    }
    *rest = (struct span){NULL, 0};
    return false;
}

/* --- forms --- */

static int put_json(struct span s, struct buf *out)
{
    int rc = 0;
    for (size_t i = 0; i < s.n && rc == 0; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            rc = buf_addf(out, "\\%c", c);
        else
            rc = c < 0x20 ? buf_addf(out, "\\u%04x", c) : buf_addc(out, s.p[i]);
    }
    return rc;
}

static int put_url(struct span s, struct buf *out)
{
    int rc = 0;
    for (size_t i = 0; i < s.n && rc == 0; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (isalnum(c) || (c && strchr("-._~", c)))
            rc = buf_addc(out, s.p[i]);
        else
            rc = buf_addf(out, "%%%02X", c);
    }
    return rc;
}

static int put_base64(struct span s, bool url, bool raw, struct buf *out)
{
    if (base64_encode(s, out) < 0)
        return -1;
    while (raw && out->n && out->p[out->n - 1] == '=')
        out->p[--out->n] = 0;
    for (size_t i = 0; url && i < out->n; i++) {
        if (out->p[i] == '+')
            out->p[i] = '-';
        else if (out->p[i] == '/')
            out->p[i] = '_';
    }
    return 0;
}

static int put_form(struct span form, struct span s, struct buf *out)
{
    if (span_is(form, "json"))
        return put_json(s, out);
    if (span_is(form, "url"))
        return put_url(s, out);
    bool url = span_starts(form, "base64url"), raw = span_ends(form, "raw");
    if (url || span_starts(form, "base64"))
        return put_base64(s, url, raw, out);
    errno = EINVAL;
    return -1;
}

static const char *value_of(struct span name)
{
    char variable[32 + PLACEHOLDER_MAX];
    int n = snprintf(variable, sizeof variable, "BUGFORBUG_SECRET_%.*s", (int)name.n, name.p);
    return n > 0 && (size_t)n < sizeof variable ? getenv(variable) : NULL;
}

int secret_put(struct span placeholder, struct buf *out)
{
    struct span forms = inside(placeholder), name = span_cut(&forms, ':');
    const char *value = value_of(name);
    CLEANUP(buf_free) struct buf text = BUF_INIT(SECRET_MAX);
    if (!value)
        return buf_add(out, placeholder.p, placeholder.n);
    if (buf_adds(&text, value) < 0)
        return -1;
    while (forms.p) {
        struct span form = span_cut(&forms, ':');
        struct buf next = BUF_INIT(SECRET_MAX);
        if (put_form(form, (struct span){text.p, text.n}, &next) < 0) {
            buf_free(&next);
            return errno == EINVAL ? buf_add(out, placeholder.p, placeholder.n) : -1;
        }
        buf_free(&text);
        text = next;
    }
    return buf_add(out, text.p, text.n);
}
