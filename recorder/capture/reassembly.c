#include "recorder/capture/reassembly.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/capture/half.h"

const struct reassembly_limits reassembly_default = {
    .flow = 1 << 20, .all = 64 << 20, .flows = 65536};

/* Compared byte by byte: no padding. */
struct key {
    unsigned char client[16], daemon[16];
    uint16_t client_port, daemon_port;
};

struct flow {
    struct key key; /* first, as the tree compares keys */
    uint32_t conn;
    bool over; /* nothing more is heard of it */
    struct half half[2];
    int waited; /* segments since a hole was known to stay */
    struct list *list;
    struct flow *prev, *next;
};

/* The one that was silent for longest comes first. */
struct list {
    struct flow *first, *last;
};

struct reassembly {
    int port;
    struct reassembly_limits limits;
    const struct bytes_sink *sink;
    struct capture_report *report;
    void *tree; /* tsearch(3): its depth does not depend on who chose the addresses */
    struct list live, over;
    size_t flows, held;
    uint32_t conns;
    int64_t now;
};

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct key));
}

/* --- Connections --------------------------------------------------------------------------- */

static void list_remove(struct flow *f)
{
    if (f->prev)
        f->prev->next = f->next;
    else
        f->list->first = f->next;
    if (f->next)
        f->next->prev = f->prev;
    else
        f->list->last = f->prev;
}

static void list_append(struct list *l, struct flow *f)
{
    f->list = l;
    f->next = NULL;
    f->prev = l->last;
    if (l->last)
        l->last->next = f;
    else
        l->first = f;
    l->last = f;
}

static void touch(struct flow *f, struct list *l)
{
    list_remove(f);
    list_append(l, f);
}

static void drop_kept(struct reassembly *r, struct flow *f)
{
    for (int s = 0; s < 2; s++) {
        r->held -= f->half[s].held;
        half_drop(&f->half[s]);
    }
}

static void flow_over(struct reassembly *r, struct flow *f)
{
    drop_kept(r, f);
    f->over = true;
    touch(f, &r->over);
}

static bool has_hole(const struct flow *f)
{
    return half_missing(&f->half[SIDE_CLIENT]) || half_missing(&f->half[SIDE_DAEMON]);
}

static void flow_cut(struct reassembly *r, struct flow *f)
{
    r->report->cut++;
    r->report->lost_bytes +=
        half_missing(&f->half[SIDE_CLIENT]) + half_missing(&f->half[SIDE_DAEMON]);
    flow_over(r, f);
}

static void flow_free(struct reassembly *r, struct flow *f)
{
    drop_kept(r, f);
    list_remove(f);
    tdelete(f, &r->tree, compare);
    r->flows--;
    free(f);
}

/* Connections that are over make room first; they are kept only to tell late copies of their
 * segments from a new connection. */
static void make_room(struct reassembly *r)
{
    if (r->flows < r->limits.flows)
        return;
    struct flow *f = r->over.first ? r->over.first : r->live.first;
    if (f && !f->over)
        flow_cut(r, f);
    if (f)
        flow_free(r, f);
}

static struct flow *flow_find(struct reassembly *r, const struct key *k)
{
    struct flow **found = tfind(k, &r->tree, compare);
    return found ? *found : NULL;
}

static struct flow *flow_open(struct reassembly *r, const struct key *k, struct err *e)
{
    make_room(r);
    struct flow *f = calloc(1, sizeof *f);
    if (f)
        f->key = *k;
    if (!f || !tsearch(f, &r->tree, compare)) {
        free(f);
        err_sys(e, "reassembly");
        return NULL;
    }
    r->flows++;
    f->conn = ++r->conns;
    for (int s = 0; s < 2; s++)
        f->half[s].fin = f->half[s].rst = -1;
    list_append(&r->live, f);
    r->report->connections++;
    if (r->sink->open(r->sink->self, f->conn, r->now, e) < 0)
        return NULL;
    return f;
}

/* --- Bytes and ends -------------------------------------------------------------------------- */

