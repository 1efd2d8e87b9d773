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
#define CORPUS_FILE_MAX ((size_t)1 << 30)

/*
 * Writes a conversation event by event. Nothing stands under `path` before corpus_writer_close: the
 * events go to a file beside it, which is removed if the writer is aborted (or left as
 * PATH.XXXXXX.tmp by a SIGKILL). Files are made with mode 0600.
 */
struct corpus_writer;

struct corpus_writer *corpus_writer_open(const char *path, struct err *e);

/* An event_sink's function; `writer` is the writer. */
int corpus_writer_event(void *writer, struct event *ev, struct err *e);

/* Puts the file in its place, and frees the writer, also on failure. */
int corpus_writer_close(struct corpus_writer *w, const struct conversation_meta *meta,
                        struct err *e);

/* Removes what was written (blobs stay: they may be others'); no-op on NULL. */
void corpus_writer_abort(struct corpus_writer *w);

/*
 * Reads and indexes a conversation; the caller frees it (conversation_free). NULL where the file is
 * missing, malformed, truncated, of another version or beyond a limit: the error names the file and
 * the line.
 */
struct conversation *corpus_read(const char *path, struct err *e);

#endif
