/*
 * Socket addresses as DOCKER_HOST takes them, and sockets made from them.
 */
#ifndef BUGFORBUG_BASE_SOCK_H
#define BUGFORBUG_BASE_SOCK_H

#include <stdbool.h>
#include <sys/types.h>

#include "recorder/base/err.h"

enum url_scheme { URL_UNIX, URL_TCP };

/* A parsed URL. unix: `path`; tcp: `host` and `port` (IPv6 hosts without brackets). */
struct url {
    enum url_scheme scheme;
    char path[108]; /* sun_path's size (unix(7)), NUL included */
    char host[256];
    char port[8];
};

/* Takes unix:///path, tcp://host:port (port 2375 by default), tcp://[v6]:port and a bare absolute
 * path. */
int url_parse(const char *text, struct url *url, struct err *e);

/* The URL as text, into out of URL_TEXT bytes. */
#define URL_TEXT 320
void url_format(const struct url *url, char out[URL_TEXT]);

/*
 * Starts to connect; the socket is non-blocking and close-on-exec. Returns the descriptor with
 * *pending telling whether the connection is still under way (writable when done: see
 * sock_connected), or -1 with errno kept (ECONNREFUSED, ENOENT, EAGAIN when the backlog is full).
 */
int sock_connect(const struct url *url, bool *pending, struct err *e);

/* 0 once a pending connect is through, -1 with errno set to its error. */
int sock_connected(int fd);

/*
 * Listens, non-blocking and close-on-exec. A unix socket is made with mode `mode` from the start
 * (no moment with wider rights); a path where something exists is refused, unless it is a socket
 * that nobody listens on: that is left over from a dead process, and is replaced.
 */
int sock_listen(const struct url *url, mode_t mode, struct err *e);

/* The URL a client must use: as given, with the port that the kernel chose where it was 0. */
int sock_local_url(int fd, struct url *url, struct err *e);

#endif
