/* Which names smell, which values tell, and which do not. */
#include "recorder/conversation/secret_rules.h"

#include <check.h>
#include <stdlib.h>

static const char *const smelling[] = {
    "PASSWORD",
    "password",
    "DB_PASSWORD",
    "dbPassword",
    "PGPASSWORD",
    "MYSQL_ROOT_PASSWORD",
    "MYSQL_PWD",
    "DB_PASS",
    "DBPASS",
    "SSHPASS",
    "REDIS_PW",
    "SECRET",
    "CLIENT_SECRET",
    "secret_id",
    "SECRET_ID",
    "CI_JOB_TOKEN",
    "token",
    "accessToken",
    "IdentityToken",
    "identitytoken",
    "X-Auth-Token",
    "API_KEY",
    "apikey",
    "apiKey",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "SSH_PRIVATE_KEY",
    "sshKey",
    "DEPLOYKEY",
    "UnlockKey",
    "unlockkey",
    "KEY",
    "KEYS",
    "CREDS",
    "GOOGLE_APPLICATION_CREDENTIALS_JSON",
    "AUTH",
    "NPM_AUTH",
    "DOCKER_AUTH_CONFIG",
    "Authorization",
    "COOKIE",
    "SESSION_ID",
    "SENTRY_DSN",
    "JWT",
    "CI_JOB_JWT",
    "CONNECTION_STRING",
    "ConnectionString",
    "connstr",
    "HTPASSWD",
    "SIGNATURE",
    "OTP",
    "GITHUB_PAT",
    "com.example.api-key",
    "_auth",
    "password.1",
    "X-Registry-Auth",
};

static const char *const odourless[] = {
    "",
    "_",
    "PATH",
    "HOME",
    "PWD",
    "pwd",
    "OLDPWD",
    "KEYBOARD",
    "MONKEY",
    "TURKEY",
    "KEYCLOAK",
    "BYPASS",
    "COMPASS",
    "PASSENGER",
    "SSH_ASKPASS",
    "AUTHOR",
    "GIT_AUTHOR",
    "GIT_AUTHOR_NAME",
    "AUTHORS",
    "org.opencontainers.image.authors",
    "PASSWORD_FILE",
    "TOKEN_PATH",
    "KEY_FILE",
    "AUTH_URL",
    "TOKEN_URL",
    "SSH_AUTH_SOCK",
    "XDG_SESSION_ID",
    "DBUS_SESSION_BUS_ADDRESS",
    "GPG_KEY",
    "GPG_KEYS",
    "PUBLIC_KEY",
    "SSH_PUB_KEY",
    "CertIssuerPublicKey",
    "SecretName",
    "TOKENIZERS_PARALLELISM",
    "password-stdin",
    "TOKEN_TTL",
    "KEY_SIZE",
    "Host",
    "OS",
    "Name",
    "AutoLockManagers",
    "Sec-WebSocket-Key",
    "XAUTHORITY",
    "PATCH",
    "PATTERN",
    "SALTY",
    "HOTKEY",
};

START_TEST(names_that_smell)
{
    ck_assert_msg(secret_name_smells(span_of(smelling[_i])), "%s", smelling[_i]);
}
END_TEST

START_TEST(names_that_do_not)
{
    ck_assert_msg(!secret_name_smells(span_of(odourless[_i])), "%s", odourless[_i]);
}
END_TEST

START_TEST(public_names)
{
    ck_assert(env_name_public(SPAN_LIT("PATH")));
    ck_assert(env_name_public(SPAN_LIT("no_proxy")));
    ck_assert(env_name_public(SPAN_LIT("LC_ALL")));
    ck_assert(env_name_public(SPAN_LIT("CI_PROJECT_URL")));
    ck_assert(!env_name_public(SPAN_LIT("PATHS")));
    ck_assert(!env_name_public(SPAN_LIT("CI_REGISTRY_USER")));
    ck_assert(!env_name_public(SPAN_LIT("")));
    ck_assert(label_public(SPAN_LIT("com.docker.compose.project")));
    ck_assert(label_public(SPAN_LIT("maintainer")));
    ck_assert(!label_public(SPAN_LIT("maintainers")));
    ck_assert(!label_public(SPAN_LIT("com.example")));
}
END_TEST

START_TEST(values_without_harm)
{
    static const char *const harmless[] = {"",          "abc",          "true",
                                           "NULL",      "containers",   "aaaaaaaa",
                                           "*********", "{{secret:X}}", "a {{secret:X:json}} b"};
    static const char *const harmful[] = {"abcd", "really", "aaab", "{{secret:}}", "{{secret:x}}"};
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        ck_assert_msg(secret_value_harmless(span_of(harmless[i])), "%s", harmless[i]);
    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++)
        ck_assert_msg(!secret_value_harmless(span_of(harmful[i])), "%s", harmful[i]);
}
END_TEST

