#include "suites/ask.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/clock.h"
#include "recorder/wire/h1.h"
#include "recorder/wire/head.h"

struct asking {
    int fd;
    int64_t until;      /* monotonic */
    struct buf head;    /* of the request */
    struct span out[2]; /* what is still to be sent: head, body */
    struct h1 *parser;
    struct buf *answer;
    int status;
    bool done;
};

static int on_payload(void *self, struct span bytes)
{
    struct asking *a = self;
    size_t room = a->answer->limit - a->answer->n;
    return buf_add(a->answer, bytes.p, bytes.n < room ? bytes.n : room);
}

static int on_framing(void *self, struct span bytes)
{
    (void)self;
    (void)bytes;
    return 0;
}

/* Waits for the socket: 1, or 0 when the time is up. */
static int wait_for(const struct asking *a, short events)
{
    for (;;) {
        int64_t left = a->until - clock_monotonic_ns();
        if (left <= 0)
            return 0;
        struct pollfd p = {.fd = a->fd, .events = events};
        int n = poll(&p, 1, (int)(left / NS_PER_MS) + 1);
        if (n > 0)
            return 1;
        if (n < 0 && errno != EINTR)
            return 0;
    }
}

static int take(struct asking *a, struct span bytes)
{
    enum h1_step step = H1_HEAD;
    while (step == H1_HEAD || (step == H1_END && !a->done && bytes.n)) {
        size_t used;
        step = h1_feed(a->parser, bytes, &used);
        bytes.p += used;
        bytes.n -= used;
        if (step == H1_HEAD) {
            struct head h;
            head_parse(h1_head(a->parser), &h);
            a->status = head_is_interim(&h) ? 0 : h.status;
        }
        a->done = step == H1_END && a->status;
    }
    return step == H1_BAD || step == H1_FAILED ? -1 : 0;
}

/* Reads what is there; -1: no answer will come of it. */
static int receive(struct asking *a)
{
    char piece[65536];
    ssize_t n = recv(a->fd, piece, sizeof piece, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n > 0)
        return take(a, (struct span){piece, (size_t)n});
    a->done = a->status && h1_ends_at_close(a->parser);
    errno = ECONNRESET;
    return a->done ? 0 : -1;
}

static int deliver(struct asking *a)
{
    struct span *s = a->out[0].n ? &a->out[0] : &a->out[1];
    ssize_t n = send(a->fd, s->p, s->n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    s->p += n;
    s->n -= (size_t)n;
    return 0;
}

/* Sends and receives until the answer is whole; it may come before all was sent. */
static int converse(struct asking *a, struct err *e)
{
    while (!a->done) {
        bool more = a->out[0].n || a->out[1].n;
        if (!wait_for(a, more ? POLLIN | POLLOUT : POLLIN))
            return err_set(e, "no answer in time");
        if (receive(a) < 0)
            return err_sys(e, "no whole answer");
        if (more && !a->done && deliver(a) < 0)
            return err_sys(e, "the request was not taken");
    }
    return 0;
}

static int connect_to(struct asking *a, const struct url *daemon, struct err *e)
{
    bool pending;
    a->fd = sock_connect(daemon, &pending, e);
    if (a->fd < 0)
        return -1;
    if (pending && (!wait_for(a, POLLOUT) || sock_connected(a->fd) < 0)) {
        char text[URL_TEXT];
        url_format(daemon, text);
        return err_sys(e, "cannot connect to %s", text);
    }
    return 0;
}

static int format(struct asking *a, const struct question *q, struct err *e)
{
    a->head = BUF_INIT(65536);
    int rc = buf_addf(&a->head, "%s %s HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n",
                      q->method, q->target);
    if (q->type)
        rc |= buf_addf(&a->head, "Content-Type: %s\r\n", q->type);
    if (q->body.p)
        rc |= buf_addf(&a->head, "Content-Length: %zu\r\n", q->body.n);
    rc |= buf_adds(&a->head, "\r\n");
    a->out[0] = (struct span){a->head.p, a->head.n};
    a->out[1] = q->body;
    return rc ? err_sys(e, "%s", q->target) : 0;
}

int ask(const struct url *daemon, const struct question *q, struct buf *answer, struct err *e)
{
    struct asking a = {.fd = -1, .until = clock_monotonic_ns() + q->deadline_ns, .answer = answer};
    struct h1_sink sink = {&a, on_payload, on_framing};
    a.parser = h1_new(H1_RESPONSES, 65536, &sink);
    int rc = ASK_FAILED;
    if (!a.parser)
        err_sys(e, "%s", q->target);
    else if (format(&a, q, e) == 0)
        rc = connect_to(&a, daemon, e) < 0 ? ASK_UNREACHABLE : 0;
    if (rc == 0) {
        h1_no_body(a.parser, span_is(span_of(q->method), "HEAD"));
        rc = converse(&a, e) < 0 ? ASK_FAILED : a.status;
    }
    if (rc < 0)
        err_wrap(e, "%s %s", q->method, q->target);
    if (a.fd >= 0)
        close(a.fd);
    h1_free(a.parser);
    buf_free(&a.head);
    return rc;
}
