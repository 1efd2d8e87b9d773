#include "recorder/conversation/talks.h"

#include <search.h>
#include <stdlib.h>

#include "recorder/conversation/redact.h"

struct conn_talks {
    uint32_t conn;
    bool shut[2];       /* by side */
    struct talk **list; /* sorted by exchange */
    size_t n, cap;
};

static int by_conn(const void *a, const void *b)
{
    uint32_t x = ((const struct conn_talks *)a)->conn, y = ((const struct conn_talks *)b)->conn;
    return (x > y) - (x < y);
}

static void talk_free(struct talk *talk)
{
    for (int i = 0; i < PARTS; i++)
        buf_free(&talk->part[i].text);
    free(talk);
}

static void conn_free(void *conn)
{
    struct conn_talks *c = conn;
    for (size_t i = 0; i < c->n; i++)
        talk_free(c->list[i]);
    free(c->list);
    free(c);
}

void talks_free(struct talks *t)
{
    tdestroy(t->conns, conn_free);
    t->conns = NULL;
}

static struct conn_talks *conn_find(struct talks *t, uint32_t conn)
{
    struct conn_talks key = {.conn = conn};
    void *at = tfind(&key, &t->conns, by_conn);
    return at ? *(struct conn_talks **)at : NULL;
}

static struct conn_talks *conn_of(struct talks *t, uint32_t conn)
{
    struct conn_talks *c = conn_find(t, conn);
    if (c || !(c = calloc(1, sizeof *c)))
        return c;
    c->conn = conn;
    if (tsearch(c, &t->conns, by_conn))
        return c;
    free(c);
    return NULL;
}

/* Where the exchange stands in the list, or would stand. */
static size_t place(const struct conn_talks *c, uint32_t exchange)
{
    size_t low = 0, high = c->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (c->list[mid]->exchange < exchange)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct talk *talk_new(uint32_t exchange)
{
    struct talk *talk = calloc(1, sizeof *talk);
    if (!talk)
        return NULL;
    talk->exchange = exchange;
    for (int i = 0; i < PARTS; i++) {
        talk->part[i].text = BUF_INIT(REDACT_GATHER_MAX);
        for (int k = 0; k < DEMUX_CHANNELS; k++)
            talk->part[i].channel[k].border = true;
    }
    return talk;
}

struct talk *talks_of(struct talks *t, const struct event *ev)
{
    struct conn_talks *c = conn_of(t, ev->conn);
    if (!c)
        return NULL;
    size_t at = place(c, ev->exchange);
    if (at < c->n && c->list[at]->exchange == ev->exchange)
        return c->list[at];
    if (c->n == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 4;
        struct talk **list = realloc(c->list, cap * sizeof(struct talk *));
        if (!list)
            return NULL;
        c->list = list;
        c->cap = cap;
    }
    struct talk *talk = talk_new(ev->exchange);
    if (!talk)
        return NULL;
    memmove(c->list + at + 1, c->list + at, (c->n - at) * sizeof(struct talk *));
    c->list[at] = talk;
    c->n++;
    return talk;
}

void talk_request(struct talk *talk, const struct head *h)
{
    struct span path = path_unversioned(head_path(h));
    talk->data = span_starts(path, "/secrets") || span_starts(path, "/configs");
    talk->gives_env = span_is(h->method, "POST") &&
                      (span_is(path, "/containers/create") || span_is(path, "/build") ||
                       span_starts(path, "/services/") ||
                       (span_starts(path, "/containers/") && span_ends(path, "/exec")));
}

void talk_response(struct talk *talk, const struct head *h)
{
    talk->upgraded |= h->status == 101;
}

struct track *talk_track(struct talk *talk, const struct event *ev)
{
    if (ev->from == SIDE_DAEMON)
        return &talk->part[PART_RESPONSE];
    bool body = ev->kind == EV_REQUEST || (!talk->request_end && !talk->upgraded && talk->exchange);
    return &talk->part[body ? PART_REQUEST : PART_STDIN];
}

static int over_one(struct talk *talk, int part, track_over *over, void *self)
{
    struct track *track = &talk->part[part];
    if (!track->started)
        return 0;
    track->started = false;
    int rc = over ? over(self, talk, track) : 0;
    buf_free(&track->text);
    return rc;
}

static int over_side(struct conn_talks *c, enum side side, track_over *over, void *self)
{
    int rc = 0;
    for (size_t i = 0; i < c->n && rc == 0; i++)
        for (int part = 0; part < PARTS && rc == 0; part++)
            if ((part == PART_RESPONSE) == (side == SIDE_DAEMON))
                rc = over_one(c->list[i], part, over, self);
    return rc;
}

static int conn_over(struct talks *t, struct conn_talks *c, track_over *over, void *self)
{
    int rc = over_side(c, SIDE_CLIENT, over, self) | over_side(c, SIDE_DAEMON, over, self);
    tdelete(c, &t->conns, by_conn);
    conn_free(c);
    return rc ? -1 : 0;
}

/* Interim responses end as well; their exchange goes on. */
static bool ends_response(const struct event *ev)
{
    struct head h;
    if (ev->kind != EV_RESPONSE)
        return true;
    head_parse((struct span){ev->head.p, ev->head.n}, &h);
    return !head_is_interim(&h);
}

static int message_over(struct conn_talks *c, struct talk *talk, const struct event *ev,
                        track_over *over, void *self)
{
    bool client = ev->from == SIDE_CLIENT;
    if (!client && !ends_response(ev))
        return 0;
    if (over_one(talk, client ? PART_REQUEST : PART_RESPONSE, over, self) < 0)
        return -1;
    *(client ? &talk->request_end : &talk->response_end) = true;
    if (!talk->request_end || !talk->response_end || talk->upgraded)
        return 0;
    for (int part = 0; part < PARTS; part++)
        if (over_one(talk, part, over, self) < 0)
            return -1;
    size_t at = place(c, talk->exchange);
    c->n--;
    memmove(c->list + at, c->list + at + 1, (c->n - at) * sizeof(struct talk *));
    talk_free(talk);
    return 0;
}

int talks_after(struct talks *t, struct talk *talk, const struct event *ev, track_over *over,
                void *self)
{
    struct conn_talks *c = conn_find(t, ev->conn);
    if (!c)
        return 0;
    if (talk && ev->end)
        return message_over(c, talk, ev, over, self);
    if (ev->kind == EV_CLOSE || ev->kind == EV_RESET)
        return conn_over(t, c, over, self);
    if (ev->kind != EV_SHUT)
        return 0;
    c->shut[ev->from] = true;
    if (c->shut[SIDE_CLIENT] && c->shut[SIDE_DAEMON])
        return conn_over(t, c, over, self);
    return over_side(c, ev->from, over, self);
}

int talks_finish(struct talks *t, track_over *over, void *self)
{
    int rc = 0;
    while (t->conns && rc == 0)
        rc = conn_over(t, *(struct conn_talks **)t->conns, over, self);
    return rc;
}
