#include "recorder/conversation/secret_head.h"

#include "recorder/base/base64.h"
#include "recorder/base/cleanup.h"
#include "recorder/conversation/event.h"
#include "recorder/conversation/secret_json.h"
#include "recorder/conversation/secret_rules.h"
#include "recorder/conversation/url_view.h"

/* Hands on what it is told, and remembers whether it was told of anything. */
struct counted {
    const struct secret_sink *next;
    bool any;
};

static int count(void *self, const char *place, struct span name, struct span value, struct err *e)
{
    struct counted *c = self;
    c->any |= value.n > 0;
    return c->next->found(c->next->self, place, name, value, e);
}

/* "", "{}" and "null" */
static bool blank_config(struct span text)
{
    if (span_is(text, "null"))
        return true;
    for (size_t i = 0; i < text.n; i++)
        if (is_alnum(text.p[i]))
            return false;
    return true;
}

/* Docker Engine API 1.41, "Authentication": base64url of an AuthConfig, or of a map of them. */
static int registry(const struct secret_sink *sink, const char *name, struct span value,
                    struct err *e)
{
    CLEANUP(buf_free) struct buf plain = BUF_INIT(EVENT_HEAD_MAX);
    struct counted c = {sink, false};
    struct secret_sink counting = {&c, count};
    struct json_origin client = {.client = true};
    bool coded = base64_decode(value, &plain) == 0;
    struct span text = {plain.p, plain.n};
    if (coded && (!text.n || blank_config(text)))
        return 0;
    if (coded && (text.p[0] == '{' || text.p[0] == '[')) {
        if (secret_json(&counting, client, text, e) < 0)
            return -1;
        if (!c.any)
            return 0;
    }
    return sink->found(sink->self, "", span_of(name), value, e);
}

/* "a=b; c=d"; of a Set-Cookie only the first is a cookie (RFC 6265, 4.1, 4.2). */
static int cookies(const struct secret_sink *sink, struct span value, bool only_first,
                   struct err *e)
{
    for (struct span rest = value; rest.p;) {
        struct span one = span_trim(span_cut(&rest, ';')), name = span_cut(&one, '=');
        if (one.p && sink->found(sink->self, "COOKIE", name, one, e) < 0)
            return -1;
        if (only_first)
            break;
    }
    return 0;
}

static int header(const struct secret_sink *sink, const struct header *h, struct err *e)
{
    struct span v = h->value;
    if (span_is_nocase(h->name, "X-Registry-Auth"))
        return registry(sink, "REGISTRY_AUTH", v, e);
    if (span_is_nocase(h->name, "X-Registry-Config"))
        return registry(sink, "REGISTRY_CONFIG", v, e);
    if (span_is_nocase(h->name, "Authorization") || span_is_nocase(h->name, "Proxy-Authorization"))
        return secret_credentials(sink, "", h->name, v, e);
    if (span_is_nocase(h->name, "Cookie") || span_is_nocase(h->name, "Set-Cookie"))
        return cookies(sink, v, span_is_nocase(h->name, "Set-Cookie"), e);
    if (secret_name_smells(h->name) && sink->found(sink->self, "", h->name, v, e) < 0)
        return -1;
    return secret_scan(sink, "", h->name, v, SCAN_SHAPES, e);
}

static int parameter(const struct secret_sink *sink, struct span name, struct span value,
                     struct err *e)
{
    if (span_is_nocase(name, "buildargs"))
        return secret_json_args(sink, value, e);
    if (span_is_nocase(name, "labels"))
        return secret_json_labels(sink, value, e);
    if (secret_name_smells(name) && !span_is_nocase(name, "session") &&
        sink->found(sink->self, "PARAM", name, value, e) < 0)
        return -1;
    return secret_scan(sink, "PARAM", name, value, SCAN_SHELL, e);
}

static int target(const struct secret_sink *sink, const struct head *h, struct err *e)
{
    CLEANUP(url_view_free) struct url_view path;
    if (url_view_make(&path, head_path(h), false) < 0)
        return err_sys(e, "a request's target");
    struct span text = {path.text.p, path.text.n}, none = {NULL, 0};
    if (secret_scan(sink, "PATH", none, text, SCAN_SHAPES, e) < 0)
        return -1;
    for (struct span rest = head_query(h); rest.p;) {
        struct span raw = span_cut(&rest, '&'), name = span_cut(&raw, '=');
        CLEANUP(url_view_free) struct url_view value;
        if (url_view_make(&value, raw, true) < 0)
            return err_sys(e, "a request's target");
        if (parameter(sink, name, (struct span){value.text.p, value.text.n}, e) < 0)
            return -1;
    }
    return 0;
}

int secret_head(const struct secret_sink *sink, const struct head *h, struct err *e)
{
    if (h->target.n && target(sink, h, e) < 0)
        return -1;
    for (size_t i = 0; i < h->n; i++)
        if (header(sink, &h->headers[i], e) < 0)
            return -1;
    return 0;
}
