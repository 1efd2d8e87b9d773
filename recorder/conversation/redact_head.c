/* Pass 2: placeholders into heads. */
#include <errno.h>

#include "recorder/base/cleanup.h"
#include "recorder/conversation/redact_impl.h"
#include "recorder/conversation/url_view.h"

/* Whoever reads the message needs these as they are; their values have small vocabularies. */
static bool frames_message(struct span name)
{
    static const char *const names[] = {"Content-Length",   "Transfer-Encoding", "Content-Type",
                                        "Content-Encoding", "Connection",        "Upgrade",
                                        "Expect",           "Api-Version",       "Ostype"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is_nocase(name, names[i]))
            return true;
    return false;
}

/* Appends a text with placeholders for what is found in it. */
static int replace(struct redactor *r, struct span text, struct buf *out, bool *changed)
{
    struct finder f = redactor_finder(r, text);
    struct find find;
    size_t done = 0;
    while (finder_next(&f, &find)) {
        if (buf_add(out, text.p + done, find.at - done) < 0 ||
            redactor_replace(r, &find, false, out) < 0)
            return -1;
        done = find.at + find.n;
        *changed = true;
    }
    return buf_add(out, text.n ? text.p + done : "", text.n - done);
}

/* The same for a target: what was percent-encoded is found decoded, and put back encoded. */
static int replace_target(struct redactor *r, struct span raw, struct buf *out, bool *changed)
{
    CLEANUP(url_view_free) struct url_view view;
    if (url_view_make(&view, raw, false) < 0)
        return -1;
    struct finder f = redactor_finder(r, (struct span){buf_str(&view.text), view.text.n});
    struct find find;
    size_t done = 0;
    while (finder_next(&f, &find)) {
        size_t at = view.from[find.at], end = view.from[find.at + find.n];
        if (buf_add(out, raw.p + done, at - done) < 0 ||
            redactor_replace(r, &find, end - at != find.n, out) < 0)
            return -1;
        done = end;
        *changed = true;
    }
    return buf_add(out, raw.p + done, raw.n - done);
}

/* The first line: only a request's target may hold a secret. */
static int first_line(struct redactor *r, struct span line, struct buf *out, bool *changed)
{
    struct span rest = line, method = span_cut(&rest, ' ');
    if (span_starts(method, "HTTP/") || !rest.p)
        return replace(r, line, out, changed);
    struct span target = span_cut(&rest, ' ');
    if (buf_add(out, method.p, method.n) < 0 || buf_addc(out, ' ') < 0 ||
        replace_target(r, target, out, changed) < 0)
        return -1;
    return rest.p ? buf_addc(out, ' ') | buf_add(out, rest.p, rest.n) : 0;
}

static int header_line(struct redactor *r, struct span line, struct buf *out, bool *changed)
{
    struct span value = line, name = span_cut(&value, ':');
    if (!value.p || frames_message(span_trim(name)))
        return value.p ? buf_add(out, line.p, line.n) : replace(r, line, out, changed);
    if (buf_add(out, name.p, name.n) < 0 || buf_addc(out, ':') < 0)
        return -1;
    return replace(r, value, out, changed);
}

static int rewrite(struct redactor *r, struct span raw, struct buf *out, bool *changed)
{
    bool first = true;
    for (struct span rest = raw; rest.p;) {
        struct span line = span_cut(&rest, '\n');
        int rc = first ? first_line(r, line, out, changed) : header_line(r, line, out, changed);
        if (rc < 0 || (rest.p && buf_addc(out, '\n') < 0))
            return -1;
        first &= line.n < 2; /* empty lines before the first are allowed: RFC 9112, 2.2 */
    }
    return 0;
}

int apply_head(struct redactor *r, struct event *ev, struct err *e)
{
    struct buf out = BUF_INIT(ev->head.limit);
    bool changed = false;
    if (!ev->head.n)
        return 0;
    if (rewrite(r, (struct span){ev->head.p, ev->head.n}, &out, &changed) < 0) {
        int why = errno;
        buf_free(&out);
        errno = why;
        if (why != EFBIG)
            return err_sys(e, "a head without its secrets");
        redactor_mask(r, (struct span){ev->head.p, ev->head.n}, ev->head.p);
        return 0;
    }
    if (changed) {
        struct buf old = ev->head;
        ev->head = out;
        out = old;
    }
    buf_free(&out);
    return 0;
}
