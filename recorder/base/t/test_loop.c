#include "recorder/base/loop.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/base/clock.h"

static struct loop *loop;
static struct err e;

static void setup(void)
{
    loop = loop_new(&e);
    ck_assert_ptr_nonnull(loop);
}

static void teardown(void)
{
    loop_free(loop);
}

/* An eventfd that is ready from the start, and what its callback has seen. */
struct probe {
    int fd, calls;
    uint32_t events;
    struct loop_watch *watch;
    struct probe *victim; /* deleted by the callback */
};

static void on_probe(void *arg, uint32_t events)
{
    struct probe *p = arg;
    p->calls++;
    p->events = events;
    if (p->victim) {
        loop_del(loop, p->victim->watch);
        p->victim->watch = NULL;
        p->victim = NULL;
    }
}

static void probe_init(struct probe *p, uint32_t events)
{
    *p = (struct probe){.fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC)};
    ck_assert_int_ge(p->fd, 0);
    p->watch = loop_add(loop, p->fd, events, on_probe, p, &e);
    ck_assert_ptr_nonnull(p->watch);
}

static void probe_free(struct probe *p)
{
    loop_del(loop, p->watch);
    close(p->fd);
}

START_TEST(watches_for_what_was_asked)
{
    struct probe p;
    probe_init(&p, EPOLLIN);
    ck_assert_int_eq(loop_run_once(loop, -1, &e), 1);
    ck_assert_uint_eq(p.events, EPOLLIN);
    ck_assert_int_eq(loop_mod(loop, p.watch, EPOLLOUT, &e), 0);
    ck_assert_int_eq(loop_run_once(loop, -1, &e), 1);
    ck_assert_uint_eq(p.events, EPOLLOUT);
    ck_assert_int_eq(loop_mod(loop, p.watch, 0, &e), 0);
    ck_assert_int_eq(loop_run_once(loop, 0, &e), 0);
    ck_assert_int_eq(p.calls, 2);
    probe_free(&p);
}
END_TEST

/* Whichever of two ready descriptors comes first deletes the other, which then must not be called,
 * though its event is in the same round. */
START_TEST(deleted_entry_is_not_called)
{
    struct probe a, b;
    probe_init(&a, EPOLLIN);
    probe_init(&b, EPOLLIN);
    a.victim = &b;
    b.victim = &a;
    ck_assert_int_eq(loop_run_once(loop, -1, &e), 1);
    ck_assert_int_eq(a.calls + b.calls, 1);
    probe_free(&a);
    probe_free(&b);
}
END_TEST

START_TEST(entry_may_delete_itself)
{
    struct probe a;
    probe_init(&a, EPOLLIN);
    a.victim = &a;
    ck_assert_int_eq(loop_run_once(loop, -1, &e), 1);
    ck_assert_int_eq(loop_run_once(loop, 0, &e), 0);
    ck_assert_ptr_null(a.watch);
    probe_free(&a);
}
END_TEST

START_TEST(hang_up_is_told_unasked)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct probe p = {.fd = pair[0]};
    p.watch = loop_add(loop, p.fd, 0, on_probe, &p, &e);
    ck_assert_int_eq(loop_run_once(loop, 0, &e), 0);
    close(pair[1]);
    ck_assert_int_eq(loop_run_once(loop, -1, &e), 1);
    ck_assert(p.events & EPOLLHUP);
    probe_free(&p);
}
END_TEST

START_TEST(refused_descriptor_is_an_error)
{
    ck_assert_ptr_null(loop_add(loop, -1, EPOLLIN, on_probe, NULL, &e));
    ck_assert_str_ne(e.text, "");
}
END_TEST

#define TIMERS 200
struct tick {
    struct loop_timer timer;
    int64_t *last;
    int *calls;
};

static void on_tick(void *arg)
{
    struct tick *t = arg;
    ck_assert_int_ge(t->timer.at, *t->last);
    ck_assert_int_ge(clock_monotonic_ns(), t->timer.at);
    ck_assert(!loop_timer_is_set(&t->timer));
    *t->last = t->timer.at;
    ++*t->calls;
}

