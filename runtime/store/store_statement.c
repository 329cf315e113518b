/* Statements: the named ones, prepared once, and any SQL for `bench sql`. */
#include "store/store_internal.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static sqlite3_stmt *known_statement(struct store *store, const char *name)
{
	for (size_t i = 0; i < store->statement_count; i++)
		if (strcmp(store->statements[i].name, name) == 0)
			return store->statements[i].prepared;
	return NULL;
}

static void remember(struct store *store, const char *name, sqlite3_stmt *prepared)
{
	store->statements = memory_resize(
		store->statements, store->statement_count + 1, sizeof *store->statements);
	store->statements[store->statement_count++] =
		(struct store_statement){.name = memory_text(name), .prepared = prepared};
}

sqlite3_stmt *store_prepare(struct store *store, const char *name, struct error *error)
{
	sqlite3_stmt *statement = known_statement(store, name);
	if (statement != NULL) {
		sqlite3_reset(statement);
		sqlite3_clear_bindings(statement);
		return statement;
	}
	const char *sql = store_statement_text(name, error);
	if (sql == NULL)
		return NULL;
	if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
		SQLITE_OK) {
		store_fail(store, error, name);
		return NULL;
	}
	remember(store, name, statement);
	return statement;
}

/* One result row in the shape that callers know. */
struct row {
	size_t count;
	char **columns; /* each another name */
	struct store_value *values;
};

static bool is_taken(const struct row *row, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(row->columns[i], name) == 0)
			return true;
	return false;
}

/* Callers look values up by name: a name that comes twice gets a number behind it, as SQLite gives
 * it in a table made of the rows. */
static char *unique_name(const struct row *row, size_t index, const char *name)
{
	char *unique = memory_text(name);
	for (int number = 1; is_taken(row, index, unique); number++) {
		free(unique);
		unique = memory_format("%s:%d", name, number);
	}
	return unique;
}

static void row_begin(struct row *row, sqlite3_stmt *statement)
{
	row->count = (size_t)sqlite3_column_count(statement);
	row->columns = memory_new(row->count * sizeof *row->columns);
	row->values = memory_new(row->count * sizeof *row->values);
	for (size_t i = 0; i < row->count; i++)
		row->columns[i] = unique_name(row, i, sqlite3_column_name(statement, (int)i));
}

static void row_end(struct row *row)
{
	for (size_t i = 0; i < row->count; i++)
		free(row->columns[i]);
	free(row->columns);
	free(row->values);
}

static struct store_value column_value(sqlite3_stmt *statement, int index)
{
	switch (sqlite3_column_type(statement, index)) {
	case SQLITE_INTEGER:
		return store_integer(sqlite3_column_int64(statement, index));
	case SQLITE_FLOAT:
		return store_real(sqlite3_column_double(statement, index));
	case SQLITE_NULL:
		return store_null();
	default: {
		const char *text = (const char *)sqlite3_column_text(statement, index);
		size_t size = (size_t)sqlite3_column_bytes(statement, index);
		return store_bytes(text != NULL ? text : "", text != NULL ? size : 0);
	}
	}
}

/* Who takes what statements give; either function may be NULL. */
struct taker {
	store_row_fn columns; /* of the first statement, before its rows */
	store_row_fn row;
	void *context;
};

static bool take_columns(struct taker *taker, const struct row *row)
{
	store_row_fn fn = taker->columns;
	taker->columns = NULL;
	return fn == NULL ||
	       fn(taker->context, row->count, (const char *const *)row->columns, NULL);
}

static bool take_row(const struct taker *taker, sqlite3_stmt *statement, struct row *row)
{
	for (size_t i = 0; i < row->count; i++)
		row->values[i] = column_value(statement, (int)i);
	return taker->row == NULL || taker->row(taker->context, row->count,
					     (const char *const *)row->columns, row->values);
}

