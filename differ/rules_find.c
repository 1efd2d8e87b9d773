/* Which rule applies where. */
#include <stdlib.h>

#include "differ/rules.h"
#include "differ/rules_list.h"

static bool status_matches(int want, int status)
{
    return !want || want == status || (want < 10 && want == status / 100);
}

static bool route_matches(char *const *routes, struct span route)
{
    if (!routes)
        return true;
    for (; *routes; routes++)
        if (span_is(route, *routes))
            return true;
    return false;
}

/* Docker's own idea of a boolean parameter (httputils.BoolValue): false only for these. */
static bool is_set(struct span query, const char *name)
{
    static const char *const no[] = {"", "0", "no", "false", "none", NULL};
    while (query.p) {
        struct span value = span_cut(&query, '&'), key = span_cut(&value, '=');
        if (!span_is(key, name))
            continue;
        for (size_t i = 0; no[i]; i++)
            if (span_is_nocase(value, no[i]))
                return false;
        return true;
    }
    return false;
}

int rules_select(const struct rules *r, struct span route, struct span query, int status,
                 struct ruleset *out, struct err *e)
{
    *out = (struct ruleset){0};
    out->v = calloc(r->n + 1, sizeof *out->v);
    if (!out->v)
        return err_sys(e, "rules");
    for (size_t i = r->n; i-- > 0;)
        if (status_matches(r->v[i].status, status) && route_matches(r->v[i].routes, route) &&
            (!r->v[i].query || is_set(query, r->v[i].query)))
            out->v[out->n++] = &r->v[i];
    return 0;
}

void ruleset_free(struct ruleset *set)
{
    free(set->v);
    *set = (struct ruleset){0};
}

static bool matches(const struct rule *r, const struct place *at)
{
    bool in_archive = at->area == AREA_ENTRY || (at->area == AREA_BODY && at->name.p);
    if (r->entry ? !in_archive || !glob_matches(span_of(r->entry), at->name)
                 : in_archive && at->area == AREA_BODY)
        return false;
    return path_pattern_matches(&r->pattern, at);
}

const struct rule *ruleset_value(const struct ruleset *set, const struct place *at)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->v[i]->op <= RULE_EXACT && matches(set->v[i], at))
            return set->v[i];
    return NULL;
}

static int rewrite_line(const struct ruleset *set, const struct place *at, struct span line,
                        struct buf *out)
{
    struct buf now = BUF_INIT(out->limit), next = BUF_INIT(out->limit);
    int rc = buf_add(&now, line.p, line.n);
    for (size_t i = set->n; i-- > 0 && rc == 0;) {
        if (set->v[i]->op != RULE_TEXT_CLASS || !matches(set->v[i], at))
            continue;
        buf_clear(&next);
        rc = pattern_apply(&set->v[i]->lines, (struct span){now.p, now.n}, &next) < 0 ? -1 : 0;
        struct buf swap = now;
        now = next;
        next = swap;
    }
    if (rc == 0)
        rc = buf_add(out, now.p, now.n);
    buf_free(&now);
    buf_free(&next);
    return rc;
}

int ruleset_texts(const struct ruleset *set, const struct place *at, struct span text,
                  struct buf *out)
{
    while (text.p) {
        struct span line = span_cut(&text, '\n');
        if (rewrite_line(set, at, line, out) < 0 || (text.p && buf_addc(out, '\n') < 0))
            return -1;
    }
    return 0;
}

const struct rule *ruleset_list(const struct ruleset *set, const struct place *at)
{
    for (size_t i = 0; i < set->n; i++) {
        enum rule_op op = set->v[i]->op;
        if (op >= RULE_UNORDERED && op <= RULE_ORDERED && matches(set->v[i], at))
            return set->v[i];
    }
    return NULL;
}

bool ruleset_is_map(const struct ruleset *set, const struct place *at)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->v[i]->op == RULE_MAP && matches(set->v[i], at))
            return true;
    return false;
}

const struct rule *ruleset_messages(const struct ruleset *set, enum rule_op op, size_t *i)
{
    while (*i < set->n) {
        const struct rule *r = set->v[(*i)++];
        if (r->op == op)
            return r;
    }
    return NULL;
}
