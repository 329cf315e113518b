/* A run database: opened, migrated, shared, asked; and what it says when it cannot. */
#include "kept.h"
#include "store/recorder_internal.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void refused(const char *path, enum store_mode mode, const char *words)
{
	struct error error = {0};
	struct store *store = store_open(path, mode, &error);
	assert_null(store);
	assert_int_equal(error.code, ERROR_STORE);
	if (strstr(error.message, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", error.message, words);
	assert_null(strchr(error.message, '\n'));
}

static void spoil(const char *path, const char *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static void journal_is(const struct store *store, const char *wanted)
{
	sqlite3_stmt *statement;
	assert_int_equal(sqlite3_prepare_v2(store->db, "PRAGMA journal_mode", -1, &statement, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(statement, 0), wanted);
	sqlite3_finalize(statement);
}

/* --- opening ---------------------------------------------------------------------------------- */

static void a_new_file_is_complete(void **state)
{
	struct store *store = kept_open(kept_path("new.db"), STORE_WRITE);
	int64_t version, application;
	assert_true(store_pragma_integer(store, "PRAGMA user_version", &version, NULL));
	assert_true(store_pragma_integer(store, "PRAGMA application_id", &application, NULL));
	assert_int_equal(version, store_known_version());
	assert_int_equal(application, STORE_APPLICATION_ID);
	journal_is(store, "wal");
	kept_is_number(store, "PRAGMA foreign_keys", 1);
	kept_is_number(store, "SELECT count(*) FROM runs", 0);
	assert_null(store_warning(store));
	store_close(store);
}

/* What the build made once (store_new.c) is what is made step by step elsewhere. */
static void a_new_file_is_a_copy_of_the_empty_one(void **state)
{
	static const char differing[] =
		"SELECT count(*) FROM (SELECT type, name, sql FROM %s.sqlite_master EXCEPT SELECT "
		"type, name, sql FROM %s.sqlite_master)";
	char question[sizeof differing + 32];
	struct store *store = store_connect(kept_path("copied.db"), STORE_WRITE, false, NULL);
	assert_non_null(store);
	kept_is_number(store, "PRAGMA user_version", (double)store_known_version());
	kept_is_number(store, "PRAGMA application_id", STORE_APPLICATION_ID);
	setenv("BENCH_LIB", TESTS "/..", 1);
	store_close(kept_open(kept_path("made.db"), STORE_WRITE));
	unsetenv("BENCH_LIB");
	assert_true(store_attach(store, kept_path("made.db"), "made", NULL));
	snprintf(question, sizeof question, differing, "main", "made");
	kept_is_number(store, question, 0);
	snprintf(question, sizeof question, differing, "made", "main");
	kept_is_number(store, question, 0);
	store_close(store);
}

/* A log whose file is gone would be read into the new one of that name. */
static void the_log_of_a_file_that_is_gone_is_not_ours(void **state)
{
	const char *path = kept_path("gone.db");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "done");
	kept_shell("cp '%s-wal' '%s.kept'", path, path);
	store_close(store);
	unlink(path);
	kept_shell("mv '%s.kept' '%s-wal'", path, path);
	store = kept_open(path, STORE_WRITE);
	kept_is_number(store, "SELECT count(*) FROM runs", 0);
	kept_is_text(store, "PRAGMA integrity_check", "ok");
	store_close(store);
}

static void every_statement_compiles(void **state)
{
	store_close(kept_open(kept_path("beside.db"), STORE_WRITE));
	struct store *store = kept_open(kept_path("new.db"), STORE_WRITE);
	assert_true(store_attach(store, kept_path("beside.db"), "other", NULL));
	/* others read what these make */
	assert_true(hide_prepare(store, NULL));
	assert_true(store_run(store, "merge_order_table", NULL, 0, NULL));
	assert_true(store_run(store, "waiting_imported_table", NULL, 0, NULL));
	struct store_names files = store_sql_files("db/statements");
	assert_true(files.count > 30);
	for (size_t i = 0; i < files.count; i++) {
		char name[128];
		struct error error = {0};
		const char *base = strrchr(files.list[i], '/') + 1;
		snprintf(name, sizeof name, "%.*s", (int)strlen(base) - 4, base);
		if (store_prepare(store, name, &error) == NULL)
			fail_msg("%s: %s", name, error.message);
	}
	store_names_free(&files);
	struct error error = {0};
	assert_false(store_run(store, "no_such", NULL, 0, &error));
	assert_non_null(strstr(error.message, "no_such"));
	store_close(store);
}

static const struct {
	int64_t seq; /* -1: NULL */
	const char *label, *unit;
	double value;
	size_t count; /* of the values */
} alike[] = {
	{1, "a label", "ms", 1.5, 7},
	{1, "a label", "ms", 1.5, 7},
	{1, "a LABEL", "s", 1.5, 7},
	{2, "a label that is longer than is kept", "s", NAN, 7},
	{2, "a label that is longer than is KEPT", "s", 2, 7},
	{-1, NULL, NULL, 2, 7},
	{-1, "a label of 24 characters", "", 3, 7},
	{0, "a label of 24 characters", "", 3, 7},
	{0, "a label of 25 characters.", NULL, 3, 7},
	{0, "a label of 25 characters.", "ms", 3, 8}, /* refused */
	{0, "a label of 24 characters", "ms", 3, 7},
	{0, "a label of 24 characters", "ms", 3, 5},
	{0, "a label of 24 characters", "ms", 3, 7},
};
static const char alike_kept[] =
	"1 a label 1.5 ms;1 a label 1.5 ms;1 a LABEL 1.5 s;"
	"2 a label that is longer than is kept - s;2 a label that is longer than is KEPT "
	"2.0 s;"
	"- - 2.0 -;- a label of 24 characters 3.0 ;0 a label of 24 characters 3.0 ;"
	"0 a label of 25 characters. 3.0 -;0 a label of 24 characters 3.0 ms;"
	"0 a label of 24 characters - -;0 a label of 24 characters 3.0 ms";

/* What is alike need not be bound, and is what it was, though the memory of each row holds
 * something else behind it. */
static void rows_that_are_alike_keep_what_they_say(void **state)
{
	char memory[2][2][64];
	struct store *store = kept_open(kept_path("alike.db"), STORE_WRITE);
	kept_run(store, 1, "done");
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
		char *label = memory[i % 2][0], *unit = memory[i % 2][1];
		snprintf(label, 64, "%s", alike[i].label != NULL ? alike[i].label : "");
		snprintf(unit, 64, "%s", alike[i].unit != NULL ? alike[i].unit : "");
		const struct store_value values[] = {store_integer(1),
			store_integer_or_null(alike[i].seq), store_integer(0),
			store_text(alike[i].label != NULL ? label : NULL), store_text("name"),
			store_real(alike[i].value), store_text(alike[i].unit != NULL ? unit : NULL),
			store_null()};
		assert_int_equal(store_run(store, "metric", values, alike[i].count, NULL),
			alike[i].count <= 7);
		memset(memory, '?', sizeof memory);
	}
	kept_is_text(store,
		"SELECT group_concat(coalesce(seq, '-') || ' ' || coalesce(label, '-') || ' ' || "
		"coalesce(value, '-') || ' ' || coalesce(unit, '-'), ';') FROM metric",
		alike_kept);
	store_close(store);
}

static void what_is_no_database_is_named(void **state)
{
	refused(kept_path("missing.db"), STORE_READ, "there is no database");
	refused(kept_path("missing/folder.db"), STORE_WRITE, strerror(ENOENT));
	assert_int_equal(symlink("round.db", kept_path("round.db")), 0);
	refused(kept_path("round.db"), STORE_WRITE, strerror(ELOOP));
	spoil(kept_path("empty.db"), "", 0);
	refused(kept_path("empty.db"), STORE_READ, "holds no runs");
	spoil(kept_path("words.db"), "This is a text and has always been one. It is rather long.",
		58);
	refused(kept_path("words.db"), STORE_WRITE, "no SQLite database");
	refused(kept_path("words.db"), STORE_READ, "no SQLite database");
	kept_shell("sqlite3 '%s' 'CREATE TABLE mine (x)'", kept_path("holes.db"));
	kept_shell("printf damage | dd of='%s' bs=1 seek=100 conv=notrunc 2>/dev/null",
		kept_path("holes.db"));
	refused(kept_path("holes.db"), STORE_READ, "is damaged");
	kept_shell("sqlite3 '%s' 'CREATE TABLE mine (x)'", kept_path("other.db"));
	refused(kept_path("other.db"), STORE_WRITE, "of another program");
	kept_shell("sqlite3 '%s' 'PRAGMA user_version = 1'", kept_path("other.db"));
	refused(kept_path("other.db"), STORE_READ, "of another program");
	kept_shell(
		"test \"$(sqlite3 '%s' 'PRAGMA journal_mode')\" = delete", kept_path("other.db"));
}

static bool count_row(void *context, const struct store_row *row)
{
	++*(size_t *)context;
	return true;
}

static void every_table_of_the_schema_is_ours(void **state)
{
	struct store_names tables;
	size_t found = 0;
	struct store *store = kept_open(kept_path("tables.db"), STORE_WRITE);
	assert_true(store_names_read(store, "tables_to_borrow", &tables, NULL));
	for (size_t i = 0; i < tables.count; i++) {
		kept_do(store, "CREATE TRIGGER t%zu AFTER DELETE ON \"%s\" BEGIN SELECT 1; END", i,
			tables.list[i]);
	}
	const struct store_question question = {.row = count_row, .context = &found};
	assert_true(store_read(store, "not_ours", &question, NULL));
	assert_int_equal(found, tables.count);
	store_names_free(&tables);
	store_close(store);
}

/* It may come by mail. The views of the file are written anew, and a table of one's own beside ours
 * is nobody's business. */
static void what_is_not_ours_in_a_file_of_ours_is_refused(void **state)
{
	const char *path = kept_path("posted.db");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "done");
	store_close(store);
	kept_shell(
		"sqlite3 '%s' 'CREATE TABLE mine (x); CREATE VIEW my_runs AS SELECT * FROM runs; "
		"CREATE TRIGGER mine AFTER INSERT ON mine BEGIN DELETE FROM mine; END'",
		path);
	store_close(kept_open(path, STORE_WRITE));
	kept_shell("cp '%s' '%s.loose'", path, path);
	kept_shell("cp '%s' '%s.endless'", path, path);
	kept_shell("sqlite3 '%s' 'CREATE TRIGGER thief BEFORE INSERT ON request BEGIN SELECT "
		   "RAISE(IGNORE); END'",
		path);
	refused(path, STORE_WRITE, "trigger thief");
	store = kept_open(path, STORE_READ);
	kept_is_number(store, "SELECT count(*) FROM runs", 1);
	store_close(store);
	kept_shell(
		"sqlite3 '%s.loose' 'DROP TABLE note; CREATE TABLE Note (run, key, value)'", path);
	refused(kept_path("posted.db.loose"), STORE_READ, "table Note that bench did not make");
	kept_shell(
		"sqlite3 '%s.endless' 'DROP TABLE run; CREATE VIEW run AS WITH RECURSIVE n (id) AS "
		"(SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n WHERE id < 0'",
		path);
	for (int mode = 0; mode < 2; mode++)
		refused(kept_path("posted.db.endless"), mode == 0 ? STORE_READ : STORE_WRITE,
			"view run that bench did not make");
	store = kept_open(kept_path("taker.db"), STORE_WRITE);
	struct error error = {0};
	assert_false(store_attach_runs(store, kept_path("posted.db.endless"), &error));
	assert_non_null(strstr(error.message, "view run"));
	store_close(store);
}

/* As a user who may not write there; root may write anywhere. */
static void a_file_that_cannot_be_written_is_read(void **state)
{
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
		if (store_open(kept_path("shut/new.db"), STORE_WRITE, &error) != NULL ||
			strstr(error.message, strerror(EACCES)) == NULL)
			_exit(5);
		store = store_open(kept_path("shut/readable.db"), STORE_READ, &error);
		if (store == NULL)
			_exit(fprintf(stderr, "%s\n", error.message) > 0 ? 2 : 4);
		bool one = kept_number(store, "SELECT count(*) FROM runs") == 1;
		store_close(store);
		store = store_connect(NULL, STORE_WRITE, false, &error);
		if (!store_attach(store, kept_path("shut/readable.db"), "other", &error))
			_exit(6);
		one = one && kept_number(store, "SELECT count(*) FROM other.run") == 1;
		store_close(store);
		_exit(one ? 0 : 3);
	}
	assert_int_equal(kept_wait(child), 0);
	chmod(kept_path("shut"), 0755);
}

