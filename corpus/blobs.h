/*
 * Payloads too large for a line: files named by the sha256 of the payload, `DIR/HEX.zst`,
 * compressed by zstd. At most EVENT_PAYLOAD_MAX bytes each (that is where events are cut).
 */
#ifndef BUGFORBUG_CORPUS_BLOBS_H
#define BUGFORBUG_CORPUS_BLOBS_H

#include "recorder/base/buf.h"
#include "recorder/base/err.h"
#include "recorder/base/span.h"
#include "recorder/conversation/event.h"

/* The folder of a conversation file's blobs; the caller frees it. NULL: no memory. */
char *blobs_dir(const char *conversation_path);

/* Stores the payload unless it is there, making the folder; `digest` becomes its name. */
int blobs_put(const char *dir, struct span payload, char digest[EVENT_DIGEST], struct err *e);

/* Appends the payload; fails when it is missing, not `size` bytes long, or not what its name says.
 */
int blobs_get(const char *dir, const char *digest, uint64_t size, struct buf *out, struct err *e);

/* 64 lower-case hex digits, and nothing that could lead out of the folder. */
bool blobs_is_digest(const char *text);

#endif
