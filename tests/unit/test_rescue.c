/* What the database cannot take is not lost: neither a wrong row nor all of them. */
#include "recording.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static void a_wrong_row_alone_is_set_aside(void **state)
{
	const char *path = kept_path("wrong.db");
	struct recorder *recorder = recording_start(path);
	const struct store_value bad[] = {store_null(), store_bytes("a\0b", 3), store_integer(7)};
	const struct store_value good[] = {store_null(), store_text("check"), store_integer(1)};
	recorder_write(recorder, "check", good, 3);
	recorder_write(recorder, "check", bad, 3);
	recorder_write(recorder, "check", good, 3);
	struct error error = {0};
	assert_false(recording_flush(recorder, &error));
	assert_non_null(strstr(error.message, ".rescue.sql"));
	assert_false(recorder_finish(recorder, "done", &error));
	assert_int_equal(error.code, ERROR_STORE);
	struct store *store = kept_open(path, STORE_READ);
	kept_is_number(store, "SELECT count(*) FROM checks", 2);
	kept_is_text(store, "SELECT status FROM runs", "failed");
	store_close(store);
	kept_shell("grep -qF \"'a\xEF\xBF\xBD"
		   "b'\" '%s.rescue.sql'",
		path); /* whole: a NUL ends what reads SQL */
}

/* A line of it is not to be run beside ours. */
static void what_lies_in_its_place_is_left_alone(void **state)
{
	const char *path = kept_path("taken.db");
	kept_shell("echo '.shell true' > '%s.rescue.sql'", path);
	struct recorder *recorder = recording_start(path);
	recorder_write(recorder, "no_such_statement", NULL, 0);
	recorder_write(recorder, "check",
		(const struct store_value[]){
			store_null(), store_bytes("a\0b", 3), store_integer(7)},
		3);
	struct error error = {0};
	assert_false(recorder_finish(recorder, "done", &error));
	assert_non_null(strstr(error.message, "taken.db.rescue2.sql"));
	kept_shell(
		"test \"$(cat '%s.rescue.sql')\" = '.shell true' && head -n 1 '%s.rescue2.sql' | "
		"grep -q '^-- Rows of run 1 .* could not take: .*: CHECK constraint failed' && "
		"! grep -q shell '%s.rescue2.sql'",
		path, path, path);
}

static void an_unknown_statement_is_an_error(void **state)
{
	struct error error = {0};
	struct recorder *recorder = recording_start(kept_path("unknown.db"));
	recorder_write(recorder, "no_such_statement", NULL, 0);
	assert_false(recorder_finish(recorder, "done", &error));
	assert_non_null(strstr(error.message, "no_such_statement"));
}

/* Ends with 0 where what the run says at its end holds the words. */
static void record_until_full(const char *path, int count, const char *words)
{
	signal(SIGXFSZ, SIG_IGN);
	if (chdir("/proc") != 0) /* where nobody can make a file */
		_exit(9);
	dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	struct recorder *recorder = recording_start(path);
	struct rlimit limit = {.rlim_cur = 900 << 10, .rlim_max = RLIM_INFINITY};
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		_exit(9);
	for (int i = 1; i <= count; i++) {
		struct exchange *exchange = recording_answered();
		for (int k = 0; k < 100; k++)
			buffer_text(&exchange->answers[0].content, " it's quoted; -- and\nlong");
		recording_give(recorder, i, exchange);
		if (i % 100 == 0)
			recording_flush(recorder, NULL);
	}
	struct error error = {0};
	bool kept = recorder_finish(recorder, "done", &error);
	bool told = error.code == ERROR_STORE && strstr(error.message, words) != NULL;
	_exit(!kept && told ? 0 : 1);
}

/* The disk is full (here: the file may not grow): what it cannot take is beside it, as SQL that
 * puts it back, and no row is in neither place. */
static void a_full_disk_loses_nothing(void **state)
{
	const char *path = kept_path("full.db");
	setenv("TMPDIR", kept_folder, 1);
	pid_t child = fork();
	if (child == 0)
		record_until_full(path, 300, "rescue.sql");
	assert_int_equal(kept_wait(child), 0);
	kept_shell("cd '%s' && for file in full.db.rescue.sql full.db.*.rescue.sql; do [ ! -e "
		   "\"$file\" ] || sqlite3 full.db < \"$file\" || exit 1; done",
		kept_folder);
	struct store *store = kept_open(path, STORE_WRITE);
	kept_is_number(store, "SELECT requests FROM runs", 300);
	assert_true(store_mend(store, NULL));
	kept_is_number(store, "SELECT n FROM run_summary WHERE metric = 'ttft'", 300);
	kept_is_number(store, "SELECT count(*) FROM request_metrics", 300);
	kept_is_number(store,
		"SELECT count(*) FROM request_metrics WHERE outcome = 'ok' AND chars = 2509", 300);
	kept_is_number(store, "SELECT count(*) FROM events", 600);
	kept_is_text(store, "SELECT status FROM runs", "done");
	store_close(store);
	unsetenv("TMPDIR");
}

