#include "recorder/capture/reassembly.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/capture/t/heard.h"

#define PORT 2375
#define ISN_CLIENT 0xfffffff0U /* wraps around soon */
#define ISN_DAEMON 0x7ffffffaU

static struct heard heard;
static struct capture_report report;
static struct reassembly *r;
static struct err e;
static int64_t now;
static uint16_t client_port;

static void begin(const struct reassembly_limits *limits)
{
    r = reassembly_new(PORT, limits, &heard.sink, &report, &e);
    ck_assert_ptr_nonnull(r);
}

static void setup(void)
{
    heard_init(&heard);
    report = (struct capture_report){0};
    now = 1;
    client_port = 50000;
    begin(&reassembly_default);
}

static void teardown(void)
{
    reassembly_free(r);
    heard_free(&heard);
}

static struct packet segment(enum side from, unsigned int flags, uint32_t seq, uint32_t ack,
                             const char *p, size_t n)
{
    struct packet_address client = {{1}, client_port}, daemon = {{2}, PORT};
    return (struct packet){.source = from == SIDE_CLIENT ? client : daemon,
                           .target = from == SIDE_CLIENT ? daemon : client,
                           .seq = seq,
                           .ack = ack,
                           .flags = flags,
                           .data = p,
                           .n = n};
}

static void send_packet(const struct packet *p)
{
    ck_assert_msg(reassembly_segment(r, now++, p, &e) == 0, "%s", e.text);
}

/* Offsets count from the first byte of a side; `ack` is how many bytes of the other it has. */
static void say(enum side from, unsigned int flags, uint32_t at, uint32_t ack, const char *p,
                size_t n)
{
    uint32_t mine = from == SIDE_CLIENT ? ISN_CLIENT : ISN_DAEMON;
    uint32_t other = from == SIDE_CLIENT ? ISN_DAEMON : ISN_CLIENT;
    struct packet one = segment(from, flags | TCP_ACK, mine + 1 + at, other + 1 + ack, p, n);
    send_packet(&one);
}

static void client(uint32_t at, uint32_t ack, const char *text)
{
    say(SIDE_CLIENT, 0, at, ack, text, strlen(text));
}

static void daemon_says(uint32_t at, uint32_t ack, const char *text)
{
    say(SIDE_DAEMON, 0, at, ack, text, strlen(text));
}

static void syn(void)
{
    struct packet one = segment(SIDE_CLIENT, TCP_SYN, ISN_CLIENT, 0, NULL, 0);
    struct packet two =
        segment(SIDE_DAEMON, TCP_SYN | TCP_ACK, ISN_DAEMON, ISN_CLIENT + 1, NULL, 0);
    send_packet(&one);
    send_packet(&two);
    say(SIDE_CLIENT, 0, 0, 0, NULL, 0);
}

static void check_said(enum side from, const char *text)
{
    ck_assert_uint_eq(heard.n, 1);
    ck_assert_str_eq(buf_str(&heard.conns[0].said[from]), text);
}

START_TEST(in_order)
{
    syn();
    client(0, 0, "hello");
    daemon_says(0, 5, "world");
    say(SIDE_CLIENT, TCP_FIN, 5, 5, NULL, 0);
    daemon_says(5, 6, "!");
    say(SIDE_DAEMON, TCP_FIN, 6, 6, NULL, 0);
    say(SIDE_CLIENT, 0, 6, 7, NULL, 0);
    reassembly_finish(r);
    ck_assert_str_eq(heard_story(&heard, 1), "open c5 d5 c:shut d1 d:shut");
    check_said(SIDE_CLIENT, "hello");
    check_said(SIDE_DAEMON, "world!");
    ck_assert_uint_eq(report.connections, 1);
    ck_assert_uint_eq(report.bytes, 11);
    ck_assert_uint_eq(report.midstream + report.cut + report.retransmitted + report.reordered, 0);
}
END_TEST

START_TEST(out_of_order_and_repeated)
{
    syn();
    client(6, 0, "world");
    client(11, 0, "!");
    ck_assert_str_eq(heard_story(&heard, 1), "open");
    client(0, 0, "hello ");
    client(6, 0, "world");
    reassembly_finish(r);
    check_said(SIDE_CLIENT, "hello world!");
    ck_assert_uint_eq(report.reordered, 2);
    ck_assert_uint_eq(report.retransmitted, 1);
    ck_assert_uint_eq(report.cut, 0);
}
END_TEST

