#include "recorder/capture/pcap_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "recorder/base/clock.h"

/* The classic file format: draft-ietf-opsawg-pcap, 4 and 5; LINKTYPE_RAW is the IP packet alone. */
#define MAGIC_NS 0xa1b23c4dU
#define SNAPLEN 262144
#define LINKTYPE_RAW 101

/* RFC 9293, 3.1 and 3.2. Window scale is RFC 7323, 2: without it Wireshark would call every 64 KiB
 * that one side says alone a full window. */
#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10
static const unsigned char syn_options[] = {
    2, 4, PCAP_OUT_SEGMENT >> 8, PCAP_OUT_SEGMENT & 0xff, 3, 3, 14, 1};

#define DAEMON_ADDRESS 0x7f000001U
#define FIRST_PORT 10000
#define PORTS 50000

#define HEADERS_MAX (16 + 20 + 20 + sizeof syn_options)
#define RECORDS_A_WRITE 17

struct record {
    unsigned char head[HEADERS_MAX];
    size_t head_n;
    const char *data;
    size_t data_n;
};

/* Records that reach the kernel together or not at all. */
struct batch {
    struct record r[RECORDS_A_WRITE];
    int n;
    int64_t t;
};

struct pcap_out {
    int fd;
    bool broken; /* could not be cut back: what follows would not be read */
    uint32_t flows;
    uint64_t size, limit;
    int first_errno;
    uint64_t first_at;
    uint64_t missing, missing_bytes;
};

static void fail(struct pcap_out *o, const struct batch *b)
{
    if (!o->first_errno) {
        o->first_errno = errno;
        o->first_at = o->size;
    }
    for (int i = 0; i < b->n; i++)
        o->missing_bytes += b->r[i].data_n;
    o->missing += (uint64_t)b->n;
}

static void cut_back(struct pcap_out *o)
{
    if (ftruncate(o->fd, (off_t)o->size) < 0 || lseek(o->fd, (off_t)o->size, SEEK_SET) < 0)
        o->broken = true;
}

