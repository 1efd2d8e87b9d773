/* A line that is taken, written again, is taken again, as the same event and then the same line. */
#include <stdlib.h>

#include "corpus/corpus.h"
#include "corpus/line.h"
#include "corpus/t/same.h"
#include "recorder/base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(event_free) struct event ev;
    CLEANUP(event_free) struct event back;
    CLEANUP(buf_free) struct buf line = BUF_INIT(CORPUS_LINE_MAX);
    CLEANUP(buf_free) struct buf again = BUF_INIT(CORPUS_LINE_MAX);
    struct err e = {{0}};
    event_init(&ev);
    event_init(&back);
    if (line_parse((struct span){(const char *)data, size}, &ev, &e) < 0) {
        hold(e.text[0] != 0);
        return 0;
    }
    hold(line_format(&ev, &line, &e) == 0);
    hold(line.n && memchr(line.p, '\n', line.n) == line.p + line.n - 1);
    hold(line_parse((struct span){line.p, line.n - 1}, &back, &e) == 0);
    hold(same_event(&ev, &back));
    hold(line_format(&back, &again, &e) == 0);
    hold(same_buf(&line, &again));
    return 0;
}