static void a_log_that_cannot_be_read_without_an_index_is_named(void **state)
{
	struct store *store = kept_open(kept_path("going.db"), STORE_WRITE);
	kept_run(store, 1, "running");
	kept_shell("cd '%s' && mkdir copied && cp going.db going.db-wal copied", kept_folder);
	store_close(store);
	chmod(kept_folder, 0755);
	chmod(kept_path("copied"), 0555);
	pid_t child = fork();
	if (child == 0) {
		if (getuid() == 0 && setuid(65534) != 0)
			_exit(9);
		struct error error = {0};
		if (store_open(kept_path("copied/going.db"), STORE_READ, &error) != NULL)
			_exit(1);
		_exit(strstr(error.message, "copied/going.db-wal") != NULL ? 0 : 2);
	}
	assert_int_equal(kept_wait(child), 0);
	chmod(kept_path("copied"), 0755);
}

static void the_default_place_follows_the_environment(void **state)
{
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
	kept_shell("mkdir -p '%s' && cp -r '%s/../db' '%s/' && echo 'ALTER TABLE run ADD COLUMN "
		   "weather TEXT;' > '%s/db/migrations/0002_weather.sql'",
		kept_path(name), TESTS, kept_path(name), kept_path(name));
	setenv("BENCH_LIB", kept_path(name), 1);
}

