#include "recorder/capture/capture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/capture/pcap_out.h"
#include "recorder/capture/t/heard.h"

#define T0 INT64_C(1700000000123456789)
#define FILE_HEADER 24

static char path[256];
static struct err e;
static struct heard heard;
static struct capture_report report;
static struct buf file; /* a small capture of our own */

/* Connection 1 ends with a close, 2 is still open. */
static void write_capture(void)
{
    struct pcap_flow a, b;
    struct pcap_out *o = pcap_out_new(path, &e);
    ck_assert_msg(o != NULL, "%s", e.text);
    pcap_out_open(o, &a, T0);
    pcap_out_accepted(o, &a, T0 + 1);
    pcap_out_open(o, &b, T0 + 2);
    pcap_out_accepted(o, &b, T0 + 3);
    pcap_out_data(o, &a, SIDE_CLIENT, T0 + 4, "hello", 5);
    pcap_out_data(o, &b, SIDE_CLIENT, T0 + 5, "second", 6);
    pcap_out_data(o, &a, SIDE_DAEMON, T0 + 6, "world!", 6);
    pcap_out_end(o, &a, SIDE_DAEMON, END_CLOSE, T0 + 7);
    pcap_out_data(o, &b, SIDE_DAEMON, T0 + 8, "goes on", 7);
    ck_assert_int_eq(pcap_out_close(o, &e), 0);
}

static void setup(void)
{
    const char *dir = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/test_capture.%d", dir ? dir : "/tmp", (int)getpid());
    write_capture();
    file = BUF_INIT(1 << 20);
    CLEANUP_FILE FILE *f = fopen(path, "rb");
    char block[4096];
    size_t n;
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(&file, block, n);
}

static void teardown(void)
{
    heard_free(&heard);
    buf_free(&file);
    unlink(path);
}

/* Reads bytes as if they were a file. */
static int read_bytes(const char *p, size_t n)
{
    heard_free(&heard);
    heard_init(&heard);
    FILE *f = fmemopen((char *)(uintptr_t)p, n, "rb");
    ck_assert_ptr_nonnull(f);
    return capture_read_file(f, "memory", PCAP_OUT_PORT, &heard.sink, &report, &e);
}

static void check_heard(void)
{
    ck_assert_msg(report.complete, "%s", report.why);
    ck_assert_uint_eq(heard.n, 2);
    ck_assert_str_eq(heard_story(&heard, 1), "open c5 d6 d:shut d:close");
    ck_assert_str_eq(heard_story(&heard, 2), "open c6 d7");
    ck_assert_str_eq(buf_str(&heard.conns[1].said[SIDE_DAEMON]), "goes on");
}

START_TEST(own_capture)
{
    heard_init(&heard);
    ck_assert_int_eq(capture_read(path, PCAP_OUT_PORT, &heard.sink, &report, &e), 0);
    check_heard();
    ck_assert_int_eq(heard.last, T0 + 8);
    ck_assert_uint_eq(report.packets, 12);
    ck_assert_uint_eq(report.segments, 12);
    ck_assert_uint_eq(report.connections, 2);
    ck_assert_uint_eq(report.bytes, 24);
}
END_TEST

START_TEST(other_port_hears_nothing)
{
    heard_init(&heard);
    ck_assert_int_eq(capture_read(path, 80, &heard.sink, &report, &e), 0);
    ck_assert_uint_eq(heard.n, 0);
    ck_assert_uint_eq(report.packets, 12);
    ck_assert_uint_eq(report.segments, 0);
}
END_TEST

static size_t record_at(size_t offset)
{
    uint32_t n;
    memcpy(&n, file.p + offset + 8, sizeof n);
    return 16 + n;
}

/* A recorder may be killed after any byte: what is there is heard, and the report is right. */
START_TEST(every_shorter_file)
{
    size_t whole = FILE_HEADER;
    for (size_t n = FILE_HEADER; n < file.n; n++) {
        if (n == whole + record_at(whole))
            whole = n;
        ck_assert_msg(read_bytes(file.p, n) == 0, "%zu bytes: %s", n, e.text);
        ck_assert_int_eq(report.truncated, n != whole);
        ck_assert_int_eq(report.complete, n == whole);
        ck_assert_uint_eq(report.cut, 0);
        ck_assert_int_eq(report.why[0] != 0, n != whole);
    }
}
END_TEST

