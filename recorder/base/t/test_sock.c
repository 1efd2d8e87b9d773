#include "recorder/base/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/t/suite.h"

static char dir[64];
static struct url url;
static struct err e;

static void setup(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%s/sock.XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    char text[128];
    snprintf(text, sizeof text, "unix://%s/s", dir);
    ck_assert_int_eq(url_parse(text, &url, &e), 0);
}

static void teardown(void)
{
    unlink(url.path);
    rmdir(dir);
}

/* --- URLs --- */

/* What is understood, and as what it is said again. */
static const char *const taken[][2] = {
    {"unix:///var/run/docker.sock", "unix:///var/run/docker.sock"},
    {"/var/run/docker.sock", "unix:///var/run/docker.sock"},
    {"unix:///with blank:and/[odd]", "unix:///with blank:and/[odd]"},
    {"tcp://localhost:1234", "tcp://localhost:1234"},
    {"tcp://localhost", "tcp://localhost:2375"},
    {"tcp://localhost/", "tcp://localhost:2375"},
    {"tcp://10.0.0.1:2376/", "tcp://10.0.0.1:2376"},
    {"tcp://h:0", "tcp://h:0"},
    {"tcp://h:65535", "tcp://h:65535"},
    {"tcp://[::1]:5", "tcp://[::1]:5"},
    {"tcp://[fe80::1%eth0]:5/", "tcp://[fe80::1%eth0]:5"},
    {"tcp://[::1]", "tcp://[::1]:2375"},
    {"tcp://[::1]/", "tcp://[::1]:2375"},
};

START_TEST(urls_are_taken)
{
    for (size_t i = 0; i < COUNT(taken); i++) {
        char text[URL_TEXT];
        ck_assert_msg(url_parse(taken[i][0], &url, &e) == 0, "%s: %s", taken[i][0], e.text);
        url_format(&url, text);
        ck_assert_str_eq(text, taken[i][1]);
    }
    ck_assert_int_eq(url_parse("tcp://[::1]:5", &url, &e), 0);
    ck_assert_int_eq(url.scheme, URL_TCP);
    ck_assert_str_eq(url.host, "::1");
    ck_assert_str_eq(url.port, "5");
}
END_TEST

static const char *const refused[][2] = {
    {"", "not a URL"},
    {"docker.sock", "not a URL"},
    {"http://h:1", "not a URL"},
    {"ssh://h", "not a URL"},
    {"unix:/x", "not a URL"},
    {"unix://", "absolute path"},
    {"unix://docker.sock", "absolute path"},
    {"tcp://", "host is missing"},
    {"tcp:///", "host is missing"},
    {"tcp://:2375", "host is missing"},
    {"tcp://[]:1", "host is missing"},
    {"tcp://::1:2375", "port is not a number"},
    {"tcp://fe80::1", "port is not a number"},
    {"tcp://h:", "port is not a number"},
    {"tcp://h:/", "port is not a number"},
    {"tcp://h:http", "port is not a number"},
    {"tcp://h:1x", "port is not a number"},
    {"tcp://h:-1", "port is not a number"},
    {"tcp://h: 1", "port is not a number"},
    {"tcp://h:65536", "beyond 65535"},
    {"tcp://h:99999999999999999999", "beyond 65535"},
    {"tcp://h/path", "path behind host"},
    {"tcp://h:1/path", "path behind host"},
    {"tcp://[::1", "'[' without ']'"},
    {"tcp://[::1/]", "path behind host"},
    {"tcp://[::1]2375", "behind the ']'"},
    {"tcp://[::1]x:5", "behind the ']'"},
};

START_TEST(urls_are_refused)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        e.text[0] = 0;
        ck_assert_msg(url_parse(refused[i][0], &url, &e) < 0, "taken: %s", refused[i][0]);
        ck_assert_msg(strstr(e.text, refused[i][1]) != NULL, "%s: '%s' does not say '%s'",
                      refused[i][0], e.text, refused[i][1]);
        ck_assert_msg(strncmp(e.text, refused[i][0], strlen(refused[i][0])) == 0,
                      "'%s' does not name %s", e.text, refused[i][0]);
    }
}
END_TEST

