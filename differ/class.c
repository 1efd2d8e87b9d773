#include "differ/class.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char *const names[] = {
#define ROW(id, name, takes) name,
    CLASSES(ROW)
#undef ROW
};

const char *class_name(enum class c)
{
    return c == CLASS_NONE ? "none" : names[c];
}

enum class class_of(struct span name) {
    int i = 0; while (i < CLASS_NONE && !span_is(name, names[i])) i++; return (enum class)i;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(struct span s, size_t at)
{
    size_t n = 0;
    while (at + n < s.n && is_digit(s.p[at + n]))
        n++;
    return n;
}

static char at_or_nul(struct span s, size_t i)
{
    return i < s.n ? s.p[i] : 0;
}

static bool starts_at(struct span s, size_t at, const char *what)
{
    return at <= s.n && span_starts((struct span){s.p + at, s.n - at}, what);
}

/* Matches a shape: 9 a digit, a a letter (either case), the rest as it stands. Length, or 0. */
static size_t shape(struct span s, size_t at, const char *shape)
{
    size_t i = 0;
    for (; shape[i]; i++) {
        char c = at_or_nul(s, at + i), low = (char)(c | 0x20);
        bool ok = shape[i] == '9'   ? is_digit(c)
                  : shape[i] == 'a' ? low >= 'a' && low <= 'z'
                                    : c == shape[i];
        if (!ok)
            return 0;
    }
    return i;
}

static size_t scan_zone(struct span s, size_t n, const char **zone)
{
    static const char *const shapes[] = {"+99:99", "-99:99", "+9999", "-9999"};
    *zone = "no zone";
    if (at_or_nul(s, n) == 'Z') {
        *zone = "Z";
        return 1;
    }
    size_t blank = at_or_nul(s, n) == ' '; /* Go's String: " +0000 UTC" */
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        size_t len = shape(s, n + blank, shapes[i]);
        if (!len)
            continue;
        *zone = len == 6 ? "+hh:mm" : "+hhmm";
        len += blank;
        if (blank && shape(s, n + len, " aaa"))
            len += 4;
        return len;
    }
    return 0;
}

static size_t scan_time(struct span s, char *format)
{
    size_t n = shape(s, 0, "9999-99-99T99:99:99");
    bool go = !n;
    if (go)
        n = shape(s, 0, "9999-99-99 99:99:99");
    if (!n)
        return 0;
    bool fraction = at_or_nul(s, n) == '.' && digits(s, n + 1);
    bool zero = starts_at(s, 0, "0001-01-01");
    if (fraction)
        n += 1 + digits(s, n + 1);
    const char *zone;
    n += scan_zone(s, n, &zone);
    snprintf(format, CLASS_FORMAT, "%s%s, %s%s", zero ? "the zero time, " : "",
             go ? "date and time" : "RFC 3339", fraction ? "fraction, " : "", zone);
    return n;
}

static size_t scan_http_date(struct span s, char *format)
{
    snprintf(format, CLASS_FORMAT, "HTTP date");
    return shape(s, 0, "aaa, 99 aaa 9999 99:99:99 GMT");
}

static size_t scan_clock(struct span s, char *format)
{
    static const char *const shapes[] = {"99:99:99", "99:99", "aaa99"};
    static const char *const says[] = {"hh:mm:ss", "hh:mm", "month and day"};
    for (size_t i = 0; i < 3; i++) {
        size_t n = shape(s, 0, shapes[i]);
        if (!n)
            continue;
        snprintf(format, CLASS_FORMAT, "%s", says[i]);
        return n;
    }
    return 0;
}

/* An integer's length with its sign; 0: none. */
static size_t scan_integer(struct span s, bool *zero, bool *negative)
{
    size_t sign = at_or_nul(s, 0) == '-', n = digits(s, sign);
    *negative = sign;
    *zero = true;
    for (size_t i = sign; i < sign + n; i++)
        *zero &= s.p[i] == '0';
    return n ? sign + n : 0;
}

static size_t scan_count(enum class c, struct span s, char *format)
{
    bool zero, negative;
    size_t n = scan_integer(s, &zero, &negative);
    const char *says = zero ? "0" : negative ? "negative" : "positive";
    if (c == CLASS_INT)
        says = "integer";
    if (c == CLASS_PID && negative)
        return 0;
    if (c == CLASS_EPOCH || c == CLASS_EPOCH_NANO) {
        bool go_zero = starts_at(s, 0, "-62135596800");
        size_t low = c == CLASS_EPOCH ? 9 : 18, high = c == CLASS_EPOCH ? 11 : 20;
        if (!zero && !go_zero && (negative || n < low || n > high))
            return 0;
        says = zero ? "0" : go_zero ? "the zero time" : names[c];
    }
    snprintf(format, CLASS_FORMAT, "%s", says);
    return n;
}

