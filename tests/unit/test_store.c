/* A run database: opened, migrated, mended, asked; and what it says when it cannot. */
#include "kept.h"

#include "machine/facts.h"
#include "store/store_internal.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static void refused(const char *path, enum store_mode mode, const char *words)
{
	struct error error = {0};
	struct store *store = store_open(path, mode, &error);
	assert_null(store);
	assert_int_equal(error.code, ERROR_STORE);
	if (strstr(error.message, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", error.message, words);
}

static void spoil(const char *path, const char *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static void shell(const char *format, const char *first, const char *second)
{
	char command[1200];
	snprintf(command, sizeof command, format, first, second);
	assert_int_equal(system(command), 0);
}

/* --- opening ---------------------------------------------------------------------------------- */

static void a_new_file_is_complete(void **state)
{
	(void)state;
	struct store *store = kept_open(kept_path("new.db"), STORE_WRITE);
	int64_t version, application;
	assert_true(store_pragma_integer(store, "PRAGMA user_version", &version, NULL));
	assert_true(store_pragma_integer(store, "PRAGMA application_id", &application, NULL));
	assert_int_equal(version, store_known_version());
	assert_int_equal(application, STORE_APPLICATION_ID);
	kept_is_text(store, "PRAGMA journal_mode", "wal");
	kept_is_number(store, "PRAGMA foreign_keys", 1);
	kept_is_number(store, "SELECT count(*) FROM runs", 0);
	assert_null(store_warning(store));
	store_close(store);
}

/* Migrations, one after the other, make the schema that schema.sql shows. */
static void the_schema_is_what_migrations_make(void **state)
{
	(void)state;
	char path[512];
	shell("sqlite3 '%s' < '%s/../db/schema.sql'", kept_path("shown.db"), TESTS);
	struct store *store = kept_open(kept_path("new.db"), STORE_WRITE);
	snprintf(path, sizeof path, "%s", kept_path("shown.db"));
	assert_true(store_attach(store, path, "shown", NULL));
	kept_is_number(store,
		"SELECT count(*) FROM (SELECT type, name, sql FROM main.sqlite_master WHERE type "
		"<> 'view' "
		"EXCEPT SELECT type, name, sql FROM shown.sqlite_master)",
		0);
	kept_is_number(store,
		"SELECT count(*) FROM (SELECT type, name, sql FROM shown.sqlite_master "
		"EXCEPT SELECT type, name, sql FROM main.sqlite_master)",
		0);
	assert_true(kept_number(store, "SELECT count(*) FROM shown.sqlite_master") > 20);
	store_close(store);
}

static void every_statement_compiles(void **state)
{
	(void)state;
	store_close(kept_open(kept_path("beside.db"), STORE_WRITE));
	struct store *store = kept_open(kept_path("new.db"), STORE_WRITE);
	assert_true(store_attach(store, kept_path("beside.db"), "other", NULL));
	/* others read what these make */
	assert_true(store_run(store, "merge_order_table", NULL, 0, NULL));
	assert_true(store_run(store, "waiting_imported_table", NULL, 0, NULL));
	size_t count;
	char **paths = store_sql_files("db/statements", &count);
	assert_true(count > 30);
	for (size_t i = 0; i < count; i++) {
		char name[128];
		struct error error = {0};
		const char *base = strrchr(paths[i], '/') + 1;
		snprintf(name, sizeof name, "%.*s", (int)strlen(base) - 4, base);
		if (store_prepare(store, name, &error) == NULL)
			fail_msg("%s: %s", name, error.message);
		free(paths[i]);
	}
	free(paths);
	struct error error = {0};
	assert_false(store_run(store, "no_such", NULL, 0, &error));
	assert_non_null(strstr(error.message, "no_such"));
	store_close(store);
}

static void what_is_no_database_is_named(void **state)
{
	(void)state;
	refused(kept_path("missing.db"), STORE_READ, "There is no database");
	refused(kept_path("missing/folder.db"), STORE_WRITE, "folder.db");
	spoil(kept_path("empty.db"), "", 0);
	refused(kept_path("empty.db"), STORE_READ, "holds no runs");
	spoil(kept_path("words.db"), "This is a text and has always been one. It is rather long.",
		58);
	refused(kept_path("words.db"), STORE_WRITE, "no SQLite database");
	refused(kept_path("words.db"), STORE_READ, "no SQLite database");
	shell("sqlite3 '%s' 'CREATE TABLE mine (x)'", kept_path("other.db"), "");
	refused(kept_path("other.db"), STORE_WRITE, "of another program");
	shell("sqlite3 '%s' 'PRAGMA user_version = 1'", kept_path("other.db"), "");
	refused(kept_path("other.db"), STORE_READ, "of another program");
}

/* As a user who may not write there; root may write anywhere. */
static void a_file_that_cannot_be_written_is_read(void **state)
{
	(void)state;
	mkdir(kept_path("shut"), 0755);
	struct store *store = kept_open(kept_path("shut/readable.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	store_close(store);
	chmod(kept_folder, 0755);
	chmod(kept_path("shut/readable.db"), 0444);
	chmod(kept_path("shut"), 0555);
	pid_t child = fork();
	if (child == 0) {
		if (getuid() == 0 && setuid(65534) != 0)
			_exit(9);
		struct error error = {0};
		if (store_open(kept_path("shut/readable.db"), STORE_WRITE, &error) != NULL ||
			strstr(error.message, "read-only") == NULL)
			_exit(1);
		store = store_open(kept_path("shut/readable.db"), STORE_READ, &error);
		if (store == NULL)
			_exit(fprintf(stderr, "%s\n", error.message) > 0 ? 2 : 4);
		bool one = kept_number(store, "SELECT count(*) FROM runs") == 1;
		store_close(store);
		_exit(one ? 0 : 3);
	}
	assert_int_equal(kept_wait(child), 0);
	chmod(kept_path("shut"), 0755);
}

static void the_default_place_follows_the_environment(void **state)
{
	(void)state;
	setenv("XDG_DATA_HOME", kept_path("data"), 1);
	unsetenv("BENCH_DB");
	char *path = store_default_path();
	assert_string_equal(path, kept_path("data/bench/bench.db"));
	store_close(kept_open(path, STORE_WRITE)); /* its folders are made */
	free(path);
	setenv("BENCH_DB", "here.db", 1);
	path = store_default_path();
	assert_string_equal(path, "here.db");
	free(path);
	unsetenv("BENCH_DB");
	unsetenv("XDG_DATA_HOME");
}

/* --- older and newer files -------------------------------------------------------------------- */

/* A source tree whose schema is one step further. */
static void use_future(const char *name)
{
	char command[1200];
	snprintf(command, sizeof command,
		"mkdir -p '%s' && cp -r '%s/../db' '%s/' && "
		"echo 'ALTER TABLE run ADD COLUMN weather TEXT;' > "
		"'%s/db/migrations/0002_weather.sql'",
		kept_path(name), TESTS, kept_path(name), kept_path(name));
	assert_int_equal(system(command), 0);
	setenv("BENCH_LIB", kept_path(name), 1);
}

static void an_older_file_is_copied_and_migrated(void **state)
{
	(void)state;
	const char *path = kept_path("old.db"), *copy = kept_path("old.db.v1.bak");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "done");
	store_close(store);
	use_future("future");

	store = kept_open(path, STORE_READ); /* as it is */
	kept_is_number(store, "SELECT count(*) FROM runs", 1);
	kept_is_number(store, "PRAGMA user_version", 1);
	store_close(store);
	assert_int_not_equal(access(copy, F_OK), 0);

	store = kept_open(path, STORE_WRITE);
	kept_is_number(store, "PRAGMA user_version", 2);
	kept_is_text(store, "SELECT weather FROM run", NULL);
	kept_is_number(store, "SELECT count(*) FROM runs", 1);
	kept_is_number(store, "PRAGMA foreign_keys", 1);
	store_close(store);
	unsetenv("BENCH_LIB");

	store = kept_open(copy, STORE_READ);
	kept_is_number(store, "SELECT count(*) FROM runs", 1);
	store_close(store);
	refused(path, STORE_READ, "schema is version 2");
	refused(path, STORE_WRITE, "knows version 1");
	refused(path, STORE_WRITE, "--db");
}

static void a_second_copy_does_not_replace_the_first(void **state)
{
	(void)state;
	const char *path = kept_path("twice.db");
	store_close(kept_open(path, STORE_WRITE));
	spoil(kept_path("twice.db.v1.bak"), "precious", 8);
	use_future("future");
	store_close(kept_open(path, STORE_WRITE));
	unsetenv("BENCH_LIB");
	struct stat status;
	assert_int_equal(stat(kept_path("twice.db.v1.bak"), &status), 0);
	assert_int_equal(status.st_size, 8);
	assert_int_equal(access(kept_path("twice.db.v1.bak.2"), F_OK), 0);
}

static void mark_alive(struct store *store, int64_t run)
{
	char boot[160], sql[400];
	store_boot(boot, sizeof boot);
	snprintf(sql, sizeof sql,
		"UPDATE run SET pid = %d, pid_start = %llu, boot = '%s', summarised = 0 WHERE id = "
		"%lld",
		(int)getpid(), (unsigned long long)facts_process_start(getpid()), boot,
		(long long)run);
	kept_do(store, sql);
}

static void an_older_file_in_use_is_left_alone(void **state)
{
	(void)state;
	const char *path = kept_path("used.db");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "running");
	mark_alive(store, 1);
	store_close(store);
	use_future("future");
	refused(path, STORE_WRITE, "its run 1 is going on");
	unsetenv("BENCH_LIB");
	store = kept_open(path, STORE_WRITE);
	kept_is_number(store, "PRAGMA user_version", 1);
	store_close(store);
	assert_int_not_equal(access(kept_path("used.db.v1.bak"), F_OK), 0);
}

static void a_migration_that_fails_changes_nothing(void **state)
{
	(void)state;
	const char *path = kept_path("broken.db");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "done");
	store_close(store);
	use_future("bad");
	spoil(kept_path("bad/db/migrations/0003_bad.sql"), "CREATE TABLE x (y); nonsense;", 29);
	refused(path, STORE_WRITE, "0003_bad.sql");
	unsetenv("BENCH_LIB");
	store = kept_open(path, STORE_WRITE);
	kept_is_number(store, "PRAGMA user_version", 1);
	kept_is_number(store, "SELECT count(*) FROM runs", 1);
	store_close(store);
}

static void views_follow_their_text(void **state)
{
	(void)state;
	const char *path = kept_path("views.db");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "done");
	kept_do(store, "DROP VIEW notes; CREATE VIEW mine AS SELECT count(*) AS n FROM run");
	store_close(store);
	store = kept_open(path, STORE_WRITE); /* same text: nobody looks */
	kept_is_number(store, "SELECT count(*) FROM sqlite_master WHERE name = 'notes'", 0);
	store_close(store);
	use_future("changed");
	unlink(kept_path("changed/db/migrations/0002_weather.sql"));
	shell("echo '-- changed' >> '%s/db/views/notes.sql'", kept_path("changed"), "");
	store = kept_open(path, STORE_WRITE);
	kept_is_number(store, "SELECT count(*) FROM notes", 0);
	kept_is_number(store, "SELECT n FROM mine", 1); /* other people's views stay */
	store_close(store);
	unsetenv("BENCH_LIB");
}

/* --- sharing ---------------------------------------------------------------------------------- */

/* Case H2 c: no WAL on a network, one writer, and the second is told. */
static void a_network_file_has_one_writer(void **state)
{
	(void)state;
	struct error error = {0};
	const char *path = kept_path("network.db");
	store_close(kept_open(path, STORE_WRITE));
	struct store *store = store_connect(path, STORE_WRITE, true, &error);
	assert_non_null(store);
	kept_is_text(store, "PRAGMA journal_mode", "truncate");
	assert_true(store_begin(store, NULL));
	kept_run(store, 1, "done");
	assert_true(store_commit(store, NULL));
	pid_t child = fork();
	if (child == 0) {
		struct store *second = store_connect(path, STORE_WRITE, true, &error);
		bool told = second == NULL || !store_begin(second, &error);
		_exit(told && strstr(error.message, "one bench can use") != NULL ? 0 : 1);
	}
	assert_int_equal(kept_wait(child), 0);
	store_close(store);
}

static void write_many(const char *path, int first)
{
	struct error error = {0};
	struct store *store = store_open(path, STORE_WRITE, &error);
	for (int i = 0; store != NULL && i < 1000; i++) {
		struct store_value seen = store_null();
		const struct store_value row[] = {store_integer(1), store_integer(first + i),
			store_text("a"), store_integer(1)};
		if (!store_begin(store, &error) ||
			!store_query(store,
				&(struct store_question){.sql = "SELECT count(*) FROM checks",
					.row = kept_take,
					.context = &seen},
				&error) ||
			!store_run(store, "check", row, 4, &error) || !store_commit(store, &error))
			_exit(1);
	}
	store_close(store);
	_exit(store != NULL ? 0 : 2);
}

/* Case H2 a: each reads and writes in one transaction, and no row is lost. */
static void two_processes_write_one_file(void **state)
{
	(void)state;
	const char *path = kept_path("shared.db");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "done");
	store_close(store);
	pid_t children[2];
	for (int i = 0; i < 2; i++) {
		children[i] = fork();
		if (children[i] == 0)
			write_many(path, i * 1000);
	}
	assert_int_equal(kept_wait(children[0]), 0);
	assert_int_equal(kept_wait(children[1]), 0);
	store = kept_open(path, STORE_READ);
	kept_is_number(store, "SELECT count(*) FROM \"check\"", 2000);
	kept_is_number(store, "SELECT count(DISTINCT seq) FROM \"check\"", 2000);
	store_close(store);
}

