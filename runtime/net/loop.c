/* The event loop. Two ideas beyond the usual: deadlines are nanoseconds, the last of them waited
 * for by ppoll on the epoll descriptor (epoll_wait knows only milliseconds, and epoll_pwait2 is not
 * everywhere); and each registration has a generation, so that an event of a descriptor that was
 * closed in this very turn is not taken for one of its successor with the same number. */
#include "net/loop.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/memory.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_PER_TURN 256
/* A deadline nearer than this is waited for to the nanosecond. */
#define NEAR_NS (3 * CLOCK_MS_NS)

/* Lag histogram: 16 buckets to each power of two, so a bucket is 1/16 of its value wide. */
#define LAG_STEPS 16
#define LAG_BUCKETS (62 * LAG_STEPS)

struct watch {
	loop_fd_fn fn; /* NULL: not watched */
	void *context;
	unsigned interest;
	uint32_t generation;
};

struct deferred {
	loop_fn fn; /* NULL: forgotten */
	void *context;
};

struct loop {
	int epoll;
	bool stopped;

	struct watch *watches; /* by descriptor */
	size_t watch_count;
	uint32_t generation;

	/* a heap; [0] is not used, so that position 0 means not armed */
	struct loop_timer **timers;
	size_t timer_count, timer_capacity;
	uint64_t timer_order;

	struct deferred *deferred;
	size_t deferred_count, deferred_capacity;

	int signals;
	loop_signal_fn signal_fn;
	void *signal_context;

	_Atomic int64_t turn_began_ns;
	uint64_t lag[LAG_BUCKETS];
	uint64_t lag_turns; /* in them */
	int64_t lag_max_ns;
};

struct loop *loop_new(struct error *error)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0) {
		error_set(
			error, ERROR_SYSTEM, "cannot wait for events: epoll: %s", strerror(errno));
		return NULL;
	}
	struct loop *loop = memory_new(sizeof *loop);
	loop->epoll = epoll;
	loop->signals = -1;
	return loop;
}

void loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->signals >= 0)
		close(loop->signals);
	close(loop->epoll);
	free(loop->watches);
	free(loop->timers);
	free(loop->deferred);
	free(loop);
}

/* ---- descriptors ---- */

static struct watch *watch_of(struct loop *loop, int fd)
{
	loop->watches = memory_reaching(
		loop->watches, (size_t)fd, &loop->watch_count, sizeof *loop->watches);
	return &loop->watches[fd];
}

static void tell_epoll(struct loop *loop, int fd, int operation, const struct watch *watch)
{
	struct epoll_event event = {
		.events = (watch->interest & LOOP_READ ? (uint32_t)EPOLLIN : 0) |
			  (watch->interest & LOOP_WRITE ? (uint32_t)EPOLLOUT : 0),
		.data.u64 = (uint64_t)watch->generation << 32 | (uint32_t)fd,
	};
	if (epoll_ctl(loop->epoll, operation, fd, &event) == 0)
		return;
	fprintf(stderr, "bench: cannot wait for descriptor %d: %s\n", fd, strerror(errno));
	abort();
}

void loop_watch(struct loop *loop, int fd, unsigned interest, loop_fd_fn fn, void *context)
{
	struct watch *watch = watch_of(loop, fd);
	bool fresh = watch->fn == NULL;
	bool same = !fresh && watch->interest == interest;
	watch->fn = fn;
	watch->context = context;
	watch->interest = interest;
	if (same)
		return;
	if (fresh)
		watch->generation = ++loop->generation;
	tell_epoll(loop, fd, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, watch);
}

void loop_unwatch(struct loop *loop, int fd)
{
	if (fd < 0 || (size_t)fd >= loop->watch_count || loop->watches[fd].fn == NULL)
		return;
	loop->watches[fd].fn = NULL;
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
}