START_TEST(first_copy_wins)
{
    syn();
    client(0, 0, "abc");
    client(5, 0, "FG");
    client(8, 0, "I");
    client(1, 0, "xxxxxxxxxxxx"); /* bytes 3, 4, 7 and from 9 on are new */
    check_said(SIDE_CLIENT, "abcxxFGxIxxxx");
    client(0, 0, "ZZZZ");
    check_said(SIDE_CLIENT, "abcxxFGxIxxxx");
    ck_assert_uint_eq(report.retransmitted, 1);
}
END_TEST

START_TEST(fin_waits_for_what_is_before_it)
{
    syn();
    say(SIDE_CLIENT, TCP_FIN, 3, 0, "def", 3);
    ck_assert_str_eq(heard_story(&heard, 1), "open");
    client(0, 0, "abc");
    ck_assert_str_eq(heard_story(&heard, 1), "open c6 c:shut");
    client(6, 0, "behind"); /* and nothing comes behind it */
    say(SIDE_CLIENT, TCP_FIN, 6, 0, NULL, 0);
    reassembly_finish(r);
    ck_assert_str_eq(heard_story(&heard, 1), "open c6 c:shut");
    ck_assert_uint_eq(report.cut, 0);
}
END_TEST

START_TEST(close_is_shut_then_close)
{
    syn();
    client(0, 0, "abc");
    say(SIDE_CLIENT, TCP_FIN, 3, 0, NULL, 0);
    daemon_says(0, 4, "late");
    say(SIDE_CLIENT, TCP_RST, 4, 0, NULL, 0);
    daemon_says(4, 4, "later");
    reassembly_finish(r);
    ck_assert_str_eq(heard_story(&heard, 1), "open c3 c:shut d4 c:close");
    ck_assert_uint_eq(report.cut, 0);
}
END_TEST

START_TEST(reset_is_no_close)
{
    syn();
    client(0, 0, "abc");
    say(SIDE_CLIENT, TCP_FIN, 3, 0, NULL, 0);
    say(SIDE_DAEMON, TCP_RST, 0, 4, NULL, 0);
    ck_assert_str_eq(heard_story(&heard, 1), "open c3 c:shut d:reset");
}
END_TEST

START_TEST(reset_waits_for_what_is_before_it)
{
    syn();
    say(SIDE_DAEMON, TCP_RST, 3, 0, NULL, 0);
    ck_assert_str_eq(heard_story(&heard, 1), "open");
    daemon_says(0, 0, "abc");
    ck_assert_str_eq(heard_story(&heard, 1), "open d3 d:reset");
}
END_TEST

START_TEST(refusal)
{
    struct packet one = segment(SIDE_CLIENT, TCP_SYN, ISN_CLIENT, 0, NULL, 0);
    struct packet two = segment(SIDE_DAEMON, TCP_RST | TCP_ACK, 0, ISN_CLIENT + 1, NULL, 0);
    send_packet(&one);
    send_packet(&one); /* tcpdump -i any sees everything twice on lo */
    send_packet(&two);
    send_packet(&two);
    ck_assert_str_eq(heard_story(&heard, 1), "open d:reset");
    ck_assert_uint_eq(heard.n, 1);
}
END_TEST

START_TEST(every_packet_twice)
{
    for (int i = 0; i < 2; i++) {
        struct packet one = segment(SIDE_CLIENT, TCP_SYN, ISN_CLIENT, 0, NULL, 0);
        send_packet(&one);
    }
    for (int i = 0; i < 2; i++)
        client(0, 0, "hello");
    for (int i = 0; i < 2; i++)
        say(SIDE_DAEMON, TCP_FIN, 0, 5, "world", 5);
    for (int i = 0; i < 2; i++)
        say(SIDE_CLIENT, TCP_FIN, 5, 6, NULL, 0);
    ck_assert_uint_eq(heard.n, 1);
    ck_assert_str_eq(heard_story(&heard, 1), "open c5 d5 d:shut c:shut");
}
END_TEST

