/*
 * An event loop over epoll(7): descriptors with callbacks, and one-shot timers. Single-threaded;
 * descriptors of any kind that epoll takes, so signals come in by a signalfd and wake-ups from
 * other threads by an eventfd.
 *
 * A callback may add, change and delete any entry, its own and those of other descriptors
 * included: an event that was already under way for a deleted entry is dropped. Callbacks must not
 * run the loop.
 */
#ifndef BUGFORBUG_BASE_LOOP_H
#define BUGFORBUG_BASE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "recorder/base/err.h"

struct loop;
struct loop_watch;

/* NULL with the error set where the kernel refuses. */
struct loop *loop_new(struct err *e);

/* Frees the loop and its watches; closes no descriptor but its own. NULL is fine. */
void loop_free(struct loop *l);

/*
 * Watches fd, level-triggered, for `events` (EPOLLIN, EPOLLOUT, EPOLLRDHUP or 0). EPOLLHUP and
 * EPOLLERR are always reported (epoll_ctl(2)): a callback that neither reads the descriptor nor
 * deletes the watch on them makes the loop spin. The descriptor stays the caller's: loop_del comes
 * before its close. NULL with the error set.
 */
typedef void loop_fd_fn(void *arg, uint32_t events);
struct loop_watch *loop_add(struct loop *l, int fd, uint32_t events, loop_fd_fn *fn, void *arg,
                            struct err *e);

/* Changes what is watched for. Costs nothing where it is the same as before. */
int loop_mod(struct loop *l, struct loop_watch *w, uint32_t events, struct err *e);

/* Stops watching; w must not be used any more. NULL is fine. */
void loop_del(struct loop *l, struct loop_watch *w);

/*
 * A one-shot timer. The caller owns the struct (usually a member of what it is about), sets it up
 * with LOOP_TIMER, and clears it before freeing it.
 */
typedef void loop_timer_fn(void *arg);
struct loop_timer {
    int64_t at;  /* clock_monotonic_ns() */
    size_t slot; /* 0: not set */
    loop_timer_fn *fn;
    void *arg;
};

#define LOOP_TIMER(callback, argument) ((struct loop_timer){.fn = (callback), .arg = (argument)})

/*
 * Lets fn(arg) be called once, at `at` (monotonic ns) or up to a millisecond later, never earlier;
 * replaces an earlier setting. Timers of the same instant run in no particular order. -1 where
 * there is no memory.
 */
int loop_timer_set(struct loop *l, struct loop_timer *t, int64_t at, struct err *e);

/* Takes the setting back; no harm where the timer is not set or has run. */
void loop_timer_clear(struct loop *l, struct loop_timer *t);
bool loop_timer_is_set(const struct loop_timer *t);

/*
 * Waits for an event or a timer for at most timeout_ns (-1: for ever; 0: not at all) and runs the
 * callbacks that are due. Returns how many ran (0: the time was up, or a signal came in), or -1.
 */
int loop_run_once(struct loop *l, int64_t timeout_ns, struct err *e);

/* Runs until loop_stop is called: 0, or -1 with the error set. */
int loop_run(struct loop *l, struct err *e);

/* Lets loop_run return when the callbacks of this round are through. */
void loop_stop(struct loop *l);

#endif
