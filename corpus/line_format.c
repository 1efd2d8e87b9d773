#include <jansson.h>
#include <string.h>

#include "corpus/corpus.h"
#include "corpus/line.h"
#include "recorder/base/base64.h"
#include "recorder/base/cleanup.h"
#include "recorder/wire/stdcopy.h"

#define DEPTH_MAX 1024 /* half of what the JSON library reads: a line wraps the value */

/* --- what a payload can be shown as --- */

static int add_json(json_t *value, struct buf *out)
{
    if (!value)
        return -1;
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(value);
    if (!text)
        return -1;
    int rc = buf_adds(out, text);
    free(text);
    return rc;
}

int line_string(struct span text, struct buf *out)
{
    return add_json(json_stringn(text.n ? text.p : "", text.n), out);
}

/* Bytes of any kind, each as the character of its number: for chunk lines, which are ASCII. */
static int latin1(struct span bytes, struct buf *out)
{
    CLEANUP(buf_free) struct buf utf8 = BUF_INIT(2 * EVENT_FRAMING_MAX);
    for (size_t i = 0; i < bytes.n; i++) {
        unsigned char c = (unsigned char)bytes.p[i];
        char two[2] = {(char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f))};
        if (buf_add(&utf8, c < 0x80 ? bytes.p + i : two, c < 0x80 ? 1 : 2) < 0)
            return -1;
    }
    return line_string((struct span){utf8.p, utf8.n}, out);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Could the text stand in a line as it is, and be read again? */
static bool embeddable(struct span json)
{
    size_t depth = 0;
    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];
        if (c == '\n' || c == '\r')
            return false;
        if ((c == '{' || c == '[') && ++depth > DEPTH_MAX) /* counts those in strings too */
            return false;
        if ((c == '}' || c == ']') && depth)
            depth--;
    }
    return true;
}

/* Cuts a JSON object or array and the white space behind it off the front. */
static bool cut_json(struct span *rest, struct span *value, struct span *after)
{
    if (!rest->n || (rest->p[0] != '{' && rest->p[0] != '['))
        return false;
    json_error_t error;
    json_t *parsed = json_loadb(rest->p, rest->n, JSON_ALLOW_NUL | JSON_DISABLE_EOF_CHECK, &error);
    if (!parsed)
        return false;
    json_decref(parsed);
    *value = (struct span){rest->p, (size_t)error.position};
    *rest = (struct span){rest->p + value->n, rest->n - value->n};
    after->p = rest->p;
    after->n = 0;
    while (after->n < rest->n && is_space(rest->p[after->n]))
        after->n++;
    *rest = (struct span){rest->p + after->n, rest->n - after->n};
    return embeddable(*value);
}

/* -1: it is no JSON, or not one that reads back as the same bytes. */
static int format_json(struct span payload, struct buf *out)
{
    CLEANUP(buf_free) struct buf list = BUF_INIT(CORPUS_LINE_MAX);
    struct span rest = payload, value, after, first = {NULL, 0};
    size_t n = 0;
    for (; rest.n; n++) {
        if (!cut_json(&rest, &value, &after) || (n && !span_eq(after, first)))
            return -1;
        first = after;
        if ((n && buf_addc(&list, ',') < 0) || buf_add(&list, value.p, value.n) < 0)
            return -1;
    }
    if (!n)
        return -1;
    if (first.n && (buf_adds(out, ",\"after\":") < 0 || line_string(first, out) < 0))
        return -1;
    return buf_addf(out, n == 1 ? ",\"json\":%s" : ",\"jsons\":[%s]", buf_str(&list));
}

static int format_frame(unsigned channel, struct span text, struct buf *out)
{
    if (buf_addf(out, "[%u,", channel) < 0)
        return -1;
    size_t before = out->n;
    if (line_string(text, out) < 0) {
        out->n = before;
        if (buf_adds(out, "{\"base64\":\"") < 0 || base64_encode(text, out) < 0 ||
            buf_adds(out, "\"}") < 0)
            return -1;
    }
    return buf_addc(out, ']');
}

/* -1: it is not made of whole frames. */
static int format_frames(struct span payload, struct buf *out)
{
    struct span rest = payload, text;
    unsigned channel;
    if (buf_adds(out, ",\"frames\":[") < 0)
        return -1;
    for (bool first = true; rest.n; first = false) {
        if (stdcopy_next(&rest, &channel, &text) != STDCOPY_FRAME)
            return -1;
        if ((!first && buf_addc(out, ',') < 0) || format_frame(channel, text, out) < 0)
            return -1;
    }
    return buf_addc(out, ']');
}

