#include "recorder/conversation/secret_forms.h"

#include "recorder/base/base64.h"
#include "recorder/base/cleanup.h"
#include "recorder/conversation/secret_rules.h"

#define FORM_LIMIT ((size_t)64 << 20) /* of one spelling: twelve times the longest value */

/* --- JSON strings (RFC 8259, 7) --- */

/* Plain is what browsers write; jansson writes capital digits (\u001F); Python ASCII alone. */
enum json_style {
    JSON_PLAIN,
    JSON_CAPITAL,
    JSON_GO,
    JSON_ASCII,
    JSON_ASCII_CAPITAL,
    JSON_SLASH,
    JSON_STYLES
};

/* Code point of the UTF-8 sequence at s.p[*i], which goes behind it; -1 where it is no UTF-8. */
static long utf8_next(struct span s, size_t *i)
{
    unsigned char c = (unsigned char)s.p[*i];
    size_t more = c < 0x80 ? 0 : c < 0xc0 ? 9 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf8 ? 3 : 9;
    if (more >= s.n - *i)
        return -1;
    long v = more ? c & (0x3f >> more) : c;
    for (size_t k = 1; k <= more; k++) {
        unsigned char d = (unsigned char)s.p[*i + k];
        if ((d & 0xc0) != 0x80)
            return -1;
        v = v << 6 | (d & 0x3f);
    }
    *i += more + 1;
    return v;
}

static const char *json_short(long c, enum json_style style)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '\b':
        return style == JSON_GO ? NULL : "\\b";
    case '\f':
        return style == JSON_GO ? NULL : "\\f";
    case '/':
        return style == JSON_SLASH ? "\\/" : NULL;
    default:
        return NULL;
    }
}

static bool json_escapes(long c, enum json_style style)
{
    if (c < 0x20)
        return true;
    if (style == JSON_GO)
        return c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029;
    return (style == JSON_ASCII || style == JSON_ASCII_CAPITAL) && c > 0x7e;
}

static int json_char(long c, struct span bytes, enum json_style style, struct buf *out)
{
    const char *text = json_short(c, style);
    if (text)
        return buf_adds(out, text);
    if (!json_escapes(c, style))
        return buf_add(out, bytes.p, bytes.n);
    bool capital = style == JSON_CAPITAL || style == JSON_ASCII_CAPITAL;
    if (c > 0xffff) { /* a surrogate pair */
        long high = 0xd800 | (c - 0x10000) >> 10, low = 0xdc00 | (c & 0x3ff);
        return buf_addf(out, capital ? "\\u%04lX\\u%04lX" : "\\u%04lx\\u%04lx", high, low);
    }
    return buf_addf(out, capital ? "\\u%04lX" : "\\u%04lx", c);
}

/* -1 with errno 0: the value is no UTF-8, and so in no JSON string. */
static int json_string(struct span value, enum json_style style, struct buf *out)
{
    for (size_t i = 0; i < value.n;) {
        size_t begin = i;
        long c = utf8_next(value, &i);
        if (c < 0) {
            buf_clear(out);
            return 0;
        }
        if (json_char(c, (struct span){value.p + begin, i - begin}, style, out) < 0)
            return -1;
    }
    return 0;
}

static bool json_plain(struct span value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] < ' ' || value.p[i] > '~' || strchr("\"\\/<>&", value.p[i]))
            return false;
    return true;
}

static int visit_json(struct span value, form_visitor *visit, void *self)
{
    if (json_plain(value)) /* as most are */
        return 0;
    for (int style = 0; style < JSON_STYLES; style++) {
        CLEANUP(buf_free) struct buf once = BUF_INIT(FORM_LIMIT), twice = BUF_INIT(FORM_LIMIT);
        if (json_string(value, (enum json_style)style, &once) < 0)
            return -1;
        if (!once.n || span_eq(value, (struct span){once.p, once.n}))
            continue;
        struct span one = {once.p, once.n};
        if (json_string(one, (enum json_style)style, &twice) < 0) {
            buf_free(&twice);
            return -1;
        }
        int rc = visit(self, FORM_JSON, one);
        if (rc == 0)
            rc = visit(self, FORM_JSON_JSON, (struct span){twice.p, twice.n});
        buf_free(&twice);
        if (rc)
            return rc;
    }
    return 0;
}

/* --- percent-encoding (RFC 3986, 2.1) --- */

/* Characters that stay beside alphanumerics, '-', '_' and '.'; a blank becomes '+' or %20. */
struct url_style {
    const char *keep;
    bool plus;
};

