#include "suites/replay/bindings.h"

#include <stdlib.h>
#include <string.h>

#include "recorder/base/base64.h"
#include "recorder/base/cleanup.h"
#include "suites/replay/request.h"

/* A client that says more distinct words than this pipes data, and names nothing with them. */
#define WORDS_MAX 100000

/* --- collecting --- */

struct collector {
    struct bindings *b;
    size_t event;
};

static int add(struct collector *k, enum binding_kind kind, struct span word)
{
    struct bindings *b = k->b;
    if (b->n >= WORDS_MAX)
        return 0;
    if (b->n == b->cap) {
        size_t cap = b->cap ? 2 * b->cap : 64;
        struct binding *v = realloc(b->v, cap * sizeof *v);
        if (!v)
            return -1;
        b->v = v;
        b->cap = cap;
    }
    char *old = strndup(word.p, word.n);
    if (!old)
        return -1;
    b->v[b->n++] = (struct binding){.old = old, .kind = kind, .first_use = k->event};
    return 0;
}

static int collect_word(struct collector *k, struct span word)
{
    if (token_is_port(word))
        return add(k, BINDING_PORT, word);
    if (token_is_generated_name(word))
        return add(k, BINDING_NAME, word);
    struct span rest = word, gap, part;
    while (token_part(&rest, &gap, &part))
        if (token_is_hex(part, ID_HEX_PATH) && part.n <= ID_HEX && add(k, BINDING_HEX, part) < 0)
            return -1;
    return 0;
}

static int collect_text(struct collector *k, enum text_kind kind, struct span text)
{
    struct span gap, word;
    while (token_next(&text, kind, &gap, &word))
        if (collect_word(k, word) < 0)
            return -1;
    return 0;
}

static int collect_base64(struct collector *k, struct span value)
{
    CLEANUP(buf_free) struct buf json = BUF_INIT(EVENT_HEAD_MAX);
    if (base64_decode(value, &json) < 0)
        return 0;
    return collect_text(k, TEXT_JSON, (struct span){json.p, json.n});
}

static int collect_request(struct collector *k, const struct request *r)
{
    int rc = collect_text(k, TEXT_URL, r->head.target);
    for (size_t i = 0; i < r->head.n && rc == 0; i++) {
        const struct header *h = &r->head.headers[i];
        if (header_is_base64(h->name))
            rc = collect_base64(k, h->value);
        else if (!header_is_plumbing(h->name))
            rc = collect_text(k, TEXT_PLAIN, h->value);
    }
    return rc < 0 ? rc : collect_text(k, r->kind, (struct span){r->text.p, r->text.n});
}

static int collect_stdin(void *arg, size_t event, struct span bytes, struct err *e)
{
    struct collector *k = arg;
    k->event = event;
    return collect_text(k, TEXT_PLAIN, bytes) < 0 ? err_sys(e, "bindings") : 0;
}

static int collect_exchange(struct collector *k, const struct conversation *c,
                            const struct exchange *x, struct err *e)
{
    CLEANUP(request_free) struct request r;
    k->event = x->request;
    if (request_load(c, x, &r, e) < 0)
        return -1;
    if (collect_request(k, &r) < 0)
        return err_sys(e, "bindings");
    if (x->stdin_event == NO_EVENT)
        return 0;
    return exchange_walk(c, x, PART_STDIN, collect_stdin, k, e);
}

static int compare(struct span a, struct span b)
{
    int d = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return d ? d : (a.n > b.n) - (a.n < b.n);
}

static int by_word_then_use(const void *pa, const void *pb)
{
    const struct binding *a = pa, *b = pb;
    int d = compare(span_of(a->old), span_of(b->old));
    return d ? d : (a->first_use > b->first_use) - (a->first_use < b->first_use);
}

/* Sorts, and keeps of each word its first use. */
static void settle(struct bindings *b)
{
    size_t n = 0;
    if (b->n)
        qsort(b->v, b->n, sizeof *b->v, by_word_then_use);
    for (size_t i = 0; i < b->n; i++) {
        if (n && strcmp(b->v[n - 1].old, b->v[i].old) == 0) {
            free(b->v[i].old);
            continue;
        }
        b->v[n++] = b->v[i];
        if (b->v[n - 1].kind == BINDING_HEX)
            b->lengths |= UINT64_C(1) << (strlen(b->v[n - 1].old) - 1);
    }
    b->n = n;
}

