#include "suites/replay/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/base/buf.h"
#include "recorder/base/clock.h"
#include "recorder/conversation/event.h"
#include "recorder/wire/h1.h"

#define READ_SIZE 65536

enum mode { MODE_HTTP, MODE_STREAM, MODE_DEAF /* nothing that comes can be an answer any more */ };

/* A request that waits for its response. */
struct ask {
    struct ask *next;
    uint32_t exchange;
    bool is_head, may_hijack;
    uint64_t left; /* bytes until it is a flood */
};

struct client {
    struct client_env *env;
    uint32_t number;
    int fd; /* -1: closed */
    struct loop_watch *watch;
    bool connecting;
    bool daemon_shut; /* it says no more */
    bool unheard;     /* it takes no more: what we say reaches nobody */
    bool shut_wanted, shut_done;
    bool last_answer; /* it announced that it will close behind this response */
    bool interim;
    bool answered; /* a response came to its end */
    enum mode mode;
    struct buf out;
    struct h1 *parser;
    struct ask *first, *last;
};

void client_env_init(struct client_env *env, struct loop *loop, const struct url *url)
{
    memset(env, 0, sizeof *env);
    env->loop = loop;
    env->url = url;
    env->wall_base = clock_wall_ns();
    env->mono_base = env->last_io = clock_monotonic_ns();
}

int64_t client_env_now(const struct client_env *env)
{
    return env->wall_base + (clock_monotonic_ns() - env->mono_base);
}

static void fail(struct client_env *env, const char *what)
{
    if (!env->failed)
        err_sys(&env->err, "%s", what);
    env->failed = true;
}

/* --- what the sink hears --- */

static void tell_data(struct client *c, enum side from, struct span s)
{
    struct client_env *env = c->env;
    const struct bytes_sink *sink = env->sink;
    env->last_io = clock_monotonic_ns();
    if (!sink || env->failed)
        return;
    if (sink->data(sink->self, c->number, from, client_env_now(env), s.p, s.n, &env->err) < 0)
        env->failed = true;
}

static void tell_end(struct client *c, enum side from, enum end_how how)
{
    struct client_env *env = c->env;
    const struct bytes_sink *sink = env->sink;
    if (!sink || env->failed)
        return;
    if (sink->end(sink->self, c->number, from, how, client_env_now(env), &env->err) < 0)
        env->failed = true;
}

/* --- requests under way --- */

static void pop(struct client *c)
{
    struct ask *a = c->first;
    c->first = a->next;
    if (!c->first)
        c->last = NULL;
    free(a);
}

static void fault(struct client *c, enum replay_fault f, const char *why)
{
    const struct client_listener *l = &c->env->listener;
    uint32_t exchange = c->first->exchange;
    pop(c);
    l->fault(l->self, exchange, f, why);
}

static void fault_rest(struct client *c, enum replay_fault f, const char *why)
{
    while (c->first)
        fault(c, f, why);
}

/* --- the end of a connection --- */

static void stop_watching(struct client *c)
{
    loop_del(c->env->loop, c->watch);
    c->watch = NULL;
}

static void close_fd(struct client *c)
{
    stop_watching(c);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    buf_free(&c->out);
}

void client_close(struct client *c)
{
    if (c->fd < 0)
        return;
    if (!c->shut_done)
        tell_end(c, SIDE_CLIENT, END_SHUT);
    tell_end(c, SIDE_CLIENT, END_CLOSE);
    close_fd(c);
}

void client_reset(struct client *c)
{
    struct linger abort = {1, 0}; /* RST instead of FIN; a unix socket has no such thing */
    if (c->fd < 0)
        return;
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    tell_end(c, SIDE_CLIENT, END_RESET);
    close_fd(c);
}

/* What comes is no answer: a client closes such a connection. */
static void give_up(struct client *c, enum replay_fault f, const char *why)
{
    c->mode = MODE_DEAF;
    if (c->first)
        fault(c, f, why);
    fault_rest(c, REPLAY_CLOSED, "its connection was closed for the response before it");
    client_close(c);
}

/* --- what the candidate says --- */

static int on_payload(void *self, struct span bytes)
{
    struct client *c = self;
    const struct client_listener *l = &c->env->listener;
    if (!c->interim)
        l->payload(l->self, c->first->exchange, bytes);
    return 0;
}