static int say(struct reassembly *r, struct flow *f, enum side from, const char *p, size_t n,
               struct err *e)
{
    if (!n)
        return 0;
    r->report->bytes += n;
    return r->sink->data(r->sink->self, f->conn, from, r->now, p, n, e);
}

static int say_end(struct reassembly *r, struct flow *f, enum side from, enum end_how how,
                   struct err *e)
{
    return r->sink->end(r->sink->self, f->conn, from, how, r->now, e);
}

/* In its turn, as almost all are: without a copy. */
static int take_now(struct reassembly *r, struct flow *f, enum side from, int64_t at, const char *p,
                    size_t n, struct err *e)
{
    struct half *h = &f->half[from];
    size_t old = (size_t)(h->next - at);
    if (n <= old) {
        r->report->retransmitted++;
        return 0;
    }
    h->next += (int64_t)(n - old);
    return say(r, f, from, p + old, n - old, e);
}

static int take_kept(struct reassembly *r, struct flow *f, enum side from, struct err *e)
{
    int rc = 0;
    struct half_piece *piece;
    while (rc == 0 && (piece = half_take(&f->half[from]))) {
        r->held -= sizeof *piece + piece->n;
        rc = say(r, f, from, piece->bytes, piece->n, e);
        free(piece);
    }
    return rc;
}

static int take_data(struct reassembly *r, struct flow *f, enum side from, int64_t at,
                     const struct packet *p, struct err *e)
{
    struct half *h = &f->half[from];
    if (h->shut) /* a copy, or behind its own FIN */
        return 0;
    if (!h->first && at <= h->next)
        return take_now(r, f, from, at, p->data, p->n, e);
    size_t before = h->held;
    int64_t fresh = half_keep(h, at, p->data, p->n);
    r->held += h->held - before;
    if (fresh < 0)
        return err_sys(e, "reassembly");
    if (!fresh)
        r->report->retransmitted++;
    else if (at > h->next)
        r->report->reordered++;
    return take_kept(r, f, from, e);
}

/* What the segments so far say about the end, where all before it was heard. */
static int take_end(struct reassembly *r, struct flow *f, enum side from, struct err *e)
{
    struct half *h = &f->half[from];
    if (h->fin >= 0 && h->fin <= h->next && !h->shut) {
        h->shut = true;
        h->next++;
        r->held -= h->held;
        half_drop(h);
        if (say_end(r, f, from, END_SHUT, e) < 0)
            return -1;
    }
    if (h->shut && f->half[!from].shut) {
        flow_over(r, f);
    } else if (h->rst >= 0 && h->rst <= h->next) {
        bool shut = h->shut;
        flow_over(r, f);
        return say_end(r, f, from, shut ? END_CLOSE : END_RESET, e);
    }
    return 0;
}

/* --- Segments -------------------------------------------------------------------------------- */

/* A side that was not heard yet begins where the first word about it says. */
static void learn(struct flow *f, enum side from, const struct packet *p)
{
    struct half *mine = &f->half[from], *theirs = &f->half[!from];
    uint32_t syn = p->flags & TCP_SYN ? 1 : 0;
    if (!mine->known)
        half_begin(mine, p->seq + syn);
    if (!(p->flags & TCP_ACK) || p->flags & TCP_RST)
        return;
    if (!theirs->known)
        half_begin(theirs, p->ack);
    int64_t acked = half_position(theirs, p->ack);
    if (acked > theirs->acked)
        theirs->acked = acked;
}

/* A hole that the receiver knows nothing of is one that the capture has, and stays. */
static bool is_hopeless(struct reassembly *r, struct flow *f)
{
    bool acked = false;
    for (int s = 0; s < 2; s++)
        acked = acked || (f->half[s].known && f->half[s].acked > f->half[s].next);
    f->waited = acked ? f->waited + 1 : 0;
    return f->waited > REASSEMBLY_PATIENCE ||
           f->half[SIDE_CLIENT].held + f->half[SIDE_DAEMON].held > r->limits.flow ||
           r->held > r->limits.all;
}

