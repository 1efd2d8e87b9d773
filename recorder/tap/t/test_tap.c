/* How a connection through the tap begins and ends, and what the capture says of it. */
#include "recorder/tap/tap.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/base/cleanup.h"
#include "recorder/tap/t/rig.h"
#include "recorder/tap/tap_conn.h"

/* The loop tests run for each pair of what clients see and where the daemon is. */
enum { UNIX_UNIX, UNIX_TCP, TCP_UNIX, TCP_TCP, PAIRS };

static struct rig rig;

static enum url_scheme front(int i)
{
    return i == TCP_UNIX || i == TCP_TCP ? URL_TCP : URL_UNIX;
}

static enum url_scheme back(int i)
{
    return i == UNIX_TCP || i == TCP_TCP ? URL_TCP : URL_UNIX;
}

static void teardown(void)
{
    rig_free(&rig);
}

/* A client and the daemon's end of its connection, both of which have said something. */
static void talk(int i, int *client, int *daemon)
{
    rig_init(&rig, front(i), back(i));
    rig_start(&rig);
    *client = rig_connect(&rig);
    *daemon = rig_accept(&rig);
    sock_say(*client, "hello");
    sock_expect(*daemon, "hello");
    sock_say(*daemon, "world!");
    sock_expect(*client, "world!");
}

START_TEST(client_shuts_first)
{
    int client, daemon;
    talk(_i, &client, &daemon);
    ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
    sock_expect_end(daemon, false);
    sock_say(daemon, "tail");
    sock_expect(client, "tail");
    close(daemon);
    sock_expect_end(client, false);
    close(client);
    rig_finish(&rig);
    ck_assert_str_eq(rig_story(&rig, 1), "open c5 d6 c:shut d4 d:shut");
    ck_assert_str_eq(buf_str(&rig.heard.conns[0].said[SIDE_DAEMON]), "world!tail");
    ck_assert_msg(rig.report.complete, "%s", rig.report.why);
    ck_assert_uint_eq(rig.counters.bytes[SIDE_CLIENT], 5);
    ck_assert_uint_eq(rig.counters.bytes[SIDE_DAEMON], 10);
    ck_assert_int_eq(rig.troubles, 0);
}
END_TEST

START_TEST(daemon_shuts_first)
{
    int client, daemon;
    talk(_i, &client, &daemon);
    ck_assert_int_eq(shutdown(daemon, SHUT_WR), 0);
    sock_expect_end(client, false);
    sock_say(client, "tail");
    sock_expect(daemon, "tail");
    close(client);
    sock_expect_end(daemon, false);
    close(daemon);
    rig_finish(&rig);
    ck_assert_str_eq(rig_story(&rig, 1), "open c5 d6 d:shut c4 c:shut");
    ck_assert_uint_eq(rig.report.segments, 3 + 2 + 1 + 1 + 1);
}
END_TEST

/* A peer that is gone: on a unix socket it shows at once, on TCP when it is spoken to. */
static void check_gone(struct rig *r, int left, bool shows)
{
    sock_expect_end(left, false);
    while (send(left, "?", 1, MSG_NOSIGNAL) == 1)
        ;
    ck_assert(errno == EPIPE || errno == ECONNRESET);
    close(left);
    rig_finish(r);
    if (shows)
        ck_assert_uint_eq(r->report.segments, 3 + 2 + 2);
}

START_TEST(client_closes)
{
    int client, daemon;
    talk(_i, &client, &daemon);
    close(client);
    check_gone(&rig, daemon, front(_i) == URL_UNIX);
    const char *story = rig_story(&rig, 1);
    const char *begin = "open c5 d6 c:shut", *end = "c:close";
    ck_assert_msg(strncmp(story, begin, strlen(begin)) == 0, "%s", story);
    ck_assert_msg(strcmp(story + strlen(story) - strlen(end), end) == 0, "%s", story);
}
END_TEST

START_TEST(daemon_closes)
{
    int client, daemon;
    talk(_i, &client, &daemon);
    close(daemon);
    check_gone(&rig, client, back(_i) == URL_UNIX);
    const char *story = rig_story(&rig, 1);
    const char *begin = "open c5 d6 d:shut", *end = "d:close";
    ck_assert_msg(strncmp(story, begin, strlen(begin)) == 0, "%s", story);
    ck_assert_msg(strcmp(story + strlen(story) - strlen(end), end) == 0, "%s", story);
}
END_TEST