static int on_framing(void *self, struct span bytes)
{
    (void)self, (void)bytes;
    return 0;
}

static void on_head(struct client *c)
{
    const struct client_listener *l = &c->env->listener;
    struct span raw = h1_head(c->parser);
    struct head h;
    head_parse(raw, &h);
    c->interim = head_is_interim(&h);
    bool upgraded = !c->interim && head_upgrades(&h, c->first->may_hijack);
    struct span connection = head_get(&h, "Connection");
    if (!c->interim)
        c->last_answer =
            span_is_nocase(connection, "close") ||
            (span_starts(h.start, "HTTP/1.0") && !span_is_nocase(connection, "keep-alive"));
    if (upgraded)
        c->mode = MODE_STREAM;
    l->head(l->self, c->first->exchange, raw, &h, upgraded);
}

static void on_end(struct client *c)
{
    const struct client_listener *l = &c->env->listener;
    if (c->interim)
        return;
    uint32_t exchange = c->first->exchange;
    c->answered = true;
    pop(c);
    l->end(l->self, exchange);
}

/* One step of the parser; true while there is more to do. */
static bool parse(struct client *c, struct span *bytes)
{
    size_t used;
    if (!c->first) {
        give_up(c, REPLAY_GARBAGE, "an answer to no request");
        return false;
    }
    h1_no_body(c->parser, c->first->is_head);
    enum h1_step step = h1_feed(c->parser, *bytes, &used);
    bytes->p += used;
    bytes->n -= used;
    switch (step) {
    case H1_HEAD:
        on_head(c);
        return true;
    case H1_END:
        on_end(c);
        return bytes->n > 0;
    case H1_BAD:
        give_up(c, REPLAY_GARBAGE, h1_why(c->parser));
        break;
    case H1_FAILED:
    case H1_MORE:
        break;
    }
    return false;
}

static bool floods(struct client *c, size_t n)
{
    if (!c->first)
        return false;
    if (c->first->left < n)
        return true;
    c->first->left -= n;
    return false;
}

static void understand(struct client *c, struct span bytes)
{
    const struct client_listener *l = &c->env->listener;
    bool more = bytes.n > 0;
    if (floods(c, bytes.n)) {
        give_up(c, REPLAY_FLOOD, "far more than in the recording");
        return;
    }
    while (more && c->mode == MODE_HTTP)
        more = parse(c, &bytes);
    if (c->mode == MODE_STREAM && bytes.n)
        l->payload(l->self, c->first->exchange, bytes);
}

/* The candidate will say no more. */
static void daemon_ended(struct client *c)
{
    if (!c->first)
        return;
    if (c->mode == MODE_STREAM || h1_ends_at_close(c->parser)) {
        c->interim = false;
        on_end(c);
    } else if (h1_in_message(c->parser)) {
        fault(c, REPLAY_CUT, "the connection was closed in the middle of the answer");
    }
    fault_rest(c, REPLAY_CLOSED, "the connection was closed without an answer");
}

static void daemon_reset(struct client *c, enum replay_fault f, const char *why)
{
    tell_end(c, SIDE_DAEMON, END_RESET);
    c->daemon_shut = c->unheard = true;
    c->connecting = false;
    close_fd(c);
    fault_rest(c, f, why);
}

static void read_some(struct client *c)
{
    char bytes[READ_SIZE];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
    if (n > 0) {
        tell_data(c, SIDE_DAEMON, (struct span){bytes, (size_t)n});
        understand(c, (struct span){bytes, (size_t)n});
    } else if (n == 0) {
        c->daemon_shut = true;
        tell_end(c, SIDE_DAEMON, END_SHUT);
        daemon_ended(c);
    } else if (errno != EAGAIN && errno != EINTR) {
        daemon_reset(c, REPLAY_RESET, "the connection was reset");
    }
}

/* --- what we say --- */

static uint32_t interest(const struct client *c)
{
    if (c->connecting)
        return EPOLLOUT;
    return (c->daemon_shut ? 0 : EPOLLIN) | (c->out.n ? EPOLLOUT : 0);
}

static void watch(struct client *c)
{
    struct client_env *env = c->env;
    if (c->watch && loop_mod(env->loop, c->watch, interest(c), &env->err) < 0)
        env->failed = true;
}

