#include "recorder/conversation/secret_rules.h"

#include <stdint.h>

#include "recorder/conversation/secret_forms.h"

#define NAME_MAX_BYTES 160 /* of a name, its word marks included; the rest is not looked at */

/* --- names --- */

/* A list is words with blanks between them. The next one; p == NULL: there are no more. */
static struct span item(struct span *list)
{
    return span_cut(list, ' ');
}

static bool listed(struct span s, const char *list)
{
    for (struct span rest = span_of(list); rest.p;)
        if (span_eq(s, item(&rest)))
            return true;
    return false;
}

/* ASCII case ignored; with a '*' at its end an item stands for all that begins so. */
static bool matches(struct span s, const char *list)
{
    for (struct span rest = span_of(list); rest.p;) {
        struct span x = item(&rest);
        bool prefix = x.n && x.p[x.n - 1] == '*';
        x.n -= prefix;
        if ((prefix ? s.n >= x.n : s.n == x.n) && strncasecmp(s.p, x.p, x.n) == 0)
            return true;
    }
    return false;
}

static const char smells_anywhere[] =
    "PASSWORD PASSWD PASSPHRASE PASSCODE SECRET TOKEN CREDENTIAL APIKEY API_KEY ACCESSKEY "
    "ACCESS_KEY PRIVATEKEY COOKIE SIGNATURE BASICAUTH BEARER CONNECTION_STRING "
    "CONNECTIONSTRING CONNSTR";
static const char smells_as_word[] =
    "PASS PW CRED CREDS AUTH AUTHORIZATION KEY KEYS PRIVATE SESSION DSN JWT PSK HMAC OTP "
    "TOTP PAT SALT SAS";
static const char smells_at_end[] = "PASS PWD KEY";
static const char no_smell_at_end[] =
    "BYPASS COMPASS ASKPASS OLDPWD MONKEY TURKEY HOCKEY DONKEY JOCKEY WHISKEY HOTKEY "
    "TRESPASS";
/* Such a last word says that the name is about a secret. */
static const char about[] =
    "FILE FILENAME PATH DIR USER USERNAME NAME HOST PORT URL URI ENDPOINT TYPE TIMEOUT TTL "
    "STDIN LENGTH SIZE COUNT MAX MIN ALG ALGORITHM ENABLED POLICY UUID EXPIRY EXPIRES ISSUER "
    "VERSION PROVIDER METHOD MODE SOCK PARALLELISM";
static const char no_smell[] = "XDG_* SEC_WEB* DBUS_SESSION_BUS_ADDRESS DESKTOP_SESSION "
                               "GPG_KEY GPG_KEYS SESSION_MANAGER PWD";

/* Upper case, words divided by '_': "dbPass" and "db-pass" become "DB_PASS". */
static struct span words_of(struct span name, char out[NAME_MAX_BYTES])
{
    size_t n = 0;
    for (size_t i = 0; i < name.n && n < NAME_MAX_BYTES - 2; i++) {
        char c = name.p[i];
        bool hump = i && is_upper(c) && (is_lower(name.p[i - 1]) || is_digit(name.p[i - 1]));
        if (hump && n && out[n - 1] != '_')
            out[n++] = '_';
        if (is_alnum(c))
            out[n++] = to_upper(c);
        else if (n && out[n - 1] != '_')
            out[n++] = '_';
    }
    while (n && out[n - 1] == '_')
        n--;
    return (struct span){out, n};
}

static bool contains(struct span s, struct span part)
{
    return memmem(s.p, s.n, part.p, part.n) != NULL;
}

static bool word_smells(struct span word, bool first)
{
    if (listed(word, smells_as_word) || (span_is(word, "PWD") && !first))
        return true;
    if (listed(word, no_smell_at_end))
        return false;
    for (struct span rest = span_of(smells_at_end); rest.p;) {
        struct span end = item(&rest);
        if (word.n > end.n && memcmp(word.p + word.n - end.n, end.p, end.n) == 0)
            return true;
    }
    return false;
}

#define BIT(c) (UINT32_C(1) << ((c) - 'A'))

/* By a letter: those that follow it at the beginning of what smells. Most names have no such pair.
 */
