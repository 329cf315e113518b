#include "store/rescue.h"

#include "base/memory.h"
#include "base/text.h"
#include "embedded.h"
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESCUE_PLACES 2

struct rescue {
	char *database;
	char *path;                  /* of the file that is open */
	char *places[RESCUE_PLACES]; /* every file that holds rows */
	size_t place_count;
	int64_t run;
	int file;
	size_t tried; /* how many places were */
	size_t lost;
	struct store *scratch; /* an empty database in memory: statements are written out by it */
};

struct rescue *rescue_new(const char *database_path, int64_t run)
{
	struct rescue *rescue = memory_new(sizeof *rescue);
	rescue->database = memory_text(database_path);
	rescue->run = run;
	rescue->file = -1;
	return rescue;
}

void rescue_free(struct rescue *rescue)
{
	if (rescue == NULL)
		return;
	if (rescue->file >= 0)
		close(rescue->file);
	store_close(rescue->scratch);
	free(rescue->database);
	free(rescue->path);
	for (size_t i = 0; i < rescue->place_count; i++)
		free(rescue->places[i]);
	free(rescue);
}

static bool scratch_ready(struct rescue *rescue)
{
	if (rescue->scratch != NULL)
		return true;
	const struct embedded_file *schema = embedded_find("db/schema.sql");
	if (schema == NULL)
		return false;
	rescue->scratch = store_connect(NULL, STORE_WRITE, false, NULL);
	return rescue->scratch != NULL && store_execute(rescue->scratch, schema->data, NULL);
}

/* A script of SQL cannot hold a NUL: it becomes U+FFFD. */
static struct store_value without_nul(const struct store_value *value, struct buffer *copy)
{
	if (value->type != STORE_TEXT || memchr(value->text, '\0', value->size) == NULL)
		return *value;
	for (size_t i = 0; i < value->size; i++)
		if (value->text[i] == '\0')
			buffer_text(copy, "\xEF\xBF\xBD");
		else
			buffer_byte(copy, value->text[i]);
	return store_bytes(copy->data, copy->size);
}

/* The statement with its values in it; free with sqlite3_free. */
static char *written_out(struct rescue *rescue, const struct rescue_row *row)
{
	const struct store_value *values = row->values;
	size_t count = row->count;
	if (!scratch_ready(rescue))
		return NULL;
	const struct store_statement *statement = store_prepare(rescue->scratch, row->name, NULL);
	if (statement == NULL)
		return NULL;
	struct buffer *copies = memory_new(count * sizeof *copies);
	struct store_value *clean = memory_new(count * sizeof *clean);
	for (size_t i = 0; i < count; i++) {
		buffer_init(&copies[i], BUFFER_UNLIMITED);
		clean[i] = without_nul(&values[i], &copies[i]);
	}
	sqlite3_stmt *prepared = statement->prepared;
	char *sql = store_bind(prepared, clean, count) ? sqlite3_expanded_sql(prepared) : NULL;
	sqlite3_clear_bindings(prepared);
	for (size_t i = 0; i < count; i++)
		buffer_free(&copies[i]);
	free(copies);
	free(clean);
	return sql;
}

static bool write_all(int file, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(file, data, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		data += written;
		size -= (size_t)written;
	}
	return true;
}

/* All of it or nothing, so that the file stays a script that runs. */
static bool append(struct rescue *rescue, const char *data, size_t size)
{
	off_t before = lseek(rescue->file, 0, SEEK_END);
	if (before >= 0 && write_all(rescue->file, data, size))
		return true;
	int ignored = before >= 0 ? ftruncate(rescue->file, before) : 0;
	(void)ignored;
	return false;
}

/* What is there is not added to: whoever left it could have given sqlite3, which is to read it,
 * other work to do. */
