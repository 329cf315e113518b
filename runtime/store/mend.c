/* Runs whose process is gone, and runs to be forgotten. */
#include "store/store_internal.h"

#include "base/memory.h"
#include "machine/facts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A process number means something within one boot and one process namespace. */
void store_boot(char *out, size_t size)
{
	char boot[64] = "", space[64] = "";
	int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (file >= 0) {
		ssize_t got = read(file, boot, sizeof boot - 1);
		boot[got > 0 ? strcspn(boot, "\n") : 0] = '\0';
		close(file);
	}
	ssize_t got = readlink("/proc/self/ns/pid", space, sizeof space - 1);
	space[got > 0 ? got : 0] = '\0';
	snprintf(out, size, "%s %s", boot, space);
}

/* Its pid, pid_start and boot. Of another boot: gone. Of another namespace of this boot: nobody
 * here can tell, so it lives. */
static bool is_gone(const struct store_value *process)
{
	const char *boot = store_text_of(&process[2]);
	char here[160];
	store_boot(here, sizeof here);
	size_t boot_size = strcspn(here, " ");
	if (strcspn(boot, " ") != boot_size || strncmp(here, boot, boot_size) != 0)
		return true;
	if (strcmp(here, boot) != 0)
		return false;
	uint64_t now = facts_process_start(process[0].integer);
	return now == 0 || now != (uint64_t)process[1].integer;
}

struct run_list {
	int64_t *runs;
	size_t count;
	int64_t alive, except;
};

static void list_add(struct run_list *list, int64_t run)
{
	list->runs = memory_resize(list->runs, list->count + 1, sizeof *list->runs);
	list->runs[list->count++] = run;
}

/* Rows of run_open: id, pid, pid_start, boot. */
static bool take_open(void *context, const struct store_row *row)
{
	struct run_list *list = context;
	if (is_gone(row->values + 1))
		list_add(list, row->values[0].integer);
	else if (row->values[0].integer != list->except)
		list->alive = row->values[0].integer;
	return true;
}

static bool take_run(void *context, const struct store_row *row)
{
	list_add(context, row->values[0].integer);
	return true;
}

static bool read_runs(struct store *store, const char *statement, store_row_fn take,
	struct run_list *list, struct error *error)
{
	const struct store_question question = {.row = take, .context = list};
	return store_read(store, statement, &question, error);
}

bool store_running(struct store *store, int64_t except, int64_t *run, struct error *error)
{
	struct run_list list = {.except = except};
	bool ok = read_runs(store, "run_open", take_open, &list, error);
	free(list.runs);
	*run = list.alive;
	return ok;
}

bool store_needs_mending(struct store *store)
{
	struct run_list list = {0};
	bool ok = read_runs(store, "run_open", take_open, &list, NULL) &&
		  read_runs(store, "run_unsummarised", take_run, &list, NULL);
	free(list.runs);
	return ok && list.count > 0;
}

static bool close_run(struct store *store, int64_t run, struct error *error)
{
	const struct store_value id = store_integer(run);
	return store_begin(store, error) &&
	       store_end(store,
		       store_run(store, "run_crashed", &id, 1, error) &&
			       store_run(store, "request_close", &id, 1, error),
		       error);
}

static bool for_each_run(struct store *store, const char *statement, store_row_fn take,
	bool (*act)(struct store *, int64_t, struct error *), struct error *error)
{
	struct run_list list = {0};
	bool ok = read_runs(store, statement, take, &list, error);
	for (size_t i = 0; i < list.count && ok; i++)
		ok = act(store, list.runs[i], error);
	free(list.runs);
	return ok;
}

bool store_close_crashed(struct store *store, struct error *error)
{
	return for_each_run(store, "run_open", take_open, close_run, error);
}

bool store_mend(struct store *store, struct error *error)
{
	return store_close_crashed(store, error) &&
	       for_each_run(store, "run_unsummarised", take_run, store_summarise, error);
}

static bool is_ours(const struct store_value *process)
{
	return process[0].integer == getpid() &&
	       (uint64_t)process[1].integer == facts_process_start(getpid());
}

/* Of a run that is marked running. */
struct life {
	bool is_alive, is_ours;
};

static bool take_status(void *context, const struct store_row *row)
{
	struct life *life = context;
	const struct store_value *process = &row->values[1];
	life->is_alive =
		strcmp(store_text_of(&row->values[0]), "running") == 0 && !is_gone(process);
	life->is_ours = is_ours(process);
	return false;
}

static bool read_life(struct store *store, int64_t run, struct life *life, struct error *error)
{
	const struct store_value id = store_integer(run);
	const struct store_question status = {
		.values = &id, .count = 1, .row = take_status, .context = life};
	*life = (struct life){0};
	return store_read(store, "run_status", &status, error);
}

bool store_goes_on(struct store *store, int64_t run, bool *goes_on, struct error *error)
{
	struct life life;
	bool read = read_life(store, run, &life, error);
	*goes_on = life.is_alive && !life.is_ours;
	return read;
}

static bool remove_locked(struct store *store, int64_t run, struct error *error)
{
	const struct store_value id = store_integer(run);
	struct life life;
	if (!read_life(store, run, &life, error))
		return false;
	if (life.is_alive)
		return error_set(error, ERROR_USAGE, "Run %lld is still going on; end it first",
			(long long)run);
	if (!store_run(store, "prompt_orphans", &id, 1, error) ||
		!store_run(store, "run_remove", &id, 1, error))
		return false;
	if (store_changes(store) == 0)
		return error_set(error, ERROR_USAGE, "There is no run %lld in %s (bench list)",
			(long long)run, store->path);
	return store_run(store, "machine_orphans", NULL, 0, error);
}

bool store_remove_run(struct store *store, int64_t run, struct error *error)
{
	return store_begin(store, error) &&
	       store_end(store, remove_locked(store, run, error), error);
}

bool store_vacuum(struct store *store, struct error *error)
{
	return store_execute(store, "VACUUM", error) &&
	       store_execute(store, "PRAGMA wal_checkpoint(TRUNCATE)", error);
}

struct report {
	struct buffer *lines;
	size_t count;
};

static int take_problem(void *context, int count, char **values, char **columns)
{
	(void)columns;
	struct report *report = context;
	if (count == 1 && values[0] != NULL && strcmp(values[0], "ok") == 0)
		return 0;
	report->count++;
	for (int i = 0; i < count; i++)
		buffer_format(report->lines, "%s%s", i > 0 ? " " : "",
			values[i] != NULL ? values[i] : "-");
	buffer_byte(report->lines, '\n');
	return 0;
}

bool store_check(struct store *store, struct buffer *lines, struct error *error)
{
	struct report report = {.lines = lines};
	sqlite3 *db = store->db;
	if (sqlite3_exec(db, "PRAGMA integrity_check", take_problem, &report, NULL) != SQLITE_OK ||
		sqlite3_exec(db, "PRAGMA foreign_key_check", take_problem, &report, NULL) !=
			SQLITE_OK)
		return store_fail(store, error, "checking");
	if (report.count > 0)
		return error_set(
			error, ERROR_STORE, "%s has %zu problems", store->path, report.count);
	return true;
}
