/* Rows on their way into the database; what it does not take goes to the side file. */
#include "store/recorder_internal.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/output.h"
#include "store/store_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With some hundred token events each they fit into the cache (recorder.c): what a transaction
 * writes beyond goes to the disk page by page, which takes a tenth longer. */
#define ROWS_A_COMMIT 500

/* What the side file holds, and what not even that. */
static void describe_rescue(const struct recorder *recorder, struct error *words)
{
	const struct rescue *rescue = recorder->rescue;
	char saved[600] = "", lost[120] = "";
	const char *place = rescue_place(rescue, 0), *next = rescue_place(rescue, 1);
	if (place != NULL)
		snprintf(saved, sizeof saved, ". What it could not take is in %s%s%s", place,
			next != NULL ? " and " : "", next != NULL ? next : "");
	if (rescue_lost(rescue) > 0)
		snprintf(lost, sizeof lost, ". No side file could be written: %zu rows are LOST",
			rescue_lost(rescue));
	error_set(words, ERROR_STORE, "%.280s%s%s", recorder->cause.message, saved, lost);
}

void recorder_tell_failure(struct recorder *recorder)
{
	if (recorder->failed && strcmp(recorder->told.message, recorder->error.message) != 0)
		output_format(OUTPUT_STDERR, "bench: %s\n", recorder->error.message);
	recorder->told = recorder->error;
}

/* The first row that goes to the side file, and the first that is lost, is told at once; what came
 * to it at the end. */
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
		recorder_tell_failure(recorder);
	recorder->told_loss = lost;
}

/* `given` tells which is likelier to find what it needs; either may come first. */
static bool write_row(
	struct store *store, const struct store_value *values, bool given, struct error *error)
{
	const char *first = given ? "request_again" : "request";
	const char *second = given ? "request" : "request_again";
	return store_run(store, first, values, ROW_REQUEST_COLUMNS, error) &&
	       (store_changes(store) > 0 ||
		       store_run(store, second, values, ROW_REQUEST_COLUMNS, error));
}

static bool write_timeline(struct store *store, const struct row *row, struct error *error)
{
	return row->timeline_name == NULL ||
	       store_run(store, row->timeline_name, row->timeline, row->timeline_count, error);
}

/* What is kept of a timeline that has grown is what its row still says: it comes before the row.
 * Where it is not what the loop takes it for, all is written. */
static bool write_request(struct recorder *recorder, const struct job *job, struct error *error)
{
	struct store *store = recorder->store;
	struct row row;
	row_build(&row, &recorder->place, &job->context, job->exchange);
	bool grown = row.grown && write_timeline(store, &row, error) && store_changes(store) > 0;
	if (row.grown && !grown)
		row_build_timeline(&row, &recorder->place, &job->context, job->exchange, true);
	bool ok = write_row(store, row.request, job->context.given, error) &&
		  (grown || write_timeline(store, &row, error));
	row_free(&row);
	return ok;
}

static void clean_values(struct jobs *jobs, struct job *job)
{
	for (size_t i = 0; i < job->count; i++) {
		struct store_value *value = &job->values[i];
		if (value->type != STORE_TEXT || row_text_is_clean(value->text, value->size))
			continue;
		size_t size;
		char *clean = row_clean_text(value->text, value->size, &size);
		*value = store_bytes(jobs_keep(jobs, clean, size), size);
		free(clean);
	}
}

static bool write_job(
	struct recorder *recorder, struct jobs *jobs, struct job *job, struct error *error)
{
	if (job->name == NULL)
		return write_request(recorder, job, error);
	clean_values(jobs, job);
	return store_run(recorder->store, job->name, job->values, job->count, error);
}

static void rescue_job(struct recorder *recorder, struct job *job, const struct error *error)
{
	if (job->rescued || job->replaced)
		return;
	job->rescued = true;
	if (job->name != NULL) {
		const struct rescue_row given = {job->name, job->values, job->count};
		rescue_add(recorder->rescue, &given, 1, error->message);
		return;
	}
	struct row row;
	row_build(&row, &recorder->place, &job->context, job->exchange);
	row_build_timeline(&row, &recorder->place, &job->context, job->exchange, true);
	const struct rescue_row rows[] = {{"request", row.request, ROW_REQUEST_COLUMNS},
		{"request_again", row.request, ROW_REQUEST_COLUMNS},
		{row.timeline_name, row.timeline, row.timeline_count}};
	rescue_add(recorder->rescue, rows, row.timeline_name != NULL ? 3 : 2, error->message);
	row_free(&row);
}