START_TEST(no_file_header)
{
    for (size_t n = 1; n < FILE_HEADER; n++) {
        ck_assert_int_eq(read_bytes(file.p, n), -1);
        ck_assert_ptr_nonnull(strstr(e.text, "memory: no capture"));
    }
    ck_assert_int_eq(read_bytes("This is a letter, and not a capture at all.", 43), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "memory: no capture"));
    ck_assert(!report.complete);
}
END_TEST

START_TEST(absent_file)
{
    heard_init(&heard);
    ck_assert_int_eq(capture_read("/nowhere/x", 2375, &heard.sink, &report, &e), -1);
    ck_assert_str_eq(e.text, "/nowhere/x: No such file or directory");
    ck_assert_int_eq(capture_read("/", 2375, &heard.sink, &report, &e), -1);
}
END_TEST

START_TEST(nonsense_behind_the_header)
{
    memset(file.p + FILE_HEADER, 0xff, file.n - FILE_HEADER);
    ck_assert_int_eq(read_bytes(file.p, file.n), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "memory: broken behind packet 0"));
}
END_TEST

START_TEST(unknown_link)
{
    const uint32_t wifi = 105;
    memcpy(file.p + 20, &wifi, sizeof wifi);
    ck_assert_int_eq(read_bytes(file.p, file.n), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "IEEE802_11 (105), which is not understood here"));
}
END_TEST

