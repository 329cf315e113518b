#include "store/store_internal.h"

#include <math.h>
#include <string.h>

_Static_assert(sizeof(struct store_value) == 16, "no longer given and returned in registers");

struct store_value store_null(void)
{
	return (struct store_value){.type = STORE_NULL};
}

struct store_value store_integer(int64_t value)
{
	return (struct store_value){.type = STORE_INTEGER, .integer = value};
}

struct store_value store_integer_or_null(int64_t value)
{
	return value < 0 ? store_null() : store_integer(value);
}

struct store_value store_real(double value)
{
	return (struct store_value){.type = STORE_REAL, .real = value};
}

struct store_value store_text(const char *text)
{
	return text == NULL ? store_null() : store_bytes(text, strlen(text));
}

struct store_value store_bytes(const char *text, size_t size)
{
	uint32_t most = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX; /* which SQLite refuses */
	return (struct store_value){.type = STORE_TEXT, .text = text, .size = most};
}

const char *store_text_of(const struct store_value *value)
{
	return value->type == STORE_TEXT ? value->text : "";
}

static int bind_one(sqlite3_stmt *statement, int index, const struct store_value *value)
{
	switch (value->type) {
	case STORE_INTEGER:
		return sqlite3_bind_int64(statement, index, value->integer);
	case STORE_REAL:
		if (!isfinite(value->real))
			break;
		return sqlite3_bind_double(statement, index, value->real);
	case STORE_TEXT:
		return sqlite3_bind_text64(
			statement, index, value->text, value->size, SQLITE_STATIC, SQLITE_UTF8);
	case STORE_NULL:
		break;
	}
	return sqlite3_bind_null(statement, index);
}

bool store_bind(sqlite3_stmt *statement, const struct store_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bind_one(statement, (int)i + 1, &values[i]) != SQLITE_OK)
			return false;
	return true;
}

static bool is_bound(const struct store_bound *bound, const struct store_value *value)
{
	if (bound->type != value->type)
		return false;
	switch (value->type) {
	case STORE_NULL:
		return true;
	case STORE_INTEGER:
		return bound->integer == value->integer;
	case STORE_TEXT:
		return bound->size == value->size && value->size <= STORE_BOUND_TEXT &&
		       memcmp(bound->text, value->text, value->size) == 0;
	case STORE_REAL:
		break;
	}
	return false;
}

static struct store_value keep(struct store_bound *bound, struct store_value value)
{
	bound->type = value.type;
	bound->size = value.size;
	if (value.type == STORE_INTEGER)
		bound->integer = value.integer;
	if (value.type == STORE_TEXT && value.size <= STORE_BOUND_TEXT)
		value.text = memcpy(bound->text, value.text, value.size);
	return value;
}

bool store_bind_again(
	struct store_statement *statement, const struct store_value *values, size_t count)
{
	const struct store_value none = store_null();
	if (count > statement->parameters) /* which SQLite has words for */
		return sqlite3_bind_null(statement->prepared, (int)count) == SQLITE_OK;
	for (size_t i = 0; i < statement->parameters; i++) {
		const struct store_value *value = i < count ? &values[i] : &none;
		if (is_bound(&statement->bound[i], value))
			continue;
		const struct store_value kept = keep(&statement->bound[i], *value);
		if (bind_one(statement->prepared, (int)i + 1, &kept) != SQLITE_OK)
			return false;
	}
	return true;
}
