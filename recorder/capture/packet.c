#include "recorder/capture/packet.h"

#include <pcap/dlt.h>
#include <string.h>

#define PROTOCOL_TCP 6
#define ETHERTYPE_4 0x0800
#define ETHERTYPE_6 0x86dd

/* What is left of the packet: the captured bytes, and how many there were on the wire. */
struct rest {
    const unsigned char *p;
    size_t n, wire;
};

static unsigned int get16(const unsigned char *p)
{
    return (unsigned int)p[0] << 8 | p[1];
}

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* Takes n bytes off the front; false where they are not all there. */
static bool skip(struct rest *r, size_t n)
{
    if (n > r->n)
        return false;
    r->p += n;
    r->n -= n;
    r->wire -= n;
    return true;
}

/* IP says where the packet ends: what follows pads an Ethernet frame. A length of 0 is what a
 * network card leaves that cuts large packets itself. */
static void limit(struct rest *r, size_t length)
{
    if (!length || length > r->wire)
        return;
    r->wire = length;
    if (r->n > length)
        r->n = length;
}

static enum packet_kind parse_tcp(struct rest r, struct packet *out)
{
    if (r.n < 20)
        return PACKET_MALFORMED;
    const unsigned char *h = r.p;
    size_t header = (size_t)(h[12] >> 4) * 4;
    out->source.port = (uint16_t)get16(h);
    out->target.port = (uint16_t)get16(h + 2);
    out->seq = get32(h + 4);
    out->ack = get32(h + 8);
    out->flags = h[13];
    if (header < 20 || !skip(&r, header))
        return PACKET_MALFORMED;
    out->data = (const char *)r.p;
    out->n = r.n;
    out->missing = r.wire - r.n;
    return PACKET_TCP;
}

static void put_ip4(unsigned char to[16], const unsigned char *from)
{
    memset(to, 0, 10);
    memset(to + 10, 0xff, 2);
    memcpy(to + 12, from, 4);
}

static enum packet_kind parse_ip4(struct rest r, struct packet *out)
{
    if (r.n < 20)
        return PACKET_MALFORMED;
    const unsigned char *h = r.p;
    if (h[9] != PROTOCOL_TCP)
        return PACKET_OTHER;
    size_t header = (size_t)(h[0] & 15) * 4, length = get16(h + 2);
    if (header < 20 || (length && length < header))
        return PACKET_MALFORMED;
    if (get16(h + 6) & 0x3fff) /* more fragments, or an offset */
        return PACKET_FRAGMENT;
    put_ip4(out->source.ip, h + 12);
    put_ip4(out->target.ip, h + 16);
    limit(&r, length);
    return skip(&r, header) ? parse_tcp(r, out) : PACKET_MALFORMED;
}

/* Hop-by-hop, routing, destination options: the header that follows them says what it is. */
static bool is_extension(unsigned int next)
{
    return next == 0 || next == 43 || next == 60;
}

static enum packet_kind parse_ip6(struct rest r, struct packet *out)
{
    if (r.n < 40)
        return PACKET_MALFORMED;
    unsigned int next = r.p[6], fragment = 44, length = get16(r.p + 4);
    memcpy(out->source.ip, r.p + 8, 16);
    memcpy(out->target.ip, r.p + 24, 16);
    skip(&r, 40);
    limit(&r, length);
    while (is_extension(next) || next == fragment) {
        if (r.n < 8)
            return PACKET_MALFORMED;
        size_t size = next == fragment ? 8 : (size_t)r.p[1] * 8 + 8;
        bool cut = next == fragment && (get16(r.p + 2) & 0xfff9);
        next = r.p[0];
        if (cut)
            return next == PROTOCOL_TCP ? PACKET_FRAGMENT : PACKET_OTHER;
        if (!skip(&r, size))
            return PACKET_MALFORMED;
    }
    return next == PROTOCOL_TCP ? parse_tcp(r, out) : PACKET_OTHER;
}

/* An IP packet of either version, as its first byte says. */
static enum packet_kind parse_ip(struct rest r, struct packet *out)
{
    if (!r.n)
        return PACKET_OTHER;
    unsigned int version = r.p[0] >> 4;
    if (version == 4)
        return parse_ip4(r, out);
    return version == 6 ? parse_ip6(r, out) : PACKET_OTHER;
}

/* `type` stands in front of r.p; VLAN tags (IEEE 802.1Q) may come before the one that counts. */
static enum packet_kind parse_ethertype(unsigned int type, struct rest r, struct packet *out)
{
    while ((type == 0x8100 || type == 0x88a8 || type == 0x9100) && r.n >= 4) {
        type = get16(r.p + 2);
        skip(&r, 4);
    }
    if (type != ETHERTYPE_4 && type != ETHERTYPE_6)
        return PACKET_OTHER;
    return parse_ip(r, out);
}

/* A link header of `header` bytes with an EtherType at `at`. */
static enum packet_kind parse_typed(struct rest r, size_t header, size_t at, struct packet *out)
{
    const unsigned char *h = r.p;
    if (!skip(&r, header))
        return PACKET_OTHER;
    return parse_ethertype(get16(h + at), r, out);
}

enum packet_kind packet_parse(int link, const unsigned char *p, size_t caught, size_t wire,
                              struct packet *out)
{
    struct rest r = {p, caught, wire < caught ? caught : wire};
    switch (link) {
    case DLT_EN10MB:
        return parse_typed(r, 14, 12, out);
    case DLT_LINUX_SLL:
        return parse_typed(r, 16, 14, out);
    case DLT_LINUX_SLL2:
        return parse_typed(r, 20, 0, out);
    case DLT_NULL: /* an address family in some byte order; IP says its version itself */
    case DLT_LOOP:
        return skip(&r, 4) ? parse_ip(r, out) : PACKET_OTHER;
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
        return parse_ip(r, out);
    default:
        return PACKET_OTHER;
    }
}

bool packet_knows_link(int link)
{
    switch (link) {
    case DLT_EN10MB:
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_NULL:
    case DLT_LOOP:
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
        return true;
    default:
        return false;
    }
}
