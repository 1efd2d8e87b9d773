#include "recorder/base/buf.h"

#include <errno.h>
#include <string.h>

#include "recorder/base/cleanup.h"
#include "recorder/base/t/suite.h"

START_TEST(starts_empty)
{
    struct buf b = BUF_INIT(8);
    ck_assert_ptr_null(b.p);
    ck_assert_str_eq(buf_str(&b), "");
    ck_assert_ptr_null(buf_take(&b));
    buf_shift(&b, 3);
    buf_clear(&b);
    ck_assert_uint_eq(b.n, 0);
    buf_free(&b);
}
END_TEST

START_TEST(adds_and_ends_with_nul)
{
    CLEANUP(buf_free) struct buf b = BUF_INIT(100);
    ck_assert_int_eq(buf_add(&b, "a\0b", 3), 0);
    ck_assert_int_eq(buf_addc(&b, 'c'), 0);
    ck_assert_int_eq(buf_adds(&b, "de"), 0);
    ck_assert_int_eq(buf_addf(&b, "%03d%s", 7, "x"), 0);
    ck_assert_int_eq(buf_addf(&b, "%s", ""), 0);
    ck_assert_uint_eq(b.n, 10);
    ck_assert_mem_eq(b.p, "a\0bcde007x", 11);
}
END_TEST

/* Each growing call fills the buffer to its limit and not a byte beyond, and a refused one leaves
 * everything as it was. */
START_TEST(limit_holds)
{
    CLEANUP(buf_free) struct buf b = BUF_INIT(5);
    ck_assert_int_eq(buf_adds(&b, "123"), 0);
    errno = 0;
    ck_assert_int_eq(buf_adds(&b, "456"), -1);
    ck_assert_int_eq(errno, EFBIG);
    ck_assert_int_eq(buf_addf(&b, "%d", 456), -1);
    ck_assert_int_eq(buf_reserve(&b, 3), -1);
    ck_assert_int_eq(buf_reserve(&b, SIZE_MAX), -1);
    ck_assert_str_eq(b.p, "123");
    ck_assert_uint_eq(b.n, 3);
    ck_assert_int_eq(buf_addf(&b, "%d", 45), 0);
    ck_assert_int_eq(buf_addc(&b, '6'), -1);
    ck_assert_int_eq(buf_add(&b, "", 0), 0);
    ck_assert_str_eq(b.p, "12345");
}
END_TEST

START_TEST(limit_of_nothing)
{
    CLEANUP(buf_free) struct buf b = BUF_INIT(0);
    ck_assert_int_eq(buf_addc(&b, 'x'), -1);
    ck_assert_int_eq(buf_add(&b, "", 0), 0);
    ck_assert_str_eq(buf_str(&b), "");
}
END_TEST

START_TEST(reserved_room_can_be_written)
{
    CLEANUP(buf_free) struct buf b = BUF_INIT(1 << 16);
    ck_assert_int_eq(buf_adds(&b, "head"), 0);
    ck_assert_int_eq(buf_reserve(&b, 5000), 0);
    ck_assert_str_eq(b.p, "head");
    memset(b.p + b.n, 'z', 5000);
    b.n += 5000;
    ck_assert_int_eq(buf_adds(&b, "tail"), 0);
    ck_assert_uint_eq(b.n, 5008);
    ck_assert_mem_eq(b.p + 5000, "zzzztail", 9);
}
END_TEST

START_TEST(shifts)
{
    CLEANUP(buf_free) struct buf b = BUF_INIT(100);
    ck_assert_int_eq(buf_adds(&b, "abcdef"), 0);
    buf_shift(&b, 0);
    ck_assert_str_eq(b.p, "abcdef");
    buf_shift(&b, 2);
    ck_assert_str_eq(b.p, "cdef");
    ck_assert_uint_eq(b.n, 4);
    buf_shift(&b, 100);
    ck_assert_uint_eq(b.n, 0);
    ck_assert_str_eq(b.p, "");
}
END_TEST

START_TEST(clear_keeps_memory_free_keeps_limit)
{
    struct buf b = BUF_INIT(3);
    ck_assert_int_eq(buf_adds(&b, "abc"), 0);
    const char *memory = b.p;
    buf_clear(&b);
    ck_assert_str_eq(buf_str(&b), "");
    ck_assert_int_eq(buf_adds(&b, "xyz"), 0);
    ck_assert_ptr_eq(b.p, memory);
    buf_free(&b);
    ck_assert_ptr_null(b.p);
    ck_assert_uint_eq(b.cap, 0);
    ck_assert_int_eq(buf_adds(&b, "1234"), -1);
    ck_assert_int_eq(buf_adds(&b, "123"), 0);
    buf_free(&b);
}
END_TEST

START_TEST(taken_memory_is_the_callers)
{
    CLEANUP(buf_free) struct buf b = BUF_INIT(10);
    ck_assert_int_eq(buf_adds(&b, "mine"), 0);
    CLEANUP_FREE char *mine = buf_take(&b);
    ck_assert_uint_eq(b.n, 0);
    ck_assert_int_eq(buf_adds(&b, "other"), 0);
    ck_assert_str_eq(mine, "mine");
    ck_assert_str_eq(b.p, "other");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        starts_empty,
        adds_and_ends_with_nul,
        limit_holds,
        limit_of_nothing,
        reserved_room_can_be_written,
        shifts,
        clear_keeps_memory_free_keeps_limit,
        taken_memory_is_the_callers,
    };
    return suite_run("buf", NULL, NULL, tests, COUNT(tests));
}
