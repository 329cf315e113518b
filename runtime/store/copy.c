/* Runs that move between files. The columns come from the schema at hand, so that a table can grow
 * without this file; what another version of the schema lacks stays NULL. */
#include "store/store_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* Rows of one table from the other file; `from` says which, `values` are the columns' values. */
static bool copy_rows(struct store *store, const char *table, const char *before, const char *first,
	const char *source, const char *after, struct error *error)
{
	const struct store_value name = store_text(table);
	char *columns = store_ask(store, "shared_columns", &name, 1, error);
	if (columns == NULL)
		return false;
	struct buffer sql;
	buffer_init(&sql, BUFFER_UNLIMITED);
	buffer_format(&sql, "INSERT INTO main.\"%s\" (%s%s) SELECT %s%s FROM other.\"%s\" %s %s",
		table, before, columns, first, columns, table, source, after);
	free(columns);
	return store_execute(store, &sql, error);
}

static bool copy_of_run(
	struct store *store, const char *table, int64_t from, int64_t to, struct error *error)
{
	char number[32], source[64];
	snprintf(number, sizeof number, "%lld, ", (long long)to);
	snprintf(source, sizeof source, "WHERE run = %lld ORDER BY rowid", (long long)from);
	return copy_rows(store, table, "run, ", number, source, "", error);
}

bool store_copy_around(struct store *store, int64_t from, struct error *error)
{
	char machine[96], prompts[128];
	snprintf(machine, sizeof machine,
		"WHERE hash = (SELECT machine FROM other.run WHERE id = %lld)", (long long)from);
	snprintf(prompts, sizeof prompts,
		"WHERE digest IN (SELECT prompt FROM other.request WHERE run = %lld)",
		(long long)from);
	return copy_rows(store, "machine", "", "", machine, "ON CONFLICT DO NOTHING", error) &&
	       copy_rows(store, "prompt", "", "", prompts,
		       "ON CONFLICT (digest) DO UPDATE SET text = coalesce(text, excluded.text)",
		       error);
}

static bool copy_tables(struct store *store, int64_t from, int64_t to, struct error *error)
{
	struct store_names tables;
	bool ok = store_names_read(store, "tables_of_runs", &tables, error);
	for (size_t i = 0; i < tables.count && ok; i++)
		ok = copy_of_run(store, tables.list[i], from, to, error);
	store_names_free(&tables);
	return ok;
}

bool store_copy_run_row(struct store *store, int64_t from, int64_t *to, struct error *error)
{
	char source[64];
	snprintf(source, sizeof source, "WHERE id = %lld", (long long)from);
	if (!store_copy_around(store, from, error) ||
		!copy_rows(store, "run", "", "", source, "", error))
		return false;
	*to = sqlite3_last_insert_rowid(store->db);
	const struct store_value run = store_integer(*to);
	return store_run(store, "run_copied", &run, 1, error);
}

bool store_copy_run(struct store *store, int64_t from, int64_t *to, struct error *error)
{
	if (!store_copy_run_row(store, from, to, error))
		return false;
	const struct store_value numbers[] = {store_integer(*to), store_integer(from)};
	return copy_tables(store, from, *to, error) &&
	       store_run(store, "copy_timelines", numbers, 2, error) &&
	       store_run(store, "copy_calibrations", numbers, 1, error) &&
	       store_run(store, "copy_noise_floors", numbers, 1, error);
}

bool store_attach_runs(struct store *store, const char *path, struct error *error)
{
	if (!store_attach(store, path, "other", error))
		return false;
	if (store_check_attached(store, path, "other", error))
		return true;
	struct error other;
	const struct store_value name = store_text("other");
	store_run(store, "detach", &name, 1, &other);
	return false;
}

bool store_seal(struct store *store, struct error *error)
{
	return store_pragma(store, "PRAGMA journal_mode = DELETE", error);
}
