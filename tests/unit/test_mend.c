/* Runs whose process is gone, runs to be forgotten, and files that are not what they should be. */
#include "kept.h"

#include <fcntl.h>

/* A process does not ask whether it goes on itself. */
static void a_run_goes_on_in_another_process(void **state)
{
	struct store *store = kept_open(kept_path("alive.db"), STORE_WRITE);
	kept_run(store, 1, "running");
	kept_run(store, 2, "running");
	kept_alive(store, 2);
	bool goes_on;
	assert_true(store_goes_on(store, 1, &goes_on, NULL));
	assert_false(goes_on);
	assert_true(store_goes_on(store, 2, &goes_on, NULL));
	assert_false(goes_on); /* it is this process that asks */
	kept_do(store, "UPDATE run SET pid = %d, pid_start = %llu WHERE id = 2", (int)getppid(),
		(unsigned long long)facts_process_start(getppid()));
	assert_true(store_goes_on(store, 2, &goes_on, NULL));
	assert_true(goes_on);
	store_close(store);
}

static void runs_of_dead_processes_are_crashed(void **state)
{
	const char *path = kept_path("crashed.db");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "running");
	kept_run(store, 2, "running");
	kept_run(store, 3, "running");
	kept_alive(store, 2);
	kept_alive(store, 3);
	kept_do(store, "UPDATE run SET pid_start = pid_start - 1 WHERE id = 3"); /* the number is
										    another's */
	kept_do(store, "UPDATE run SET summarised = 0, duration_ns = NULL");
	kept_request(store, 1, 1, "ok");
	kept_request(store, 1, 2, "running");
	store_close(store);

	store = kept_open(path, STORE_READ); /* mends first, where it can */
	kept_is_text(store, "SELECT status FROM runs WHERE run = 1", "crashed");
	kept_is_text(store, "SELECT status FROM runs WHERE run = 2", "running");
	kept_is_text(store, "SELECT status FROM runs WHERE run = 3", "crashed");
	kept_is_number(store, "SELECT duration_s FROM runs WHERE run = 1", 2);
	kept_is_text(store, "SELECT ended_at FROM runs WHERE run = 1", "2025-11-25T09:00:02.123Z");
	kept_is_text(store, "SELECT outcome FROM request WHERE seq = 2", "incomplete");
	kept_is_number(store, "SELECT mean FROM run_summary WHERE metric = 'ttft'", 100);
	store_close(store);
	store = kept_open(path, STORE_WRITE);
	assert_true(store_mend(store, NULL)); /* again changes nothing */
	kept_is_number(store, "SELECT count(*) FROM run_summary WHERE metric = 'ttft'", 1);
	store_close(store);
}

static void a_run_can_be_forgotten(void **state)
{
	struct error error = {0};
	struct store *store = kept_open(kept_path("forget.db"), STORE_WRITE);
	kept_do(store, "INSERT INTO machine (hash, facts) VALUES ('m', '{}'), ('n', '{}')");
	kept_run(store, 1, "done");
	kept_run(store, 2, "done");
	kept_run(store, 3, "running");
	kept_alive(store, 3);
	kept_do(store, "UPDATE run SET machine = CASE id WHEN 1 THEN 'm' ELSE 'n' END");
	kept_do(store, "INSERT INTO prompt (digest, text) VALUES ('p1', 'a'), ('p2', 'b')");
	kept_request(store, 1, 1, "ok");
	kept_request(store, 1, 2, "ok");
	kept_request(store, 2, 2, "ok");
	kept_do(store, "INSERT INTO timeline (request, t) SELECT id, '[1]' FROM request");
	assert_true(store_remove_run(store, 1, &error));
	kept_is_number(store, "SELECT count(*) FROM request", 1);
	kept_is_number(store, "SELECT count(*) FROM timeline", 1);
	kept_is_text(store, "SELECT group_concat(prompt) FROM prompts", "p2");
	kept_is_text(store, "SELECT group_concat(machine) FROM machines", "n");
	assert_false(store_remove_run(store, 1, &error));
	assert_non_null(strstr(error.message, "no run 1"));
	assert_false(store_remove_run(store, 3, &error));
	assert_non_null(strstr(error.message, "still going on"));
	assert_true(store_vacuum(store, &error));
	store_close(store);
}

static void damage_is_found(void **state)
{
	struct error error = {0};
	struct buffer report = BUFFER_EMPTY;
	const char *path = kept_path("damaged.db");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "done");
	for (int i = 0; i < 200; i++)
		kept_request(store, 1, i, "ok");
	assert_true(store_check(store, &report, &error));
	assert_int_equal(report.size, 0);
	kept_do(store, "PRAGMA foreign_keys = OFF; INSERT INTO note VALUES (77, 'a', 'b'), (78, "
		       "'a', 'b')");
	assert_false(store_check(store, &report, &error));
	assert_string_equal(buffer_string(&report), "note 1 run 0\nnote 2 run 0\n");
	assert_non_null(strstr(error.message, "2 problems"));
	kept_do(store, "PRAGMA wal_checkpoint(TRUNCATE)");
	store_close(store);
	int file = open(path, O_RDWR);
	char noise[4096];
	memset(noise, 0xA5, sizeof noise);
	assert_int_equal(pwrite(file, noise, sizeof noise, 20 * 4096), sizeof noise);
	close(file);
	store = store_open(path, STORE_READ, &error);
	assert_true(store == NULL || !store_check(store, &report, &error));
	store_close(store);
	buffer_free(&report);
}

/* A file that somebody mailed: the schema says what its columns hold, and need not be ours. */
static void a_strange_file_is_mended_as_far_as_it_goes(void **state)
{
	struct error error = {0};
	struct store *store = kept_open(kept_path("strange.db"), STORE_WRITE);
	kept_do(store,
		"PRAGMA foreign_keys = OFF; DROP TABLE run; DROP TABLE metric;"
		"CREATE TABLE run (id, pid, pid_start, boot, status, alive_ns, started_at_ns, "
		"duration_ns, ended_at_ns, ended_at, summarised);"
		"CREATE TABLE metric (run, seq, t, label, name, value, unit);"
		"INSERT INTO run (id, status) VALUES (1, 'running'), (2, NULL);"
		"INSERT INTO metric (run, value) VALUES (1, 'no number'), (1, 5)");
	assert_true(store_mend(store, &error));
	kept_is_text(store, "SELECT status FROM run WHERE id = 1", "crashed");
	assert_false(store_summarise(store, 1, &error));
	assert_non_null(strstr(error.message, "no such column"));
	assert_false(store_remove_run(store, 2, &error));
	assert_non_null(strstr(error.message, "no such column"));
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_goes_on_in_another_process),
		cmocka_unit_test(runs_of_dead_processes_are_crashed),
		cmocka_unit_test(a_run_can_be_forgotten),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(a_strange_file_is_mended_as_far_as_it_goes),
	};
	return RUN_KEPT(tests);
}