/* Set and cleared in a seeded order: exactly the timers that stayed run, the earliest first. */
START_TEST(timers_run_in_order)
{
    static struct tick ticks[TIMERS];
    int64_t last = 0, now = clock_monotonic_ns();
    int calls = 0, left = 0;
    srandom(7);
    for (int i = 0; i < TIMERS; i++) {
        ticks[i] = (struct tick){LOOP_TIMER(on_tick, &ticks[i]), &last, &calls};
        ck_assert_int_eq(loop_timer_set(loop, &ticks[i].timer, now + random() % 1000, &e), 0);
    }
    for (int i = 0; i < TIMERS; i++) {
        int64_t at = now + random() % (5 * NS_PER_MS);
        if (random() % 3 == 0)
            loop_timer_clear(loop, &ticks[i].timer);
        else if (loop_timer_set(loop, &ticks[i].timer, at, &e) == 0)
            left++;
    }
    while (calls < left)
        ck_assert_int_ge(loop_run_once(loop, -1, &e), 0);
    ck_assert_int_eq(loop_run_once(loop, 0, &e), 0);
    for (int i = 0; i < TIMERS; i++)
        ck_assert(!loop_timer_is_set(&ticks[i].timer));
}
END_TEST

START_TEST(cleared_timer_does_not_run)
{
    int64_t last = 0;
    int calls = 0;
    struct tick t = {LOOP_TIMER(on_tick, &t), &last, &calls};
    loop_timer_clear(loop, &t.timer);
    loop_timer_set(loop, &t.timer, 0, &e);
    loop_timer_clear(loop, &t.timer);
    ck_assert_int_eq(loop_run_once(loop, 0, &e), 0);
    ck_assert_int_eq(calls, 0);
}
END_TEST

struct again {
    struct loop_timer timer;
    int calls;
};

static void on_again(void *arg)
{
    struct again *a = arg;
    a->calls++;
    loop_timer_set(loop, &a->timer, 0, NULL);
}

/* A timer that sets itself for the past does not keep descriptors from their turn. */
START_TEST(restless_timer_leaves_a_turn)
{
    struct again a = {LOOP_TIMER(on_again, &a), 0};
    struct probe p;
    probe_init(&p, EPOLLIN);
    loop_timer_set(loop, &a.timer, 0, &e);
    ck_assert_int_eq(loop_run_once(loop, -1, &e), 2);
    ck_assert_int_eq(loop_run_once(loop, -1, &e), 2);
    ck_assert_int_eq(p.calls, 2);
    ck_assert_int_eq(a.calls, 2);
    loop_timer_clear(loop, &a.timer);
    probe_free(&p);
}
END_TEST

static void on_stop(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

START_TEST(runs_until_stopped)
{
    struct loop_timer t = LOOP_TIMER(on_stop, NULL);
    for (int i = 0; i < 2; i++) {
        loop_timer_set(loop, &t, 0, &e);
        ck_assert_int_eq(loop_run(loop, &e), 0);
    }
}
END_TEST

START_TEST(waits_no_longer_than_asked)
{
    struct loop_timer t = LOOP_TIMER(on_stop, NULL);
    loop_timer_set(loop, &t, clock_monotonic_ns() + 3600 * NS_PER_S, &e);
    ck_assert_int_eq(loop_run_once(loop, 1, &e), 0);
    ck_assert(loop_timer_is_set(&t));
    loop_timer_clear(loop, &t);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("loop");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, watches_for_what_was_asked);
    tcase_add_test(c, deleted_entry_is_not_called);
    tcase_add_test(c, entry_may_delete_itself);
    tcase_add_test(c, hang_up_is_told_unasked);
    tcase_add_test(c, refused_descriptor_is_an_error);
    tcase_add_test(c, timers_run_in_order);
    tcase_add_test(c, cleared_timer_does_not_run);
    tcase_add_test(c, restless_timer_leaves_a_turn);
    tcase_add_test(c, runs_until_stopped);
    tcase_add_test(c, waits_no_longer_than_asked);
    Suite *s = suite_create("loop");
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
