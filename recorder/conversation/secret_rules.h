/*
 * What is a secret: by its name, by its looks. Pure predicates over spans; nothing here allocates.
 *
 * NAMES that smell (secret_name_smells), ASCII case ignored, words divided by anything that is not
 * alphanumeric and at camelCase humps:
 *   anywhere      PASSWORD PASSWD PASSPHRASE PASSCODE SECRET TOKEN CREDENTIAL APIKEY ACCESSKEY
 *                 PRIVATEKEY COOKIE SIGNATURE BEARER BASICAUTH CONNECTIONSTRING CONNSTR
 *   as a word     PASS PW PWD (behind another word) CRED CREDS AUTH AUTHORIZATION KEY KEYS PRIVATE
 *                 SESSION DSN JWT PSK HMAC OTP TOTP PAT SALT SAS CONNECTION STRING
 *   ending a word PASS PWD KEY (DBPASS, SSHKEY; not BYPASS COMPASS ASKPASS OLDPWD MONKEY TURKEY
 * ...) but not where the name says that it is about a secret and not one: its last word is FILE
 * PATH DIR USER USERNAME NAME HOST PORT URL TYPE TIMEOUT TTL STDIN ... , it has PUBLIC or PUB
 * beside KEY, or it is one of XDG_*, DBUS_SESSION_BUS_ADDRESS, DESKTOP_SESSION, SESSION_MANAGER,
 * GPG_KEY(S) (which the official images use for public fingerprints).
 *
 * NAMES that are public (env_name_public): values given by a client in Env or build arguments count
 * as secret from 8 bytes on, unless the name is in this list: PATH HOME LANG LANGUAGE TERM SHELL
 * USER LOGNAME HOSTNAME PWD OLDPWD TZ PAGER EDITOR VISUAL COLUMNS LINES DISPLAY MAIL TMPDIR TMP
 * TEMP SHLVL DEBIAN_FRONTEND container NO_PROXY GOPATH GOROOT GOFLAGS JAVA_HOME PYTHONPATH
 * PYTHONUNBUFFERED LD_LIBRARY_PATH LC_* XDG_*, and what CI systems document as public: CI_COMMIT_*
 * CI_JOB_* CI_PIPELINE_* CI_PROJECT_* CI_RUNNER_* CI_SERVER_* GITHUB_* RUNNER_* (a smelling name or
 * a telling value among them is a secret all the same).
 *
 * LABELS that are public (label_public): com.docker.* desktop.docker.io* io.podman.* maintainer
 * org.testcontainers* org.opencontainers.* org.label-schema.* com.gitlab.gitlab-runner.*
 * io.kubernetes.* io.buildpacks.*
 *
 * VALUES that tell (secret_shape): the tokens of GitHub, GitLab, Slack, AWS (key ids), npm, PyPI,
 * Docker Hub, Google, Stripe, OpenAI and kin (sk-), Vault, DigitalOcean, swarm (SWMTKN-, SWMKEY-),
 * JSON web tokens, PEM private keys; and the password of scheme://user:password@host.
 */
#ifndef BUGFORBUG_CONVERSATION_SECRET_RULES_H
#define BUGFORBUG_CONVERSATION_SECRET_RULES_H

#include <stdbool.h>

#include "recorder/base/span.h"

#define SECRET_MIN 4 /* bytes; shorter values are no secrets */
#define SECRET_GIVEN_MIN                                                                           \
    8 /* bytes; from here on, what a client gives is a secret whatever its name */
#define SECRET_WIDE_MIN 8 /* bytes; shorter ones are replaced at token borders only */

bool secret_name_smells(struct span name);
bool env_name_public(struct span name);
bool label_public(struct span key);

/* Never a secret, wherever it stands: see redact.h. */
bool secret_value_harmless(struct span value);

/* A shell's reference to something else: $X, ${X...}, $(...), `...`: all of it. */
bool secret_value_reference(struct span value);

/* A token, or a URL's password, in a text. */
struct shape {
    const char *label; /* for its name: "GITHUB_TOKEN", "URL_PASSWORD" */
    struct span value;
};

/* Finds the next one that begins at *from or behind; *from is then where to go on. */
bool secret_shape(struct span text, size_t *from, struct shape *out);

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool is_alnum(char c)
{
    return is_digit(c) || is_upper(c) || is_lower(c);
}

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline char to_upper(char c)
{
    return is_lower(c) ? (char)(c - 'a' + 'A') : c;
}

#endif
