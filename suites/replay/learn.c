#include "suites/replay/learn.h"

#include <stdio.h>
#include <string.h>

#include "recorder/base/cleanup.h"
#include "suites/replay/documents.h"
#include "suites/replay/pairs.h"

static bool is_archive(const struct head *h)
{
    struct span type = head_get(h, "Content-Type");
    return type.n && memmem(type.p, type.n, "tar", 3);
}

bool learn_wants(const struct bindings *b, const struct conversation *c, const struct exchange *x)
{
    struct head h;
    if (x->response == NO_EVENT || x->upgraded || !bindings_wanted_after(b, x->response))
        return false;
    exchange_response(c, x, &h);
    return !is_archive(&h) && exchange_size(c, x, PART_RESPONSE) <= LEARN_MAX;
}

static void pair_heads(struct pairs *p, const struct head *old, const struct head *new)
{
    for (size_t i = 0; i < old->n; i++) {
        char name[64];
        const struct header *h = &old->headers[i];
        if (h->name.n >= sizeof name)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)h->name.n, h->name.p);
        pairs_text(p, h->value, head_get(new, name));
    }
}

static int pair_bodies(struct pairs *p, struct span old, struct span new)
{
    CLEANUP(documents_free) struct documents mine = {0};
    CLEANUP(documents_free) struct documents their = {0};
    if (documents_read(&mine, old) < 0 || documents_read(&their, new) < 0)
        return -1;
    if (mine.n == 0)
        pairs_text(p, old, new);
    else if (mine.n == 1 && their.n <= 1)
        pairs_json(p, NULL, mine.v[0], their.n ? their.v[0] : NULL);
    else
        pairs_messages(p, mine.v, mine.n, their.v, their.n);
    return 0;
}

int learn_response(struct bindings *b, const struct conversation *c, const struct exchange *x,
                   struct span head, struct span body, struct err *e)
{
    struct head old, new;
    struct pairs p = {.b = b, .exchange = x->id, .event = x->response};
    CLEANUP(buf_free) struct buf recorded = BUF_INIT(LEARN_MAX);
    if (!learn_wants(b, c, x))
        return 0;
    if (exchange_read(c, x, PART_RESPONSE, &recorded, e) < 0)
        return -1;
    exchange_response(c, x, &old);
    head_parse(head, &new);
    pair_heads(&p, &old, &new);
    if (pair_bodies(&p, (struct span){recorded.p, recorded.n}, body) < 0 || p.failed)
        return err_sys(e, "bindings");
    return 0;
}