/* Steps to the end or until the taker has enough; the last result code. */
static int step_rows(sqlite3_stmt *statement, struct taker *taker)
{
	struct row row;
	row_begin(&row, statement);
	int result = SQLITE_DONE;
	bool more = take_columns(taker, &row);
	while (more && (result = sqlite3_step(statement)) == SQLITE_ROW)
		more = take_row(taker, statement, &row);
	row_end(&row);
	return more ? result : SQLITE_DONE;
}

/* The bindings stay until the next use: nothing reads them before. */
static bool finished(struct store *store, sqlite3_stmt *statement, const char *name, bool ok,
	struct error *error)
{
	if (!ok)
		store_fail(store, error, name);
	sqlite3_reset(statement);
	return ok;
}

bool store_read(struct store *store, const char *name, const struct store_value *values,
	size_t count, store_row_fn fn, void *context, struct error *error)
{
	sqlite3_stmt *statement = store_prepare(store, name, error);
	if (statement == NULL)
		return false;
	struct taker taker = {.row = fn, .context = context};
	bool ok =
		store_bind(statement, values, count) && step_rows(statement, &taker) == SQLITE_DONE;
	return finished(store, statement, name, ok, error);
}

/* What each request goes through: rows, where there are any, are nobody's. */
bool store_run(struct store *store, const char *name, const struct store_value *values,
	size_t count, struct error *error)
{
	sqlite3_stmt *statement = store_prepare(store, name, error);
	if (statement == NULL)
		return false;
	int result = store_bind(statement, values, count) ? SQLITE_ROW : SQLITE_ERROR;
	while (result == SQLITE_ROW)
		result = sqlite3_step(statement);
	return finished(store, statement, name, result == SQLITE_DONE, error);
}

int64_t store_changes(const struct store *store)
{
	return sqlite3_changes64(store->db);
}

int64_t store_last_id(const struct store *store)
{
	return sqlite3_last_insert_rowid(store->db);
}

/* In SQL that a person wrote, SQLite's words about it are the message. */
static bool query_failed(const struct store *store, struct error *error)
{
	switch (sqlite3_errcode(store->db)) {
	case SQLITE_ERROR:
	case SQLITE_RANGE:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
		return error_set(error, ERROR_USAGE, "%s", sqlite3_errmsg(store->db));
	default:
		return store_fail(store, error, "reading");
	}
}

static bool query_one(struct store *store, sqlite3_stmt *statement,
	const struct store_question *question, struct taker *taker, struct error *error)
{
	if (!sqlite3_stmt_readonly(statement))
		return error_set(error, ERROR_USAGE,
			"This would change the database; here it can only be read. Write with "
			"sqlite3, or use bench db");
	size_t wanted = (size_t)sqlite3_bind_parameter_count(statement);
	if (!store_bind(statement, question->values,
		    question->count < wanted ? question->count : wanted))
		return query_failed(store, error);
	if (step_rows(statement, taker) != SQLITE_DONE)
		return query_failed(store, error);
	return true;
}

bool store_query(struct store *store, const struct store_question *question, struct error *error)
{
	struct taker taker = {question->columns, question->row, question->context};
	for (const char *rest = question->sql; *rest != '\0';) {
		sqlite3_stmt *statement;
		if (sqlite3_prepare_v2(store->db, rest, -1, &statement, &rest) != SQLITE_OK)
			return query_failed(store, error);
		if (statement == NULL)
			continue;
		bool ok = query_one(store, statement, question, &taker, error);
		sqlite3_finalize(statement);
		if (!ok)
			return false;
	}
	return true;
}

bool store_attach(struct store *store, const char *path, const char *name, struct error *error)
{
	const struct store_value values[] = {store_text(path), store_text(name)};
	if (store_run(store, "attach", values, 2, error))
		return true;
	return error_set(error, ERROR_STORE, "%s cannot be read as a database: %s", path,
		sqlite3_errmsg(store->db));
}
