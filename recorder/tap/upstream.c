#include "recorder/tap/upstream.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>

void upstream_init(struct upstream *u, const struct url *named)
{
    *u = (struct upstream){.named = *named};
    if (named->scheme == URL_UNIX)
        u->addr[u->n++] = *named;
}

static int resolve(struct upstream *u, struct err *e)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    int rc = getaddrinfo(u->named.host, u->named.port, &hints, &found);
    if (rc != 0) {
        if (rc != EAI_SYSTEM)
            errno = EHOSTUNREACH;
        return err_set(e, "cannot resolve %s: %s", u->named.host, gai_strerror(rc));
    }
    for (struct addrinfo *a = found; a && u->n < UPSTREAM_ADDRESSES; a = a->ai_next) {
        struct url *to = &u->addr[u->n];
        *to = u->named;
        if (getnameinfo(a->ai_addr, a->ai_addrlen, to->host, sizeof to->host, NULL, 0,
                        NI_NUMERICHOST) == 0)
            u->n++;
    }
    freeaddrinfo(found);
    errno = EHOSTUNREACH;
    return u->n ? 0 : err_set(e, "%s has no address", u->named.host);
}

/* What another address of the same host cannot help against. */
static bool is_ours(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
           error == EAGAIN;
}

int upstream_connect(struct upstream *u, size_t *next, bool *pending, struct err *e)
{
    if (!u->n && resolve(u, e) < 0)
        return -1;
    int fd = -1;
    errno = ECONNREFUSED;
    while (fd < 0 && *next < u->n) {
        fd = sock_connect(&u->addr[*next], pending, e);
        if (fd < 0 && is_ours(errno))
            return -1;
        ++*next;
    }
    return fd;
}
