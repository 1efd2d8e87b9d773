#include "recorder/conversation/redact.h"

#include <stdlib.h>

#include "recorder/base/cleanup.h"
#include "recorder/conversation/redact_impl.h"
#include "recorder/conversation/secret_head.h"

struct redactor *redactor_new(struct err *e)
{
    struct redactor *r = calloc(1, sizeof *r);
    if (!r) {
        err_sys(e, "redactor");
        return NULL;
    }
    secrets_init(&r->secrets);
    lookahead_init(&r->ahead);
    return r;
}

void redactor_free(struct redactor *r)
{
    if (!r)
        return;
    secrets_free(&r->secrets);
    lookahead_free(&r->ahead);
    talks_free(&r->talks);
    matcher_free(r->matcher);
    free(r->strings);
    free(r);
}

static int no_memory(struct err *e)
{
    return err_sys(e, "redactor");
}

/* --- pass 1 --- */

static int found(void *self, const char *place, struct span name, struct span value, struct err *e)
{
    struct redactor *r = self;
    return secrets_add(&r->secrets, place, name, value, e);
}

struct secret_sink redactor_sink(struct redactor *r)
{
    return (struct secret_sink){r, found};
}

static int learn_head(struct redactor *r, struct talk *talk, const struct event *ev, struct err *e)
{
    struct secret_sink sink = redactor_sink(r);
    struct span raw = {ev->head.p, ev->head.n};
    struct head h;
    if (ev->kind != EV_REQUEST && ev->kind != EV_RESPONSE)
        return 0;
    head_parse(raw, &h);
    if (ev->kind == EV_REQUEST)
        talk_request(talk, &h);
    else
        talk_response(talk, &h);
    if (secrets_reserve(&r->secrets, raw, e) < 0)
        return -1;
    return secret_head(&sink, &h, e);
}

static bool has_bytes(const struct event *ev)
{
    return ev->head.n || ev->payload.n || ev->framing.literal.n || ev->end;
}

int redactor_learn(void *redactor, struct event *ev, struct err *e)
{
    struct redactor *r = redactor;
    struct talk *talk = NULL;
    if (r->secrets.frozen)
        return err_set(e, "redactor: something is learnt after the first replacement");
    if (has_bytes(ev)) {
        if (!(talk = talks_of(&r->talks, ev)))
            return no_memory(e);
        if (learn_head(r, talk, ev, e) < 0 || learn_payload(r, talk, ev, e) < 0)
            return -1;
    }
    struct learn_over over = {r, e};
    r->number++;
    return talks_after(&r->talks, talk, ev, learn_over, &over);
}

int redactor_learn_command(struct redactor *r, char *const *argv, struct err *e)
{
    struct secret_sink sink = redactor_sink(r);
    size_t n = 0;
    if (r->secrets.frozen)
        return err_set(e, "redactor: something is learnt after the first replacement");
    while (argv[n])
        n++;
    CLEANUP_FREE struct span *words = calloc(n + 1, sizeof *words);
    if (!words)
        return no_memory(e);
    for (size_t i = 0; i < n; i++) {
        words[i] = span_of(argv[i]);
        if (secrets_reserve(&r->secrets, words[i], e) < 0)
            return -1;
    }
    return secret_scan_words(&sink, "COMMAND", words, n, e);
}

/* --- between the passes --- */

static int freeze(struct redactor *r, struct err *e)
{
    struct learn_over over = {r, e};
    if (r->matcher)
        return 0;
    if (!r->secrets.frozen) {
        if (talks_finish(&r->talks, learn_over, &over) < 0 || secrets_freeze(&r->secrets, e) < 0)
            return -1;
        r->number = 0;
    }
    const struct secrets *s = &r->secrets;
    free(r->strings);
    r->strings = calloc(s->forms_n + 1, sizeof *r->strings);
    if (!r->strings)
        return no_memory(e);
    for (size_t i = 0; i < s->forms_n; i++) {
        r->strings[i] = s->forms[i].bytes;
        r->digits |= s->forms[i].digits;
    }
    r->matcher = matcher_new(r->strings, s->forms_n);
    return r->matcher ? 0 : no_memory(e);
}