static const struct url_style url_styles[] = {
    {"~", false},       /* RFC 3986 to the letter */
    {"~", true},        /* Go url.QueryEscape, Python quote_plus */
    {"~!'()*", false},  /* encodeURIComponent */
    {"~/", false},      /* Python quote */
    {"~$&+=:@", false}, /* Go url.PathEscape */
    {"~$&+,;=", false}, /* Go url.UserPassword */
    {"*", true},        /* URLSearchParams, HTML forms */
};

static bool always_kept(char c)
{
    return is_alnum(c) || (c && strchr("-_.", c));
}

static int url_encode(struct span value, const struct url_style *style, bool lower, struct buf *out)
{
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        int rc;
        if (always_kept(c) || (c && strchr(style->keep, c)))
            rc = buf_addc(out, c);
        else if (c == ' ' && style->plus)
            rc = buf_addc(out, '+');
        else
            rc = buf_addf(out, lower ? "%%%02x" : "%%%02X", (unsigned)(unsigned char)c);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static bool url_plain(struct span value)
{
    for (size_t i = 0; i < value.n; i++)
        if (!always_kept(value.p[i]))
            return false;
    return true;
}

static int visit_url(struct span value, form_visitor *visit, void *self)
{
    if (url_plain(value))
        return 0;
    for (size_t i = 0; i < 2 * sizeof url_styles / sizeof *url_styles; i++) {
        CLEANUP(buf_free) struct buf text = BUF_INIT(FORM_LIMIT);
        if (url_encode(value, &url_styles[i / 2], i % 2, &text) < 0)
            return -1;
        struct span bytes = {text.p, text.n};
        int rc = span_eq(bytes, value) ? 0 : visit(self, FORM_URL, bytes);
        if (rc)
            return rc;
    }
    return 0;
}

/* --- base64 (RFC 4648) --- */

static void to_url_alphabet(struct buf *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->p[i] == '+' || b->p[i] == '/')
            b->p[i] = b->p[i] == '+' ? '-' : '_';
}

static struct span without_padding(const struct buf *b)
{
    struct span s = {b->p, b->n};
    while (s.n && s.p[s.n - 1] == '=')
        s.n--;
    return s;
}

static int base64_form(struct span value, enum secret_form form, struct buf *out)
{
    if (base64_encode(value, out) < 0)
        return -1;
    if (form >= FORM_BASE64URL)
        to_url_alphabet(out);
    if (form == FORM_BASE64RAW || form == FORM_BASE64URLRAW)
        out->n = without_padding(out).n;
    return 0;
}

static int visit_base64(struct span value, form_visitor *visit, void *self)
{
    for (int form = FORM_BASE64; form <= FORM_BASE64URLRAW; form++) {
        CLEANUP(buf_free) struct buf text = BUF_INIT(FORM_LIMIT);
        if (base64_form(value, (enum secret_form)form, &text) < 0)
            return -1;
        int rc = visit(self, (enum secret_form)form, (struct span){text.p, text.n});
        if (rc)
            return rc;
    }
    return 0;
}

/* The characters that depend on the value alone, for each of the three ways it may be aligned. */
static int visit_cores(struct span value, form_visitor *visit, void *self)
{
    for (size_t before = 0; before < 3; before++) {
        CLEANUP(buf_free) struct buf plain = BUF_INIT(FORM_LIMIT), text = BUF_INIT(FORM_LIMIT);
        int rc = buf_add(&plain, "\0\0", before) | buf_add(&plain, value.p, value.n);
        if (rc == 0)
            rc = base64_encode((struct span){plain.p, plain.n}, &text);
        size_t begin = (8 * before + 5) / 6, end = 8 * (before + value.n) / 6;
        struct span core = {buf_str(&text) + begin, end - begin};
        if (rc == 0)
            rc = visit(self, FORM_CORE, core);
        if (rc == 0) {
            to_url_alphabet(&text);
            rc = visit(self, FORM_CORE, core);
        }
        buf_free(&text);
        if (rc)
            return rc;
    }
    return 0;
}

int secret_forms(struct span value, form_visitor *visit, void *self)
{
    int rc = visit(self, FORM_RAW, value);
    if (rc == 0)
        rc = visit_json(value, visit, self);
    if (rc == 0)
        rc = visit_url(value, visit, self);
    if (rc == 0)
        rc = visit_base64(value, visit, self);
    if (rc == 0 && value.n >= SECRET_WIDE_MIN)
        rc = visit_cores(value, visit, self);
    return rc;
}