static bool open_beside(struct rescue *rescue)
{
	rescue->path = memory_format("%s.rescue.sql", rescue->database);
	for (int number = 2; rescue->file < 0; number++) {
		rescue->file =
			open(rescue->path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
		if (rescue->file >= 0 || errno != EEXIST)
			break;
		free(rescue->path);
		rescue->path = memory_format("%s.rescue%d.sql", rescue->database, number);
	}
	return rescue->file >= 0;
}

int store_open_elsewhere(const char *path, const char *ending, char **name)
{
	const char *folder = getenv("TMPDIR");
	const char *slash = strrchr(path, '/');
	*name = memory_format("%s/%s.XXXXXX%s",
		folder != NULL && folder[0] != '\0' ? folder : "/tmp",
		slash != NULL ? slash + 1 : path, ending);
	return mkostemps(*name, (int)strlen(ending), O_APPEND | O_CLOEXEC);
}

static bool open_elsewhere(struct rescue *rescue)
{
	rescue->file = store_open_elsewhere(rescue->database, ".rescue.sql", &rescue->path);
	return rescue->file >= 0;
}

static void leave_place(struct rescue *rescue)
{
	if (rescue->file >= 0)
		close(rescue->file);
	rescue->file = -1;
	free(rescue->path);
	rescue->path = NULL;
}

/* Behind the comment that opens each statement's file. */
static const char *behind_comment(const char *sql)
{
	while (sql[0] == '-' && sql[1] == '-') {
		sql += strcspn(sql, "\n");
		sql += *sql == '\n';
	}
	return sql;
}

static bool add_statement(
	struct rescue *rescue, const struct rescue_row *row, struct buffer *statements)
{
	char *sql = written_out(rescue, row);
	bool ok = sql != NULL && buffer_format(statements, "%s\n", behind_comment(sql));
	sqlite3_free(sql);
	return ok;
}

static bool add_to_head(
	struct rescue *rescue, const char *name, const char *text, struct buffer *head)
{
	const struct store_value values[] = {store_integer(rescue->run), store_text(text)};
	const struct rescue_row row = {name, values, text != NULL ? 2 : 1};
	return add_statement(rescue, &row, head);
}

/* A comment ends with its line: what came into it since may hold none. */
static void end_comment(struct buffer *head, size_t start)
{
	for (; start < head->size; start++)
		if (head->data[start] == '\n')
			head->data[start] = ' ';
	buffer_byte(head, '\n');
}

/* Rows that come back are missing no more, and have the run summed up again. */
static bool write_head(struct rescue *rescue, const char *reason)
{
	struct buffer head = BUFFER_EMPTY;
	buffer_format(&head, "-- Rows of run %lld that ", (long long)rescue->run);
	text_append_shell(&head, rescue->database);
	buffer_format(&head, " could not take: %s", reason);
	end_comment(&head, 0);
	size_t start = head.size;
	buffer_text(&head, "-- To put them back: sqlite3 ");
	text_append_shell(&head, rescue->database);
	buffer_text(&head, " < ");
	text_append_shell(&head, rescue->path);
	end_comment(&head, start);
	if (rescue->place_count > 0) {
		start = head.size;
		buffer_text(&head, "-- but first what is in ");
		text_append_shell(&head, rescue->places[0]);
		end_comment(&head, start);
	}
	bool ok = add_to_head(rescue, "summary_again", NULL, &head) &&
		  add_to_head(rescue, "rows_back", rescue->path, &head) &&
		  append(rescue, head.data, head.size);
	buffer_free(&head);
	return ok;
}

/* Opens the first or the next place; false when there is none left. */
static bool next_place(struct rescue *rescue)
{
	static bool (*const openers[RESCUE_PLACES])(struct rescue *) = {
		open_beside, open_elsewhere};
	bool opened = false;
	while (!opened && rescue->tried < RESCUE_PLACES) {
		leave_place(rescue);
		opened = openers[rescue->tried++](rescue);
	}
	return opened;
}

static bool save(struct rescue *rescue, const char *sql, size_t size, const char *reason)
{
	if (rescue->file >= 0 && append(rescue, sql, size))
		return true;
	while (next_place(rescue)) {
		if (write_head(rescue, reason) && append(rescue, sql, size)) {
			rescue->places[rescue->place_count++] = memory_text(rescue->path);
			return true;
		}
		unlink(rescue->path);
	}
	leave_place(rescue);
	return false;
}

bool rescue_add(
	struct rescue *rescue, const struct rescue_row *rows, size_t count, const char *reason)
{
	struct buffer statements = BUFFER_EMPTY;
	bool ok = true;
	for (size_t i = 0; i < count && ok; i++)
		ok = add_statement(rescue, &rows[i], &statements);
	ok = ok && save(rescue, statements.data, statements.size, reason);
	buffer_free(&statements);
	rescue->lost += ok ? 0 : count;
	return ok;
}

size_t rescue_lost(const struct rescue *rescue)
{
	return rescue->lost;
}

const char *rescue_place(const struct rescue *rescue, size_t number)
{
	return number < rescue->place_count ? rescue->places[number] : NULL;
}
