/* A new file is made of db/schema.sql. An older one moves forward in numbered steps
 * (db/migrations); user_version is the last one done. Views are made anew when their text
 * changed. */
#include "store/store_internal.h"

#include "base/memory.h"
#include "embedded.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t number_of(const char *path)
{
	return strtoll(strrchr(path, '/') + 1, NULL, 10);
}

int64_t store_known_version(void)
{
	struct store_names steps = store_sql_files("db/migrations");
	int64_t version = steps.count > 0 ? number_of(steps.list[steps.count - 1]) : 1;
	store_names_free(&steps);
	return version;
}

static bool run_file(struct store *store, const char *path, struct error *error)
{
	const struct embedded_file *file = embedded_find(path);
	if (file == NULL)
		return error_set(error, ERROR_STORE, "There is no %s", path);
	return sqlite3_exec(store->db, file->data, NULL, NULL, NULL) == SQLITE_OK ||
	       store_fail(store, error, path);
}

static bool migrate_step(struct store *store, const char *path, struct error *error)
{
	char pragma[64];
	snprintf(pragma, sizeof pragma, "PRAGMA user_version = %lld", (long long)number_of(path));
	return run_file(store, path, error) && store_execute(store, pragma, error);
}

/* version: that of the schema, then. */
static bool make_new(struct store *store, int64_t *version, struct error *error)
{
	return run_file(store, "db/schema.sql", error) &&
	       store_pragma_integer(store, "PRAGMA user_version", version, error);
}

static int count_row(void *context, int count, char **values, char **columns)
{
	(void)count;
	(void)values;
	(void)columns;
	++*(int64_t *)context;
	return 0;
}

static bool keys_hold(struct store *store, struct error *error)
{
	int64_t broken = 0;
	if (sqlite3_exec(store->db, "PRAGMA foreign_key_check", count_row, &broken, NULL) !=
		SQLITE_OK)
		return store_fail(store, error, "PRAGMA foreign_key_check");
	if (broken > 0)
		return error_set(error, ERROR_STORE, "%s: %lld rows name rows that are not there",
			store->path, (long long)broken);
	return true;
}

static bool migrate_from(struct store *store, int64_t version, struct error *error)
{
	char pragma[64];
	snprintf(pragma, sizeof pragma, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
	struct store_names steps = store_sql_files("db/migrations");
	bool ok = store_execute(store, pragma, error) &&
		  (version > 0 || make_new(store, &version, error));
	for (size_t i = 0; i < steps.count && ok; i++)
		if (number_of(steps.list[i]) > version)
			ok = migrate_step(store, steps.list[i], error);
	store_names_free(&steps);
	return ok && keys_hold(store, error);
}

static bool take_name(const char *name)
{
	int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (file >= 0)
		close(file);
	return file >= 0 || errno != EEXIST; /* why there can be none, SQLite says */
}

/* FILE.v1.bak, or FILE.v1.bak.2 where that is taken: an empty file, this process's alone. */
static char *backup_name(const char *path, int64_t version)
{
	char *name = memory_format("%s.v%lld.bak", path, (long long)version);
	for (int i = 2; !take_name(name); i++) {
		free(name);
		name = memory_format("%s.v%lld.bak.%d", path, (long long)version, i);
	}
	return name;
}

/* SQLite's own copy, from a connection of its own: what the WAL holds comes along. */
static bool copy_to(struct store *store, const char *name, struct error *error)
{
	struct store *copy = store_connect(name, STORE_WRITE, true, error);
	if (copy == NULL)
		return false;
	bool waits = store_wait_for_disk(copy, error);
	sqlite3_backup *backup =
		waits ? sqlite3_backup_init(copy->db, "main", store->db, "main") : NULL;
	bool ok = backup != NULL && sqlite3_backup_step(backup, -1) == SQLITE_DONE;
	sqlite3_backup_finish(backup);
	if (!ok)
		store_fail(copy, error, "copying the older file beside itself");
	store_close(copy);
	return ok;
}

static bool back_up(struct store *store, int64_t version, struct error *error)
{
	char *name = backup_name(store->path, version);
	bool ok = copy_to(store, name, error);
	if (!ok)
		unlink(name);
	free(name);
	return ok;
}

static bool nobody_runs(struct store *store, int64_t version, struct error *error)
{
	int64_t run;
	if (!store_running(store, 0, &run, error))
		return false;
	if (run == 0)
		return true;
	return error_set(error, ERROR_STORE,
		"%s was made by an older bench (schema %lld, now %lld) and its run %lld is going "
		"on: it is left alone until that run ends. Wait, or name another file with --db",
		store->path, (long long)version, (long long)store_known_version(), (long long)run);
}

/* Under the write lock: another process may have been faster. */
static bool migrate_locked(struct store *store, struct error *error)
{
	int64_t version;
	if (!store_pragma_integer(store, "PRAGMA user_version", &version, error))
		return false;
	if (version >= store_known_version())
		return true;
	if (version > 0 && !nobody_runs(store, version, error))
		return false;
	return migrate_from(store, version, error);
}

/* Counts the views whose text is that of their file. */
static bool count_same(void *context, const struct store_row *row)
{
	char path[128];
	const char *text = store_text_of(&row->values[1]);
	snprintf(path, sizeof path, "db/views/%s.sql", store_text_of(&row->values[0]));
	const struct embedded_file *file = embedded_find(path);
	const char *found = file != NULL ? strstr(file->data, text) : NULL;
	if (found != NULL && found[strlen(text)] == ';')
		++*(size_t *)context;
	return true;
}

static bool refresh_views(struct store *store, struct error *error)
{
	size_t same = 0;
	const struct store_question question = {.row = count_same, .context = &same};
	struct store_names views = store_sql_files("db/views");
	bool ok = store_read(store, "views", &question, error);
	for (size_t i = 0; i < views.count && ok && same < views.count; i++)
		ok = run_file(store, views.list[i], error);
	store_names_free(&views);
	return ok;
}

bool store_migrate(struct store *store, struct error *error)
{
	int64_t version;
	if (!store_pragma_integer(store, "PRAGMA user_version", &version, error))
		return false;
	if (version < store_known_version()) {
		if (version > 0 &&
			!(nobody_runs(store, version, error) && back_up(store, version, error)))
			return false;
		if (!store_execute(store, "PRAGMA foreign_keys = OFF", error) ||
			!store_begin(store, error) ||
			!store_end(store, migrate_locked(store, error), error) ||
			!store_execute(store, "PRAGMA foreign_keys = ON", error))
			return false;
	}
	return store_begin(store, error) && store_end(store, refresh_views(store, error), error);
}
