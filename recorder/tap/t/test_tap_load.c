/* What the tap carries: bulk, many connections, and what it does when something runs out. */
#include "recorder/tap/tap.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/clock.h"
#include "recorder/tap/t/rig.h"

static struct rig rig;

static void teardown(void)
{
    rig_free(&rig);
}

static void send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        ck_assert_int_gt(sent, 0);
        p += sent;
        n -= (size_t)sent;
    }
}

/* --- Bulk ------------------------------------------------------------------------------------ */

#define BULK ((size_t)16 << 20)

struct talker {
    int fd;
    char *said;
    struct buf heard;
    pthread_t says, hears;
};

static void *say_all(void *arg)
{
    struct talker *t = arg;
    send_all(t->fd, t->said, BULK);
    shutdown(t->fd, SHUT_WR);
    return NULL;
}

static void *hear_all(void *arg)
{
    struct talker *t = arg;
    sock_read_all(t->fd, &t->heard);
    return NULL;
}

static void talker_start(struct talker *t, int fd, unsigned int seed)
{
    *t = (struct talker){.fd = fd, .said = malloc(BULK), .heard = BUF_INIT(2 * BULK)};
    fill_random(t->said, BULK, seed);
    pthread_create(&t->says, NULL, say_all, t);
    pthread_create(&t->hears, NULL, hear_all, t);
}

static void talker_join(struct talker *t)
{
    pthread_join(t->says, NULL);
    pthread_join(t->hears, NULL);
    close(t->fd);
}

static void talker_free(struct talker *t)
{
    free(t->said);
    buf_free(&t->heard);
}

/* Both sides talk all the time; each byte arrives, and is in the capture. */
START_TEST(bulk_both_ways)
{
    struct talker client, daemon;
    rig_init(&rig, _i & 1 ? URL_TCP : URL_UNIX, _i & 2 ? URL_TCP : URL_UNIX);
    rig_start(&rig);
    talker_start(&client, rig_connect(&rig), 1);
    talker_start(&daemon, rig_accept(&rig), 2);
    talker_join(&client);
    talker_join(&daemon);
    rig_finish(&rig);
    ck_assert_uint_eq(client.heard.n, BULK);
    ck_assert_uint_eq(daemon.heard.n, BULK);
    ck_assert_int_eq(memcmp(client.heard.p, daemon.said, BULK), 0);
    ck_assert_int_eq(memcmp(daemon.heard.p, client.said, BULK), 0);
    ck_assert_msg(rig.report.complete, "%s", rig.report.why);
    const struct heard_conn *c = &rig.heard.conns[0];
    ck_assert_uint_eq(c->said[SIDE_CLIENT].n, BULK);
    ck_assert_uint_eq(c->said[SIDE_DAEMON].n, BULK);
    ck_assert_int_eq(memcmp(c->said[SIDE_CLIENT].p, client.said, BULK), 0);
    ck_assert_int_eq(memcmp(c->said[SIDE_DAEMON].p, daemon.said, BULK), 0);
    ck_assert(c->over);
    talker_free(&client);
    talker_free(&daemon);
}
END_TEST

/* When a side has received something, the capture holds it already. */
START_TEST(captured_before_forwarded)
{
    rig_init(&rig, URL_UNIX, URL_UNIX);
    rig_start(&rig);
    int client = rig_connect(&rig), daemon = rig_accept(&rig);
    for (size_t i = 1; i <= 100; i++) {
        sock_say(client, "request");
        sock_expect(daemon, "request");
        rig_read(&rig);
        ck_assert_uint_eq(rig.heard.conns[0].said[SIDE_CLIENT].n, 7 * i);
        sock_say(daemon, "answer");
        sock_expect(client, "answer");
        rig_read(&rig);
        ck_assert_uint_eq(rig.heard.conns[0].said[SIDE_DAEMON].n, 6 * i);
    }
    shutdown(client, SHUT_WR);
    sock_expect_end(daemon, false);
    rig_read(&rig);
    ck_assert(rig.heard.conns[0].shut[SIDE_CLIENT]);
    close(client);
    close(daemon);
    rig_finish(&rig);
}
END_TEST

static size_t push(int fd, const char *p, size_t n)
{
    ssize_t sent = send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    ck_assert(sent > 0 || errno == EAGAIN);
    return sent > 0 ? (size_t)sent : 0;
}

