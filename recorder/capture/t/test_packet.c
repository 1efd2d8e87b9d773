#include "recorder/capture/packet.h"

#include <check.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>

#include "recorder/base/buf.h"

/* Bytes in hexadecimal, blanks for the eye. */
static void hex(struct buf *b, const char *text)
{
    for (; *text; text++) {
        if (*text == ' ')
            continue;
        char two[3] = {text[0], text[1], 0};
        ck_assert_int_eq(buf_addc(b, (char)strtol(two, NULL, 16)), 0);
        text++;
    }
}

#define TCP "c350 0947 00000005 00000007 5018 ffff 0000 0000" /* 50000 > 2375, PSH|ACK */
#define IP4(length) "4500" length "0000 4000 4006 0000 7f000001 7f000002"
#define IP6(length, next)                                                                          \
    "60000000" length next "40"                                                                    \
    "00000000000000000000000000000001 00000000000000000000000000000002"
#define HELLO "68656c6c6f"

static struct packet got;

static enum packet_kind parse_cut(int link, const char *text, size_t caught)
{
    static struct buf b = {.limit = 4096};
    buf_clear(&b);
    hex(&b, text);
    if (caught > b.n)
        caught = b.n;
    return packet_parse(link, (const unsigned char *)b.p, caught, b.n, &got);
}

static enum packet_kind parse(int link, const char *text)
{
    return parse_cut(link, text, SIZE_MAX);
}

static void check_hello(void)
{
    ck_assert_uint_eq(got.source.port, 50000);
    ck_assert_uint_eq(got.target.port, 2375);
    ck_assert_uint_eq(got.seq, 5);
    ck_assert_uint_eq(got.ack, 7);
    ck_assert_uint_eq(got.flags, TCP_PSH | TCP_ACK);
    ck_assert_uint_eq(got.n, 5);
    ck_assert_mem_eq(got.data, "hello", 5);
    ck_assert_uint_eq(got.missing, 0);
}

START_TEST(raw_ip4)
{
    ck_assert_int_eq(parse(DLT_RAW, IP4("002d") TCP HELLO), PACKET_TCP);
    check_hello();
    const unsigned char from[16] = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1};
    const unsigned char to[16] = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 2};
    ck_assert_mem_eq(got.source.ip, from, 16);
    ck_assert_mem_eq(got.target.ip, to, 16);
}
END_TEST

START_TEST(raw_ip6)
{
    ck_assert_int_eq(parse(DLT_RAW, IP6("0019", "06") TCP HELLO), PACKET_TCP);
    check_hello();
    const unsigned char from[16] = {[15] = 1}, to[16] = {[15] = 2};
    ck_assert_mem_eq(got.source.ip, from, 16);
    ck_assert_mem_eq(got.target.ip, to, 16);
}
END_TEST

START_TEST(link_headers)
{
    const char *const macs = "000000000001000000000002";
    char text[512];
    snprintf(text, sizeof text, "%s0800%s", macs, IP4("002d") TCP HELLO);
    ck_assert_int_eq(parse(DLT_EN10MB, text), PACKET_TCP);
    check_hello();
    snprintf(text, sizeof text, "%s86dd%s", macs, IP6("0019", "06") TCP HELLO);
    ck_assert_int_eq(parse(DLT_EN10MB, text), PACKET_TCP);
    check_hello();
    snprintf(text, sizeof text, "%s88a800058100000a0800%s", macs, IP4("002d") TCP HELLO);
    ck_assert_int_eq(parse(DLT_EN10MB, text), PACKET_TCP);
    check_hello();
    ck_assert_int_eq(parse(DLT_LINUX_SLL, "00000304000600000000000000000800" IP4("002d") TCP HELLO),
                     PACKET_TCP);
    check_hello();
    ck_assert_int_eq(
        parse(DLT_LINUX_SLL2, "0800000000000001030400060000000000000000" IP4("002d") TCP HELLO),
        PACKET_TCP);
    check_hello();
    ck_assert_int_eq(parse(DLT_NULL, "02000000" IP4("002d") TCP HELLO), PACKET_TCP);
    check_hello();
    ck_assert_int_eq(parse(DLT_LOOP, "0000001c" IP6("0019", "06") TCP HELLO), PACKET_TCP);
    check_hello();
}
END_TEST

START_TEST(options_are_skipped)
{
    ck_assert_int_eq(parse(DLT_RAW,
                           "46000035000040004006 0000 7f000001 7f000002 01010101"
                           "c350 0947 00000005 00000007 6018 ffff 0000 0000 01010101" HELLO),
                     PACKET_TCP);
    check_hello();
    ck_assert_int_eq(
        parse(DLT_RAW, IP6("0029", "00") "3c00000000000000 0600000000000000" TCP HELLO),
        PACKET_TCP);
    check_hello();
}
END_TEST

START_TEST(padding_is_no_data)
{
    ck_assert_int_eq(parse(DLT_RAW, IP4("002d") TCP HELLO "000000000000"), PACKET_TCP);
    check_hello();
    ck_assert_int_eq(parse(DLT_RAW, IP6("0019", "06") TCP HELLO "000000"), PACKET_TCP);
    check_hello();
}
END_TEST

