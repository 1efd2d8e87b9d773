#include "recorder/conversation/event.h"

#include <errno.h>
#include <string.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/span.h"
#include "recorder/base/t/suite.h"

static struct err e;

static void ck_wire(const struct event *ev, struct span want)
{
    CLEANUP(buf_free) struct buf out = BUF_INIT((size_t)16 << 20);
    ck_assert_msg(event_wire(ev, &out, &e) == 0, "%s", e.text);
    ck_assert_uint_eq(out.n, want.n);
    ck_assert(want.n == 0 || memcmp(out.p, want.p, want.n) == 0);
}

START_TEST(starts_empty)
{
    CLEANUP(event_free) struct event ev;
    event_init(&ev);
    ck_assert_int_eq(ev.kind, EV_OPEN);
    ck_assert_uint_eq(ev.payload_size, 0);
    ck_wire(&ev, SPAN_LIT(""));
}
END_TEST

START_TEST(payload_without_framing_is_the_wire)
{
    CLEANUP(event_free) struct event ev;
    event_init(&ev);
    buf_adds(&ev.head, "HEAD\r\n\r\n");
    ck_assert_int_eq(event_add_payload(&ev, "a\0b", 3), 0);
    ck_assert_int_eq(event_add_payload(&ev, "c", 1), 0);
    ck_assert_uint_eq(ev.framing.n, 0);
    ck_assert_uint_eq(ev.payload_size, 4);
    ck_wire(&ev, SPAN_LIT("HEAD\r\n\r\na\0bc"));
}
END_TEST

START_TEST(framing_stands_between)
{
    CLEANUP(event_free) struct event ev;
    event_init(&ev);
    event_add_payload(&ev, "rest", 4); /* of a chunk that began in another event */
    event_add_framing(&ev, "\r\n", 2);
    event_add_framing(&ev, "3\r\n", 3);
    event_add_payload(&ev, "ab", 2);
    event_add_payload(&ev, "c", 1);
    event_add_framing(&ev, "\r\n0\r\n\r\n", 7);
    ck_assert_uint_eq(ev.framing.n, 3);
    ck_assert_uint_eq(ev.framing.steps[0].literal, 0);
    ck_assert_uint_eq(ev.framing.steps[0].payload, 4);
    ck_assert_uint_eq(ev.framing.steps[1].literal, 5);
    ck_assert_uint_eq(ev.framing.steps[1].payload, 3);
    ck_assert_uint_eq(ev.framing.steps[2].payload, 0);
    ck_assert_str_eq(buf_str(&ev.payload), "restabc");
    ck_wire(&ev, SPAN_LIT("rest\r\n3\r\nabc\r\n0\r\n\r\n"));
}
END_TEST

/* Whatever comes in whatever order: the wire is what was added. */
START_TEST(any_order_comes_back)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct prng r = prng_of(seed);
        CLEANUP(event_free) struct event ev;
        CLEANUP(buf_free) struct buf want = BUF_INIT(1 << 20);
        CLEANUP(buf_free) struct buf payload = BUF_INIT(1 << 20);
        event_init(&ev);
        for (size_t left = prng_below(&r, 30); left; left--) {
            char bytes[40];
            size_t n = prng_below(&r, sizeof bytes);
            for (size_t i = 0; i < n; i++)
                bytes[i] = (char)prng_below(&r, 256);
            buf_add(&want, bytes, n);
            if (prng_below(&r, 2) == 0) {
                ck_assert_int_eq(event_add_framing(&ev, bytes, n), 0);
            } else {
                ck_assert_int_eq(event_add_payload(&ev, bytes, n), 0);
                buf_add(&payload, bytes, n);
            }
        }
        ck_wire(&ev, (struct span){want.p, want.n});
        ck_assert_uint_eq(ev.payload_size, payload.n);
        ck_assert(!payload.n || memcmp(ev.payload.p, payload.p, payload.n) == 0);
    }
}
END_TEST

/* What is over a limit is refused, and leaves the event as it was. */
START_TEST(limits_hold)
{
    CLEANUP(event_free) struct event ev;
    CLEANUP_FREE char *big = calloc(1, EVENT_PAYLOAD_MAX + 1);
    ck_assert_ptr_nonnull(big);
    event_init(&ev);
    errno = 0;
    ck_assert_int_lt(event_add_payload(&ev, big, EVENT_PAYLOAD_MAX + 1), 0);
    ck_assert_int_eq(errno, EFBIG);
    ck_assert_uint_eq(ev.payload_size, 0);
    ck_assert_int_eq(event_add_payload(&ev, "ab", 2), 0);
    ck_assert_int_lt(event_add_framing(&ev, big, EVENT_FRAMING_MAX + 1), 0);
    ck_assert_uint_eq(ev.framing.n, 0);
    ck_wire(&ev, SPAN_LIT("ab"));
    ck_assert_int_eq(event_add_framing(&ev, big, EVENT_FRAMING_MAX), 0);
    ck_assert_int_lt(event_add_framing(&ev, "x", 1), 0);
    ck_assert_int_eq(event_add_payload(&ev, big, EVENT_PAYLOAD_MAX - 2), 0);
    ck_assert_int_lt(event_add_payload(&ev, "x", 1), 0);
    ck_assert_uint_eq(ev.payload_size, EVENT_PAYLOAD_MAX);
    ck_assert_uint_eq(ev.framing.steps[1].payload, EVENT_PAYLOAD_MAX - 2);
}
END_TEST

START_TEST(a_wire_that_does_not_fit)
{
    CLEANUP(event_free) struct event ev;
    event_init(&ev);
    event_add_payload(&ev, "abc", 3);
    for (size_t limit = 0; limit < 3; limit++) {
        CLEANUP(buf_free) struct buf out = BUF_INIT(limit);
        ck_assert_int_lt(event_wire(&ev, &out, &e), 0);
        ck_assert_ptr_nonnull(strstr(e.text, "File too large"));
    }
}
END_TEST

START_TEST(kinds_have_names)
{
    static const char *const names[] = {"open", "request", "response", "data",
                                        "shut", "close",   "reset"};
    for (int i = EV_OPEN; i <= EV_RESET; i++)
        ck_assert_str_eq(event_kind_name((enum event_kind)i), names[i]);
    ck_assert_str_eq(side_name(SIDE_CLIENT), "client");
    ck_assert_str_eq(side_name(SIDE_DAEMON), "daemon");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        starts_empty,
        payload_without_framing_is_the_wire,
        framing_stands_between,
        any_order_comes_back,
        limits_hold,
        a_wire_that_does_not_fit,
        kinds_have_names,
    };
    return suite_run("event", NULL, NULL, tests, COUNT(tests));
}
