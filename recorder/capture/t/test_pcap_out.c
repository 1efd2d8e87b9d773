#include "recorder/capture/pcap_out.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "recorder/base/cleanup.h"
#include "recorder/capture/capture.h"
#include "recorder/capture/t/heard.h"

#define T0 INT64_C(1700000000123456789)

static char path[256];
static struct err e;
static struct heard heard;
static struct capture_report report;

static void setup(void)
{
    const char *dir = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/test_pcap_out.%d", dir ? dir : "/tmp", (int)getpid());
    heard_init(&heard);
}

static void teardown(void)
{
    heard_free(&heard);
    unlink(path);
}

static struct pcap_out *create(void)
{
    struct pcap_out *o = pcap_out_new(path, &e);
    ck_assert_msg(o != NULL, "%s", e.text);
    return o;
}

static void read_back(void)
{
    heard_free(&heard);
    heard_init(&heard);
    ck_assert_msg(capture_read(path, PCAP_OUT_PORT, &heard.sink, &report, &e) == 0, "%s", e.text);
}

/* A connection that says hello, world, and ends as told. */
static void talk(struct pcap_out *o, enum side who, enum end_how how)
{
    struct pcap_flow f;
    pcap_out_open(o, &f, T0);
    pcap_out_accepted(o, &f, T0 + 1);
    pcap_out_data(o, &f, SIDE_CLIENT, T0 + 2, "hello", 5);
    pcap_out_data(o, &f, SIDE_DAEMON, T0 + 3, "world!", 6);
    pcap_out_end(o, &f, who, how, T0 + 4);
}

START_TEST(ends_are_kept_apart)
{
    struct pcap_out *o = create();
    struct pcap_flow f;
    talk(o, SIDE_CLIENT, END_SHUT);
    talk(o, SIDE_CLIENT, END_CLOSE);
    talk(o, SIDE_CLIENT, END_RESET);
    talk(o, SIDE_DAEMON, END_SHUT);
    talk(o, SIDE_DAEMON, END_CLOSE);
    talk(o, SIDE_DAEMON, END_RESET);
    pcap_out_open(o, &f, T0 + 5);
    pcap_out_refused(o, &f, T0 + 6);
    pcap_out_open(o, &f, T0 + 7);
    pcap_out_accepted(o, &f, T0 + 8);
    pcap_out_end(o, &f, SIDE_CLIENT, END_SHUT, T0 + 9);
    pcap_out_data(o, &f, SIDE_DAEMON, T0 + 10, "x", 1);
    pcap_out_end(o, &f, SIDE_CLIENT, END_CLOSE, T0 + 11);
    ck_assert_int_eq(pcap_out_close(o, &e), 0);

    read_back();
    ck_assert_msg(report.complete, "%s", report.why);
    const char *const stories[] = {"c:shut", "c:shut c:close", "c:reset",
                                   "d:shut", "d:shut d:close", "d:reset"};
    for (uint32_t i = 0; i < 6; i++) {
        char all[64];
        snprintf(all, sizeof all, "open c5 d6 %s", stories[i]);
        ck_assert_str_eq(heard_story(&heard, i + 1), all);
        ck_assert_str_eq(buf_str(&heard.conns[i].said[SIDE_DAEMON]), "world!");
    }
    ck_assert_str_eq(heard_story(&heard, 7), "open d:reset");
    ck_assert_str_eq(heard_story(&heard, 8), "open c:shut d1 c:close");
    ck_assert_uint_eq(heard.n, 8);
    ck_assert_int_eq(heard.last, T0 + 11);
}
END_TEST

START_TEST(mode_is_private)
{
    int fd = open(path, O_CREAT | O_WRONLY, 0644);
    ck_assert_int_eq(write(fd, "old and longer than a header....", 32), 32);
    close(fd);
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert_int_eq(pcap_out_close(create(), &e), 0);
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(st.st_size, 24);
}
END_TEST

