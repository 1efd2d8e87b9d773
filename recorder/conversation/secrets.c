#include "recorder/conversation/secrets.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "recorder/base/cleanup.h"
#include "recorder/conversation/redact.h"
#include "recorder/conversation/secret_rules.h"

/* A node of by_value and of by_name: a key that the table owns. */
struct value_node {
    struct span key;
};

struct name_node {
    struct span key;
    unsigned last; /* highest number that was put behind this name */
    bool taken;
    bool ours;
};

static int by_key(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

static void node_free(void *node)
{
    struct value_node *n = node;
    free((char *)n->key.p);
    free(n);
}

void secrets_init(struct secrets *s)
{
    memset(s, 0, sizeof *s);
}

void secrets_free(struct secrets *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->list[i].base);
        free(s->list[i].name);
    }
    for (size_t i = 0; i < s->forms_n; i++)
        free((char *)s->forms[i].bytes.p);
    free(s->list);
    free(s->forms);
    tdestroy(s->by_value, node_free);
    tdestroy(s->by_name, node_free);
    secrets_init(s);
}

static int no_memory(struct err *e)
{
    return err_sys(e, "secrets");
}

/* The node of a key, made when there is none; *made tells. NULL: no memory. */
static void *node(void **tree, size_t size, struct span key, bool *made)
{
    void *at = tfind(&key, tree, by_key);
    *made = !at;
    if (at)
        return *(void **)at;
    struct value_node *n = calloc(1, size);
    char *copy = malloc(key.n + 1);
    if (n && copy) {
        memcpy(copy, key.p, key.n);
        copy[key.n] = 0;
        n->key = (struct span){copy, key.n};
        if (tsearch(n, tree, by_key))
            return n;
    }
    free(n);
    free(copy);
    return NULL;
}

/* --- learning --- */

/* PLACE_NAME in [A-Z0-9_]+, no '_' twice. */
static char *base_name(const char *place, struct span name)
{
    char text[PLACEHOLDER_NAME_MAX - 16]; /* room for a number */
    size_t n = 0;
    struct span parts[2] = {span_of(place), name};
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < parts[k].n && n < sizeof text - 2; i++) {
            char c = to_upper(parts[k].p[i]);
            if (is_upper(c) || is_digit(c))
                text[n++] = c;
            else if (n && text[n - 1] != '_')
                text[n++] = '_';
        }
        if (k == 0 && n && text[n - 1] != '_')
            text[n++] = '_';
    }
    while (n && text[n - 1] == '_')
        n--;
    return n ? strndup(text, n) : strdup("SECRET");
}

static int add_value(struct secrets *s, const char *place, struct span name, struct span value,
                     struct err *e)
{
    bool made;
    if (secret_value_harmless(value))
        return 0;
    struct value_node *v = node(&s->by_value, sizeof *v, value, &made);
    if (!v)
        return no_memory(e);
    if (!made)
        return 0;
    if (s->n == REDACT_SECRETS_MAX)
        return err_set(e, "secrets: there are more than %zu (record with --keep-secrets)",
                       REDACT_SECRETS_MAX);
    if (s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 16;
        struct secret *list = realloc(s->list, cap * sizeof *list);
        if (!list)
            return no_memory(e);
        s->list = list;
        s->cap = cap;
    }
    char *base = base_name(place, name);
    if (!base)
        return no_memory(e);
    s->list[s->n++] = (struct secret){.value = v->key, .base = base};
    return 0;
}

int secrets_add(struct secrets *s, const char *place, struct span name, struct span value,
                struct err *e)
{
    struct span inner = value;
    while (inner.n && is_blank(inner.p[0]))
        inner.p++, inner.n--;
    while (inner.n && is_blank(inner.p[inner.n - 1]))
        inner.n--;
    if (inner.n < SECRET_MIN)
        return 0;
    if (add_value(s, place, name, inner, e) < 0)
        return -1;
    return inner.n < value.n ? add_value(s, place, name, value, e) : 0;
}

#define RESERVED_MAX 10000 /* names; a text that uses more of them is an attack on memory */

int secrets_reserve(struct secrets *s, struct span text, struct err *e)
{
    struct placeholder p;
    for (size_t from = 0; placeholder_next(text, from, &p);) {
        bool made;
        struct name_node *n = node(&s->by_name, sizeof *n, p.name, &made);
        if (!n)
            return no_memory(e);
        if (made && ++s->reserved > RESERVED_MAX)
            return err_set(e, "secrets: the traffic holds more than %d texts like {{secret:...}}",
                           RESERVED_MAX);
        n->taken = true;
        from = (size_t)(p.all.p + p.all.n - text.p);
    }
    return 0;
}

