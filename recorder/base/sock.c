#include "recorder/base/sock.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/span.h"

static int copy(char *to, size_t room, const char *from, size_t n)
{
    if (n >= room)
        return -1;
    memcpy(to, from, n);
    to[n] = 0;
    return 0;
}

static int parse_unix(const char *path, struct url *url, const char *text, struct err *e)
{
    url->scheme = URL_UNIX;
    if (*path != '/')
        return err_set(e, "%s: a unix socket needs an absolute path (unix:///path)", text);
    if (copy(url->path, sizeof url->path, path, strlen(path)) < 0)
        return err_set(e, "%s: the path is longer than the %zu bytes a unix socket may have", text,
                       sizeof url->path - 1);
    return 0;
}

static int parse_tcp(const char *rest, struct url *url, const char *text, struct err *e)
{
    url->scheme = URL_TCP;
    const char *host = rest, *end, *port = "2375";
    size_t n = strcspn(rest, "/");
    if (rest[n] && rest[n + 1])
        return err_set(e, "%s: a path behind host and port has no meaning here", text);
    if (*host == '[') {
        end = memchr(++host, ']', n);
        if (!end)
            return err_set(e, "%s: '[' without ']'", text);
        rest = end + 1;
        if (*rest && *rest != ':' && *rest != '/')
            return err_set(e, "%s: only a port may stand behind the ']'", text);
    } else {
        end = memchr(host, ':', n);
        rest = end ? end : host + n;
        end = rest;
    }
    size_t portlen = strlen(port);
    if (*rest == ':') {
        port = rest + 1;
        portlen = strspn(port, "0123456789");
        if (!portlen || (port[portlen] && port[portlen] != '/'))
            return err_set(e, "%s: the port is not a number", text);
    }
    if (copy(url->port, sizeof url->port, port, portlen) < 0 || strtol(url->port, NULL, 10) > 65535)
        return err_set(e, "%s: the port is beyond 65535", text);
    if (end == host || copy(url->host, sizeof url->host, host, (size_t)(end - host)) < 0)
        return err_set(e, "%s: the host is missing or too long", text);
    return 0;
}

int url_parse(const char *text, struct url *url, struct err *e)
{
    memset(url, 0, sizeof *url);
    if (span_starts(span_of(text), "unix://"))
        return parse_unix(text + 7, url, text, e);
    if (*text == '/')
        return parse_unix(text, url, text, e);
    if (span_starts(span_of(text), "tcp://"))
        return parse_tcp(text + 6, url, text, e);
    return err_set(e, "%s: not a URL that is understood here (unix:///path or tcp://host:port)",
                   text);
}

void url_format(const struct url *url, char out[URL_TEXT])
{
    if (url->scheme == URL_UNIX)
        snprintf(out, URL_TEXT, "unix://%s", url->path);
    else
        snprintf(out, URL_TEXT, strchr(url->host, ':') ? "tcp://[%s]:%s" : "tcp://%s:%s", url->host,
                 url->port);
}

/* The address of a URL; for TCP the first that the resolver gives. */
static int address(const struct url *url, struct sockaddr_storage *sa, socklen_t *len,
                   struct err *e)
{
    memset(sa, 0, sizeof *sa);
    if (url->scheme == URL_UNIX) {
        struct sockaddr_un *un = (struct sockaddr_un *)sa;
        un->sun_family = AF_UNIX;
        memcpy(un->sun_path, url->path, sizeof url->path);
        *len = sizeof *un;
        return 0;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int rc = getaddrinfo(url->host, url->port, &hints, &found);
    if (rc != 0) {
        errno = EHOSTUNREACH;
        return err_set(e, "%s: %s", url->host, gai_strerror(rc));
    }
    memcpy(sa, found->ai_addr, found->ai_addrlen);
    *len = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

static int open_socket(sa_family_t family, struct err *e)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_sys(e, "socket");
    int one = 1;
    if (family != AF_UNIX) /* a small request must not wait for the answer to the one before it */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

int sock_connect(const struct url *url, bool *pending, struct err *e)
{
    struct sockaddr_storage sa;
    socklen_t len;
    char text[URL_TEXT];
    url_format(url, text);
    *pending = false;
    if (address(url, &sa, &len, e) < 0)
        return -1;
    int fd = open_socket(sa.ss_family, e);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&sa, len) == 0)
        return fd;
    if (errno == EINPROGRESS) {
        *pending = true;
        return fd;
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return err_sys(e, "cannot connect to %s", text);
}

int sock_connected(int fd)
{
    int error = 0;
    socklen_t n = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
        return -1;
    errno = error;
    return error ? -1 : 0;
}

/* Removes a socket that no process listens on any more; leaves everything else alone. */
static int clear_stale(const struct url *url, struct err *e)
{
    struct stat st;
    if (lstat(url->path, &st) < 0)
        return 0;
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, "%s exists and is no socket (choose another path)", url->path);
    bool pending;
    CLEANUP_FD int fd = sock_connect(url, &pending, NULL);
    if (fd >= 0 || errno != ECONNREFUSED)
        return err_set(e, "%s: another process listens there (choose another path)", url->path);
    if (unlink(url->path) < 0)
        return err_sys(e, "cannot replace the stale socket %s", url->path);
    return 0;
}

int sock_listen(const struct url *url, mode_t mode, struct err *e)
{
    struct sockaddr_storage sa;
    socklen_t len;
    char text[URL_TEXT];
    url_format(url, text);
    if (url->scheme == URL_UNIX && clear_stale(url, e) < 0)
        return -1;
    if (address(url, &sa, &len, e) < 0)
        return -1;
    CLEANUP_FD int fd = open_socket(sa.ss_family, e);
    if (fd < 0)
        return -1;
    int one = 1;
    if (url->scheme == URL_TCP)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    mode_t old = umask(0777 & ~mode);
    int rc = bind(fd, (struct sockaddr *)&sa, len);
    umask(old);
    if (rc < 0)
        return err_sys(e, "cannot listen on %s", text);
    if (listen(fd, SOMAXCONN) < 0)
        return err_sys(e, "cannot listen on %s", text);
    int kept = fd;
    fd = -1;
    return kept;
}

int sock_local_url(int fd, struct url *url, struct err *e)
{
    if (url->scheme == URL_UNIX)
        return 0;
    struct sockaddr_storage sa;
    socklen_t len = sizeof sa;
    if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
        return err_sys(e, "getsockname");
    in_port_t port = sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&sa)->sin6_port
                                              : ((struct sockaddr_in *)&sa)->sin_port;
    snprintf(url->port, sizeof url->port, "%u", ntohs(port));
    return 0;
}