START_TEST(same_addresses_again)
{
    syn();
    client(0, 0, "one");
    say(SIDE_CLIENT, TCP_RST, 3, 0, NULL, 0);
    client(3, 0, "ignored");
    struct packet again = segment(SIDE_CLIENT, TCP_SYN, 77, 0, NULL, 0);
    send_packet(&again);
    struct packet two = segment(SIDE_CLIENT, TCP_ACK, 78, 1, "two", 3);
    send_packet(&two);
    reassembly_finish(r);
    ck_assert_str_eq(heard_story(&heard, 1), "open c3 c:reset");
    ck_assert_str_eq(heard_story(&heard, 2), "open c3");
    ck_assert_uint_eq(report.cut, 0);
}
END_TEST

START_TEST(same_addresses_without_an_end_before)
{
    syn();
    client(0, 0, "one");
    struct packet again = segment(SIDE_CLIENT, TCP_SYN, 77, 0, NULL, 0);
    send_packet(&again);
    ck_assert_uint_eq(heard.n, 2);
    ck_assert_uint_eq(report.cut, 1); /* how it ended is lost */
}
END_TEST

START_TEST(begun_before_the_capture)
{
    say(SIDE_CLIENT, 0, 100, 50, NULL, 0); /* says nothing: opens nothing */
    ck_assert_uint_eq(heard.n, 0);
    say(SIDE_CLIENT, TCP_FIN, 100, 50, NULL, 0);
    ck_assert_uint_eq(heard.n, 0);
    daemon_says(50, 100, "abc");
    client(100, 53, "def");
    reassembly_finish(r);
    ck_assert_str_eq(heard_story(&heard, 1), "open d3 c3");
    ck_assert_uint_eq(report.midstream, 1);
    ck_assert_uint_eq(report.cut, 0);
}
END_TEST

/* Only what was acknowledged before can be missing at the front. */
START_TEST(begun_before_with_a_hole)
{
    daemon_says(50, 100, "abc");
    client(103, 53, "def");
    reassembly_finish(r);
    ck_assert_str_eq(heard_story(&heard, 1), "open d3");
    ck_assert_uint_eq(report.cut, 1);
    ck_assert_uint_eq(report.lost_bytes, 3);
}
END_TEST

START_TEST(hole_at_the_end_of_the_capture)
{
    syn();
    client(0, 0, "abc");
    client(10, 0, "klm");
    client(20, 0, "uvw");
    reassembly_finish(r);
    check_said(SIDE_CLIENT, "abc");
    ck_assert_uint_eq(report.cut, 1);
    ck_assert_uint_eq(report.lost_bytes, 14);
}
END_TEST

START_TEST(unseen_but_acknowledged)
{
    syn();
    client(0, 0, "abc");
    say(SIDE_DAEMON, 0, 0, 10, NULL, 0);
    reassembly_finish(r);
    ck_assert_uint_eq(report.cut, 1);
    ck_assert_uint_eq(report.lost_bytes, 7);
}
END_TEST

START_TEST(acknowledged_hole_is_given_up)
{
    syn();
    client(0, 0, "abc");
    for (uint32_t i = 0; i <= REASSEMBLY_PATIENCE; i++)
        daemon_says(i, 4, "x");
    ck_assert_uint_eq(report.cut, 1);
    client(3, 0, "d");
    daemon_says(REASSEMBLY_PATIENCE + 1, 4, "x");
    reassembly_finish(r);
    ck_assert_uint_eq(report.cut, 1);
    ck_assert_uint_eq(heard.conns[0].said[SIDE_DAEMON].n, REASSEMBLY_PATIENCE + 1);
    check_said(SIDE_CLIENT, "abc");
}
END_TEST

START_TEST(acknowledged_hole_is_filled_late)
{
    syn();
    client(0, 0, "abc");
    for (uint32_t i = 0; i < REASSEMBLY_PATIENCE - 1; i++)
        daemon_says(i, 4, "x");
    client(3, 0, "d");
    for (uint32_t i = REASSEMBLY_PATIENCE - 1; i < 2 * REASSEMBLY_PATIENCE; i++)
        daemon_says(i, 4, "x");
    reassembly_finish(r);
    check_said(SIDE_CLIENT, "abcd");
    ck_assert_uint_eq(report.cut, 0);
}
END_TEST