/* 107 bytes of a path and 255 of a host are taken whole, one more of either is refused. */
START_TEST(urls_have_limits)
{
    char path[200] = "/", tcp[300] = "tcp://", text[URL_TEXT];
    memset(path + 1, 'p', 106);
    ck_assert_int_eq(url_parse(path, &url, &e), 0);
    ck_assert_str_eq(url.path, path);
    path[107] = 'p';
    ck_assert_int_lt(url_parse(path, &url, &e), 0);
    memset(tcp + 6, 'h', 255);
    ck_assert_int_eq(url_parse(tcp, &url, &e), 0);
    url_format(&url, text);
    ck_assert_uint_eq(strlen(text), 6 + 255 + 5);
    tcp[6 + 255] = 'h';
    ck_assert_int_lt(url_parse(tcp, &url, &e), 0);
}
END_TEST

/* --- unix sockets --- */

static void ck_flags(int fd)
{
    ck_assert_int_ge(fd, 0);
    ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
    ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void ck_speaks(int listener, int client)
{
    struct pollfd p = {.fd = listener, .events = POLLIN};
    ck_assert_int_eq(poll(&p, 1, -1), 1);
    CLEANUP_FD int peer = accept(listener, NULL, NULL);
    char c = 0;
    ck_assert_int_ge(peer, 0);
    ck_assert_int_eq(write(client, "x", 1), 1);
    ck_assert_int_eq(read(peer, &c, 1), 1);
    ck_assert_int_eq(c, 'x');
}

static void ck_says(const char *what)
{
    ck_assert_msg(strstr(e.text, what) != NULL, "'%s' does not say '%s'", e.text, what);
}

START_TEST(listens_for_its_owner_only)
{
    bool pending = true;
    struct stat st;
    umask(0);
    CLEANUP_FD int fd = sock_listen(&url, 0600, &e);
    ck_flags(fd);
    ck_assert_int_eq(stat(url.path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_uint_eq(umask(022), 0); /* as it was */
    CLEANUP_FD int client = sock_connect(&url, &pending, &e);
    ck_flags(client);
    ck_assert(!pending);
    ck_assert_int_eq(sock_connected(client), 0);
    ck_speaks(fd, client);
    struct url same = url;
    ck_assert_int_eq(sock_local_url(fd, &same, &e), 0);
    ck_assert_str_eq(same.path, url.path);
}
END_TEST

START_TEST(a_stale_socket_is_replaced)
{
    close(sock_listen(&url, 0600, &e));
    ck_assert_int_eq(access(url.path, F_OK), 0);
    CLEANUP_FD int fd = sock_listen(&url, 0600, &e);
    ck_assert_msg(fd >= 0, "%s", e.text);
    bool pending;
    CLEANUP_FD int client = sock_connect(&url, &pending, &e);
    ck_speaks(fd, client);
}
END_TEST

START_TEST(a_live_socket_is_left_alone)
{
    bool pending;
    CLEANUP_FD int fd = sock_listen(&url, 0600, &e);
    ck_assert_int_lt(sock_listen(&url, 0600, &e), 0);
    ck_says("another process listens there");
    CLEANUP_FD int probe = accept(fd, NULL, NULL); /* whoever looked */
    CLEANUP_FD int client = sock_connect(&url, &pending, &e);
    ck_assert_int_ge(probe, 0);
    ck_speaks(fd, client);
}
END_TEST

/* A daemon too busy to accept is not a dead one. */
START_TEST(a_busy_socket_is_left_alone)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", url.path);
    CLEANUP_FD int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, sizeof sa), 0);
    ck_assert_int_eq(listen(fd, 0), 0);
    bool pending;
    CLEANUP_FD int first = sock_connect(&url, &pending, &e);
    ck_assert_int_ge(first, 0);
    ck_assert_int_lt(sock_connect(&url, &pending, &e), 0);
    ck_assert_int_eq(errno, EAGAIN);
    ck_assert_int_lt(sock_listen(&url, 0600, &e), 0);
    ck_says("another process listens there");
    ck_assert_int_eq(access(url.path, F_OK), 0);
}
END_TEST

START_TEST(what_is_no_socket_is_left_alone)
{
    FILE *f = fopen(url.path, "w");
    ck_assert_ptr_nonnull(f);
    fputs("precious", f);
    fclose(f);
    ck_assert_int_lt(sock_listen(&url, 0600, &e), 0);
    ck_says("is no socket");
    struct stat st;
    ck_assert_int_eq(stat(url.path, &st), 0);
    ck_assert_int_eq(st.st_size, 8);
    unlink(url.path);
    ck_assert_int_eq(symlink("/nowhere", url.path), 0); /* not followed, not replaced */
    ck_assert_int_lt(sock_listen(&url, 0600, &e), 0);
    ck_says("is no socket");
}
END_TEST

