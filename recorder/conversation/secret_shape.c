/* Values that tell by their looks. */
#include "recorder/conversation/secret_rules.h"

enum charset { ALNUM, ALNUM_DASH, UPPER_DIGIT };

/* A token: a prefix that no alphanumeric precedes, then at least `min` characters of the set. */
struct token {
    const char *prefix, *label;
    enum charset set;
    size_t min;
    bool digit; /* one of them is a digit; for prefixes that words begin with, too */
};

/* From the makers' own documents on secret scanning; minima are below the real lengths. */
static const struct token tokens[] = {
    {"ghp_", "GITHUB_TOKEN", ALNUM, 20, false},
    {"gho_", "GITHUB_TOKEN", ALNUM, 20, false},
    {"ghu_", "GITHUB_TOKEN", ALNUM, 20, false},
    {"ghs_", "GITHUB_TOKEN", ALNUM, 20, false},
    {"ghr_", "GITHUB_TOKEN", ALNUM, 20, false},
    {"github_pat_", "GITHUB_TOKEN", ALNUM_DASH, 20, false},
    {"glpat-", "GITLAB_TOKEN", ALNUM_DASH, 16, false},
    {"gldt-", "GITLAB_TOKEN", ALNUM_DASH, 16, false},
    {"glrt-", "GITLAB_TOKEN", ALNUM_DASH, 16, false},
    {"glcbt-", "GITLAB_TOKEN", ALNUM_DASH, 16, false},
    {"glptt-", "GITLAB_TOKEN", ALNUM_DASH, 16, false},
    {"glsoat-", "GITLAB_TOKEN", ALNUM_DASH, 16, false},
    {"glagent-", "GITLAB_TOKEN", ALNUM_DASH, 16, false},
    {"xoxa-", "SLACK_TOKEN", ALNUM_DASH, 10, true},
    {"xoxb-", "SLACK_TOKEN", ALNUM_DASH, 10, true},
    {"xoxp-", "SLACK_TOKEN", ALNUM_DASH, 10, true},
    {"xoxr-", "SLACK_TOKEN", ALNUM_DASH, 10, true},
    {"xoxs-", "SLACK_TOKEN", ALNUM_DASH, 10, true},
    {"AKIA", "AWS_KEY", UPPER_DIGIT, 16, false},
    {"ASIA", "AWS_KEY", UPPER_DIGIT, 16, false},
    {"npm_", "NPM_TOKEN", ALNUM, 30, true},
    {"pypi-", "PYPI_TOKEN", ALNUM_DASH, 50, true},
    {"dckr_pat_", "DOCKER_TOKEN", ALNUM_DASH, 20, false},
    {"dckr_oat_", "DOCKER_TOKEN", ALNUM_DASH, 20, false},
    {"AIza", "GOOGLE_KEY", ALNUM_DASH, 30, true},
    {"ya29.", "GOOGLE_TOKEN", ALNUM_DASH, 20, true},
    {"sk_live_", "STRIPE_KEY", ALNUM, 16, true},
    {"rk_live_", "STRIPE_KEY", ALNUM, 16, true},
    {"sk-", "API_KEY", ALNUM_DASH, 20, true},
    {"hvs.", "VAULT_TOKEN", ALNUM_DASH, 20, true},
    {"dop_v1_", "DIGITALOCEAN_TOKEN", ALNUM, 32, true},
    {"SWMTKN-1-", "SWARM_TOKEN", ALNUM_DASH, 20, true},
    {"SWMKEY-1-", "SWARM_KEY", ALNUM_DASH, 20, false},
};

static bool in_set(char c, enum charset set)
{
    switch (set) {
    case ALNUM:
        return is_alnum(c);
    case ALNUM_DASH:
        return is_alnum(c) || c == '-' || c == '_';
    case UPPER_DIGIT:
        return is_upper(c) || is_digit(c);
    }
    return false;
}

static size_t run(struct span s, size_t from, enum charset set)
{
    size_t i = from;
    while (i < s.n && in_set(s.p[i], set))
        i++;
    return i;
}

static bool has_digit(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (is_digit(s.p[i]))
            return true;
    return false;
}

#define TOKEN_LOOK 512 /* bytes that a candidate may cost before it turns out to be none */

static bool token_at(struct span rest, struct shape *out)
{
    struct span look = {rest.p, rest.n < TOKEN_LOOK ? rest.n : TOKEN_LOOK};
    for (size_t t = 0; t < sizeof tokens / sizeof *tokens; t++) {
        const struct token *k = &tokens[t];
        if (k->prefix[0] != rest.p[0] || !span_starts(rest, k->prefix))
            continue;
        size_t begin = strlen(k->prefix), end = run(look, begin, k->set);
        if (end - begin < k->min ||
            (k->digit && !has_digit((struct span){rest.p + begin, end - begin})))
            continue;
        bool longer = end - begin > k->min || (end < rest.n && is_alnum(rest.p[end]));
        if (k->set == UPPER_DIGIT && longer) /* these have one length */
            continue;
        *out = (struct shape){k->label, {rest.p, run(rest, end, k->set)}};
        return true;
    }
    return false;
}