/* One writev in the ordinary case; a short one is gone on with until it is whole or fails. */
static int write_all(int fd, struct iovec *v, int n)
{
    while (n > 0) {
        ssize_t got = writev(fd, v, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = ENOSPC;
        if (got <= 0)
            return -1;
        for (; n > 0 && (size_t)got >= v->iov_len; v++, n--)
            got -= (ssize_t)v->iov_len;
        if (n > 0) {
            v->iov_base = (char *)v->iov_base + got;
            v->iov_len -= (size_t)got;
        }
    }
    return 0;
}

static void append(struct pcap_out *o, struct batch *b)
{
    struct iovec v[2 * RECORDS_A_WRITE];
    uint64_t total = 0;
    int n = 0;
    for (int i = 0; i < b->n; i++) {
        v[n++] = (struct iovec){b->r[i].head, b->r[i].head_n};
        if (b->r[i].data_n)
            v[n++] = (struct iovec){(char *)(uintptr_t)b->r[i].data, b->r[i].data_n};
        total += b->r[i].head_n + b->r[i].data_n;
    }
    errno = EFBIG;
    if (o->broken || total > o->limit || o->size > o->limit - total) {
        fail(o, b);
    } else if (write_all(o->fd, v, n) < 0) {
        fail(o, b);
        cut_back(o);
    } else {
        o->size += total;
    }
    b->n = 0;
}

static void put16(unsigned char *p, uint32_t v)
{
    p[0] = (unsigned char)(v >> 8);
    p[1] = (unsigned char)v;
}

static void put32(unsigned char *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}

/* RFC 1071: the sum may be taken in wider words of any byte order and folded at the end. */
static uint64_t sum(uint64_t acc, const void *data, size_t n)
{
    const unsigned char *p = data;
    for (; n >= 4; p += 4, n -= 4) {
        uint32_t word;
        memcpy(&word, p, 4);
        acc += word;
    }
    unsigned char tail[4] = {0};
    if (n)
        memcpy(tail, p, n);
    uint32_t word;
    memcpy(&word, tail, 4);
    return acc + word;
}

static void put_checksum(unsigned char *at, uint64_t acc)
{
    while (acc >> 16)
        acc = (acc & 0xffff) + (acc >> 16);
    uint16_t sum16 = (uint16_t)~acc;
    memcpy(at, &sum16, 2);
}

static void put_ip(unsigned char *ip, const struct pcap_flow *f, enum side from, size_t length)
{
    memset(ip, 0, 20);
    ip[0] = 0x45;
    put16(ip + 2, (uint32_t)length);
    ip[6] = 0x40; /* may not be fragmented, so needs no identification: RFC 6864, 4.1 */
    ip[8] = 64;
    ip[9] = 6;
    put32(ip + 12, from == SIDE_CLIENT ? f->client : DAEMON_ADDRESS);
    put32(ip + 16, from == SIDE_CLIENT ? DAEMON_ADDRESS : f->client);
    put_checksum(ip + 10, sum(0, ip, 20));
}

static void put_tcp(unsigned char *tcp, const struct pcap_flow *f, enum side from,
                    unsigned int flags, size_t length)
{
    memset(tcp, 0, 20);
    put16(tcp, from == SIDE_CLIENT ? f->port : PCAP_OUT_PORT);
    put16(tcp + 2, from == SIDE_CLIENT ? PCAP_OUT_PORT : f->port);
    put32(tcp + 4, f->seq[from]);
    put32(tcp + 8, flags & ACK ? f->seq[!from] : 0);
    tcp[12] = (unsigned char)(length / 4 << 4);
    tcp[13] = (unsigned char)flags;
    put16(tcp + 14, 65535);
}

/* The next segment of a side, whose sequence number it moves on. */
static void add(struct batch *b, struct pcap_flow *f, enum side from, unsigned int flags,
                const char *p, size_t n)
{
    struct record *r = &b->r[b->n++];
    unsigned char *ip = r->head + 16, *tcp = ip + 20;
    size_t tcp_n = flags & SYN ? 20 + sizeof syn_options : 20;
    put_ip(ip, f, from, 20 + tcp_n + n);
    put_tcp(tcp, f, from, flags, tcp_n);
    if (flags & SYN)
        memcpy(tcp + 20, syn_options, sizeof syn_options);
    unsigned char pseudo[4] = {0, 6};
    put16(pseudo + 2, (uint32_t)(tcp_n + n));
    uint64_t acc = sum(sum(0, ip + 12, 8), pseudo, sizeof pseudo);
    put_checksum(tcp + 16, sum(sum(acc, tcp, tcp_n), p, n));

    uint32_t whole = (uint32_t)(20 + tcp_n + n);
    uint32_t head[4] = {(uint32_t)(b->t / NS_PER_S), (uint32_t)(b->t % NS_PER_S), whole, whole};
    memcpy(r->head, head, sizeof head);
    r->head_n = 16 + 20 + tcp_n;
    r->data = p;
    r->data_n = n;
    f->seq[from] += (uint32_t)n + (flags & (SYN | FIN) ? 1 : 0);
}

struct pcap_out *pcap_out_new(const char *path, struct err *e)
{
    struct pcap_out *o = calloc(1, sizeof *o);
    if (!o) {
        err_sys(e, "capture %s", path);
        return NULL;
    }
    o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
    struct stat st;
    struct rlimit most;
    bool file = o->fd >= 0 && fstat(o->fd, &st) == 0 && S_ISREG(st.st_mode);
    bool limited = file && getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur != RLIM_INFINITY;
    o->limit = limited ? most.rlim_cur : INT64_MAX;
    uint32_t head[6] = {MAGIC_NS, 0, 0, 0, SNAPLEN, LINKTYPE_RAW};
    uint16_t version[2] = {2, 4};
    memcpy(&head[1], version, sizeof version);
    struct iovec v = {head, sizeof head};
    o->size = sizeof head;
    errno = o->fd >= 0 && o->size > o->limit ? EFBIG : errno;
    /* The file may have been there, and open to others. */
    if (o->fd < 0 || (file && fchmod(o->fd, 0600) < 0) || o->size > o->limit ||
        write_all(o->fd, &v, 1) < 0) {
        err_sys(e, "cannot write the capture %s", path);
        if (o->fd >= 0)
            close(o->fd);
        free(o);
        return NULL;
    }
    return o;
}

void pcap_out_open(struct pcap_out *o, struct pcap_flow *f, int64_t t)
{
    *f = (struct pcap_flow){.client = DAEMON_ADDRESS + o->flows / PORTS,
                            .port = (uint16_t)(FIRST_PORT + o->flows % PORTS)};
    o->flows++;
    struct batch b = {.t = t};
    add(&b, f, SIDE_CLIENT, SYN, NULL, 0);
    append(o, &b);
}

void pcap_out_accepted(struct pcap_out *o, struct pcap_flow *f, int64_t t)
{
    struct batch b = {.t = t};
    add(&b, f, SIDE_DAEMON, SYN | ACK, NULL, 0);
    add(&b, f, SIDE_CLIENT, ACK, NULL, 0);
    append(o, &b);
}

void pcap_out_refused(struct pcap_out *o, struct pcap_flow *f, int64_t t)
{
    struct batch b = {.t = t};
    add(&b, f, SIDE_DAEMON, RST | ACK, NULL, 0);
    append(o, &b);
}

void pcap_out_data(struct pcap_out *o, struct pcap_flow *f, enum side from, int64_t t,
                   const char *p, size_t n)
{
    struct batch b = {.t = t};
    while (n) {
        size_t now = n < PCAP_OUT_SEGMENT ? n : PCAP_OUT_SEGMENT;
        add(&b, f, from, PSH | ACK, p, now);
        p += now;
        n -= now;
        if (b.n == RECORDS_A_WRITE || !n)
            append(o, &b);
    }
}

void pcap_out_end(struct pcap_out *o, struct pcap_flow *f, enum side from, enum end_how how,
                  int64_t t)
{
    struct batch b = {.t = t};
    if (how != END_RESET && !f->shut[from]) {
        f->shut[from] = true;
        add(&b, f, from, FIN | ACK, NULL, 0);
    }
    if (how != END_SHUT)
        add(&b, f, from, RST | ACK, NULL, 0);
    append(o, &b);
}

int pcap_out_complete(const struct pcap_out *o, struct err *e)
{
    if (!o->first_errno)
        return 0;
    errno = o->first_errno;
    err_sys(e, "at byte %llu", (unsigned long long)o->first_at);
    return err_wrap(e, "the capture is incomplete, %llu records with %llu bytes are missing",
                    (unsigned long long)o->missing, (unsigned long long)o->missing_bytes);
}

uint64_t pcap_out_size(const struct pcap_out *o)
{
    return o->size;
}

int pcap_out_close(struct pcap_out *o, struct err *e)
{
    if (!o)
        return 0;
    int rc = pcap_out_complete(o, e);
    if (close(o->fd) < 0 && rc == 0)
        rc = err_sys(e, "the capture may be incomplete");
    free(o);
    return rc;
}