/* --- freezing --- */

/* The first free of BASE, BASE_2, BASE_3, ... */
static int give_name(struct secrets *s, struct secret *x, struct err *e)
{
    bool made;
    struct name_node *base = node(&s->by_name, sizeof *base, span_of(x->base), &made), *n = base;
    char text[PLACEHOLDER_NAME_MAX];
    if (!base)
        return no_memory(e);
    snprintf(text, sizeof text, "%s", x->base);
    if (!base->last)
        base->last = 1;
    while (n->taken) {
        snprintf(text, sizeof text, "%s_%u", x->base, ++base->last);
        n = node(&s->by_name, sizeof *n, span_of(text), &made);
        if (!n)
            return no_memory(e);
    }
    n->taken = n->ours = true;
    free(x->name);
    x->name = strdup(text);
    return x->name ? 0 : no_memory(e);
}

struct former {
    struct secrets *s;
    uint32_t secret;
    bool told; /* *e says why it failed */
    struct err *e;
};

static int refuse(struct former *f)
{
    f->told = true;
    return err_set(f->e,
                   "secrets: all their forms take more than %zu bytes (record with --keep-secrets)",
                   REDACT_FORMS_MAX);
}

static bool all_digits(struct span v)
{
    for (size_t i = 0; i < v.n; i++)
        if (!is_digit(v.p[i]))
            return false;
    return true;
}

static int add_form(void *self, enum secret_form form, struct span bytes)
{
    struct former *f = self;
    struct secrets *s = f->s;
    if (bytes.n < SECRET_MIN)
        return 0;
    if (s->forms_bytes + bytes.n > REDACT_FORMS_MAX)
        return refuse(f);
    if (s->forms_n == s->forms_cap) {
        size_t cap = s->forms_cap ? 2 * s->forms_cap : 64;
        struct form *forms = realloc(s->forms, cap * sizeof *forms);
        if (!forms)
            return -1;
        s->forms = forms;
        s->forms_cap = cap;
    }
    char *copy = malloc(bytes.n);
    if (!copy)
        return -1;
    memcpy(copy, bytes.p, bytes.n);
    bool narrow = s->list[f->secret].value.n < SECRET_WIDE_MIN;
    s->forms[s->forms_n++] = (struct form){
        {copy, bytes.n}, f->secret, form, narrow, form == FORM_RAW && all_digits(bytes)};
    s->forms_bytes += bytes.n;
    return 0;
}

/* By bytes; of the same bytes the plainest form, then the secret that was learnt first. */
static int by_bytes(const void *a, const void *b)
{
    const struct form *x = a, *y = b;
    int order = by_key(&x->bytes, &y->bytes);
    if (order)
        return order;
    if (x->form != y->form)
        return x->form < y->form ? -1 : 1;
    return x->secret < y->secret ? -1 : x->secret > y->secret;
}

static void sort_forms(struct secrets *s)
{
    size_t kept = 0;
    if (s->forms_n)
        qsort(s->forms, s->forms_n, sizeof *s->forms, by_bytes);
    for (size_t i = 0; i < s->forms_n; i++) {
        if (kept && span_eq(s->forms[kept - 1].bytes, s->forms[i].bytes)) {
            free((char *)s->forms[i].bytes.p);
            continue;
        }
        s->forms[kept++] = s->forms[i];
        if (s->forms[i].bytes.n > s->longest)
            s->longest = s->forms[i].bytes.n;
    }
    s->forms_n = kept;
}

int secrets_freeze(struct secrets *s, struct err *e)
{
    struct former f = {s, 0, false, e};
    for (size_t i = 0; i < s->n; i++) {
        f.secret = (uint32_t)i;
        if (give_name(s, &s->list[i], e) < 0)
            return -1;
        if (secret_forms(s->list[i].value, add_form, &f) < 0)
            return f.told ? -1 : no_memory(e);
    }
    sort_forms(s);
    s->frozen = true;
    return 0;
}

bool secrets_has_name(const struct secrets *s, struct span name)
{
    void *at = tfind(&name, &s->by_name, by_key);
    return at && (*(struct name_node **)at)->ours;
}
