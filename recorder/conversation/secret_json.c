#include "recorder/conversation/secret_json.h"

#include <jansson.h>
#include <stdlib.h>

#include "recorder/base/base64.h"
#include "recorder/base/cleanup.h"
#include "recorder/conversation/redact.h"
#include "recorder/conversation/secret_rules.h"

/* What the name of a member says about everything below it. */
enum under { PLAIN, ENV, ARGS, LABELS, OPTIONS, WORDS, JOIN_TOKENS };

struct walk {
    const struct secret_sink *sink;
    struct json_origin origin;
    struct err *e;
};

static int walk(struct walk *w, json_t *v, struct span key, enum under under);

static void json_free(json_t **v)
{
    json_decref(*v);
}

static struct span string(const json_t *v)
{
    return (struct span){json_string_value(v), json_string_length(v)};
}

static int found(struct walk *w, const char *place, struct span name, struct span value)
{
    return w->sink->found(w->sink->self, place, name, value, w->e);
}

static int scan(struct walk *w, const char *place, struct span name, struct span text,
                enum scan_how how)
{
    return secret_scan(w->sink, place, name, text, how, w->e);
}

/* --- values that have a name --- */

/* Whole where its name or the giver says so; what tells by its looks in any case. */
static int named(struct walk *w, const char *place, struct span name, struct span value,
                 bool given_secret)
{
    bool whole = secret_name_smells(name) || (given_secret && value.n >= SECRET_GIVEN_MIN);
    if (whole && found(w, place, name, value) < 0)
        return -1;
    return scan(w, place, name, value, SCAN_SHAPES);
}

static int env(struct walk *w, struct span name, struct span value)
{
    return named(w, "ENV", name, value, w->origin.gives_env && !env_name_public(name));
}

static int option(struct walk *w, struct span name, struct span value)
{
    if (named(w, "OPT", name, value, false) < 0)
        return -1;
    return scan(w, "OPT", (struct span){NULL, 0}, value, SCAN_OPTIONS);
}

static int pair(struct walk *w, enum under under, struct span name, struct span value)
{
    switch (under) {
    case ENV:
        return env(w, name, value);
    case ARGS:
        return named(w, "BUILDARG", name, value, w->origin.client && !env_name_public(name));
    case LABELS:
        return named(w, "LABEL", name, value, w->origin.client && !label_public(name));
    case JOIN_TOKENS:
        return found(w, "JOINTOKEN", name, value);
    default:
        return option(w, name, value);
    }
}

/* "NAME=value" */
static int assignment(struct walk *w, enum under under, struct span text)
{
    struct span value = text, name = span_cut(&value, '=');
    return value.p ? pair(w, under, name, value) : 0;
}

/* --- members by name --- */

struct meaning {
    const char *key;
    size_t n;
    enum under under;
};

#define MEANS(key, under)                                                                          \
    {                                                                                              \
        key, sizeof key - 1, under                                                                 \
    }

static const struct meaning meanings[] = {
    MEANS("Env", ENV),
    MEANS("BuildArgs", ARGS),
    MEANS("Labels", LABELS),
    MEANS("Attributes", LABELS), /* of an event's actor: its labels are among them */
    MEANS("Options", OPTIONS),
    MEANS("Opts", OPTIONS),
    MEANS("DriverOpts", OPTIONS),
    MEANS("LogOpts", OPTIONS),
    MEANS("JoinTokens", JOIN_TOKENS),
    MEANS("Cmd", WORDS),
    MEANS("Entrypoint", WORDS),
    MEANS("Args", WORDS),
    MEANS("Command", WORDS),
    MEANS("arguments", WORDS), /* of ProcessConfig in exec inspect */
    MEANS("Test", WORDS),      /* of Healthcheck */
    MEANS("OnBuild", WORDS),
    MEANS("Processes", WORDS), /* of top */
    MEANS("CreatedBy", WORDS), /* of an image's history */
    MEANS("created_by", WORDS),
    MEANS("status", WORDS), /* of events: "exec_create: COMMAND" */
    MEANS("Action", WORDS),
    MEANS("stream", WORDS), /* of build: the steps that it goes through */
};

static bool string_map(const json_t *v)
{
    const char *key;
    json_t *member;
    if (!json_is_object(v) || !json_object_size(v))
        return false;
    json_object_foreach((json_t *)v, key, member)
    {
        if (!json_is_string(member))
            return false;
    }
    return true;
}

static enum under meaning_of(struct span key, const json_t *v, enum under above)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (key.n == meanings[i].n && strncasecmp(key.p, meanings[i].key, key.n) == 0)
            return meanings[i].under;
    if (span_is_nocase(key, "Config") && string_map(v)) /* of LogConfig */
        return OPTIONS;
    return above == WORDS ? WORDS : PLAIN;
}

/* Go's names for what is about secrets and none itself. */
static bool about_secrets(struct span key)
{
    static const char *const names[] = {
        "SecretID",  "Key", "Keys", "Session", "SessionID", "Authorization", "AuthorizationPlugins",
        "SandboxKey"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is_nocase(key, names[i]))
            return true;
    return false;
}

