#include "differ/jsondoc.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "recorder/base/cleanup.h"

#define SHOW_DEPTH 12

/*
 * jansson makes a double of each number with a point, and refuses large integers. Before it sees
 * the text, such numbers become strings that begin with NUL and '#'; a string that begins with NUL
 * itself gets a second one. (jansson has no way to say "a NUL in a key": such a text is told as
 * not JSON.)
 */
#define MARK "\"\\u0000#"
#define NUL_ESCAPE "\\u0000"

static size_t digits(struct span s, size_t at)
{
    size_t n = 0;
    while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9')
        n++;
    return n;
}

static bool is_at(struct span s, size_t i, const char *set)
{
    return i < s.n && s.p[i] && strchr(set, s.p[i]);
}

/* Length of a number (RFC 8259, 6) at the front; 0: none. Is it one that jansson keeps? */
static size_t number_length(struct span s, bool *plain)
{
    size_t sign = is_at(s, 0, "-"), n = digits(s, sign);
    if (!n || (n > 1 && s.p[sign] == '0'))
        return 0;
    *plain = n <= 18 && !(sign && s.p[sign] == '0'); /* 18 digits always fit */
    n += sign;
    if (is_at(s, n, ".")) {
        size_t fraction = digits(s, n + 1);
        if (!fraction)
            return 0;
        n += 1 + fraction;
        *plain = false;
    }
    if (is_at(s, n, "eE")) {
        size_t e_sign = is_at(s, n + 1, "+-"), exponent = digits(s, n + 1 + e_sign);
        if (!exponent)
            return 0;
        n += 1 + e_sign + exponent;
        *plain = false;
    }
    return n;
}

/* Length of a string with its quotes; what there is where it does not end. */
static size_t string_length(struct span s)
{
    size_t n = 1;
    while (n < s.n && s.p[n] != '"')
        n += s.p[n] == '\\' ? 2 : 1;
    return n < s.n ? n + 1 : s.n;
}

static int rewrite_string(struct span s, size_t n, struct buf *out)
{
    struct span inside = {s.p + 1, n - 1};
    if (buf_addc(out, '"') < 0)
        return -1;
    if (span_starts(inside, NUL_ESCAPE) && buf_adds(out, NUL_ESCAPE) < 0)
        return -1;
    return buf_add(out, inside.p, inside.n);
}

/* A place in the rewritten text, and how much longer than the original it is there. */
struct shift {
    size_t at, by;
};

struct rewritten {
    struct buf text;
    struct shift *v;
    size_t n, cap;
};

static int note_shift(struct rewritten *r, size_t original)
{
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 16;
        struct shift *v = realloc(r->v, cap * sizeof *v);
        if (!v)
            return -1;
        r->v = v;
        r->cap = cap;
    }
    r->v[r->n++] = (struct shift){r->text.n, r->text.n - original};
    return 0;
}

static int rewrite(struct span s, struct rewritten *r)
{
    for (size_t i = 0; i < s.n;) {
        struct span rest = {s.p + i, s.n - i};
        bool plain = true;
        size_t n = 1, before = r->text.n;
        int rc;
        if (s.p[i] == '"') {
            n = string_length(rest);
            rc = rewrite_string(rest, n, &r->text);
        } else if (is_at(s, i, "-0123456789")) {
            n = number_length(rest, &plain);
            if (!n || plain) /* what is no number, jansson says itself */
                n += n ? 0 : 1 + digits(rest, 1);
            else if (buf_adds(&r->text, MARK) < 0)
                return -1;
            rc = buf_add(&r->text, rest.p, n);
            rc |= plain ? 0 : buf_addc(&r->text, '"');
        } else {
            rc = buf_addc(&r->text, s.p[i]);
        }
        i += n;
        if (rc == 0 && r->text.n - before != n)
            rc = note_shift(r, i);
        if (rc)
            return -1;
    }
    return 0;
}

