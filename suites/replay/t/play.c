#include "suites/replay/t/play.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void play_begin(struct play *p)
{
    memset(p, 0, sizeof *p);
    script_begin(&p->base);
    p->options.pace = REPLAY_PACE_NONE;
    p->options.deadline_base_ns = 150 * NS_PER_MS;
}

void play_run(struct play *p, const struct fake_rule *rules)
{
    script_finish(&p->base);
    script_begin(&p->heard);
    p->fake = fake_start(rules, p->tcp);
    p->options.against = fake_url(p->fake);
    p->options.sink = p->options.sink ? p->options.sink : &p->heard.in;
    if (p->deaf)
        p->options.sink = NULL;
    p->status = replay_run(p->base.c, &p->options, &p->result, &p->err);
    p->told = fake_stop(p->fake);
    script_finish(&p->heard);
}

void play_free(struct play *p)
{
    replay_result_free(&p->result);
    fake_free(p->fake);
    script_free(&p->base);
    script_free(&p->heard);
}

void play_expect(const struct play *p, uint32_t id, const char *want)
{
    char got[256], part[128] = "";
    ck_assert_msg(p->status == REPLAY_DONE, "%s", p->err.text);
    ck_assert_uint_le(id, p->result.n);
    const struct replay_outcome *o = &p->result.outcomes[id - 1];
    if (o->state == REPLAY_SENT && o->blocked_by)
        snprintf(part, sizeof part, ", rest blocked by %u", o->blocked_by);
    else if (o->fault)
        snprintf(part, sizeof part, ": %s", replay_fault_text(o->fault));
    if (o->state == REPLAY_SENT)
        snprintf(got, sizeof got, "sent %u%s", o->candidate, part);
    else if (o->state == REPLAY_BLOCKED)
        snprintf(got, sizeof got, "blocked by %u", o->blocked_by);
    else
        snprintf(got, sizeof got, "unsent%s", part);
    ck_assert_msg(strcmp(got, want) == 0, "exchange %u: %s, not %s", id, got, want);
}

char *play_story(const struct play *p, uint32_t conn)
{
    struct buf b = BUF_INIT(1 << 16);
    for (size_t i = 0; i < p->heard.c->n; i++) {
        const struct event *ev = &p->heard.c->events[i];
        if (ev->conn != conn)
            continue;
        if (ev->kind == EV_DATA || ev->kind >= EV_SHUT)
            buf_addf(&b, "%s%s:%s", b.n ? " " : "", side_name(ev->from), event_kind_name(ev->kind));
        else
            buf_addf(&b, "%s%s", b.n ? " " : "", event_kind_name(ev->kind));
    }
    buf_addc(&b, 0);
    return buf_take(&b);
}
