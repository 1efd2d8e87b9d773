#include "recorder/base/base64.h"

#include <errno.h>
#include <string.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/t/suite.h"

/* As RFC 4648, 10; and bytes that the two alphabets write differently. */
static const struct {
    struct span bytes;
    const char *text;
} known[] = {
    {SPAN_LIT(""), ""},
    {SPAN_LIT("g"), "Zw=="},
    {SPAN_LIT("go"), "Z28="},
    {SPAN_LIT("foo"), "Zm9v"},
    {SPAN_LIT("foob"), "Zm9vYg=="},
    {SPAN_LIT("fooba"), "Zm9vYmE="},
    {SPAN_LIT("foobar"), "Zm9vYmFy"},
    {SPAN_LIT("\0\0\0"), "AAAA"},
    {SPAN_LIT("\xfb\xff\xbf"), "+/+/"},
    {SPAN_LIT("\xff\xfe"), "//4="},
};

static void ck_decodes(const char *text, struct span want)
{
    CLEANUP(buf_free) struct buf out = BUF_INIT(100);
    ck_assert_int_eq(buf_adds(&out, "before"), 0);
    ck_assert_msg(base64_decode(span_of(text), &out) == 0, "refused: %s", text);
    ck_assert_uint_eq(out.n, 6 + want.n);
    ck_assert_msg(memcmp(out.p + 6, want.p, want.n) == 0, "other bytes: %s", text);
}

START_TEST(known_both_ways)
{
    for (size_t i = 0; i < COUNT(known); i++) {
        CLEANUP(buf_free) struct buf out = BUF_INIT(100);
        ck_assert_int_eq(buf_adds(&out, "x"), 0);
        ck_assert_int_eq(base64_encode(known[i].bytes, &out), 0);
        ck_assert_str_eq(out.p + 1, known[i].text);
        ck_assert_uint_eq(out.n, 1 + strlen(known[i].text));
        ck_decodes(known[i].text, known[i].bytes);
    }
}
END_TEST

START_TEST(other_spellings_are_taken)
{
    ck_decodes("Zw", SPAN_LIT("g"));
    ck_decodes("Z28", SPAN_LIT("go"));
    ck_decodes("-_-_", SPAN_LIT("\xfb\xff\xbf"));
    ck_decodes("__4", SPAN_LIT("\xff\xfe"));
    ck_decodes("__4=", SPAN_LIT("\xff\xfe"));
}
END_TEST

static const char *const invalid[] = {
    "Z",     "Zm9vY",  "Z===",     "=",          "==",         "====",
    "Zg=",   "Zm8==",  "Zm9v=",    "Zm9=v",      "Zg==Zg==",   "Zm 9v",
    " Zm9v", "Zm9v\n", "Zm9v====", "Zm\xc3\xa4", "Zm9v, Zm9v", "{\"a\":1}",
};

START_TEST(anything_else_is_refused)
{
    for (size_t i = 0; i < COUNT(invalid); i++) {
        CLEANUP(buf_free) struct buf out = BUF_INIT(100);
        ck_assert_int_eq(buf_adds(&out, "before"), 0);
        errno = 0;
        ck_assert_msg(base64_decode(span_of(invalid[i]), &out) < 0, "taken: %s", invalid[i]);
        ck_assert_int_eq(errno, EINVAL);
        ck_assert_str_eq(out.p, "before");
    }
    CLEANUP(buf_free) struct buf out = BUF_INIT(100);
    ck_assert_int_lt(base64_decode(SPAN_LIT("Zm9\0"), &out), 0);
}
END_TEST

/* The limit is of what comes out, to the byte. */
START_TEST(limits_hold)
{
    for (size_t n = 0; n < 20; n++) {
        CLEANUP(buf_free) struct buf text = BUF_INIT(100);
        CLEANUP(buf_free) struct buf exact = BUF_INIT(n);
        CLEANUP(buf_free) struct buf small = BUF_INIT(n ? n - 1 : 0);
        ck_assert_int_eq(base64_encode((struct span){"12345678901234567890", n}, &text), 0);
        ck_assert_msg(base64_decode((struct span){text.p, text.n}, &exact) == 0, "%zu bytes", n);
        ck_assert_uint_eq(exact.n, n);
        if (!n)
            continue;
        errno = 0;
        ck_assert_int_lt(base64_decode((struct span){text.p, text.n}, &small), 0);
        ck_assert_int_eq(errno, EFBIG);
        ck_assert_uint_eq(small.n, 0);
        CLEANUP(buf_free) struct buf narrow = BUF_INIT(text.n - 1);
        ck_assert_int_lt(base64_encode((struct span){"12345678901234567890", n}, &narrow), 0);
        ck_assert_uint_eq(narrow.n, 0);
    }
}
END_TEST

START_TEST(random_bytes_come_back)
{
    struct prng r = prng_of(1);
    for (int round = 0; round < 500; round++) {
        char bytes[200];
        size_t n = prng_below(&r, sizeof bytes);
        for (size_t i = 0; i < n; i++)
            bytes[i] = (char)prng_below(&r, 256);
        CLEANUP(buf_free) struct buf text = BUF_INIT(1000);
        CLEANUP(buf_free) struct buf back = BUF_INIT(1000);
        ck_assert_int_eq(base64_encode((struct span){bytes, n}, &text), 0);
        ck_assert_uint_eq(text.n % 4, 0);
        ck_assert_int_eq(base64_decode((struct span){text.p, text.n}, &back), 0);
        ck_assert(span_eq((struct span){bytes, n}, (struct span){back.p, back.n}));
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        known_both_ways, other_spellings_are_taken, anything_else_is_refused,
        limits_hold,     random_bytes_come_back,
    };
    return suite_run("base64", NULL, NULL, tests, COUNT(tests));
}
