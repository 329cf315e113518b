/* rows_stored FOLDER EVENTS [ROWS]: how many finished requests of that many token events the
 * recorder stores in a second, from the first one handed over until all are committed; and how many
 * rows of the same values, built beforehand, a bare loop of inserts puts into its tables, with
 * their keys and checks, and into a table without any. Prints
 * {"recorder": ROWS/S, "tables": ROWS/S, "bare": ROWS/S}. */
#include "kept.h"

#include "base/clock.h"
#include "store/recorder_internal.h"
#include "store/row.h"
#include "store/store_internal.h"

#include <sqlite3.h>
#include <time.h>

#define EVENT_BUDGET 4000000 /* of all rows together */
#define MOST_ROWS 200000
#define ROWS_A_COMMIT 10000

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "rows_stored: %s\n", what);
	exit(1);
}

static struct exchange *answered(size_t events)
{
	struct exchange *exchange = kept_exchange(clock_now_ns());
	for (size_t i = 0; i < events; i++)
		kept_event(exchange, (int64_t)(50 + 20 * i) * MS, 1, CHANNEL_CONTENT);
	kept_answer(exchange, "an answer", "stop");
	kept_end(exchange, (int64_t)(60 + 20 * events) * MS, (int64_t)events);
	return exchange;
}

static struct recorder_context context_of(int64_t seq)
{
	return (struct recorder_context){.seq = seq,
		.phase_kind = "measure",
		.call = "chat",
		.round = EXCHANGE_NONE,
		.user = EXCHANGE_NONE};
}

static double per_second(size_t rows, int64_t began_ns)
{
	return (double)rows / ((double)(clock_now_ns() - began_ns) / (double)CLOCK_SECOND_NS);
}

static double through_recorder(const char *path, const struct exchange *exchange, size_t rows)
{
	struct error error = {0};
	const struct recorder_run run = {.scenario = "rows",
		.options_json = "{}",
		.command_line = "",
		.origin_ns = exchange->t_start,
		.machine_json = "{}",
		.keep_text = true};
	struct recorder *recorder = recorder_start(path, &run, &error);
	need(recorder != NULL, error.message);
	int64_t began_ns = clock_now_ns();
	for (size_t i = 0; i < rows; i++) {
		const struct recorder_context context = context_of((int64_t)i + 1);
		while (recorder_full(recorder))
			nanosleep(&(struct timespec){.tv_nsec = MS}, NULL);
		recorder_request(recorder, &context, exchange);
	}
	for (recorder_write_soon(recorder); atomic_load(&recorder->queued) > 0;)
		nanosleep(&(struct timespec){.tv_nsec = MS}, NULL);
	double rate = per_second(rows, began_ns);
	need(recorder_finish(recorder, "done", &error), error.message);
	return rate;
}

/* ---- the bare loops ---- */

/* Built as the first of its run; the loops number it anew. */
static void build(struct row *row, const struct exchange *exchange)
{
	const struct row_place place = {.run = 1, .keep_text = true};
	const struct recorder_context context = context_of(1);
	row_build(row, &place, &context, exchange);
}

static bool store_one(struct store *store, struct row *row, int64_t seq, struct error *error)
{
	row->request[1] = row->timeline[1] = store_integer(seq);
	return store_run(store, "request", row->request, ROW_REQUEST_COLUMNS, error) &&
	       (row->timeline_name == NULL || store_run(store, row->timeline_name, row->timeline,
						      row->timeline_count, error));
}

static double into_tables(const char *path, const struct exchange *exchange, size_t rows)
{
	struct error error = {0};
	struct row row;
	struct store *store = store_open(path, STORE_WRITE, &error);
	need(store != NULL && store_execute(store, "PRAGMA wal_autocheckpoint = 0", &error),
		error.message);
	kept_run(store, 1, "running");
	build(&row, exchange);
	int64_t began_ns = clock_now_ns();
	need(store_begin(store, &error), error.message);
	for (size_t i = 0; i < rows; i++) {
		if (i % ROWS_A_COMMIT == ROWS_A_COMMIT - 1)
			need(store_end(store, true, &error) && store_begin(store, &error),
				error.message);
		need(store_one(store, &row, (int64_t)i + 1, &error), error.message);
	}
	need(store_end(store, true, &error), error.message);
	double rate = per_second(rows, began_ns);
	row_free(&row);
	store_close(store);
	return rate;
}