/* Shut, and gone only later: two events, both passed on. */
START_TEST(client_shuts_then_closes)
{
    int client, daemon;
    talk(_i, &client, &daemon);
    shutdown(client, SHUT_WR);
    sock_expect_end(daemon, false);
    sock_say(daemon, "tail");
    sock_expect(client, "tail");
    close(client);
    while (send(daemon, "?", 1, MSG_NOSIGNAL) == 1)
        ;
    ck_assert(errno == EPIPE || errno == ECONNRESET);
    close(daemon);
    rig_finish(&rig);
    const char *story = rig_story(&rig, 1), *end = "c:close";
    ck_assert_msg(strncmp(story, "open c5 d6 c:shut d", 19) == 0, "%s", story);
    ck_assert_msg(strcmp(story + strlen(story) - strlen(end), end) == 0, "%s", story);
}
END_TEST

/* So they are when nobody says anything in between. */
START_TEST(silent_close_after_shut)
{
    int client, daemon;
    talk(UNIX_UNIX, &client, &daemon);
    shutdown(client, SHUT_WR);
    sock_expect_end(daemon, false);
    close(client);
    struct pollfd p = {.fd = daemon};
    ck_assert_int_eq(poll(&p, 1, -1), 1);
    ck_assert_int_eq(p.revents, POLLHUP);
    close(daemon);
    rig_finish(&rig);
    ck_assert_str_eq(rig_story(&rig, 1), "open c5 d6 c:shut c:close");
}
END_TEST

/* A close is no half-close for a moment: what comes later is said to nobody. */
START_TEST(close_is_one_event)
{
    rig_init(&rig, URL_UNIX, URL_UNIX);
    int client = rig_connect(&rig);
    rig_pump(&rig);
    int daemon = rig_accept(&rig);
    close(client);
    sock_say(daemon, "unheard");
    rig_pump(&rig);
    ck_assert_uint_eq(tap_busy(rig.tap), 0);
    rig_read(&rig);
    ck_assert_str_eq(rig_story(&rig, 1), "open c:shut c:close");
    close(daemon);
}
END_TEST

/* Something unread makes a close a reset, on unix sockets as on TCP. */
START_TEST(client_resets)
{
    int client, daemon;
    talk(_i, &client, &daemon);
    if (front(_i) == URL_UNIX)
        sock_say(daemon, "unread");
    struct pollfd p = {.fd = client, .events = POLLIN};
    if (front(_i) == URL_UNIX)
        ck_assert_int_eq(poll(&p, 1, -1), 1);
    sock_abort(client);
    sock_expect_end(daemon, back(_i) == URL_TCP);
    close(daemon);
    rig_finish(&rig);
    ck_assert_str_eq(rig_story(&rig, 1),
                     front(_i) == URL_UNIX ? "open c5 d12 c:reset" : "open c5 d6 c:reset");
    ck_assert_uint_eq(rig.counters.resets, 0);
    ck_assert_int_eq(rig.troubles, 0);
}
END_TEST

START_TEST(daemon_resets)
{
    int client, daemon;
    talk(_i, &client, &daemon);
    if (back(_i) == URL_UNIX)
        sock_say(client, "unread");
    struct pollfd p = {.fd = daemon, .events = POLLIN};
    if (back(_i) == URL_UNIX)
        ck_assert_int_eq(poll(&p, 1, -1), 1);
    sock_abort(daemon);
    sock_expect_end(client, front(_i) == URL_TCP);
    close(client);
    rig_finish(&rig);
    ck_assert_str_eq(rig_story(&rig, 1),
                     back(_i) == URL_UNIX ? "open c5 d6 c6 d:reset" : "open c5 d6 d:reset");
    ck_assert_uint_eq(rig.counters.resets, 1);
    ck_assert_int_eq(rig.troubles, 1);
    ck_assert_ptr_nonnull(strstr(rig.trouble, "reset a connection"));
}
END_TEST

/* All that was said before a close arrives, however slowly it is read. */
START_TEST(close_comes_behind_the_bytes)
{
    const size_t n = 5000000;
    CLEANUP_FREE char *said = malloc(n);
    CLEANUP(buf_free) struct buf got = BUF_INIT(2 * n);
    int client, daemon;
    fill_random(said, n, 1);
    talk(_i, &client, &daemon);
    pid_t child = fork();
    if (child == 0) { /* says it, waits for nothing, and is gone */
        close(client);
        for (size_t at = 0; at < n;) {
            ssize_t sent = send(daemon, said + at, n - at, 0);
            if (sent < 0)
                _exit(1);
            at += (size_t)sent;
        }
        _exit(0);
    }
    close(daemon);
    struct pollfd p = {.fd = client, .events = POLLIN};
    ck_assert_int_eq(poll(&p, 1, -1), 1);
    ck_assert(!sock_read_all(client, &got));
    close(client);
    ck_assert_uint_eq(got.n, n);
    ck_assert_mem_eq(got.p, said, n);
    int status;
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
    rig_finish(&rig);
    ck_assert_uint_eq(rig.heard.conns[0].said[SIDE_DAEMON].n, n + 6);
    ck_assert_mem_eq(rig.heard.conns[0].said[SIDE_DAEMON].p + 6, said, n);
}
END_TEST