static void swap(char *p, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        char c = p[i];
        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

/* As a machine of the other byte order would have written it. */
START_TEST(other_byte_order)
{
    for (size_t at = FILE_HEADER; at < file.n;) {
        size_t next = at + record_at(at);
        for (size_t i = 0; i < 4; i++)
            swap(file.p + at + 4 * i, 4);
        at = next;
    }
    swap(file.p, 4);
    swap(file.p + 4, 2);
    swap(file.p + 6, 2);
    for (size_t i = 8; i < FILE_HEADER; i += 4)
        swap(file.p + i, 4);
    ck_assert_msg(read_bytes(file.p, file.n) == 0, "%s", e.text);
    check_heard();
    ck_assert_int_eq(heard.last, T0 + 8);
}
END_TEST

START_TEST(microseconds)
{
    const uint32_t magic = 0xa1b2c3d4;
    memcpy(file.p, &magic, sizeof magic);
    for (size_t at = FILE_HEADER; at < file.n; at += record_at(at)) {
        const uint32_t us = 7;
        memcpy(file.p + at + 4, &us, sizeof us);
    }
    ck_assert_msg(read_bytes(file.p, file.n) == 0, "%s", e.text);
    check_heard();
    ck_assert_int_eq(heard.last, T0 / 1000000000 * 1000000000 + 7000);
}
END_TEST

static void add32(struct buf *b, uint32_t v)
{
    ck_assert_int_eq(buf_add(b, &v, sizeof v), 0);
}

static void add_block(struct buf *b, uint32_t type, const void *p, size_t n)
{
    uint32_t padded = (uint32_t)(n + 3) / 4 * 4;
    add32(b, type);
    add32(b, padded + 12);
    buf_add(b, p, n);
    buf_add(b, "\0\0\0", padded - n);
    add32(b, padded + 12);
}

/* The same packets as Wireshark writes them: section, interface, and an enhanced packet each. */
START_TEST(pcapng)
{
    CLEANUP(buf_free) struct buf b = BUF_INIT(1 << 20);
    CLEANUP(buf_free) struct buf body = BUF_INIT(1 << 20);
    const uint32_t section[] = {0x1a2b3c4d, 1, UINT32_MAX, UINT32_MAX};
    const uint32_t interface[] = {101, 262144};
    const unsigned char resolution[] = {9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0}; /* if_tsresol: ns */
    add_block(&b, 0x0a0d0d0a, section, sizeof section);
    buf_add(&body, interface, sizeof interface);
    buf_add(&body, resolution, sizeof resolution);
    add_block(&b, 1, body.p, body.n);
    for (size_t at = FILE_HEADER; at < file.n; at += record_at(at)) {
        uint32_t head[4];
        memcpy(head, file.p + at, sizeof head);
        uint64_t t = head[0] * UINT64_C(1000000000) + head[1];
        const uint32_t packet[] = {0, (uint32_t)(t >> 32), (uint32_t)t, head[2], head[3]};
        buf_clear(&body);
        buf_add(&body, packet, sizeof packet);
        buf_add(&body, file.p + at + 16, head[2]);
        add_block(&b, 6, body.p, body.n);
    }
    ck_assert_msg(read_bytes(b.p, b.n) == 0, "%s", e.text);
    check_heard();
    ck_assert_int_eq(heard.last, T0 + 8);
    ck_assert_int_eq(read_bytes(b.p, b.n - 5), 0);
    ck_assert(report.truncated);
}
END_TEST

static int refuse(void *self, uint32_t conn, enum side from, int64_t t, const char *p, size_t n,
                  struct err *why)
{
    (void)self, (void)conn, (void)from, (void)t, (void)p, (void)n;
    return err_set(why, "no more");
}

START_TEST(sink_may_refuse)
{
    heard_init(&heard);
    heard.sink.data = refuse;
    ck_assert_int_eq(capture_read(path, PCAP_OUT_PORT, &heard.sink, &report, &e), -1);
    ck_assert_str_eq(e.text, "no more");
}
END_TEST

#define SEEDS "recorder/capture/t/fuzz_pcap/"

/* What tcpdump saw of real TCP: how it was made stands in the folder's README. */
START_TEST(real_tcp)
{
    const char *const files[] = {SEEDS "lo4.pcap", SEEDS "any6.pcap", SEEDS "sll.pcap"};
    heard_init(&heard);
    ck_assert_msg(capture_read(files[_i], 2375, &heard.sink, &report, &e) == 0, "%s", e.text);
    ck_assert_msg(report.complete, "%s", report.why);
    ck_assert_uint_eq(heard.n, 5);
    ck_assert_str_eq(heard_story(&heard, 1), "open c18 d19 c:shut d4 d:shut");
    ck_assert_str_eq(heard_story(&heard, 2), "open c5 c:shut d4 c:close");
    ck_assert_str_eq(heard_story(&heard, 3), "open c5 d:reset");
    ck_assert_str_eq(heard_story(&heard, 4), "open d3000 d:shut c:shut");
    ck_assert_str_eq(heard_story(&heard, 5), "open d:reset");
    ck_assert_str_eq(buf_str(&heard.conns[0].said[SIDE_CLIENT]), "GET / HTTP/1.1\r\n\r\n");
}
END_TEST

START_TEST(snap_length_is_told)
{
    heard_init(&heard);
    ck_assert_int_eq(capture_read(SEEDS "snap.pcap", 2375, &heard.sink, &report, &e), 0);
    ck_assert(!report.complete);
    ck_assert_uint_eq(report.snapped, 1);
    ck_assert_uint_eq(report.lost_bytes, 2966);
    ck_assert_str_eq(report.why,
                     "1 of 5 connections have holes (2966 bytes) and end there; "
                     "1 packets were captured in part (capture with a larger snap length)");
    ck_assert_str_eq(heard_story(&heard, 4), "open d34");
    ck_assert_str_eq(heard_story(&heard, 5), "open d:reset");
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("capture");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, own_capture);
    tcase_add_test(c, other_port_hears_nothing);
    tcase_add_test(c, every_shorter_file);
    tcase_add_test(c, no_file_header);
    tcase_add_test(c, absent_file);
    tcase_add_test(c, nonsense_behind_the_header);
    tcase_add_test(c, unknown_link);
    tcase_add_test(c, other_byte_order);
    tcase_add_test(c, microseconds);
    tcase_add_test(c, pcapng);
    tcase_add_test(c, sink_may_refuse);
    tcase_add_loop_test(c, real_tcp, 0, 3);
    tcase_add_test(c, snap_length_is_told);
    Suite *s = suite_create("capture");
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
