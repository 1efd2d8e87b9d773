#include "suites/replay/pairs.h"

#include <string.h>

#include "recorder/base/cleanup.h"
#include "suites/replay/documents.h"
#include "suites/replay/token.h"

#define LEARN_TEXT_MAX ((size_t)8 << 20)
#define NAMED_LIST_MAX 500 /* longer lists are paired by their order alone */

static void tie(struct pairs *p, enum binding_kind kind, struct span old, struct span new)
{
    if (bindings_pair(p->b, kind, old, new, p->exchange, p->event) < 0)
        p->failed = true;
}

/* --- text --- */

static bool hex_next(struct span *text, struct span *inside, struct span *hex)
{
    struct span gap;
    for (;;) {
        while (token_part(inside, &gap, hex))
            if (token_is_hex(*hex, ID_HEX_MIN))
                return true;
        if (!token_next(text, TEXT_PLAIN, &gap, inside))
            return false;
    }
}

static size_t count_hex(struct span text)
{
    struct span inside = {NULL, 0}, hex;
    size_t n = 0;
    while (hex_next(&text, &inside, &hex))
        n++;
    return n;
}

void pairs_text(struct pairs *p, struct span old, struct span new)
{
    struct span old_in = {NULL, 0}, new_in = {NULL, 0}, from, to;
    bool same = new.n &&count_hex(old) == count_hex(new);
    while (hex_next(&old, &old_in, &from)) {
        if (!same || !hex_next(&new, &new_in, &to))
            to = (struct span){NULL, 0};
        tie(p, BINDING_HEX, from, to);
    }
}

static bool is_name_key(const char *key)
{
    return key && (strcmp(key, "Name") == 0 || strcmp(key, "Names") == 0);
}

/* Docker writes a container's name with a slash in front; clients use it without. */
static struct span bare_name(struct span name)
{
    if (name.n && name.p[0] == '/')
        return (struct span){name.p + 1, name.n - 1};
    return name;
}

static void pair_string(struct pairs *p, const char *key, struct span old, struct span new)
{
    struct span from = bare_name(old), to = bare_name(new);
    pairs_text(p, old, new);
    if (is_name_key(key) && token_is_generated_name(from))
        tie(p, BINDING_NAME, from, token_is_generated_name(to) ? to : (struct span){NULL, 0});
    if (key && strcmp(key, "HostPort") == 0 && token_is_port(old))
        tie(p, BINDING_PORT, old, token_is_port(new) ? new : (struct span){NULL, 0});
}

static void pair_number(struct pairs *p, const char *key, const json_t *old, const json_t *new)
{
    char from[32], to[32];
    if (!key || strcmp(key, "PublicPort") != 0 || !json_is_integer(new))
        return;
    snprintf(from, sizeof from, "%lld", (long long)json_integer_value(old));
    snprintf(to, sizeof to, "%lld", (long long)json_integer_value(new));
    if (token_is_port(span_of(from)) && token_is_port(span_of(to)))
        tie(p, BINDING_PORT, span_of(from), span_of(to));
}

/* --- lists --- */

/* What a thing is called: the member `key`, or the first of it where that is a list. */
static struct span called(const json_t *thing, const char *key)
{
    const json_t *v = json_object_get(thing, key);
    return json_span(json_is_array(v) ? json_array_get(v, 0) : v);
}

/* Is the recorded text, as far as it can be translated, the candidate's? */
static bool translates(struct pairs *p, struct span old, struct span new)
{
    CLEANUP(buf_free) struct buf text = BUF_INIT(LEARN_TEXT_MAX);
    uint32_t missing = 0;
    if (bindings_rewrite(p->b, TEXT_PLAIN, old, &text, &missing) < 0)
        return false;
    return span_eq((struct span){text.p, text.n}, new);
}

static bool same_thing(struct pairs *p, const json_t *old, const json_t *new)
{
    static const char *const keys[] = {"Id", "ID", "Name", "Names", "RepoTags"};
    if (json_is_string(old) && json_is_string(new))
        return translates(p, json_span(old), json_span(new));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct span a = called(old, keys[i]), b = called(new, keys[i]);
        if (a.n && b.n && translates(p, a, b))
            return true;
    }
    return false;
}

/* mate[i] becomes the index + 1 of the candidate's element for the recorded element i, or 0. */
static void find_mates(struct pairs *p, const json_t *old, const json_t *new, size_t *mate,
                       bool *taken)
{
    size_t n = json_array_size(old), m = json_array_size(new), left = n, spare = m;
    for (size_t i = 0; i < n && n <= NAMED_LIST_MAX && m <= NAMED_LIST_MAX; i++)
        for (size_t k = 0; k < m && !mate[i]; k++)
            if (!taken[k] && same_thing(p, json_array_get(old, i), json_array_get(new, k))) {
                mate[i] = k + 1;
                taken[k] = true;
                left--, spare--;
            }
    if (left != spare) /* who would be whom is a guess */
        return;
    for (size_t i = 0, k = 0; i < n; i++) {
        if (mate[i])
            continue;
        while (taken[k])
            k++;
        mate[i] = ++k;
    }
}