/* Killed in the middle of an answer: the client gets what was said, and an end. */
START_TEST(daemon_dies)
{
    CLEANUP(buf_free) struct buf got = BUF_INIT(1 << 28);
    int client, daemon;
    talk(_i, &client, &daemon);
    pid_t child = fork();
    if (child == 0) {
        static char block[100000];
        for (;;)
            if (send(daemon, block, sizeof block, MSG_NOSIGNAL) < 0)
                _exit(1);
    }
    close(daemon);
    char some[1000];
    ck_assert_int_eq(recv(client, some, sizeof some, MSG_WAITALL), sizeof some);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    sock_read_all(client, &got);
    close(client);
    rig_finish(&rig);
    ck_assert_uint_ge(rig.heard.conns[0].said[SIDE_DAEMON].n, 6 + sizeof some + got.n);
    ck_assert_ptr_nonnull(strstr(rig_story(&rig, 1), " d:shut"));
}
END_TEST

START_TEST(daemon_is_absent)
{
    rig_init(&rig, front(_i), back(_i));
    rig_stop_daemon(&rig);
    rig_start(&rig);
    for (int i = 0; i < 3; i++) {
        int client = rig_connect(&rig);
        sock_expect_end(client, front(_i) == URL_TCP);
        close(client);
    }
    rig_finish(&rig);
    ck_assert_uint_eq(rig.counters.connections, 3);
    ck_assert_uint_eq(rig.counters.refused, 3);
    ck_assert_int_eq(rig.troubles, 1);
    char url[URL_TEXT], line[URL_TEXT + 100];
    url_format(&rig.upstream, url);
    snprintf(line, sizeof line, "cannot connect to %s: %s", url,
             back(_i) == URL_UNIX ? "No such file or directory" : "Connection refused");
    ck_assert_str_eq(rig.trouble, line);
    ck_assert_uint_eq(rig.heard.n, 3);
    for (uint32_t i = 1; i <= 3; i++)
        ck_assert_str_eq(rig_story(&rig, i), "open d:reset");
}
END_TEST

/* A peer that does not listen any more may still talk. */
START_TEST(deaf_client)
{
    int client, daemon;
    talk(UNIX_UNIX, &client, &daemon);
    shutdown(client, SHUT_RD);
    sock_say(daemon, "unheard");
    sock_say(client, "more");
    sock_expect(daemon, "more");
    sock_say(daemon, "dropped");
    close(client);
    sock_expect_end(daemon, false);
    close(daemon);
    rig_finish(&rig);
    ck_assert_str_eq(buf_str(&rig.heard.conns[0].said[SIDE_CLIENT]), "hellomore");
    ck_assert_ptr_nonnull(strstr(rig_story(&rig, 1), "c:close"));
}
END_TEST

/* The name of a host may stand for addresses where no daemon is. */
START_TEST(upstream_by_name)
{
    struct rig here;
    struct err e;
    rig_init(&rig, URL_UNIX, URL_TCP);
    rig_init(&here, URL_UNIX, URL_TCP);
    tap_free(here.tap);
    struct url listen_url = rig_url(&here, URL_UNIX, "x"), named = rig.upstream;
    snprintf(named.host, sizeof named.host, "localhost");
    struct tap_options o = {&listen_url, &named, here.out, NULL, NULL};
    here.tap = tap_new(here.loop, &o, &e);
    ck_assert_ptr_nonnull(here.tap);
    rig_start(&here);
    int client = rig_connect(&here), daemon = rig_accept(&rig);
    sock_say(client, "hello");
    sock_expect(daemon, "hello");
    close(client);
    close(daemon);
    rig_finish(&here);
    ck_assert_uint_eq(here.heard.n, 1);
    rig_free(&here);
}
END_TEST