/* Nobody reads: the daemon is held up soon, as without a tap, and all arrives in the end. */
START_TEST(slow_reader_holds_up_the_daemon)
{
    const size_t much = (size_t)32 << 20;
    CLEANUP_FREE char *said = malloc(much);
    CLEANUP(buf_free) struct buf got = BUF_INIT(2 * much);
    fill_random(said, much, 3);
    rig_init(&rig, URL_UNIX, URL_UNIX);
    int client = rig_connect(&rig);
    rig_pump(&rig);
    int daemon = rig_accept(&rig);
    size_t sent = 0;
    for (size_t now = 1; now; sent += now) {
        now = push(daemon, said + sent, much - sent);
        rig_pump(&rig);
    }
    ck_assert_uint_gt(sent, 0);
    ck_assert_uint_lt(sent, 2 << 20); /* socket buffers, and one read */
    ck_assert_uint_le(tap_counters(rig.tap)->bytes[SIDE_DAEMON], sent);

    sock_say(client, "the other way is open"); /* and stays so */
    rig_pump(&rig);
    sock_expect(daemon, "the other way is open");

    char block[10000];
    while (got.n < much) {
        ssize_t n = recv(client, block, sizeof block, 0);
        ck_assert_int_gt(n, 0);
        ck_assert_int_eq(buf_add(&got, block, (size_t)n), 0);
        if (sent < much)
            sent += push(daemon, said + sent, much - sent);
        rig_pump(&rig);
    }
    ck_assert_int_eq(memcmp(got.p, said, much), 0);
    close(client);
    close(daemon);
}
END_TEST

/* A client that is gone must not keep the daemon from reading the rest of what it said. */
START_TEST(gone_client_is_still_heard)
{
    const size_t much = 1 << 20;
    CLEANUP_FREE char *said = calloc(1, much);
    CLEANUP(buf_free) struct buf got = BUF_INIT(2 * much);
    rig_init(&rig, URL_UNIX, URL_UNIX);
    int client = rig_connect(&rig);
    rig_pump(&rig);
    int daemon = rig_accept(&rig);
    size_t sent = 0;
    for (size_t now = 1; now && sent < much; sent += now) {
        now = push(client, said + sent, much - sent);
        rig_pump(&rig);
    }
    close(client);
    rig_pump(&rig);
    for (size_t now = 1, i = 0; now && i < 1000; i++) { /* nor its answers block it */
        now = push(daemon, said, much);
        rig_pump(&rig);
    }
    char block[10000];
    while (got.n < sent) {
        ssize_t n = recv(daemon, block, sizeof block, 0);
        ck_assert_int_gt(n, 0);
        buf_add(&got, block, (size_t)n);
        rig_pump(&rig);
    }
    sock_expect_end(daemon, false);
    ck_assert_uint_eq(tap_busy(rig.tap), 0);
    close(daemon);
}
END_TEST

/* --- Many ------------------------------------------------------------------------------------ */

#define MANY 1200

START_TEST(many_connections_at_once)
{
    static int client[MANY], daemon[MANY];
    struct rlimit before;
    struct err e;
    ck_assert_int_eq(tap_raise_nofile(&before, &e), 0);
    rig_init(&rig, URL_UNIX, URL_UNIX);
    rig_start(&rig);
    for (uint32_t i = 0; i < MANY; i++) {
        client[i] = rig_connect(&rig);
        daemon[i] = rig_accept(&rig);
        ck_assert_int_eq(send(client[i], &i, sizeof i, 0), sizeof i);
    }
    for (uint32_t i = 0; i < MANY; i++) { /* all of them are open */
        uint32_t got = MANY;
        ck_assert_int_eq(recv(daemon[i], &got, sizeof got, MSG_WAITALL), sizeof got);
        ck_assert_uint_eq(got, i);
        ck_assert_int_eq(send(daemon[i], &got, sizeof got, 0), sizeof got);
        ck_assert_int_eq(recv(client[i], &got, sizeof got, MSG_WAITALL), sizeof got);
        ck_assert_uint_eq(got, i);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        close(client[i]);
        sock_expect_end(daemon[i], false);
        close(daemon[i]);
    }
    rig_finish(&rig);
    ck_assert_uint_eq(rig.heard.n, MANY);
    ck_assert_msg(rig.report.complete, "%s", rig.report.why);
    for (uint32_t i = 1; i <= MANY; i++)
        ck_assert_str_eq(rig_story(&rig, i), "open c4 d4 c:shut c:close");
}
END_TEST

/* --- What runs out --------------------------------------------------------------------------- */

