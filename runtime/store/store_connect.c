/* A connection to a run database that this program may read, of whatever version. WAL on a local
 * file system; on a network, where WAL does not work, a rollback journal and an exclusive lock. */
#include "store/store_internal.h"

#include "base/input.h"
#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *variable(const char *name)
{
	const char *value = getenv(name);
	return value != NULL && value[0] != '\0' ? value : NULL;
}

char *store_default_path(void)
{
	if (variable("BENCH_DB") != NULL)
		return memory_text(variable("BENCH_DB"));
	if (variable("XDG_DATA_HOME") != NULL)
		return memory_format("%s/bench/bench.db", variable("XDG_DATA_HOME"));
	if (variable("HOME") != NULL)
		return memory_format("%s/.local/share/bench/bench.db", variable("HOME"));
	return memory_text("bench.db");
}

bool store_is_database(const char *path)
{
	static const char magic[] = "SQLite format 3"; /* with its NUL */
	char start[sizeof magic] = "";
	FILE *file = input_is_file(path) ? fopen(path, "rb") : NULL;
	if (file == NULL)
		return false;
	bool is = fread(start, 1, sizeof start, file) == sizeof start &&
		  memcmp(start, magic, sizeof start) == 0;
	fclose(file);
	return is;
}

/* Makes the folders above path, as far as they are missing; opening says what did not work. */
static void make_folders(const char *path)
{
	char *copy = memory_text(path);
	for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0700);
		*slash = '/';
	}
	free(copy);
}

static void make_default_folder(const char *path)
{
	char *standard = store_default_path();
	if (strcmp(path, standard) == 0)
		make_folders(path);
	free(standard);
}

