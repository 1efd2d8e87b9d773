#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "corpus/blobs.h"
#include "corpus/line.h"
#include "recorder/base/base64.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/jsonraw.h"
#include "recorder/wire/stdcopy.h"

/* A line being read: the parsed object, and the member at hand in both forms. */
struct line {
    json_t *root;
    const json_t *value;
    struct span raw;
    const char *key;
    struct event *ev;
    unsigned seen; /* a bit for each of `members` */
    bool has_payload;
    struct err *e;
};

static int wrong(struct line *l, const char *what)
{
    return err_set(l->e, "\"%s\": %s", l->key, what);
}

static int too_large(struct line *l)
{
    return wrong(l, "larger than an event may be");
}

/* --- numbers and names --- */

static int parse_time(struct line *l, int64_t *ns)
{
    double s = json_number_value(l->value);
    if (!json_is_number(l->value) || !(s >= 0 && s <= 1e9))
        return wrong(l, "not a number of seconds");
    *ns = (int64_t)(s * 1e6 + 0.5) * 1000;
    return 0;
}

static int parse_count(struct line *l, uint32_t *out)
{
    json_int_t v = json_integer_value(l->value);
    if (!json_is_integer(l->value) || v < 1 || v > UINT32_MAX)
        return wrong(l, "not a number from 1 up");
    *out = (uint32_t)v;
    return 0;
}

static int on_t(struct line *l)
{
    return parse_time(l, &l->ev->t);
}

static int on_till(struct line *l)
{
    return parse_time(l, &l->ev->till);
}

static int on_conn(struct line *l)
{
    return parse_count(l, &l->ev->conn);
}

static int on_x(struct line *l)
{
    return parse_count(l, &l->ev->exchange);
}

static int on_ev(struct line *l)
{
    const char *name = json_string_value(l->value);
    for (int k = EV_OPEN; name && k <= EV_RESET; k++)
        if (strcmp(name, event_kind_name((enum event_kind)k)) == 0) {
            l->ev->kind = (enum event_kind)k;
            return 0;
        }
    return wrong(l, "no such kind of event");
}

static int on_from(struct line *l)
{
    const char *name = json_string_value(l->value);
    if (name && strcmp(name, "daemon") == 0)
        l->ev->from = SIDE_DAEMON;
    else if (!name || strcmp(name, "client") != 0)
        return wrong(l, "neither \"client\" nor \"daemon\"");
    return 0;
}

static int on_end(struct line *l)
{
    if (!json_is_true(l->value))
        return wrong(l, "only true has a meaning here");
    l->ev->end = true;
    return 0;
}

/* --- heads and framing --- */

static struct span text_of(const json_t *string)
{
    return (struct span){json_string_value(string), json_string_length(string)};
}

static int on_head(struct line *l)
{
    size_t i;
    json_t *line;
    if (!json_is_array(l->value) || !json_array_size(l->value))
        return wrong(l, "not a list of lines");
    json_array_foreach((json_t *)l->value, i, line)
    {
        struct span s = text_of(line);
        if (!json_is_string(line) || memchr(s.p, '\n', s.n))
            return wrong(l, "a line of a head is a text without line feeds");
        if (buf_add(&l->ev->head, s.p, s.n) < 0 || buf_adds(&l->ev->head, "\r\n") < 0)
            return too_large(l);
    }
    return buf_adds(&l->ev->head, "\r\n") < 0 ? too_large(l) : 0;
}

static int decode64(struct line *l, const json_t *value, struct buf *out)
{
    if (!json_is_string(value) || base64_decode(text_of(value), out) < 0)
        return wrong(l, "not base64, or too large");
    return 0;
}

static int on_head64(struct line *l)
{
    return decode64(l, l->value, &l->ev->head);
}

/* The text of a chunk line: characters up to U+00FF stand for bytes. */
static int from_latin1(struct line *l, struct span utf8, struct buf *out)
{
    for (size_t i = 0; i < utf8.n; i++) {
        unsigned char c = (unsigned char)utf8.p[i];
        if (c >= 0x80) {
            if ((c & 0xfc) != 0xc0 || i + 1 == utf8.n)
                return wrong(l, "a character beyond U+00FF");
            c = (unsigned char)(c << 6 | ((unsigned char)utf8.p[++i] & 0x3f));
        }
        if (buf_addc(out, (char)c) < 0)
            return too_large(l);
    }
    return 0;
}