static int take_segment(struct reassembly *r, struct flow *f, enum side from,
                        const struct packet *p, struct err *e)
{
    struct half *h = &f->half[from];
    touch(f, &r->live);
    learn(f, from, p);
    int64_t at = half_position(h, p->seq + (p->flags & TCP_SYN ? 1 : 0));
    int64_t end = at + (int64_t)(p->n + p->missing);
    if (p->n && !(p->flags & TCP_RST) && take_data(r, f, from, at, p, e) < 0)
        return -1;
    if (p->missing && !(p->flags & TCP_RST)) {
        r->report->snapped++;
        /* What the snap length cut is cut from every copy of the segment. */
        if (end > h->next) {
            h->acked = end > h->acked ? end : h->acked;
            flow_cut(r, f);
            return 0;
        }
    }
    if (p->flags & TCP_FIN && h->fin < 0)
        h->fin = end;
    if (p->flags & TCP_RST && h->rst < 0)
        h->rst = at;
    if (take_end(r, f, from, e) < 0)
        return -1;
    if (!f->over && is_hopeless(r, f))
        flow_cut(r, f);
    return 0;
}

/* A SYN begins a connection, unless it is another copy of the one that did. */
static bool begins_anew(const struct flow *f, enum side from, const struct packet *p)
{
    const struct half *h = &f->half[from];
    return (p->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && (!h->known || h->base != p->seq + 1);
}

static struct key key_of(const struct packet *p, enum side from)
{
    const struct packet_address *client = from == SIDE_CLIENT ? &p->source : &p->target;
    const struct packet_address *daemon = from == SIDE_CLIENT ? &p->target : &p->source;
    struct key k;
    memcpy(k.client, client->ip, sizeof k.client);
    memcpy(k.daemon, daemon->ip, sizeof k.daemon);
    k.client_port = client->port;
    k.daemon_port = daemon->port;
    return k;
}

/* The daemon has the port. Where both have it, the client is who sent the SYN, or spoke first. */
static enum side side_of(struct reassembly *r, const struct packet *p)
{
    if (p->target.port != r->port)
        return SIDE_DAEMON;
    if (p->source.port != r->port)
        return SIDE_CLIENT;
    struct key k = key_of(p, SIDE_DAEMON);
    if (flow_find(r, &k))
        return SIDE_DAEMON;
    return (p->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) ? SIDE_DAEMON : SIDE_CLIENT;
}

int reassembly_segment(struct reassembly *r, int64_t t, const struct packet *p, struct err *e)
{
    if (p->source.port != r->port && p->target.port != r->port)
        return 0;
    r->report->segments++;
    if (t > r->now)
        r->now = t;
    enum side from = side_of(r, p);
    struct key k = key_of(p, from);
    struct flow *f = flow_find(r, &k);
    if (f && begins_anew(f, from, p)) {
        if (!f->over)
            flow_cut(r, f);
        flow_free(r, f);
        f = NULL;
    }
    if (f && f->over) {
        r->report->retransmitted += p->n > 0;
        return 0;
    }
    bool begins = p->flags & TCP_SYN && !(p->flags & TCP_RST);
    if (!f && !begins && (!(p->n + p->missing) || p->flags & TCP_RST))
        return 0;
    if (!f && !begins)
        r->report->midstream++;
    if (!f)
        f = flow_open(r, &k, e);
    return f ? take_segment(r, f, from, p, e) : -1;
}

void reassembly_finish(struct reassembly *r)
{
    struct flow *next;
    for (struct flow *f = r->live.first; f; f = next) {
        next = f->next;
        if (has_hole(f))
            flow_cut(r, f);
    }
}

struct reassembly *reassembly_new(int port, const struct reassembly_limits *limits,
                                  const struct bytes_sink *sink, struct capture_report *report,
                                  struct err *e)
{
    struct reassembly *r = calloc(1, sizeof *r);
    if (!r) {
        err_sys(e, "reassembly");
        return NULL;
    }
    r->port = port;
    r->limits = *limits;
    r->sink = sink;
    r->report = report;
    return r;
}

void reassembly_free(struct reassembly *r)
{
    if (!r)
        return;
    while (r->live.first)
        flow_free(r, r->live.first);
    while (r->over.first)
        flow_free(r, r->over.first);
    free(r);
}
