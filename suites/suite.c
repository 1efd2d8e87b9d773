#include "suites/suite.h"

#include <glob.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/conversation/conversation.h"
#include "suites/pace.h"

/* What is being read. */
struct reading {
    const char *folder;
    struct suite *out;
    struct err *e;
};

static int path_of(const char *folder, const char *name, struct buf *out)
{
    return *name == '/' ? buf_adds(out, name) : buf_addf(out, "%s/%s", folder, name);
}

bool suite_is(const char *path)
{
    CLEANUP(buf_free) struct buf file = BUF_INIT(8192);
    struct stat st;
    return path_of(path, "suite.json", &file) == 0 && stat(file.p, &st) == 0;
}

static int wrong(struct reading *r, const char *key, const char *what)
{
    return err_set(r->e, "\"%s\": %s", key, what);
}

static int read_text(struct reading *r, const json_t *value, const char *key, char **out)
{
    if (!json_is_string(value) || !json_string_length(value))
        return wrong(r, key, "a text is needed");
    char *copy = strdup(json_string_value(value));
    if (!copy)
        return err_sys(r->e, "\"%s\"", key);
    *out = copy;
    return 0;
}

static int on_name(struct reading *r, const json_t *value)
{
    return read_text(r, value, "suite", &r->out->name);
}

static int on_why(struct reading *r, const json_t *value)
{
    return read_text(r, value, "why", &r->out->why);
}

static int on_version(struct reading *r, const json_t *value)
{
    return json_integer_value(value) == SUITE_VERSION ? 0 : wrong(r, "version", "only 1 is known");
}

static int expand(struct reading *r, const char *pattern)
{
    glob_t found;
    int rc = glob(pattern, GLOB_ERR, NULL, &found);
    if (rc == 0 && found.gl_pathc) {
        for (size_t i = 0; i < found.gl_pathc && rc == 0; i++)
            rc = meta_list_add_new(&r->out->conversations, span_of(found.gl_pathv[i]));
    } else {
        rc = err_set(r->e, "\"conversations\": %s: no such file", pattern);
    }
    globfree(&found);
    return rc;
}

static int on_conversations(struct reading *r, const json_t *value)
{
    size_t i;
    json_t *item;
    if (!json_is_array(value) || !json_array_size(value))
        return wrong(r, "conversations", "a list of file names or patterns is needed");
    json_array_foreach((json_t *)value, i, item)
    {
        CLEANUP(buf_free) struct buf path = BUF_INIT(8192);
        if (!json_is_string(item))
            return wrong(r, "conversations", "not a list of texts");
        if (path_of(r->folder, json_string_value(item), &path) < 0)
            return err_sys(r->e, "\"conversations\"");
        if (expand(r, path.p) < 0)
            return -1;
    }
    for (char **c = r->out->conversations; *c; c++)
        r->out->conversations_n++;
    return 0;
}

static int read_fixture(struct reading *r, const json_t *value, struct fixture *f)
{
    const char *key;
    json_t *member;
    json_object_foreach(
        (json_t *)value, key,
        member) if (strcmp(key, "image") != 0 &&
                    strcmp(key, "make") !=
                        0) return wrong(r, "fixtures",
                                        "a fixture has \"image\" and \"make\", and nothing else");
    CLEANUP_FREE char *make = NULL;
    if (read_text(r, json_object_get(value, "image"), "fixtures: image", &f->image) < 0 ||
        read_text(r, json_object_get(value, "make"), "fixtures: make", &make) < 0)
        return -1;
    struct buf path = BUF_INIT(8192);
    if (!make || path_of(r->folder, make, &path) < 0)
        return err_sys(r->e, "\"fixtures\"");
    f->make = buf_take(&path);
    if (!f->make || access(f->make, X_OK) < 0)
        return err_sys(r->e, "\"fixtures\": %s", f->make ? f->make : "make");
    return 0;
}

