#include "recorder/tap/tap_conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/base/clock.h"

/* What a side has said about itself; it only ever moves down this list. */
enum stage {
    STAGE_TALKS,
    STAGE_SHUT, /* said all, listens */
    STAGE_GONE, /* in both directions */
    STAGE_RESET /* aborted */
};

/* One of the two sockets of a connection. */
struct tap_end {
    struct tap_conn *conn;
    enum side side;
    int fd;
    bool is_unix;
    struct loop_watch *watch;
    enum stage stage;
    bool told;  /* it was told that the other side has said all */
    bool deaf;  /* it takes nothing any more */
    bool reset; /* found out by sending, the reading side need not see it again */
    char *held; /* what it did not take yet, n bytes from `at` on; NULL while there is nothing */
    size_t at, n;
};

struct tap_conn {
    struct tap *tap;
    struct tap_conn *prev, *next;
    struct tap_end end[2];
    bool starved; /* waits for a descriptor */
    bool broken;  /* out of memory: cannot go on */
    size_t address;
    struct loop_timer retry;
    struct pcap_flow flow;
};

static int64_t stamp(const struct tap *t)
{
    return t->wall + (clock_monotonic_ns() - t->monotonic);
}

static struct tap_end *other(struct tap_end *me)
{
    return &me->conn->end[!me->side];
}

static void trouble(struct tap *t, bool *told, const char *text)
{
    if (*told || !t->trouble)
        return;
    *told = true;
    t->trouble(t->arg, text);
}

/* --- Closing ------------------------------------------------------------------------------- */

static void unhold(struct tap_end *me)
{
    free(me->held);
    me->held = NULL;
    me->at = me->n = 0;
}

static void end_close(struct tap_end *me)
{
    loop_del(me->conn->tap->loop, me->watch);
    me->watch = NULL;
    unhold(me);
    if (me->fd >= 0)
        close(me->fd);
    me->fd = -1;
}

static void end_reset(struct tap_end *me)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    if (me->fd >= 0 && !me->is_unix)
        setsockopt(me->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    end_close(me);
}

/* Closing TCP with something unread sends a RST, which may overtake the last bytes; so what was
 * said to the gone is read, at most as much as a socket buffer is likely to hold. */
static void end_drain(struct tap_end *me)
{
    struct tap *t = me->conn->tap;
    for (int i = 0; i < 64; i++) {
        ssize_t n = recv(me->fd, t->scratch, sizeof t->scratch, 0);
        if (n <= 0)
            break;
        t->n.dropped += (uint64_t)n;
    }
}

static void starve(struct tap_conn *c, bool starved)
{
    if (starved && !c->starved)
        c->tap->starved++;
    if (!starved && c->starved)
        c->tap->starved--;
    c->starved = starved;
}

void tap_conn_free(struct tap_conn *c)
{
    struct tap *t = c->tap;
    end_close(&c->end[SIDE_CLIENT]);
    end_close(&c->end[SIDE_DAEMON]);
    loop_timer_clear(t->loop, &c->retry);
    starve(c, false);
    if (c->prev)
        c->prev->next = c->next;
    else
        t->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    t->busy--;
    free(c);
}

/* Both ways are through: passes the way in which it ended on. */
static void conn_finish(struct tap_conn *c)
{
    for (int s = 0; s < 2; s++) {
        struct tap_end *me = &c->end[s];
        if (c->broken || other(me)->stage == STAGE_RESET)
            end_reset(me);
        else if (other(me)->stage == STAGE_GONE && me->stage < STAGE_GONE)
            end_drain(me);
    }
    tap_conn_free(c);
}

/* --- What a side says ------------------------------------------------------------------------ */

static void say_end(struct tap_end *me, enum end_how how)
{
    struct tap *t = me->conn->tap;
    pcap_out_end(t->out, &me->conn->flow, me->side, how, stamp(t));
}

static void shut(struct tap_end *me)
{
    me->stage = STAGE_SHUT;
    say_end(me, END_SHUT);
}

static void gone(struct tap_end *me, enum end_how how)
{
    struct tap *t = me->conn->tap;
    me->stage = how == END_RESET ? STAGE_RESET : STAGE_GONE;
    me->deaf = true;
    unhold(me);
    say_end(me, how);
    if (how != END_RESET || me->side != SIDE_DAEMON)
        return;
    t->n.resets++;
    char text[URL_TEXT + 64], url[URL_TEXT];
    url_format(&t->upstream.named, url);
    snprintf(text, sizeof text, "%s reset a connection, and so its client's was", url);
    trouble(t, &t->told_reset, text);
}