static int on_wire(struct line *l)
{
    CLEANUP(buf_free) struct buf literal = BUF_INIT(EVENT_FRAMING_MAX);
    size_t i;
    json_t *step;
    if (!json_is_array(l->value))
        return wrong(l, "not a list");
    json_array_foreach((json_t *)l->value, i, step)
    {
        if (json_is_string(step)) {
            buf_clear(&literal);
            if (from_latin1(l, text_of(step), &literal) < 0)
                return -1;
            if (event_add_framing(l->ev, buf_str(&literal), literal.n) < 0)
                return too_large(l);
            continue;
        }
        json_int_t n = json_integer_value(step);
        struct framing *f = &l->ev->framing;
        if (!json_is_integer(step) || n < 1 || n > (json_int_t)EVENT_PAYLOAD_MAX || !f->n ||
            f->steps[f->n - 1].payload)
            return wrong(l, "texts, each with at most one number of bytes behind it");
        f->steps[f->n - 1].payload = (size_t)n;
    }
    return 0;
}

/* --- payloads --- */

static int payload(struct line *l, struct span bytes)
{
    if (buf_add(&l->ev->payload, bytes.p, bytes.n) < 0)
        return too_large(l);
    return 0;
}

static struct span after(struct line *l)
{
    return text_of(json_object_get(l->root, "after"));
}

static int on_after(struct line *l)
{
    struct span s = text_of(l->value);
    if (!json_is_string(l->value) || strspn(s.p, " \t\r\n") != s.n)
        return wrong(l, "not white space");
    if (!json_object_get(l->root, "json") && !json_object_get(l->root, "jsons"))
        return wrong(l, "stands without \"json\" or \"jsons\"");
    return 0;
}

static int on_json(struct line *l)
{
    return payload(l, l->raw) < 0 ? -1 : payload(l, after(l));
}

static int on_jsons(struct line *l)
{
    if (!json_is_array(l->value))
        return wrong(l, "not a list");
    struct span rest = jsonraw_inside(l->raw), value;
    while (jsonraw_value(&rest, &value))
        if (payload(l, value) < 0 || payload(l, after(l)) < 0)
            return -1;
    return 0;
}

static int parse_frame(struct line *l, const json_t *frame)
{
    json_t *channel = json_array_get(frame, 0), *text = json_array_get(frame, 1);
    json_int_t n = json_integer_value(channel);
    if (json_array_size(frame) != 2 || !json_is_integer(channel) || n < 0 || n >= STDCOPY_CHANNELS)
        return wrong(l, "a frame is [channel from 0 to 3, text]");
    CLEANUP(buf_free) struct buf decoded = BUF_INIT(EVENT_PAYLOAD_MAX);
    struct span bytes = text_of(text);
    if (!json_is_string(text)) {
        if (decode64(l, json_object_get(text, "base64"), &decoded) < 0)
            return -1;
        bytes = (struct span){decoded.p, decoded.n};
    }
    unsigned char header[STDCOPY_HEADER];
    stdcopy_header((unsigned)n, (uint32_t)bytes.n, header);
    if (payload(l, (struct span){(const char *)header, sizeof header}) < 0)
        return -1;
    return payload(l, bytes);
}

static int on_frames(struct line *l)
{
    size_t i;
    json_t *frame;
    if (!json_is_array(l->value))
        return wrong(l, "not a list");
    json_array_foreach((json_t *)l->value, i, frame) if (parse_frame(l, frame) < 0) return -1;
    return 0;
}

static int on_text(struct line *l)
{
    if (!json_is_string(l->value))
        return wrong(l, "not a text");
    return payload(l, text_of(l->value));
}

static int on_base64(struct line *l)
{
    return decode64(l, l->value, &l->ev->payload);
}

static int on_blob(struct line *l)
{
    const char *digest = json_string_value(l->value);
    if (!digest || !blobs_is_digest(digest))
        return wrong(l, "not the 64 hex digits of a SHA-256");
    memcpy(l->ev->blob, digest, EVENT_DIGEST);
    json_t *size = json_object_get(l->root, "size");
    json_int_t n = json_integer_value(size);
    if (!json_is_integer(size) || n < 1 || n > (json_int_t)EVENT_PAYLOAD_MAX)
        return wrong(l, "needs a \"size\" from 1 byte to 4 MiB");
    l->ev->payload_size = (uint64_t)n;
    return 0;
}

static int on_size(struct line *l)
{
    return json_object_get(l->root, "blob") ? 0 : wrong(l, "stands without \"blob\"");
}

/* --- the line --- */

enum { IS_PAYLOAD = 1 };

