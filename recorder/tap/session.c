#include "recorder/tap/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/clock.h"
#include "recorder/base/loop.h"
#include "recorder/capture/pcap_out.h"
#include "recorder/tap/tap.h"

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

struct session {
    const struct session_options *o;
    struct loop *loop;
    struct pcap_out *out;
    struct tap *tap;
    struct loop_watch *watch;
    struct loop_timer grace;
    int signals; /* signalfd */
    sigset_t before;
    struct rlimit limit; /* of descriptors, as the command must get it back */
    char dir[128];       /* of the private socket, or "" */
    pid_t child;         /* 0: none runs */
    int status;
    bool stop; /* SIGINT or SIGTERM without a command */
};

static void on_trouble(void *arg, const char *line)
{
    const struct session *s = arg;
    log_error(s->o->log, "%s", line);
}

static void reap(struct session *s)
{
    int status;
    if (!s->child || waitpid(s->child, &status, WNOHANG) != s->child)
        return;
    s->child = 0;
    s->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void on_signal(void *arg, uint32_t events)
{
    struct session *s = arg;
    struct signalfd_siginfo si;
    (void)events;
    if (read(s->signals, &si, sizeof si) != (ssize_t)sizeof si)
        return;
    if (si.ssi_signo == SIGCHLD) {
        reap(s);
    } else if (s->child) {
        if (si.ssi_code != SI_KERNEL) /* the terminal's own went to the command as well */
            kill(s->child, (int)si.ssi_signo);
    } else if (!s->o->command && si.ssi_signo != SIGUSR1 && si.ssi_signo != SIGUSR2) {
        s->stop = true;
    }
}

static int watch_signals(struct session *s, struct err *e)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
        sigaddset(&set, passed_on[i]);
    if (sigprocmask(SIG_BLOCK, &set, &s->before) < 0)
        return err_sys(e, "signals");
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signals < 0)
        return err_sys(e, "signalfd");
    s->watch = loop_add(s->loop, s->signals, EPOLLIN, on_signal, s, e);
    return s->watch ? 0 : -1;
}

/* A folder that only we may enter, for a socket that only the command shall find. */
static int private_url(struct session *s, struct url *url, struct err *e)
{
    const char *base = getenv("XDG_RUNTIME_DIR");
    if (!base || !*base)
        base = getenv("TMPDIR");
    if (!base || *base != '/')
        base = "/tmp";
    char text[sizeof s->dir + 32];
    if (snprintf(s->dir, sizeof s->dir, "%s/bugforbug.XXXXXX", base) >= 90)
        snprintf(s->dir, sizeof s->dir,
                 "/tmp/bugforbug.XXXXXX"); /* a socket's path has 107 bytes */
    if (!mkdtemp(s->dir)) {
        err_sys(e, "cannot make %s", s->dir);
        s->dir[0] = 0;
        return -1;
    }
    snprintf(text, sizeof text, "unix://%s/docker.sock", s->dir);
    return url_parse(text, url, e);
}

static int begin(struct session *s, struct err *e)
{
    struct url url;
    if (s->o->listen)
        url = *s->o->listen;
    else if (private_url(s, &url, e) < 0)
        return -1;
    s->loop = loop_new(e);
    if (!s->loop || watch_signals(s, e) < 0 || tap_raise_nofile(&s->limit, e) < 0)
        return -1;
    s->out = pcap_out_new(s->o->capture, e);
    if (!s->out)
        return -1;
    struct tap_options t = {
        .listen = &url, .upstream = s->o->upstream, .out = s->out, .trouble = on_trouble, .arg = s};
    s->tap = tap_new(s->loop, &t, e);
    return s->tap ? 0 : -1;
}

/* In the child; returns only when it failed. */
static void become_command(const struct session *s, const char *host)
{
    sigprocmask(SIG_SETMASK, &s->before, NULL);
    setrlimit(RLIMIT_NOFILE, &s->limit);
    unsetenv("DOCKER_CONTEXT");
    unsetenv("DOCKER_TLS_VERIFY");
    unsetenv("DOCKER_CERT_PATH");
    if (setenv("DOCKER_HOST", host, 1) == 0)
        execvp(s->o->command[0], s->o->command);
}

static int start_command(struct session *s, struct err *e)
{
    char host[URL_TEXT];
    url_format(tap_url(s->tap), host);
    int report[2]; /* closed by a successful exec, else it brings the errno */
    if (pipe2(report, O_CLOEXEC) < 0)
        return err_sys(e, "pipe");
    pid_t pid = fork();
    if (pid == 0) {
        become_command(s, host);
        int why = errno;
        ssize_t n = write(report[1], &why, sizeof why);
        _exit(n == (ssize_t)sizeof why ? 127 : 126);
    }
    close(report[1]);
    CLEANUP_FD int from_child = report[0];
    if (pid < 0)
        return err_sys(e, "fork");
    int why;
    if (read(from_child, &why, sizeof why) == (ssize_t)sizeof why) {
        waitpid(pid, NULL, 0);
        errno = why;
        return err_sys(e, "cannot run %s", s->o->command[0]);
    }
    s->child = pid;
    return 0;
}

static void on_grace(void *arg)
{
    struct session *s = arg;
    s->stop = true;
}

static int run(struct session *s, struct err *e)
{
    if (s->o->command && start_command(s, e) < 0)
        return -1;
    while (s->child || (!s->o->command && !s->stop))
        if (loop_run_once(s->loop, -1, e) < 0)
            return -1;
    tap_stop_listening(s->tap);
    s->stop = !s->o->command; /* what is open when we are told to stop is cut */
    s->grace = LOOP_TIMER(on_grace, s);
    if (loop_timer_set(s->loop, &s->grace, clock_monotonic_ns() + SESSION_GRACE_NS, e) < 0)
        return -1;
    while (tap_busy(s->tap) && !s->stop)
        if (loop_run_once(s->loop, -1, e) < 0)
            return -1;
    loop_timer_clear(s->loop, &s->grace);
    return 0;
}

static void finish(struct session *s, struct session_result *result)
{
    struct err lost = {{0}};
    tap_free(s->tap);
    result->complete = pcap_out_close(s->out, &lost) == 0;
    if (!result->complete)
        snprintf(result->lost, sizeof result->lost, "%.*s", (int)sizeof result->lost - 1,
                 lost.text);
    result->status = s->status;
    if (s->watch)
        loop_del(s->loop, s->watch);
    loop_free(s->loop);
    if (s->signals >= 0) {
        close(s->signals);
        sigprocmask(SIG_SETMASK, &s->before, NULL);
    }
    if (s->dir[0])
        rmdir(s->dir);
}

int session_run(const struct session_options *o, struct session_result *result, struct err *e)
{
    struct session s = {.o = o, .signals = -1};
    memset(result, 0, sizeof *result);
    int rc = begin(&s, e);
    if (rc == 0 && !o->command) {
        char host[URL_TEXT];
        url_format(tap_url(s.tap), host);
        log_note(o->log, "listening; use DOCKER_HOST=%s, and stop with SIGINT (^C)", host);
    }
    if (rc == 0)
        rc = run(&s, e);
    finish(&s, result);
    return rc;
}
