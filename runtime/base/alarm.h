/* A look, now and then, at work that may not come back by itself: a signal (SIGVTALRM) to the
 * thread that does it. As long as nothing takes long it costs one system call each ALARM_NS. */
#ifndef BENCH_BASE_ALARM_H
#define BENCH_BASE_ALARM_H

#include "base/clock.h"

#define ALARM_NS (20 * CLOCK_MS_NS)

/* Called about each ALARM_NS between the two, in a signal handler on the thread that entered: what
 * it touches must allow for that. Not nested. */
typedef void (*alarm_fn)(void *context);
void alarm_enter(alarm_fn ring, void *context);
void alarm_leave(void);

#endif
