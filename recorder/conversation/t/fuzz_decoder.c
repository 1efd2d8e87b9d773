/*
 * Whatever is said on a wire, however it is cut and in whatever order: wire_finish holds that each
 * side's bytes and ends come back from the events, and that these make a conversation.
 *
 * The input is a list of steps. Bit 0 of a step's first byte is the side, bit 1 the connection (1
 * or 2), bits 2 to 4 what happens: 5 an end (the next byte modulo 3 says how), 6 a silence, 7
 * nothing, else as many bytes as the next byte says.
 */
#include <stdlib.h>

#include "recorder/base/cleanup.h"
#include "recorder/conversation/t/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In memory that ends where the bytes do, so that the sanitizers see a read beyond. */
static void say(struct wire *w, uint32_t conn, enum side from, const uint8_t *data, size_t n)
{
    CLEANUP_FREE char *exact = malloc(n ? n : 1);
    if (!exact)
        abort();
    memcpy(exact, data, n);
    wire_bytes(w, conn, from, (struct span){exact, n});
}

static void run(struct wire *w, const uint8_t *data, size_t size)
{
    int ends[2][2] = {{-1, -1}, {-1, -1}}; /* a side shuts, closes or resets once, in that order */
    while (size >= 2) {
        unsigned step = data[0], arg = data[1];
        enum side from = step & 1 ? SIDE_DAEMON : SIDE_CLIENT;
        uint32_t conn = 1 + (step >> 1 & 1);
        data += 2;
        size -= 2;
        switch (step >> 2 & 7) {
        case 5:
            if ((int)(arg % 3) > ends[conn - 1][from])
                wire_end(w, conn, from, (enum end_how)(arg % 3));
            ends[conn - 1][from] = (int)(arg % 3);
            break;
        case 6:
            wire_wait(w, EVENT_GAP_NS);
            break;
        case 7:
            break;
        default: {
            size_t n = arg < size ? arg : size;
            say(w, conn, from, data, n);
            data += n;
            size -= n;
        }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire *w = malloc(sizeof *w);
    if (!w)
        abort();
    wire_init(w);
    wire_open(w);
    wire_open(w);
    run(w, data, size);
    wire_finish(w);
    wire_free(w);
    free(w);
    return 0;
}
