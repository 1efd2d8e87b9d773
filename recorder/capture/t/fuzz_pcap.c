/* Fuzz target: any file as a capture. The sink holds the reader to the contract of bytes.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recorder/capture/capture.h"
#include "recorder/capture/t/heard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FILE *f = size ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;
    if (!f)
        return 0;
    struct heard heard;
    struct capture_report report;
    struct err e = {""};
    heard_init(&heard);
    int rc = capture_read_file(f, "fuzz", 2375, &heard.sink, &report, &e);
    /* What the sink refuses is said with the number of a connection. */
    if (rc < 0 && strncmp(e.text, "connection ", 11) == 0)
        abort();
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < heard.n; i++)
        bytes += heard.conns[i].said[SIDE_CLIENT].n + heard.conns[i].said[SIDE_DAEMON].n;
    if (bytes != report.bytes || bytes > size || heard.n != report.connections)
        abort();
    heard_free(&heard);
    return 0;
}