START_TEST(snap_length_cuts)
{
    syn();
    struct packet one = segment(SIDE_CLIENT, TCP_ACK, ISN_CLIENT + 1, ISN_DAEMON + 1, "abc", 3);
    one.missing = 100;
    send_packet(&one);
    client(103, 0, "def");
    reassembly_finish(r);
    check_said(SIDE_CLIENT, "abc");
    ck_assert_uint_eq(report.snapped, 1);
    ck_assert_uint_eq(report.cut, 1);
    ck_assert_uint_eq(report.lost_bytes, 100);
}
END_TEST

START_TEST(memory_is_bounded)
{
    static char block[10000];
    const struct reassembly_limits small = {.flow = 100000, .all = 150000, .flows = 10};
    reassembly_free(r);
    begin(&small);
    syn();
    for (uint32_t i = 0; i < 9; i++)
        say(SIDE_CLIENT, 0, 1 + i * 10000, 0, block, sizeof block);
    ck_assert_uint_eq(report.cut, 0);
    client_port++;
    syn();
    for (uint32_t i = 0; i < 6; i++)
        say(SIDE_CLIENT, 0, 1 + i * 10000, 0, block, sizeof block);
    ck_assert_uint_eq(report.cut, 1); /* over the limit of all */
    client_port--;
    for (uint32_t i = 9; i < 11; i++)
        say(SIDE_CLIENT, 0, 1 + i * 10000, 0, block, sizeof block);
    ck_assert_uint_eq(report.cut, 2); /* over its own */
    client_port += 2;
    syn(); /* what the others held is free again */
    for (uint32_t i = 0; i < 9; i++)
        say(SIDE_CLIENT, 0, 1 + i * 10000, 0, block, sizeof block);
    client(0, 0, "x");
    ck_assert_uint_eq(heard.conns[2].said[SIDE_CLIENT].n, 90001);
    ck_assert_uint_eq(report.cut, 2);
}
END_TEST

START_TEST(connections_are_bounded)
{
    const struct reassembly_limits small = {.flow = 1000, .all = 1000, .flows = 4};
    reassembly_free(r);
    begin(&small);
    for (int i = 0; i < 10; i++, client_port++) {
        syn();
        say(SIDE_CLIENT, TCP_RST, 0, 0, NULL, 0);
    }
    ck_assert_uint_eq(report.cut, 0); /* all of them were over */
    for (int i = 0; i < 5; i++, client_port++)
        syn();
    ck_assert_uint_eq(report.cut, 1);
    client_port -= 4;
    client(0, 0, "abc"); /* the first is forgotten, the second is not */
    ck_assert_uint_eq(heard.conns[11].said[SIDE_CLIENT].n, 3);
    ck_assert_uint_eq(report.midstream, 0);
}
END_TEST

START_TEST(other_ports_are_not_heard)
{
    struct packet one = segment(SIDE_CLIENT, TCP_SYN, 1, 0, NULL, 0);
    one.target.port = 80;
    send_packet(&one);
    ck_assert_uint_eq(heard.n, 0);
    ck_assert_uint_eq(report.segments, 0);
}
END_TEST

START_TEST(port_on_both_sides)
{
    client_port = PORT;
    syn();
    client(0, 0, "hello");
    daemon_says(0, 5, "world");
    ck_assert_str_eq(heard_story(&heard, 1), "open c5 d5");
    ck_assert_uint_eq(heard.n, 1);
}
END_TEST

static int refuse(void *self, uint32_t conn, int64_t t, struct err *why)
{
    (void)self, (void)conn, (void)t;
    return err_set(why, "no more");
}

START_TEST(sink_may_refuse)
{
    heard.sink.open = refuse;
    struct packet one = segment(SIDE_CLIENT, TCP_SYN, 1, 0, NULL, 0);
    ck_assert_int_eq(reassembly_segment(r, now, &one, &e), -1);
    ck_assert_str_eq(e.text, "no more");
}
END_TEST

START_TEST(time_does_not_fall)
{
    syn();
    now = -5;
    client(0, 0, "abc"); /* heard.c would refuse a time that falls */
    ck_assert_int_ge(heard.last, 3);
}
END_TEST

