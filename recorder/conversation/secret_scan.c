#include "recorder/conversation/secret_scan.h"

#include "recorder/base/base64.h"
#include "recorder/base/cleanup.h"
#include "recorder/conversation/secret_rules.h"
#include "recorder/conversation/shell_value.h"

/* One search: what is handed down through all of it. */
struct scan {
    const struct secret_sink *sink;
    const char *place;
    struct span name, text;
    const char *stops; /* what also ends a bare value */
    struct err *e;
};

static int found(struct scan *s, struct span name, struct span value)
{
    return s->sink->found(s->sink->self, s->place, name, value, s->e);
}

/* --- shapes --- */

#define KEY_LINE_MIN 32

/* The lines of a private key, too: a terminal ends them with "\r\n", a log puts times before them.
 */
static int key_lines(struct scan *s, struct span name, struct span key)
{
    for (struct span rest = key; rest.p;) {
        struct span line = span_trim(span_cut(&rest, '\n'));
        if (line.n >= KEY_LINE_MIN && line.p[0] != '-' && found(s, name, line) < 0)
            return -1;
    }
    return 0;
}

static int found_shape(struct scan *s, const struct shape *shape)
{
    CLEANUP(buf_free) struct buf name = BUF_INIT(4096);
    size_t n = s->name.n < 256 ? s->name.n : 256;
    if (buf_add(&name, s->name.p, n) < 0 || (n && buf_addc(&name, '_') < 0) ||
        buf_adds(&name, shape->label) < 0)
        return err_sys(s->e, "names of secrets");
    struct span full = {name.p, name.n};
    if (found(s, full, shape->value) < 0)
        return -1;
    return memchr(shape->value.p, '\n', shape->value.n) ? key_lines(s, full, shape->value) : 0;
}

static int shapes(struct scan *s)
{
    struct shape shape;
    for (size_t from = 0; secret_shape(s->text, &from, &shape);)
        if (found_shape(s, &shape) < 0)
            return -1;
    return 0;
}

/* --- names and their values --- */

static bool spelt(struct span raw)
{
    return memchr(raw.p, '\\', raw.n) || memmem(raw.p, raw.n, "'\"'\"'", 5);
}

/* A value in each of its spellings: as it stands, and with one and two levels of escapes undone. */
static int take(struct scan *s, struct span name, const struct shell_value *v)
{
    if (v->raw.n < SECRET_MIN || (!v->single && secret_value_reference(v->raw)))
        return 0;
    if (found(s, name, v->raw) < 0)
        return -1;
    if (!spelt(v->raw))
        return 0;
    CLEANUP(buf_free) struct buf once = BUF_INIT(2 * SHELL_VALUE_MAX);
    CLEANUP(buf_free) struct buf twice = BUF_INIT(4 * SHELL_VALUE_MAX);
    if (shell_unescape(v->raw, &once) < 0)
        return err_sys(s->e, "a quoted value");
    struct span one = {once.p, once.n};
    if (found(s, name, one) < 0)
        return -1;
    if (!one.n || !spelt(one))
        return 0;
    if (shell_unescape(one, &twice) < 0)
        return err_sys(s->e, "a quoted value");
    return found(s, name, (struct span){twice.p, twice.n});
}

#define NAME_LOOK 128 /* bytes that are looked back for a name */

static bool in_name(char c)
{
    return is_alnum(c) || c == '_' || c == '-' || c == '.';
}

/* The name that ends before text.p[end]. */
static struct span name_before(struct span text, size_t end)
{
    size_t begin = end;
    while (begin && end - begin < NAME_LOOK && in_name(text.p[begin - 1]))
        begin--;
    bool escape = begin && begin < end && text.p[begin - 1] == '\\' && strchr("nrt", text.p[begin]);
    if (escape) /* "...\nTOKEN=x": the n is no part of it */
        begin++;
    while (begin < end && text.p[begin] == '-')
        begin++;
    return (struct span){text.p + begin, end - begin};
}

static size_t next(struct span text, size_t from, char c)
{
    const char *at = from < text.n ? memchr(text.p + from, c, text.n - from) : NULL;
    return at ? (size_t)(at - text.p) : text.n;
}

static size_t skip_blanks(struct span text, size_t i)
{
    while (i < text.n && (text.p[i] == ' ' || text.p[i] == '\t'))
        i++;
    return i;
}

/* NAME=value, NAME+=value, --name=value, ?name=value& */
static int assignments(struct scan *s)
{
    struct span t = s->text;
    for (size_t i = next(t, 0, '='); i < t.n; i = next(t, i, '=')) {
        size_t end = i && t.p[i - 1] == '+' ? i - 1 : i;
        struct span name = name_before(t, end);
        i++;
        if (!name.n || !secret_name_smells(name))
            continue;
        struct shell_value v = shell_value_at(t, i, s->stops);
        if (take(s, name, &v) < 0)
            return -1;
        if (v.raw.p == t.p + i) /* not quoted: nothing hides inside */
            i = v.end;
    }
    return 0;
}

