/* The clock: CLOCK_MONOTONIC for every duration, wall time only to label. All times are int64_t
 * nanoseconds. */
#ifndef BENCH_BASE_CLOCK_H
#define BENCH_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_SECOND_NS INT64_C(1000000000)
#define CLOCK_MS_NS INT64_C(1000000)

int64_t clock_now_ns(void);  /* monotonic */
int64_t clock_wall_ns(void); /* since 1970, UTC */
int64_t clock_boot_ns(void); /* monotonic and counts suspend */

/* Writes "2026-11-25T09:00:00.123Z" (24 bytes and a NUL). */
#define CLOCK_UTC_SIZE 32
void clock_format_utc(int64_t wall_ns, char out[CLOCK_UTC_SIZE]);

#endif
