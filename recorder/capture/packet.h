/*
 * One captured packet taken apart: link header, IP, TCP. No I/O, no state; what it reads may be
 * hostile. IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293), link headers as tcpdump.org lists them.
 */
#ifndef BUGFORBUG_CAPTURE_PACKET_H
#define BUGFORBUG_CAPTURE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10

struct packet_address {
    unsigned char ip[16]; /* IPv4 as ::ffff:a.b.c.d */
    uint16_t port;
};

/* A TCP segment; `data` points into the captured bytes. */
struct packet {
    struct packet_address source, target;
    uint32_t seq, ack;
    unsigned int flags;
    const char *data;
    size_t n;
    size_t missing; /* bytes behind data that were on the wire and that the snap length cut */
};

enum packet_kind {
    PACKET_TCP,
    PACKET_OTHER,    /* no TCP */
    PACKET_FRAGMENT, /* a part of an IP packet that holds TCP */
    PACKET_MALFORMED /* headers that contradict each other or are not all there */
};

/* `link` is a DLT_ value of libpcap; `caught` bytes at p of `wire` bytes that there were. *out is
 * set where the kind is PACKET_TCP. */
enum packet_kind packet_parse(int link, const unsigned char *p, size_t caught, size_t wire,
                              struct packet *out);

/* Is this DLT_ value one that packet_parse understands? */
bool packet_knows_link(int link);

#endif