static size_t scan_number(struct span s, char *format)
{
    bool zero, negative;
    size_t n = scan_integer(s, &zero, &negative);
    if (n && at_or_nul(s, n) == '.' && digits(s, n + 1))
        n += 1 + digits(s, n + 1);
    char e = n ? at_or_nul(s, n) : 0;
    if (e == 'e' || e == 'E') {
        size_t sign = at_or_nul(s, n + 1) == '+' || at_or_nul(s, n + 1) == '-';
        if (digits(s, n + 1 + sign))
            n += 1 + sign + digits(s, n + 1 + sign);
    }
    snprintf(format, CLASS_FORMAT, "number");
    return n;
}

static size_t scan_size_text(struct span s, char *format)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "kB", "KB",
                                        "MB",  "GB",  "TB",  "B",   NULL};
    size_t n = digits(s, 0);
    if (n && at_or_nul(s, n) == '.' && digits(s, n + 1))
        n += 1 + digits(s, n + 1);
    if (!n)
        return 0;
    size_t blank = at_or_nul(s, n) == ' ';
    for (size_t i = 0; units[i]; i++)
        if (starts_at(s, n + blank, units[i])) {
            snprintf(format, CLASS_FORMAT, "size%s", blank ? " with a blank" : "");
            return n + blank + strlen(units[i]);
        }
    return 0;
}

static size_t scan_prefix(struct span s, size_t n)
{
    size_t len = at_or_nul(s, n) == '/' ? digits(s, n + 1) : 0;
    return len ? 1 + len : 0;
}

static size_t scan_ip4(struct span s)
{
    size_t n = 0;
    for (int i = 0; i < 4; i++) {
        if (i && at_or_nul(s, n++) != '.')
            return 0;
        size_t len = digits(s, n);
        if (!len || len > 3)
            return 0;
        n += len;
    }
    return n;
}

static bool is_hex(char c)
{
    char low = (char)(c | 0x20);
    return is_digit(c) || (low >= 'a' && low <= 'f');
}

static size_t scan_ip6(struct span s)
{
    size_t n = 0, colons = 0, group = 0;
    for (; n < s.n && (is_hex(s.p[n]) || s.p[n] == ':'); n++) {
        group = s.p[n] == ':' ? 0 : group + 1;
        colons += s.p[n] == ':';
        if (group > 4)
            return 0;
    }
    return colons >= 2 && colons <= 8 ? n : 0;
}

static size_t scan_ip(struct span s, char *format)
{
    size_t n = scan_ip4(s);
    const char *says = "IPv4";
    if (!n) {
        n = scan_ip6(s);
        says = "IPv6";
    }
    size_t prefix = n ? scan_prefix(s, n) : 0;
    snprintf(format, CLASS_FORMAT, "%s%s", says, prefix ? " and prefix" : "");
    return n + prefix;
}

static size_t scan_mac(struct span s, char *format)
{
    for (size_t i = 0; i < 17; i++) {
        char c = at_or_nul(s, i);
        if (i % 3 == 2 ? c != ':' : !is_hex(c))
            return 0;
    }
    snprintf(format, CLASS_FORMAT, "MAC");
    return 17;
}

static size_t scan_port(struct span s, char *format)
{
    size_t n = digits(s, 0);
    if (!n || n > 5)
        return 0;
    char text[6] = {0};
    memcpy(text, s.p, n);
    long port = strtol(text, NULL, 10);
    if (port > 65535)
        return 0;
    if (port >= 32768)
        snprintf(format, CLASS_FORMAT, "a port of the kernel's choice");
    else
        snprintf(format, CLASS_FORMAT, "port %ld", port); /* 0, or chosen: only equal ones */
    return n;
}

/* docker's HumanDuration: "Less than a second", "About an hour", "12 minutes". */
static size_t scan_human(struct span s)
{
    static const char *const phrases[] = {"Less than a second", "About a minute", "About an hour",
                                          NULL};
    static const char *const units[] = {" seconds", " second", " minutes", " minute", " hours",
                                        " hour",    " days",   " day",     " weeks",  " week",
                                        " months",  " month",  " years",   " year",   NULL};
    for (size_t i = 0; phrases[i]; i++)
        if (starts_at(s, 0, phrases[i]))
            return strlen(phrases[i]);
    size_t n = digits(s, 0);
    for (size_t i = 0; n && units[i]; i++)
        if (starts_at(s, n, units[i]))
            return n + strlen(units[i]);
    return 0;
}