/* Three parts of base64url with dots between them; the first two begin with {" (RFC 7519, 3).
 * Where there is none, none begins in the next *skip bytes. */
static bool jwt_at(struct span rest, struct shape *out, size_t *skip)
{
    if (!span_starts(rest, "eyJ"))
        return false;
    size_t one = run(rest, 0, ALNUM_DASH);
    *skip = one - 1;
    if (one < 10 || one + 3 >= rest.n || memcmp(rest.p + one, ".eyJ", 4) != 0)
        return false;
    size_t two = run(rest, one + 1, ALNUM_DASH);
    *skip = two - 1;
    if (two >= rest.n || rest.p[two] != '.')
        return false;
    *out = (struct shape){"JWT", {rest.p, run(rest, two + 1, ALNUM_DASH)}};
    return true;
}

#define PEM_LINE_MAX 64

/* A private key in PEM (RFC 7468), armour included, up to its END line or the end of the text. */
static bool pem_at(struct span rest, struct shape *out)
{
    if (!span_starts(rest, "-----BEGIN "))
        return false;
    size_t line = rest.n < PEM_LINE_MAX ? rest.n : PEM_LINE_MAX;
    if (!memmem(rest.p, line, "PRIVATE KEY", 11))
        return false;
    const char *end = memmem(rest.p, rest.n, "-----END ", 9);
    size_t n = rest.n;
    if (end) {
        size_t at = (size_t)(end - rest.p) + 9;
        const char *close = memmem(rest.p + at, rest.n - at, "-----", 5);
        n = close ? (size_t)(close - rest.p) + 5 : rest.n;
    }
    *out = (struct shape){"PRIVATE_KEY", {rest.p, n}};
    return true;
}

static bool ends_authority(char c)
{
    return is_blank(c) || strchr("/?#\"'<>`\\,;()|", c) != NULL; /* NUL, too */
}

#define USERINFO_MAX 4096
#define USER_TOKEN_MIN                                                                             \
    16 /* a user without password that is as long as this, with digits, is one                     \
        */

/* RFC 3986, 3.2.1: userinfo stands between "//" and the last '@' before the path. */
static bool userinfo_at(struct span text, size_t colon, struct shape *out)
{
    if (colon == 0 || !is_alnum(text.p[colon - 1]) || text.n - colon < 4 ||
        memcmp(text.p + colon, "://", 3) != 0)
        return false;
    size_t begin = colon + 3, at = 0, sep = 0;
    for (size_t i = begin; i < text.n && i - begin < USERINFO_MAX && !ends_authority(text.p[i]);
         i++) {
        if (text.p[i] == '@')
            at = i;
        if (text.p[i] == ':' && !sep)
            sep = i;
    }
    if (!at)
        return false;
    struct span user = {text.p + begin, at - begin}, pass = {NULL, 0};
    if (sep && sep < at) {
        user.n = sep - begin;
        pass = (struct span){text.p + sep + 1, at - sep - 1};
    }
    if (span_is(pass, "x-oauth-basic") || (!pass.n && user.n >= USER_TOKEN_MIN && has_digit(user)))
        pass = user;
    if (pass.n < SECRET_MIN || secret_value_reference(pass))
        return false;
    *out = (struct shape){"URL_PASSWORD", pass};
    return true;
}

static bool shape_at(struct span text, size_t i, struct shape *out, size_t *skip)
{
    struct span rest = {text.p + i, text.n - i};
    switch (text.p[i]) {
    case ':':
        return userinfo_at(text, i, out);
    case '-':
        return pem_at(rest, out);
    case 'e':
        return jwt_at(rest, out, skip);
    default:
        return token_at(rest, out);
    }
}

/* The first two bytes of every shape: everything else is passed over at once. */
static bool may_begin(char a, char b)
{
    switch (a) {
    case ':':
        return b == '/';
    case '-':
        return b == '-';
    case 'e':
        return b == 'y';
    case 'g':
        return b == 'h' || b == 'i' || b == 'l';
    case 'x':
        return b == 'o';
    case 'A':
        return b == 'K' || b == 'S' || b == 'I';
    case 'n':
        return b == 'p';
    case 'p':
    case 'y':
        return b == 'y' || b == 'a';
    case 'd':
        return b == 'c' || b == 'o';
    case 's':
    case 'r':
        return b == 'k';
    case 'h':
        return b == 'v';
    case 'S':
        return b == 'W';
    default:
        return false;
    }
}

bool secret_shape(struct span text, size_t *from, struct shape *out)
{
    for (size_t i = *from; i + 1 < text.n; i++) {
        if (!may_begin(text.p[i], text.p[i + 1]))
            continue;
        bool inside = i && is_alnum(text.p[i - 1]) && text.p[i] != ':' && text.p[i] != '-';
        /* The n of a JSON or C escape "\n" is no part of the word behind it. */
        if (inside && i > 1 && text.p[i - 2] == '\\' && strchr("nrt", text.p[i - 1]))
            inside = false;
        size_t skip = 0;
        if (inside || !shape_at(text, i, out, &skip)) {
            i += skip;
            continue;
        }
        *from = (size_t)(out->value.p - text.p) + out->value.n;
        return true;
    }
    *from = text.n;
    return false;
}
