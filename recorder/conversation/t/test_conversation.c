/* Exchanges as a view of events, and what no conversation can be. */
#include "recorder/conversation/conversation.h"

#include <string.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/t/suite.h"

static struct conversation *c;
static struct err e;

static void setup(void)
{
    c = calloc(1, sizeof *c);
    ck_assert_ptr_nonnull(c);
}

static void teardown(void)
{
    conversation_free(c);
}

/* Adds an event of connection `conn` and exchange `x`; a capital letter says which:
 * O open, Q request, R response, C and D data of client and daemon, S s shut, X x close, Z z reset
 * of client and daemon. */
static size_t add(char what, uint32_t conn, uint32_t x, const char *text, bool end)
{
    static const char letters[] = "OQRCDSsXxZz";
    static const enum event_kind kinds[] = {EV_OPEN,  EV_REQUEST, EV_RESPONSE, EV_DATA,
                                            EV_DATA,  EV_SHUT,    EV_SHUT,     EV_CLOSE,
                                            EV_CLOSE, EV_RESET,   EV_RESET};
    struct event ev;
    event_init(&ev);
    ev.kind = kinds[strchr(letters, what) - letters];
    ev.from = strchr("RDsxz", what) ? SIDE_DAEMON : SIDE_CLIENT;
    ev.conn = conn;
    ev.exchange = x;
    ev.end = end;
    const char *blank = what == 'Q' || what == 'R' ? strstr(text, "\r\n\r\n") : NULL;
    const char *body = blank ? blank + 4 : text;
    ck_assert_int_eq(buf_add(&ev.head, text, (size_t)(body - text)), 0);
    ck_assert_int_eq(event_add_payload(&ev, body, strlen(body)), 0);
    ck_assert_int_eq(conversation_add(c, &ev, &e), 0);
    ck_assert(!ev.head.p && !ev.payload.p); /* taken */
    event_free(&ev);
    return c->n - 1;
}

static void index_it(void)
{
    ck_assert_msg(conversation_index(c, &e) == 0, "%s", e.text);
}

static void ck_refused(const char *why)
{
    ck_assert_int_lt(conversation_index(c, &e), 0);
    ck_assert_str_eq(e.text, why);
    ck_assert_uint_eq(c->broken, c->n - 1);
    teardown();
    setup();
}

#define GET "GET /a HTTP/1.1\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
#define ATTACH "POST /containers/a/attach HTTP/1.1\r\nContent-Length: 2\r\n\r\n"

static void begin(const char *request)
{
    add('O', 1, 0, "", false);
    add('Q', 1, 1, request, true);
}

START_TEST(events_that_contradict)
{
    add('O', 2, 0, "", false);
    ck_refused("connection 2 is opened where 1 is next");
    add('O', 1, 0, "", false);
    add('O', 1, 0, "", false);
    ck_refused("connection 1 is opened where 2 is next");
    add('O', 0, 0, "", false);
    ck_refused("connection 0 is opened where 1 is next");
    add('Q', 1, 1, GET, true);
    ck_refused("connection 1 was not opened");
    add('O', 1, 0, "", false);
    add('C', 2, 0, "x", false);
    ck_refused("connection 2 was not opened");
    add('O', 1, 0, "", false);
    add('S', 0, 0, "", false);
    ck_refused("connection 0 was not opened");
    add('O', 1, 0, "", false);
    add('Q', 1, 2, GET, true);
    ck_refused("request of exchange 2 where exchange 1 is next");
    begin(GET);
    add('Q', 1, 1, GET, true);
    ck_refused("request of exchange 1 where exchange 2 is next");
    add('O', 1, 0, "", false);
    add('Q', 1, 0, GET, true);
    ck_refused("request of exchange 0 where exchange 1 is next");
    begin(GET);
    add('R', 1, 0, OK, true);
    ck_refused("response to no request");
    begin(GET);
    add('R', 1, 2, OK, true);
    ck_refused("exchange 2 has no request before it");
    begin(GET);
    add('C', 1, UINT32_MAX, "x", true);
    ck_refused("exchange 4294967295 has no request before it");
    begin(GET);
    add('O', 2, 0, "", false);
    add('R', 2, 1, OK, true);
    ck_refused("exchange 1 is on connection 1, not 2");
    begin(GET);
    add('O', 2, 0, "", false);
    add('D', 2, 1, "x", true);
    ck_refused("exchange 1 is on connection 1, not 2");
    begin(GET);
    add('R', 1, 1, OK "body", true);
    add('R', 1, 1, OK "body", true);
    ck_refused("exchange 1 has two responses");
}
END_TEST