/* Go's Duration: "1h2m3.5s", "350ms". */
static size_t scan_go_duration(struct span s)
{
    static const char *const units[] = {"ns", "us", "µs", "ms", "h", "m", "s", NULL};
    size_t all = 0;
    for (;;) {
        size_t n = digits(s, all), unit = 0;
        if (n && at_or_nul(s, all + n) == '.' && digits(s, all + n + 1))
            n += 1 + digits(s, all + n + 1);
        for (size_t i = 0; n && units[i] && !unit; i++)
            unit = starts_at(s, all + n, units[i]) ? strlen(units[i]) : 0;
        if (!unit)
            return all;
        all += n + unit;
    }
}

static size_t scan_duration(struct span s, char *format)
{
    size_t n = scan_human(s);
    snprintf(format, CLASS_FORMAT, n ? "duration in words" : "Go duration");
    return n ? n : scan_go_duration(s);
}

static size_t scan_run(enum class c, struct span s, char *format)
{
    size_t n = 0;
    if (c == CLASS_ANY_STRING) {
        n = s.n;
        snprintf(format, CLASS_FORMAT, "text");
    } else if (c == CLASS_ABS_PATH) {
        while (n < s.n && s.p[0] == '/' && (unsigned char)s.p[n] > ' ')
            n++;
        snprintf(format, CLASS_FORMAT, "absolute path");
    } else if (c == CLASS_HEX) {
        while (n < s.n && (is_digit(s.p[n]) || (s.p[n] >= 'a' && s.p[n] <= 'f')))
            n++;
        snprintf(format, CLASS_FORMAT, "%zu hex digits", n);
    } else {
        while (n < s.n && (is_digit(s.p[n]) || shape(s, n, "a") || strchr("_.-", s.p[n])) && s.p[n])
            n++;
        snprintf(format, CLASS_FORMAT, "word");
    }
    return n;
}

size_t class_scan(enum class c, struct span s, char format[CLASS_FORMAT])
{
    format[0] = 0;
    switch (c) {
    case CLASS_TIME:
        return scan_time(s, format);
    case CLASS_HTTP_DATE:
        return scan_http_date(s, format);
    case CLASS_CLOCK:
        return scan_clock(s, format);
    case CLASS_EPOCH:
    case CLASS_EPOCH_NANO:
    case CLASS_INT:
    case CLASS_PID:
    case CLASS_SIZE:
        return scan_count(c, s, format);
    case CLASS_NUMBER:
        return scan_number(s, format);
    case CLASS_SIZE_TEXT:
        return scan_size_text(s, format);
    case CLASS_IP:
        return scan_ip(s, format);
    case CLASS_MAC:
        return scan_mac(s, format);
    case CLASS_PORT:
        return scan_port(s, format);
    case CLASS_DURATION_TEXT:
        return scan_duration(s, format);
    case CLASS_HEX:
    case CLASS_WORD:
    case CLASS_ABS_PATH:
    case CLASS_ANY_STRING:
        return scan_run(c, s, format);
    default:
        return 0;
    }
}

bool class_format(enum class c, struct span s, char format[CLASS_FORMAT])
{
    if (c == CLASS_DURATION_TEXT)
        return false;
    size_t n = class_scan(c, s, format);
    return n && n == s.n;
}

bool class_seconds(struct span text, int64_t *out)
{
    char room[40] = {0}, format[CLASS_FORMAT];
    bool zero, negative;
    if (!text.n || text.n >= sizeof room)
        return false;
    memcpy(room, text.p, text.n);
    if (scan_integer(text, &zero, &negative) == text.n) {
        *out = strtoll(room, NULL, 10);
        return true;
    }
    struct tm tm = {0};
    if (scan_time(text, format) != text.n || !strptime(room, "%Y-%m-%dT%H:%M:%S", &tm))
        return false;
    *out = timegm(&tm);
    return true;
}

size_t class_root(struct span path)
{
    static const char *const markers[] = {
        "/volumes/", "/containers/",     "/overlay2/", "/overlay/", "/overlay-containers/",
        "/vfs/",     "/vfs-containers/", "/netns/",    NULL};
    for (size_t at = path.n; at-- > 0;)
        for (size_t i = 0; path.p[at] == '/' && markers[i]; i++)
            if (starts_at(path, at, markers[i]))
                return at;
    return 0;
}