static void an_older_file_is_copied_and_migrated(void **state)
{
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

static void a_new_file_needs_no_step(void **state)
{
	use_future("newest");
	const char *db = kept_path("newest/db");
	kept_shell("cat '%s'/migrations/0002_weather.sql >> '%s'/schema.sql", db, db);
	kept_shell("echo 'PRAGMA user_version = 2;' >> '%s'/schema.sql", db);
	struct store *store = kept_open(kept_path("made_newest.db"), STORE_WRITE);
	kept_is_number(store, "PRAGMA user_version", 2);
	kept_is_number(store, "SELECT count(weather) FROM run", 0);
	store_close(store);
	unsetenv("BENCH_LIB");
}

static void a_second_copy_does_not_replace_the_first(void **state)
{
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

static void a_copy_that_finds_no_room_leaves_nothing(void **state)
{
	const char *path = kept_path("large.db");
	struct rlimit usual, small = {.rlim_cur = 64 << 10};
	store_close(kept_open(path, STORE_WRITE));
	use_future("future");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
	small.rlim_max = usual.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	refused(path, STORE_WRITE, "large.db.v1.bak");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
	signal(SIGXFSZ, SIG_DFL);
	unsetenv("BENCH_LIB");
	assert_int_not_equal(access(kept_path("large.db.v1.bak"), F_OK), 0);
	store_close(kept_open(path, STORE_READ));
}

static void an_older_file_in_use_is_left_alone(void **state)
{
	const char *path = kept_path("used.db");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "running");
	kept_alive(store, 1);
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
	const char *path = kept_path("views.db");
	struct store *store = kept_open(path, STORE_WRITE);
	kept_run(store, 1, "done");
	kept_do(store, "DROP VIEW notes; CREATE VIEW mine AS SELECT count(*) AS n FROM run");
	store_close(store);
	store = kept_open(path, STORE_WRITE);
	kept_is_number(store, "SELECT count(*) FROM notes", 0);
	kept_is_number(store, "SELECT n FROM mine", 1); /* other people's views stay */
	double cookie = kept_number(store, "PRAGMA schema_version");
	store_close(store);
	store = kept_open(path, STORE_WRITE); /* same texts: nothing is made */
	kept_is_number(store, "PRAGMA schema_version", cookie);
	store_close(store);
	use_future("changed");
	unlink(kept_path("changed/db/migrations/0002_weather.sql"));
	kept_shell("sed -i '$s/;$/ LIMIT 1;/' '%s/db/views/notes.sql'", kept_path("changed"));
	store = kept_open(path, STORE_WRITE);
	kept_is_number(
		store, "SELECT sql LIKE '% LIMIT 1' FROM sqlite_master WHERE name = 'notes'", 1);
	kept_is_number(store, "SELECT n FROM mine", 1);
	store_close(store);
	unsetenv("BENCH_LIB");
}

/* --- sharing ---------------------------------------------------------------------------------- */

/* Case H2 c: no WAL on a network, one writer, and the second is told. */
static void a_network_file_has_one_writer(void **state)
{
	struct error error = {0};
	const char *path = kept_path("network.db");
	store_close(kept_open(path, STORE_WRITE));
	struct store *store = store_connect(path, STORE_WRITE, true, &error);
	assert_non_null(store);
	journal_is(store, "truncate");
	assert_true(store_begin(store, NULL));
	kept_run(store, 1, "done");
	assert_true(store_end(store, true, NULL));
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
			!store_query(store, "SELECT count(*) FROM checks",
				&(struct store_question){.row = kept_take, .context = &seen},
				&error) ||
			!store_run(store, "check", row, 4, &error) ||
			!store_end(store, true, &error))
			_exit(1);
	}
	store_close(store);
	_exit(store != NULL ? 0 : 2);
}