START_TEST(nothing_is_a_conversation)
{
    index_it();
    ck_assert_uint_eq(c->exchanges_n, 0);
    add('O', 1, 0, "", false);
    add('D', 1, 0, "noise", false);
    index_it();
    ck_assert_uint_eq(c->exchanges_n, 0);
    ck_assert_uint_eq(c->conns, 1);
    conversation_free(NULL);
}
END_TEST

static void ck_part(size_t x, enum part part, const char *want)
{
    CLEANUP(buf_free) struct buf out = BUF_INIT(1000);
    const struct exchange *ex = &c->exchanges[x - 1];
    ck_assert_msg(exchange_read(c, ex, part, &out, &e) == 0, "%s", e.text);
    ck_assert_str_eq(buf_str(&out), want);
    ck_assert_uint_eq(exchange_size(c, ex, part), strlen(want));
}

START_TEST(parts_of_a_plain_exchange)
{
    begin("POST /a?x=1 HTTP/1.1\r\nContent-Length: 8\r\n\r\nre");
    c->events[1].end = false;
    add('C', 1, 1, "qu", false);
    add('R', 1, 1, "HTTP/1.1 100 Continue\r\n\r\n", true);
    size_t last = add('C', 1, 1, "est.", true);
    size_t response = add('R', 1, 1, "HTTP/1.1 201 Created\r\nContent-Length: 8\r\n\r\nans", false);
    add('D', 1, 1, "wer.", false);
    size_t end = add('D', 1, 1, ".", true);
    for (int twice = 0; twice < 2; twice++) { /* it may be indexed anew */
        index_it();
        ck_assert_uint_eq(c->exchanges_n, 1);
        const struct exchange *x = &c->exchanges[0];
        ck_assert(x->id == 1 && x->conn == 1 && x->earlier == 0 && x->request == 1);
        ck_assert(span_is(x->method, "POST") && span_is(x->target, "/a?x=1"));
        ck_assert(x->request_end && x->ended && !x->reset && !x->upgraded);
        ck_assert_int_eq(x->status, 201);
        ck_assert_uint_eq(x->response, response);
        ck_assert_uint_eq(x->end_event, end);
        ck_assert_uint_eq(x->last, end);
        ck_assert_uint_eq(x->stdin_event, NO_EVENT);
        ck_part(1, PART_REQUEST, "request.");
        ck_part(1, PART_RESPONSE, "answer..");
        ck_part(1, PART_STDIN, "");
        ck_assert(exchange_has(c, x, PART_REQUEST, last) && !exchange_has(c, x, PART_STDIN, last));
        ck_assert(!exchange_has(c, x, PART_RESPONSE, 3)); /* the interim one */
        struct head h;
        exchange_response(c, x, &h);
        ck_assert(span_is(h.reason, "Created"));
        exchange_request(c, x, &h);
        ck_assert(span_is(head_query(&h), "x=1"));
    }
}
END_TEST