int bindings_collect(struct bindings *b, const struct conversation *c, struct err *e)
{
    struct collector k = {.b = b};
    memset(b, 0, sizeof *b);
    for (size_t i = 0; i < c->exchanges_n; i++)
        if (collect_exchange(&k, c, &c->exchanges[i], e) < 0)
            return -1;
    settle(b);
    return 0;
}

void bindings_free(struct bindings *b)
{
    for (size_t i = 0; i < b->n; i++) {
        free(b->v[i].old);
        free(b->v[i].new);
    }
    free(b->v);
    memset(b, 0, sizeof *b);
}

/* --- pairing --- */

bool bindings_wanted_after(const struct bindings *b, size_t event)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->v[i].first_use > event && !b->v[i].new)
            return true;
    return false;
}

struct binding *bindings_find(const struct bindings *b, struct span word)
{
    size_t low = 0, high = b->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int d = compare(word, span_of(b->v[mid].old));
        if (d == 0)
            return &b->v[mid];
        if (d < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

static int pair_one(struct bindings *b, enum binding_kind kind, struct span old, struct span new,
                    uint32_t exchange, size_t event)
{
    struct binding *w = bindings_find(b, old);
    if (!w || w->kind != kind || w->new || w->first_use <= event)
        return 0;
    if (!w->source)
        w->source = exchange;
    if (!new.n)
        return 0;
    w->new = strndup(new.p, kind == BINDING_HEX && old.n < new.n ? old.n : new.n);
    return w->new ? 0 : -1;
}

int bindings_pair(struct bindings *b, enum binding_kind kind, struct span old, struct span new,
                  uint32_t exchange, size_t event)
{
    if (kind != BINDING_HEX)
        return pair_one(b, kind, old, new, exchange, event);
    for (size_t n = old.n < ID_HEX ? old.n : ID_HEX; n >= ID_HEX_PATH; n--)
        if ((b->lengths >> (n - 1) & 1) &&
            pair_one(b, kind, (struct span){old.p, n}, new, exchange, event) < 0)
            return -1;
    return 0;
}

/* --- rewriting --- */

/* The word as the candidate knows it; `min`: hex words shorter than this are no IDs here. */
static struct span translate(const struct bindings *b, struct span word, size_t min,
                             uint32_t *missing)
{
    struct binding *w = bindings_find(b, word);
    if (!w || (w->kind == BINDING_HEX && word.n < min))
        return word;
    if (w->new)
        return span_of(w->new);
    if (w->source && w->kind != BINDING_PORT && !*missing)
        *missing = w->source;
    return word;
}

static int put(struct buf *out, struct span s)
{
    return buf_add(out, s.p, s.n);
}

static int put_word(const struct bindings *b, struct span word, struct buf *out, uint32_t *missing)
{
    struct span rest = word, gap, part;
    if (token_is_port(word) || token_is_generated_name(word))
        return put(out, translate(b, word, ID_HEX_MIN, missing));
    while (token_part(&rest, &gap, &part)) {
        if (token_is_hex(part, ID_HEX_MIN))
            part = translate(b, part, ID_HEX_MIN, missing);
        if (put(out, gap) < 0 || put(out, part) < 0)
            return -1;
    }
    return put(out, gap);
}

int bindings_rewrite(const struct bindings *b, enum text_kind kind, struct span text,
                     struct buf *out, uint32_t *missing)
{
    struct span gap, word;
    while (token_next(&text, kind, &gap, &word))
        if (put(out, gap) < 0 || put_word(b, word, out, missing) < 0)
            return -1;
    return put(out, gap);
}

int bindings_rewrite_id(const struct bindings *b, struct span word, struct buf *out,
                        uint32_t *missing)
{
    if (token_is_hex(word, ID_HEX_PATH))
        return put(out, translate(b, word, ID_HEX_PATH, missing));
    return bindings_rewrite(b, TEXT_URL, word, out, missing);
}