/* Put back, what the side file holds comes last: there, too, an older state of the same thing is to
 * be followed by the newer one. (Of a request request_again.sql tells which one is older.) */
static bool may_follow_rescued(const struct recorder *recorder, const struct job *job)
{
	return rescue_place(recorder->rescue, 0) != NULL && job->name != NULL &&
	       (strcmp(job->name, "backend") == 0 || strcmp(job->name, "phase") == 0);
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

/* The last job of a batch about a request. */
struct latest {
	int64_t seq;
	struct job *job;
};

static int by_number(const void *a, const void *b)
{
	const struct latest *one = a, *other = b;
	return one->seq < other->seq ? -1 : one->seq > other->seq;
}

static void keep_latest(struct jobs *jobs, struct latest *list, size_t count)
{
	for (struct job *job = jobs->first; job != NULL; job = job->next) {
		const struct latest wanted = {.seq = job->context.seq};
		struct latest *found = bsearch(&wanted, list, count, sizeof *list, by_number);
		if (found == NULL)
			continue;
		if (found->job != NULL)
			found->job->replaced = true;
		found->job = job;
	}
}

/* A request that ends soon after a snapshot was taken of it comes twice in one batch: the first
 * would be written only to be replaced. */
static void leave_out_replaced(struct jobs *jobs)
{
	size_t count = jobs->snapshots;
	if (count == 0)
		return;
	struct latest *list = memory_new(count * sizeof *list), *next = list;
	for (const struct job *job = jobs->first; job != NULL; job = job->next)
		if (job_is_snapshot(job))
			(next++)->seq = job->context.seq;
	qsort(list, count, sizeof *list, by_number);
	keep_latest(jobs, list, count);
	free(list);
}

static struct job *end_of_part(struct job *job)
{
	for (int i = 0; i < ROWS_A_COMMIT && job != NULL; i++)
		job = job->next;
	return job;
}

static bool write_jobs(struct recorder *recorder, struct jobs *jobs, struct job *from,
	const struct job *end, struct error *error)
{
	for (struct job *job = from; job != end; job = job->next) {
		bool written = job->replaced || write_job(recorder, jobs, job, error);
		if (written && may_follow_rescued(recorder, job))
			rescue_job(recorder, job, &recorder->cause);
		if (written)
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

static void rescue_jobs(
	struct recorder *recorder, struct jobs *jobs, struct job *from, const struct error *error)
{
	for (struct job *job = from; job != NULL; job = job->next) {
		clean_values(jobs, job);
		rescue_job(recorder, job, error);
	}
	tell_rescue(recorder, error);
}

/* Before the side file takes what the batch had of the disk; the end of the run is still to come.
 */
static void mark_failed(struct recorder *recorder)
{
	reserve_give_back(recorder);
	recorder_end_run(recorder, "failed");
	reserve_take(recorder);
}

static void write_parts(struct recorder *recorder, struct jobs *jobs)
{
	struct store *store = recorder->store;
	struct error error = {0};
	for (struct job *from = jobs->first, *end; from != NULL; from = end) {
		end = end_of_part(from);
		if (store_begin(store, &error) && write_jobs(recorder, jobs, from, end, &error) &&
			store_execute(store, "COMMIT", &error))
			continue;
		bool full = sqlite3_errcode(store->db) == SQLITE_FULL;
		store_rollback(store);
		if (full && !recorder->failed)
			mark_failed(recorder);
		rescue_jobs(recorder, jobs, from, &error);
		return;
	}
}

void recorder_write_batch(struct recorder *recorder, struct jobs *jobs)
{
	leave_out_replaced(jobs);
	write_parts(recorder, jobs);
	hide_learnt(recorder);
}

void recorder_write_now(
	struct recorder *recorder, const char *name, const struct store_value *values, size_t count)
{
	struct store *store = recorder->store;
	struct error error = {0};
	if (store_begin(store, &error) &&
		store_end(store, store_run(store, name, values, count, &error), &error))
		return;
	if (recorder->rescue != NULL) {
		const struct rescue_row row = {name, values, count};
		rescue_add(recorder->rescue, &row, 1, error.message);
		tell_rescue(recorder, &error);
	}
}
