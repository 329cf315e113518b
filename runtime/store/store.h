/* A run database: open, migrate, named statements. Only this room knows sqlite3. One connection, one
 * thread at a time. */
#ifndef BENCH_STORE_STORE_H
#define BENCH_STORE_STORE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum store_mode {
	STORE_WRITE, /* create and migrate as needed (an older file is copied beside itself first) */
	STORE_READ   /* as it is; an older one is read as it is; no file is an error */
};

struct store;
/* $BENCH_DB, else bench.db in $XDG_DATA_HOME/bench or ~/.local/share/bench; the folder is made on the
 * first write. Free with free(). */
char *store_default_path(void);
/* All failures are sentences with ERROR_STORE: newer schema, read-only, full disk, corrupt, locked. */
struct store *store_open(const char *path, enum store_mode mode, struct error *error);
void store_close(struct store *store);
const char *store_path(const struct store *store);
const char *store_warning(const struct store *store); /* e.g. network file system; NULL for none */

enum store_type { STORE_NULL, STORE_INTEGER, STORE_REAL, STORE_TEXT };
struct store_value {
	enum store_type type;
	int64_t integer;
	double real; /* NaN and infinities are bound as NULL */
	const char *text; /* borrowed */
	size_t size;
};
struct store_value store_null(void);
struct store_value store_integer(int64_t value);
struct store_value store_integer_or_null(int64_t value); /* negative: NULL */
struct store_value store_real(double value);
struct store_value store_text(const char *text);         /* NULL: NULL */
struct store_value store_bytes(const char *text, size_t size);

/* Runs db/statements/NAME.sql with ?1.. bound. *changed gets the number of rows (may be NULL). */
bool store_run(struct store *store, const char *name, const struct store_value *values,
	size_t count, struct error *error);
bool store_begin(struct store *store, struct error *error); /* BEGIN IMMEDIATE */
bool store_commit(struct store *store, struct error *error);
void store_rollback(struct store *store);
int64_t store_last_id(const struct store *store);

/* Rows of any SQL. columns[] and values[] are borrowed during the call; return false to stop. */
typedef bool (*store_row_fn)(void *context, size_t count, const char *const *columns,
	const struct store_value *values);
/* Parameters are bound to ?1..; only reading statements when `read_only`. */
bool store_query(struct store *store, const char *sql, bool read_only,
	const struct store_value *values, size_t count, store_row_fn fn, void *context,
	struct error *error);

/* Computes and stores the summary of a run from its rows; replaces an older one. */
bool store_summarise(struct store *store, int64_t run, struct error *error);
/* Marks runs whose process (pid and start time, this machine) is gone as crashed, their running
 * requests as incomplete, and summarises them. Needs STORE_WRITE. */
bool store_mend(struct store *store, struct error *error);

#endif
