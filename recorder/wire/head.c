#include "recorder/wire/head.h"

static struct span next_line(struct span *rest)
{
    struct span line = span_cut(rest, '\n');
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

static int number3(struct span s)
{
    int v = 0;
    if (s.n != 3)
        return 0;
    for (size_t i = 0; i < 3; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return 0;
        v = v * 10 + (s.p[i] - '0');
    }
    return v;
}

static void parse_start(struct span line, struct head *out)
{
    out->start = line;
    struct span rest = line, first = span_cut(&rest, ' ');
    if (span_starts(first, "HTTP/")) {
        out->status = number3(span_cut(&rest, ' '));
        out->reason = rest;
        return;
    }
    out->method = first;
    out->target = span_cut(&rest, ' ');
}

/* A folded line (RFC 9112, 5.2) belongs to the value above it, line break included. */
static void fold(struct head *out, struct span line)
{
    struct header *above = out->n ? &out->headers[out->n - 1] : NULL;
    if (above && above->value.p)
        above->value =
            span_trim((struct span){above->value.p, (size_t)(line.p + line.n - above->value.p)});
}

void head_parse(struct span raw, struct head *out)
{
    memset(out, 0, sizeof *out);
    struct span rest = raw, line = {NULL, 0};
    while (rest.p && !line.n) /* empty lines before the first are allowed: RFC 9112, 2.2 */
        line = next_line(&rest);
    parse_start(line, out);
    while (rest.p && out->n < HEAD_HEADERS_MAX) {
        line = next_line(&rest);
        if (!line.n)
            break;
        if (line.p[0] == ' ' || line.p[0] == '\t') {
            fold(out, line);
            continue;
        }
        struct span value = line, name = span_cut(&value, ':');
        out->headers[out->n++] = (struct header){span_trim(name), span_trim(value)};
    }
}

struct span head_get(const struct head *h, const char *name)
{
    for (size_t i = 0; i < h->n; i++)
        if (span_is_nocase(h->headers[i].name, name))
            return h->headers[i].value;
    return (struct span){NULL, 0};
}

struct span head_path(const struct head *h)
{
    struct span rest = h->target;
    return span_cut(&rest, '?');
}

struct span head_query(const struct head *h)
{
    struct span rest = h->target;
    span_cut(&rest, '?');
    return rest;
}

struct span path_unversioned(struct span path)
{
    size_t i = 2;
    if (!span_starts(path, "/v"))
        return path;
    while (i < path.n && ((path.p[i] >= '0' && path.p[i] <= '9') || path.p[i] == '.'))
        i++;
    if (i == 2 || (i < path.n && path.p[i] != '/'))
        return path;
    return (struct span){path.p + i, path.n - i};
}

static bool is_exec_start(struct span path)
{
    return span_starts(path, "/exec/") && span_ends(path, "/start");
}

bool head_may_hijack(const struct head *request)
{
    if (span_is(request->method, "HEAD")) /* its 200 has no length, and no body either */
        return false;
    if (head_get(request, "Upgrade").p)
        return true;
    struct span path = path_unversioned(head_path(request));
    if (!span_is(request->method, "POST"))
        return false;
    return is_exec_start(path) || (span_starts(path, "/containers/") && span_ends(path, "/attach"));
}

bool head_is_interim(const struct head *response)
{
    return response->status >= 100 && response->status < 200 && response->status != 101;
}

bool head_upgrades(const struct head *response, bool may_hijack)
{
    if (response->status == 101)
        return true;
    return response->status == 200 && may_hijack && !head_get(response, "Content-Length").p &&
           !head_get(response, "Transfer-Encoding").p;
}