#define AUTH_MIN 8

/* base64(user:password), as in a client's config.json */
static int auth(struct walk *w, struct span key, struct span value)
{
    CLEANUP(buf_free) struct buf plain = BUF_INIT(REDACT_GATHER_MAX);
    if (value.n < AUTH_MIN || base64_decode(value, &plain) < 0)
        return 0;
    struct span password = {plain.p, plain.n};
    span_cut(&password, ':');
    if (password.n && found(w, "", key, password) < 0)
        return -1;
    return found(w, "", key, value);
}

/* The value is what is inside; the base64 text is one of its forms, if it is spelt as everybody
 * does. */
static int data(struct walk *w, struct span value)
{
    static const struct span name = {"DATA", 4};
    CLEANUP(buf_free) struct buf plain = BUF_INIT(REDACT_GATHER_MAX);
    CLEANUP(buf_free) struct buf again = BUF_INIT(REDACT_GATHER_MAX);
    if (base64_decode(value, &plain) < 0 || !plain.n)
        return found(w, "SECRET", name, value);
    struct span inside = {plain.p, plain.n};
    if (found(w, "SECRET", name, inside) < 0)
        return -1;
    if (base64_encode(inside, &again) < 0)
        return err_sys(w->e, "data of a secret");
    return span_eq(value, (struct span){again.p, again.n}) ? 0 : found(w, "SECRET", name, value);
}

static int text(struct walk *w, struct span key, struct span value, enum under under)
{
    if (w->origin.data && span_is_nocase(key, "Data"))
        return data(w, value);
    if (span_is_nocase(key, "auth"))
        return auth(w, key, value);
    if (secret_name_smells(key) && !about_secrets(key) && found(w, "", key, value) < 0)
        return -1;
    if (under == WORDS)
        return scan(w, "CMD", (struct span){NULL, 0}, value, SCAN_SHELL);
    return scan(w, "", key, value, w->origin.client ? SCAN_SHELL : SCAN_SHAPES);
}

static bool has_pairs(enum under under)
{
    return under != PLAIN && under != WORDS;
}

static int object(struct walk *w, json_t *v, enum under under)
{
    const char *key;
    json_t *member;
    json_t *name = json_object_get(v, "Name"), *value = json_object_get(v, "Value");
    if (under == ENV && json_is_string(name) && json_is_string(value)) /* of a plugin */
        return pair(w, ENV, string(name), string(value));
    json_object_foreach(v, key, member)
    {
        struct span k = span_of(key);
        int rc = json_is_string(member) && has_pairs(under)
                     ? pair(w, under, k, string(member))
                     : walk(w, member, k, meaning_of(k, member, under));
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* An exec form: its words are looked at together, so that a flag finds its value. */
static int words(struct walk *w, json_t *v)
{
    size_t n = 0, i;
    json_t *item;
    CLEANUP_FREE struct span *list = calloc(json_array_size(v) + 1, sizeof *list);
    if (!list)
        return err_sys(w->e, "words of a command");
    json_array_foreach(v, i, item)
    {
        if (json_is_string(item))
            list[n++] = string(item);
    }
    return secret_scan_words(w->sink, "CMD", list, n, w->e);
}

static int array(struct walk *w, json_t *v, struct span key, enum under under)
{
    size_t i;
    json_t *item;
    if (under == WORDS && words(w, v) < 0)
        return -1;
    json_array_foreach(v, i, item)
    {
        int rc = 0;
        if (!json_is_string(item))
            rc = walk(w, item, key, under);
        else if (has_pairs(under))
            rc = assignment(w, under, string(item));
        else if (under != WORDS)
            rc = text(w, key, string(item), under);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int walk(struct walk *w, json_t *v, struct span key, enum under under)
{
    if (json_is_object(v))
        return object(w, v, under);
    if (json_is_array(v))
        return array(w, v, key, under);
    return json_is_string(v) ? text(w, key, string(v), under) : 0;
}

static int look(const struct secret_sink *sink, struct json_origin origin, enum under under,
                struct span bytes, struct err *e)
{
    struct walk w = {sink, origin, e};
    CLEANUP(json_free)
    json_t *v = json_loadb(bytes.p, bytes.n, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    if (!v) /* malformed, or no memory: then the next allocation says so */
        return scan(&w, "", (struct span){NULL, 0}, bytes, SCAN_SHELL);
    if (under == PLAIN && json_is_array(v) && json_is_string(json_array_get(v, 0)))
        under = ENV; /* the settings of a plugin: ["NAME=value"] */
    return walk(&w, v, (struct span){"", 0}, under);
}

int secret_json(const struct secret_sink *sink, struct json_origin origin, struct span bytes,
                struct err *e)
{
    return look(sink, origin, PLAIN, bytes, e);
}

int secret_json_args(const struct secret_sink *sink, struct span bytes, struct err *e)
{
    return look(sink, (struct json_origin){.client = true, .gives_env = true}, ARGS, bytes, e);
}

int secret_json_labels(const struct secret_sink *sink, struct span bytes, struct err *e)
{
    return look(sink, (struct json_origin){.client = true}, LABELS, bytes, e);
}