START_TEST(second_address_is_tried)
{
    struct err e;
    rig_init(&rig, URL_UNIX, URL_TCP);
    struct url closed = rig_url(&rig, URL_TCP, "");
    int fd = sock_listen(&closed, 0600, &e);
    ck_assert_int_eq(sock_local_url(fd, &closed, &e), 0);
    close(fd);
    rig.tap->upstream.addr[0] = closed;
    rig.tap->upstream.addr[1] = rig.upstream;
    rig.tap->upstream.n = 2;
    rig_start(&rig);
    int client = rig_connect(&rig), daemon = rig_accept(&rig);
    sock_say(client, "hello");
    sock_expect(daemon, "hello");
    close(client);
    close(daemon);
    rig_finish(&rig);
    ck_assert_uint_eq(rig.counters.refused, 0);
    ck_assert_int_eq(rig.troubles, 0);
}
END_TEST

START_TEST(socket_is_private_and_goes)
{
    struct stat st;
    int client, daemon;
    talk(UNIX_UNIX, &client, &daemon);
    char path[sizeof tap_url(rig.tap)->path];
    snprintf(path, sizeof path, "%s", tap_url(rig.tap)->path);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert(S_ISSOCK(st.st_mode));
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    rig_stop(&rig);
    ck_assert_int_eq(stat(path, &st), -1);
    sock_expect_end(client, false); /* cut off */
    ck_assert_str_eq(rig_story(&rig, 1), "open c5 d6");
    close(client);
    close(daemon);
}
END_TEST

START_TEST(what_is_open_goes_on_without_listening)
{
    struct stat st;
    rig_init(&rig, URL_UNIX, URL_UNIX);
    int client = rig_connect(&rig);
    rig_pump(&rig);
    int daemon = rig_accept(&rig);
    char path[sizeof tap_url(rig.tap)->path];
    snprintf(path, sizeof path, "%s", tap_url(rig.tap)->path);
    tap_stop_listening(rig.tap);
    tap_stop_listening(rig.tap);
    ck_assert_int_eq(stat(path, &st), -1);
    sock_say(client, "hello");
    rig_pump(&rig);
    sock_expect(daemon, "hello");
    ck_assert_uint_eq(tap_busy(rig.tap), 1);
    close(client);
    rig_pump(&rig);
    ck_assert_uint_eq(tap_busy(rig.tap), 0);
    close(daemon);
}
END_TEST

/* Somebody else's socket in the place of ours stays. */
START_TEST(other_socket_stays)
{
    struct err e;
    rig_init(&rig, URL_UNIX, URL_UNIX);
    struct url url = *tap_url(rig.tap);
    unlink(url.path);
    int other = sock_listen(&url, 0600, &e);
    ck_assert_int_ge(other, 0);
    tap_stop_listening(rig.tap);
    ck_assert_int_eq(unlink(url.path), 0);
    close(other);
}
END_TEST

START_TEST(own_address_is_no_upstream)
{
    struct err e;
    rig_init(&rig, URL_UNIX, URL_UNIX);
    struct url url = rig_url(&rig, URL_UNIX, "self");
    struct tap_options o = {&url, &url, rig.out, NULL, NULL};
    ck_assert_ptr_null(tap_new(rig.loop, &o, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "is the address that the tap listens on"));
    ck_assert_int_eq(access(url.path, F_OK), -1);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("tap");
    tcase_add_checked_fixture(c, NULL, teardown);
    tcase_add_loop_test(c, client_shuts_first, 0, PAIRS);
    tcase_add_loop_test(c, daemon_shuts_first, 0, PAIRS);
    tcase_add_loop_test(c, client_closes, 0, PAIRS);
    tcase_add_loop_test(c, daemon_closes, 0, PAIRS);
    tcase_add_loop_test(c, client_shuts_then_closes, 0, PAIRS);
    tcase_add_test(c, silent_close_after_shut);
    tcase_add_test(c, close_is_one_event);
    tcase_add_loop_test(c, client_resets, 0, PAIRS);
    tcase_add_loop_test(c, daemon_resets, 0, PAIRS);
    tcase_add_loop_test(c, close_comes_behind_the_bytes, 0, PAIRS);
    tcase_add_loop_test(c, daemon_dies, 0, PAIRS);
    tcase_add_loop_test(c, daemon_is_absent, 0, PAIRS);
    tcase_add_test(c, deaf_client);
    tcase_add_test(c, upstream_by_name);
    tcase_add_test(c, second_address_is_tried);
    tcase_add_test(c, socket_is_private_and_goes);
    tcase_add_test(c, what_is_open_goes_on_without_listening);
    tcase_add_test(c, other_socket_stays);
    tcase_add_test(c, own_address_is_no_upstream);
    Suite *s = suite_create("tap");
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