/* The daemon's backlog is full: clients wait, and all are served in their turn. */
START_TEST(full_backlog_is_waited_for)
{
    enum { CLIENTS = 8 };
    int client[CLIENTS];
    rig_init(&rig, URL_UNIX, URL_UNIX);
    ck_assert_int_eq(listen(rig.daemon, 0), 0);
    rig_start(&rig);
    for (int i = 0; i < CLIENTS; i++) {
        client[i] = rig_connect(&rig);
        sock_say(client[i], "hello");
        shutdown(client[i], SHUT_WR);
    }
    for (int i = 0; i < CLIENTS; i++) {
        int daemon = rig_accept(&rig);
        sock_expect(daemon, "hello");
        sock_say(daemon, "world");
        sock_expect_end(daemon, false);
        close(daemon);
    }
    for (int i = 0; i < CLIENTS; i++) {
        sock_expect(client[i], "world");
        close(client[i]);
    }
    rig_finish(&rig);
    ck_assert_uint_eq(rig.counters.refused, 0);
    ck_assert_int_eq(rig.troubles, 0);
}
END_TEST

/* Serves connections one after another: says back what it hears. */
static pid_t fork_echo(const struct rig *r)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    for (;;) {
        char block[1000];
        ssize_t n;
        int fd = accept(r->daemon, NULL, NULL);
        while ((n = recv(fd, block, sizeof block, 0)) > 0)
            if (send(fd, block, (size_t)n, MSG_NOSIGNAL) != n)
                break;
        close(fd);
    }
}

static void wait_readable(int fd)
{
    struct err e;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (poll(&p, 1, 0) == 0)
        ck_assert_int_ge(loop_run_once(rig.loop, NS_PER_MS, &e), 0);
}

/* Descriptors for two connections, and for one that finds none for its upstream: the others wait
 * without a turn of the loop. */
START_TEST(descriptors_run_out)
{
    enum { CLIENTS = 9 };
    int client[CLIENTS];
    struct rlimit limit;
    struct err e;
    rig_init(&rig, URL_UNIX, URL_UNIX);
    pid_t echo = fork_echo(&rig);
    for (int i = 0; i < CLIENTS; i++)
        client[i] = rig_connect(&rig);
    int next = dup(0);
    close(next);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = (rlim_t)next + 4 + (rlim_t)_i;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    rig_pump(&rig); /* comes back: it does not spin */
    ck_assert_uint_eq(tap_busy(rig.tap), 2 + (size_t)_i);
    for (int i = 0; i < CLIENTS; i++) {
        sock_say(client[i], "hello");
        wait_readable(client[i]);
        sock_expect(client[i], "hello");
        ck_assert_uint_le(tap_busy(rig.tap), 3);
        shutdown(client[i], SHUT_WR);
        wait_readable(client[i]);
        sock_expect_end(client[i], false);
    }
    while (tap_busy(rig.tap))
        ck_assert_int_ge(loop_run_once(rig.loop, -1, &e), 0);
    ck_assert_uint_eq(tap_counters(rig.tap)->connections, CLIENTS);
    ck_assert_uint_eq(tap_counters(rig.tap)->refused, 0);
    for (int i = 0; i < CLIENTS; i++)
        close(client[i]);
    kill(echo, SIGKILL);
    waitpid(echo, NULL, 0);
}
END_TEST

/* The disk is full: client and daemon do not notice, the capture says so. */
START_TEST(full_disk_stops_nothing)
{
    const struct rlimit limit = {200000, RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct talker client, daemon;
    rig_init(&rig, URL_UNIX, URL_UNIX);
    rig_start(&rig);
    talker_start(&client, rig_connect(&rig), 1);
    talker_start(&daemon, rig_accept(&rig), 2);
    talker_join(&client);
    talker_join(&daemon);
    rig_finish(&rig);
    ck_assert_uint_eq(client.heard.n, BULK);
    ck_assert_uint_eq(daemon.heard.n, BULK);
    ck_assert_int_eq(memcmp(client.heard.p, daemon.said, BULK), 0);
    ck_assert_int_eq(memcmp(daemon.heard.p, client.said, BULK), 0);
    ck_assert_ptr_nonnull(strstr(rig.incomplete.text, "the capture is incomplete"));
    ck_assert(!rig.report.truncated);
    ck_assert_uint_gt(rig.report.packets, 3); /* what is there is whole */
    talker_free(&client);
    talker_free(&daemon);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("load");
    tcase_add_checked_fixture(c, NULL, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, bulk_both_ways, 0, 4);
    tcase_add_test(c, captured_before_forwarded);
    tcase_add_test(c, slow_reader_holds_up_the_daemon);
    tcase_add_test(c, gone_client_is_still_heard);
    tcase_add_test(c, many_connections_at_once);
    tcase_add_test(c, full_backlog_is_waited_for);
    tcase_add_loop_test(c, descriptors_run_out, 0, 2);
    tcase_add_test(c, full_disk_stops_nothing);
    Suite *s = suite_create("tap_load");
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
