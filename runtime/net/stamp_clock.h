/* The kernel's stamps, which are wall-clock times, as monotonic ones. */
#ifndef BENCH_NET_STAMP_CLOCK_H
#define BENCH_NET_STAMP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Takes the offset between the clocks anew, so call it beside each read. False where the time would
 * be in the future, before oldest_ns (monotonic), or before the wall clock was last set, as far as
 * this thread saw it. */
bool stamp_clock_convert(int64_t wall_ns, int64_t oldest_ns, int64_t *t_ns);

#endif
