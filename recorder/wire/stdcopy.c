#include "recorder/wire/stdcopy.h"

bool stdcopy_plausible(struct span start)
{
    const unsigned char *p = (const unsigned char *)start.p;
    if (start.n && p[0] >= STDCOPY_CHANNELS)
        return false;
    for (size_t i = 1; i < 4 && i < start.n; i++)
        if (p[i])
            return false;
    return true;
}

enum stdcopy_result stdcopy_next(struct span *rest, unsigned *channel, struct span *payload)
{
    const unsigned char *p = (const unsigned char *)rest->p;
    if (!stdcopy_plausible(*rest))
        return STDCOPY_BAD;
    if (rest->n < STDCOPY_HEADER)
        return STDCOPY_MORE;
    size_t n = (size_t)p[4] << 24 | (size_t)p[5] << 16 | (size_t)p[6] << 8 | p[7];
    if (rest->n - STDCOPY_HEADER < n)
        return STDCOPY_MORE;
    *channel = p[0];
    *payload = (struct span){rest->p + STDCOPY_HEADER, n};
    rest->p += STDCOPY_HEADER + n;
    rest->n -= STDCOPY_HEADER + n;
    return STDCOPY_FRAME;
}

void stdcopy_header(unsigned channel, uint32_t length, unsigned char out[STDCOPY_HEADER])
{
    out[0] = (unsigned char)channel;
    out[1] = out[2] = out[3] = 0;
    for (int i = 0; i < 4; i++)
        out[4 + i] = (unsigned char)(length >> (24 - 8 * i));
}
