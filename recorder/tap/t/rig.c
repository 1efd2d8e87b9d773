#include "recorder/tap/t/rig.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUIRE(e, condition) ck_assert_msg((condition), "%s (%s)", (e).text, strerror(errno))

static void make_blocking(int fd)
{
    ck_assert_int_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
}

static void on_trouble(void *arg, const char *line)
{
    struct rig *r = arg;
    r->troubles++;
    snprintf(r->trouble, sizeof r->trouble, "%s", line);
}

struct url rig_url(const struct rig *r, enum url_scheme scheme, const char *name)
{
    struct url url = {.scheme = scheme, .host = "127.0.0.1", .port = "0"};
    struct err e;
    char text[URL_TEXT];
    snprintf(text, sizeof text, "unix://%s/%s", r->dir, name);
    if (scheme == URL_UNIX)
        REQUIRE(e, url_parse(text, &url, &e) == 0);
    return url;
}

void rig_init(struct rig *r, enum url_scheme listen_scheme, enum url_scheme upstream_scheme)
{
    struct err e = {""};
    const char *tmp = getenv("TMPDIR");
    *r = (struct rig){.daemon = -1, .wake = eventfd(0, EFD_CLOEXEC)};
    snprintf(r->dir, sizeof r->dir, "%s/rig.XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(r->dir));
    snprintf(r->capture, sizeof r->capture, "%s/capture.pcap", r->dir);
    heard_init(&r->heard);

    struct url listen_url = rig_url(r, listen_scheme, "tap.sock");
    r->upstream = rig_url(r, upstream_scheme, "daemon.sock");
    r->daemon = sock_listen(&r->upstream, 0600, &e);
    REQUIRE(e, r->daemon >= 0 && sock_local_url(r->daemon, &r->upstream, &e) == 0);
    make_blocking(r->daemon);

    r->loop = loop_new(&e);
    r->out = pcap_out_new(r->capture, &e);
    REQUIRE(e, r->loop && r->out);
    struct tap_options o = {&listen_url, &r->upstream, r->out, on_trouble, r};
    r->tap = tap_new(r->loop, &o, &e);
    REQUIRE(e, r->tap != NULL);
}

static void close_tap(struct rig *r)
{
    if (!r->tap)
        return;
    r->counters = *tap_counters(r->tap);
    tap_free(r->tap);
    r->incomplete.text[0] = 0;
    pcap_out_close(r->out, &r->incomplete);
    loop_free(r->loop);
    r->tap = NULL;
}

void rig_free(struct rig *r)
{
    if (r->runs)
        rig_stop(r);
    close_tap(r);
    rig_stop_daemon(r);
    unlink(r->capture);
    rmdir(r->dir);
    close(r->wake);
    heard_free(&r->heard);
}

static void on_wake(void *arg, uint32_t events)
{
    (void)events;
    struct rig *r = arg;
    eventfd_t value;
    eventfd_read(r->wake, &value);
    loop_stop(r->loop);
}

/* A failed call here shows as a test that gets no further. */
static void *run(void *arg)
{
    struct rig *r = arg;
    struct loop_watch *w = loop_add(r->loop, r->wake, EPOLLIN, on_wake, r, NULL);
    loop_run(r->loop, NULL);
    loop_del(r->loop, w);
    while (r->finish && tap_busy(r->tap) && loop_run_once(r->loop, -1, NULL) >= 0)
        ;
    while (loop_run_once(r->loop, 0, NULL) > 0)
        ;
    return NULL;
}

void rig_start(struct rig *r)
{
    r->runs = true;
    ck_assert_int_eq(pthread_create(&r->thread, NULL, run, r), 0);
}

void rig_stop(struct rig *r)
{
    eventfd_write(r->wake, 1);
    ck_assert_int_eq(pthread_join(r->thread, NULL), 0);
    r->runs = false;
    close_tap(r);
    rig_read(r);
}

void rig_finish(struct rig *r)
{
    r->finish = true;
    rig_stop(r);
}

void rig_pump(struct rig *r)
{
    struct err e = {""};
    int ran;
    while ((ran = loop_run_once(r->loop, 0, &e)) > 0)
        ;
    REQUIRE(e, ran == 0);
}

int rig_connect(struct rig *r)
{
    struct err e = {""};
    bool pending;
    int fd = sock_connect(tap_url(r->tap), &pending, &e);
    REQUIRE(e, fd >= 0);
    make_blocking(fd);
    return fd;
}

int rig_accept(struct rig *r)
{
    int fd = accept(r->daemon, NULL, NULL);
    ck_assert_msg(fd >= 0, "accept: %s", strerror(errno));
    return fd;
}

void rig_stop_daemon(struct rig *r)
{
    if (r->daemon < 0)
        return;
    close(r->daemon);
    r->daemon = -1;
    if (r->upstream.scheme == URL_UNIX)
        unlink(r->upstream.path);
}

void rig_read(struct rig *r)
{
    struct err e = {""};
    heard_free(&r->heard);
    heard_init(&r->heard);
    REQUIRE(e, capture_read(r->capture, PCAP_OUT_PORT, &r->heard.sink, &r->report, &e) == 0);
}

const char *rig_story(struct rig *r, uint32_t conn)
{
    return heard_story(&r->heard, conn);
}

void sock_say(int fd, const char *text)
{
    ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

void sock_expect(int fd, const char *text)
{
    char got[256];
    size_t n = strlen(text);
    ck_assert_uint_lt(n, sizeof got);
    ck_assert_msg(recv(fd, got, n, MSG_WAITALL) == (ssize_t)n, "no \"%s\": %s", text,
                  strerror(errno));
    ck_assert_mem_eq(got, text, n);
}

void sock_expect_end(int fd, bool reset)
{
    char c;
    ssize_t n = recv(fd, &c, 1, 0);
    if (reset)
        ck_assert_msg(n < 0 && errno == ECONNRESET, "recv: %zd, %s", n, strerror(errno));
    else
        ck_assert_msg(n == 0, "recv: %zd, %s", n, strerror(errno));
}

bool sock_read_all(int fd, struct buf *b)
{
    static _Thread_local char block[65536];
    ssize_t n;
    while ((n = recv(fd, block, sizeof block, 0)) > 0)
        ck_assert_int_eq(buf_add(b, block, (size_t)n), 0);
    ck_assert(n == 0 || errno == ECONNRESET);
    return n < 0;
}

void sock_abort(int fd)
{
    struct linger none = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
}

void fill_random(char *p, size_t n, unsigned int seed)
{
    uint32_t x = seed * 2654435761U + 1;
    for (size_t i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        p[i] = (char)x;
    }
}
