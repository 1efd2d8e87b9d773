#include "differ/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "differ/route.h"
#include "differ/rules_list.h"
#include "recorder/base/cleanup.h"

#define RULES_FORMAT "bugforbug-rules/1"

/* The built-in files: the Makefile embeds each differ/rules/NAME.json under its name. */
#define BUILTIN(X) X(docker)

#define DECLARE(name)                                                                              \
    extern const char embed_##name##_start[] __attribute__((visibility("hidden")));                \
    extern const char embed_##name##_end[] __attribute__((visibility("hidden")));
BUILTIN(DECLARE)
#undef DECLARE

static const char *const ops[] = {
#define ROW(op, name) name,
    RULE_OPS(ROW)
#undef ROW
};

static void rule_free(struct rule *r)
{
    for (char **p = r->routes; p && *p; p++)
        free(*p);
    free(r->routes);
    path_pattern_free(&r->pattern);
    path_pattern_free(&r->steps);
    free(r->query);
    free(r->entry);
    free(r->path);
    free(r->key);
    free(r->text);
    free(r->why);
    *r = (struct rule){0};
}

void rules_free(struct rules *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++)
        rule_free(&r->v[i]);
    free(r->v);
    free(r);
}

struct rules *rules_none(struct err *e)
{
    struct rules *r = calloc(1, sizeof *r);
    if (!r)
        err_sys(e, "rules");
    return r;
}

