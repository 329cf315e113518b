/* Runs that move between files, and runs of other files that are seen beside this one's. */
#include "kept.h"

static void rows_of(struct store *store, int64_t run, const char *answer)
{
	kept_run(store, run, "done");
	kept_do(store, "INSERT INTO backend (run, number, name, kind) VALUES (%lld, 1, 'b', 'sim')",
		(long long)run);
	for (int seq = 1; seq <= 2; seq++) {
		kept_do(store,
			"INSERT INTO request (run, seq, backend, phase_kind, call, outcome, flags, "
			"attempts, streamed, events, prompt, answer) VALUES (%lld, %d, 1, "
			"'measure', 'chat', 'ok', '', 1, 1, 2, 'digest', '%s %d')",
			(long long)run, seq, answer, seq);
		kept_do(store, "INSERT INTO timeline (request, t) SELECT max(id), json_array(10 * "
			       "max(id), 20) FROM request");
		kept_do(store,
			"INSERT INTO \"check\" (run, seq, name, passed) VALUES (%lld, %d, 'c', 1)",
			(long long)run, seq);
	}
	kept_do(store,
		"INSERT INTO promise (run, sentence, kept) VALUES (%lld, 'first', 1), (%lld, "
		"'second', 0)",
		(long long)run, (long long)run);
}

static const char *file_with(const char *name, int64_t run, const char *answer)
{
	struct store *store = kept_open(kept_path(name), STORE_WRITE);
	rows_of(store, run, answer);
	kept_do(store, "INSERT INTO prompt (digest, text, chars) VALUES ('digest', 'why', 3) ON "
		       "CONFLICT DO NOTHING");
	store_close(store);
	return kept_path(name);
}

static void a_run_is_copied_with_all_that_hangs_on_it(void **state)
{
	const char *from = file_with("from.db", 5, "theirs");
	struct store *store = kept_open(kept_path("to.db"), STORE_WRITE);
	rows_of(store, 1, "ours");
	kept_do(store, "UPDATE run SET uuid = 'another'");
	kept_do(store, "INSERT INTO prompt (digest, text, chars) VALUES ('digest', NULL, 3)");
	int64_t number = 0;
	assert_true(store_attach_runs(store, from, NULL));
	assert_true(store_begin(store, NULL));
	assert_true(store_copy_run(store, 5, &number, NULL));
	assert_true(store_end(store, true, NULL));
	assert_int_equal(number, 2);
	kept_is_text(store, "SELECT uuid FROM run WHERE id = 2", "u5");
	kept_is_number(store, "SELECT count(*) FROM request WHERE run = 2", 2);
	kept_is_text(store, "SELECT answer FROM request WHERE run = 2 AND seq = 2", "theirs 2");
	kept_is_text(store,
		"SELECT t FROM timeline JOIN request ON request.id = timeline.request WHERE run = "
		"2 AND seq = 2",
		"[20,20]");
	kept_is_number(store, "SELECT count(*) FROM \"check\" WHERE run = 2", 2);
	kept_is_number(store, "SELECT count(*) FROM backend WHERE run = 2", 1);
	kept_is_text(
		store, "SELECT group_concat(sentence) FROM promise WHERE run = 2", "first,second");
	kept_is_text(store, "SELECT text FROM prompt", "why"); /* what was known without its text */
	kept_is_number(store, "SELECT count(*) FROM pragma_foreign_key_check", 0);
	store_close(store);
}

/* A file of a schema that lacks a column and a table. */
static const char *lean_file(void)
{
	const char *path = file_with("lean.db", 1, "lean");
	struct store *lean = kept_open(path, STORE_WRITE);
	kept_do(lean, "DROP VIEW backends; DROP VIEW samples");
	kept_do(lean, "ALTER TABLE backend DROP COLUMN digest");
	kept_do(lean, "DROP TABLE sample");
	store_close(lean);
	return path;
}

static void what_an_older_file_lacks_stays_null(void **state)
{
	const char *from = lean_file();
	struct store *store = kept_open(kept_path("whole.db"), STORE_WRITE);
	int64_t number = 0, shift = 0;
	assert_true(store_attach_runs(store, from, NULL));
	assert_true(store_copy_run(store, 1, &number, NULL));
	kept_is_number(store, "SELECT count(*) FROM backend WHERE digest IS NULL", 1);
	kept_is_number(store, "SELECT count(*) FROM request", 2);
	assert_true(store_borrow(store, from, &shift, NULL));
	kept_is_number(store, "SELECT count(*) FROM backends WHERE digest IS NULL", 2);
	kept_is_number(store, "SELECT count(*) FROM samples", 0);
	store_close(store);
}

static void a_file_without_runs_shows_those_of_another(void **state)
{
	const char *other = file_with("only.db", 1, "only");
	store_close(kept_open(kept_path("bare.db"), STORE_WRITE));
	struct store *store = kept_open(kept_path("bare.db"), STORE_READ);
	int64_t shift = 7;
	assert_true(store_borrow(store, other, &shift, NULL));
	assert_int_equal(shift, 0);
	kept_is_number(store, "SELECT run FROM runs", 1);
	kept_is_number(store, "SELECT count(*) FROM request_metrics WHERE run = 1", 2);
	store_close(store);
}

