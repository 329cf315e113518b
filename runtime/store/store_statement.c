/* Statements: the named ones, prepared once, and any SQL for `bench sql`. */
#include "store/store_internal.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static struct store_statement *known_statement(struct store *store, const char *name)
{
	for (size_t i = 0; i < store->statement_count; i++)
		if (strcmp(store->statements[i].name, name) == 0)
			return &store->statements[i];
	return NULL;
}

static struct store_statement *remember(
	struct store *store, const char *name, sqlite3_stmt *prepared)
{
	size_t parameters = (size_t)sqlite3_bind_parameter_count(prepared);
	store->statements = memory_resize(
		store->statements, store->statement_count + 1, sizeof *store->statements);
	struct store_statement *statement = &store->statements[store->statement_count++];
	*statement = (struct store_statement){.name = memory_text(name),
		.prepared = prepared,
		.bound = memory_new(parameters * sizeof *statement->bound),
		.parameters = parameters};
	return statement;
}

struct store_statement *store_prepare(struct store *store, const char *name, struct error *error)
{
	struct store_statement *known = known_statement(store, name);
	if (known != NULL) {
		sqlite3_reset(known->prepared);
		return known;
	}
	sqlite3_stmt *statement;
	const char *sql = store_statement_text(name, error);
	if (sql == NULL)
		return NULL;
	if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
		SQLITE_OK) {
		store_fail(store, error, name);
		return NULL;
	}
	return remember(store, name, statement);
}

/* The memory of one row after the other. */
struct result {
	size_t count;
	char **columns;
	struct store_value *values;
};

static bool is_taken(char *const *columns, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(columns[i], name) == 0)
			return true;
	return false;
}

/* Callers look values up by name: a name that comes twice gets a number behind it, as SQLite gives
 * it in a table made of the rows. */
static char *unique_name(char *const *columns, size_t count, const char *name)
{
	char *unique = memory_text(name);
	for (int number = 1; is_taken(columns, count, unique); number++) {
		free(unique);
		unique = memory_format("%s:%d", name, number);
	}
	return unique;
}

static struct result result_new(sqlite3_stmt *statement)
{
	size_t count = (size_t)sqlite3_column_count(statement);
	struct result result = {count, memory_new(count * sizeof *result.columns),
		memory_new(count * sizeof *result.values)};
	for (size_t i = 0; i < count; i++)
		result.columns[i] =
			unique_name(result.columns, i, sqlite3_column_name(statement, (int)i));
	return result;
}

static void result_free(struct result *result)
{
	for (size_t i = 0; i < result->count; i++)
		free(result->columns[i]);
	free(result->columns);
	free(result->values);
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

static bool tell(const struct result *result, const struct store_value *values, store_row_fn fn,
	const struct store_question *question)
{
	const struct store_row row = {result->count, (const char *const *)result->columns, values};
	return fn == NULL || fn(question->context, &row);
}

static const struct store_value *read_row(struct result *result, sqlite3_stmt *statement)
{
	for (size_t i = 0; i < result->count; i++)
		result->values[i] = column_value(statement, (int)i);
	return result->values;
}

/* Steps to the end or until whoever is told has enough; the last result code. columns: as in the
 * question, or NULL. */
static int step_rows(
	sqlite3_stmt *statement, const struct store_question *question, store_row_fn columns)
{
	struct result result = result_new(statement);
	int code = SQLITE_DONE;
	bool more = tell(&result, NULL, columns, question);
	while (more && (code = sqlite3_step(statement)) == SQLITE_ROW)
		more = tell(&result, read_row(&result, statement), question->row, question);
	result_free(&result);
	return more ? code : SQLITE_DONE;
}

/* The bindings stay: what is no longer there is bound anew before anything reads it. */
static bool finished(struct store *store, sqlite3_stmt *statement, const char *name, bool ok,
	struct error *error)
{
	if (!ok)
		store_fail(store, error, name);
	sqlite3_reset(statement);
	return ok;
}

bool store_read(struct store *store, const char *name, const struct store_question *question,
	struct error *error)
{
	struct store_statement *statement = store_prepare(store, name, error);
	if (statement == NULL)
		return false;
	sqlite3_stmt *prepared = statement->prepared;
	bool ok = store_bind_again(statement, question->values, question->count) &&
		  step_rows(prepared, question, question->columns) == SQLITE_DONE;
	return finished(store, prepared, name, ok, error);
}

/* What each request goes through: rows, where there are any, are nobody's. */
bool store_run(struct store *store, const char *name, const struct store_value *values,
	size_t count, struct error *error)
{
	struct store_statement *statement = store_prepare(store, name, error);
	if (statement == NULL)
		return false;
	int result = store_bind_again(statement, values, count) ? SQLITE_ROW : SQLITE_ERROR;
	while (result == SQLITE_ROW)
		result = sqlite3_step(statement->prepared);
	return finished(store, statement->prepared, name, result == SQLITE_DONE, error);
}

int64_t store_changes(const struct store *store)
{
	return sqlite3_changes64(store->db);
}

int64_t store_last_id(const struct store *store)
{
	return sqlite3_last_insert_rowid(store->db);
}

/* SQLite's words for a file that ATTACH names; those for one of its own name none. */
static bool is_of_attach(const char *message)
{
	const char words[] = "unable to open database: ";
	return strncmp(message, words, sizeof words - 1) == 0;
}

/* In SQL that a person wrote, SQLite's words about it are the message. */
static bool query_failed(const struct store *store, struct error *error)
{
	const char *message = sqlite3_errmsg(store->db);
	switch (sqlite3_errcode(store->db)) {
	case SQLITE_CANTOPEN:
		if (!is_of_attach(message))
			return store_fail(store, error, "reading");
		return error_set(error, ERROR_USAGE, "%s: %s", message,
			strerror(sqlite3_system_errno(store->db)));
	case SQLITE_ERROR:
	case SQLITE_RANGE:
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
		return error_set(error, ERROR_USAGE, "%s", message);
	default:
		return store_fail(store, error, "reading");
	}
}

static bool query_one(struct store *store, sqlite3_stmt *statement,
	const struct store_question *question, store_row_fn columns, struct error *error)
{
	if (!sqlite3_stmt_readonly(statement))
		return error_set(error, ERROR_USAGE,
			"this would change the database, which is only read here (bench db rm RUN "
			"removes a run)");
	size_t wanted = (size_t)sqlite3_bind_parameter_count(statement);
	size_t count = question->count < wanted ? question->count : wanted;
	if (!store_bind(statement, question->values, count) ||
		step_rows(statement, question, columns) != SQLITE_DONE)
		return query_failed(store, error);
	return true;
}

bool store_query(struct store *store, const char *sql, const struct store_question *question,
	struct error *error)
{
	store_row_fn columns = question->columns;
	while (*sql != '\0') {
		sqlite3_stmt *statement;
		if (sqlite3_prepare_v2(store->db, sql, -1, &statement, &sql) != SQLITE_OK)
			return query_failed(store, error);
		if (statement == NULL)
			continue;
		bool ok = query_one(store, statement, question, columns, error);
		columns = NULL;
		sqlite3_finalize(statement);
		if (!ok)
			return false;
	}
	return true;
}
