/* Wait for descriptors and deadlines, then call back. epoll, and a heap of timers in user space
 * with nanosecond deadlines. One thread owns a loop; nothing here locks. */
#ifndef BENCH_NET_LOOP_H
#define BENCH_NET_LOOP_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOOP_READ 1u
#define LOOP_WRITE 2u

/* A sleep ends some 50 us late; before a punctual deadline the loop is awake and looks on. */
#define LOOP_SPIN_NS INT64_C(60000)

struct loop;
/* ready: LOOP_READ | LOOP_WRITE; an error or hang-up sets both. */
typedef void (*loop_fd_fn)(void *context, int fd, unsigned ready);
typedef void (*loop_fn)(void *context);

/* Owned by whoever waits; zero-initialise, then set fn and context. Must be cleared before
 * it goes. */
struct loop_timer {
	int64_t deadline_ns;
	size_t position; /* 0 when not armed; the loop's business */
	uint64_t order;  /* equal deadlines fire in the order they were set; the loop's business */
	bool punctual;   /* worth a spin of the last LOOP_SPIN_NS */
	loop_fn fn;
	void *context;
};

struct loop *loop_new(struct error *error);
void loop_free(struct loop *loop);

/* Adds or changes. A registration stays until loop_unwatch: changing interest to what it already is
 * makes no system call. Unwatch before closing. Any descriptor may be unwatched, closed and opened
 * anew inside any callback: what epoll said about the old one is not delivered. Ends the program
 * where the kernel refuses (no memory, a plain file). */
void loop_watch(struct loop *loop, int fd, unsigned interest, loop_fd_fn fn, void *context);
void loop_unwatch(struct loop *loop, int fd);

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t deadline_ns);
void loop_timer_clear(struct loop *loop, struct loop_timer *timer);

/* Until the next deadline, or until it is time to spin for it; INT64_MAX where there is none. */
int64_t loop_time_left(const struct loop *loop);

/* Runs fn once in this turn, after the callbacks that are running now. */
void loop_defer(struct loop *loop, loop_fn fn, void *context);
/* Forgets every deferred call of this fn and context: before the context goes away. */
void loop_undefer(struct loop *loop, loop_fn fn, void *context);

/* SIGINT, SIGTERM and SIGHUP must be blocked in all threads first; they then arrive here
 * (signalfd), and fn gets the signal's number. Where the kernel has no signalfd to give they are
 * let through to this thread, and end the process. */
typedef void (*loop_signal_fn)(void *context, int signal);
void loop_on_signal(struct loop *loop, loop_signal_fn fn, void *context);

void loop_run(struct loop *loop);  /* until loop_stop */
void loop_stop(struct loop *loop); /* loop_run returns at the end of this turn, or at once */

/* Monotonic time when this turn began; 0 while the loop waits. May be read from any thread: the
 * watchdog does. */
int64_t loop_turn_began_ns(const struct loop *loop);

/* How late the loop was: the length of each turn, i.e. how long an event may have waited. */
struct loop_lag {
	uint64_t turns;
	int64_t p50_ns, p99_ns, max_ns; /* p50, p99 to within 6 % (logarithmic buckets) */
};
struct loop_lag loop_lag(const struct loop *loop);
void loop_lag_clear(struct loop *loop); /* forgets the turns so far */

#endif