START_TEST(large_appends_are_cut_into_segments)
{
    const size_t n = 3000000;
    CLEANUP_FREE char *p = malloc(n);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)(i * 2654435761U >> 13);
    struct pcap_out *o = create();
    struct pcap_flow f;
    pcap_out_open(o, &f, T0);
    pcap_out_accepted(o, &f, T0);
    pcap_out_data(o, &f, SIDE_DAEMON, T0, p, n);
    pcap_out_data(o, &f, SIDE_DAEMON, T0, p, PCAP_OUT_SEGMENT);
    pcap_out_data(o, &f, SIDE_DAEMON, T0, p, 0);
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_size, (off_t)pcap_out_size(o)); /* nothing waits in this process */
    ck_assert_int_eq(pcap_out_close(o, &e), 0);
    read_back();
    ck_assert_uint_eq(report.packets, 3 + 47 + 1);
    ck_assert_uint_eq(heard.conns[0].said[SIDE_DAEMON].n, n + PCAP_OUT_SEGMENT);
    ck_assert_mem_eq(heard.conns[0].said[SIDE_DAEMON].p, p, n);
}
END_TEST

/* More connections than a client address has ports: none may be taken for another one. */
START_TEST(addresses_do_not_repeat)
{
    const uint32_t many = 70000;
    struct pcap_out *o = create();
    for (uint32_t i = 0; i < many; i++) {
        struct pcap_flow f;
        pcap_out_open(o, &f, T0);
        pcap_out_accepted(o, &f, T0);
        pcap_out_data(o, &f, SIDE_CLIENT, T0, (const char *)&i, sizeof i);
        pcap_out_end(o, &f, SIDE_CLIENT, END_CLOSE, T0);
        ck_assert_uint_ne(f.port, PCAP_OUT_PORT);
    }
    ck_assert_int_eq(pcap_out_close(o, &e), 0);
    read_back();
    ck_assert_msg(report.complete, "%s", report.why);
    ck_assert_uint_eq(heard.n, many);
    for (uint32_t i = 0; i < many; i++)
        ck_assert_mem_eq(heard.conns[i].said[SIDE_CLIENT].p, &i, sizeof i);
}
END_TEST

/* What the kernel took stays readable, what follows is tried, and the hole is told. */
static void check_full_disk(struct pcap_out *o, struct pcap_flow *f)
{
    static char block[50000];
    for (int i = 0; i < 3; i++)
        pcap_out_data(o, f, SIDE_CLIENT, T0, block, sizeof block);
    ck_assert_int_eq(pcap_out_complete(o, &e), -1);
    ck_assert_ptr_nonnull(strstr(e.text, "1 records with 50000 bytes are missing"));
    ck_assert_ptr_nonnull(strstr(e.text, strerror(EFBIG)));
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_size, (off_t)pcap_out_size(o));
    read_back();
    ck_assert_str_eq(heard_story(&heard, 1), "open c100000");
    ck_assert_msg(report.complete, "%s", report.why);

    pcap_out_data(o, f, SIDE_CLIENT, T0, "small", 5);
    pcap_out_data(o, f, SIDE_DAEMON, T0, "small", 5);
    read_back();
    ck_assert_str_eq(heard_story(&heard, 1), "open c100000 d5");
    ck_assert(!report.complete);
    ck_assert(!report.truncated);
    ck_assert_uint_eq(report.lost_bytes, 50000);
    ck_assert_int_eq(pcap_out_close(o, &e), -1);
}

