#include "differ/bodies.h"

#include "differ/jsondiff.h"
#include "differ/messages.h"
#include "differ/reader.h"
#include "differ/streams.h"
#include "differ/tar.h"
#include "differ/text.h"
#include "recorder/base/cleanup.h"

#define HEAD_SHOWN ((size_t)512)

static const struct text_kinds body = {KIND_BODY, KIND_BODY, KIND_BODY};
static const struct text_kinds large = {KIND_TOO_LARGE, KIND_TOO_LARGE, KIND_TOO_LARGE};

static bool is_success(const struct scope *s)
{
    return s->b->status == 101 || s->b->status / 100 == 2;
}

static bool has_type(const struct head *h, const char *type)
{
    struct span v = head_get(h, "Content-Type");
    return v.n >= strlen(type) && strncasecmp(v.p, type, strlen(type)) == 0;
}

static bool is_stream(const struct scope *s)
{
    if (!is_success(s) || span_is(s->b->method, "HEAD"))
        return false;
    return s->b->upgraded || s->route.body == BODY_STREAM ||
           has_type(&s->b_head, "application/vnd.docker.raw-stream") ||
           has_type(&s->b_head, "application/vnd.docker.multiplexed-stream");
}

static bool is_tar(const struct scope *s)
{
    return is_success(s) &&
           (s->route.body == BODY_TAR || has_type(&s->b_head, "application/x-tar"));
}

static bool is_messages(const struct scope *s)
{
    return is_success(s) && s->route.body == BODY_MESSAGES;
}

static bool is_foreign(const struct scope *s)
{
    return is_success(s) && s->b->upgraded &&
           (s->route.body == BODY_H2C || s->route.body == BODY_WEBSOCKET);
}

bool body_is_late(const struct scope *s)
{
    return is_stream(s) || is_tar(s) || is_messages(s);
}

static int compare_text(struct scope *s, const struct text_kinds *kinds, struct err *e)
{
    struct place at = {.area = AREA_TEXT};
    return text_compare(s, &at, RAW_CHANNEL, kinds, e);
}

/* The first bytes of a response's body. */
static int read_head(const struct conversation *c, const struct exchange *x, struct buf *out,
                     struct err *e)
{
    struct reader r;
    struct span piece;
    int rc = 1;
    reader_init(&r, c, x, RAW_CHANNEL);
    while (rc > 0 && out->n < HEAD_SHOWN && (rc = reader_next(&r, &piece, e)) > 0) {
        size_t room = HEAD_SHOWN - out->n;
        if (buf_add(out, piece.p, piece.n < room ? piece.n : room) < 0)
            rc = err_sys(e, "a body");
    }
    reader_free(&r);
    return rc < 0 ? -1 : 0;
}

static int tell_heads(struct scope *s, enum finding_kind kind, const char *detail, bool with_b,
                      bool with_c, struct err *e)
{
    CLEANUP(buf_free) struct buf x = BUF_INIT(HEAD_SHOWN);
    CLEANUP(buf_free) struct buf y = BUF_INIT(HEAD_SHOWN);
    if ((with_b && read_head(s->base, s->b, &x, e) < 0) ||
        (with_c && read_head(s->cand, s->c, &y, e) < 0))
        return -1;
    return scope_tell_as(s, kind, finding_kind_severity(kind), "body", NULL, detail,
                         with_b ? (struct span){buf_str(&x), x.n} : NOTHING,
                         with_c ? (struct span){buf_str(&y), y.n} : NOTHING, e);
}

static int parse(const struct conversation *c, const struct exchange *x, struct buf *text,
                 struct jsondoc *doc, struct err *e)
{
    if (part_read(c, x, PART_RESPONSE, text, e) < 0)
        return -1;
    return jsondoc_parse(doc, (struct span){buf_str(text), text->n}, e);
}

/* Is what the candidate said whole JSON, as far as it could say it? */
static bool is_whole(const struct scope *s, const struct jsondoc *doc)
{
    return !doc->why[0] || (doc->n && (s->c_end != ENDED_BY_DAEMON || s->b_end == ENDED_BY_CLIENT));
}

static int compare_documents(struct scope *s, struct jsondoc *a, struct jsondoc *b, struct err *e)
{
    if (b->duplicate_key && !a->duplicate_key &&
        tell_heads(s, KIND_DUPLICATE_KEY, "JSON", true, true, e) < 0)
        return -1;
    if (is_messages(s) || a->n != 1)
        return messages_compare(s, a, b, e);
    if (b->n != 1)
        return tell_heads(s, KIND_NOT_JSON, "several values", true, true, e);
    CLEANUP(place_free) struct place at = {.area = AREA_BODY};
    struct jsondiff d = {s, &at, e};
    return jsondiff_value(&d, a->v[0], b->v[0]) < 0 ? -1 : 0;
}