struct rules *rules_builtin(struct err *e)
{
    struct rules *r = rules_none(e);
    if (!r)
        return NULL;
#define ADD(name)                                                                                  \
    if (rules_add_text(r,                                                                          \
                       (struct span){embed_##name##_start,                                         \
                                     (size_t)(embed_##name##_end - embed_##name##_start)},         \
                       "built-in rules " #name, e) < 0)                                            \
        goto fail;
    BUILTIN(ADD)
#undef ADD
    return r;
fail:
    rules_free(r);
    return NULL;
}

size_t rules_count(const struct rules *r)
{
    return r->n;
}

static int copy(char **to, const char *text, struct err *e)
{
    *to = strdup(text);
    return *to ? 0 : err_sys(e, "rules");
}

static int load_string(json_t *rule, const char *name, char **to, struct err *e)
{
    json_t *v = json_object_get(rule, name);
    if (!v)
        return 0;
    if (!json_is_string(v) || !*json_string_value(v) ||
        strlen(json_string_value(v)) != json_string_length(v))
        return err_set(e, "\"%s\" must be a text that is not empty", name);
    return copy(to, json_string_value(v), e);
}

static int check_members(json_t *rule, struct err *e)
{
    static const char *const known[] = {"route", "status",  "query", "entry", "path", "op",
                                        "class", "pattern", "key",   "why",   NULL};
    const char *name;
    json_t *v;
    json_object_foreach(rule, name, v)
    {
        size_t i = 0;
        while (known[i] && strcmp(known[i], name) != 0)
            i++;
        if (!known[i])
            return err_set(
                e,
                "unknown member \"%.60s\" (known: route, status, query, entry, path, op, "
                "class, pattern, key, why)",
                name);
    }
    return 0;
}

static int load_route(struct rule *r, const char *text, size_t i, struct err *e)
{
    if (!route_is_known(span_of(text)))
        return err_set(e, "\"%.80s\" is no route (see differ/route.h)", text);
    return copy(&r->routes[i], text, e);
}

static int load_routes(struct rule *r, json_t *rule, struct err *e)
{
    json_t *v = json_object_get(rule, "route");
    if (json_is_string(v) && strcmp(json_string_value(v), "*") == 0)
        return 0;
    size_t n = json_is_array(v) ? json_array_size(v) : 1;
    if (!v || !n)
        return err_set(e, "\"route\" is missing (\"GET /containers/{id}/json\", a list of such, or "
                          "\"*\")");
    r->routes = calloc(n + 1, sizeof *r->routes);
    if (!r->routes)
        return err_sys(e, "rules");
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_is_array(v) ? json_array_get(v, i) : v;
        if (!json_is_string(one))
            return err_set(e, "\"route\" must be a text or a list of texts");
        if (load_route(r, json_string_value(one), i, e) < 0)
            return -1;
    }
    return 0;
}

static int load_status(struct rule *r, json_t *rule, struct err *e)
{
    json_t *v = json_object_get(rule, "status");
    if (!v)
        return 0;
    if (json_is_integer(v) && json_integer_value(v) >= 100 && json_integer_value(v) <= 599) {
        r->status = (int)json_integer_value(v);
        return 0;
    }
    const char *text = json_is_string(v) ? json_string_value(v) : "";
    if (text[0] >= '1' && text[0] <= '5' && strcmp(text + 1, "xx") == 0) {
        r->status = text[0] - '0';
        return 0;
    }
    return err_set(e, "\"status\" must be a number like 200, or a class like \"4xx\"");
}

static int load_op(struct rule *r, json_t *rule, struct err *e)
{
    json_t *v = json_object_get(rule, "op");
    const char *text = json_is_string(v) ? json_string_value(v) : "";
    size_t i = 0;
    while (i < RULE_OPS_N && strcmp(ops[i], text) != 0)
        i++;
    if (i == RULE_OPS_N)
        return err_set(e, "\"op\" must be one of ignore, class, text-class, exact, unordered, "
                          "unordered-by, sorted-by, ordered, map, group-by, join, skip");
    r->op = (enum rule_op)i;
    return 0;
}

static bool wants_key(enum rule_op op)
{
    return op == RULE_UNORDERED_BY || op == RULE_SORTED_BY || op >= RULE_GROUP_BY;
}

/* The members that some operations need and all others must not have. */
static int load_arguments(struct rule *r, json_t *rule, struct err *e)
{
    CLEANUP_FREE char *class = NULL;
    if (load_string(rule, "class", &class, e) < 0 || load_string(rule, "key", &r->key, e) < 0 ||
        load_string(rule, "pattern", &r->text, e) < 0)
        return -1;
    if ((r->op == RULE_CLASS) != (class != NULL))
        return err_set(e, class ? "\"class\" has a meaning only with the op \"class\""
                                : "the op \"class\" needs a \"class\"");
    if ((r->op == RULE_TEXT_CLASS) != (r->text != NULL))
        return err_set(e, r->text ? "\"pattern\" has a meaning only with the op \"text-class\""
                                  : "the op \"text-class\" needs a \"pattern\"");
    if (wants_key(r->op) != (r->key != NULL))
        return err_set(e, r->key ? "\"key\" has no meaning with this op"
                                 : "this op needs a \"key\" (\".Name\")");
    r->class = class ? class_of(span_of(class)) : CLASS_NONE;
    if (class && r->class == CLASS_NONE)
        return err_set(e, "\"%.40s\" is no class (RULES.md lists them)", class);
    if (r->text && pattern_parse(&r->lines, span_of(r->text), e) < 0)
        return -1;
    if (!r->key)
        return 0;
    if (path_pattern_parse(&r->steps, span_of(r->key), e) < 0)
        return err_wrap(e, "key");
    for (size_t i = 0; i < r->steps.n; i++)
        if (r->steps.v[i].kind == STEP_ANY_KEY || r->steps.v[i].kind == STEP_ANY_INDEX)
            return err_set(e, "\"key\" must name one value, without * and []");
    if (r->steps.area != AREA_BODY || !r->steps.n)
        return err_set(e, "\"key\" must be a path like \".Name\"");
    return 0;
}

/* Nothing may hide a whole body, stream or file: such a rule would make a comparison compare
 * nothing, and look as if all were well. */
static int check_reach(const struct rule *r, struct err *e)
{
    bool hides = r->op == RULE_IGNORE || (r->op == RULE_CLASS && r->class == CLASS_ANY_STRING);
    enum area area = r->pattern.area;
    if (hides && !path_pattern_is_specific(&r->pattern))
        return err_set(e, "a rule must not hide everything (name a key in \"path\")");
    bool text = area == AREA_STREAM || area == AREA_TEXT;
    if (text && r->op != RULE_TEXT_CLASS && r->op != RULE_EXACT)
        return err_set(e, "a whole text can be compared by \"text-class\" or \"exact\" only");
    if (hides && area == AREA_ENTRY && r->pattern.n && span_is(r->pattern.v[0].key, "content") &&
        (!r->entry || strchr(r->entry, '*')))
        return err_set(e, "a rule must not hide the content of every file (name the \"entry\")");
    bool value = r->op <= RULE_EXACT;
    if (!value && area != AREA_BODY)
        return err_set(e, "this op is for lists, objects and messages of a body");
    bool message = r->pattern.n == 1 && r->pattern.v[0].kind == STEP_ANY_INDEX;
    if (r->op >= RULE_GROUP_BY && !(message && area == AREA_BODY))
        return err_set(e, "this op is for the messages of a stream (\"path\": \"[]\")");
    if (r->entry && area != AREA_BODY && area != AREA_ENTRY)
        return err_set(e, "\"entry\" has a meaning only with paths into an archive");
    return 0;
}

static int load_rule(struct rule *r, json_t *rule, const char *path, struct err *e)
{
    if (copy(&r->path, path, e) < 0 || load_routes(r, rule, e) < 0 || load_status(r, rule, e) < 0 ||
        load_op(r, rule, e) < 0 || load_string(rule, "query", &r->query, e) < 0 ||
        load_string(rule, "entry", &r->entry, e) < 0 || load_string(rule, "why", &r->why, e) < 0)
        return -1;
    if (!r->why)
        return err_set(e, "\"why\" is missing: a rule says why the value may vary");
    if (path_pattern_parse(&r->pattern, span_of(r->path), e) < 0 || load_arguments(r, rule, e) < 0)
        return -1;
    return check_reach(r, e);
}

static int add_rule(struct rules *rs, json_t *rule, const char *path, struct err *e)
{
    if (rs->n == RULES_MAX)
        return err_set(e, "more than %d rules", RULES_MAX);
    if (rs->n == rs->cap) {
        size_t cap = rs->cap ? 2 * rs->cap : 64;
        struct rule *v = realloc(rs->v, cap * sizeof *v);
        if (!v)
            return err_sys(e, "rules");
        rs->v = v;
        rs->cap = cap;
    }
    struct rule *r = &rs->v[rs->n];
    *r = (struct rule){0};
    if (load_rule(r, rule, path, e) < 0) {
        rule_free(r);
        return -1;
    }
    rs->n++;
    return 0;
}

/* A rule with a list of paths is as many rules. */
static int add_paths(struct rules *rs, json_t *rule, struct err *e)
{
    if (!json_is_object(rule))
        return err_set(e, "a rule is an object");
    if (check_members(rule, e) < 0)
        return -1;
    json_t *v = json_object_get(rule, "path");
    size_t n = json_is_array(v) ? json_array_size(v) : 1;
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_is_array(v) ? json_array_get(v, i) : v;
        if (!json_is_string(one) || !*json_string_value(one))
            return err_set(e, "\"path\" must be a text (\".State.Pid\") or a list of texts");
        if (add_rule(rs, rule, json_string_value(one), e) < 0)
            return -1;
    }
    return n ? 0 : err_set(e, "\"path\" is an empty list");
}

static int add_all(struct rules *r, json_t *root, const char *name, struct err *e)
{
    json_t *format = json_object_get(root, "format"), *list = json_object_get(root, "rules");
    const char *text = json_is_string(format) ? json_string_value(format) : "";
    if (strcmp(text, RULES_FORMAT) != 0)
        return err_set(e, "%s: no rules of a format known here (\"format\": \"" RULES_FORMAT "\")",
                       name);
    if (!json_is_array(list) || json_object_size(root) != 2)
        return err_set(e, "%s: must hold \"format\" and \"rules\" (a list), and no more", name);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (add_paths(r, json_array_get(list, i), e) < 0)
            return err_wrap(e, "%s: rule %zu", name, i + 1);
    return 0;
}

int rules_add_text(struct rules *r, struct span text, const char *name, struct err *e)
{
    json_error_t why;
    json_t *root = json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        return err_set(e, "%s:%d: not JSON: %s", name, why.line, why.text);
    size_t before = r->n;
    int rc = add_all(r, root, name, e);
    json_decref(root);
    while (rc < 0 && r->n > before) /* a file counts as a whole or not at all */
        rule_free(&r->v[--r->n]);
    return rc;
}

int rules_add_file(struct rules *r, const char *path, struct err *e)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(e, "%s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(e, "%s: not a regular file", path);
    CLEANUP(buf_free) struct buf text = BUF_INIT(RULES_FILE_MAX);
    for (;;) {
        if (buf_reserve(&text, 4096) < 0)
            return errno == EFBIG
                       ? err_set(e, "%s: more than %zu bytes of rules", path, RULES_FILE_MAX)
                       : err_sys(e, "%s", path);
        ssize_t got = read(fd, text.p + text.n, 4096);
        if (got < 0)
            return err_sys(e, "%s", path);
        if (!got)
            break;
        text.n += (size_t)got;
    }
    return rules_add_text(r, (struct span){text.p, text.n}, path, e);
}
