#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/clock.h"
#include "suites/replay/ledger.h"
#include "suites/replay/token.h"

#define BUSY_TRIES 25
#define BUSY_PAUSE_NS (200 * NS_PER_MS)

struct clearing {
    struct ledger *l;
    const struct ledger_report *report;
    bool silent; /* the candidate answers no more: there is no use in asking on */
    struct err why;
};

static int leave(struct clearing *k, enum thing_kind kind, const char *id, const char *why)
{
    char ***list = k->report->leftovers;
    size_t n = *k->report->leftovers_n;
    CLEANUP(buf_free) struct buf text = BUF_INIT(ERR_MAX + 1024);
    char **grown = realloc(*list, (n + 2) * sizeof *grown);
    if (!grown)
        return -1;
    *list = grown;
    if (buf_addf(&text, "%s %s: %s", thing_kind_name(kind), id, why) < 0)
        return -1;
    grown[n] = buf_take(&text);
    grown[n + 1] = NULL;
    ++*k->report->leftovers_n;
    return 0;
}

/* Calls; a candidate that does not answer is not asked again. */
static int call(struct clearing *k, const char *method, const char *target)
{
    if (k->silent)
        return -1;
    CLEANUP(buf_free) struct buf answer = BUF_INIT(ERR_MAX);
    int status = ledger_call(k->l, method, target, &answer, &k->why);
    k->silent = status < 0;
    return status;
}

static int removal(const struct ledger_entry *m, struct buf *target)
{
    static const struct {
        const char *before, *after;
    } parts[] = {
        [THING_CONTAINER] = {"/containers/", "?force=1&v=1"},
        [THING_NETWORK] = {"/networks/", ""},
        [THING_VOLUME] = {"/volumes/", "?force=1"},
        [THING_IMAGE] = {"/images/", "?force=1"},
    };
    if (buf_adds(target, parts[m->kind].before) < 0 || target_encode(target, m->id) < 0)
        return -1;
    return buf_adds(target, parts[m->kind].after);
}

/* What is being removed by the daemon itself, or is held by that, is free in a moment. */
static int remove_patiently(struct clearing *k, const char *target)
{
    const struct timespec pause = {0, (long)BUSY_PAUSE_NS};
    int status = call(k, "DELETE", target);
    for (int i = 0; i < BUSY_TRIES && status == 409; i++) {
        nanosleep(&pause, NULL);
        status = call(k, "DELETE", target);
    }
    return status;
}

static int remove_entry(struct clearing *k, struct ledger_entry *m)
{
    CLEANUP(buf_free) struct buf target = BUF_INIT(8192);
    char why[64];
    if (m->gone)
        return 0;
    if (removal(m, &target) < 0)
        return -1;
    int status = remove_patiently(k, buf_str(&target));
    m->gone = status == 404 || (status >= 200 && status < 300);
    if (m->gone) {
        *k->report->removed += status != 404;
        return 0;
    }
    snprintf(why, sizeof why, "its removal was answered with %d", status);
    return leave(k, m->kind, m->id, status < 0 ? k->why.text : why);
}

static int remove_kind(struct clearing *k, enum thing_kind kind)
{
    int rc = 0;
    for (size_t i = k->l->made_n; i > 0 && rc == 0; i--) /* the latest may need the earlier ones */
        if (k->l->made[i - 1].kind == kind)
            rc = remove_entry(k, &k->l->made[i - 1]);
    return rc;
}

/* Gives a reference back to the image that it meant before, if it means another now. */
static int restore_ref(struct clearing *k, const struct ledger_ref *r)
{
    struct span name, tag;
    CLEANUP(buf_free) struct buf target = BUF_INIT(8192);
    image_split(span_of(r->ref), &name, &tag);
    if (buf_adds(&target, "/images/") < 0 || target_encode(&target, r->id) < 0 ||
        buf_addf(&target, "/tag?repo=%.*s&tag=%.*s", (int)name.n, name.p, (int)tag.n, tag.p) < 0)
        return -1;
    int status = call(k, "POST", buf_str(&target));
    if (status >= 200 && status < 300)
        return 0;
    return leave(k, THING_IMAGE, r->ref, "it meant another image before the replay, which is gone");
}

static bool moved(const struct ledger *l, const struct ledger_ref *r)
{
    return things_find(&l->moved, THING_IMAGE, span_of(r->ref)) < l->moved.n ||
           things_find(&l->moved, THING_IMAGE, span_of(r->id)) < l->moved.n;
}

static int restore_refs(struct clearing *k)
{
    int rc = 0;
    for (size_t i = 0; i < k->l->refs_n && rc == 0; i++)
        if (moved(k->l, &k->l->refs[i]))
            rc = restore_ref(k, &k->l->refs[i]);
    return rc;
}

int ledger_clear(struct ledger *l, const struct ledger_report *report, struct err *e)
{
    struct clearing k = {.l = l, .report = report};
    if (remove_kind(&k, THING_CONTAINER) < 0 || remove_kind(&k, THING_NETWORK) < 0 ||
        remove_kind(&k, THING_VOLUME) < 0 || restore_refs(&k) < 0 ||
        remove_kind(&k, THING_IMAGE) < 0)
        return err_sys(e, "clean-up");
    return 0;
}