/* --- placeholders --- */

static const char *const form_texts[] = {
    [FORM_RAW] = "",
    [FORM_JSON] = "json",
    [FORM_JSON_JSON] = "json:json",
    [FORM_URL] = "url",
    [FORM_BASE64] = "base64",
    [FORM_BASE64RAW] = "base64raw",
    [FORM_BASE64URL] = "base64url",
    [FORM_BASE64URLRAW] = "base64urlraw",
};

int placeholder_write(struct span name, enum secret_form form, bool url, struct buf *out)
{
    return buf_addf(out, PLACEHOLDER_OPEN "%.*s%s%s%s}}", (int)name.n, name.p, form ? ":" : "",
                    form_texts[form], url ? ":url" : "");
}

static bool in_placeholder(char c)
{
    return is_upper(c) || is_digit(c) || c == '_';
}

static bool placeholder_at(struct span text, size_t at, struct placeholder *out)
{
    size_t begin = at + sizeof PLACEHOLDER_OPEN - 1, i = begin;
    while (i < text.n && i - begin < PLACEHOLDER_NAME_MAX && in_placeholder(text.p[i]))
        i++;
    out->name = (struct span){text.p + begin, i - begin};
    size_t forms = i < text.n && text.p[i] == ':' ? i + 1 : i;
    for (i = forms; i < text.n && i - forms < 64 &&
                    (is_lower(text.p[i]) || is_digit(text.p[i]) || text.p[i] == ':');)
        i++;
    if (!out->name.n || text.n - i < 2 || memcmp(text.p + i, "}}", 2) != 0)
        return false;
    out->forms = (struct span){text.p + forms, i - forms};
    out->all = (struct span){text.p + at, i + 2 - at};
    return true;
}

bool placeholder_next(struct span text, size_t from, struct placeholder *out)
{
    while (from < text.n) {
        const char *p =
            memmem(text.p + from, text.n - from, PLACEHOLDER_OPEN, sizeof PLACEHOLDER_OPEN - 1);
        if (!p)
            return false;
        from = (size_t)(p - text.p);
        if (placeholder_at(text, from, out))
            return true;
        from++;
    }
    return false;
}

/* Puts the value's next form in the place of *value. */
static int encode(struct span form, struct buf *value)
{
    struct buf out = BUF_INIT(FORM_LIMIT);
    struct span v = {buf_str(value), value->n};
    int rc = -1;
    if (span_is(form, "json"))
        rc = json_string(v, JSON_PLAIN, &out);
    else if (span_is(form, "url"))
        rc = url_encode(v, &url_styles[0], false, &out);
    for (int k = FORM_BASE64; k <= FORM_BASE64URLRAW; k++)
        if (span_is(form, form_texts[k]))
            rc = base64_form(v, (enum secret_form)k, &out);
    if (rc < 0) {
        buf_free(&out);
        return -1;
    }
    buf_free(value);
    *value = out;
    return 0;
}

static bool forms_known(struct span forms)
{
    while (forms.p && forms.n) {
        struct span form = span_cut(&forms, ':');
        bool known = false;
        for (int k = FORM_JSON; k <= FORM_BASE64URLRAW; k++)
            known |= span_is(form, form_texts[k]);
        if (!known)
            return false;
    }
    return true;
}

static int expand_one(const struct placeholder *p, struct span value, struct buf *out)
{
    CLEANUP(buf_free) struct buf v = BUF_INIT(FORM_LIMIT);
    if (buf_add(&v, value.p, value.n) < 0)
        return -1;
    for (struct span forms = p->forms; forms.p && forms.n;)
        if (encode(span_cut(&forms, ':'), &v) < 0)
            return -1;
    return buf_add(out, v.p, v.n);
}

int placeholder_expand(struct span text, placeholder_lookup *lookup, void *self, struct buf *out,
                       struct err *e)
{
    struct placeholder p;
    size_t done = 0;
    for (size_t from = 0; placeholder_next(text, from, &p);) {
        size_t at = (size_t)(p.all.p - text.p);
        struct span value = forms_known(p.forms) ? lookup(self, p.name) : (struct span){NULL, 0};
        from = at + (value.p ? p.all.n : 2);
        if (!value.p)
            continue;
        if (buf_add(out, text.p + done, at - done) < 0 || expand_one(&p, value, out) < 0)
            return err_sys(e, "a secret's value");
        done = from;
    }
    if (buf_add(out, text.n ? text.p + done : "", text.n - done) < 0)
        return err_sys(e, "a secret's value");
    return 0;
}