/* What a network card leaves that cuts large packets itself. */
START_TEST(length_of_zero_is_all)
{
    ck_assert_int_eq(parse(DLT_RAW, IP4("0000") TCP HELLO), PACKET_TCP);
    check_hello();
}
END_TEST

START_TEST(snap_length_is_told)
{
    ck_assert_int_eq(parse_cut(DLT_RAW, IP4("002d") TCP HELLO, 42), PACKET_TCP);
    ck_assert_uint_eq(got.n, 2);
    ck_assert_uint_eq(got.missing, 3);
    ck_assert_int_eq(parse_cut(DLT_RAW, IP4("002d") TCP HELLO "0000", 40), PACKET_TCP);
    ck_assert_uint_eq(got.n, 0);
    ck_assert_uint_eq(got.missing, 5);
    ck_assert_int_eq(parse_cut(DLT_RAW, IP4("002d") TCP HELLO, 39), PACKET_MALFORMED);
}
END_TEST

START_TEST(fragments_are_named)
{
    ck_assert_int_eq(parse(DLT_RAW, "4500002d0000 2000 4006 0000 7f000001 7f000002" TCP HELLO),
                     PACKET_FRAGMENT);
    ck_assert_int_eq(parse(DLT_RAW, "4500002d0000 0001 4006 0000 7f000001 7f000002" TCP HELLO),
                     PACKET_FRAGMENT);
    ck_assert_int_eq(parse(DLT_RAW, IP6("0021", "2c") "0600000100000001" TCP HELLO),
                     PACKET_FRAGMENT);
    ck_assert_int_eq(parse(DLT_RAW, IP6("0021", "2c") "1100000100000001" TCP HELLO), PACKET_OTHER);
    /* One that is all of its packet is none: RFC 6946. */
    ck_assert_int_eq(parse(DLT_RAW, IP6("0021", "2c") "0600000000000001" TCP HELLO), PACKET_TCP);
    check_hello();
}
END_TEST

START_TEST(other_protocols_are_no_loss)
{
    ck_assert_int_eq(parse(DLT_RAW, "4500001c000040004011 0000 7f000001 7f000002 0035003500080000"),
                     PACKET_OTHER);
    ck_assert_int_eq(parse(DLT_EN10MB, "0000000000010000000000020806 0001"), PACKET_OTHER);
    ck_assert_int_eq(parse(DLT_RAW, IP6("0008", "3a") "8000000000000000"), PACKET_OTHER);
    ck_assert_int_eq(parse(DLT_RAW, "90"), PACKET_OTHER);
    ck_assert_int_eq(parse(DLT_RAW, ""), PACKET_OTHER);
    ck_assert_int_eq(parse(DLT_EN10MB, "00"), PACKET_OTHER);
    ck_assert_int_eq(parse(DLT_IEEE802_11, IP4("002d") TCP HELLO), PACKET_OTHER);
}
END_TEST

START_TEST(contradictions_are_malformed)
{
    ck_assert_int_eq(parse(DLT_RAW, "44"
                                    "00002d000040004006 0000 7f000001 7f000002" TCP HELLO),
                     PACKET_MALFORMED); /* an IP header of 16 bytes */
    ck_assert_int_eq(parse(DLT_RAW, IP4("0012") TCP HELLO), PACKET_MALFORMED);
    ck_assert_int_eq(parse(DLT_RAW, IP4("0027") TCP HELLO), PACKET_MALFORMED);
    ck_assert_int_eq(parse(DLT_RAW, IP4("002d") "c350 0947 00000005 00000007 4018 ffff 0000 0000"),
                     PACKET_MALFORMED); /* a TCP header of 16 bytes */
    ck_assert_int_eq(
        parse(DLT_RAW, IP4("002d") "c350 0947 00000005 00000007 f018 ffff 0000 0000" HELLO),
        PACKET_MALFORMED); /* of 60 */
    ck_assert_int_eq(parse(DLT_RAW, IP6("0019", "00") "06ff000000000000" TCP), PACKET_MALFORMED);
}
END_TEST

START_TEST(knows_what_it_parses)
{
    const int known[] = {DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_NULL,
                         DLT_LOOP,   DLT_RAW,       DLT_IPV4,       DLT_IPV6};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        ck_assert(packet_knows_link(known[i]));
    ck_assert(!packet_knows_link(DLT_IEEE802_11));
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("packet");
    tcase_add_test(c, raw_ip4);
    tcase_add_test(c, raw_ip6);
    tcase_add_test(c, link_headers);
    tcase_add_test(c, options_are_skipped);
    tcase_add_test(c, padding_is_no_data);
    tcase_add_test(c, length_of_zero_is_all);
    tcase_add_test(c, snap_length_is_told);
    tcase_add_test(c, fragments_are_named);
    tcase_add_test(c, other_protocols_are_no_loss);
    tcase_add_test(c, contradictions_are_malformed);
    tcase_add_test(c, knows_what_it_parses);
    Suite *s = suite_create("packet");
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