static void dispatch(struct loop *loop, const struct epoll_event *event)
{
	int fd = (int)(uint32_t)event->data.u64;
	const struct watch *watch = &loop->watches[fd];
	if (watch->fn == NULL || watch->generation != (uint32_t)(event->data.u64 >> 32))
		return;
	unsigned ready = 0;
	if (event->events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		ready |= LOOP_READ;
	if (event->events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		ready |= LOOP_WRITE;
	watch->fn(watch->context, fd, ready);
}

/* ---- timers ---- */

static bool before(const struct loop_timer *a, const struct loop_timer *b)
{
	if (a->deadline_ns != b->deadline_ns)
		return a->deadline_ns < b->deadline_ns;
	return a->order < b->order;
}

static void place(struct loop *loop, struct loop_timer *timer, size_t position)
{
	loop->timers[position] = timer;
	timer->position = position;
}

static void sift_up(struct loop *loop, struct loop_timer *timer, size_t position)
{
	while (position > 1 && before(timer, loop->timers[position / 2])) {
		place(loop, loop->timers[position / 2], position);
		position /= 2;
	}
	place(loop, timer, position);
}

static void sift_down(struct loop *loop, struct loop_timer *timer, size_t position)
{
	for (;;) {
		size_t child = 2 * position;
		if (child > loop->timer_count)
			break;
		if (child < loop->timer_count &&
			before(loop->timers[child + 1], loop->timers[child]))
			child++;
		if (!before(loop->timers[child], timer))
			break;
		place(loop, loop->timers[child], position);
		position = child;
	}
	place(loop, timer, position);
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t deadline_ns)
{
	loop_timer_clear(loop, timer);
	timer->deadline_ns = deadline_ns;
	timer->order = ++loop->timer_order;
	loop->timers = memory_grown(
		loop->timers, loop->timer_count + 1, &loop->timer_capacity, sizeof(void *));
	sift_up(loop, timer, ++loop->timer_count);
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
	size_t position = timer->position;
	if (position == 0)
		return;
	timer->position = 0;
	struct loop_timer *last = loop->timers[loop->timer_count--];
	if (last == timer)
		return;
	if (position > 1 && before(last, loop->timers[position / 2]))
		sift_up(loop, last, position);
	else
		sift_down(loop, last, position);
}

/* Fires at most as many as were armed when it began, so that timers that set themselves again to a
 * moment that has passed cannot keep descriptors waiting. */
static void fire_timers(struct loop *loop)
{
	if (loop->timer_count == 0)
		return;
	int64_t now = clock_now_ns();
	for (size_t left = loop->timer_count; left > 0 && loop->timer_count > 0; left--) {
		struct loop_timer *timer = loop->timers[1];
		if (timer->deadline_ns > now)
			return;
		loop_timer_clear(loop, timer);
		timer->fn(timer->context);
	}
}

/* ---- deferred calls ---- */

void loop_defer(struct loop *loop, loop_fn fn, void *context)
{
	loop->deferred = memory_grown(loop->deferred, loop->deferred_count,
		&loop->deferred_capacity, sizeof *loop->deferred);
	loop->deferred[loop->deferred_count++] = (struct deferred){fn, context};
}

void loop_undefer(struct loop *loop, loop_fn fn, void *context)
{
	for (size_t i = 0; i < loop->deferred_count; i++)
		if (loop->deferred[i].fn == fn && loop->deferred[i].context == context)
			loop->deferred[i].fn = NULL;
}

/* What is deferred while this runs waits for the next turn, which then does not sleep. */
static void run_deferred(struct loop *loop)
{
	size_t count = loop->deferred_count;
	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		struct deferred call = loop->deferred[i];
		loop->deferred[i].fn = NULL;
		if (call.fn != NULL)
			call.fn(call.context);
	}
	loop->deferred_count -= count;
	memmove(loop->deferred, loop->deferred + count,
		loop->deferred_count * sizeof *loop->deferred);
}

/* ---- signals ---- */

static void on_signals(void *context, int fd, unsigned ready)
{
	struct loop *loop = context;
	struct signalfd_siginfo info;
	(void)ready;
	while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
		loop->signal_fn(loop->signal_context, (int)info.ssi_signo);
}

void loop_on_signal(struct loop *loop, loop_signal_fn fn, void *context)
{
	const sigset_t set = interrupt_signals();
	if (loop->signals < 0)
		loop->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (loop->signals < 0) {
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
		return;
	}
	loop->signal_fn = fn;
	loop->signal_context = context;
	loop_watch(loop, loop->signals, LOOP_READ, on_signals, loop);
}

/* ---- turns ---- */

static size_t lag_bucket(int64_t ns)
{
	uint64_t value = ns > 0 ? (uint64_t)ns : 0;
	if (value < LAG_STEPS)
		return (size_t)value;
	unsigned power = 63 - (unsigned)__builtin_clzll(value);
	size_t bucket =
		(power - 3) * (size_t)LAG_STEPS + ((value >> (power - 4)) & (LAG_STEPS - 1));
	return bucket < LAG_BUCKETS ? bucket : LAG_BUCKETS - 1;
}

/* The middle of a bucket. */
static int64_t lag_value(size_t bucket)
{
	if (bucket < LAG_STEPS)
		return (int64_t)bucket;
	unsigned power = (unsigned)(bucket / LAG_STEPS) + 3;
	int64_t step = INT64_C(1) << (power - 4);
	return (INT64_C(1) << power) + (int64_t)(bucket % LAG_STEPS) * step + step / 2;
}

int64_t loop_time_left(const struct loop *loop)
{
	if (loop->timer_count == 0)
		return INT64_MAX;
	const struct loop_timer *next = loop->timers[1];
	return next->deadline_ns - (next->punctual ? LOOP_SPIN_NS : 0) - clock_now_ns();
}

static int harvest(struct loop *loop, struct epoll_event *events, int timeout_ms)
{
	return epoll_wait(loop->epoll, events, EVENTS_PER_TURN, timeout_ms);
}

static void sleep_until_something(struct loop *loop, int64_t left)
{
	struct pollfd poll = {.fd = loop->epoll, .events = POLLIN};
	struct timespec timeout = {left / CLOCK_SECOND_NS, (long)(left % CLOCK_SECOND_NS)};
	int ready = left > 0 ? ppoll(&poll, 1, &timeout, NULL) : 0;
	if (!loop->timers[1]->punctual)
		return;
	while (ready == 0 && clock_now_ns() < loop->timers[1]->deadline_ns) {
		const struct timespec now = {0};
		ready = ppoll(&poll, 1, &now, NULL);
	}
}

/* A deadline that is far away leaves it to epoll to wait, which ends well before: one system call
 * instead of two. */
static int wait_for_events(struct loop *loop, struct epoll_event *events)
{
	int64_t left = loop->deferred_count > 0 ? 0 : loop_time_left(loop);
	if (left == INT64_MAX)
		return harvest(loop, events, -1);
	if (left >= NEAR_NS) {
		int64_t ms = left / CLOCK_MS_NS - 1;
		return harvest(loop, events, ms < INT_MAX ? (int)ms : INT_MAX);
	}
	if (loop->deferred_count == 0)
		sleep_until_something(loop, left);
	return harvest(loop, events, 0);
}

static void account(struct loop *loop, int64_t began)
{
	int64_t lag = clock_now_ns() - began;
	loop->lag[lag_bucket(lag)]++;
	loop->lag_turns++;
	if (lag > loop->lag_max_ns)
		loop->lag_max_ns = lag;
	atomic_store_explicit(&loop->turn_began_ns, 0, memory_order_relaxed);
}

static void turn(struct loop *loop)
{
	struct epoll_event events[EVENTS_PER_TURN];
	int count = wait_for_events(loop, events);
	int64_t began = clock_now_ns();
	atomic_store_explicit(&loop->turn_began_ns, began, memory_order_relaxed);
	for (int i = 0; i < count; i++)
		dispatch(loop, &events[i]);
	fire_timers(loop);
	run_deferred(loop);
	account(loop, began);
}

void loop_run(struct loop *loop)
{
	while (!loop->stopped)
		turn(loop);
	loop->stopped = false;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

int64_t loop_turn_began_ns(const struct loop *loop)
{
	return atomic_load_explicit(&loop->turn_began_ns, memory_order_relaxed);
}

static int64_t lag_quantile(const struct loop *loop, double p)
{
	uint64_t wanted = (uint64_t)((double)(loop->lag_turns - 1) * p) + 1;
	uint64_t seen = 0;
	for (size_t bucket = 0; bucket < LAG_BUCKETS; bucket++) {
		seen += loop->lag[bucket];
		if (seen >= wanted)
			return lag_value(bucket) < loop->lag_max_ns ? lag_value(bucket)
								    : loop->lag_max_ns;
	}
	return loop->lag_max_ns;
}

struct loop_lag loop_lag(const struct loop *loop)
{
	struct loop_lag lag = {.turns = loop->lag_turns};
	if (lag.turns == 0)
		return lag;
	lag.p50_ns = lag_quantile(loop, 0.5);
	lag.p99_ns = lag_quantile(loop, 0.99);
	lag.max_ns = loop->lag_max_ns;
	return lag;
}

void loop_lag_clear(struct loop *loop)
{
	memset(loop->lag, 0, sizeof loop->lag);
	loop->lag_turns = 0;
	loop->lag_max_ns = 0;
}