static bool at_word_start(struct span t, size_t i)
{
    return !i || is_blank(t.p[i - 1]) || strchr("\"'([,", t.p[i - 1]);
}

/* --name value */
static int flags(struct scan *s)
{
    struct span t = s->text;
    for (size_t i = next(t, 0, '-'); i + 2 < t.n; i = next(t, i + 1, '-')) {
        if (t.p[i + 1] != '-' || !at_word_start(t, i))
            continue;
        size_t end = i + 2;
        while (end < t.n && end - i < NAME_LOOK && in_name(t.p[end]))
            end++;
        struct span name = {t.p + i + 2, end - i - 2};
        size_t at = skip_blanks(t, end);
        if (at == end || at >= t.n || t.p[at] == '-' || !secret_name_smells(name))
            continue;
        struct shell_value v = shell_value_at(t, at, s->stops);
        if (take(s, name, &v) < 0)
            return -1;
    }
    return 0;
}

/* Not a word of a sentence: "password: required" assigns nothing. */
static bool looks_random(struct span v)
{
    bool lower = false, upper = false, other = false;
    for (size_t i = 0; i < v.n; i++) {
        lower |= is_lower(v.p[i]);
        upper |= is_upper(v.p[i]);
        other |= !is_lower(v.p[i]) && !is_upper(v.p[i]) && !strchr("-_.", v.p[i]);
    }
    return v.n >= 8 && (other || (lower && upper));
}

int secret_credentials(const struct secret_sink *sink, const char *place, struct span name,
                       struct span text, struct err *e)
{
    struct span rest = span_trim(text), scheme = span_cut(&rest, ' ');
    rest = rest.p ? span_trim(rest) : scheme;
    if (sink->found(sink->self, place, name, rest, e) < 0)
        return -1;
    CLEANUP(buf_free) struct buf plain = BUF_INIT(SHELL_VALUE_MAX);
    if (!span_is_nocase(scheme, "Basic") || base64_decode(rest, &plain) < 0)
        return 0;
    struct span password = {plain.p, plain.n};
    span_cut(&password, ':');
    return password.n ? sink->found(sink->self, place, name, password, e) : 0;
}

/* Behind "Authorization:": up to the end of the line or of the string that it stands in. */
static int authorization(struct scan *s, struct span name, size_t at)
{
    struct span t = s->text;
    size_t end = at;
    while (end < t.n && end - at < SHELL_VALUE_MAX && !strchr("\r\n\"'\\", t.p[end]))
        end++;
    struct span value = {t.p + at, end - at};
    struct span rest = value, scheme = span_cut(&rest, ' ');
    if (secret_value_reference(rest.p ? span_trim(rest) : scheme))
        return 0;
    return secret_credentials(s->sink, s->place, name, value, s->e);
}

/* The quotes around a JSON key, which may have a backslash when the JSON stands in a string. */
static size_t before_quote(struct span t, size_t i)
{
    if (i && (t.p[i - 1] == '"' || t.p[i - 1] == '\''))
        i--;
    if (i && t.p[i - 1] == '\\')
        i--;
    return i;
}

/* "name": "value", name: value, Authorization: Bearer value */
static int members(struct scan *s)
{
    struct span t = s->text;
    for (size_t i = next(t, 0, ':'); i < t.n; i = next(t, i + 1, ':')) {
        size_t at = skip_blanks(t, i + 1);
        struct span name = name_before(t, before_quote(t, i));
        if (at >= t.n || !name.n || !secret_name_smells(name))
            continue;
        if (span_is_nocase(name, "Authorization") || span_is_nocase(name, "Proxy-Authorization")) {
            if (authorization(s, name, at) < 0)
                return -1;
            continue;
        }
        struct shell_value v = shell_value_at(t, at, ",}]");
        bool is_bare = v.raw.p == t.p + at;
        if (is_bare && (at == i + 1 || !looks_random(v.raw)))
            continue;
        if (take(s, name, &v) < 0)
            return -1;
    }
    return 0;
}

/* --- commands with a letter for their password --- */

struct command_flag {
    const char *command, *flag;
    bool attached; /* -pX, no blank between */
    bool userinfo; /* user:X */
};

static const struct command_flag command_flags[] = {
    {"sshpass", "-p", false, false}, {"sshpass", "-p", true, false},
    {"login", "-p", false, false},   {"mysql", "-p", true, false},
    {"mariadb", "-p", true, false},  {"redis-cli", "-a", false, false},
    {"curl", "-u", false, true},     {"curl", "--user", false, true},
    {"mongo", "-p", false, false},   {"ldapsearch", "-w", false, false},
};

