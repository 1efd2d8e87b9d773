/*
 * Bytes of a wire -> events: HTTP/1.1 messages paired with their requests, streams after an
 * upgrade, and what is no HTTP as raw data (exchange 0). It never fails because of what it reads;
 * only when a sink does, or memory is short.
 *
 * Which response ends a hijack request decides what the client's next bytes are (stdin, or the next
 * request): they are held, up to DECODER_HELD_MAX bytes, until that response's head is there.
 */
#ifndef BUGFORBUG_CONVERSATION_DECODER_H
#define BUGFORBUG_CONVERSATION_DECODER_H

#include "recorder/base/bytes.h"
#include "recorder/conversation/conversation.h"
#include "recorder/conversation/event.h"

#define DECODER_HELD_MAX ((size_t)1 << 20)

struct decoder;

/* NULL: no memory. */
struct decoder *decoder_new(const struct event_sink *sink);
void decoder_free(struct decoder *d);

/* What to feed it by. Valid as long as the decoder. */
struct bytes_sink decoder_bytes(struct decoder *d);

/* Hands on what is pending. Nothing may be fed afterwards. */
int decoder_finish(struct decoder *d, struct err *e);

/*
 * What was learnt on the way: start, engine, api, clients. The decoder's; complete after
 * decoder_finish.
 */
const struct conversation_meta *decoder_meta(const struct decoder *d);

#endif