/* Two that make the same file at the same moment. */
static void two_processes_make_one_file(void **state)
{
	(void)state;
	const char *path = kept_path("raced.db");
	pid_t children[4];
	for (int i = 0; i < 4; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct store *store = store_open(path, STORE_WRITE, NULL);
			store_close(store);
			_exit(store != NULL ? 0 : 1);
		}
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(kept_wait(children[i]), 0);
}

/* What a child holds when it ends at once is no leak. */
static struct store *volatile held[2];

/* Case H2 b: the lock is held for a while; we wait, then write. */
static void a_held_lock_is_waited_for(void **state)
{
	(void)state;
	const char *path = kept_path("held.db");
	struct store *store = held[0] = kept_open(path, STORE_WRITE);
	int ready[2];
	char byte = 0;
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		struct store *holder = held[1] = store_connect(path, STORE_WRITE, false, NULL);
		if (holder == NULL || !store_begin(holder, NULL) || write(ready[1], "x", 1) != 1)
			_exit(1);
		usleep(700000);
		_exit(store_commit(holder, NULL) ? 0 : 1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_true(store_begin(store, NULL));
	assert_true(store_commit(store, NULL));
	assert_int_equal(kept_wait(child), 0);
	store_close(store);
	close(ready[0]);
	close(ready[1]);
}

/* --- values and questions --------------------------------------------------------------------- */

/* Case H1: what is no number is NULL. */
static void no_number_is_null(void **state)
{
	(void)state;
	struct store *store = kept_open(kept_path("nan.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	const double values[] = {NAN, INFINITY, -INFINITY, 0.5};
	for (size_t i = 0; i < 4; i++) {
		const struct store_value row[] = {store_integer(1), store_null(), store_integer(0),
			store_null(), store_text("x"), store_real(values[i]), store_null()};
		assert_true(store_run(store, "metric", row, 7, NULL));
	}
	kept_is_number(store, "SELECT count(*) FROM measurements WHERE value IS NULL", 3);
	kept_is_number(store, "SELECT sum(value) FROM measurements", 0.5);
	store_close(store);
}

static void durations_cannot_be_negative(void **state)
{
	(void)state;
	struct error error = {0};
	struct store *store = kept_open(kept_path("nan.db"), STORE_WRITE);
	assert_false(store_query(store,
		&(struct store_question){
			.sql = "UPDATE run SET duration_ns = -1", .may_write = true},
		&error));
	assert_non_null(strstr(error.message, "CHECK"));
	assert_false(store_query(store,
		&(struct store_question){.sql = "INSERT INTO request (run, seq, phase_kind, call, "
						"t_start, t_first_token, outcome, "
						"flags, "
						"attempts, streamed, events) VALUES (1, 1, "
						"'measure', 'chat', 5, 4, 'ok', '', 1, "
						"0, 0)",
			.may_write = true},
		&error));
	assert_false(store_query(store,
		&(struct store_question){
			.sql = "INSERT INTO note VALUES (77, 'a', 'b')", .may_write = true},
		&error));
	assert_non_null(strstr(error.message, "FOREIGN KEY"));
	store_close(store);
}

static bool count_columns(
	void *context, size_t count, const char *const *columns, const struct store_value *values)
{
	*(size_t *)context = count;
	assert_null(values);
	assert_string_equal(columns[1], "b");
	return true;
}

static void reading_cannot_write(void **state)
{
	(void)state;
	struct error error = {0};
	struct store_value value = store_null();
	struct store *store = kept_open(kept_path("nan.db"), STORE_WRITE);
	assert_false(
		store_query(store, &(struct store_question){.sql = "DELETE FROM run"}, &error));
	assert_int_equal(error.code, ERROR_USAGE);
	assert_false(store_query(store, &(struct store_question){.sql = "SELEC 1"}, &error));
	assert_non_null(strstr(error.message, "syntax"));
	const struct store_value seven = store_integer(7);
	assert_true(store_query(store,
		&(struct store_question){.sql = "SELECT 1 WHERE 0; -- then\nSELECT ?1 + 1;",
			.values = &seven,
			.count = 1,
			.row = kept_take,
			.context = &value},
		&error));
	assert_int_equal(value.integer, 8);
	size_t count = 0;
	assert_true(store_query(store,
		&(struct store_question){.sql = "SELECT 1 AS a, 2 AS b WHERE 0; SELECT 3 AS c",
			.columns = count_columns,
			.context = &count},
		&error));
	assert_int_equal(count, 2);
	store_close(store);
	store = kept_open(kept_path("nan.db"), STORE_READ);
	assert_false(store_query(store,
		&(struct store_question){.sql = "DELETE FROM run", .may_write = true}, &error));
	store_close(store);
}

static void aggregates_mean_what_sqlites_mean(void **state)
{
	(void)state;
	struct error error = {0};
	struct store *store = kept_open(kept_path("nan.db"), STORE_READ);
	kept_is_number(store,
		"WITH t (x) AS (VALUES (30), (10), (NULL), (20)) SELECT percentile(x, 99) FROM t",
		29.8);
	kept_is_number(
		store, "WITH t (x) AS (VALUES (1), (2), (4), (8)) SELECT median(x) FROM t", 3);
	kept_is_number(store,
		"WITH t (x) AS (VALUES (2), (4), (4), (4), (5), (5), (7), (9)) SELECT stddev(x) "
		"FROM t",
		2.13808993529939);
	kept_is_number(store, "WITH t (x) AS (VALUES (2)) SELECT stddev(x) FROM t", NAN);
	kept_is_number(
		store, "WITH t (x) AS (VALUES (2)) SELECT median(x) FROM t WHERE x > 2", NAN);
	static const char *const wrong[] = {
		"WITH t (x) AS (VALUES (1), (2)) SELECT percentile(x, 101) FROM t",
		"WITH t (x) AS (VALUES (1), (2)) SELECT percentile(x, NULL) FROM t",
		"WITH t (x) AS (VALUES (1), (2)) SELECT percentile(x, x) FROM t",
		"WITH t (x) AS (VALUES (1), ('word')) SELECT median(x) FROM t",
		"WITH t (x) AS (VALUES (1), (9e999)) SELECT stddev(x) FROM t",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(store_query(store, &(struct store_question){.sql = wrong[i]}, &error));
	store_close(store);
}

/* --- mending and forgetting ------------------------------------------------------------------- */

static void add_request(struct store *store, int64_t run, int seq, const char *outcome)
{
	char sql[400];
	snprintf(sql, sizeof sql,
		"INSERT INTO request (run, seq, phase_kind, call, t_start, t_first_token, "
		"t_last_token, t_end, "
		"outcome, flags, attempts, streamed, events, prompt, output_tokens, token_source) "
		"VALUES "
		"(%lld, %d, 'measure', 'chat', 0, 100000000, 280000000, 300000000, '%s', '', 1, 1, "
		"4, 'p%d', "
		"8, 'usage')",
		(long long)run, seq, outcome, seq);
	kept_do(store, sql);
}

static void runs_of_dead_processes_are_crashed(void **state)
{
	(void)state;
	const char *path = kept_path("crashed.db");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "running");
	kept_run(store, 2, "running");
	kept_run(store, 3, "running");
	mark_alive(store, 2);
	mark_alive(store, 3);
	kept_do(store, "UPDATE run SET pid_start = pid_start - 1 WHERE id = 3"); /* the number is
										    another's */
	kept_do(store, "UPDATE run SET summarised = 0, duration_ns = NULL");
	add_request(store, 1, 1, "ok");
	add_request(store, 1, 2, "running");
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
	(void)state;
	struct error error = {0};
	struct store *store = kept_open(kept_path("forget.db"), STORE_WRITE);
	kept_do(store, "INSERT INTO machine (hash, facts) VALUES ('m', '{}'), ('n', '{}')");
	kept_run(store, 1, "done");
	kept_run(store, 2, "done");
	kept_run(store, 3, "running");
	mark_alive(store, 3);
	kept_do(store, "UPDATE run SET machine = CASE id WHEN 1 THEN 'm' ELSE 'n' END");
	kept_do(store, "INSERT INTO prompt (digest, text) VALUES ('p1', 'a'), ('p2', 'b')");
	add_request(store, 1, 1, "ok");
	add_request(store, 1, 2, "ok");
	add_request(store, 2, 2, "ok");
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
	(void)state;
	struct error error = {0};
	struct buffer report;
	buffer_init(&report, BUFFER_UNLIMITED);
	const char *path = kept_path("damaged.db");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "done");
	for (int i = 0; i < 200; i++)
		add_request(store, 1, i, "ok");
	assert_true(store_check(store, &report, &error));
	assert_int_equal(report.size, 0);
	kept_do(store, "PRAGMA foreign_keys = OFF; INSERT INTO note VALUES (77, 'a', 'b')");
	assert_false(store_check(store, &report, &error));
	assert_non_null(strstr(buffer_string(&report), "note"));
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

/* --- statistics ------------------------------------------------------------------------------- */

static void add_metric(struct store *store, const char *name, double value, const char *unit)
{
	const struct store_value row[] = {store_integer(1), store_null(), store_integer(0),
		store_null(), store_text(name), store_real(value), store_text(unit)};
	assert_true(store_run(store, "metric", row, 7, NULL));
}

/* Case F6: p99 by interpolation. Case K6: a name with another unit is another series. */
static void own_metrics_are_summarised_by_unit(void **state)
{
	(void)state;
	struct store *store = kept_open(kept_path("units.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	add_metric(store, "x", 30, "ms");
	add_metric(store, "x", 10, "ms");
	add_metric(store, "x", 20, "ms");
	add_metric(store, "queue", 0.25, "s");
	add_metric(store, "queue", 250, "ms");
	add_metric(store, "queue", NAN, "ms");
	assert_true(store_summarise(store, 1, NULL));
	assert_true(store_summarise(store, 1, NULL)); /* replaces */
	kept_is_number(store, "SELECT p50 FROM run_summary WHERE metric = 'x'", 20);
	kept_is_number(store, "SELECT p99 FROM run_summary WHERE metric = 'x'", 29.8);
	kept_is_number(store, "SELECT stddev FROM run_summary WHERE metric = 'x'", 10);
	kept_is_number(store, "SELECT count(*) FROM run_summary WHERE metric = 'queue'", 2);
	kept_is_number(store, "SELECT mean FROM run_summary WHERE unit = 's'", 0.25);
	kept_is_number(
		store, "SELECT mean FROM run_summary WHERE metric = 'queue' AND unit = 'ms'", 250);
	kept_is_number(
		store, "SELECT missing FROM run_summary WHERE metric = 'queue' AND unit = 'ms'", 1);
	store_close(store);
}

/* Case C3: gaps between events, and per token where the tokens are known. */
static void gaps_per_event_and_per_token(void **state)
{
	(void)state;
	struct store *store = kept_open(kept_path("gaps.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	add_request(store, 1, 1, "ok");
	kept_do(store,
		"INSERT INTO timeline (request, t, n) SELECT id, '[100000,160000,220000,280000]', "
		"'[1,3,3,1]' FROM request");
	assert_true(store_summarise(store, 1, NULL));
	kept_is_number(store, "SELECT n FROM run_summary WHERE metric = 'icl'", 3);
	kept_is_number(store, "SELECT mean FROM run_summary WHERE metric = 'icl'", 60);
	kept_is_number(store, "SELECT n FROM run_summary WHERE metric = 'itl'", 7);
	kept_is_number(store, "SELECT mean FROM run_summary WHERE metric = 'itl'", 180.0 / 7);
	kept_is_number(store, "SELECT p50 FROM run_summary WHERE metric = 'itl'", 20);
	kept_is_number(store, "SELECT max FROM run_summary WHERE metric = 'itl'", 60);
	kept_is_number(store, "SELECT mean FROM run_summary WHERE metric = 'tpot'", 180.0 / 7);
	kept_do(store,
		"UPDATE timeline SET n = NULL"); /* four events, eight tokens: nobody knows where */
	assert_true(store_summarise(store, 1, NULL));
	kept_is_number(store, "SELECT n FROM run_summary WHERE metric = 'itl'", 0);
	kept_is_number(store, "SELECT missing FROM run_summary WHERE metric = 'itl'", 1);
	kept_is_number(store, "SELECT n FROM run_summary WHERE metric = 'icl'", 3);
	store_close(store);
}

/* Cases F5, F6: only what was measured, warm and went well; pooled gaps; groups apart. */
static void only_good_warm_measured_requests_count(void **state)
{
	(void)state;
	struct store *store = kept_open(kept_path("count.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	kept_do(store, "INSERT INTO backend (run, number, name, kind) VALUES (1, 1, 'a', 'x'), "
		       "(1, 2, 'b', 'x')");
	for (int i = 1; i <= 8; i++)
		add_request(store, 1, i, i == 8 ? "failed" : "ok");
	kept_do(store, "UPDATE request SET backend = CASE WHEN seq < 7 THEN 1 ELSE 2 END, "
		       "t_first_token = CASE seq WHEN 1 THEN 9000 WHEN 2 THEN 8600 ELSE 400 END * "
		       "1000000, "
		       "t_last_token = 9100000000, t_end = 9200000000, "
		       "phase_kind = CASE seq WHEN 1 THEN 'warm-up' ELSE 'measure' END, cold_start "
		       "= (seq = 2), "
		       "call = CASE seq WHEN 6 THEN 'complete' ELSE 'chat' END, "
		       "label = CASE seq WHEN 5 THEN 'long' END");
	assert_true(store_summarise(store, 1, NULL));
	kept_is_number(store,
		"SELECT n FROM run_summary WHERE metric = 'ttft' AND backend = 'a' AND "
		"call = 'chat' AND label IS NULL",
		2);
	kept_is_number(store, "SELECT max(max) FROM run_summary WHERE metric = 'ttft'", 400);
	kept_is_number(store, "SELECT count(*) FROM run_summary WHERE metric = 'ttft'", 4);
	kept_is_number(
		store, "SELECT n FROM run_summary WHERE metric = 'ttft' AND backend = 'b'", 1);
	kept_is_number(store, "SELECT requests FROM runs", 7);
	kept_is_number(store, "SELECT ok FROM runs", 6);
	kept_is_number(store, "SELECT failed FROM runs", 1);
	store_close(store);
}

/* 3 s, 2 s and 1 s within 4 s; the fourth never began, the fifth never ended. */
static void how_busy_the_client_was_is_counted_once(void **state)
{
	(void)state;
	struct store *store = kept_open(kept_path("busy.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	for (int i = 1; i <= 5; i++)
		add_request(store, 1, i, i == 4 ? "dropped" : i == 5 ? "incomplete" : "ok");
	kept_do(store, "UPDATE request SET events = 10 * seq, t_first_token = NULL, t_last_token = "
		       "NULL, t_start = CASE seq WHEN 1 THEN 0 WHEN 2 THEN 1 WHEN 3 THEN 3 WHEN 5 "
		       "THEN 2 END * 1000000000, t_end = CASE seq WHEN 1 THEN 3 WHEN 2 THEN 3 "
		       "WHEN 3 THEN 4 WHEN 4 THEN 9 END * 1000000000");
	assert_true(store_summarise(store, 1, NULL));
	kept_is_number(store, "SELECT streams FROM run", 1.5);
	kept_is_number(store, "SELECT event_rate FROM run", 15);
	store_close(store);
}

/* The summary says what plain window functions say. */
static void the_summary_equals_window_functions(void **state)
{
	(void)state;
	struct store *store = kept_open(kept_path("window.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	unsigned random = 7;
	for (int i = 0; i < 137; i++) {
		random = random * 1103515245u + 12345u;
		add_metric(store, "x", (double)(random >> 8) / 1000, "ms");
	}
	assert_true(store_summarise(store, 1, NULL));
	kept_is_number(store,
		"WITH ranked AS (SELECT value, row_number() OVER (ORDER BY value) - 1 AS i, "
		"count(*) OVER () AS n FROM measurements), "
		"place AS (SELECT p, p * 136 AS at FROM (SELECT 0.5 AS p UNION ALL SELECT 0.9 "
		"UNION ALL "
		"SELECT 0.95 UNION ALL SELECT 0.99)), "
		"found AS (SELECT p, (SELECT value FROM ranked WHERE i = CAST(at AS INTEGER)) AS "
		"low, "
		"(SELECT value FROM ranked WHERE i = min(CAST(at AS INTEGER) + 1, 136)) AS high, "
		"at - CAST(at AS INTEGER) AS share FROM place) "
		"SELECT max(abs(low + (high - low) * share - CASE p WHEN 0.5 THEN p50 WHEN 0.9 "
		"THEN p90 "
		"WHEN 0.95 THEN p95 ELSE p99 END)) < 1e-6 FROM found, run_summary",
		1);
	kept_is_number(store,
		"SELECT abs(mean - (SELECT avg(value) FROM measurements)) < 1e-6 FROM run_summary",
		1);
	kept_is_number(store,
		"SELECT abs(p95 - (SELECT percentile(value, 95) FROM measurements)) < 1e-9 FROM "
		"run_summary",
		1);
	kept_is_number(store,
		"SELECT abs(stddev - (SELECT stddev(value) FROM measurements)) < 1e-6 FROM "
		"run_summary",
		1);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_file_is_complete),
		cmocka_unit_test(the_schema_is_what_migrations_make),
		cmocka_unit_test(every_statement_compiles),
		cmocka_unit_test(what_is_no_database_is_named),
		cmocka_unit_test(a_file_that_cannot_be_written_is_read),
		cmocka_unit_test(the_default_place_follows_the_environment),
		cmocka_unit_test(an_older_file_is_copied_and_migrated),
		cmocka_unit_test(a_second_copy_does_not_replace_the_first),
		cmocka_unit_test(an_older_file_in_use_is_left_alone),
		cmocka_unit_test(a_migration_that_fails_changes_nothing),
		cmocka_unit_test(views_follow_their_text),
		cmocka_unit_test(a_network_file_has_one_writer),
		cmocka_unit_test(two_processes_write_one_file),
		cmocka_unit_test(two_processes_make_one_file),
		cmocka_unit_test(a_held_lock_is_waited_for),
		cmocka_unit_test(no_number_is_null),
		cmocka_unit_test(durations_cannot_be_negative),
		cmocka_unit_test(reading_cannot_write),
		cmocka_unit_test(aggregates_mean_what_sqlites_mean),
		cmocka_unit_test(runs_of_dead_processes_are_crashed),
		cmocka_unit_test(a_run_can_be_forgotten),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(own_metrics_are_summarised_by_unit),
		cmocka_unit_test(gaps_per_event_and_per_token),
		cmocka_unit_test(only_good_warm_measured_requests_count),
		cmocka_unit_test(how_busy_the_client_was_is_counted_once),
		cmocka_unit_test(the_summary_equals_window_functions),
	};
	return RUN_KEPT(tests);
}
