#include "store/recorder.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"
#include "machine/facts.h"
#include "store/recorder_internal.h"
#include "store/store_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/random.h>

#define PROMPT_VALUES 3 /* digest, text, characters */

static void new_uuid(char out[40])
{
	unsigned char b[16];
	if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
		snprintf((char *)b, sizeof b, "%llx", (unsigned long long)clock_wall_ns());
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* version 4 */
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(out, 40, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		b[13], b[14], b[15]);
}

/* The values' texts cleaned, as everything that is written. */
static bool run_clean(struct store *store, const char *name, struct store_value *values,
	size_t count, struct error *error)
{
	char **texts = memory_new(count * sizeof *texts);
	for (size_t i = 0; i < count; i++)
		if (values[i].type == STORE_TEXT) {
			size_t size;
			texts[i] = row_clean_text(values[i].text, values[i].size, &size);
			values[i] = store_bytes(texts[i], size);
		}
	bool ok = store_run(store, name, values, count, error);
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
	return ok;
}

static bool insert_machine(
	struct store *store, const char *facts, char hash[TEXT_DIGEST_SIZE], struct error *error)
{
	text_digest(facts, strlen(facts), hash);
	hash[16] = '\0';
	struct store_value values[] = {store_text(hash), store_text(facts)};
	return run_clean(store, "machine", values, 2, error);
}

static bool insert_run(
	struct recorder *recorder, const struct recorder_run *run, struct error *error)
{
	char script_hash[TEXT_DIGEST_SIZE], machine[TEXT_DIGEST_SIZE], boot[160];
	recorder->secrets = secret_count();
	store_boot(boot, sizeof boot);
	if (run->script_text != NULL)
		text_digest(run->script_text, strlen(run->script_text), script_hash);
	if (run->machine_json != NULL &&
		!insert_machine(recorder->store, run->machine_json, machine, error))
		return false;
	char started_at[CLOCK_UTC_SIZE];
	clock_format_utc(recorder->place.origin_wall_ns, started_at);
	struct store_value values[] = {store_text(recorder->uuid), store_integer(run->shard),
		store_text(run->scenario != NULL ? run->scenario : ""),
		store_text(run->script_path),
		store_text(run->script_text != NULL ? script_hash : NULL),
		store_text(run->options_json), store_text(run->label),
		store_integer((int64_t)run->seed), store_text(BENCH_VERSION),
		store_text(run->machine_json != NULL ? machine : NULL),
		store_integer(recorder->place.origin_wall_ns), store_text(started_at),
		store_integer(getpid()), store_integer((int64_t)facts_process_start(getpid())),
		store_text(boot), run->has_parts ? store_null() : store_integer(1)};
	if (!run_clean(recorder->store, "run_begin", values, sizeof values / sizeof *values, error))
		return false;
	recorder->place.run = store_last_id(recorder->store);
	return true;
}

static bool warn_of_other(struct store *store, int64_t run, int64_t other, struct error *error)
{
	char text[256];
	snprintf(text, sizeof text,
		"Run %lld was going on at the same time in this file. Two runs on one machine "
		"spoil each other's numbers. Repeat this one alone.",
		(long long)other);
	struct store_value values[] = {store_integer(run), store_null(), store_null(),
		store_text("two_runs"), store_text(text)};
	return store_run(store, "warning", values, 5, error);
}

static bool begin_locked(
	struct recorder *recorder, const struct recorder_run *run, struct error *error)
{
	struct store *store = recorder->store;
	if (!insert_run(recorder, run, error) ||
		!store_running(store, recorder->place.run, &recorder->other_run, error))
		return false;
	return recorder->other_run == 0 ||
	       (warn_of_other(store, recorder->place.run, recorder->other_run, error) &&
		       warn_of_other(store, recorder->other_run, recorder->place.run, error));
}

static bool begin_run(
	struct recorder *recorder, const struct recorder_run *run, struct error *error)
{
	struct store *store = recorder->store;
	return store_begin(store, error) &&
	       store_end(store, begin_locked(recorder, run, error), error);
}

/* A checkpoint writes when nobody expects it: none while measuring, but for a run so long that its
 * log would fill the disk (256 MiB; then it begins anew, unless somebody reads). A batch fits into
 * half of SQLite's usual cache; half of that, and pages would be written before their time. */
static bool open_database(struct recorder *recorder, const char *path, struct error *error)
{
	recorder->store = store_open(path, STORE_WRITE, error);
	return recorder->store != NULL && store_mend(recorder->store, error) &&
	       hide_prepare(recorder->store, error) &&
	       store_execute(recorder->store,
		       "PRAGMA wal_autocheckpoint = 65536; PRAGMA cache_size = -1000", error);
}

static void init_lock(struct recorder *recorder)
{
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&recorder->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_init(&recorder->lock, NULL);
}

static bool start_thread(struct recorder *recorder, struct error *error)
{
	if (pthread_create(&recorder->thread, NULL, recorder_main, recorder) == 0)
		return true;
	return error_set(error, ERROR_SYSTEM, "The system refused a thread for the database");
}

void recorder_free(struct recorder *recorder)
{
	reserve_give_back(recorder);
	store_close(recorder->store);
	rescue_free(recorder->rescue);
	pthread_cond_destroy(&recorder->changed);
	pthread_mutex_destroy(&recorder->lock);
	free(recorder->jumps);
	free(recorder);
}

