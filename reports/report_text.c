/* For the eye: the verdict first, then what differs, expected over actual, worst first. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "differ/show.h"
#include "recorder/base/cleanup.h"
#include "recorder/base/opts.h"
#include "reports/merge.h"
#include "reports/report.h"

struct page {
    FILE *out;
    const struct result *r;
    const struct report_style *style;
    struct merged_list m;
};

enum ink { INK_NONE, INK_RED, INK_GREEN, INK_YELLOW, INK_BOLD, INK_DIM };

static const char *ink(const struct page *p, enum ink i)
{
    static const char *const codes[] = {"\033[0m",  "\033[31m", "\033[32m",
                                        "\033[33m", "\033[1m",  "\033[2m"};
    return p->style->color ? codes[i] : "";
}

static enum ink ink_of(enum severity s)
{
    return s == SEV_BREAKING ? INK_RED : s == SEV_BEHAVIOUR ? INK_YELLOW : INK_DIM;
}

/* What a user or a recording named: nothing in it may move the cursor. */
static void put(const struct page *p, const char *text)
{
    CLEANUP_FREE char *shown = show_string(span_of(text), strlen(text));
    fputs(shown ? shown : "", p->out);
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static size_t count(const struct page *p, enum severity s)
{
    size_t n = 0;
    for (size_t i = 0; i < p->m.n; i++)
        n += p->m.v[i].severity == s;
    return n;
}

static void put_counts(const struct page *p)
{
    const char *comma = "";
    for (int s = SEV_BREAKING; s >= SEV_COSMETIC; s--) {
        size_t n = count(p, (enum severity)s);
        if (!n)
            continue;
        fprintf(p->out, "%s%zu %s", comma, n, severity_name((enum severity)s));
        comma = ", ";
    }
    fprintf(p->out, "%s", *comma ? "" : "no findings");
}

static size_t errors(const struct result *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        n += r->items[i].error != NULL;
    return n;
}

static void put_verdict(const struct page *p)
{
    static const char *const words[] = {"CONFORMS", "DIFFERS", "ERROR", "NOTHING COMPARED"};
    int status = result_status(p->r, p->style->level);
    struct tally t = result_tally(p->r);
    fprintf(p->out, "%s%s%s%s: ", ink(p, INK_BOLD),
            ink(p, status == STATUS_CONFORMS ? INK_GREEN : INK_RED), words[status],
            ink(p, INK_NONE));
    size_t bad = errors(p->r);
    if (bad)
        fprintf(p->out, "%zu of %zu conversation%s could not be compared; ", bad, p->r->n,
                plural(p->r->n));
    put_counts(p);
    fprintf(p->out, "; %zu of %zu exchange%s compared in %zu conversation%s\n", t.compared,
            t.exchanges, plural(t.exchanges), p->r->n, plural(p->r->n));
}

static void put_who(const struct page *p, const char *label, const char *who)
{
    if (!who)
        return;
    fprintf(p->out, "  %-10s ", label);
    put(p, who);
    fputc('\n', p->out);
}

/* The exchange in which it was seen first: a heading for all that was seen there. */
static void put_exchange(const struct page *p, const struct merged *m)
{
    const struct sighting *s = &m->first->seen[0];
    fprintf(p->out, "\n%s%s%s  %s%s%s\n  at      ", ink(p, ink_of(m->severity)),
            severity_name(m->severity), ink(p, INK_NONE), ink(p, INK_BOLD), m->first->route,
            ink(p, INK_NONE));
    put(p, m->item->name);
    if (s->exchange)
        fprintf(p->out, ", exchange %" PRIu32, s->exchange);
    else
        fprintf(p->out, ", the candidate's exchange %" PRIu32, s->candidate);
    fprintf(p->out, ": %s\n", s->request);
    if (s->curl)
        fprintf(p->out, "  repeat  %s%s%s\n", ink(p, INK_DIM), s->curl, ink(p, INK_NONE));
}

static bool same_exchange(const struct merged *a, const struct merged *b)
{
    return a->severity == b->severity && a->item == b->item &&
           a->first->seen[0].exchange == b->first->seen[0].exchange &&
           a->first->seen[0].candidate == b->first->seen[0].candidate &&
           strcmp(a->first->route, b->first->route) == 0;
}

static void put_side(const struct page *p, const char *label, enum ink i, const char *text)
{
    fprintf(p->out, "      %s  %s%s%s\n", label, ink(p, i), text ? text : "(nothing)",
            ink(p, INK_NONE));
}

static void put_finding(const struct page *p, const struct merged *m)
{
    const struct finding *f = m->first;
    const struct sighting *s = &f->seen[0];
    fprintf(p->out, "  [%s] %s%s%s  %s: %s", f->id, ink(p, INK_BOLD), f->path, ink(p, INK_NONE),
            finding_kind_name(f->kind), finding_kind_says(f->kind));
    if (m->times > 1)
        fprintf(p->out, "; %" PRIu64 " times", m->times);
    if (m->items > 1)
        fprintf(p->out, " in %zu conversations", m->items);
    fputc('\n', p->out);
    if (strcmp(s->path, f->path) != 0)
        put_side(p, "there   ", INK_NONE, s->path);
    put_side(p, "expected", INK_GREEN, s->expected);
    put_side(p, "actual  ", INK_RED, s->actual);
}

/* Cosmetic ones that are alike on many routes are a line. */
static bool alike(const struct merged *a, const struct merged *b)
{
    return a->severity == b->severity && a->first->kind == b->first->kind &&
           strcmp(a->first->path, b->first->path) == 0;
}

static void put_brief(const struct page *p, const struct merged *m, size_t more, uint64_t times)
{
    const struct finding *f = m->first;
    const struct sighting *s = &f->seen[0];
    CLEANUP_FREE char *value = show_string(span_of(s->actual     ? s->actual
                                                   : s->expected ? s->expected
                                                                 : ""),
                                           60);
    fprintf(p->out, "%scosmetic%s  %-8s %-34s %-28s [%s]", ink(p, INK_DIM), ink(p, INK_NONE),
            finding_kind_name(f->kind), f->path, f->route, f->id);
    if (more)
        fprintf(p->out, " and %zu more route%s or status%s", more, plural(more),
                more == 1 ? "" : "es");
    fprintf(p->out, ", %" PRIu64 " time%s: %s\n", times, plural(times), value ? value : "");
}

static void put_cosmetic(const struct page *p)
{
    bool first = true;
    for (size_t i = 0; i < p->m.n; i++) {
        const struct merged *m = &p->m.v[i];
        size_t before = 0, more = 0;
        uint64_t times = m->times;
        if (m->severity != SEV_COSMETIC)
            continue;
        for (size_t k = 0; k < i; k++)
            before += alike(m, &p->m.v[k]);
        for (size_t k = i + 1; !before && k < p->m.n; k++)
            if (alike(m, &p->m.v[k])) {
                more++;
                times += p->m.v[k].times;
            }
        if (before)
            continue;
        fputs(first ? "\n" : "", p->out);
        first = false;
        put_brief(p, m, more, times);
    }
}

/* Who is to blame for exchanges that were not sent: a line for each cause. */
static void put_blocked_of(const struct page *p, const struct result_item *item)
{
    for (size_t i = 0; i < item->cmp.blocked_n; i++) {
        const struct blocked *b = &item->cmp.blocked[i];
        size_t before = 0, n = 0;
        for (size_t k = 0; k < item->cmp.blocked_n; k++) {
            bool same = item->cmp.blocked[k].by == b->by;
            before += same && k < i;
            n += same;
        }
        if (before)
            continue;
        fprintf(p->out, "%sblocked%s  ", ink(p, INK_YELLOW), ink(p, INK_NONE));
        put(p, item->name);
        fprintf(p->out, ": %zu exchange%s not sent, from %" PRIu32 " (%s) on", n, plural(n),
                b->exchange, b->route);
        if (b->by)
            fprintf(p->out, ": blocked by exchange %" PRIu32, b->by);
        if (b->why)
            fprintf(p->out, ": ");
        if (b->why)
            put(p, b->why);
        fputc('\n', p->out);
    }
}

static void put_totals(const struct page *p)
{
    struct tally t = result_tally(p->r);
    fprintf(p->out, "\n%zu conversation%s; exchanges: %zu compared", p->r->n, plural(p->r->n),
            t.compared);
    if (t.blocked)
        fprintf(p->out, ", %zu not sent", t.blocked);
    if (t.unanswered)
        fprintf(p->out, ", %zu without an answer in the baseline", t.unanswered);
    fprintf(p->out, "; %" PRIu64 " values; gate: %s\n", t.values, severity_name(p->style->level));
    for (size_t i = 0; i < p->r->n; i++)
        if (p->r->items[i].cmp.findings.n == FINDINGS_MAX)
            fprintf(p->out, "more than %d findings in one conversation: the rest is not shown\n",
                    FINDINGS_MAX);
}

static void put_errors(const struct page *p)
{
    for (size_t i = 0; i < p->r->n; i++) {
        if (!p->r->items[i].error)
            continue;
        fprintf(p->out, "%serror%s  ", ink(p, INK_RED), ink(p, INK_NONE));
        put(p, p->r->items[i].name);
        fputs(": ", p->out);
        put(p, p->r->items[i].error);
        fputc('\n', p->out);
    }
}

static void put_findings(const struct page *p)
{
    const struct merged *last = NULL;
    for (size_t i = 0; i < p->m.n; i++) {
        const struct merged *m = &p->m.v[i];
        if (m->severity == SEV_COSMETIC)
            continue;
        if (!last || !same_exchange(last, m))
            put_exchange(p, m);
        put_finding(p, m);
        last = m;
    }
}

void report_text(FILE *out, const struct result *r, const struct report_style *style)
{
    struct page p = {.out = out, .r = r, .style = style};
    if (merge_findings(r, &p.m) < 0) {
        fputs("no memory for a report\n", out);
        return;
    }
    put_verdict(&p);
    if (!style->quiet) {
        put_who(&p, "baseline", r->baseline);
        put_who(&p, "candidate", r->candidate);
        put_errors(&p);
        put_findings(&p);
        put_cosmetic(&p);
        size_t blocked = 0;
        for (size_t i = 0; i < r->n; i++)
            blocked += r->items[i].cmp.blocked_n;
        fputs(blocked ? "\n" : "", out);
        for (size_t i = 0; i < r->n; i++)
            put_blocked_of(&p, &r->items[i]);
        put_totals(&p);
    }
    merged_free(&p.m);
}
