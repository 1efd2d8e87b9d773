#include "recorder/conversation/merger.h"

#include <string.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/t/suite.h"

static struct merger m;
static struct buf text; /* the events that were handed on */
static size_t events;
static int64_t last;
static int room; /* events that the sink takes */
static struct err e;

/* As "conn side kind exchange @t-till 'payload' ." with times in ms. */
static int on_event(void *self, struct event *ev, struct err *err)
{
    (void)self;
    if (room-- <= 0)
        return err_set(err, "full");
    events++;
    ck_assert_int_ge(ev->t, last);
    ck_assert_int_ge(ev->till, ev->t);
    last = ev->t;
    if (ev->head.n + ev->payload.n + ev->framing.literal.n > 1000)
        return buf_addf(&text, "%u %zu+%zu bytes\n", ev->conn, ev->head.n + ev->payload.n,
                        ev->framing.literal.n);
    buf_addf(&text, "%u %s %s %u @%d-%d", ev->conn, side_name(ev->from), event_kind_name(ev->kind),
             ev->exchange, (int)(ev->t / 1000000), (int)(ev->till / 1000000));
    CLEANUP(buf_free) struct buf wire = BUF_INIT(2000);
    ck_assert_int_eq(event_wire(ev, &wire, err), 0);
    if (wire.n)
        buf_addf(&text, " '%s'", wire.p);
    return buf_adds(&text, ev->end ? ".\n" : "\n");
}

static void setup(void)
{
    struct event_sink sink = {NULL, on_event};
    merger_init(&m, &sink);
    text = BUF_INIT(1 << 20);
    events = 0;
    last = 0;
    room = 1000000;
}

static void teardown(void)
{
    merger_free(&m);
    buf_free(&text);
}

static struct place at(uint32_t conn, uint32_t exchange, enum side from, int64_t ms)
{
    return (struct place){conn, exchange, from, ms * 1000000};
}

static void event(enum event_kind kind, uint32_t conn, uint32_t exchange, enum side from,
                  int64_t ms, const char *head)
{
    struct place p = at(conn, exchange, from, ms);
    ck_assert_msg(merger_event(&m, kind, &p, span_of(head), &e) == 0, "%s", e.text);
}

static void add(uint32_t conn, uint32_t exchange, enum side from, int64_t ms, const char *bytes)
{
    struct place p = at(conn, exchange, from, ms);
    ck_assert_msg(merger_add(&m, MERGER_PAYLOAD, &p, span_of(bytes), &e) == 0, "%s", e.text);
}

static void end(uint32_t conn, uint32_t exchange, enum side from, int64_t ms)
{
    struct place p = at(conn, exchange, from, ms);
    ck_assert_msg(merger_end(&m, &p, &e) == 0, "%s", e.text);
}

static void ck_merged(const char *want)
{
    ck_assert_int_eq(merger_flush(&m, &e), 0);
    ck_assert_str_eq(buf_str(&text), want);
}

START_TEST(one_side_in_a_row_is_one_event)
{
    event(EV_REQUEST, 1, 1, SIDE_CLIENT, 1, "HEAD ");
    add(1, 1, SIDE_CLIENT, 2, "ab");
    struct place p = at(1, 1, SIDE_CLIENT, 3);
    ck_assert_int_eq(merger_add(&m, MERGER_FRAMING, &p, SPAN_LIT("<>"), &e), 0);
    add(1, 1, SIDE_CLIENT, 50, "cd");
    end(1, 1, SIDE_CLIENT, 50);
    ck_assert_uint_eq(events, 0);
    ck_merged("1 client request 1 @1-50 'HEAD ab<>cd'.\n");
}
END_TEST

START_TEST(the_other_side_cuts)
{
    add(1, 1, SIDE_CLIENT, 1, "a");
    add(1, 1, SIDE_DAEMON, 2, "b");
    ck_assert_uint_eq(events, 1); /* handed on as soon as the other speaks */
    add(1, 1, SIDE_CLIENT, 3, "c");
    ck_merged("1 client data 1 @1-1 'a'\n"
              "1 daemon data 1 @2-2 'b'\n"
              "1 client data 1 @3-3 'c'\n");
}
END_TEST

