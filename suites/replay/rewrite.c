#include "suites/replay/rewrite.h"

#include <inttypes.h>
#include <string.h>

#include "recorder/base/base64.h"
#include "recorder/base/cleanup.h"
#include "suites/replay/secrets.h"

static int put(struct buf *out, struct span s)
{
    return buf_add(out, s.p, s.n);
}

int rewrite_text(const struct rewriter *w, enum text_kind kind, struct span text, struct buf *out,
                 uint32_t *missing)
{
    struct span before, placeholder;
    while (secret_next(w->secrets, &text, &before, &placeholder))
        if (bindings_rewrite(w->bindings, kind, before, out, missing) < 0 ||
            secret_put(placeholder, out) < 0)
            return -1;
    return bindings_rewrite(w->bindings, kind, before, out, missing);
}

/* --- target --- */

static int put_path(const struct rewriter *w, struct span path, struct rewritten *out)
{
    struct span unversioned = path_unversioned(path), rest = unversioned, segment;
    const char *at = path.p, *end = path.p + path.n;
    bool takes_id = false;
    for (int i = 0; i < 2 && path_next(&rest, &segment); i++) {
        struct span before = {at, (size_t)(segment.p - at)};
        if (put(&out->head, before) < 0)
            return -1;
        int rc = takes_id ? bindings_rewrite_id(w->bindings, segment, &out->head, &out->missing)
                 : i == 0 ? put(&out->head, segment) /* a word of the API */
                          : rewrite_text(w, TEXT_URL, segment, &out->head, &out->missing);
        if (rc < 0)
            return -1;
        at = segment.p + segment.n;
        takes_id = i == 0 && path_takes_id(segment);
    }
    return rewrite_text(w, TEXT_URL, (struct span){at, (size_t)(end - at)}, &out->head,
                        &out->missing);
}

static bool takes_times(struct span path)
{
    return span_ends(path, "/logs") || span_ends(path, "/events");
}

static int put_query(const struct rewriter *w, const struct request *r, struct rewritten *out)
{
    struct span rest = r->query;
    bool timed = takes_times(r->path);
    while (rest.p) {
        struct span value = span_cut(&rest, '&'), pair = value, key = span_cut(&value, '=');
        bool since = span_is(key, "since"), until = span_is(key, "until");
        int rc = 0;
        if (timed && value.p && (since || until)) {
            rc = put(&out->head, (struct span){pair.p, (size_t)(value.p - pair.p)});
            rc |= timeline_rewrite(w->timeline, value, since ? ROUND_DOWN : ROUND_UP, &out->head);
        } else {
            rc = rewrite_text(w, TEXT_URL, pair, &out->head, &out->missing);
        }
        if (rc < 0 || (rest.p && buf_addc(&out->head, '&') < 0))
            return -1;
    }
    return 0;
}

static int put_target(const struct rewriter *w, const struct request *r, struct rewritten *out)
{
    if (put_path(w, head_path(&r->head), out) < 0)
        return -1;
    if (!r->query.p)
        return 0;
    return buf_addc(&out->head, '?') < 0 ? -1 : put_query(w, r, out);
}

/* --- headers --- */

static int put_base64(const struct rewriter *w, struct span value, struct rewritten *out)
{
    CLEANUP(buf_free) struct buf json = BUF_INIT(EVENT_HEAD_MAX);
    CLEANUP(buf_free) struct buf said = BUF_INIT(EVENT_HEAD_MAX);
    if (memchr(value.p, '{', value.n) || base64_decode(value, &json) < 0)
        return rewrite_text(w, TEXT_PLAIN, value, &out->head, &out->missing);
    struct span old = {json.p, json.n};
    if (rewrite_text(w, TEXT_JSON, old, &said, &out->missing) < 0)
        return -1;
    struct span new = {said.p, said.n};
    return span_eq(old, new) ? put(&out->head, value) : base64_encode(new, &out->head);
}

static int put_header(const struct rewriter *w, const struct header *h, const uint64_t *length,
                      struct rewritten *out)
{
    if (length && span_is_nocase(h->name, "Content-Length"))
        return buf_addf(&out->head, "%" PRIu64, *length);
    if (h->value.n && header_is_base64(h->name))
        return put_base64(w, h->value, out);
    if (header_is_plumbing(h->name))
        return put(&out->head, h->value);
    return rewrite_text(w, TEXT_PLAIN, h->value, &out->head, &out->missing);
}

/* Copies the recorded head, with the target and the headers' values replaced where they stand. */
static int put_head(const struct rewriter *w, const struct request *r, struct span raw,
                    const uint64_t *length, struct rewritten *out)
{
    const char *at = raw.p, *end = raw.p + raw.n;
    struct span target = r->head.target;
    if (target.p) {
        if (put(&out->head, (struct span){at, (size_t)(target.p - at)}) < 0 ||
            put_target(w, r, out) < 0)
            return -1;
        at = target.p + target.n;
    }
    for (size_t i = 0; i < r->head.n; i++) {
        const struct header *h = &r->head.headers[i];
        if (!h->value.p)
            continue;
        if (put(&out->head, (struct span){at, (size_t)(h->value.p - at)}) < 0 ||
            put_header(w, h, length, out) < 0)
            return -1;
        at = h->value.p + h->value.n;
    }
    return put(&out->head, (struct span){at, (size_t)(end - at)});
}

/* --- body --- */

static bool is_chunked(const struct head *h)
{
    struct span coding = head_get(h, "Transfer-Encoding");
    return coding.n >= 7 && span_is_nocase((struct span){coding.p + coding.n - 7, 7}, "chunked");
}

/* The text as it stands on the wire: of one chunk, with the end where the recording has it. */
static int frame(const struct request *r, const struct buf *text, struct buf *body)
{
    int rc = 0;
    bool chunked = is_chunked(&r->head);
    if (chunked && text->n)
        rc = buf_addf(body, "%zx\r\n", text->n);
    rc |= buf_add(body, text->p, text->n);
    if (chunked && text->n)
        rc |= buf_adds(body, "\r\n");
    if (chunked && r->x->request_end)
        rc |= buf_adds(body, "0\r\n\r\n");
    return rc;
}

static int put_body(const struct rewriter *w, const struct request *r, struct rewritten *out,
                    uint64_t *size)
{
    struct span old = {r->text.p, r->text.n};
    if (!r->has_text)
        return 0;
    if (rewrite_text(w, r->kind, old, &out->text, &out->missing) < 0)
        return -1;
    out->body_changed = !span_eq(old, (struct span){out->text.p, out->text.n}) ||
                        (is_chunked(&r->head) && r->unframed);
    if (!out->body_changed) {
        buf_free(&out->text);
        return 0;
    }
    *size = out->text.n;
    return frame(r, &out->text, &out->body);
}

int rewrite_request(const struct rewriter *w, const struct request *r, struct rewritten *out,
                    struct err *e)
{
    memset(out, 0, sizeof *out);
    out->head = BUF_INIT(2 * EVENT_HEAD_MAX);
    out->text = BUF_INIT(REWRITE_BODY_MAX);
    out->body = BUF_INIT(REWRITE_BODY_MAX + 64);
    uint64_t size = r->size;
    if (put_body(w, r, out, &size) < 0)
        return err_sys(e, "the request's body");
    /* A body that was cut off in the recording keeps the length that it promised. */
    if (put_head(w, r, r->raw, r->x->request_end ? &size : NULL, out) < 0)
        return err_sys(e, "the request's head");
    return 0;
}

void rewritten_free(struct rewritten *r)
{
    buf_free(&r->head);
    buf_free(&r->text);
    buf_free(&r->body);
}