static void execute(sqlite3 *db, const char *sql)
{
	need(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sqlite3_errmsg(db));
}

static void bind(sqlite3_stmt *insert, int column, const struct store_value *value)
{
	if (value->type == STORE_INTEGER)
		sqlite3_bind_int64(insert, column, value->integer);
	else if (value->type == STORE_REAL)
		sqlite3_bind_double(insert, column, value->real);
	else if (value->type == STORE_TEXT)
		sqlite3_bind_text(insert, column, value->text, (int)value->size, SQLITE_STATIC);
	else
		sqlite3_bind_null(insert, column);
}

static sqlite3_stmt *prepare_insert(sqlite3 *db, int columns)
{
	struct buffer sql = BUFFER_EMPTY;
	sqlite3_stmt *insert;
	for (int i = 1; i <= columns; i++)
		buffer_format(&sql, "%s c%d", i > 1 ? "," : "CREATE TABLE bare (", i);
	buffer_text(&sql, ")");
	execute(db, buffer_string(&sql));
	buffer_clear(&sql);
	for (int i = 1; i <= columns; i++)
		buffer_format(&sql, "%s ?%d", i > 1 ? "," : "INSERT INTO bare VALUES (", i);
	buffer_text(&sql, ")");
	need(sqlite3_prepare_v2(db, buffer_string(&sql), -1, &insert, NULL) == SQLITE_OK,
		sqlite3_errmsg(db));
	buffer_free(&sql);
	return insert;
}

static double bare(const char *path, const struct exchange *exchange, size_t rows)
{
	int columns = ROW_REQUEST_COLUMNS + (exchange->event_count > 0 ? ROW_TIMELINE_COLUMNS : 0);
	struct row row;
	sqlite3 *db;
	need(sqlite3_open(path, &db) == SQLITE_OK, path);
	execute(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		    "PRAGMA wal_autocheckpoint = 0");
	sqlite3_stmt *insert = prepare_insert(db, columns);
	build(&row, exchange);
	int64_t began_ns = clock_now_ns();
	execute(db, "BEGIN");
	for (size_t i = 0; i < rows; i++) {
		if (i % ROWS_A_COMMIT == ROWS_A_COMMIT - 1)
			execute(db, "COMMIT; BEGIN");
		for (int column = 0; column < columns; column++)
			bind(insert, column + 1,
				column < ROW_REQUEST_COLUMNS
					? &row.request[column]
					: &row.timeline[column - ROW_REQUEST_COLUMNS]);
		need(sqlite3_step(insert) == SQLITE_DONE, sqlite3_errmsg(db));
		sqlite3_reset(insert);
	}
	execute(db, "COMMIT");
	double rate = per_second(rows, began_ns);
	row_free(&row);
	sqlite3_finalize(insert);
	sqlite3_close(db);
	return rate;
}

static char *fresh_path(const char *folder, const char *name)
{
	struct buffer path = BUFFER_EMPTY;
	buffer_format(&path, "%s/%s", folder, name);
	remove(buffer_string(&path));
	return buffer_detach(&path, NULL);
}

int main(int count, char **arguments)
{
	need(count == 3 || count == 4, "usage: rows_stored FOLDER EVENTS [ROWS]");
	size_t events = (size_t)strtoul(arguments[2], NULL, 10);
	size_t rows = events * MOST_ROWS > EVENT_BUDGET ? EVENT_BUDGET / events : MOST_ROWS;
	if (count == 4)
		rows = (size_t)strtoul(arguments[3], NULL, 10);
	char *kept = fresh_path(arguments[1], "stored.db");
	char *tables = fresh_path(arguments[1], "tables.db");
	char *plain = fresh_path(arguments[1], "bare.db");
	struct exchange *exchange = answered(events);
	double recorder = through_recorder(kept, exchange, rows);
	double alone = into_tables(tables, exchange, rows);
	printf("{\"recorder\": %.0f, \"tables\": %.0f, \"bare\": %.0f}\n", recorder, alone,
		bare(plain, exchange, rows));
	exchange_free(exchange);
	free(kept);
	free(tables);
	free(plain);
	return 0;
}