/* That nothing can be sent says nothing about what it may still have said. */
static void deafen(struct tap_end *me, int error)
{
    me->deaf = true;
    me->reset = error == ECONNRESET;
    unhold(me);
}

static bool is_later(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* How much of p it took; 0 where it takes nothing now, or nothing any more. */
static size_t send_some(struct tap_end *me, const char *p, size_t n)
{
    ssize_t sent = send(me->fd, p, n, MSG_NOSIGNAL);
    if (sent < 0 && !is_later(errno))
        deafen(me, errno);
    return sent < 0 ? 0 : (size_t)sent;
}

static void end_give(struct tap_end *me, const char *p, size_t n)
{
    size_t sent = send_some(me, p, n);
    if (me->deaf || sent == n)
        return;
    me->held = malloc(n - sent);
    if (!me->held) {
        me->conn->broken = true;
        return;
    }
    me->n = n - sent;
    memcpy(me->held, p + sent, me->n);
}

static void end_flush(struct tap_end *me)
{
    size_t sent = send_some(me, me->held + me->at, me->n);
    if (me->deaf)
        return;
    me->at += sent;
    me->n -= sent;
    if (!me->n)
        unhold(me);
}

/* A unix peer that is gone takes both directions with it at once. Where this side was shut down
 * from here, the same is seen when the peer only shuts down its own. */
static bool is_gone(const struct tap_end *me)
{
    struct pollfd p = {.fd = me->fd};
    return me->is_unix && !me->told && poll(&p, 1, 0) == 1 && p.revents & POLLHUP;
}

static void end_pull(struct tap_end *me)
{
    struct tap *t = me->conn->tap;
    ssize_t n = recv(me->fd, t->scratch, sizeof t->scratch, 0);
    if (n > 0 && other(me)->deaf) {
        t->n.dropped += (uint64_t)n;
    } else if (n > 0) {
        t->n.bytes[me->side] += (uint64_t)n;
        pcap_out_data(t->out, &me->conn->flow, me->side, stamp(t), t->scratch, (size_t)n);
        end_give(other(me), t->scratch, (size_t)n);
    } else if (n < 0) {
        if (!is_later(errno))
            gone(me, END_RESET);
    } else if (me->reset || is_gone(me)) {
        gone(me, me->reset ? END_RESET : END_CLOSE);
    } else {
        shut(me);
    }
}

/* --- Which events matter now -------------------------------------------------------------------
 */

static void on_end(void *arg, uint32_t events);

static void end_watch(struct tap_end *me)
{
    struct loop *l = me->conn->tap->loop;
    bool reads = me->stage == STAGE_TALKS && !other(me)->n;
    /* Is still heard when it goes away; but where both directions are shut down EPOLLHUP is
     * there for good, and so it is while nobody may read up to its cause. */
    bool hears = reads || me->n || (me->stage == STAGE_SHUT && !me->told);
    uint32_t events = (reads ? EPOLLIN : 0U) | (me->n ? EPOLLOUT : 0U);
    if (!hears) {
        loop_del(l, me->watch);
        me->watch = NULL;
    } else if (me->watch) {
        if (loop_mod(l, me->watch, events, NULL) < 0)
            me->conn->broken = true;
    } else {
        me->watch = loop_add(l, me->fd, events, on_end, me, NULL);
        if (!me->watch)
            me->conn->broken = true;
    }
}

/* A side is read only while the other holds nothing back, so whatever was said before an end was
 * taken by then. */
static bool conn_is_over(const struct tap_conn *c)
{
    enum stage client = c->end[SIDE_CLIENT].stage, daemon = c->end[SIDE_DAEMON].stage;
    return c->broken || client >= STAGE_GONE || daemon >= STAGE_GONE ||
           (client == STAGE_SHUT && daemon == STAGE_SHUT);
}

static void conn_settle(struct tap_conn *c)
{
    for (int s = 0; s < 2; s++) {
        struct tap_end *me = &c->end[s];
        if (me->deaf && me->stage == STAGE_SHUT)
            gone(me, END_CLOSE);
    }
    for (int s = 0; s < 2; s++) {
        struct tap_end *me = &c->end[s];
        if (other(me)->stage == STAGE_SHUT && !me->told) {
            shutdown(me->fd, SHUT_WR);
            me->told = true;
        }
    }
    if (!conn_is_over(c)) {
        end_watch(&c->end[SIDE_CLIENT]);
        end_watch(&c->end[SIDE_DAEMON]);
    }
    if (conn_is_over(c))
        conn_finish(c);
}

static void on_end(void *arg, uint32_t events)
{
    struct tap_end *me = arg;
    bool lost = events & (EPOLLHUP | EPOLLERR);
    if (me->n && (lost || events & EPOLLOUT))
        end_flush(me);
    if (me->stage == STAGE_TALKS && !other(me)->n && (lost || events & EPOLLIN))
        end_pull(me);
    else if (me->stage == STAGE_SHUT && !me->told && lost)
        gone(me, END_CLOSE);
    conn_settle(me->conn);
}

/* --- Connecting ------------------------------------------------------------------------------ */

static void conn_refuse(struct tap_conn *c, const char *why)
{
    struct tap *t = c->tap;
    pcap_out_refused(t->out, &c->flow, stamp(t));
    t->n.refused++;
    trouble(t, &t->told_refusal, why);
    end_reset(&c->end[SIDE_CLIENT]);
    tap_conn_free(c);
}

static void conn_up(struct tap_conn *c)
{
    pcap_out_accepted(c->tap->out, &c->flow, stamp(c->tap));
    conn_settle(c);
}

static void conn_connect(void *arg);

static void on_connected(void *arg, uint32_t events)
{
    struct tap_end *me = arg;
    struct tap_conn *c = me->conn;
    (void)events;
    loop_del(c->tap->loop, me->watch);
    me->watch = NULL;
    if (sock_connected(me->fd) == 0) {
        conn_up(c);
        return;
    }
    struct err e;
    char url[URL_TEXT];
    url_format(&c->tap->upstream.addr[c->address - 1], url);
    err_sys(&e, "cannot connect to %s", url);
    end_close(me);
    if (c->address < c->tap->upstream.n)
        conn_connect(c);
    else
        conn_refuse(c, e.text);
}

static void conn_connect(void *arg)
{
    struct tap_conn *c = arg;
    struct tap *t = c->tap;
    struct tap_end *daemon = &c->end[SIDE_DAEMON];
    struct err e;
    bool pending;
    daemon->fd = upstream_connect(&t->upstream, &c->address, &pending, &e);
    int error = errno;
    starve(c, daemon->fd < 0 &&
                  (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM));
    if (daemon->fd < 0) {
        /* EAGAIN: the daemon's backlog is full (unix(7)), and a client of its own would wait. */
        bool waits = c->starved || error == EAGAIN;
        if (!waits || loop_timer_set(t->loop, &c->retry, clock_monotonic_ns() + TAP_RETRY_NS, &e))
            conn_refuse(c, e.text);
    } else if (!pending) {
        conn_up(c);
    } else {
        daemon->watch = loop_add(t->loop, daemon->fd, EPOLLOUT, on_connected, daemon, &e);
        if (!daemon->watch)
            conn_refuse(c, e.text);
    }
}

static void end_init(struct tap_conn *c, enum side side, int fd, const struct url *url)
{
    c->end[side] =
        (struct tap_end){.conn = c, .side = side, .fd = fd, .is_unix = url->scheme == URL_UNIX};
}

void tap_conn_new(struct tap *t, int fd)
{
    struct tap_conn *c = calloc(1, sizeof *c);
    if (!c) {
        close(fd);
        return;
    }
    *c = (struct tap_conn){.tap = t, .next = t->conns, .retry = LOOP_TIMER(conn_connect, c)};
    end_init(c, SIDE_CLIENT, fd, &t->url);
    end_init(c, SIDE_DAEMON, -1, &t->upstream.named);
    int one = 1;
    if (!c->end[SIDE_CLIENT].is_unix)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (t->conns)
        t->conns->prev = c;
    t->conns = c;
    t->busy++;
    t->n.connections++;
    pcap_out_open(t->out, &c->flow, stamp(t));
    conn_connect(c);
}
