#include "suites/replay/request.h"

#include <ctype.h>
#include <string.h>

static bool holds(struct span s, const char *what)
{
    return s.n && memmem(s.p, s.n, what, strlen(what));
}

/* What the head says of the body; *maybe where it says nothing. */
static bool says_text(const struct head *h, bool *maybe)
{
    struct span type = head_get(h, "Content-Type");
    *maybe = !type.n;
    return holds(type, "json") || span_starts(type, "text/") || holds(type, "urlencoded");
}

static bool is_json(const struct buf *text)
{
    const char *p = buf_str(text);
    p += strspn(p, " \t\r\n");
    return *p == '{' || *p == '[' || *p == '"';
}

int request_load(const struct conversation *c, const struct exchange *x, struct request *out,
                 struct err *e)
{
    bool maybe;
    memset(out, 0, sizeof *out);
    const struct buf *raw = &c->events[x->request].head;
    out->x = x;
    out->raw = (struct span){raw->p, raw->n};
    out->size = exchange_size(c, x, PART_REQUEST);
    out->text = BUF_INIT(REQUEST_TEXT_MAX);
    exchange_request(c, x, &out->head);
    out->path = path_unversioned(head_path(&out->head));
    out->query = head_query(&out->head);
    bool text = says_text(&out->head, &maybe);
    if (!out->size || out->size > REQUEST_TEXT_MAX || !(text || maybe))
        return 0;
    if (exchange_read(c, x, PART_REQUEST, &out->text, e) < 0)
        return -1;
    for (size_t i = x->request; i <= x->last; i++)
        out->unframed |= exchange_has(c, x, PART_REQUEST, i) && !c->events[i].framing.n;
    out->kind = is_json(&out->text) ? TEXT_JSON : TEXT_PLAIN;
    out->has_text = text || out->kind == TEXT_JSON;
    if (!out->has_text)
        buf_free(&out->text);
    return 0;
}

void request_free(struct request *r)
{
    buf_free(&r->text);
}

bool path_next(struct span *path, struct span *segment)
{
    while (path->n && path->p[0] == '/')
        path->p++, path->n--;
    if (!path->n)
        return false;
    segment->p = path->p;
    segment->n = 0;
    while (segment->n < path->n && path->p[segment->n] != '/')
        segment->n++;
    path->p += segment->n;
    path->n -= segment->n;
    return true;
}

bool path_takes_id(struct span collection)
{
    static const char *const names[] = {"containers", "images",  "exec",    "networks", "services",
                                        "tasks",      "secrets", "configs", "nodes"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is(collection, names[i]))
            return true;
    return false;
}

bool header_is_base64(struct span name)
{
    return span_is_nocase(name, "X-Registry-Auth") || span_is_nocase(name, "X-Registry-Config");
}

bool header_is_plumbing(struct span name)
{
    static const char *const names[] = {"Host", "Content-Length", "User-Agent", "Connection"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is_nocase(name, names[i]))
            return true;
    return false;
}

int target_encode(struct buf *target, const char *text)
{
    int rc = 0;
    for (; *text && rc == 0; text++) {
        unsigned char c = (unsigned char)*text;
        if (isalnum(c) || strchr("-._~/:@", c))
            rc = buf_addc(target, *text);
        else
            rc = buf_addf(target, "%%%02X", c);
    }
    return rc;
}