static void pair_lists(struct pairs *p, const char *key, const json_t *old, const json_t *new)
{
    size_t n = json_array_size(old);
    CLEANUP_FREE size_t *mate = calloc(n + 1, sizeof *mate);
    CLEANUP_FREE bool *taken = calloc(json_array_size(new) + 1, sizeof *taken);
    if (!mate || !taken) {
        p->failed = true;
        return;
    }
    find_mates(p, old, new, mate, taken);
    for (size_t i = 0; i < n; i++)
        pairs_json(p, key, json_array_get(old, i),
                   mate[i] ? json_array_get(new, mate[i] - 1) : NULL);
}

/* --- objects --- */

static bool is_id_key(const char *key)
{
    return token_is_hex(span_of(key), ID_HEX);
}

/* The only member of an object, if it has one and that is named by an ID. */
static const char *only_id_key(const json_t *object)
{
    void *it = json_object_size(object) == 1 ? json_object_iter((json_t *)object) : NULL;
    const char *key = it ? json_object_iter_key(it) : NULL;
    return key && is_id_key(key) ? key : NULL;
}

/* The candidate's member for a recorded member that is named by an ID ("Containers" of a network).
 */
static const json_t *member_by_id(struct pairs *p, const json_t *old, const json_t *new,
                                  const char *key)
{
    const char *its = only_id_key(old) ? only_id_key(new) : NULL;
    const struct binding *w = bindings_find(p->b, span_of(key));
    tie(p, BINDING_HEX, span_of(key), span_of(its));
    if (w && w->new)
        its = w->new;
    return its ? json_object_get(new, its) : NULL;
}

static void pair_objects(struct pairs *p, const json_t *old, const json_t *new)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)old, key, value)
    {
        const json_t *its = json_object_get(new, key);
        if (!its && is_id_key(key))
            its = member_by_id(p, old, new, key);
        pairs_json(p, key, value, its);
    }
}

void pairs_json(struct pairs *p, const char *key, const json_t *old, const json_t *new)
{
    if (new &&json_typeof(old) != json_typeof(new))
        new = NULL;
    if (json_is_object(old))
        pair_objects(p, old, new);
    else if (json_is_array(old))
        pair_lists(p, key, old, new);
    else if (json_is_string(old))
        pair_string(p, key, json_span(old), json_span(new));
    else if (json_is_integer(old))
        pair_number(p, key, old, new);
}

/* --- messages --- */

/* What a message says besides IDs: they become '#', and "sha256:" in front of them goes. */
static char *skeleton(const json_t *message)
{
    char *dump = json_dumps(message, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    struct buf out = BUF_INIT(LEARN_TEXT_MAX);
    struct span rest = span_of(dump), gap, word, part, joint;
    bool more = dump != NULL, full = !dump;
    while (more && !full) {
        more = token_next(&rest, TEXT_JSON, &gap, &word);
        full = buf_add(&out, gap.p, gap.n) < 0;
        while (!full && token_part(&word, &joint, &part)) {
            bool id = token_is_hex(part, ID_HEX_MIN);
            if (id && span_ends((struct span){buf_str(&out), out.n}, "sha256:"))
                out.n -= strlen("sha256:");
            full = buf_add(&out, joint.p, joint.n) < 0 ||
                   buf_add(&out, id ? "#" : part.p, id ? 1 : part.n) < 0;
        }
        full = full || buf_add(&out, joint.p, more ? joint.n : 0) < 0;
    }
    free(dump);
    if (full)
        buf_free(&out);
    return buf_take(&out);
}

static void free_all(char **v, size_t n)
{
    for (size_t i = 0; v && i < n; i++)
        free(v[i]);
    free(v);
}

static char **skeletons(json_t *const *messages, size_t n)
{
    char **v = calloc(n + 1, sizeof *v);
    for (size_t i = 0; v && i < n; i++)
        v[i] = skeleton(messages[i]);
    return v;
}

void pairs_messages(struct pairs *p, json_t *const *old, size_t old_n, json_t *const *new,
                    size_t new_n)
{
    char **their = skeletons(new, new_n);
    size_t from = 0; /* in a long stream the mates come in the same order */
    if (!their)
        p->failed = true;
    for (size_t i = 0; i < old_n && their; i++) {
        CLEANUP_FREE char *mine = skeleton(old[i]);
        size_t k = from;
        while (k < new_n && (!mine || !their[k] || strcmp(mine, their[k]) != 0))
            k++;
        if (k < new_n)
            from = k + 1;
        pairs_json(p, NULL, old[i], k < new_n ? new[k] : old_n == new_n ? new[i] : NULL);
    }
    free_all(their, new_n);
}