/* No side file can take it all either: that is said, with the number of rows. */
static void what_is_lost_is_said(void **state)
{
	setenv("TMPDIR", kept_folder, 1);
	pid_t child = fork();
	if (child == 0)
		record_until_full(kept_path("lost.db"), 700, "rows are LOST");
	assert_int_equal(kept_wait(child), 0);
	unsetenv("TMPDIR");
	struct store *store = kept_open(kept_path("lost.db"), STORE_READ);
	kept_is_text(store, "PRAGMA integrity_check", "ok");
	store_close(store);
}

/* Case H2 b: another process keeps the lock for longer than we wait. What ended meanwhile is in the
 * side file, while the database has it in flight. */
static void a_lock_that_stays_loses_nothing(void **state)
{
	const char *path = kept_path("stays.db");
	struct error error = {0};
	struct recorder *recorder = recording_start(path);
	recording_give(recorder, 1, kept_exchange(clock_now_ns()));
	assert_true(recording_flush(recorder, &error));
	struct store *holder = store_connect(path, STORE_WRITE, false, &error);
	assert_non_null(holder);
	assert_true(store_begin(holder, &error));
	recording_give(recorder, 1, recording_answered());
	assert_false(recording_flush(recorder, &error)); /* 10 s */
	assert_non_null(strstr(error.message, "stayed locked"));
	store_rollback(holder);
	store_close(holder);
	recording_give(recorder, 2, recording_answered());
	assert_false(recorder_finish(recorder, "done", &error));
	kept_shell("sqlite3 '%s' < '%s.rescue.sql'", path, path);
	struct store *store = kept_open(path, STORE_READ);
	kept_is_number(store, "SELECT count(*) FROM request_metrics WHERE outcome = 'ok'", 2);
	store_close(store);
}

static void take_no_rows(struct recorder *recorder, bool none)
{
	pthread_mutex_lock(&recorder->lock);
	assert_true(store_execute(recorder->store,
		none ? "PRAGMA query_only = ON" : "PRAGMA query_only = OFF", NULL));
	pthread_mutex_unlock(&recorder->lock);
}

static void give_phase(struct recorder *recorder, struct store_value ended)
{
	const struct store_value values[11] = {store_integer(1), store_text("load"),
		store_text("measure"), store_text("closed(1)"), store_integer(0), ended};
	recorder_write(recorder, "phase", values, sizeof values / sizeof *values);
}

/* What was in flight when the database took nothing has ended since it takes rows again. The file
 * says how it is put back, whatever the database is called. */
static void what_is_put_back_replaces_nothing_newer(void **state)
{
	const char *path = kept_path("Karl's older.db");
	struct recorder *recorder = recording_start(path);
	take_no_rows(recorder, true);
	struct exchange *begun = kept_exchange(clock_now_ns());
	kept_event(begun, 100 * MS, 1, CHANNEL_CONTENT);
	recording_give(recorder, 1, begun);
	struct exchange *again = kept_exchange(clock_now_ns());
	again->attempts = 2;
	recording_give(recorder, 2, again);
	give_phase(recorder, store_null());
	assert_false(recording_flush(recorder, NULL));
	take_no_rows(recorder, false);
	struct exchange *answered = recording_answered();
	answered->attempts = 2;
	recording_give(recorder, 1, recording_answered());
	recording_give(recorder, 2, answered);
	give_phase(recorder, store_integer(3 * MS));
	assert_false(recorder_finish(recorder, "done", NULL));
	static const char missing[] = "SELECT count(*) FROM warnings WHERE code = 'rows_missing'";
	struct store *store = kept_open(path, STORE_READ);
	kept_is_number(store, missing, 1);
	kept_is_text(store, "SELECT status FROM runs", "failed");
	kept_shell("eval \"$(sed -n 's/^-- To put them back: //p' \"%s.rescue.sql\")\"", path);
	kept_is_number(store, missing, 0);
	kept_is_text(store, "SELECT status FROM runs", "done");
	kept_is_number(store, "SELECT count(*) FROM request_metrics WHERE outcome = 'ok'", 2);
	kept_is_number(store, "SELECT count(*) FROM events", 4);
	kept_is_number(store, "SELECT t_ended FROM phase", 3 * MS);
	store_close(store);
}

static void a_database_that_cannot_be_is_refused(void **state)
{
	struct error error = {0};
	const struct recorder_run run = {.scenario = "s"};
	assert_null(recorder_start(kept_path("no/such/folder.db"), &run, &error));
	assert_int_equal(error.code, ERROR_STORE);
}

static void a_run_that_cannot_be_is_refused(void **state)
{
	struct error error = {0};
	const struct recorder_run run = {.scenario = "s", .shard = -1};
	assert_null(recorder_start(kept_path("refused.db"), &run, &error));
	assert_non_null(strstr(error.message, "CHECK constraint failed: shard"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_row_alone_is_set_aside),
		cmocka_unit_test(what_lies_in_its_place_is_left_alone),
		cmocka_unit_test(an_unknown_statement_is_an_error),
		cmocka_unit_test(a_full_disk_loses_nothing),
		cmocka_unit_test(what_is_lost_is_said),
		cmocka_unit_test(a_lock_that_stays_loses_nothing),
		cmocka_unit_test(what_is_put_back_replaces_nothing_newer),
		cmocka_unit_test(a_database_that_cannot_be_is_refused),
		cmocka_unit_test(a_run_that_cannot_be_is_refused),
	};
	return RUN_KEPT(tests);
}