/* --- pass 2 --- */

struct finder redactor_finder(const struct redactor *r, struct span text)
{
    return (struct finder){.secrets = &r->secrets,
                           .matcher = r->matcher,
                           .text = text,
                           .until = text.n,
                           .border = true};
}

int redactor_put(struct redactor *r, uint32_t form, bool url, struct buf *out)
{
    const struct form *f = &r->secrets.forms[form];
    struct secret *s = &r->secrets.list[f->secret];
    s->used = true;
    return placeholder_write(span_of(s->name), f->form, url, out);
}

int redactor_replace(struct redactor *r, const struct find *find, bool url, struct buf *out)
{
    if (r->secrets.forms[find->form].form != FORM_CORE)
        return redactor_put(r, find->form, url, out);
    if (buf_reserve(out, find->n) < 0)
        return -1;
    memset(out->p + out->n, '*', find->n);
    out->n += find->n;
    out->p[out->n] = 0;
    return 0;
}

void redactor_mask(const struct redactor *r, struct span text, char *p)
{
    struct finder f = redactor_finder(r, text);
    struct find find;
    while (finder_next(&f, &find))
        memset(p + find.at, '*', find.n);
}

static void track_head(struct talk *talk, const struct event *ev)
{
    struct head h;
    head_parse((struct span){ev->head.p, ev->head.n}, &h);
    if (ev->kind == EV_REQUEST)
        talk_request(talk, &h);
    else if (ev->kind == EV_RESPONSE)
        talk_response(talk, &h);
}

int redactor_apply(struct redactor *r, struct event *ev, struct err *e)
{
    struct talk *talk = NULL;
    if (freeze(r, e) < 0)
        return -1;
    if (!r->secrets.forms_n)
        return 0;
    if (has_bytes(ev)) {
        if (!(talk = talks_of(&r->talks, ev)))
            return no_memory(e);
        track_head(talk, ev);
        if (apply_payload(r, talk, ev, e) < 0 || apply_head(r, ev, e) < 0)
            return -1;
        struct buf *literal = &ev->framing.literal;
        redactor_mask(r, (struct span){literal->p, literal->n}, literal->p);
    }
    r->number++;
    return talks_after(&r->talks, talk, ev, NULL, NULL);
}

int redactor_text(struct redactor *r, struct buf *text, struct err *e)
{
    if (freeze(r, e) < 0)
        return -1;
    struct finder f = redactor_finder(r, (struct span){buf_str(text), text->n});
    CLEANUP(buf_free) struct buf out = BUF_INIT(text->limit);
    struct find find;
    size_t done = 0;
    while (finder_next(&f, &find)) {
        if (buf_add(&out, text->p + done, find.at - done) < 0 ||
            redactor_replace(r, &find, false, &out) < 0)
            return err_sys(e, "a text without its secrets");
        done = find.at + find.n;
    }
    if (!done)
        return 0;
    if (buf_add(&out, text->p + done, text->n - done) < 0)
        return err_sys(e, "a text without its secrets");
    struct buf old = *text;
    *text = out;
    out = old;
    return 0;
}

/* --- names --- */

static char **names(struct redactor *r, bool all, struct err *e)
{
    char **list = calloc(1, sizeof *list);
    bool good = list != NULL;
    for (size_t i = 0; i < r->secrets.n && good; i++)
        if (all || r->secrets.list[i].used)
            good = meta_list_add(&list, span_of(r->secrets.list[i].name)) == 0;
    if (good)
        return list;
    err_sys(e, "names of secrets");
    for (char **p = list; p && *p; p++)
        free(*p);
    free(list);
    return NULL;
}

char **redactor_names(struct redactor *r, struct err *e)
{
    return freeze(r, e) < 0 ? NULL : names(r, true, e);
}

char **redactor_names_used(struct redactor *r, struct err *e)
{
    return freeze(r, e) < 0 ? NULL : names(r, false, e);
}