static int format_text(struct span payload, struct buf *out)
{
    return buf_adds(out, ",\"text\":") < 0 ? -1 : line_string(payload, out);
}

static int format_base64(struct span payload, struct buf *out)
{
    if (buf_adds(out, ",\"base64\":\"") < 0 || base64_encode(payload, out) < 0)
        return -1;
    return buf_addc(out, '"');
}

static int format_payload(const struct event *ev, struct buf *out)
{
    static int (*const forms[])(struct span, struct buf *) = {format_frames, format_json,
                                                              format_text, format_base64};
    if (ev->blob[0])
        return buf_addf(out, ",\"size\":%llu,\"blob\":\"%s\"", (unsigned long long)ev->payload_size,
                        ev->blob);
    if (!ev->payload.n)
        return 0;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t before = out->n;
        if (forms[i]((struct span){ev->payload.p, ev->payload.n}, out) == 0)
            return 0;
        out->n = before;
    }
    return -1;
}

/* --- heads and framing --- */

/* -1: the head is not lines ended by CRLF and an empty one, or no UTF-8. */
static int format_head_lines(struct span head, struct buf *out)
{
    if (!span_ends(head, "\r\n\r\n") || buf_adds(out, ",\"head\":[") < 0)
        return -1;
    head.n -= 2;
    for (bool first = true; head.n; first = false) {
        const char *end = memchr(head.p, '\n', head.n);
        size_t n = (size_t)(end - head.p);
        if (!n || end[-1] != '\r' || memchr(head.p, '\r', n - 1))
            return -1;
        if ((!first && buf_addc(out, ',') < 0) ||
            line_string((struct span){head.p, n - 1}, out) < 0)
            return -1;
        head.p += n + 1;
        head.n -= n + 1;
    }
    return buf_addc(out, ']');
}

static int format_head(const struct event *ev, struct buf *out)
{
    struct span head = {ev->head.p, ev->head.n};
    size_t before = out->n;
    if (!head.n || format_head_lines(head, out) == 0)
        return 0;
    out->n = before;
    if (buf_adds(out, ",\"head64\":\"") < 0 || base64_encode(head, out) < 0)
        return -1;
    return buf_addc(out, '"');
}

static int format_wire(const struct framing *f, struct buf *out)
{
    const char *literal = buf_str(&f->literal);
    if (!f->n)
        return 0;
    int rc = buf_adds(out, ",\"wire\":[");
    for (size_t i = 0; i < f->n && rc == 0; i++) {
        if (i)
            rc |= buf_addc(out, ',');
        rc |= latin1((struct span){literal, f->steps[i].literal}, out);
        if (f->steps[i].payload)
            rc |= buf_addf(out, ",%zu", f->steps[i].payload);
        literal += f->steps[i].literal;
    }
    return rc ? -1 : buf_addc(out, ']');
}

static int add_time(struct buf *out, const char *key, int64_t ns)
{
    int64_t us = ns / 1000;
    return buf_addf(out, "\"%s\":%lld.%06lld,", key, (long long)(us / 1000000),
                    (long long)(us % 1000000));
}

int line_format(const struct event *ev, struct buf *out, struct err *e)
{
    int rc = buf_addc(out, '{') | add_time(out, "t", ev->t);
    if (ev->till / 1000000 != ev->t / 1000000)
        rc |= add_time(out, "till", ev->till);
    rc |= buf_addf(out, "\"ev\":\"%s\",\"conn\":%u", event_kind_name(ev->kind), ev->conn);
    if (ev->exchange)
        rc |= buf_addf(out, ",\"x\":%u", ev->exchange);
    if (ev->kind >= EV_DATA)
        rc |= buf_addf(out, ",\"from\":\"%s\"", side_name(ev->from));
    if (ev->end)
        rc |= buf_adds(out, ",\"end\":true");
    rc |= format_head(ev, out) | format_wire(&ev->framing, out) | format_payload(ev, out);
    rc |= buf_adds(out, "}\n");
    return rc ? err_set(e, "an event cannot be written: it is beyond the limits of a line") : 0;
}
