/* SIGKILL at any moment: what either side has received is in the capture, and can be read. */
#include "recorder/tap/tap.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/tap/t/rig.h"

#define CONNECTIONS 3
#define BULK ((size_t)6 << 20)

/* One end of a connection: says its bytes for as long as they are taken, counts what it hears. */
struct mouth {
    int fd;
    char *says;
    size_t said, heard;
};

static struct rig rig;
static struct mouth mouths[CONNECTIONS][2]; /* by enum side */

static pid_t fork_tap(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        loop_run(rig.loop, NULL);
        _exit(1);
    }
    return pid;
}

static void open_mouth(struct mouth *m, int fd, unsigned int seed)
{
    *m = (struct mouth){.fd = fd, .says = malloc(BULK)};
    fill_random(m->says, BULK, seed);
}

static void speak(struct mouth *m)
{
    size_t n = 1 + (size_t)random() % 100000;
    if (n > BULK - m->said)
        n = BULK - m->said;
    ssize_t sent = send(m->fd, m->says + m->said, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
        m->said += (size_t)sent;
}

/* How many bytes came; each must be what the other side said there. */
static size_t listen_to(struct mouth *m, const struct mouth *other)
{
    static char block[65536];
    ssize_t n = recv(m->fd, block, sizeof block, MSG_DONTWAIT);
    if (n <= 0)
        return 0;
    ck_assert_int_eq(memcmp(block, other->says + m->heard, (size_t)n), 0);
    m->heard += (size_t)n;
    return (size_t)n;
}

/* Lets all talk at once until `enough` bytes have arrived. */
static void converse(size_t enough)
{
    size_t heard = 0;
    while (heard < enough) {
        struct pollfd p[CONNECTIONS * 2];
        for (int i = 0; i < CONNECTIONS * 2; i++) {
            struct mouth *m = &mouths[i / 2][i % 2];
            p[i] = (struct pollfd){.fd = m->fd, .events = POLLIN};
            if (m->said < BULK)
                p[i].events |= POLLOUT;
        }
        ck_assert_int_gt(poll(p, CONNECTIONS * 2, -1), 0);
        for (int i = 0; i < CONNECTIONS * 2; i++) {
            struct mouth *m = &mouths[i / 2][i % 2];
            if (p[i].revents & POLLIN)
                heard += listen_to(m, &mouths[i / 2][!(i % 2)]);
            if (p[i].revents & POLLOUT)
                speak(m);
        }
    }
}

static void check_capture(void)
{
    rig_read(&rig);
    ck_assert_uint_eq(rig.heard.n, CONNECTIONS);
    ck_assert_uint_eq(rig.report.cut, 0);
    for (int i = 0; i < CONNECTIONS; i++)
        for (enum side s = SIDE_CLIENT; s <= SIDE_DAEMON; s++) {
            const struct buf *in_capture = &rig.heard.conns[i].said[s];
            ck_assert_uint_ge(in_capture->n, mouths[i][!s].heard);
            ck_assert_uint_le(in_capture->n, mouths[i][s].said);
            ck_assert_int_eq(memcmp(buf_str(in_capture), mouths[i][s].says, in_capture->n), 0);
        }
}

START_TEST(kill_at_any_moment)
{
    srandom((unsigned int)_i + 1);
    rig_init(&rig, _i & 1 ? URL_TCP : URL_UNIX, _i & 2 ? URL_TCP : URL_UNIX);
    pid_t tap = fork_tap();
    for (int i = 0; i < CONNECTIONS; i++) {
        open_mouth(&mouths[i][SIDE_CLIENT], rig_connect(&rig), (unsigned int)i * 2 + 1);
        open_mouth(&mouths[i][SIDE_DAEMON], rig_accept(&rig), (unsigned int)i * 2 + 2);
    }
    converse(1 + (size_t)random() % BULK);
    kill(tap, SIGKILL);
    waitpid(tap, NULL, 0);
    for (int i = 0; i < CONNECTIONS * 2; i++)
        while (listen_to(&mouths[i / 2][i % 2], &mouths[i / 2][!(i % 2)]))
            ;
    check_capture();
    for (int i = 0; i < CONNECTIONS * 2; i++) {
        close(mouths[i / 2][i % 2].fd);
        free(mouths[i / 2][i % 2].says);
    }
    rig_free(&rig);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("kill");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, kill_at_any_moment, 0, 24);
    Suite *s = suite_create("tap_kill");
    suite_add_tcase(s, c);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