START_TEST(connecting_says_what_is_wrong)
{
    bool pending;
    errno = 0;
    ck_assert_int_lt(sock_connect(&url, &pending, &e), 0);
    ck_assert_int_eq(errno, ENOENT);
    ck_says(url.path);
    close(sock_listen(&url, 0600, &e));
    ck_assert_int_lt(sock_connect(&url, &pending, &e), 0);
    ck_assert_int_eq(errno, ECONNREFUSED);
    ck_says("Connection refused");
    errno = 0;
    ck_assert_int_lt(sock_connect(&url, &pending, NULL), 0);
    ck_assert_int_eq(errno, ECONNREFUSED);
}
END_TEST

START_TEST(listening_says_what_is_wrong)
{
    char text[128];
    snprintf(text, sizeof text, "%s/missing/s", dir);
    ck_assert_int_eq(url_parse(text, &url, &e), 0);
    ck_assert_int_lt(sock_listen(&url, 0600, &e), 0);
    ck_says(text);
    ck_says("No such file");
}
END_TEST

/* --- TCP --- */

/* 0 or the errno that the connection came to. */
static int outcome(const struct url *to, int *fd)
{
    bool pending = false;
    *fd = sock_connect(to, &pending, &e);
    if (*fd < 0)
        return errno;
    struct pollfd p = {.fd = *fd, .events = POLLOUT};
    if (pending)
        ck_assert_int_eq(poll(&p, 1, -1), 1);
    return sock_connected(*fd) < 0 ? errno : 0;
}

static void over_tcp(const char *text, const char *prefix)
{
    struct url here;
    int client = -1;
    char shown[URL_TEXT];
    ck_assert_int_eq(url_parse(text, &here, &e), 0);
    CLEANUP_FD int fd = sock_listen(&here, 0600, &e);
    ck_assert_msg(fd >= 0, "%s", e.text);
    ck_flags(fd);
    ck_assert_int_eq(sock_local_url(fd, &here, &e), 0);
    ck_assert_str_ne(here.port, "0");
    url_format(&here, shown);
    ck_assert_int_eq(strncmp(shown, prefix, strlen(prefix)), 0);
    ck_assert_int_eq(outcome(&here, &client), 0);
    ck_flags(client);
    ck_speaks(fd, client);
    close(client);
    ck_assert_int_lt(sock_listen(&here, 0600, &e), 0);
    ck_says("cannot listen on tcp://");
    ck_says("in use");
    close(fd);
    fd = -1;
    ck_assert_int_eq(outcome(&here, &client), ECONNREFUSED);
    if (client >= 0)
        close(client);
}

START_TEST(tcp_both_ways)
{
    over_tcp("tcp://127.0.0.1:0", "tcp://127.0.0.1:");
    over_tcp("tcp://localhost:0", "tcp://localhost:");
    CLEANUP_FD int v6 = socket(AF_INET6, SOCK_STREAM, 0);
    if (v6 >= 0 && access("/proc/net/if_inet6", F_OK) == 0)
        over_tcp("tcp://[::1]:0", "tcp://[::1]:");
}
END_TEST

/* No name server is asked: a label has at most 63 bytes (RFC 1035, 2.3.4). */
START_TEST(an_unknown_host_is_named)
{
    bool pending;
    char text[100] = "tcp://";
    memset(text + 6, 'h', 80);
    ck_assert_int_eq(url_parse(text, &url, &e), 0);
    ck_assert_int_lt(sock_connect(&url, &pending, &e), 0);
    ck_assert_int_eq(errno, EHOSTUNREACH);
    ck_says("hhhh: ");
    ck_assert_int_lt(sock_listen(&url, 0600, &e), 0);
    ck_says("hhhh: ");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        urls_are_taken,
        urls_are_refused,
        urls_have_limits,
        listens_for_its_owner_only,
        a_stale_socket_is_replaced,
        a_live_socket_is_left_alone,
        a_busy_socket_is_left_alone,
        what_is_no_socket_is_left_alone,
        connecting_says_what_is_wrong,
        listening_says_what_is_wrong,
        tcp_both_ways,
        an_unknown_host_is_named,
    };
    return suite_run("sock", setup, teardown, tests, COUNT(tests));
}
