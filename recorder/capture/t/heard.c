#include "recorder/capture/t/heard.h"

#include <stdlib.h>

#define SAID_MAX ((size_t)1 << 30)
#define STORY_MAX ((size_t)1 << 20)

static const char letter[] = {'c', 'd'};
static const char *const ends[] = {"shut", "close", "reset"};

static int heard_open(void *self, uint32_t conn, int64_t t, struct err *e)
{
    struct heard *h = self;
    if (conn != h->n + 1 || t < h->last)
        return err_set(e, "connection %u opened as number %u at %lld after %lld", conn, h->n + 1,
                       (long long)t, (long long)h->last);
    if (h->n == h->cap) {
        uint32_t cap = h->cap ? 2 * h->cap : 16;
        struct heard_conn *conns = realloc(h->conns, cap * sizeof *conns);
        if (!conns)
            return err_sys(e, "heard");
        h->conns = conns;
        h->cap = cap;
    }
    struct heard_conn *c = &h->conns[h->n++];
    *c = (struct heard_conn){.said = {BUF_INIT(SAID_MAX), BUF_INIT(SAID_MAX)},
                             .story = BUF_INIT(STORY_MAX)};
    h->last = t;
    return buf_adds(&c->story, "open");
}

static struct heard_conn *speaking(struct heard *h, uint32_t conn, enum side from, int64_t t,
                                   struct err *e)
{
    if (conn < 1 || conn > h->n || h->conns[conn - 1].over || t < h->last) {
        err_set(e, "connection %u of %u is unknown or over, or time falls", conn, h->n);
        return NULL;
    }
    h->last = t;
    (void)from;
    return &h->conns[conn - 1];
}

static void end_run(struct heard_conn *c)
{
    if (c->run)
        buf_addf(&c->story, " %c%zu", letter[c->runner], c->run);
    c->run = 0;
}

static int heard_data(void *self, uint32_t conn, enum side from, int64_t t, const char *p, size_t n,
                      struct err *e)
{
    struct heard_conn *c = speaking(self, conn, from, t, e);
    if (!c)
        return -1;
    if (c->shut[from] || !n)
        return err_set(e, "connection %u: %zu bytes, shut: %d", conn, n, c->shut[from]);
    if (c->runner != from)
        end_run(c);
    c->runner = from;
    c->run += n;
    return buf_add(&c->said[from], p, n);
}

static int heard_end(void *self, uint32_t conn, enum side from, enum end_how how, int64_t t,
                     struct err *e)
{
    struct heard_conn *c = speaking(self, conn, from, t, e);
    if (!c)
        return -1;
    if (how == END_SHUT && c->shut[from])
        return err_set(e, "connection %u: shut twice", conn);
    end_run(c);
    c->shut[from] = c->shut[from] || how == END_SHUT;
    c->over = how != END_SHUT || c->shut[!from];
    return buf_addf(&c->story, " %c:%s", letter[from], ends[how]);
}

void heard_init(struct heard *h)
{
    *h = (struct heard){.sink = {h, heard_open, heard_data, heard_end}};
}

void heard_free(struct heard *h)
{
    for (uint32_t i = 0; i < h->n; i++) {
        buf_free(&h->conns[i].said[SIDE_CLIENT]);
        buf_free(&h->conns[i].said[SIDE_DAEMON]);
        buf_free(&h->conns[i].story);
    }
    free(h->conns);
    h->conns = NULL;
    h->n = h->cap = 0;
}

const char *heard_story(struct heard *h, uint32_t conn)
{
    if (conn < 1 || conn > h->n)
        return "";
    end_run(&h->conns[conn - 1]);
    return buf_str(&h->conns[conn - 1].story);
}