/* Where in the original text a place of the rewritten one is. */
static size_t original(const struct rewritten *r, size_t at)
{
    size_t low = 0, high = r->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (r->v[middle].at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? at - r->v[low - 1].by : at;
}

static int keep(struct jsondoc *d, json_t *v, size_t *cap, struct err *e)
{
    if (d->n == *cap) {
        size_t grown_cap = *cap ? 2 * *cap : 4;
        json_t **grown = realloc(d->v, grown_cap * sizeof(json_t *));
        if (!grown) {
            json_decref(v);
            return err_sys(e, "JSON");
        }
        d->v = grown;
        *cap = grown_cap;
    }
    d->v[d->n++] = v;
    return 0;
}

static struct span skip_blanks(struct span s)
{
    while (s.n && strchr(" \t\r\n", s.p[0]) && s.p[0])
        s.p++, s.n--;
    return s;
}

static int parse_all(struct jsondoc *d, const struct rewritten *r, struct err *e)
{
    static const size_t flags = JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL;
    struct span rest = skip_blanks((struct span){r->text.p, r->text.n});
    size_t cap = 0;
    while (rest.n) {
        if (d->n == JSONDOC_VALUES_MAX) {
            snprintf(d->why, sizeof d->why, "more than %zu values", JSONDOC_VALUES_MAX);
            return 0;
        }
        json_error_t why;
        json_t *v = json_loadb(rest.p, rest.n, flags | JSON_REJECT_DUPLICATES, &why);
        if (!v && json_error_code(&why) == json_error_duplicate_key) {
            d->duplicate_key = true;
            v = json_loadb(rest.p, rest.n, flags, &why);
        }
        if (!v && json_error_code(&why) == json_error_out_of_memory)
            return err_set(e, "JSON: no memory");
        if (!v) {
            snprintf(d->why, sizeof d->why, "%s", why.text);
            return 0;
        }
        if (keep(d, v, &cap, e) < 0)
            return -1;
        size_t used = (size_t)why.position;
        rest = skip_blanks((struct span){rest.p + used, rest.n - used});
        d->whole = original(r, r->text.n - rest.n);
    }
    return 0;
}

int jsondoc_parse(struct jsondoc *d, struct span text, struct err *e)
{
    *d = (struct jsondoc){0};
    if (text.n > JSONDOC_MAX) {
        snprintf(d->why, sizeof d->why, "more than %zu bytes", JSONDOC_MAX);
        return 0;
    }
    struct rewritten r = {.text = BUF_INIT(16 * JSONDOC_MAX)};
    int rc = rewrite(text, &r) < 0 ? err_sys(e, "JSON") : parse_all(d, &r, e);
    buf_free(&r.text);
    free(r.v);
    return rc;
}

void jsondoc_free(struct jsondoc *d)
{
    for (size_t i = 0; i < d->n; i++)
        json_decref(d->v[i]);
    free(d->v);
    *d = (struct jsondoc){0};
}

/* Is this string a number that jansson would not keep? */
static bool is_marked(const json_t *v)
{
    return json_string_length(v) >= 2 && memcmp(json_string_value(v), "\0#", 2) == 0;
}

enum jsontype jsontype_of(const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return JT_OBJECT;
    case JSON_ARRAY:
        return JT_LIST;
    case JSON_STRING:
        return is_marked(v) ? JT_NUMBER : JT_TEXT;
    case JSON_INTEGER:
    case JSON_REAL:
        return JT_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return JT_BOOLEAN;
    default:
        return JT_NULL;
    }
}

const char *jsontype_name(enum jsontype t)
{
    static const char *const names[] = {"null", "boolean", "number", "text", "list", "object"};
    return names[t];
}

struct span json_text(const json_t *v, char room[JSON_NUMBER_ROOM])
{
    if (json_is_integer(v)) {
        int n = snprintf(room, JSON_NUMBER_ROOM, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        return (struct span){room, (size_t)n};
    }
    if (!json_is_string(v))
        return (struct span){"", 0};
    struct span s = {json_string_value(v), json_string_length(v)};
    if (is_marked(v))
        return (struct span){s.p + 2, s.n - 2};
    if (s.n && !s.p[0])
        return (struct span){s.p + 1, s.n - 1};
    return s;
}

static int show_string(struct span s, struct buf *out)
{
    if (buf_addc(out, '"') < 0)
        return -1;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        int rc = c == '"' || c == '\\' ? buf_addf(out, "\\%c", c)
                 : c == '\n'           ? buf_adds(out, "\\n")
                 : c < 0x20            ? buf_addf(out, "\\u%04x", c)
                                       : buf_addc(out, (char)c);
        if (rc < 0)
            return -1;
    }
    return buf_addc(out, '"');
}

static int show(const json_t *v, struct buf *out, int depth);

static int show_members(const json_t *v, struct buf *out, int depth)
{
    const char *key, *comma = "";
    json_t *member;
    if (buf_addc(out, '{') < 0)
        return -1;
    json_object_foreach((json_t *)v, key, member)
    {
        if (buf_adds(out, comma) < 0 || show_string(span_of(key), out) < 0 ||
            buf_addc(out, ':') < 0 || show(member, out, depth) < 0)
            return -1;
        comma = ",";
    }
    return buf_addc(out, '}');
}

static int show_elements(const json_t *v, struct buf *out, int depth)
{
    if (buf_addc(out, '[') < 0)
        return -1;
    for (size_t i = 0; i < json_array_size(v); i++)
        if ((i && buf_addc(out, ',') < 0) || show(json_array_get(v, i), out, depth) < 0)
            return -1;
    return buf_addc(out, ']');
}

static int show(const json_t *v, struct buf *out, int depth)
{
    char room[JSON_NUMBER_ROOM];
    if (depth == SHOW_DEPTH)
        return buf_adds(out, "...");
    struct span s;
    switch (jsontype_of(v)) {
    case JT_OBJECT:
        return show_members(v, out, depth + 1);
    case JT_LIST:
        return show_elements(v, out, depth + 1);
    case JT_TEXT:
        return show_string(json_text(v, room), out);
    case JT_NUMBER:
        s = json_text(v, room);
        return buf_add(out, s.p, s.n);
    case JT_BOOLEAN:
        return buf_adds(out, json_is_true(v) ? "true" : "false");
    default:
        return buf_adds(out, "null");
    }
}

void json_show(const json_t *v, struct buf *out)
{
    size_t before = out->n;
    if (show(v, out, 0) < 0 && out->n == before)
        buf_adds(out, "...");
}
