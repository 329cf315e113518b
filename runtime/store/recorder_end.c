/* The end of a run: the thread stops, what it could not write is told, the run is closed and summed
 * up, and a file that was moved away meanwhile is followed. */
#include "store/recorder_internal.h"

#include "base/clock.h"
#include "base/memory.h"
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

void recorder_end_run(struct recorder *recorder, const char *status)
{
	bool has_ended = recorder->ended.mono_ns != 0;
	struct clocks now = has_ended ? recorder->ended : clocks_now();
	char ended_at[CLOCK_UTC_SIZE];
	clock_format_utc(now.wall_ns, ended_at);
	const struct store_value values[] = {store_integer(recorder->place.run), store_text(status),
		store_integer(now.wall_ns), store_integer(now.mono_ns - recorder->place.origin_ns),
		store_text(ended_at)};
	recorder_write_now(recorder, "run_end", values, sizeof values / sizeof *values);
}

void recorder_close_run(struct recorder *recorder, const char *status)
{
	const struct store_value run = store_integer(recorder->place.run);
	reserve_give_back(recorder);
	recorder_write_now(recorder, "request_close", &run, 1);
	recorder_end_run(recorder, status);
}

static bool copy_failure(struct recorder *recorder, struct error *error)
{
	if (!recorder->failed)
		return true;
	if (error != NULL)
		*error = recorder->error;
	return false;
}

static void stop_thread(struct recorder *recorder)
{
	pthread_mutex_lock(&recorder->lock);
	recorder->closing = true;
	pthread_cond_broadcast(&recorder->changed);
	recorder_await_thread(recorder);
	pthread_mutex_unlock(&recorder->lock);
	pthread_join(recorder->thread, NULL);
}

/* Says that the file is no longer there; what is written from now on goes to a copy. */
static void follow_moved(struct recorder *recorder)
{
	struct store *moved = recorder->store;
	struct error why = {0};
	if (recorder->is_part || !store_has_moved(moved))
		return;
	struct store *copy = store_copy_beside(moved, &why);
	recorder->failed = true;
	error_set(&recorder->error, ERROR_STORE,
		"%s was deleted or moved away while the run was written to it. %s%s",
		store_path(moved),
		copy != NULL ? "All that it held is in " : "No copy could be made: ",
		copy != NULL ? store_path(copy) : why.message);
	recorder_tell_failure(recorder);
	if (copy == NULL)
		return;
	store_settle(moved);
	store_close(moved);
	recorder->store = copy;
}

/* Straight into the database: what is put back out of a side file is missing no more. */
static void keep_missing(struct recorder *recorder, const char *text)
{
	struct store *store = recorder->store;
	const struct store_value values[] = {store_integer(recorder->place.run), store_null(),
		store_null(), store_text("rows_missing"), store_text(text)};
	if (store_begin(store, NULL))
		store_end(store, store_run(store, "warning", values, 5, NULL), NULL);
}

/* On the page, too, and in the file, however later it is read. */
static void tell_missing(struct recorder *recorder)
{
	const struct rescue *rescue = recorder->rescue;
	const char *place;
	char *text;
	for (size_t i = 0; (place = rescue_place(rescue, i)) != NULL; i++) {
		text = memory_format("Rows of this run are missing here: the database could not "
				     "take them. They are in %s; its first lines say how to put "
				     "them back.",
			place);
		keep_missing(recorder, text);
		free(text);
	}
	if (rescue_lost(rescue) == 0)
		return;
	text = memory_format("%zu rows of this run are lost: neither the database nor a file "
			     "beside it could take them.",
		rescue_lost(rescue));
	keep_missing(recorder, text);
	free(text);
}

/* Behind the rows that were saved: with them all put back, the run is what it would have been. */
static void save_done(struct recorder *recorder)
{
	const struct store_value run = store_integer(recorder->place.run);
	const struct rescue_row row = {"run_done_back", &run, 1};
	if (rescue_place(recorder->rescue, 0) != NULL && rescue_lost(recorder->rescue) == 0)
		rescue_add(recorder->rescue, &row, 1, recorder->cause.message);
}

/* A run that lacks rows is not done. */
static void complete_run(struct recorder *recorder, const char *status)
{
	struct error error = {0};
	bool lacks_rows = recorder->failed && strcmp(status, "done") == 0;
	recorder_close_run(recorder, lacks_rows ? "failed" : status);
	if (lacks_rows)
		save_done(recorder);
	tell_missing(recorder);
	if (!recorder->is_part && !store_summarise(recorder->store, recorder->place.run, &error) &&
		!recorder->failed) {
		recorder->failed = true;
		recorder->error = error;
	}
	recorder_tell_failure(recorder);
	follow_moved(recorder);
}

static bool take_parts(struct recorder *recorder, const char *const *parts, size_t count)
{
	struct error error = {0};
	if (hide_replaced(recorder, &error) &&
		store_merge_parts(recorder->store, recorder->place.run, parts, count, &error))
		return true;
	recorder->failed = true;
	recorder->error = recorder->cause = error;
	return false;
}

/* Who made a part told in it what jumped. */
bool recorder_finish_parts(struct recorder *recorder, const char *status, const char *const *parts,
	size_t count, struct error *error)
{
	stop_thread(recorder);
	recorder->ended = clocks_now();
	complete_run(recorder, take_parts(recorder, parts, count) ? status : "crashed");
	store_settle(recorder->store);
	bool ok = copy_failure(recorder, error);
	recorder_free(recorder);
	return ok;
}

bool recorder_finish_open(
	struct recorder *recorder, const char *status, struct store **store, struct error *error)
{
	stop_thread(recorder);
	recorder_tell_jumps(recorder);
	recorder_tell_quota(recorder);
	complete_run(recorder, status);
	bool ok = copy_failure(recorder, error);
	*store = recorder->store;
	recorder->store = NULL;
	recorder_free(recorder);
	return ok;
}

bool recorder_finish(struct recorder *recorder, const char *status, struct error *error)
{
	struct store *store;
	bool ok = recorder_finish_open(recorder, status, &store, error);
	store_settle(store);
	store_close(store);
	return ok;
}