static void upgraded(const char *response)
{
    begin(ATTACH "{}");
    add('R', 1, 1, response, false);
    size_t first = add('C', 1, 1, "std", false);
    add('D', 1, 1, "ut", false);
    add('C', 1, 1, "in", false);
    add('S', 1, 0, "", false);
    add('D', 1, 1, "!", false);
    size_t shut = add('s', 1, 0, "", false);
    index_it();
    const struct exchange *x = &c->exchanges[0];
    ck_assert(x->upgraded && x->ended && !x->reset);
    ck_assert_uint_eq(x->stdin_event, first);
    ck_assert_uint_eq(x->end_event, shut);
    ck_part(1, PART_REQUEST, "{}");
    ck_part(1, PART_STDIN, "stdin");
    ck_part(1, PART_RESPONSE, "out!");
}

START_TEST(parts_of_an_upgraded_exchange)
{
    upgraded("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\no");
    teardown();
    setup();
    upgraded("HTTP/1.1 200 OK\r\n\r\no");
}
END_TEST

START_TEST(what_is_not_upgraded)
{
    begin(ATTACH);
    add('R', 1, 1, OK, true);
    add('Q', 1, 2, GET, true);
    add('R', 1, 2, "HTTP/1.1 200 OK\r\n\r\nuntil close", false);
    size_t close = add('x', 1, 0, "", false);
    index_it();
    ck_assert(!c->exchanges[0].upgraded && !c->exchanges[1].upgraded);
    ck_assert_uint_eq(c->exchanges[0].end_event, 2);
    ck_assert(c->exchanges[1].ended);
    ck_assert_uint_eq(c->exchanges[1].end_event, close);
    ck_assert_uint_eq(c->exchanges[1].earlier, 1);
}
END_TEST

START_TEST(no_response_at_all)
{
    begin(GET);
    add('S', 1, 0, "", false);
    add('X', 1, 0, "", false); /* the client's own end is no answer */
    index_it();
    const struct exchange *x = &c->exchanges[0];
    struct head h;
    ck_assert(!x->ended && !x->reset && x->status == 0);
    ck_assert_uint_eq(x->end_event, NO_EVENT);
    ck_assert_uint_eq(x->response, NO_EVENT);
    exchange_response(c, x, &h);
    ck_assert(h.n == 0 && h.status == 0);
    ck_part(1, PART_RESPONSE, "");
}
END_TEST

/* A reset, whosever, ends what was still being answered on its connection, and only that. */
static void reset_by(char who)
{
    add('O', 1, 0, "", false);
    add('O', 2, 0, "", false);
    add('Q', 1, 1, GET, true);
    add('R', 1, 1, OK "done", true);
    add('Q', 1, 2, GET, true);
    add('Q', 1, 3, GET, true);
    add('Q', 2, 4, GET, true);
    add('R', 1, 2, OK "ha", false);
    size_t reset = add(who, 1, 0, "", false);
    index_it();
    ck_assert(c->exchanges[0].ended && !c->exchanges[0].reset);
    ck_assert_uint_eq(c->exchanges[0].end_event, 3);
    for (size_t i = 1; i <= 2; i++) {
        ck_assert(!c->exchanges[i].ended && c->exchanges[i].reset);
        ck_assert_uint_eq(c->exchanges[i].end_event, reset);
    }
    ck_assert(!c->exchanges[3].ended && !c->exchanges[3].reset);
    ck_assert_int_eq(c->exchanges[1].status, 200);
    ck_assert_uint_eq(c->exchanges[2].earlier, 2);
    ck_assert_uint_eq(c->exchanges[3].earlier, 0);
}

START_TEST(resets)
{
    reset_by('z');
    teardown();
    setup();
    reset_by('Z');
}
END_TEST

/* Blobs are loaded one by one, and only those of the part. */
static int loads;

static int load(void *self, const struct event *ev, struct buf *out, struct err *err)
{
    loads++;
    if (ev->blob[0] == 'f')
        return err_set(err, "blob is gone");
    return buf_adds(out, self);
}

static int stop_at_second(void *arg, size_t event, struct span bytes, struct err *err)
{
    size_t *seen = arg;
    (void)err;
    ck_assert(bytes.n > 0);
    seen[seen[0] + 1] = event;
    return ++seen[0] == 2 ? 42 : 0;
}