/* 1: the baseline's body is JSON, and it was compared; 0: it is not; -1. */
static int compare_json(struct scope *s, struct err *e)
{
    CLEANUP(buf_free) struct buf x = BUF_INIT(JSONDOC_MAX);
    CLEANUP(buf_free) struct buf y = BUF_INIT(JSONDOC_MAX);
    CLEANUP(jsondoc_free) struct jsondoc a = {0};
    CLEANUP(jsondoc_free) struct jsondoc b = {0};
    if (parse(s->base, s->b, &x, &a, e) < 0)
        return -1;
    bool cut = s->b_end != ENDED_BY_DAEMON && is_messages(s);
    if (!a.n || (a.why[0] && !cut))
        return 0;
    if (parse(s->cand, s->c, &y, &b, e) < 0)
        return -1;
    if (!is_whole(s, &b)) {
        CLEANUP(buf_free) struct buf actual = BUF_INIT(4 * FINDING_TEXT_MAX);
        size_t from = b.whole < y.n ? b.whole : y.n;
        (void)buf_addf(&actual, "%s: ", b.why);
        (void)buf_add(&actual, y.p + from, y.n - from < 400 ? y.n - from : 400);
        CLEANUP(buf_free) struct buf expected = BUF_INIT(FINDING_TEXT_MAX);
        json_show(a.v[0], &expected);
        int rc = scope_tell_as(s, KIND_NOT_JSON, SEV_BREAKING, "body", NULL, "JSON",
                               (struct span){buf_str(&expected), expected.n},
                               (struct span){buf_str(&actual), actual.n}, e);
        return rc < 0 ? -1 : 1;
    }
    return compare_documents(s, &a, &b, e) < 0 ? -1 : 1;
}

static bool looks_like_json(const struct scope *s, const struct buf *head)
{
    struct span h = {buf_str(head), head->n};
    while (h.n && strchr(" \t\r\n", h.p[0]) && h.p[0])
        h.p++, h.n--;
    return is_messages(s) || has_type(&s->b_head, "application/json") || span_starts(h, "{") ||
           span_starts(h, "[");
}

static int compare_content(struct scope *s, struct err *e)
{
    CLEANUP(buf_free) struct buf head = BUF_INIT(HEAD_SHOWN);
    if (is_tar(s)) {
        int rc = tar_compare(s, e);
        return rc ? (rc < 0 ? -1 : 0) : compare_text(s, &body, e);
    }
    if (read_head(s->base, s->b, &head, e) < 0)
        return -1;
    if (!looks_like_json(s, &head))
        return compare_text(s, &body, e);
    if (exchange_size(s->base, s->b, PART_RESPONSE) > JSONDOC_MAX ||
        exchange_size(s->cand, s->c, PART_RESPONSE) > JSONDOC_MAX)
        return compare_text(s, &large, e);
    int rc = compare_json(s, e);
    return rc ? (rc < 0 ? -1 : 0) : compare_text(s, &body, e);
}

int body_compare(struct scope *s, struct err *e)
{
    if (is_foreign(s))
        return 0; /* another protocol: its frames are not understood here */
    bool stream = is_stream(s);
    int rc = ends_compare(s, stream || is_messages(s), e);
    if (rc < 0)
        return -1;
    if (stream)
        return streams_compare(s, e);
    uint64_t b = exchange_size(s->base, s->b, PART_RESPONSE);
    uint64_t c = exchange_size(s->cand, s->c, PART_RESPONSE);
    if (!b && !c)
        return 0;
    /* An answer that was cut short differs in what was cut: that is a consequence. */
    if (!rc && !is_messages(s))
        return 0;
    if (!c && is_tar(s))
        return tell_heads(s, KIND_NOT_TAR, "empty", false, true, e);
    if (!c && is_messages(s) && s->b_end != ENDED_BY_DAEMON && s->c_end == ENDED_BY_RESET)
        return 0;
    if (!c)
        return tell_heads(s, KIND_BODY_MISSING, "body", true, false, e);
    if (!b)
        return s->b_end == ENDED_BY_CLIENT ? 0
                                           : tell_heads(s, KIND_BODY_EXTRA, "body", false, true, e);
    return compare_content(s, e);
}