static void flush(struct client *c)
{
    while (c->out.n && !c->unheard) {
        ssize_t n = send(c->fd, c->out.p, c->out.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        /* Its last words may still be there to be read: they say what happened. */
        c->unheard = n < 0;
        c->env->last_io = clock_monotonic_ns();
        buf_shift(&c->out, n < 0 ? c->out.n : (size_t)n);
    }
    if (c->shut_wanted && !c->shut_done && !c->out.n) {
        c->shut_done = true;
        tell_end(c, SIDE_CLIENT, END_SHUT);
        if (!c->unheard)
            shutdown(c->fd, SHUT_WR);
    }
}

static void connected(struct client *c)
{
    if (sock_connected(c->fd) < 0) {
        daemon_reset(c, REPLAY_NO_CONNECTION, strerror(errno));
        return;
    }
    c->connecting = false;
    flush(c);
}

/* The candidate is gone in both directions; on a unix socket this also shows where both sides have
 * only said their last word. */
static void hung_up(struct client *c)
{
    if (!c->shut_done)
        tell_end(c, SIDE_DAEMON, END_CLOSE);
    c->unheard = true;
    buf_clear(&c->out);
    stop_watching(c);
}

static void on_event(void *arg, uint32_t events)
{
    struct client *c = arg;
    if (c->connecting) {
        connected(c);
    } else if (!c->daemon_shut && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
        read_some(c);
    } else if (events & (EPOLLHUP | EPOLLERR)) {
        hung_up(c);
    }
    if (c->fd >= 0 && !c->connecting && (events & EPOLLOUT))
        flush(c);
    watch(c);
}

struct client *client_open(struct client_env *env, uint32_t number, struct err *e)
{
    bool pending;
    int fd = sock_connect(env->url, &pending, e);
    if (fd < 0)
        return NULL;
    struct client *c = calloc(1, sizeof *c);
    if (!c) {
        close(fd);
        errno = ENOMEM;
        return NULL;
    }
    *c = (struct client){.env = env, .number = number, .fd = fd, .connecting = pending};
    c->out = BUF_INIT(CLIENT_OUT_MAX);
    struct h1_sink sink = {c, on_payload, on_framing};
    c->parser = h1_new(H1_RESPONSES, EVENT_HEAD_MAX, &sink);
    c->watch = c->parser ? loop_add(env->loop, fd, interest(c), on_event, c, e) : NULL;
    if (!c->watch) {
        client_free(c);
        errno = ENOMEM;
        return NULL;
    }
    const struct bytes_sink *out = env->sink;
    if (out && !env->failed && out->open(out->self, number, client_env_now(env), &env->err) < 0)
        env->failed = true;
    return c;
}

void client_free(struct client *c)
{
    if (!c)
        return;
    close_fd(c);
    h1_free(c->parser);
    while (c->first)
        pop(c);
    free(c);
}

int client_ask(struct client *c, uint32_t exchange, const struct head *request, uint64_t most)
{
    struct ask *a = calloc(1, sizeof *a);
    if (!a)
        return -1;
    *a = (struct ask){.exchange = exchange,
                      .is_head = span_is(request->method, "HEAD"),
                      .may_hijack = head_may_hijack(request),
                      .left = most};
    *(c->last ? &c->last->next : &c->first) = a;
    c->last = a;
    return 0;
}

void client_say(struct client *c, struct span bytes)
{
    if (c->fd < 0 || c->unheard || c->shut_wanted || !bytes.n)
        return;
    tell_data(c, SIDE_CLIENT, bytes);
    if (buf_add(&c->out, bytes.p, bytes.n) < 0)
        fail(c->env, "what the candidate has not taken");
    if (!c->connecting)
        flush(c);
    watch(c);
}

void client_shut(struct client *c)
{
    if (c->fd < 0 || c->shut_wanted)
        return;
    c->shut_wanted = true;
    if (!c->connecting)
        flush(c);
}

bool client_connecting(const struct client *c)
{
    return c->connecting;
}

bool client_drained(const struct client *c)
{
    return c->fd < 0 || c->unheard || (!c->connecting && !c->out.n);
}

bool client_gone(const struct client *c)
{
    return c->fd < 0 || c->unheard;
}

bool client_usable(const struct client *c)
{
    return c->fd >= 0 && c->mode == MODE_HTTP && !c->daemon_shut && !c->unheard &&
           !c->shut_wanted && !(c->last_answer && !c->first);
}

bool client_answered(const struct client *c)
{
    return c->answered;
}