/* They may hold a key that only the script knows, which has begun when the first batch is written.
 * Those of a run of several processes come with its parts. */
static void give_words(struct recorder *recorder, const struct recorder_run *run)
{
	const struct store_value words[] = {
		store_text(run->script_text), store_text(run->command_line)};
	if (!run->has_parts)
		recorder_write(recorder, "run_words", words, 2);
}

struct recorder *recorder_start(
	const char *path, const struct recorder_run *run, struct error *error)
{
	struct recorder *recorder = memory_new(sizeof *recorder);
	init_lock(recorder);
	recorder->reserve = -1;
	recorder->place.origin_ns = run->origin_ns;
	recorder->place.keep_text = run->keep_text;
	recorder->is_part = run->shard > 0;
	recorder->seen = clocks_now();
	if (!recorder->is_part) /* the whole sees the same */
		quota_find(QUOTA_ROOT, QUOTA_GROUPS, &recorder->quota);
	recorder->place.origin_wall_ns =
		recorder->seen.wall_ns - (recorder->seen.mono_ns - run->origin_ns);
	if (run->uuid != NULL)
		snprintf(recorder->uuid, sizeof recorder->uuid, "%s", run->uuid);
	else
		new_uuid(recorder->uuid);
	if (open_database(recorder, path, error) &&
		store_hurry_where_no_log(recorder->store, error) &&
		begin_run(recorder, run, error) && store_wait_for_disk(recorder->store, error)) {
		recorder->rescue = rescue_new(path, recorder->place.run);
		reserve_take(recorder);
		give_words(recorder, run);
		if (start_thread(recorder, error))
			return recorder;
		recorder_close_run(recorder, "failed");
	}
	recorder_free(recorder);
	return NULL;
}

int64_t recorder_run_number(const struct recorder *recorder)
{
	return recorder->place.run;
}

const char *recorder_uuid(const struct recorder *recorder)
{
	return recorder->uuid;
}

int64_t recorder_other_run(const struct recorder *recorder)
{
	return recorder->other_run;
}

const char *recorder_store_warning(const struct recorder *recorder)
{
	return store_warning(recorder->store);
}

/* Under the lock: the queue has one more job, and held `before` bytes without it. */
static void has_grown(struct recorder *recorder, size_t before)
{
	size_t more = recorder->queue.size - before;
	size_t queued = atomic_fetch_add(&recorder->queued, more) + more;
	if (queued > RECORDER_HURRY_LIMIT && !recorder->hurry) {
		recorder->hurry = true;
		pthread_cond_broadcast(&recorder->changed);
	}
}

void recorder_request(struct recorder *recorder, const struct recorder_context *context,
	const struct exchange *exchange)
{
	pthread_mutex_lock(&recorder->lock);
	size_t before = recorder->queue.size;
	jobs_add_request(&recorder->queue, context, exchange);
	has_grown(recorder, before);
	pthread_mutex_unlock(&recorder->lock);
}

/* Under the lock. */
static void wait_for_room(struct recorder *recorder)
{
	while (atomic_load(&recorder->queued) >= RECORDER_ROWS_LIMIT)
		pthread_cond_wait(&recorder->changed, &recorder->lock);
}

static void add_row(
	struct recorder *recorder, const char *name, const struct store_value *values, size_t count)
{
	pthread_mutex_lock(&recorder->lock);
	wait_for_room(recorder);
	size_t before = recorder->queue.size;
	jobs_add_row(&recorder->queue, name, recorder->place.run, values, count);
	has_grown(recorder, before);
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_write(
	struct recorder *recorder, const char *name, const struct store_value *values, size_t count)
{
	struct store_value hidden[PROMPT_VALUES];
	if (!recorder->place.keep_text && strcmp(name, "prompt") == 0 && count == PROMPT_VALUES) {
		memcpy(hidden, values, sizeof hidden);
		hidden[1] = store_null();
		values = hidden;
	}
	add_row(recorder, name, values, count);
}

bool recorder_full(const struct recorder *recorder)
{
	return atomic_load(&recorder->queued) >= RECORDER_QUEUE_LIMIT;
}

bool recorder_wants_snapshots(struct recorder *recorder)
{
	return atomic_exchange(&recorder->wants_snapshots, false);
}

bool recorder_is_behind(const struct recorder *recorder)
{
	return atomic_load(&recorder->queued) >= RECORDER_SNAPSHOT_LIMIT;
}

void recorder_write_soon(struct recorder *recorder)
{
	pthread_mutex_lock(&recorder->lock);
	recorder->hurry = true;
	pthread_cond_broadcast(&recorder->changed);
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_watch(struct recorder *recorder, const struct recorder_watch *watch)
{
	pthread_mutex_lock(&recorder->lock);
	while (recorder->ending) /* the process is about to end; what the watchdog uses must stay */
		pthread_cond_wait(&recorder->changed, &recorder->lock);
	recorder->watch = *watch;
	pthread_cond_broadcast(&recorder->changed);
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_interrupt(struct recorder *recorder, int code)
{
	atomic_store(&recorder->interrupt_code, code);
	atomic_store(&recorder->interrupted_ns, clock_now_ns());
}
