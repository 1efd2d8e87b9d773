#include "suites/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/base/buf.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/clock.h"
#include "recorder/conversation/conversation.h"
#include "suites/ask.h"

#define DEADLINE_NS (120 * NS_PER_S)
#define TAR_MAX ((size_t)256 << 20)
#define ANSWER_MAX ((size_t)1 << 20)

static int is_there(const char *image, const struct url *against, struct err *e)
{
    CLEANUP(buf_free) struct buf target = BUF_INIT(4096), answer = BUF_INIT(ANSWER_MAX);
    if (buf_addf(&target, "/images/%s/json", image) < 0)
        return err_sys(e, "%s", image);
    struct question q = {.method = "GET", .target = target.p, .deadline_ns = DEADLINE_NS};
    int status = ask(against, &q, &answer, e);
    if (status < 0)
        return status;
    if (status != 200 && status != 404)
        return err_set(e, "GET %s: status %d (is a Docker API there?)", target.p, status);
    return status == 200;
}

/* Runs `program FILE` with its output on our stderr: stdout is for reports. */
static int run_maker(const char *program, const char *file, struct err *e)
{
    pid_t pid = fork();
    if (pid < 0)
        return err_sys(e, "fork");
    if (pid == 0) {
        dup2(2, 1);
        execl(program, program, file, (char *)NULL);
        _exit(127);
    }
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_sys(e, "%s", program);
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        return err_set(e, "%s failed (run it by hand: %s FILE)", program, program);
    return 0;
}

static int read_tar(const char *file, struct buf *out, struct err *e)
{
    CLEANUP_FD int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t n = 1;
    while (fd >= 0 && n > 0) {
        if (buf_reserve(out, 65536) < 0)
            return err_sys(e, "%s", file);
        n = read(fd, out->p + out->n, 65536);
        out->n += n > 0 ? (size_t)n : 0;
    }
    return fd < 0 || n < 0 ? err_sys(e, "%s", file) : 0;
}

static int make_tar(const struct fixture *f, struct buf *out, struct err *e)
{
    const char *base = getenv("TMPDIR");
    CLEANUP(buf_free) struct buf file = BUF_INIT(4096);
    if (buf_addf(&file, "%s/bugforbug-fixture.XXXXXX", base && *base ? base : "/tmp") < 0)
        return err_sys(e, "%s", f->image);
    int fd = mkostemp(file.p, O_CLOEXEC);
    if (fd < 0)
        return err_sys(e, "%s", file.p);
    close(fd);
    int rc = run_maker(f->make, file.p, e);
    if (rc == 0)
        rc = read_tar(file.p, out, e);
    unlink(file.p);
    return rc;
}

static int import(const struct fixture *f, const struct url *against, struct err *e)
{
    CLEANUP(buf_free) struct buf tar = BUF_INIT(TAR_MAX);
    CLEANUP(buf_free) struct buf target = BUF_INIT(4096);
    CLEANUP(buf_free) struct buf answer = BUF_INIT(ANSWER_MAX);
    const char *colon = strrchr(f->image, ':');
    size_t repo = colon ? (size_t)(colon - f->image) : strlen(f->image);
    if (buf_addf(&target, "/images/create?fromSrc=-&repo=%.*s&tag=%s", (int)repo, f->image,
                 colon ? colon + 1 : "latest") < 0)
        return err_sys(e, "%s", f->image);
    if (make_tar(f, &tar, e) < 0)
        return -1;
    struct question q = {.method = "POST",
                         .target = target.p,
                         .type = "application/x-tar",
                         .body = {tar.p, tar.n},
                         .deadline_ns = DEADLINE_NS};
    int status = ask(against, &q, &answer, e);
    if (status < 0)
        return -1;
    if (status != 200 || strstr(buf_str(&answer), "\"errorDetail\""))
        return err_set(e, "%s was not imported: status %d, %s", f->image, status, buf_str(&answer));
    return 0;
}

int fixtures_provide(const struct suite *s, const struct url *against, struct fixtures *made,
                     struct err *e)
{
    for (size_t i = 0; i < s->fixtures_n; i++) {
        const struct fixture *f = &s->fixtures[i];
        int there = is_there(f->image, against, e);
        if (there == ASK_UNREACHABLE)
            return FIXTURES_UNREACHABLE;
        if (there < 0 || (!there && import(f, against, e) < 0))
            return err_wrap(e, "suite %s: fixture %s", s->name, f->image);
        if (!there && meta_list_add(&made->images, span_of(f->image)) < 0)
            return err_sys(e, "%s", f->image);
    }
    return 0;
}

void fixtures_remove(struct fixtures *made, const struct url *against, const struct log *log)
{
    for (char **image = made->images; image && *image; image++) {
        CLEANUP(buf_free) struct buf target = BUF_INIT(4096), answer = BUF_INIT(ANSWER_MAX);
        struct err e = {{0}};
        struct question q = {.method = "DELETE", .deadline_ns = DEADLINE_NS};
        int status = -1;
        if (buf_addf(&target, "/images/%s", *image) == 0) {
            q.target = target.p;
            status = ask(against, &q, &answer, &e);
        }
        if (status != 200)
            log_error(log, "the fixture %s stays on the candidate: %s", *image,
                      status < 0 ? e.text : buf_str(&answer));
    }
    meta_list_free(made->images);
    made->images = NULL;
}