/* --- Anything that a network may do to segments ---------------------------------------------- */

#define BYTES 20000
#define SEGMENTS 400

struct cut {
    enum side from;
    uint32_t at;
    size_t n;
};

static char original[2][BYTES];

/* Cuts each side's bytes at random places, some pieces again and some across others. */
static size_t cut_up(struct cut *cuts)
{
    size_t n = 0;
    for (enum side s = SIDE_CLIENT; s <= SIDE_DAEMON; s++) {
        for (uint32_t at = 0; at < BYTES;) {
            uint32_t size = 1 + (uint32_t)random() % 400;
            if (size > BYTES - at)
                size = BYTES - at;
            cuts[n++] = (struct cut){s, at, size};
            at += size;
        }
        for (int i = 0; i < 20; i++) {
            uint32_t at = (uint32_t)random() % (BYTES - 900);
            cuts[n++] = (struct cut){s, at, 1 + (size_t)random() % 900};
        }
    }
    return n;
}

/* Moves each segment by at most `reach` places. */
static void shuffle(struct cut *cuts, size_t n, size_t reach)
{
    for (size_t i = 0; i + 1 < n; i++) {
        size_t with = i + (size_t)random() % (n - i < reach ? n - i : reach);
        struct cut swap = cuts[i];
        cuts[i] = cuts[with];
        cuts[with] = swap;
    }
}

START_TEST(any_order_gives_the_original)
{
    static struct cut cuts[2 * SEGMENTS];
    srandom((unsigned int)_i + 1);
    for (size_t i = 0; i < 2 * BYTES; i++)
        original[i / BYTES][i % BYTES] = (char)random();
    size_t n = cut_up(cuts);
    ck_assert_uint_le(n, 2 * SEGMENTS);
    shuffle(cuts, n, _i % 2 ? n : 10);
    syn();
    for (size_t i = 0; i < n; i++)
        say(cuts[i].from, 0, cuts[i].at, 0, original[cuts[i].from] + cuts[i].at, cuts[i].n);
    say(SIDE_DAEMON, TCP_FIN, BYTES, BYTES, NULL, 0);
    say(SIDE_CLIENT, TCP_FIN, BYTES, BYTES + 1, NULL, 0);
    reassembly_finish(r);
    for (enum side s = SIDE_CLIENT; s <= SIDE_DAEMON; s++) {
        ck_assert_uint_eq(heard.conns[0].said[s].n, BYTES);
        ck_assert_mem_eq(heard.conns[0].said[s].p, original[s], BYTES);
    }
    ck_assert(heard.conns[0].over);
    ck_assert_uint_eq(report.cut, 0);
    ck_assert_uint_gt(report.reordered, 0);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("reassembly");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, in_order);
    tcase_add_test(c, out_of_order_and_repeated);
    tcase_add_test(c, first_copy_wins);
    tcase_add_test(c, fin_waits_for_what_is_before_it);
    tcase_add_test(c, close_is_shut_then_close);
    tcase_add_test(c, reset_is_no_close);
    tcase_add_test(c, reset_waits_for_what_is_before_it);
    tcase_add_test(c, refusal);
    tcase_add_test(c, every_packet_twice);
    tcase_add_test(c, same_addresses_again);
    tcase_add_test(c, same_addresses_without_an_end_before);
    tcase_add_test(c, begun_before_the_capture);
    tcase_add_test(c, begun_before_with_a_hole);
    tcase_add_test(c, hole_at_the_end_of_the_capture);
    tcase_add_test(c, unseen_but_acknowledged);
    tcase_add_test(c, acknowledged_hole_is_given_up);
    tcase_add_test(c, acknowledged_hole_is_filled_late);
    tcase_add_test(c, snap_length_cuts);
    tcase_add_test(c, memory_is_bounded);
    tcase_add_test(c, connections_are_bounded);
    tcase_add_test(c, other_ports_are_not_heard);
    tcase_add_test(c, port_on_both_sides);
    tcase_add_test(c, sink_may_refuse);
    tcase_add_test(c, time_does_not_fall);
    tcase_add_loop_test(c, any_order_gives_the_original, 0, 50);
    Suite *s = suite_create("reassembly");
    suite_add_tcase(s, c);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
