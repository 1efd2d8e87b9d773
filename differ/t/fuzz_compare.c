/*
 * Two answers that are anything at all, and rules that are anything at all. The input is cut at
 * "\n---\n": rules, the baseline's body, the candidate's. The first byte chooses the route, so that
 * bodies are compared as JSON, as messages, as output, as archives.
 *
 * Whatever an answer is, it is like itself.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "differ/differ.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const requests[] = {
    "GET /v1.41/info",
    "GET /v1.41/events",
    "POST /v1.41/build",
    "GET /v1.41/containers/x/logs?timestamps=1",
    "GET /v1.41/containers/x/archive",
    "GET /v1.41/networks",
    "GET /v1.41/images/x/get",
    "HEAD /v1.41/containers/x/archive",
};

static struct span cut(struct span *rest)
{
    static const char mark[] = "\n---\n";
    const char *at = rest->n ? memmem(rest->p, rest->n, mark, sizeof mark - 1) : NULL;
    struct span head = *rest;
    if (!at) {
        *rest = (struct span){NULL, 0};
        return head;
    }
    head.n = (size_t)(at - head.p);
    rest->n -= head.n + sizeof mark - 1;
    rest->p = at + sizeof mark - 1;
    return head;
}

static void add(struct conversation *c, enum event_kind kind, enum side from, const char *head,
                struct span payload)
{
    struct event ev;
    event_init(&ev);
    ev.kind = kind;
    ev.from = from;
    ev.conn = 1;
    ev.exchange = kind == EV_OPEN ? 0 : 1;
    ev.end = kind != EV_OPEN;
    if (buf_adds(&ev.head, head) < 0 || event_add_payload(&ev, payload.p, payload.n) < 0 ||
        conversation_add(c, &ev, NULL) < 0)
        abort();
}

static struct conversation *answer(const char *request, struct span body)
{
    struct conversation *c = calloc(1, sizeof *c);
    char head[128];
    snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: x\r\n\r\n", request);
    add(c, EV_OPEN, SIDE_CLIENT, "", (struct span){NULL, 0});
    add(c, EV_REQUEST, SIDE_CLIENT, head, (struct span){NULL, 0});
    add(c, EV_RESPONSE, SIDE_DAEMON, "HTTP/1.1 200 OK\r\n\r\n", body);
    if (conversation_index(c, NULL) < 0)
        abort();
    return c;
}

static size_t compare(const struct conversation *a, const struct conversation *b,
                      const struct rules *rules)
{
    struct pair pair = {.state = PAIR_SENT, .candidate = 1};
    struct pairing pairing = {&pair, 1};
    struct differ_input in = {a, b, &pairing, rules, NULL};
    struct comparison out = {0};
    if (differ_run(&in, &out, NULL) < 0)
        abort();
    size_t n = out.findings.n;
    comparison_free(&out);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    const char *request = requests[data[0] % (sizeof requests / sizeof *requests)];
    struct span rest = {(const char *)data + 1, size - 1};
    struct span text = cut(&rest), a = cut(&rest), b = cut(&rest);
    static struct rules *builtin; /* read once: it is the same each time */
    if (!builtin)
        builtin = rules_builtin(NULL);
    struct rules *rules = rules_none(NULL);
    (void)rules_add_text(rules, text, "fuzz", NULL);
    struct conversation *x = answer(request, a), *y = answer(request, b);
    if (compare(x, x, builtin) || compare(y, y, rules))
        abort();
    (void)compare(x, y, builtin);
    (void)compare(x, y, rules);
    conversation_free(x);
    conversation_free(y);
    rules_free(rules);
    return 0;
}
