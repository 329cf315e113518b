/* Runs of other files, seen beside this file's: each table becomes a temporary view over all of
 * them, and the public views are made over those. */
#include "store/store_internal.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "embedded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The columns of a table in one file, its numbers shifted; NULL with an error. */
static char *columns_of(struct store *store, const char *table, const char *schema,
	const struct store_borrowed *file, struct error *error)
{
	const struct store_value values[] = {store_text(table), store_text(schema),
		store_integer(file->run_shift), store_integer(file->request_shift)};
	return store_ask(store, "borrowed_columns", values, 4, error);
}

/* The rows of one file; an older one may lack the table. */
static bool add_part(struct store *store, struct buffer *sql, const char *table, const char *schema,
	const struct store_borrowed *file, struct error *error)
{
	char *columns = columns_of(store, table, schema, file, error);
	if (columns == NULL)
		return false;
	if (columns[0] != '\0')
		buffer_format(sql, "%s SELECT %s FROM %s.\"%s\" AS t",
			strcmp(schema, "main") == 0 ? "" : " UNION ALL", columns, schema, table);
	free(columns);
	return true;
}

static bool make_table(struct store *store, const char *table, struct error *error)
{
	static const struct store_borrowed own = {0, 0};
	struct buffer sql = BUFFER_EMPTY;
	buffer_format(
		&sql, "DROP VIEW IF EXISTS temp.\"%s\"; CREATE TEMP VIEW \"%s\" AS", table, table);
	bool ok = add_part(store, &sql, table, "main", &own, error);
	for (size_t i = 0; i < store->borrowed_count && ok; i++) {
		char schema[32];
		snprintf(schema, sizeof schema, "borrowed%zu", i);
		ok = add_part(store, &sql, table, schema, &store->borrowed[i], error);
	}
	char *made = buffer_detach(&sql, NULL);
	if (ok)
		return store_execute_made(store, made, error);
	free(made);
	return false;
}

static bool make_tables(struct store *store, struct error *error)
{
	struct store_names tables;
	bool ok = store_names_read(store, "tables_to_borrow", &tables, error);
	for (size_t i = 0; i < tables.count && ok; i++)
		ok = make_table(store, tables.list[i], error);
	store_names_free(&tables);
	return ok;
}

/* Those of the file see that file alone. */
static bool make_view(struct store *store, const char *path, struct error *error)
{
	static const char create[] = "CREATE VIEW ";
	const struct embedded_file *file = embedded_find(path);
	const char *text = file != NULL ? strstr(file->data, create) : NULL;
	if (text == NULL)
		return error_set(error, ERROR_STORE, "There is no view in %s", path);
	char *sql = memory_format("CREATE TEMP VIEW IF NOT EXISTS %s", text + sizeof create - 1);
	return store_execute_made(store, sql, error);
}

static bool make_views(struct store *store, struct error *error)
{
	struct store_names views = store_sql_files("db/views");
	bool ok = true;
	for (size_t i = 0; i < views.count && ok; i++)
		ok = make_view(store, views.list[i], error);
	store_names_free(&views);
	return ok;
}

static bool last_number(
	struct store *store, const char *statement, int64_t *number, struct error *error)
{
	char *text = store_ask(store, statement, NULL, 0, error);
	*number = text != NULL ? strtoll(text, NULL, 10) : 0;
	free(text);
	return text != NULL;
}

static bool attach_next(struct store *store, const char *path, struct error *error)
{
	char schema[32];
	struct store_borrowed *file = &store->borrowed[store->borrowed_count];
	if (store->borrowed_count == STORE_BORROWED_AT_MOST)
		return error_set(error, ERROR_USAGE,
			"%s is one file too many: %d can stand beside %s", path,
			STORE_BORROWED_AT_MOST, store->path);
	snprintf(schema, sizeof schema, "borrowed%zu", store->borrowed_count);
	if (!last_number(store, "last_run", &file->run_shift, error) ||
		!last_number(store, "last_request", &file->request_shift, error) ||
		!store_attach(store, path, schema, error) ||
		!store_check_attached(store, path, schema, error))
		return false;
	store->borrowed_count++;
	return true;
}

bool store_borrow(struct store *store, const char *path, int64_t *shift, struct error *error)
{
	if (!attach_next(store, path, error))
		return false;
	*shift = store->borrowed[store->borrowed_count - 1].run_shift;
	return make_tables(store, error) && make_views(store, error);
}
