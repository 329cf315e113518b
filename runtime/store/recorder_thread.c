/* The thread: has what is queued written at least once a second, and ends the process when the loop
 * does not come back. */
#include "store/recorder_internal.h"

#include "base/clock.h"
#include "base/interrupt.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICER_BY 5
#define LOOK_NS INT64_C(100000000) /* between two looks for a signal */

/* Under the lock, which is let go while writing. */
static void write_queued(struct recorder *recorder)
{
	struct jobs jobs = recorder->queue;
	size_t size = jobs.size;
	recorder->queue = (struct jobs){0};
	recorder->hurry = false;
	pthread_mutex_unlock(&recorder->lock);
	recorder_write_batch(recorder, &jobs);
	atomic_fetch_sub(&recorder->queued, size);
	jobs_free(&jobs);
	pthread_mutex_lock(&recorder->lock);
	pthread_cond_broadcast(&recorder->changed);
}

/* What is kept comes first: the words may meet a reader who does not read. */
static __attribute__((noreturn)) void end_process(
	struct recorder *recorder, const char *status, int code, int64_t stuck_ns)
{
	struct recorder_watch watch = recorder->watch;
	recorder->ending = true;
	write_queued(recorder);
	pthread_mutex_unlock(&recorder->lock);
	recorder_close_run(recorder, status);
	if (stuck_ns > 0 && watch.last_words != NULL)
		watch.last_words(watch.context, stuck_ns);
	_exit(code);
}

/* Since when the loop has been in one turn; 0 while it waits or nobody watches. */
static int64_t stuck_for_ns(struct recorder *recorder, int64_t now_ns, int64_t *began_ns)
{
	struct recorder_watch watch = recorder->watch;
	*began_ns = watch.turn_began_ns != NULL ? watch.turn_began_ns(watch.context) : 0;
	return *began_ns != 0 ? now_ns - *began_ns : 0;
}

/* A process that was stopped (Ctrl-Z) or a write that took long is no fault of the loop: it gets
 * until the next look. */
static bool looked_lately(struct recorder *recorder, int64_t now_ns)
{
	int64_t before_ns = recorder->looked_ns;
	recorder->looked_ns = now_ns;
	return now_ns - before_ns < 2 * RECORDER_PERIOD_NS;
}

/* Under the lock. */
static void watch_loop(struct recorder *recorder)
{
	int64_t now_ns = clock_now_ns(), began_ns;
	int64_t stuck_ns = stuck_for_ns(recorder, now_ns, &began_ns);
	int64_t interrupted_ns = atomic_load(&recorder->interrupted_ns);
	if (recorder->abandoned)
		end_process(recorder, "interrupted", recorder->abandon_code, 0);
	if (!looked_lately(recorder, now_ns) || stuck_ns == 0)
		return;
	if (interrupted_ns != 0 && began_ns <= interrupted_ns &&
		now_ns - interrupted_ns >= RECORDER_INTERRUPT_NS)
		end_process(
			recorder, "interrupted", atomic_load(&recorder->interrupt_code), stuck_ns);
	if (recorder->watch.limit_ns > 0 && stuck_ns >= recorder->watch.limit_ns)
		end_process(recorder, "failed", recorder->watch.code, stuck_ns);
}

static int64_t next_look_ns(const struct recorder *recorder, int64_t deadline_ns)
{
	if (recorder->watch.turn_began_ns == NULL)
		return deadline_ns;
	int64_t step_ns = RECORDER_PERIOD_NS / 4;
	if (recorder->watch.limit_ns > 0 && recorder->watch.limit_ns / 4 < step_ns)
		step_ns = recorder->watch.limit_ns / 4 + 1;
	int64_t look_ns = clock_now_ns() + step_ns;
	return look_ns < deadline_ns ? look_ns : deadline_ns;
}

static void wait_until(struct recorder *recorder, int64_t deadline_ns)
{
	struct timespec deadline = {.tv_sec = deadline_ns / CLOCK_SECOND_NS,
		.tv_nsec = (long)(deadline_ns % CLOCK_SECOND_NS)};
	pthread_cond_timedwait(&recorder->changed, &recorder->lock, &deadline);
}

/* Waits, watching the loop, until the deadline or until somebody cannot wait. */
static void wait_for_work(struct recorder *recorder, int64_t deadline_ns)
{
	while (!recorder->closing && !recorder->hurry && clock_now_ns() < deadline_ns) {
		int64_t began_ns = clock_now_ns();
		int64_t look_ns = next_look_ns(recorder, deadline_ns);
		wait_until(recorder, look_ns);
		recorder_note_wait(recorder, began_ns, look_ns);
		watch_loop(recorder);
	}
}

/* The loop comes first: where both have one core, a commit of this thread would make it wait. Needs
 * no privilege; where it is refused all the same nothing is lost but that. */
static void step_back(void)
{
	const struct sched_param usual = {.sched_priority = 0};
	pthread_setschedparam(pthread_self(), SCHED_OTHER, &usual);
	setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + NICER_BY);
}

void *recorder_main(void *context)
{
	struct recorder *recorder = context;
	step_back();
	int64_t commit_ns = clock_now_ns() + RECORDER_PERIOD_NS;
	pthread_mutex_lock(&recorder->lock);
	while (!recorder->closing) {
		wait_for_work(recorder, commit_ns - RECORDER_GATHER_NS);
		if (!recorder->hurry && !recorder->closing) {
			atomic_store(&recorder->wants_snapshots, true);
			wait_for_work(recorder, commit_ns);
			commit_ns = clock_now_ns() + RECORDER_PERIOD_NS;
			recorder_watch_clocks(recorder);
		}
		write_queued(recorder);
	}
	write_queued(recorder);
	recorder->closed = true;
	pthread_cond_broadcast(&recorder->changed);
	pthread_mutex_unlock(&recorder->lock);
	return NULL;
}

void recorder_await_thread(struct recorder *recorder)
{
	int code = 0;
	int64_t until_ns = INT64_MAX;
	while (!recorder->closed) {
		int number = interrupt_taken();
		if (number != 0 && interrupt_again() && code == 0) {
			until_ns = clock_now_ns() + RECORDER_PATIENCE_NS;
			code = 128 + number;
		}
		if (clock_now_ns() >= until_ns)
			_exit(code);
		wait_until(recorder, clock_now_ns() + LOOK_NS);
	}
}

void recorder_abandon(struct recorder *recorder, int code)
{
	int64_t until_ns = clock_now_ns() + RECORDER_PATIENCE_NS;
	pthread_mutex_lock(&recorder->lock);
	recorder->abandoned = true;
	recorder->abandon_code = code;
	pthread_cond_broadcast(&recorder->changed);
	while (clock_now_ns() < until_ns)
		wait_until(recorder, until_ns);
	_exit(code);
}
