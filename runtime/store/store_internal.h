/* What the files of this room share. Only they know sqlite3. */
#ifndef BENCH_STORE_STORE_INTERNAL_H
#define BENCH_STORE_STORE_INTERNAL_H

#include "store/store.h"

#include <sqlite3.h>

#define STORE_APPLICATION_ID 0x42454e43 /* "BENC", what file(1) sees */
#define STORE_BUSY_MS 10000

#define STORE_BOUND_TEXT 24 /* bytes: words of ours, and most addresses */

/* What a parameter was given last. A short text is this one's own, whatever becomes of the row. */
struct store_bound {
	enum store_type type;
	uint32_t size; /* of the text, kept or not */
	union {
		int64_t integer;
		char text[STORE_BOUND_TEXT];
	};
};

struct store_statement {
	char *name;
	sqlite3_stmt *prepared;
	struct store_bound *bound; /* by parameter */
	size_t parameters;
};

/* How much higher the numbers of a borrowed file's rows lie here. */
struct store_borrowed {
	int64_t run_shift, request_shift;
};

#define STORE_BORROWED_AT_MOST 8

struct store {
	sqlite3 *db;
	char *path;
	char *warning;
	enum store_mode mode;
	bool exclusive;                     /* on a network: no WAL, one writer */
	struct store_statement *statements; /* db/statements, prepared when first used */
	size_t statement_count;
	struct store_borrowed borrowed[STORE_BORROWED_AT_MOST]; /* attached as borrowed0 ... */
	size_t borrowed_count;
};

/* store_error.c: the words for what SQLite just said, with the file's name and a way out. False. */
bool store_fail(const struct store *store, struct error *error, const char *doing);

/* store_connect.c: opens without migrating; refuses another program's file and a newer bench's,
 * which stay as they are. `exclusive` is how a file on a network is opened; the path NULL is
 * memory. What is written to a new file waits for no disk until store_wait_for_disk. */
struct store *store_connect(
	const char *path, enum store_mode mode, bool exclusive, struct error *error);
bool store_wait_for_disk(struct store *store, struct error *error);
/* The same for what begins a log: without it the loss of power takes nothing but what is written
 * now. */
bool store_hurry_where_no_log(struct store *store, struct error *error);
/* SQL without rows; several statements divided by semicolons. */
bool store_execute(struct store *store, const char *sql, struct error *error);
bool store_pragma_integer(
	struct store *store, const char *text, int64_t *value, struct error *error);

/* moved.c: whether the file is no longer under its name; all that it holds, in a new file beside
 * where it was, or in $TMPDIR where there is no such folder any more, or NULL. */
bool store_has_moved(struct store *store);
struct store *store_copy_beside(struct store *store, struct error *error);
/* rescue.c: an empty file in $TMPDIR for what cannot be written beside that path: its descriptor,
 * or -1. The name is the caller's. */
int store_open_elsewhere(const char *path, const char *ending, char **name);

/* store_new.c: where there is no file yet a whole one without a run appears, at once. Where that
 * cannot be (no such files in that file system, $BENCH_LIB) nothing does, and store_migrate has
 * more to do. */
void store_lay_new(const char *path);
/* The folder of path, with its slash; free it. */
char *store_folder_of(const char *path);
/* A file without a name in the folder of path; -1 where there can be none. */
int store_nameless_beside(const char *path);

/* store_migrate.c: brings a file opened for writing up to date, or says why not. */
bool store_migrate(struct store *store, struct error *error);
/* The schema this program knows: the number of the last file in db/migrations, 1 without any. */
int64_t store_known_version(void);

/* Texts that belong together, owned; all 0 is none. */
struct store_names {
	char **list;
	size_t count;
};
void store_names_add(struct store_names *names, char *name); /* takes the name */
void store_names_free(struct store_names *names);

/* store_files.c: the paths of the .sql files in a folder of db/, sorted; the caller's. */
struct store_names store_sql_files(const char *folder);
/* The text of db/statements/NAME.sql; NULL with an error when there is none. Borrowed. */
const char *store_statement_text(const char *name, struct error *error);

/* store_functions.c: percentile, median, stddev. */
bool store_register_functions(sqlite3 *db);

/* store_statement.c: prepared and reset, with what was bound last; NULL with an error. Good until
 * the next is prepared. */
struct store_statement *store_prepare(struct store *store, const char *name, struct error *error);
/* store_value.c: to a statement without bindings; what is not bound is NULL. */
bool store_bind(sqlite3_stmt *statement, const struct store_value *values, size_t count);
/* The same to one of ours: rows of a run are alike, so only what differs from the last is bound. */
bool store_bind_again(
	struct store_statement *statement, const struct store_value *values, size_t count);
/* The rows of db/statements/NAME.sql. */
bool store_read(struct store *store, const char *name, const struct store_question *question,
	struct error *error);

/* store_schema.c: the texts in the first column of a statement's rows. */
bool store_names_read(
	struct store *store, const char *statement, struct store_names *names, struct error *error);
/* The one text that a statement gives; NULL with an error. Free with free(). */
char *store_ask(struct store *store, const char *statement, const struct store_value *values,
	size_t count, struct error *error);
/* SQL that was made, which is freed. */
bool store_execute_made(struct store *store, char *sql, struct error *error);
/* The SQL that a statement gives. */
bool store_run_made(struct store *store, const char *statement, const struct store_value *values,
	size_t count, struct error *error);
/* Whether an attached file is a run database that this program can read. */
bool store_check_attached(
	struct store *store, const char *path, const char *schema, struct error *error);

/* copy.c: what the rows of a run of the file attached as "other" lean on: its machine, its
 * prompts. */
bool store_copy_around(struct store *store, int64_t from, struct error *error);
/* copy.c: those and the row of the run itself. */
bool store_copy_run_row(struct store *store, int64_t from, int64_t *to, struct error *error);

/* mend.c: this boot and process namespace, as run.boot has it. */
void store_boot(char *out, size_t size);
/* store_mend without the summaries. */
bool store_close_crashed(struct store *store, struct error *error);
/* A run that goes on in a living process, other than `except`; 0: none. */
bool store_running(struct store *store, int64_t except, int64_t *run, struct error *error);
/* Whether a run is marked running though its process is gone, or has no summary. */
bool store_needs_mending(struct store *store);

#endif