static void other_files_are_seen_beside_this_one(void **state)
{
	const char *second = file_with("second.db", 1, "second");
	const char *third = file_with("third.db", 1, "third");
	store_close(kept_open(file_with("first.db", 4, "first"), STORE_WRITE));
	struct store *store = kept_open(kept_path("first.db"), STORE_READ);
	int64_t shift = 0;
	assert_true(store_borrow(store, second, &shift, NULL));
	assert_int_equal(shift, 4);
	kept_is_number(store, "SELECT count(*) FROM runs", 2);
	assert_true(store_borrow(store, third, &shift, NULL));
	assert_int_equal(shift, 5);
	kept_is_text(store, "SELECT group_concat(run) FROM (SELECT run FROM runs ORDER BY run)",
		"4,5,6");
	kept_is_text(
		store, "SELECT answer FROM request_metrics WHERE run = 6 AND seq = 2", "third 2");
	kept_is_number(store, "SELECT count(DISTINCT request) FROM request_metrics", 6);
	kept_is_number(store,
		"SELECT count(*) FROM checks WHERE run = 5 AND request IN (SELECT request FROM "
		"request_metrics WHERE run = 5)",
		2);
	kept_is_text(store, "SELECT group_concat(t_ms) FROM events WHERE run = 6 AND seq = 1",
		"0.01,0.02");
	kept_is_text(store,
		"SELECT group_concat(sentence) FROM (SELECT sentence FROM promise WHERE run = 5 "
		"ORDER BY rowid)",
		"first,second");
	store_close(store);
}

static void what_cannot_stand_beside_is_refused_in_words(void **state)
{
	struct error error = {0};
	int64_t shift;
	store_close(kept_open(file_with("one.db", 1, "one"), STORE_WRITE));
	struct store *foreign = kept_open(kept_path("foreign.db"), STORE_WRITE);
	kept_do(foreign, "PRAGMA application_id = 7");
	store_close(foreign);
	struct store *newer = kept_open(kept_path("newer.db"), STORE_WRITE);
	kept_do(newer, "PRAGMA user_version = 1000");
	store_close(newer);
	struct store *store = kept_open(kept_path("one.db"), STORE_READ);
	assert_false(store_borrow(store, kept_path("foreign.db"), &shift, &error));
	assert_non_null(strstr(error.message, "holds no runs of bench"));
	store_close(store);
	store = kept_open(kept_path("one.db"), STORE_READ);
	assert_false(store_borrow(store, kept_path("newer.db"), &shift, &error));
	assert_non_null(strstr(error.message, "newer bench"));
	store_close(store);
	store = kept_open(kept_path("one.db"), STORE_READ);
	for (int i = 0; i < 8; i++)
		assert_true(store_borrow(store, kept_path("from.db"), &shift, &error));
	assert_false(store_borrow(store, kept_path("from.db"), &shift, &error));
	assert_non_null(strstr(error.message, "one file too many"));
	kept_is_number(store, "SELECT count(*) FROM runs", 9);
	store_close(store);
}

/* SQLite's memory: one of its allocations fails, and those behind it do not. */
static sqlite3_mem_methods usual;
static int allocations_left = -1; /* until then; -1: none fails */

static bool fails_now(void)
{
	if (allocations_left < 0)
		return false;
	return allocations_left-- == 0;
}

static void *scarce_new(int size)
{
	return fails_now() ? NULL : usual.xMalloc(size);
}

static void *scarce_resize(void *old, int size)
{
	return fails_now() ? NULL : usual.xRealloc(old, size);
}

static void make_memory_scarce(void)
{
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual);
	sqlite3_mem_methods scarce = usual;
	scarce.xMalloc = scarce_new;
	scarce.xRealloc = scarce_resize;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &scarce);
}

static bool copy_into(const char *path, const char *from, struct error *error)
{
	int64_t number;
	struct store *store = store_open(path, STORE_WRITE, error);
	bool copied = store != NULL && store_attach_runs(store, from, error) &&
		      store_begin(store, error) &&
		      store_end(store, store_copy_run(store, 5, &number, error), error);
	store_close(store);
	return copied;
}

/* What fails says why, and is whole or not there. */
static void each_allocation_may_fail(void **state)
{
	const char *from = file_with("given.db", 5, "given");
	const char *path = file_with("scarce.db", 1, "kept");
	bool spared = false;
	for (int n = 0; !spared; n += n < 40 ? 1 : 127) {
		struct error error = {0};
		allocations_left = n;
		bool copied = copy_into(path, from, &error);
		spared = allocations_left >= 0;
		allocations_left = -1;
		if (!copied && strstr(error.message, "memory") == NULL)
			fail_msg("allocation %d: %s", n, error.message);
		struct store *store = kept_open(path, STORE_WRITE);
		kept_is_number(store, "SELECT count(*) FROM run", 1 + copied);
		kept_is_number(store, "SELECT count(*) FROM request", 2 + 2 * copied);
		kept_do(store, "DELETE FROM run WHERE uuid = 'u5'");
		store_close(store);
	}
}

static void what_had_no_memory_to_roll_back_is_none_of_what_follows(void **state)
{
	struct error error;
	struct store *store = kept_open(file_with("rolled.db", 1, "kept"), STORE_WRITE);
	assert_true(store_begin(store, &error));
	kept_do(store, "DELETE FROM run");
	allocations_left = 0;
	store_rollback(store);
	assert_int_equal(allocations_left, -1);
	assert_true(store_begin(store, &error));
	assert_true(store_end(store, true, &error));
	kept_is_number(store, "SELECT count(*) FROM run", 1);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_copied_with_all_that_hangs_on_it),
		cmocka_unit_test(what_an_older_file_lacks_stays_null),
		cmocka_unit_test(a_file_without_runs_shows_those_of_another),
		cmocka_unit_test(other_files_are_seen_beside_this_one),
		cmocka_unit_test(what_cannot_stand_beside_is_refused_in_words),
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(what_had_no_memory_to_roll_back_is_none_of_what_follows),
	};
	make_memory_scarce();
	return RUN_KEPT(tests);
}
