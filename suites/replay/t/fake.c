#include "suites/replay/t/fake.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/base/buf.h"

#define CONNS 64

struct fake_conn {
    int fd; /* -1: free */
    int number;
    bool stream, waits, hung;
    const struct fake_rule *rule;
    struct buf in;
};

struct fake {
    const struct fake_rule *rules;
    bool used[256];
    char dir[64];
    struct url url;
    int listener, stop;
    struct fake_conn conns[CONNS];
    int numbers;
    struct buf told;
    pthread_t thread;
};

static void say(struct fake_conn *c, const char *text)
{
    for (size_t n = strlen(text); n;) {
        ssize_t sent = send(c->fd, text, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            struct pollfd p = {c->fd, POLLOUT, 0};
            poll(&p, 1, -1);
            continue;
        }
        if (sent < 0)
            return;
        text += sent;
        n -= (size_t)sent;
    }
}

static void drop(struct fake_conn *c)
{
    close(c->fd);
    c->fd = -1;
    buf_free(&c->in);
}

static void wake(struct fake *f, const struct fake_rule *r)
{
    for (int i = 0; i < CONNS; i++) {
        struct fake_conn *c = &f->conns[i];
        if (c->fd < 0 || !c->waits)
            continue;
        say(c, r->wake);
        if (r->wake_end)
            shutdown(c->fd, SHUT_WR);
        return;
    }
}

static void finish(struct fake *f, struct fake_conn *c, const struct fake_rule *r)
{
    struct linger abort = {1, 0};
    struct pollfd p = {c->fd, POLLOUT, 0};
    switch (r->then) {
    case FAKE_RESET:
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
        drop(c);
        break;
    case FAKE_DIE:
        close(f->listener);
        f->listener = -1;
        drop(c);
        break;
    case FAKE_CLOSE:
        drop(c);
        break;
    case FAKE_FLOOD:
        while (poll(&p, 1, -1) == 1 && !(p.revents & (POLLHUP | POLLERR)))
            say(c, r->say);
        break;
    case FAKE_KEEP:
        break;
    }
}

static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
                                "Content-Length: 29\r\n\r\n{\"message\":\"page not found\"}\n";

static void answer(struct fake *f, struct fake_conn *c, const char *line)
{
    const struct fake_rule *r = f->rules;
    size_t i = 0;
    while (r[i].match && (f->used[i] || strncmp(line, r[i].match, strlen(r[i].match)) != 0))
        i++;
    if (!r[i].match) {
        say(c, not_found);
        return;
    }
    f->used[i] = true;
    c->rule = &r[i];
    if (r[i].say)
        say(c, r[i].say);
    c->hung = !r[i].say;
    c->stream = r[i].say && strstr(r[i].say, " 101 ");
    c->waits = r[i].waits;
    if (r[i].wake)
        wake(f, &r[i]);
    finish(f, c, &r[i]);
}

/* Bytes of the first request in the buffer, 0: it is not whole yet. */
static size_t request_size(const struct buf *in, size_t *head)
{
    const char *end = strstr(buf_str(in), "\r\n\r\n");
    const char *length = strstr(buf_str(in), "Content-Length: ");
    if (!end)
        return 0;
    *head = (size_t)(end + 4 - in->p);
    if (length && length < end)
        return *head + strtoul(length + 16, NULL, 10) <= in->n
                   ? *head + strtoul(length + 16, NULL, 10)
                   : 0;
    const char *chunked = strstr(buf_str(in), "Transfer-Encoding: chunked");
    if (!chunked || chunked > end)
        return *head;
    const char *last = strstr(end, "\r\n0\r\n\r\n");
    return last ? (size_t)(last + 7 - in->p) : 0;
}

static void one_request(struct fake *f, struct fake_conn *c, size_t head, size_t n)
{
    char line[1024];
    size_t len = (size_t)(strstr(c->in.p, " HTTP/1.1") - c->in.p);
    const char *aside = strstr(c->in.p, "Connection: close");
    snprintf(line, sizeof line, "%.*s", (int)len, c->in.p);
    bool counts = !aside || aside > c->in.p + head;
    if (counts && !c->number)
        c->number = ++f->numbers;
    if (counts)
        buf_addf(&f->told, "%d %s", c->number, line);
    else
        buf_addf(&f->told, "- %s", line);
    if (n > head)
        buf_addf(&f->told, " %.*s", (int)(n - head), c->in.p + head);
    buf_addc(&f->told, '\n');
    buf_shift(&c->in, n);
    answer(f, c, line);
}