static const struct member {
    const char *key;
    int (*parse)(struct line *l);
    int flags;
} members[] = {
    {"t", on_t, 0},
    {"till", on_till, 0},
    {"ev", on_ev, 0},
    {"conn", on_conn, 0},
    {"x", on_x, 0},
    {"from", on_from, 0},
    {"end", on_end, 0},
    {"head", on_head, 0},
    {"head64", on_head64, 0},
    {"wire", on_wire, 0},
    {"after", on_after, 0},
    {"size", on_size, 0},
    {"json", on_json, IS_PAYLOAD},
    {"jsons", on_jsons, IS_PAYLOAD},
    {"frames", on_frames, IS_PAYLOAD},
    {"text", on_text, IS_PAYLOAD},
    {"base64", on_base64, IS_PAYLOAD},
    {"blob", on_blob, IS_PAYLOAD},
};

#define MEMBERS (sizeof members / sizeof *members)

static bool has(const struct line *l, const char *key)
{
    for (size_t i = 0; i < MEMBERS; i++)
        if (strcmp(members[i].key, key) == 0)
            return l->seen >> i & 1;
    return false;
}

static int parse_member(struct line *l, struct span key)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        if (!span_is(key, members[i].key))
            continue;
        l->key = members[i].key;
        if (has(l, l->key))
            return wrong(l, "stands there twice");
        l->seen |= 1u << i;
        if (members[i].flags & IS_PAYLOAD) {
            if (l->has_payload)
                return wrong(l, "an event has one payload");
            l->has_payload = true;
        }
        l->value = json_object_get(l->root, l->key);
        return members[i].parse(l);
    }
    return err_set(l->e, "unknown key \"%.*s\"", (int)(key.n < 64 ? key.n : 64), key.p);
}

static int check_framing(const struct event *ev, struct err *e)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < ev->framing.n; i++)
        sum += ev->framing.steps[i].payload;
    if (ev->framing.n && sum != ev->payload_size)
        return err_set(e, "\"wire\" frames %llu bytes where the payload has %llu",
                       (unsigned long long)sum, (unsigned long long)ev->payload_size);
    return 0;
}

static int need(struct line *l, const char *key, bool yes)
{
    const char *kind = event_kind_name(l->ev->kind);
    if (has(l, key) == yes)
        return 0;
    return err_set(l->e, "a %s event %s \"%s\"", kind, yes ? "needs" : "has no", key);
}

/* What each kind must have and must not have. */
static int check_event(struct line *l)
{
    struct event *ev = l->ev;
    bool message = ev->kind == EV_REQUEST || ev->kind == EV_RESPONSE;
    const char *kind = event_kind_name(ev->kind);
    if (need(l, "t", true) < 0 || need(l, "ev", true) < 0 || need(l, "conn", true) < 0)
        return -1;
    if (message != (ev->head.n > 0) || (message && !ev->exchange))
        return err_set(l->e, "a %s event %s", kind,
                       message ? "needs \"x\" and \"head\"" : "has no head");
    if (has(l, "head") && has(l, "head64"))
        return err_set(l->e, "an event has one head");
    if (ev->kind != EV_DATA && !message) {
        if (ev->payload_size || ev->framing.n || ev->end)
            return err_set(l->e, "a %s event has no payload", kind);
        if (need(l, "x", false) < 0)
            return -1;
    }
    if (need(l, "from", ev->kind >= EV_DATA) < 0)
        return -1;
    if (ev->kind == EV_RESPONSE)
        ev->from = SIDE_DAEMON;
    if (ev->till < ev->t)
        ev->till = ev->t;
    return check_framing(ev, l->e);
}

static int parse_members(struct line *l, struct span text)
{
    struct span rest = jsonraw_inside(span_trim(text)), key;
    while (jsonraw_member(&rest, &key, &l->raw))
        if (parse_member(l, key) < 0)
            return -1;
    if (!l->ev->blob[0])
        l->ev->payload_size = l->ev->payload.n;
    return check_event(l);
}

int line_parse(struct span line, struct event *ev, struct err *e)
{
    json_error_t error;
    json_t *root = json_loadb(line.p, line.n, JSON_ALLOW_NUL, &error);
    if (!root)
        return err_set(e, "no JSON: %s at byte %d", error.text, error.position);
    struct line l = {.root = root, .ev = ev, .e = e};
    int rc = json_is_object(root) ? parse_members(&l, line) : err_set(e, "not a JSON object");
    json_decref(root);
    return rc;
}
