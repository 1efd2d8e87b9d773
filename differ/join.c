#include "differ/join.h"

#include <stdlib.h>

#define RED "\x1b[91m"
#define PLAIN "\x1b[0m"

struct joiner {
    struct jsondoc out;
    size_t cap;
    struct buf line, red; /* the line so far; what came in red since the last step */
    bool in_red;
    const char *name;
};

static int add(struct joiner *j, json_t *v)
{
    if (v && j->out.n == j->cap) {
        size_t cap = j->cap ? 2 * j->cap : 64;
        json_t **grown = realloc(j->out.v, cap * sizeof(json_t *));
        if (!grown) {
            json_decref(v);
            return -1;
        }
        j->out.v = grown;
        j->cap = cap;
    }
    if (!v)
        return -1;
    j->out.v[j->out.n++] = v;
    return 0;
}

static int add_line(struct joiner *j, const struct buf *line)
{
    json_t *v = json_object();
    json_t *text = json_stringn_nocheck(buf_str(line), line->n);
    if (v && text && json_object_set_new(v, j->name, text) == 0)
        return add(j, v);
    json_decref(v);
    return -1;
}

static int flush_red(struct joiner *j)
{
    struct span rest = {j->red.p, j->red.n};
    struct buf line = BUF_INIT(JOIN_MAX);
    int rc = 0;
    while (rest.n && rc == 0) {
        const char *newline = memchr(rest.p, '\n', rest.n);
        size_t n = newline ? (size_t)(newline - rest.p) + 1 : rest.n;
        buf_clear(&line);
        rc = buf_adds(&line, RED) | buf_add(&line, rest.p, n);
        rc = rc ? rc : add_line(j, &line);
        rest.p += n;
        rest.n -= n;
    }
    buf_free(&line);
    buf_clear(&j->red);
    return rc;
}

/* With these the builder says that a step is over. */
static bool ends_step(const struct buf *line)
{
    struct span s = {buf_str(line), line->n};
    return span_starts(s, "Removing intermediate container ") || span_starts(s, " ---> ") ||
           span_starts(s, "Step ");
}

static int flush_line(struct joiner *j)
{
    int rc = ends_step(&j->line) ? flush_red(j) : 0;
    if (rc == 0 && j->line.n)
        rc = add_line(j, &j->line);
    buf_clear(&j->line);
    return rc;
}

static int take(struct joiner *j, struct span text)
{
    while (text.n) {
        const char *mark = j->in_red ? PLAIN : RED;
        size_t n = span_starts(text, mark) ? strlen(mark) : 0;
        if (n) {
            j->in_red = !j->in_red;
        } else {
            n = 1;
            if (buf_addc(j->in_red ? &j->red : &j->line, *text.p) < 0)
                return -1;
            if (!j->in_red && *text.p == '\n' && flush_line(j) < 0)
                return -1;
        }
        text.p += n;
        text.n -= n;
    }
    return 0;
}

static int join_all(const struct jsondoc *d, struct joiner *j)
{
    for (size_t i = 0; i < d->n; i++) {
        json_t *text = json_object_get(d->v[i], j->name);
        if (json_is_string(text) && json_object_size(d->v[i]) == 1) {
            if (take(j, (struct span){json_string_value(text), json_string_length(text)}) < 0)
                return -1;
        } else if (flush_line(j) < 0 || flush_red(j) < 0 || add(j, json_incref(d->v[i])) < 0) {
            return -1;
        }
    }
    return flush_line(j) < 0 ? -1 : flush_red(j);
}

int join_messages(struct jsondoc *d, const char *name, struct err *e)
{
    struct joiner j = {.line = BUF_INIT(JOIN_MAX), .red = BUF_INIT(JOIN_MAX), .name = name};
    int rc = join_all(d, &j);
    buf_free(&j.line);
    buf_free(&j.red);
    if (rc == 0) {
        jsondoc_free(d);
        *d = j.out;
        return 0;
    }
    jsondoc_free(&j.out);
    return err_sys(e, "messages");
}
