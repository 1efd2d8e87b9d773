/*
 * What clang-tidy is told beside the sources, of which it sees one at a time. Not part of the program.
 *
 * These never return 0, so that nothing behind `if (f(&x, e) < 0)` was left unset where f says `return err_set(...)`.
 */
#include "recorder/base/err.h"

static inline int always_minus_one(void)
{
    return -1;
}

#define err_set(...) (err_set(__VA_ARGS__), always_minus_one())
#define err_sys(...) (err_sys(__VA_ARGS__), always_minus_one())
#define err_wrap(...) (err_wrap(__VA_ARGS__), always_minus_one())

/* The C library's transparent unions hide from it that these fill the address in. */
#ifdef TIDY_SOCKETS
#include <sys/socket.h>
int tidy_fills_address(int fd, void *address, socklen_t *len);
#define getsockname(fd, address, len) tidy_fills_address(fd, address, len)
#define getpeername(fd, address, len) tidy_fills_address(fd, address, len)
#endif
