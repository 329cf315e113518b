/* The thread: takes what is queued, writes it in one transaction at least once a second, and ends
 * the process when the loop does not come back. */
#include "store/recorder_internal.h"

#include "base/clock.h"
#include "base/output.h"
#include "store/store_internal.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICER_BY 5

/* What the side file holds, and what not even that. */
static void describe_rescue(const struct recorder *recorder, struct error *words)
{
	const struct rescue *rescue = recorder->rescue;
	char saved[600] = "", lost[120] = "";
	if (rescue_saved(rescue) > 0)
		snprintf(saved, sizeof saved, ". What it could not take is in %s",
			rescue_path(rescue));
	if (rescue_lost(rescue) > 0)
		snprintf(lost, sizeof lost, ". No side file could be written: %zu rows are LOST",
			rescue_lost(rescue));
	error_set(words, ERROR_STORE, "%.280s%s%s", recorder->cause.message, saved, lost);
}

/* The first row that goes to the side file, and the first that is lost, is told at once; all of it
 * stands in the error of the end. */
static void tell_rescue(struct recorder *recorder, const struct error *error)
{
	bool first = !recorder->failed, lost = rescue_lost(recorder->rescue) > 0;
	struct error words;
	if (first)
		recorder->cause = *error;
	describe_rescue(recorder, &words);
	pthread_mutex_lock(&recorder->lock);
	recorder->failed = true;
	recorder->error = words;
	pthread_mutex_unlock(&recorder->lock);
	if (first || (lost && !recorder->told_loss))
		output_format(OUTPUT_STDERR, "bench: %s\n", words.message);
	recorder->told_loss = lost;
}

static bool write_request(struct recorder *recorder, const struct job *job, struct error *error)
{
	struct row row;
	row_build(&row, &recorder->place, &job->context, job->exchange);
	bool ok = store_run(recorder->store, "request", row.request, ROW_REQUEST_COLUMNS, error) &&
		  store_run(recorder->store, row.timeline_name, row.timeline, row.timeline_count,
			  error);
	row_free(&row);
	return ok;
}

static void clean_values(struct job *job)
{
	for (size_t i = 0; i < job->count; i++) {
		struct store_value *value = &job->values[i];
		if (value->type != STORE_TEXT)
			continue;
		char *clean = row_clean_text(value->text, value->size, &value->size);
		free((char *)value->text);
		value->text = clean;
	}
}

static bool write_job(struct recorder *recorder, struct job *job, struct error *error)
{
	if (job->name == NULL)
		return write_request(recorder, job, error);
	clean_values(job);
	return store_run(recorder->store, job->name, job->values, job->count, error);
}

static void rescue_job(struct recorder *recorder, struct job *job, const struct error *error)
{
	if (job->rescued)
		return;
	job->rescued = true;
	if (job->name != NULL) {
		rescue_add(recorder->rescue, job->name, job->values, job->count, error->message);
		return;
	}
	struct row row;
	row_build(&row, &recorder->place, &job->context, job->exchange);
	rescue_add(recorder->rescue, "request", row.request, ROW_REQUEST_COLUMNS, error->message);
	rescue_add(recorder->rescue, row.timeline_name, row.timeline, row.timeline_count,
		error->message);
	row_free(&row);
}

/* What is wrong with one row alone: the rest of the batch is still good. */
static bool fault_of_row(const struct recorder *recorder)
{
	sqlite3 *db = recorder->store->db;
	if (sqlite3_get_autocommit(db))
		return false;
	switch (sqlite3_errcode(db)) {
	case SQLITE_OK: /* no such statement */
	case SQLITE_DONE:
	case SQLITE_ERROR:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE:
	case SQLITE_TOOBIG:
		return true;
	default:
		return false;
	}
}

static bool write_jobs(struct recorder *recorder, struct job *jobs, struct error *error)
{
	for (struct job *job = jobs; job != NULL; job = job->next) {
		if (write_job(recorder, job, error))
			continue;
		if (!fault_of_row(recorder))
			return false;
		rescue_job(recorder, job, error);
		tell_rescue(recorder, error);
	}
	const struct store_value alive[] = {store_integer(recorder->place.run),
		store_integer(clock_now_ns() - recorder->place.origin_ns)};
	return store_run(recorder->store, "run_alive", alive, 2, error);
}

