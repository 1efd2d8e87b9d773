#include "recorder/base/sha256.h"

#include <string.h>

#include "recorder/base/t/suite.h"

static struct err e;

/* The examples of FIPS 180-2, B, and the empty message. */
static const char *const known[][2] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};
static const char million_a[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

START_TEST(known_vectors)
{
    for (size_t i = 0; i < COUNT(known); i++) {
        char out[SHA256_HEX];
        ck_assert_int_eq(sha256_hex(span_of(known[i][0]), out, &e), 0);
        ck_assert_str_eq(out, known[i][1]);
    }
    char out[SHA256_HEX];
    ck_assert_int_eq(sha256_hex((struct span){NULL, 0}, out, &e), 0);
    ck_assert_str_eq(out, known[0][1]);
}
END_TEST

START_TEST(a_million_in_pieces)
{
    char piece[1000], out[SHA256_HEX];
    memset(piece, 'a', sizeof piece);
    struct sha256 *h = sha256_new(&e);
    ck_assert_ptr_nonnull(h);
    size_t left = 1000000;
    for (size_t n = 1; left; n = n % sizeof piece + 1) {
        n = n < left ? n : left;
        ck_assert_int_eq(sha256_add(h, (struct span){piece, n}, &e), 0);
        left -= n;
    }
    ck_assert_int_eq(sha256_finish(h, out, &e), 0);
    ck_assert_str_eq(out, million_a);
}
END_TEST

START_TEST(cuts_change_nothing)
{
    char text[130], whole[SHA256_HEX], out[SHA256_HEX];
    memset(text, 'x', sizeof text);
    for (size_t cut = 0; cut <= sizeof text; cut++) {
        text[cut % sizeof text]++;
        ck_assert_int_eq(sha256_hex((struct span){text, sizeof text}, whole, &e), 0);
        struct sha256 *h = sha256_new(&e);
        sha256_add(h, (struct span){text, cut}, &e);
        sha256_add(h, (struct span){text + cut, sizeof text - cut}, &e);
        ck_assert_int_eq(sha256_finish(h, out, &e), 0);
        ck_assert_str_eq(out, whole);
    }
}
END_TEST

START_TEST(given_up_half_way)
{
    sha256_free(NULL);
    struct sha256 *h = sha256_new(&e);
    ck_assert_int_eq(sha256_add(h, SPAN_LIT("abc"), &e), 0);
    sha256_free(h); /* the leak sanitizer looks on */
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        known_vectors,
        a_million_in_pieces,
        cuts_change_nothing,
        given_up_half_way,
    };
    return suite_run("sha256", NULL, NULL, tests, COUNT(tests));
}