START_TEST(blobs_are_loaded)
{
    begin(ATTACH);
    size_t response = add('R', 1, 1, "HTTP/1.1 101 UPGRADED\r\n\r\n", false);
    size_t blob = add('D', 1, 1, "", false);
    size_t in = add('C', 1, 1, "", false);
    size_t last = add('D', 1, 1, "tail", false);
    for (size_t i = blob; i <= in; i++) {
        c->events[i].blob[0] = 'b';
        c->events[i].payload_size = 6;
    }
    char content[] = "loaded";
    c->loader = (struct payload_loader){content, load, NULL};
    index_it();
    const struct exchange *x = &c->exchanges[0];
    ck_assert(!exchange_has(c, x, PART_RESPONSE, response)); /* it has no payload */
    loads = 0;
    ck_assert_uint_eq(exchange_size(c, x, PART_RESPONSE), 10);
    ck_assert_int_eq(loads, 0);
    ck_part(1, PART_RESPONSE, "loadedtail");
    ck_part(1, PART_STDIN, "loaded");
    ck_assert_int_eq(loads, 2);
    size_t seen[4] = {0};
    ck_assert_int_eq(exchange_walk(c, x, PART_RESPONSE, stop_at_second, seen, &e), 42);
    ck_assert(seen[1] == blob && seen[2] == last);
    CLEANUP(buf_free) struct buf small = BUF_INIT(9);
    ck_assert_int_lt(exchange_read(c, x, PART_RESPONSE, &small, &e), 0);
    ck_assert_ptr_nonnull(strstr(e.text, "beyond 9 bytes"));
    c->events[blob].blob[0] = 'f';
    CLEANUP(buf_free) struct buf out = BUF_INIT(100);
    ck_assert_int_lt(exchange_read(c, x, PART_RESPONSE, &out, &e), 0);
    ck_assert_str_eq(e.text, "blob is gone");
}
END_TEST

START_TEST(many_events)
{
    for (uint32_t conn = 1; conn <= 300; conn++) {
        add('O', conn, 0, "", false);
        add('Q', conn, conn, GET, true);
        add('R', conn, conn, OK "body", true);
    }
    index_it();
    ck_assert_uint_eq(c->exchanges_n, 300);
    ck_assert_uint_eq(c->conns, 300);
    for (size_t i = 0; i < 300; i++)
        ck_assert(c->exchanges[i].id == i + 1 && c->exchanges[i].ended);
    ck_part(300, PART_RESPONSE, "body");
}
END_TEST

START_TEST(lists_of_words)
{
    char **list = NULL;
    ck_assert_int_eq(meta_list_add(&list, SPAN_LIT("a")), 0);
    ck_assert_int_eq(meta_list_add_new(&list, SPAN_LIT("ab")), 0);
    ck_assert_int_eq(meta_list_add_new(&list, SPAN_LIT("a")), 0);
    ck_assert_int_eq(meta_list_add(&list, SPAN_LIT("a")), 0);
    ck_assert_int_eq(meta_list_add(&list, (struct span){NULL, 0}), 0);
    static const char *const want[] = {"a", "ab", "a", ""};
    for (size_t i = 0; i < COUNT(want); i++)
        ck_assert_str_eq(list[i], want[i]);
    ck_assert_ptr_null(list[COUNT(want)]);
    struct conversation_meta m = {.clients = list};
    conversation_meta_free(&m);
    ck_assert_ptr_null(m.clients);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        events_that_contradict,
        nothing_is_a_conversation,
        parts_of_a_plain_exchange,
        parts_of_an_upgraded_exchange,
        what_is_not_upgraded,
        no_response_at_all,
        resets,
        blobs_are_loaded,
        many_events,
        lists_of_words,
    };
    return suite_run("conversation", setup, teardown, tests, COUNT(tests));
}
