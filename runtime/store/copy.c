/* Runs that move between files. The columns come from the schema at hand, so that a table can grow
 * without this file; what another version of the schema lacks stays NULL. */
#include "store/store_internal.h"

/* `to` is there for tables that hang on a run. */
static bool copy_rows(
	struct store *store, const char *table, int64_t from, int64_t to, struct error *error)
{
	const struct store_value values[] = {
		store_text(table), store_integer(from), store_integer(to)};
	return store_run_made(store, "copy_rows", values, 3, error);
}

bool store_copy_around(struct store *store, int64_t from, struct error *error)
{
	return copy_rows(store, "machine", from, 0, error) &&
	       copy_rows(store, "prompt", from, 0, error);
}

static bool copy_tables(struct store *store, int64_t from, int64_t to, struct error *error)
{
	struct store_names tables;
	bool ok = store_names_read(store, "tables_of_runs", &tables, error);
	for (size_t i = 0; i < tables.count && ok; i++)
		ok = copy_rows(store, tables.list[i], from, to, error);
	store_names_free(&tables);
	return ok;
}

bool store_copy_run_row(struct store *store, int64_t from, int64_t *to, struct error *error)
{
	if (!store_copy_around(store, from, error) || !copy_rows(store, "run", from, 0, error))
		return false;
	*to = store_last_id(store);
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
	const struct store_value name = store_text("other");
	store_run(store, "detach", &name, 1, NULL);
	return false;
}

bool store_seal(struct store *store, struct error *error)
{
	return store_execute(store, "PRAGMA journal_mode = DELETE", error);
}