bool store_execute(struct store *store, const char *text, struct error *error)
{
	if (sqlite3_exec(store->db, text, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	return store_fail(store, error, text);
}

static int take_integer(void *context, int count, char **values, char **columns)
{
	(void)columns;
	if (count > 0 && values[0] != NULL)
		*(int64_t *)context = strtoll(values[0], NULL, 10);
	return 0;
}

bool store_pragma_integer(
	struct store *store, const char *text, int64_t *value, struct error *error)
{
	*value = 0;
	if (sqlite3_exec(store->db, text, take_integer, value, NULL) == SQLITE_OK)
		return true;
	return store_fail(store, error, text);
}

/* Two that make one new file at the same time can meet here, and SQLite does not wait then. */
static bool use_wal(struct store *store, struct error *error)
{
	for (int waited_ms = 0; waited_ms < STORE_BUSY_MS; waited_ms += 20) {
		if (sqlite3_exec(store->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) ==
			SQLITE_OK)
			return true;
		if (sqlite3_errcode(store->db) != SQLITE_BUSY)
			break;
		usleep(20000);
	}
	return store_fail(store, error, "PRAGMA journal_mode = WAL");
}

static bool choose_journal(struct store *store, struct error *error)
{
	if (store->exclusive)
		return store_execute(store, "PRAGMA locking_mode = EXCLUSIVE", error) &&
		       store_execute(store, "PRAGMA journal_mode = TRUNCATE", error);
	return use_wal(store, error);
}

static void set_no_memory_status(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* Nobody asks how much memory SQLite holds, and counting it locks a mutex at each allocation. Only
 * before the first use does it listen. */
static void count_no_memory(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, set_no_memory_status);
}

static bool open_handle(struct store *store, const char *name, int flags, struct error *error)
{
	count_no_memory();
	int code = sqlite3_open_v2(
		name, &store->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
	if (store->db == NULL)
		return error_set(error, ERROR_STORE, "%s: no memory to open it", store->path);
	sqlite3_extended_result_codes(store->db, 0);
	sqlite3_busy_timeout(store->db, store->exclusive ? STORE_BUSY_MS / 10 : STORE_BUSY_MS);
	if (code != SQLITE_OK)
		return store_fail(store, error, "opening");
	if (!store_register_functions(store->db))
		return store_fail(store, error, "adding functions");
	return true;
}

/* The path as the address of a file that nobody changes: read-only media cannot hold a
 * WAL's index. */
static char *immutable_name(const char *path)
{
	struct buffer name = BUFFER_EMPTY;
	buffer_text(&name, "file:");
	for (const char *c = path; *c != '\0'; c++)
		if (strchr("?#%", *c) != NULL)
			buffer_format(&name, "%%%02X", (unsigned)(unsigned char)*c);
		else
			buffer_byte(&name, *c);
	buffer_text(&name, "?immutable=1");
	return buffer_detach(&name, NULL);
}

static bool has_wal(const char *path)
{
	char *wal = memory_format("%s-wal", path);
	struct stat status;
	bool there = stat(wal, &status) == 0 && status.st_size > 0;
	free(wal);
	return there;
}

/* What the file could not be opened for is its place, where nobody can write. */
static bool is_in_place_to_read(const struct store *store)
{
	int code = sqlite3_errcode(store->db);
	return code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
}

static bool is_immutable(const struct store *store, const char *path)
{
	return is_in_place_to_read(store) && !has_wal(path);
}

/* A run that was killed, or a copy of one that goes on, has rows in its WAL, which is not read
 * without an index beside it. */
static bool unindexed(const struct store *store, struct error *error)
{
	return error_set(error, ERROR_STORE,
		"%s cannot be read where it is: some of it is in %s-wal, and that needs a folder "
		"that can be written. Copy both files to one",
		store->path, store->path);
}

static bool open_reading(struct store *store, struct error *error)
{
	int64_t version;
	bool there = access(store->path, F_OK) == 0;
	if (!there && errno == ENOENT)
		return error_set(error, ERROR_STORE,
			"there is no database %s. The first `bench run` makes it; another one is "
			"named with --db or $BENCH_DB",
			store->path);
	if (!there)
		return error_set(error, ERROR_STORE,
			"%s cannot be reached (%s). Name another file with --db or $BENCH_DB",
			store->path, strerror(errno));
	if (!open_handle(store, store->path, SQLITE_OPEN_READONLY, error))
		return false;
	if (store_pragma_integer(store, "PRAGMA user_version", &version, error))
		return true;
	if (!is_immutable(store, store->path))
		return is_in_place_to_read(store) ? unindexed(store, error) : false;
	sqlite3_close(store->db);
	store->db = NULL;
	char *name = immutable_name(store->path);
	bool ok = open_handle(store, name, SQLITE_OPEN_READONLY, error) &&
		  store_pragma_integer(store, "PRAGMA user_version", &version, error);
	free(name);
	return ok;
}

static bool another_program(const struct store *store, struct error *error)
{
	return error_set(error, ERROR_STORE,
		"%s is a database of another program. Name another file with --db", store->path);
}

/* What has no version holds nothing yet, or is another's. */
static bool check_without_version(struct store *store, struct error *error)
{
	struct store_names tables;
	bool read = store_names_read(store, "tables", &tables, error);
	bool is_empty = tables.count == 0;
	store_names_free(&tables);
	if (!read)
		return false;
	if (!is_empty)
		return another_program(store, error);
	if (store->mode == STORE_READ)
		return error_set(error, ERROR_STORE,
			"%s holds no runs. The first `bench run` makes them; another file is named "
			"with --db",
			store->path);
	return true;
}

struct stranger {
	const struct store *store;
	struct error *error;
};

/* A trigger changes nothing of what is only read. */
static bool refuse_stranger(void *context, const struct store_row *row)
{
	const struct stranger *found = context;
	const char *type = store_text_of(&row->values[0]), *name = store_text_of(&row->values[1]);
	const char *path = found->store->path;
	if (strcmp(type, "trigger") != 0)
		return error_set(found->error, ERROR_STORE,
			"%s has a %s %s that bench did not make. Name another file", path, type,
			name);
	if (found->store->mode == STORE_READ)
		return true;
	return error_set(found->error, ERROR_STORE,
		"%s has a trigger %s, by which other rows would be kept than were measured. Take "
		"it away (DROP TRIGGER), or name another file with --db",
		path, name);
}

/* A file may come by mail: a view without an end in the place of a table, a trigger that lets rows
 * vanish. */
static bool check_tables(struct store *store, struct error *error)
{
	struct error found = {0};
	struct stranger stranger = {.store = store, .error = &found};
	const struct store_question question = {.row = refuse_stranger, .context = &stranger};
	if (!store_read(store, "not_ours", &question, error))
		return false;
	return found.code == 0 || error_set(error, found.code, "%s", found.message);
}

static bool check_version(struct store *store, struct error *error)
{
	int64_t application, version;
	if (!store_pragma_integer(store, "PRAGMA user_version", &version, error) ||
		!store_pragma_integer(store, "PRAGMA application_id", &application, error))
		return false;
	if (version == 0)
		return check_without_version(store, error);
	if (application != STORE_APPLICATION_ID)
		return another_program(store, error);
	if (version > store_known_version())
		return error_set(error, ERROR_STORE,
			"%s was written by a newer bench: its schema is version %lld, bench %s "
			"knows version %lld. Use the newer bench, or name another file with --db",
			store->path, (long long)version, BENCH_VERSION,
			(long long)store_known_version());
	return check_tables(store, error);
}

/* A file of another program, or of a newer bench, is left as it is: this comes before a journal is
 * chosen, which the file keeps. One transaction, since another process may make the file
 * just now. */
static bool check_identity(struct store *store, struct error *error)
{
	if (!store_execute(store, "BEGIN", error))
		return false;
	bool ok = check_version(store, error);
	store_rollback(store);
	return ok;
}

/* A new file holds nothing that the loss of power could take while its journal is chosen and its
 * schema made: no need to wait for the disk six times. */
static bool hurry_where_new(struct store *store, struct error *error)
{
	struct stat status;
	bool has_content = stat(store->path, &status) == 0 && status.st_size > 0;
	return has_content || store_execute(store, "PRAGMA synchronous = OFF", error);
}

static bool open_writing(struct store *store, struct error *error)
{
	make_default_folder(store->path);
	if (!store->exclusive && store->path[0] != ':')
		store_lay_new(store->path);
	return open_handle(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error) &&
	       check_identity(store, error) && hurry_where_new(store, error) &&
	       choose_journal(store, error) &&
	       store_execute(store, "PRAGMA foreign_keys = ON", error);
}

bool store_hurry_where_no_log(struct store *store, struct error *error)
{
	return store->exclusive || has_wal(store->path) ||
	       store_execute(store, "PRAGMA synchronous = OFF", error);
}

bool store_wait_for_disk(struct store *store, struct error *error)
{
	return store_execute(store, "PRAGMA synchronous = NORMAL", error);
}

/* ":memory:" and "file:..." are names of files like any other, not what SQLite takes them for. */
static char *file_path(const char *path)
{
	bool special = path[0] == ':' || strncmp(path, "file:", 5) == 0;
	return memory_format("%s%s", special ? "./" : "", path);
}

static bool attach(struct store *store, const char *file, const char *name)
{
	const struct store_value values[] = {store_text(file), store_text(name)};
	return store_run(store, "attach", values, 2, NULL);
}

bool store_attach(struct store *store, const char *path, const char *name, struct error *error)
{
	char *file = file_path(path);
	bool ok = attach(store, file, name);
	if (!ok && is_immutable(store, file)) {
		char *immutable = immutable_name(file);
		ok = attach(store, immutable, name);
		free(immutable);
	}
	free(file);
	int reason = sqlite3_system_errno(store->db);
	return ok || error_set(error, ERROR_STORE, "%s cannot be read as a database: %s%s%s", path,
			     sqlite3_errmsg(store->db), reason != 0 ? ": " : "",
			     reason != 0 ? strerror(reason) : "");
}

/* SQLite would wait for whoever writes into a pipe. */
static bool check_kind(const char *path, struct error *error)
{
	const char *kind = input_kind(path);
	if (kind == NULL || strcmp(kind, "file") == 0)
		return true;
	return error_set(error, ERROR_STORE, "%s is %s, not a database. Name a file with --db",
		path, strcmp(kind, "folder") == 0 ? "a folder" : "a device or a pipe");
}

struct store *store_connect(
	const char *path, enum store_mode mode, bool exclusive, struct error *error)
{
	if (path != NULL && path[0] == '\0') {
		error_set(error, ERROR_USAGE, "the name of the database is empty: --db FILE");
		return NULL;
	}
	if (path != NULL && !check_kind(path, error))
		return NULL;
	struct store *store = memory_new(sizeof *store);
	store->path = path != NULL ? file_path(path) : memory_text(":memory:");
	store->mode = mode;
	store->exclusive = exclusive;
	if (mode == STORE_WRITE ? open_writing(store, error)
				: open_reading(store, error) && check_identity(store, error))
		return store;
	store_close(store);
	return NULL;
}

void store_settle(struct store *store)
{
	store_execute(store, "PRAGMA busy_timeout = 1000", NULL);
	store_execute(store, "PRAGMA wal_checkpoint(TRUNCATE)", NULL);
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	for (size_t i = 0; i < store->statement_count; i++) {
		sqlite3_finalize(store->statements[i].prepared);
		free(store->statements[i].name);
		free(store->statements[i].bound);
	}
	free(store->statements);
	sqlite3_close(store->db);
	free(store->path);
	free(store->warning);
	free(store);
}

const char *store_path(const struct store *store)
{
	return store->path;
}

const char *store_warning(const struct store *store)
{
	return store->warning;
}

bool store_begin(struct store *store, struct error *error)
{
	store_rollback(store); /* one that had no memory to roll back */
	return store_execute(store, "BEGIN IMMEDIATE", error);
}

bool store_end(struct store *store, bool went_well, struct error *error)
{
	if (went_well && store_execute(store, "COMMIT", error))
		return true;
	store_rollback(store);
	return false;
}

void store_rollback(struct store *store)
{
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

const char *store_sqlite_version(void)
{
	return sqlite3_libversion();
}
