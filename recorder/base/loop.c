#include "recorder/base/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "recorder/base/clock.h"

#define EVENTS_A_ROUND 64

struct loop_watch {
    int fd; /* -1: deleted, freed when no event of the round can name it any more */
    uint32_t events;
    loop_fd_fn *fn;
    void *arg;
    struct loop_watch *prev, *next;
};

struct loop {
    int epfd;
    bool stop, running;
    struct loop_watch *live, *dead;
    struct loop_timer **heap; /* heap[1..n], the earliest first; heap[0] is unused */
    size_t n, cap;
};

struct loop *loop_new(struct err *e)
{
    struct loop *l = calloc(1, sizeof *l);
    if (!l) {
        err_sys(e, "event loop");
        return NULL;
    }
    l->epfd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epfd < 0) {
        err_sys(e, "epoll_create1");
        free(l);
        return NULL;
    }
    return l;
}

static void free_list(struct loop_watch **list)
{
    while (*list) {
        struct loop_watch *w = *list;
        *list = w->next;
        free(w);
    }
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    free_list(&l->live);
    free_list(&l->dead);
    free(l->heap);
    close(l->epfd);
    free(l);
}

struct loop_watch *loop_add(struct loop *l, int fd, uint32_t events, loop_fd_fn *fn, void *arg,
                            struct err *e)
{
    struct loop_watch *w = calloc(1, sizeof *w);
    if (!w) {
        err_sys(e, "event loop");
        return NULL;
    }
    *w = (struct loop_watch){.fd = fd, .events = events, .fn = fn, .arg = arg, .next = l->live};
    struct epoll_event ev = {.events = events, .data.ptr = w};
    if (epoll_ctl(l->epfd, EPOLL_CTL_ADD, fd, &ev) < 0) {
        err_sys(e, "epoll_ctl");
        free(w);
        return NULL;
    }
    if (l->live)
        l->live->prev = w;
    l->live = w;
    return w;
}

int loop_mod(struct loop *l, struct loop_watch *w, uint32_t events, struct err *e)
{
    if (w->events == events)
        return 0;
    struct epoll_event ev = {.events = events, .data.ptr = w};
    if (epoll_ctl(l->epfd, EPOLL_CTL_MOD, w->fd, &ev) < 0)
        return err_sys(e, "epoll_ctl");
    w->events = events;
    return 0;
}

void loop_del(struct loop *l, struct loop_watch *w)
{
    if (!w)
        return;
    epoll_ctl(l->epfd, EPOLL_CTL_DEL, w->fd, NULL);
    if (w->prev)
        w->prev->next = w->next;
    else
        l->live = w->next;
    if (w->next)
        w->next->prev = w->prev;
    w->fd = -1;
    w->next = l->dead;
    l->dead = w;
    if (!l->running)
        free_list(&l->dead);
}

static void put(struct loop *l, size_t slot, struct loop_timer *t)
{
    l->heap[slot] = t;
    t->slot = slot;
}

static void sift_up(struct loop *l, size_t slot)
{
    struct loop_timer *t = l->heap[slot];
    for (; slot > 1 && l->heap[slot / 2]->at > t->at; slot /= 2)
        put(l, slot, l->heap[slot / 2]);
    put(l, slot, t);
}

static void sift_down(struct loop *l, size_t slot)
{
    struct loop_timer *t = l->heap[slot];
    for (size_t child; (child = 2 * slot) <= l->n; slot = child) {
        if (child < l->n && l->heap[child + 1]->at < l->heap[child]->at)
            child++;
        if (l->heap[child]->at >= t->at)
            break;
        put(l, slot, l->heap[child]);
    }
    put(l, slot, t);
}

int loop_timer_set(struct loop *l, struct loop_timer *t, int64_t at, struct err *e)
{
    loop_timer_clear(l, t);
    if (l->n + 2 > l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 16;
        struct loop_timer **heap = realloc(l->heap, cap * sizeof(struct loop_timer *));
        if (!heap)
            return err_sys(e, "event loop");
        l->heap = heap;
        l->cap = cap;
    }
    t->at = at;
    l->heap[++l->n] = t;
    sift_up(l, l->n);
    return 0;
}

void loop_timer_clear(struct loop *l, struct loop_timer *t)
{
    size_t slot = t->slot;
    if (!slot)
        return;
    t->slot = 0;
    struct loop_timer *last = l->heap[l->n--];
    if (last == t)
        return;
    put(l, slot, last);
    sift_up(l, slot);
    sift_down(l, last->slot);
}

bool loop_timer_is_set(const struct loop_timer *t)
{
    return t->slot != 0;
}

/* Milliseconds for epoll_wait, rounded up: a timer that runs early would only wait again. */
static int patience(const struct loop *l, int64_t timeout_ns)
{
    if (l->n) {
        int64_t left = l->heap[1]->at - clock_monotonic_ns();
        if (left < 0)
            left = 0;
        if (timeout_ns < 0 || left < timeout_ns)
            timeout_ns = left;
    }
    if (timeout_ns < 0)
        return -1;
    if (timeout_ns > (INT_MAX - 1) * NS_PER_MS)
        return INT_MAX;
    return (int)((timeout_ns + NS_PER_MS - 1) / NS_PER_MS);
}

/* No more than were set at the start: callbacks that set timers for "now" must not keep the
 * descriptors from their turn. */
static int run_timers(struct loop *l)
{
    int ran = 0;
    int64_t now = clock_monotonic_ns();
    for (size_t most = l->n; most && l->n && l->heap[1]->at <= now; most--) {
        struct loop_timer *t = l->heap[1];
        loop_timer_clear(l, t);
        t->fn(t->arg);
        ran++;
    }
    return ran;
}

int loop_run_once(struct loop *l, int64_t timeout_ns, struct err *e)
{
    struct epoll_event got[EVENTS_A_ROUND];
    int n = epoll_wait(l->epfd, got, EVENTS_A_ROUND, patience(l, timeout_ns));
    if (n < 0 && errno != EINTR)
        return err_sys(e, "epoll_wait");
    int ran = 0;
    l->running = true;
    for (int i = 0; i < n; i++) {
        struct loop_watch *w = got[i].data.ptr;
        if (w->fd < 0)
            continue;
        w->fn(w->arg, got[i].events);
        ran++;
    }
    ran += run_timers(l);
    l->running = false;
    free_list(&l->dead);
    return ran;
}

int loop_run(struct loop *l, struct err *e)
{
    l->stop = false;
    while (!l->stop)
        if (loop_run_once(l, -1, e) < 0)
            return -1;
    return 0;
}

void loop_stop(struct loop *l)
{
    l->stop = true;
}