/* What such a flag says, where `at` is its value. */
static int take_flag(struct scan *s, const struct command_flag *f, struct span text, size_t at)
{
    static const struct span name = {"PASSWORD", 8};
    struct shell_value v = shell_value_at(text, at, "");
    if (f->userinfo) {
        struct span user = span_cut(&v.raw, ':');
        if (!v.raw.p || secret_value_reference(user))
            return 0;
    }
    if (take(s, name, &v) < 0)
        return -1;
    if (!f->attached || v.raw.p != text.p + at || v.raw.n >= SECRET_WIDE_MIN)
        return 0;
    /* Beside its letter a short value would not be replaced: the whole word is one, too. */
    v.raw = (struct span){v.raw.p - strlen(f->flag), v.raw.n + strlen(f->flag)};
    return take(s, name, &v);
}

#define COMMAND_LOOK 512 /* bytes that are looked back for the command's name */

/* From the beginning of the command that text.p[i] is a part of. */
static struct span command_before(struct span t, size_t i)
{
    size_t begin = i;
    while (begin && i - begin < COMMAND_LOOK && !strchr("\n;&|", t.p[begin - 1]))
        begin--;
    return (struct span){t.p + begin, i - begin};
}

static int command_flag_at(struct scan *s, size_t i)
{
    struct span t = s->text, before = command_before(t, i);
    for (size_t k = 0; k < sizeof command_flags / sizeof *command_flags; k++) {
        const struct command_flag *f = &command_flags[k];
        size_t n = strlen(f->flag);
        if (!span_starts((struct span){t.p + i, t.n - i}, f->flag) ||
            !memmem(before.p, before.n, f->command, strlen(f->command)))
            continue;
        size_t at = skip_blanks(t, i + n);
        if (f->attached != (at == i + n))
            continue;
        if (take_flag(s, f, t, at) < 0)
            return -1;
    }
    return 0;
}

static int commands(struct scan *s)
{
    struct span t = s->text;
    for (size_t i = next(t, 0, '-'); i + 2 < t.n; i = next(t, i + 1, '-'))
        if (i && is_blank(t.p[i - 1]) && strchr("pauw-", t.p[i + 1]) && command_flag_at(s, i) < 0)
            return -1;
    return 0;
}

int secret_scan(const struct secret_sink *sink, const char *place, struct span name,
                struct span text, enum scan_how how, struct err *e)
{
    struct scan s = {sink, place, name, text, how == SCAN_OPTIONS ? ",&" : "", e};
    if (text.n < SECRET_MIN)
        return 0;
    if (shapes(&s) < 0)
        return -1;
    if (how == SCAN_SHAPES)
        return 0;
    return assignments(&s) < 0 || flags(&s) < 0 || members(&s) < 0 || commands(&s) < 0 ? -1 : 0;
}

/* --- words that stand alone --- */

static bool plain_value(struct span word)
{
    return word.n >= SECRET_MIN && word.p[0] != '-' && !secret_value_reference(word);
}

static int word_flags(struct scan *s, const struct span *words, size_t i, size_t n)
{
    struct span w = words[i], name = w;
    while (name.n && name.p[0] == '-')
        name.p++, name.n--;
    if (i + 1 < n && name.n + 2 == w.n && secret_name_smells(name) && plain_value(words[i + 1]) &&
        found(s, name, words[i + 1]) < 0)
        return -1;
    for (size_t k = 0; k < sizeof command_flags / sizeof *command_flags; k++) {
        const struct command_flag *f = &command_flags[k];
        bool named = false;
        for (size_t j = 0; j < i; j++)
            named |= memmem(words[j].p, words[j].n, f->command, strlen(f->command)) != NULL;
        if (!named || !span_starts(w, f->flag))
            continue;
        size_t at = strlen(f->flag);
        if (f->attached ? w.n > at && take_flag(s, f, w, at) < 0
                        : w.n == at && i + 1 < n && take_flag(s, f, words[i + 1], 0) < 0)
            return -1;
    }
    return 0;
}

#define WORDS_LOOK 256 /* words of one command whose flags are understood */

int secret_scan_words(const struct secret_sink *sink, const char *place, const struct span *words,
                      size_t n, struct err *e)
{
    struct scan s = {sink, place, {NULL, 0}, {NULL, 0}, "", e};
    for (size_t i = 0; i < n; i++) {
        if (i < WORDS_LOOK && words[i].n && words[i].p[0] == '-' && word_flags(&s, words, i, n) < 0)
            return -1;
        if (secret_scan(sink, place, (struct span){NULL, 0}, words[i], SCAN_SHELL, e) < 0)
            return -1;
    }
    return 0;
}
