/* Questions about the schema, and SQL made of their answers. */
#include "store/store_internal.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

void store_names_add(struct store_names *names, char *name)
{
	names->list = memory_resize(names->list, names->count + 1, sizeof *names->list);
	names->list[names->count++] = name;
}

static bool take_name(void *context, const struct store_row *row)
{
	const struct store_value *name = &row->values[0];
	if (name->type == STORE_TEXT)
		store_names_add(context, memory_bytes(name->text, name->size));
	return true;
}

void store_names_free(struct store_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct store_names){0};
}

bool store_names_read(
	struct store *store, const char *statement, struct store_names *names, struct error *error)
{
	const struct store_question question = {.row = take_name, .context = names};
	*names = (struct store_names){0};
	return store_read(store, statement, &question, error);
}

char *store_ask(struct store *store, const char *statement, const struct store_value *values,
	size_t count, struct error *error)
{
	struct store_names names = {0};
	char *only = NULL;
	const struct store_question question = {
		.values = values, .count = count, .row = take_name, .context = &names};
	bool read = store_read(store, statement, &question, error);
	if (read && names.count == 1) {
		only = names.list[0];
		names.count = 0;
	} else if (read) {
		error_set(error, ERROR_STORE, "%s: it is no run database", store->path);
	}
	store_names_free(&names);
	return only;
}

bool store_execute_made(struct store *store, char *sql, struct error *error)
{
	bool ok = sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
		  store_fail(store, error, "copying");
	free(sql);
	return ok;
}

bool store_run_made(struct store *store, const char *statement, const struct store_value *values,
	size_t count, struct error *error)
{
	char *sql = store_ask(store, statement, values, count, error);
	return sql != NULL && store_execute_made(store, sql, error);
}

bool store_check_attached(
	struct store *store, const char *path, const char *schema, struct error *error)
{
	char application[64], version[64];
	int64_t found, number;
	snprintf(application, sizeof application, "PRAGMA %s.application_id", schema);
	snprintf(version, sizeof version, "PRAGMA %s.user_version", schema);
	if (!store_pragma_integer(store, application, &found, error) ||
		!store_pragma_integer(store, version, &number, error))
		return error_set(error, ERROR_USAGE, "%s cannot be read as a database: %s", path,
			sqlite3_errmsg(store->db));
	if (found != STORE_APPLICATION_ID || number == 0)
		return error_set(error, ERROR_USAGE, "%s holds no runs of bench", path);
	if (number > store_known_version())
		return error_set(error, ERROR_USAGE,
			"%s was written by a newer bench: its schema is version %lld, bench %s "
			"knows version %lld. Use the newer bench",
			path, (long long)number, BENCH_VERSION, (long long)store_known_version());
	struct store *alone = store_connect(path, STORE_READ, false, error);
	store_close(alone);
	return alone != NULL;
}
