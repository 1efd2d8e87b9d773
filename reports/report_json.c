/* All of a result, for programs. reports/JSON.md is the schema. */
#include <jansson.h>
#include <stdlib.h>

#include "differ/show.h"
#include "recorder/base/cleanup.h"
#include "reports/report.h"

/* What a user named a file need not be UTF-8; JSON is. */
static json_t *text(const char *s)
{
    if (!s)
        return json_null();
    CLEANUP_FREE char *shown = show_string(span_of(s), strlen(s));
    return json_string(shown ? shown : "");
}

static json_t *number(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *sighting(const struct sighting *s)
{
    return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "exchange", (json_int_t)s->exchange,
                     "candidate_exchange", (json_int_t)s->candidate, "request", text(s->request),
                     "path", text(s->path), "expected", text(s->expected), "actual",
                     text(s->actual), "curl", text(s->curl));
}

static json_t *finding(const struct finding *f)
{
    json_t *seen = json_array();
    for (size_t i = 0; i < f->seen_n; i++)
        json_array_append_new(seen, sighting(&f->seen[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "id", f->id, "severity",
                     severity_name(f->severity), "kind", finding_kind_name(f->kind), "says",
                     finding_kind_says(f->kind), "route", text(f->route), "path", text(f->path),
                     "class", text(f->class), "times", number(f->times), "seen", seen);
}

static json_t *blocked(const struct blocked *b)
{
    return json_pack("{s:I, s:I, s:o, s:o}", "exchange", (json_int_t)b->exchange, "by",
                     (json_int_t)b->by, "route", text(b->route), "why", text(b->why));
}

static json_t *tally(const struct tally *t)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "exchanges", number(t->exchanges), "compared",
                     number(t->compared), "blocked", number(t->blocked), "unanswered",
                     number(t->unanswered), "values", number(t->values));
}

static json_t *conversation(const struct result_item *item)
{
    json_t *findings = json_array(), *list = json_array();
    for (size_t i = 0; i < item->cmp.findings.n; i++)
        json_array_append_new(findings, finding(&item->cmp.findings.v[i]));
    for (size_t i = 0; i < item->cmp.blocked_n; i++)
        json_array_append_new(list, blocked(&item->cmp.blocked[i]));
    return json_pack("{s:o, s:o, s:I, s:o, s:o, s:o}", "name", text(item->name), "error",
                     text(item->error), "took_ms", (json_int_t)(item->took_ns / 1000000), "totals",
                     tally(&item->cmp.tally), "findings", findings, "blocked", list);
}

static const char *const verdicts[] = {"conforms", "differs", "error", "nothing compared"};

void report_json(FILE *out, const struct result *r, const struct report_style *style)
{
    struct tally all = result_tally(r);
    int status = result_status(r, style->level);
    json_t *list = json_array();
    for (size_t i = 0; i < r->n; i++)
        json_array_append_new(list, conversation(&r->items[i]));
    json_t *root = json_pack(
        "{s:s, s:s, s:i, s:s, s:o, s:o, s:{s:o, s:o, s:o}, s:o, s:o}", "format",
        "bugforbug-result/1", "verdict", verdicts[status], "exit_status", status, "level",
        severity_name(style->level), "baseline", text(r->baseline), "candidate", text(r->candidate),
        "findings", "breaking", number(result_count(r, SEV_BREAKING)), "behaviour",
        number(result_count(r, SEV_BEHAVIOUR)), "cosmetic", number(result_count(r, SEV_COSMETIC)),
        "totals", tally(&all), "conversations", list);
    /* Half a report would look like a whole one. */
    if (!root || json_dumpf(root, out, JSON_INDENT(2)) < 0)
        fputs("no memory", out);
    fputc('\n', out);
    json_decref(root);
}
