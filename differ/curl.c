#include "differ/curl.h"

#include <errno.h>
#include <stdlib.h>

#include "differ/reader.h"
#include "differ/show.h"
#include "recorder/base/cleanup.h"

/* A word for a shell: in single quotes, a single quote as '\''. */
static int quote(struct buf *out, struct span text)
{
    int rc = buf_addc(out, '\'');
    for (size_t i = 0; i < text.n && rc == 0; i++)
        rc = text.p[i] == '\'' ? buf_adds(out, "'\\''") : buf_addc(out, text.p[i]);
    return rc | buf_addc(out, '\'');
}

/* Can it stand in a line that people copy? */
static bool is_printable(struct span text)
{
    for (size_t i = 0; i < text.n;) {
        unsigned char c = (unsigned char)text.p[i];
        size_t n = show_utf8((struct span){text.p + i, text.n - i});
        if (!n || (n == 1 && (c < 0x20 || c == 0x7f) && c != '\n' && c != '\t'))
            return false;
        i += n;
    }
    return true;
}

static int rename_text(const struct scope *s, struct span text, struct buf *out)
{
    return symbols_rename(s->symbols, text, out);
}

/* Headers that curl makes itself, or that say nothing about the request. */
static bool is_dull(struct span name, bool upgrade)
{
    static const char *const dull[] = {"Host",
                                       "User-Agent",
                                       "Content-Length",
                                       "Accept",
                                       "Transfer-Encoding",
                                       "Accept-Encoding",
                                       "Keep-Alive",
                                       "Expect",
                                       NULL};
    for (size_t i = 0; dull[i]; i++)
        if (span_is_nocase(name, dull[i]))
            return true;
    return !upgrade && span_is_nocase(name, "Connection");
}

static bool is_secret(struct span name)
{
    return span_is_nocase(name, "X-Registry-Auth") || span_is_nocase(name, "X-Registry-Config") ||
           span_is_nocase(name, "Authorization");
}

static int add_headers(const struct head *h, struct buf *out)
{
    bool upgrade = head_get(h, "Upgrade").p != NULL;
    for (size_t i = 0; i < h->n; i++) {
        struct span name = h->headers[i].name, value = h->headers[i].value;
        if (is_dull(name, upgrade) || !is_printable(name) || !is_printable(value))
            continue;
        CLEANUP(buf_free) struct buf line = BUF_INIT(CURL_LINE_MAX);
        int rc = buf_add(&line, name.p, name.n) | buf_adds(&line, ": ");
        if (is_secret(name))
            rc |= buf_adds(&line, "...");
        else
            rc |= buf_add(&line, value.p, value.n);
        if (rc || buf_adds(out, " -H ") < 0 || quote(out, (struct span){line.p, line.n}) < 0)
            return -1;
    }
    return 0;
}

static int add_body(const struct scope *s, struct buf *out, struct err *e)
{
    uint64_t size = exchange_size(s->base, s->b, PART_REQUEST);
    if (!size)
        return 0;
    CLEANUP(buf_free) struct buf body = BUF_INIT(CURL_BODY_MAX);
    CLEANUP(buf_free) struct buf renamed = BUF_INIT(2 * CURL_BODY_MAX);
    if (size <= CURL_BODY_MAX && part_read(s->base, s->b, PART_REQUEST, &body, e) < 0)
        return -1;
    struct span text = {body.p, body.n};
    if (size > CURL_BODY_MAX || !is_printable(text))
        return buf_addf(out, " --data-binary @BODY-OF-EXCHANGE-%u", s->b->id);
    if (rename_text(s, text, &renamed) < 0 || buf_adds(out, " --data-binary ") < 0)
        return -1;
    return quote(out, (struct span){renamed.p, renamed.n});
}

/* Where to: --unix-socket /path, and the host in the URL. */
static int add_where(const struct scope *s, struct span target, struct buf *out)
{
    struct span url = span_of(s->url ? s->url : ""), host = SPAN_LIT("localhost");
    int rc = 0;
    if (span_starts(url, "tcp://")) {
        host = (struct span){url.p + 6, url.n - 6};
    } else {
        rc = buf_adds(out, " --unix-socket ");
        if (span_starts(url, "unix://"))
            rc |= quote(out, (struct span){url.p + 7, url.n - 7});
        else if (url.n)
            rc |= quote(out, url);
        else
            rc |= buf_adds(out, "\"${DOCKER_HOST#unix://}\"");
    }
    CLEANUP(buf_free) struct buf full = BUF_INIT(CURL_LINE_MAX);
    rc |=
        buf_adds(&full, "http://") | buf_add(&full, host.p, host.n) | rename_text(s, target, &full);
    return rc || buf_addc(out, ' ') < 0 ? -1 : quote(out, (struct span){full.p, full.n});
}

int curl_line(const struct scope *s, char **out, struct err *e)
{
    struct head h;
    exchange_request(s->base, s->b, &h);
    *out = NULL;
    if (!is_printable(h.target) || !is_printable(h.method) || !span_starts(h.target, "/"))
        return 0;
    CLEANUP(buf_free) struct buf line = BUF_INIT(CURL_LINE_MAX);
    errno = 0;
    int rc = buf_adds(&line, "curl -sS");
    if (span_is(h.method, "HEAD")) {
        rc |= buf_adds(&line, " -I");
    } else {
        rc |= buf_adds(&line, " -i");
        if (!span_is(h.method, "GET"))
            rc |= buf_adds(&line, " -X ") | buf_add(&line, h.method.p, h.method.n);
    }
    if (s->b->upgraded || s->route.body == BODY_STREAM || s->route.body == BODY_MESSAGES)
        rc |= buf_adds(&line, " -N");
    rc |= add_headers(&h, &line);
    if (rc == 0)
        rc = add_body(s, &line, e);
    if (rc == 0)
        rc = add_where(s, h.target, &line);
    if (rc && errno == ENOMEM)
        return err_sys(e, "a curl line");
    if (rc == 0)
        *out = buf_take(&line); /* else it is too long for a line */
    return 0;
}

int curl_request(const struct scope *s, char **out, struct err *e)
{
    struct head h;
    exchange_request(s->base, s->b, &h);
    CLEANUP(buf_free) struct buf line = BUF_INIT(CURL_LINE_MAX);
    if (buf_add(&line, h.method.p, h.method.n) < 0 || buf_addc(&line, ' ') < 0 ||
        buf_add(&line, h.target.p, h.target.n) < 0) {
        *out = strdup(s->route.text);
        return *out ? 0 : err_sys(e, "a request");
    }
    *out = buf_take(&line);
    return 0;
}