/* Case H2 a: each reads and writes in one transaction, and no row is lost. */
static void two_processes_write_one_file(void **state)
{
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
		_exit(store_end(holder, true, NULL) ? 0 : 1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_true(store_begin(store, NULL));
	assert_true(store_end(store, true, NULL));
	assert_int_equal(kept_wait(child), 0);
	store_close(store);
	close(ready[0]);
	close(ready[1]);
}

/* --- values and questions --------------------------------------------------------------------- */

/* Case H1: what is no number is NULL. */
static void no_number_is_null(void **state)
{
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
	struct error error = {0};
	struct store *store = kept_open(kept_path("nan.db"), STORE_WRITE);
	assert_false(store_execute(store, "UPDATE run SET duration_ns = -1", &error));
	assert_non_null(strstr(error.message, "CHECK"));
	assert_false(store_execute(store,
		"INSERT INTO request (run, seq, phase_kind, call, t_start, t_first_token, outcome, "
		"flags, "
		"attempts, streamed, events) VALUES (1, 1, 'measure', 'chat', 5, 4, 'ok', '', 1, "
		"0, 0)",
		&error));
	assert_false(store_execute(store, "INSERT INTO note VALUES (77, 'a', 'b')", &error));
	assert_non_null(strstr(error.message, "FOREIGN KEY"));
	store_close(store);
}

static bool count_columns(void *context, const struct store_row *row)
{
	*(size_t *)context = row->count;
	assert_null(row->values);
	assert_string_equal(row->columns[1], "b");
	return true;
}

static void reading_cannot_write(void **state)
{
	struct error error = {0};
	struct store_value value = store_null();
	struct store *store = kept_open(kept_path("nan.db"), STORE_WRITE);
	assert_false(store_query(store, "DELETE FROM run", &(struct store_question){0}, &error));
	assert_int_equal(error.code, ERROR_USAGE);
	assert_false(store_query(store, "SELEC 1", &(struct store_question){0}, &error));
	assert_non_null(strstr(error.message, "syntax"));
	const struct store_value seven = store_integer(7);
	assert_true(store_query(store, "SELECT 1 WHERE 0; -- then\nSELECT ?1 + 1;",
		&(struct store_question){
			.values = &seven, .count = 1, .row = kept_take, .context = &value},
		&error));
	assert_int_equal(value.integer, 8);
	size_t count = 0;
	assert_true(store_query(store, "SELECT 1 AS a, 2 AS b WHERE 0; SELECT 3 AS c",
		&(struct store_question){.columns = count_columns, .context = &count}, &error));
	assert_int_equal(count, 2);
	store_close(store);
	store = kept_open(kept_path("nan.db"), STORE_READ);
	assert_false(store_execute(store, "DELETE FROM run", &error));
	store_close(store);
}

static void aggregates_mean_what_sqlites_mean(void **state)
{
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
		assert_false(store_query(store, wrong[i], &(struct store_question){0}, &error));
	store_close(store);
}

/* --- a process that is ended ------------------------------------------------------------------ */

/* A child makes a database and is ended by that signal, before or after it was whole. Whether its
 * files are there. */
static bool is_left_by(int number, const char *name, bool is_whole)
{
	const char *path = kept_path(name);
	char wal[1100];
	snprintf(wal, sizeof wal, "%s-wal", path);
	pid_t child = fork();
	if (child == 0) {
		signal(number, SIG_DFL); /* whoever started the tests */
		store_half_made(path);
		struct store *store = store_open(path, STORE_WRITE, NULL);
		bool made =
			store != NULL && store_begin(store, NULL) &&
			store_end(store, store_execute(store, "CREATE TABLE t (a)", NULL), NULL);
		if (is_whole)
			store_half_made(NULL);
		if (made)
			raise(number);
		_exit(1);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == number);
	bool left = access(path, F_OK) == 0;
	assert_true(left == (access(wal, F_OK) == 0));
	return left;
}

static void what_is_half_made_goes_with_the_process(void **state)
{
	assert_false(is_left_by(SIGINT, "int.db", false));
	assert_false(is_left_by(SIGTERM, "term.db", false));
	assert_false(is_left_by(SIGHUP, "hup.db", false));
	assert_true(is_left_by(SIGINT, "whole.db", true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_file_is_complete),
		cmocka_unit_test(a_new_file_is_a_copy_of_the_empty_one),
		cmocka_unit_test(the_log_of_a_file_that_is_gone_is_not_ours),
		cmocka_unit_test(every_statement_compiles),
		cmocka_unit_test(rows_that_are_alike_keep_what_they_say),
		cmocka_unit_test(what_is_no_database_is_named),
		cmocka_unit_test(every_table_of_the_schema_is_ours),
		cmocka_unit_test(what_is_not_ours_in_a_file_of_ours_is_refused),
		cmocka_unit_test(a_file_that_cannot_be_written_is_read),
		cmocka_unit_test(a_log_that_cannot_be_read_without_an_index_is_named),
		cmocka_unit_test(the_default_place_follows_the_environment),
		cmocka_unit_test(an_older_file_is_copied_and_migrated),
		cmocka_unit_test(a_new_file_needs_no_step),
		cmocka_unit_test(a_second_copy_does_not_replace_the_first),
		cmocka_unit_test(a_copy_that_finds_no_room_leaves_nothing),
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
		cmocka_unit_test(what_is_half_made_goes_with_the_process),
		cmocka_unit_test(aggregates_mean_what_sqlites_mean),
	};
	return RUN_KEPT(tests);
}
