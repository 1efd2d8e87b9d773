#include "recorder/tap/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recorder/base/clock.h"
#include "recorder/tap/tap_conn.h"

#define ACCEPTS_A_ROUND 64

static void on_client(void *arg, uint32_t events);

/* Takes no clients for a moment: level-triggered, the socket would call again at once. */
static void pause_accepting(struct tap *t)
{
    loop_del(t->loop, t->watch);
    t->watch = NULL;
    loop_timer_set(t->loop, &t->resume, clock_monotonic_ns() + TAP_RETRY_NS, NULL);
}

/* While a client that was accepted waits for a descriptor, the next one stays in the backlog:
 * otherwise clients could use up what their upstreams need. */
static void on_resume(void *arg)
{
    struct tap *t = arg;
    if (t->fd < 0)
        return;
    if (!t->starved)
        t->watch = loop_add(t->loop, t->fd, EPOLLIN, on_client, t, NULL);
    if (!t->watch)
        pause_accepting(t);
}

static bool is_none_now(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

/* Errors of the client's connection, not of ours: accept(2) lists them as such. */
static bool is_the_clients(int error)
{
    return error == ECONNABORTED || error == EINTR || error == EPROTO || error == ENETDOWN ||
           error == ENOPROTOOPT || error == EHOSTDOWN || error == ENONET || error == EHOSTUNREACH ||
           error == ENETUNREACH;
}

static void on_client(void *arg, uint32_t events)
{
    struct tap *t = arg;
    (void)events;
    for (int i = 0; i < ACCEPTS_A_ROUND && !t->starved; i++) {
        int fd = accept4(t->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            tap_conn_new(t, fd);
        else if (is_none_now(errno))
            return;
        else if (!is_the_clients(errno)) {
            pause_accepting(t);
            return;
        }
    }
    if (t->starved)
        pause_accepting(t);
}

static int start_listening(struct tap *t, struct err *e)
{
    t->fd = sock_listen(&t->url, 0600, e);
    if (t->fd < 0 || sock_local_url(t->fd, &t->url, e) < 0)
        return -1;
    struct stat st;
    if (t->url.scheme == URL_UNIX && lstat(t->url.path, &st) == 0) {
        t->dev = st.st_dev;
        t->ino = st.st_ino;
    }
    char here[URL_TEXT], there[URL_TEXT];
    url_format(&t->url, here);
    url_format(&t->upstream.named, there);
    if (strcmp(here, there) == 0)
        return err_set(e, "%s: the upstream is the address that the tap listens on", here);
    t->watch = loop_add(t->loop, t->fd, EPOLLIN, on_client, t, e);
    return t->watch ? 0 : -1;
}

struct tap *tap_new(struct loop *l, const struct tap_options *opts, struct err *e)
{
    struct tap *t = calloc(1, sizeof *t);
    if (!t) {
        err_sys(e, "tap");
        return NULL;
    }
    t->loop = l;
    t->out = opts->out;
    t->url = *opts->listen;
    t->trouble = opts->trouble;
    t->arg = opts->arg;
    t->resume = LOOP_TIMER(on_resume, t);
    t->wall = clock_wall_ns();
    t->monotonic = clock_monotonic_ns();
    upstream_init(&t->upstream, opts->upstream);
    if (start_listening(t, e) < 0) {
        tap_free(t);
        return NULL;
    }
    return t;
}

const struct url *tap_url(const struct tap *t)
{
    return &t->url;
}

void tap_stop_listening(struct tap *t)
{
    struct stat st;
    loop_timer_clear(t->loop, &t->resume);
    loop_del(t->loop, t->watch);
    t->watch = NULL;
    if (t->fd < 0)
        return;
    if (t->ino && lstat(t->url.path, &st) == 0 && st.st_ino == t->ino && st.st_dev == t->dev)
        unlink(t->url.path);
    close(t->fd);
    t->fd = -1;
}

size_t tap_busy(const struct tap *t)
{
    return t->busy;
}

const struct tap_counters *tap_counters(const struct tap *t)
{
    return &t->n;
}

void tap_free(struct tap *t)
{
    if (!t)
        return;
    tap_stop_listening(t);
    while (t->conns)
        tap_conn_free(t->conns);
    free(t);
}

int tap_raise_nofile(struct rlimit *before, struct err *e)
{
    if (getrlimit(RLIMIT_NOFILE, before) < 0)
        return err_sys(e, "RLIMIT_NOFILE");
    struct rlimit most = {.rlim_cur = before->rlim_max, .rlim_max = before->rlim_max};
    return setrlimit(RLIMIT_NOFILE, &most) < 0 ? err_sys(e, "RLIMIT_NOFILE") : 0;
}