START_TEST(the_other_side_cuts_on_any_connection)
{
    add(1, 1, SIDE_CLIENT, 1, "a");
    event(EV_RESPONSE, 2, 2, SIDE_DAEMON, 2, "H");
    add(1, 1, SIDE_CLIENT, 3, "b");
    ck_merged("1 client data 1 @1-1 'a'\n"
              "2 daemon response 2 @2-2 'H'\n"
              "1 client data 1 @3-3 'b'\n");
}
END_TEST

START_TEST(silence_cuts)
{
    struct place p = at(1, 1, SIDE_DAEMON, 0);
    merger_add(&m, MERGER_PAYLOAD, &p, SPAN_LIT("a"), &e);
    p.t += EVENT_GAP_NS - 1;
    merger_add(&m, MERGER_PAYLOAD, &p, SPAN_LIT("b"), &e);
    p.t += EVENT_GAP_NS; /* since the last byte, not the first */
    merger_add(&m, MERGER_PAYLOAD, &p, SPAN_LIT("c"), &e);
    p.t += EVENT_GAP_NS;
    merger_end(&m, &p, &e);
    ck_merged("1 daemon data 1 @0-99 'ab'\n"
              "1 daemon data 1 @199-199 'c'\n"
              "1 daemon data 1 @299-299.\n");
}
END_TEST

START_TEST(connections_interleaved_stay_apart)
{
    add(1, 1, SIDE_DAEMON, 1, "a");
    add(2, 2, SIDE_DAEMON, 2, "x");
    add(1, 1, SIDE_DAEMON, 3, "b");
    add(3, 0, SIDE_DAEMON, 4, "?");
    add(2, 2, SIDE_DAEMON, 5, "y");
    end(2, 2, SIDE_DAEMON, 5);
    add(1, 1, SIDE_DAEMON, 6, "c");
    ck_merged("1 daemon data 1 @1-6 'abc'\n"
              "2 daemon data 2 @2-5 'xy'.\n"
              "3 daemon data 0 @4-4 '?'\n");
}
END_TEST

START_TEST(what_bytes_do_not_go_on_with)
{
    event(EV_OPEN, 1, 0, SIDE_CLIENT, 1, NULL);
    add(1, 0, SIDE_CLIENT, 2, "a");
    event(EV_REQUEST, 1, 1, SIDE_CLIENT, 3, "H");
    add(1, 0, SIDE_CLIENT, 4, "b"); /* another exchange, or none */
    event(EV_REQUEST, 1, 2, SIDE_CLIENT, 5, "H");
    add(1, 2, SIDE_CLIENT, 6, "c");
    end(1, 2, SIDE_CLIENT, 6);
    add(1, 2, SIDE_CLIENT, 7, "d"); /* behind the end */
    event(EV_SHUT, 1, 0, SIDE_CLIENT, 8, NULL);
    add(1, 0, SIDE_CLIENT, 9, "e");
    ck_merged("1 client open 0 @1-1\n"
              "1 client data 0 @2-2 'a'\n"
              "1 client request 1 @3-3 'H'\n"
              "1 client data 0 @4-4 'b'\n"
              "1 client request 2 @5-6 'Hc'.\n"
              "1 client data 2 @7-7 'd'\n"
              "1 client shut 0 @8-8\n"
              "1 client data 0 @9-9 'e'\n");
}
END_TEST

static void add_big(enum merger_bytes what, uint32_t conn, size_t n)
{
    struct place p = at(conn, 1, SIDE_DAEMON, 1);
    CLEANUP_FREE char *big = calloc(1, n);
    ck_assert_ptr_nonnull(big);
    ck_assert_int_eq(merger_add(&m, what, &p, (struct span){big, n}, &e), 0);
}

START_TEST(size_cuts)
{
    add_big(MERGER_PAYLOAD, 1, EVENT_PAYLOAD_MAX - 1);
    add_big(MERGER_PAYLOAD, 1, EVENT_PAYLOAD_MAX + 2);
    ck_assert_int_eq(merger_flush(&m, &e), 0);
    add_big(MERGER_FRAMING, 1, EVENT_FRAMING_MAX + 1);
    add_big(MERGER_PAYLOAD, 1, 2000); /* goes on with the event of the framing's last byte */
    ck_merged("1 4194304+0 bytes\n"
              "1 4194304+0 bytes\n"
              "1 daemon data 1 @1-1 ''\n"
              "1 0+1048576 bytes\n"
              "1 2000+1 bytes\n");
}
END_TEST

