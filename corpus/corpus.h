/*
 * Conversations at rest, as FORMAT.md says: JSON Lines, an event a line, large payloads as
 * content-addressed blobs in a folder `blobs` beside the file.
 */
#ifndef BUGFORBUG_CORPUS_CORPUS_H
#define BUGFORBUG_CORPUS_CORPUS_H

#include "recorder/base/err.h"
#include "recorder/conversation/conversation.h"

#define CORPUS_VERSION 1
#define CORPUS_INLINE_MAX ((size_t)16 << 10) /* a larger payload becomes a blob */
#define CORPUS_LINE_MAX ((size_t)16 << 20)
#define CORPUS_EVENTS_MAX ((size_t)4 << 20) /* events in one file */

/* Writes a conversation event by event: to a temporary file beside `path`, renamed when it is
 * whole. */
struct corpus_writer;

struct corpus_writer *corpus_writer_open(const char *path, const struct conversation_meta *meta,
                                         struct err *e);
/* An event_sink's function; self is the writer. */
int corpus_writer_event(void *writer, struct event *ev, struct err *e);
/* Writes the last line and puts the file in its place. `lost` as in conversation_meta, or NULL. */
int corpus_writer_close(struct corpus_writer *w, const char *lost, struct err *e);
/* Removes what was written; no-op on NULL. */
void corpus_writer_abort(struct corpus_writer *w);

/* Reads and indexes a conversation. Errors name the file and the line. The caller frees it. */
struct conversation *corpus_read(const char *path, struct err *e);

#endif