static const uint32_t pairs[26] = {
    ['A' - 'A'] = BIT('U') | BIT('P') | BIT('C'),
    ['B' - 'A'] = BIT('A') | BIT('E'),
    ['C' - 'A'] = BIT('R') | BIT('O'),
    ['D' - 'A'] = BIT('S'),
    ['H' - 'A'] = BIT('M'),
    ['J' - 'A'] = BIT('W'),
    ['K' - 'A'] = BIT('E'),
    ['O' - 'A'] = BIT('T'),
    ['P' - 'A'] = BIT('A') | BIT('R') | BIT('S') | BIT('W'),
    ['S' - 'A'] = BIT('A') | BIT('E') | BIT('I'),
    ['T' - 'A'] = BIT('O'),
};

static bool may_smell(struct span name)
{
    for (size_t i = 1; i < name.n; i++) {
        char a = to_upper(name.p[i - 1]), b = to_upper(name.p[i]);
        if (is_upper(a) && is_upper(b) && (pairs[a - 'A'] & BIT(b)))
            return true;
    }
    return false;
}

bool secret_name_smells(struct span name)
{
    if (!may_smell(name))
        return false;
    char text[NAME_MAX_BYTES];
    struct span words = words_of(name, text), rest = words, word = {NULL, 0};
    bool smells = false, public = false, first = true;
    if (!words.n || matches(words, no_smell))
        return false;
    while (rest.p) {
        word = span_cut(&rest, '_');
        smells |= word_smells(word, first);
        public |= span_is(word, "PUBLIC") || span_is(word, "PUB") || span_is(word, "PUBKEY");
        first = false;
    }
    if (listed(word, about))
        return false;
    for (struct span parts = span_of(smells_anywhere); parts.p;) {
        struct span part = item(&parts);
        bool tokenizer = span_is(part, "TOKEN") && contains(words, SPAN_LIT("TOKENIZ"));
        if (contains(words, part) && !tokenizer)
            return true;
    }
    return smells && !public;
}

static const char public_env[] =
    "PATH HOME LANG LANGUAGE TERM SHELL USER LOGNAME PWD OLDPWD TZ PAGER EDITOR VISUAL LINES "
    "COLUMNS MAIL TMPDIR TMP TEMP SHLVL HOSTNAME LC_* DEBIAN_FRONTEND GOPATH GOROOT GOFLAGS "
    "NO_PROXY DISPLAY XDG_* container JAVA_HOME PYTHONPATH PYTHONUNBUFFERED LD_LIBRARY_PATH "
    "CI_COMMIT_* CI_JOB_* CI_PIPELINE_* CI_PROJECT_* CI_RUNNER_* CI_SERVER_* GITHUB_* "
    "RUNNER_*";

bool env_name_public(struct span name)
{
    return matches(name, public_env);
}

static const char public_labels[] =
    "com.docker.* desktop.docker.io* io.podman.* org.testcontainers* org.opencontainers.* "
    "org.label-schema.* com.gitlab.gitlab-runner.* io.kubernetes.* io.buildpacks.* "
    "maintainer";

bool label_public(struct span key)
{
    return matches(key, public_labels);
}

/* --- values --- */

/* Replacing these would take a message's grammar away: JSON's words, and the API's own. */
static const char vocabulary[] =
    "true false null none auto default local host bridge http https json info version auth "
    "events system ping _ping containers create prune start stop restart kill pause unpause "
    "rename update resize attach wait exec logs stats changes export archive images search "
    "history push load build cancel session grpc commit networks connect disconnect volumes "
    "plugins privileges pull enable disable upgrade swarm init join leave unlock unlockkey "
    "services nodes tasks secrets configs distribution latest docker library "
    "application/json json-file";

bool secret_value_harmless(struct span v)
{
    if (v.n < SECRET_MIN || matches(v, vocabulary))
        return true;
    struct placeholder p;
    if (placeholder_next(v, 0, &p)) /* it was redacted before */
        return true;
    for (size_t i = 1; i < v.n; i++)
        if (v.p[i] != v.p[0])
            return false;
    return true;
}

bool secret_value_reference(struct span v)
{
    if (v.n < 2)
        return false;
    char last = v.p[v.n - 1];
    if (v.p[0] == '`')
        return last == '`';
    if (v.p[0] != '$')
        return false;
    if (v.p[1] == '{')
        return last == '}';
    if (v.p[1] == '(')
        return last == ')';
    for (size_t i = 1; i < v.n; i++)
        if (!is_alnum(v.p[i]) && v.p[i] != '_')
            return false;
    return true;
}
