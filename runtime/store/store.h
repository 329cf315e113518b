/* A run database: open, migrate, named statements. Only this room knows sqlite3. One connection,
 * one thread at a time. */
#ifndef BENCH_STORE_STORE_H
#define BENCH_STORE_STORE_H

#include "base/buffer.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum store_mode {
	STORE_WRITE, /* create and migrate as needed; an older file is copied beside itself first */
	STORE_READ   /* an older one is read as it is; no file is an error. Crashed runs in it are
		      * mended first where the file can be written */
};

struct store;
/* $BENCH_DB, else bench.db in $XDG_DATA_HOME/bench or ~/.local/share/bench; the folder is made on
 * the first write. Free with free(). */
char *store_default_path(void);
/* Whether there is such a file and it is SQLite's. */
bool store_is_database(const char *path);
/* All failures are sentences with ERROR_STORE: newer schema, read-only, full disk,
 * corrupt, locked. */
struct store *store_open(const char *path, enum store_mode mode, struct error *error);
void store_close(struct store *store);
/* Takes what a log holds into the file. Where a reader or another run stays in the way the next one
 * to close does it. */
void store_settle(struct store *store);
const char *store_path(const struct store *store);
const char *store_warning(const struct store *store); /* e.g. network file system; NULL for none */

enum store_type { STORE_NULL, STORE_INTEGER, STORE_REAL, STORE_TEXT };
/* As large as two registers, in which it is given and returned: by way of memory, where it is read
 * in other pieces than it was written in, the values of a row take twice as long. */
struct store_value {
	enum store_type type;
	uint32_t size; /* of the text */
	union {        /* what the type says */
		int64_t integer;
		double real;      /* NaN and infinities are bound as NULL */
		const char *text; /* borrowed */
	};
};
struct store_value store_null(void);
struct store_value store_integer(int64_t value);
struct store_value store_integer_or_null(int64_t value); /* negative: NULL */
struct store_value store_real(double value);
struct store_value store_text(const char *text); /* NULL: NULL */
struct store_value store_bytes(const char *text, size_t size);
/* What it says, borrowed; "" for a value of another type: a file may hold anything. */
const char *store_text_of(const struct store_value *value);

/* Runs db/statements/NAME.sql with ?1.. bound. */
bool store_run(struct store *store, const char *name, const struct store_value *values,
	size_t count, struct error *error);
bool store_begin(struct store *store, struct error *error); /* BEGIN IMMEDIATE */
/* Commits where all went well since; else, and where that fails, nothing of it stays and this is
 * false. */
bool store_end(struct store *store, bool went_well, struct error *error);
void store_rollback(struct store *store);
int64_t store_last_id(const struct store *store);

/* Rows that the last store_run changed. */
int64_t store_changes(const struct store *store);

struct store_row {
	size_t count;
	const char *const *columns; /* each another name */
	const struct store_value *values;
};
/* Borrows the row; false to stop. */
typedef bool (*store_row_fn)(void *context, const struct store_row *row);
/* What is bound to ?1.. of a statement, and who is told its rows; all may be 0. */
struct store_question {
	const struct store_value *values;
	size_t count;
	/* is told the names in the first statement before its first row, with values NULL: a result
	 * may have no row to tell them */
	store_row_fn columns;
	store_row_fn row;
	void *context;
};
/* Any SQL that only reads. Several statements, divided by semicolons, run one after the other. */
bool store_query(struct store *store, const char *sql, const struct store_question *question,
	struct error *error);

/* Another database file beside this one, under a schema name. */
bool store_attach(struct store *store, const char *path, const char *name, struct error *error);
/* A run database as "other"; false with words for what is none or is newer. */
bool store_attach_runs(struct store *store, const char *path, struct error *error);
/* Run `from` of the run database attached as "other" with everything that hangs on it, as a new run
 * of this file. Belongs in a transaction. */
bool store_copy_run(struct store *store, int64_t from, int64_t *to, struct error *error);
/* A new run of this file, empty yet, of which that file is a part. */
bool store_merge_begin(struct store *store, const char *part, int64_t *to, struct error *error);
/* Run `to` of this file becomes the whole of what its workers kept, one file each; parts that were
 * taken in before are replaced. In transactions of its own. */
bool store_merge_parts(struct store *store, int64_t to, const char *const *parts, size_t count,
	struct error *error);
/* From now on this connection shows the runs of that file, too: its run N as N + shift. */
bool store_borrow(struct store *store, const char *path, int64_t *shift, struct error *error);
/* One plain file without a log beside it, which can be read anywhere. Before store_close. */
bool store_seal(struct store *store, struct error *error);
/* A database that is being made at path, where there was none: a signal that ends the process takes
 * it away. NULL: it is whole. */
void store_half_made(const char *path);

/* Computes and stores the summary of a run from its rows; replaces an older one. In a transaction
 * of its own where none is open. */
bool store_summarise(struct store *store, int64_t run, struct error *error);
/* Marks runs whose process (pid and start time, this machine) is gone as crashed, their running
 * requests as incomplete, and summarises them. Needs STORE_WRITE. */
bool store_mend(struct store *store, struct error *error);

/* Whether a run is going on in another process. One that is marked running and does not ended where
 * the file took no more rows: it cannot be mended before it does. */
bool store_goes_on(struct store *store, int64_t run, bool *goes_on, struct error *error);

/* For `bench db`. What is wrong with the file, one line each, is appended to report; false when
 * there is something (error says how much), or when it could not be read. */
bool store_check(struct store *store, struct buffer *report, struct error *error);
bool store_vacuum(struct store *store, struct error *error);
/* Forgets a run, its requests and the prompts that no other run asks. False for a run that is not
 * there or still goes on. */
bool store_remove_run(struct store *store, int64_t run, struct error *error);

const char *store_sqlite_version(void);

#endif