START_TEST(references)
{
    static const char *const yes[] = {"$X", "$X_1", "${X}", "${X:-$(y)}", "$(cat f)", "`cat f`"};
    static const char *const no[] = {"", "$", "X", "$X-y", "${X}y", "$(x)y", "p$X", "$2a$10$x"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        ck_assert_msg(secret_value_reference(span_of(yes[i])), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        ck_assert_msg(!secret_value_reference(span_of(no[i])), "%s", no[i]);
}
END_TEST

struct shaped {
    const char *text, *label, *value; /* NULL: nothing is found */
};

#define A20 "abcdefghij0123456789"
#define A36 "abcdefghij0123456789abcdefghij012345"
#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
#define PEM(kind) "-----BEGIN " kind "-----\nMIIB\n-----END " kind "-----"

static const struct shaped shaped[] = {
    {"x ghp_" A36 " y", "GITHUB_TOKEN", "ghp_" A36},
    {"x\\nghp_" A36 "\\ny", "GITHUB_TOKEN", "ghp_" A36},
    {"github_pat_" A36, "GITHUB_TOKEN", "github_pat_" A36},
    {"(glpat-" A20 ")", "GITLAB_TOKEN", "glpat-" A20},
    {"glcbt-64_" A20, "GITLAB_TOKEN", "glcbt-64_" A20},
    {"xoxb-1234567890-a", "SLACK_TOKEN", "xoxb-1234567890-a"},
    {"AKIAABCDEFGHIJKLMNOP", "AWS_KEY", "AKIAABCDEFGHIJKLMNOP"},
    {"npm_" A36, "NPM_TOKEN", "npm_" A36},
    {"dckr_pat_" A20, "DOCKER_TOKEN", "dckr_pat_" A20},
    {"sk-proj-" A20, "API_KEY", "sk-proj-" A20},
    {"hvs." A20, "VAULT_TOKEN", "hvs." A20},
    {"SWMTKN-1-" A20 "-" A20, "SWARM_TOKEN", "SWMTKN-1-" A20 "-" A20},
    {"a=" JWT ";", "JWT", JWT},
    {PEM("PRIVATE KEY") "\n", "PRIVATE_KEY", PEM("PRIVATE KEY")},
    {PEM("OPENSSH PRIVATE KEY"), "PRIVATE_KEY", PEM("OPENSSH PRIVATE KEY")},
    {"-----BEGIN EC PRIVATE KEY-----\ncut", "PRIVATE_KEY", "-----BEGIN EC PRIVATE KEY-----\ncut"},
    {"see http://u:pass@h/x", "URL_PASSWORD", "pass"},
    {"redis://:pass@h", "URL_PASSWORD", "pass"},
    {"https://u:p@ss:w@h/a@b", "URL_PASSWORD", "p@ss:w"},
    {"https://" A20 "@h/x", "URL_PASSWORD", A20},
    {"https://tokentoken:x-oauth-basic@h/x", "URL_PASSWORD", "tokentoken"},
    {"http://u:$PASS@h http://u:word@h", "URL_PASSWORD", "word"},
    /* and what is none */
    {"aghp_" A36, NULL, NULL},
    {"ghp_short", NULL, NULL},
    {"AKIAABCDEFGHIJKLMNOPQ", NULL, NULL},
    {"AKIAabcdefghijklmnop", NULL, NULL},
    {"task-" A20, NULL, NULL},
    {"sk-without-any-number-in-it", NULL, NULL},
    {"npm_lifecycle_event_and_other_names_x", NULL, NULL},
    {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0", NULL, NULL},
    {PEM("CERTIFICATE"), NULL, NULL},
    {PEM("PUBLIC KEY"), NULL, NULL},
    {"http://h/x http://h:80/u:p@x http://u@h http://u:abc@h", NULL, NULL},
    {"://u:pass@h", NULL, NULL},
    {"http:", NULL, NULL},
    {"http://", NULL, NULL},
};

START_TEST(values_that_tell)
{
    const struct shaped *x = &shaped[_i];
    struct shape shape;
    size_t from = 0;
    bool found = secret_shape(span_of(x->text), &from, &shape);
    ck_assert_msg(found == (x->label != NULL), "%s", x->text);
    if (found) {
        ck_assert_str_eq(shape.label, x->label);
        ck_assert_msg(span_is(shape.value, x->value), "%.*s", (int)shape.value.n, shape.value.p);
        ck_assert(!secret_shape(span_of(x->text), &from, &shape));
    }
    ck_assert_uint_eq(from, strlen(x->text));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secret_rules");
    TCase *t = tcase_create("rules");
    tcase_add_loop_test(t, names_that_smell, 0, sizeof smelling / sizeof *smelling);
    tcase_add_loop_test(t, names_that_do_not, 0, sizeof odourless / sizeof *odourless);
    tcase_add_test(t, public_names);
    tcase_add_test(t, values_without_harm);
    tcase_add_test(t, references);
    tcase_add_loop_test(t, values_that_tell, 0, sizeof shaped / sizeof *shaped);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