/* What is pending stays within bounds, heads counted, without the other side saying a word. */
START_TEST(memory_is_bounded)
{
    for (uint32_t conn = 1; conn <= 10; conn++)
        add_big(MERGER_PAYLOAD, conn, EVENT_PAYLOAD_MAX);
    ck_assert_uint_ge(events, 5);
    ck_assert_int_eq(merger_flush(&m, &e), 0);
    events = 0;
    struct place p = at(1, 1, SIDE_DAEMON, 1);
    CLEANUP_FREE char *head = calloc(1, EVENT_HEAD_MAX);
    ck_assert_ptr_nonnull(head);
    for (int i = 0; i < 40; i++)
        ck_assert_int_eq(merger_event(&m, EV_RESPONSE, &p, (struct span){head, EVENT_HEAD_MAX}, &e),
                         0);
    ck_assert_uint_ge(events, 40 - MERGER_BYTES / EVENT_HEAD_MAX);
    ck_assert_int_eq(merger_flush(&m, &e), 0);
    events = 0;
    for (int i = 0; i < 3 * MERGER_EVENTS; i++)
        event(EV_OPEN, 1, 0, SIDE_DAEMON, 1, NULL);
    ck_assert_uint_ge(events, 2 * MERGER_EVENTS - 1);
}
END_TEST

START_TEST(what_the_sink_refuses_is_told)
{
    room = 1;
    add(1, 1, SIDE_CLIENT, 1, "a");
    add(2, 2, SIDE_CLIENT, 1, "b");
    add(3, 3, SIDE_CLIENT, 1, "c");
    struct place p = at(1, 1, SIDE_DAEMON, 2);
    ck_assert_int_lt(merger_add(&m, MERGER_PAYLOAD, &p, SPAN_LIT("x"), &e), 0);
    ck_assert_str_eq(e.text, "full");
    ck_assert_str_eq(buf_str(&text), "1 client data 1 @1-1 'a'\n");
    ck_assert_uint_eq(m.n, 0);
}
END_TEST

/* Random talk: each connection's and side's bytes in order, times that never fall (the sink holds
 * both ends of that), and no event that could have been joined with the one before it. */
START_TEST(random_talk_comes_back)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct prng r = prng_of(seed);
        CLEANUP(buf_free) struct buf want = BUF_INIT(1 << 16);
        teardown();
        setup();
        int64_t ms = 0;
        enum side from = SIDE_CLIENT;
        for (int i = 0; i < 60; i++) {
            if (prng_below(&r, 4) == 0)
                from = from == SIDE_CLIENT ? SIDE_DAEMON : SIDE_CLIENT;
            ms += (int64_t)prng_below(&r, 40);
            char byte[2] = {(char)('a' + prng_below(&r, 26)), 0};
            add(1, 1, from, ms, byte);
            buf_adds(&want, byte);
            if (prng_below(&r, 3) == 0)
                add(2, 2, from, ms, "-");
        }
        ck_assert_int_eq(merger_flush(&m, &e), 0);
        CLEANUP(buf_free) struct buf got = BUF_INIT(1 << 16);
        const char *line = buf_str(&text), *before = "";
        for (; *line; line = strchr(line, '\n') + 1) {
            const char *quote = strchr(line, '\'');
            if (line[0] != '1')
                continue;
            ck_assert_msg(strncmp(line, before, 8) != 0, "not joined: %s", buf_str(&text));
            before = line;
            buf_add(&got, quote + 1, strcspn(quote + 1, "'"));
        }
        ck_assert_str_eq(buf_str(&got), buf_str(&want));
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        one_side_in_a_row_is_one_event,
        the_other_side_cuts,
        the_other_side_cuts_on_any_connection,
        silence_cuts,
        connections_interleaved_stay_apart,
        what_bytes_do_not_go_on_with,
        size_cuts,
        memory_is_bounded,
        what_the_sink_refuses_is_told,
        random_talk_comes_back,
    };
    return suite_run("merger", setup, teardown, tests, COUNT(tests));
}