static void limit_file(rlim_t most)
{
    const struct rlimit limit = {most, RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static struct pcap_out *begin(struct pcap_flow *f)
{
    struct pcap_out *o = create();
    pcap_out_open(o, f, T0);
    pcap_out_accepted(o, f, T0);
    return o;
}

/* A limit that is there from the start must not raise its signal. */
START_TEST(file_size_limit)
{
    struct pcap_flow f;
    limit_file(120000);
    struct pcap_out *o = begin(&f);
    check_full_disk(o, &f);
}
END_TEST

/* One that comes up while writing makes the kernel take a part of a record. */
START_TEST(partial_record_is_cut_off)
{
    struct pcap_flow f;
    signal(SIGXFSZ, SIG_IGN);
    struct pcap_out *o = begin(&f);
    limit_file(120000);
    check_full_disk(o, &f);
}
END_TEST

START_TEST(place_that_takes_nothing_is_an_error)
{
    ck_assert_ptr_null(pcap_out_new("/dev/full", &e));
    ck_assert_str_eq(e.text, "cannot write the capture /dev/full: No space left on device");
    ck_assert_ptr_null(pcap_out_new("/nowhere/x.pcap", &e));
    const struct rlimit none = {10, RLIM_INFINITY}, all = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &none); /* nothing is asserted meanwhile: check writes a file, too */
    struct pcap_out *o = pcap_out_new(path, &e);
    setrlimit(RLIMIT_FSIZE, &all);
    ck_assert_ptr_null(o);
}
END_TEST

static unsigned int get16(const unsigned char *p)
{
    return (unsigned int)p[0] << 8 | p[1];
}

/* RFC 1071, as it is written there: sums to all ones. */
static uint32_t ones(uint32_t acc, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        acc += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    while (acc >> 16)
        acc = (acc & 0xffff) + (acc >> 16);
    return acc;
}

START_TEST(checksums_are_right)
{
    static char odd[777];
    for (size_t i = 0; i < sizeof odd; i++)
        odd[i] = (char)(i * 31);
    struct pcap_out *o = create();
    talk(o, SIDE_CLIENT, END_CLOSE);
    for (size_t n = 1; n <= sizeof odd; n += 97) {
        struct pcap_flow f;
        pcap_out_open(o, &f, T0);
        pcap_out_data(o, &f, SIDE_DAEMON, T0, odd, n);
    }
    size_t size = pcap_out_size(o);
    ck_assert_int_eq(pcap_out_close(o, &e), 0);
    CLEANUP_FREE unsigned char *file = malloc(size);
    CLEANUP_FILE FILE *in = fopen(path, "rb");
    ck_assert_uint_eq(fread(file, 1, size, in), size);
    int packets = 0;
    for (unsigned char *p = file + 24; p < file + size; packets++) {
        uint32_t n;
        memcpy(&n, p + 8, 4);
        const unsigned char *ip = p + 16;
        uint32_t pseudo = ones((uint32_t)(6 + n - 20), ip + 12, 8);
        ck_assert_uint_eq(get16(ip + 2), n);
        ck_assert_uint_eq(ones(0, ip, 20), 0xffff);
        ck_assert_uint_eq(ones(pseudo, ip + 20, n - 20), 0xffff);
        p += 16 + n;
    }
    ck_assert_int_eq(packets, 7 + 2 * 9);
}
END_TEST

START_TEST(tcpdump_reads_it)
{
    struct pcap_out *o = create();
    talk(o, SIDE_CLIENT, END_SHUT);
    talk(o, SIDE_DAEMON, END_CLOSE);
    ck_assert_int_eq(pcap_out_close(o, &e), 0);
    char command[400], line[400];
    snprintf(command, sizeof command, "tcpdump -Z root -nnvv --nano -tt -r %s 2>&1", path);
    FILE *said = popen(command, "r");
    int correct = 0, seen = 0;
    while (fgets(line, sizeof line, said)) {
        ck_assert_msg(!strstr(line, "incorrect") && !strstr(line, "bad "), "%s", line);
        correct += strstr(line, "(correct)") != NULL;
        seen += strstr(line, "127.0.0.1.10001 > 127.0.0.1.2375: Flags [P.]") != NULL &&
                strstr(line, "seq 1:6, ack 1,") != NULL;
        seen += strstr(line, "1700000000.123456793 IP") != NULL;
    }
    ck_assert_int_eq(pclose(said), 0);
    ck_assert_int_eq(correct, 6 + 7);
    ck_assert_int_eq(seen, 1 + 3);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("pcap_out");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, ends_are_kept_apart);
    tcase_add_test(c, mode_is_private);
    tcase_add_test(c, large_appends_are_cut_into_segments);
    tcase_add_test(c, addresses_do_not_repeat);
    tcase_add_test(c, file_size_limit);
    tcase_add_test(c, partial_record_is_cut_off);
    tcase_add_test(c, place_that_takes_nothing_is_an_error);
    tcase_add_test(c, checksums_are_right);
    tcase_add_test(c, tcpdump_reads_it);
    Suite *s = suite_create("pcap_out");
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