static void rescue_jobs(struct recorder *recorder, struct job *jobs, const struct error *error)
{
	for (struct job *job = jobs; job != NULL; job = job->next) {
		if (job->name != NULL)
			clean_values(job);
		rescue_job(recorder, job, error);
	}
	tell_rescue(recorder, error);
}

static void write_batch(struct recorder *recorder, struct job *jobs)
{
	struct error error = {0};
	if (jobs == NULL)
		return;
	if (store_begin(recorder->store, &error) && write_jobs(recorder, jobs, &error) &&
		store_commit(recorder->store, &error))
		return;
	store_rollback(recorder->store);
	rescue_jobs(recorder, jobs, &error);
}

void recorder_write_now(
	struct recorder *recorder, const char *name, const struct store_value *values, size_t count)
{
	struct error error = {0};
	if (store_begin(recorder->store, &error) &&
		store_run(recorder->store, name, values, count, &error) &&
		store_commit(recorder->store, &error))
		return;
	store_rollback(recorder->store);
	if (recorder->rescue != NULL) {
		rescue_add(recorder->rescue, name, values, count, error.message);
		tell_rescue(recorder, &error);
	}
}

void recorder_close_run(struct recorder *recorder, const char *status)
{
	struct clocks now = clocks_now(), start = recorder->started;
	char ended_at[CLOCK_UTC_SIZE];
	clock_format_utc(now.wall_ns, ended_at);
	int64_t awake = now.mono_ns - start.mono_ns, passed = now.boot_ns - start.boot_ns;
	const struct store_value values[] = {store_integer(recorder->place.run), store_text(status),
		store_integer(now.wall_ns), store_integer(now.mono_ns - recorder->place.origin_ns),
		store_integer(passed - awake), store_integer(now.wall_ns - start.wall_ns - passed),
		store_text(ended_at)};
	recorder_write_now(recorder, "request_close", values, 1);
	recorder_write_now(recorder, "run_end", values, sizeof values / sizeof *values);
}

static size_t jobs_size(const struct job *jobs)
{
	size_t size = 0;
	for (; jobs != NULL; jobs = jobs->next)
		size += jobs->size;
	return size;
}

static void free_jobs(struct job *jobs)
{
	while (jobs != NULL) {
		struct job *next = jobs->next;
		job_free(jobs);
		jobs = next;
	}
}

/* Under the lock, which is let go while writing. */
static void write_queued(struct recorder *recorder)
{
	struct job *jobs = recorder->first;
	uint64_t given = recorder->given;
	recorder->first = recorder->last = NULL;
	recorder->hurry = false;
	pthread_mutex_unlock(&recorder->lock);
	write_batch(recorder, jobs);
	atomic_fetch_sub(&recorder->queued, jobs_size(jobs));
	free_jobs(jobs);
	pthread_mutex_lock(&recorder->lock);
	recorder->done = given;
	pthread_cond_broadcast(&recorder->changed);
}

/* What is kept comes first: the words may meet a reader who does not read. */
static void end_process(struct recorder *recorder, const char *status, int code, int64_t stuck_ns)
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
	struct timespec deadline = {
		.tv_sec = deadline_ns / CLOCK_SECOND_NS, .tv_nsec = deadline_ns % CLOCK_SECOND_NS};
	pthread_cond_timedwait(&recorder->changed, &recorder->lock, &deadline);
}

/* Waits, watching the loop, until the deadline or until somebody cannot wait. */
static void wait_for_work(struct recorder *recorder, int64_t deadline_ns)
{
	while (!recorder->closing && !recorder->hurry && clock_now_ns() < deadline_ns) {
		wait_until(recorder, next_look_ns(recorder, deadline_ns));
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
	pthread_mutex_unlock(&recorder->lock);
	return NULL;
}
