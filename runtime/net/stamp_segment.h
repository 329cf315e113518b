/* What the kernel says of the bytes that wait in a socket: TCP gives one stamp a call, that of the
 * last segment touched. */
#ifndef BENCH_NET_STAMP_SEGMENT_H
#define BENCH_NET_STAMP_SEGMENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* As recv. *wall_ns: the kernel's stamp of the last segment that these bytes touch, 0 without
 * one. */
ssize_t stamp_receive(int fd, void *data, size_t size, int flags, int64_t *wall_ns);
/* Peeks; *waiting is what recv would have returned. How many of these bytes, from the first, have
 * one stamp, which is *wall_ns; without stamps all. */
size_t stamp_peek(int fd, void *data, size_t size, ssize_t *waiting, int64_t *wall_ns);

#endif