static void understand(struct fake *f, struct fake_conn *c)
{
    size_t head, n;
    while (c->fd >= 0 && !c->stream && c->in.n && (n = request_size(&c->in, &head)) != 0)
        one_request(f, c, head, n);
    if (c->fd < 0 || !c->stream || !c->in.n)
        return;
    buf_addf(&f->told, "%d: %s\n", c->number, buf_str(&c->in));
    buf_clear(&c->in);
}

static void hear(struct fake *f, struct fake_conn *c)
{
    char bytes[4096];
    struct pollfd p = {c->fd, 0, 0};
    ssize_t n = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0) {
        buf_add(&c->in, bytes, (size_t)n);
        understand(f, c);
        return;
    }
    if (n < 0 && errno == EAGAIN)
        return;
    bool gone = n < 0 || (poll(&p, 1, 0) == 1 && (p.revents & POLLHUP));
    if (c->number)
        buf_addf(&f->told, "%d %s\n", c->number, gone ? "gone" : "shut");
    if (gone || !c->rule || !c->rule->at_shut) {
        drop(c);
        return;
    }
    say(c, c->rule->at_shut);
    drop(c);
}

static void accept_one(struct fake *f)
{
    for (int i = 0; i < CONNS; i++) {
        struct fake_conn *c = &f->conns[i];
        if (c->fd >= 0)
            continue;
        *c = (struct fake_conn){.fd = accept(f->listener, NULL, NULL), .in = BUF_INIT(64 << 20)};
        return;
    }
}

/* True where somebody had something to say. */
static bool hear_all(struct fake *f, int timeout, bool *stop)
{
    struct pollfd p[CONNS + 2];
    bool any = false;
    p[CONNS] = (struct pollfd){f->listener, POLLIN, 0};
    p[CONNS + 1] = (struct pollfd){f->stop, POLLIN, 0};
    for (int i = 0; i < CONNS; i++)
        p[i] = (struct pollfd){f->conns[i].fd, POLLIN, 0};
    poll(p, CONNS + 2, timeout);
    for (int i = 0; i < CONNS; i++)
        if (p[i].revents && f->conns[i].fd == p[i].fd) {
            any = true;
            hear(f, &f->conns[i]);
        }
    if (p[CONNS].revents && f->listener >= 0) {
        any = true;
        accept_one(f);
    }
    *stop = p[CONNS + 1].revents != 0;
    return any;
}

static void *run(void *arg)
{
    bool stop = false;
    while (!stop)
        hear_all(arg, -1, &stop);
    while (hear_all(arg, 0, &stop)) /* what was said before the stop */
        ;
    return NULL;
}

struct fake *fake_start(const struct fake_rule *rules, bool tcp)
{
    struct fake *f = calloc(1, sizeof *f);
    struct err e;
    f->rules = rules;
    f->told = BUF_INIT(64 << 20);
    for (int i = 0; i < CONNS; i++)
        f->conns[i].fd = -1;
    if (tcp) {
        ck_assert_int_eq(url_parse("tcp://127.0.0.1:0", &f->url, &e), 0);
    } else {
        snprintf(f->dir, sizeof f->dir, "/tmp/fake.XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(f->dir));
        f->url.scheme = URL_UNIX;
        snprintf(f->url.path, sizeof f->url.path, "%s/sock", f->dir);
    }
    f->listener = sock_listen(&f->url, 0600, &e);
    ck_assert_msg(f->listener >= 0, "%s", e.text);
    sock_local_url(f->listener, &f->url, &e);
    f->stop = eventfd(0, EFD_CLOEXEC);
    ck_assert_int_eq(pthread_create(&f->thread, NULL, run, f), 0);
    return f;
}

const struct url *fake_url(const struct fake *f)
{
    return &f->url;
}

const char *fake_stop(struct fake *f)
{
    ck_assert_int_eq(eventfd_write(f->stop, 1), 0);
    pthread_join(f->thread, NULL);
    return buf_str(&f->told);
}

void fake_free(struct fake *f)
{
    for (int i = 0; i < CONNS; i++)
        if (f->conns[i].fd >= 0)
            drop(&f->conns[i]);
    if (f->listener >= 0)
        close(f->listener);
    close(f->stop);
    if (*f->dir) {
        unlink(f->url.path);
        rmdir(f->dir);
    }
    buf_free(&f->told);
    free(f);
}