static int on_fixtures(struct reading *r, const json_t *value)
{
    if (!json_is_array(value))
        return wrong(r, "fixtures", "not a list");
    r->out->fixtures = calloc(json_array_size(value) + 1, sizeof *r->out->fixtures);
    if (!r->out->fixtures)
        return err_sys(r->e, "\"fixtures\"");
    for (size_t i = 0; i < json_array_size(value); i++)
        if (read_fixture(r, json_array_get(value, i), &r->out->fixtures[r->out->fixtures_n++]) < 0)
            return -1;
    return 0;
}

static int on_rules(struct reading *r, const json_t *value)
{
    size_t i;
    json_t *item;
    if (!json_is_array(value))
        return wrong(r, "rules", "not a list of file names");
    json_array_foreach((json_t *)value, i, item)
    {
        CLEANUP(buf_free) struct buf path = BUF_INIT(8192);
        if (!json_is_string(item))
            return wrong(r, "rules", "not a list of file names");
        if (path_of(r->folder, json_string_value(item), &path) < 0 ||
            meta_list_add(&r->out->rules, span_of(path.p)) < 0)
            return err_sys(r->e, "\"rules\"");
    }
    return 0;
}

static int on_gate(struct reading *r, const json_t *value)
{
    if (!json_is_string(value))
        return wrong(r, "gate", "a severity is needed");
    return severity_parse(json_string_value(value), &r->out->gate, r->e);
}

static int on_pace(struct reading *r, const json_t *value)
{
    if (!json_is_string(value))
        return wrong(r, "pace", "a text is needed: recorded, none, or a factor");
    return pace_parse(json_string_value(value), &r->out->pace, r->e);
}

static const struct {
    const char *key;
    int (*read)(struct reading *r, const json_t *value);
} keys[] = {
    {"suite", on_name},        {"version", on_version},
    {"why", on_why},           {"conversations", on_conversations},
    {"fixtures", on_fixtures}, {"rules", on_rules},
    {"gate", on_gate},         {"pace", on_pace},
};

static int read_key(struct reading *r, const char *key, const json_t *value)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i].key) == 0)
            return keys[i].read(r, value);
    return wrong(r, key, "unknown key");
}

static int read_root(struct reading *r, const json_t *root)
{
    const char *key;
    json_t *value;
    static const char *const needed[] = {"suite", "version", "why", "conversations"};
    if (!json_is_object(root))
        return err_set(r->e, "not a JSON object");
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!json_object_get(root, needed[i]))
            return wrong(r, needed[i], "is missing");
    json_object_foreach((json_t *)root, key, value) if (read_key(r, key, value) < 0) return -1;
    return 0;
}

int suite_read(const char *folder, struct suite *out, struct err *e)
{
    *out = (struct suite){.gate = SEV_BEHAVIOUR, .pace = PACE_RECORDED};
    CLEANUP(buf_free) struct buf file = BUF_INIT(8192);
    struct stat st;
    if (path_of(folder, "suite.json", &file) < 0 || stat(file.p, &st) < 0)
        return err_sys(e, "%s/suite.json", folder);
    if ((size_t)st.st_size > SUITE_FILE_MAX)
        return err_set(e, "%s: beyond %zu bytes", file.p, SUITE_FILE_MAX);
    json_error_t error;
    json_t *root = json_load_file(file.p, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return err_set(e, "%s:%d: %s", file.p, error.line, error.text);
    struct reading r = {folder, out, e};
    int rc = read_root(&r, root);
    json_decref(root);
    return rc < 0 ? err_wrap(e, "%s", file.p) : 0;
}

void suite_free(struct suite *s)
{
    free(s->name);
    free(s->why);
    meta_list_free(s->conversations);
    for (size_t i = 0; i < s->fixtures_n; i++) {
        free(s->fixtures[i].image);
        free(s->fixtures[i].make);
    }
    free(s->fixtures);
    meta_list_free(s->rules);
    memset(s, 0, sizeof *s);
}
