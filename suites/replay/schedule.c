#include <string.h>

#include "recorder/base/clock.h"
#include "suites/replay/run.h"

#define RETRY_NS (20 * NS_PER_MS) /* how soon a full backlog is tried again */
#define PATIENCE 3                /* a wait may take so many times what it took in the recording */
#define STRETCH 4                 /* while bytes still move, so many times its deadline */

/* Where the run stands: the step that is due, and since when. */
struct schedule {
    struct run *r;
    size_t step;
    int64_t since;  /* monotonic: the step before was taken */
    int64_t due;    /* what it needs was there, and the client's pause is over then; 0: not yet */
    int64_t trying; /* since when the candidate does not take it; 0: it was not tried */
};

static const struct need *missing_need(const struct run *r, const struct step *s)
{
    for (size_t i = 0; i < s->needs_n; i++)
        if (!answers_meet(r, &r->plan.needs[s->needs + i]))
            return &r->plan.needs[s->needs + i];
    return NULL;
}

static int64_t allowance(const struct run *r, const struct step *s)
{
    return r->deadline_base_ns + PATIENCE * s->wait_ns;
}

/* Slow is not hung: a deadline runs from the last byte, though not for ever. */
static int64_t deadline(const struct schedule *k, int64_t since, int64_t allowed)
{
    int64_t io = k->r->env.last_io > since ? k->r->env.last_io : since;
    int64_t end = io + allowed, latest = since + STRETCH * allowed;
    return end < latest ? end : latest;
}

static void give_up(struct schedule *k, const struct step *s, int64_t now)
{
    struct run *r = k->r;
    for (size_t i = 0; i < s->needs_n; i++) {
        const struct need *n = &r->plan.needs[s->needs + i];
        if (!answers_meet(r, n))
            answers_give_up(r, n->exchange, n->kind, now - k->since);
    }
}

static int64_t pause_of(const struct run *r, const struct step *s)
{
    return (int64_t)((double)s->pause_ns * r->options->pace);
}

/* Waits for what the step needs: returns when to look again, or 0 when all is there. */
static int64_t await_needs(struct schedule *k, const struct step *s, int64_t now)
{
    if (!missing_need(k->r, s))
        return 0;
    int64_t end = deadline(k, k->since, allowance(k->r, s));
    if (now < end)
        return end;
    give_up(k, s, now);
    return 0;
}

/* Tries to say it: returns when to try again, or 0 when it is said. */
static int64_t try_event(struct schedule *k, const struct step *s, int64_t now)
{
    struct run *r = k->r;
    if (s->event == NO_EVENT || send_event(r, s->event) == SEND_DONE)
        return 0;
    if (!k->trying)
        k->trying = now;
    int64_t end = deadline(k, k->trying, r->deadline_base_ns);
    if (now >= end) {
        send_give_up(r, s->event);
        return 0;
    }
    return now + RETRY_NS < end ? now + RETRY_NS : end;
}

/* Takes all steps that can be taken now. Returns when to look again, 0 at the end. */
static int64_t advance(struct schedule *k)
{
    struct run *r = k->r;
    while (k->step < r->plan.n && !r->env.failed) {
        const struct step *s = &r->plan.steps[k->step];
        int64_t now = clock_monotonic_ns(), again;
        if (r->again && !send_again(r))
            return now + RETRY_NS;
        if (!k->due && (again = await_needs(k, s, now)) != 0)
            return again;
        if (!k->due)
            k->due = now + pause_of(r, s);
        if (now < k->due)
            return k->due;
        if ((again = try_event(k, s, now)) != 0)
            return again;
        k->step++;
        k->since = clock_monotonic_ns();
        k->due = k->trying = 0;
    }
    return 0;
}

static void interrupted(void *arg, uint32_t events)
{
    struct run *r = arg;
    (void)events;
    if (!r->env.failed)
        err_set(&r->env.err, "interrupted");
    r->env.failed = true;
}

void schedule_run(struct run *r)
{
    struct schedule k = {.r = r, .since = clock_monotonic_ns()};
    struct loop_watch *stop = NULL;
    int64_t again;
    if (r->options->interrupt_fd > 0) {
        stop =
            loop_add(r->env.loop, r->options->interrupt_fd, EPOLLIN, interrupted, r, &r->env.err);
        r->env.failed = r->env.failed || !stop;
    }
    while (!r->env.failed && (again = advance(&k)) != 0) {
        int64_t left = again - clock_monotonic_ns();
        if (loop_run_once(r->env.loop, left > 0 ? left : 0, &r->env.err) < 0)
            r->env.failed = true;
    }
    loop_del(r->env.loop, stop);
}
