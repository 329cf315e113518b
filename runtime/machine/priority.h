/* Real-time priority for the thread that calls, only where somebody asked for it. */
#ifndef BENCH_MACHINE_PRIORITY_H
#define BENCH_MACHINE_PRIORITY_H

#include "base/error.h"

#include <stdbool.h>

/* Above every normal thread (SCHED_RR, the lowest of its priorities); threads and processes made
 * later are normal. Who then computes for half a second without a wait is put back among the normal
 * ones (RLIMIT_RTTIME), so that it cannot take the machine from the server that it measures. False
 * with words where the privilege is missing. Once a process. */
bool priority_raise(struct error *error);
/* "normal", "real-time", or "lost" (it was put back). */
const char *priority_got(void);

#endif
