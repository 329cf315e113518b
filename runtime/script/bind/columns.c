/* Rows of a query that are kept by columns (base/columns.h), outside of Lua's memory: what many
 * rows are asked for without that each becomes a table. core.store.columns makes them. */
#include "base/columns.h"

#include "base/memory.h"
#include "base/quantile.h"
#include "script/bind/bind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_NAME "bench.rows"
#define BY_AT_MOST 16
#define FEW 10 /* quantiles; more of them at once are quicker found in what is sorted */

/* What all rows of one query share. */
struct table {
	struct columns *columns;
	double *scratch; /* as many values as there are rows */
};

/* A choice of rows; its user value is the table. */
struct rows {
	struct table *table;
	size_t count;
	uint32_t list[];
};

static int free_table(lua_State *L)
{
	struct table *table = lua_touserdata(L, 1);
	columns_free(table->columns);
	free(table->scratch);
	*table = (struct table){0};
	return 0;
}

static struct rows *check_rows(lua_State *L)
{
	return luaL_checkudata(L, 1, ROWS_NAME);
}

static size_t check_column(lua_State *L, int index, const struct rows *rows)
{
	const char *name = luaL_checkstring(L, index);
	size_t column;
	if (!columns_find(rows->table->columns, name, &column))
		luaL_error(L, "there is no column %s", name);
	return column;
}

static double value_at(const struct rows *rows, size_t column, size_t place)
{
	return columns_value(rows->table->columns, column, rows->list[place]);
}

/* The values in these rows, in the scratch; -> how many. */
static size_t gather(const struct rows *rows, size_t column)
{
	size_t count = 0;
	for (size_t i = 0; i < rows->count; i++) {
		double value = value_at(rows, column, i);
		if (!isnan(value))
			rows->table->scratch[count++] = value;
	}
	return count;
}

/* A whole number as an integer. */
static void push_number(lua_State *L, double value)
{
	lua_Integer whole;
	if (lua_numbertointeger(value, &whole) && (double)whole == value)
		lua_pushinteger(L, whole);
	else
		lua_pushnumber(L, value);
}

static void push_value(lua_State *L, const struct rows *rows, size_t column, double value)
{
	size_t size;
	if (isnan(value))
		lua_pushnil(L);
	else if (columns_words(rows->table->columns, column) == 0)
		push_number(L, value);
	else {
		const char *text = columns_word(rows->table->columns, column, value, &size);
		lua_pushlstring(L, text, size);
	}
}

/* Rows of the table on the top, which stays below them; to be filled. */
static struct rows *push_rows(lua_State *L, size_t count)
{
	struct table *table = lua_touserdata(L, -1);
	struct rows *rows = lua_newuserdatauv(L, sizeof *rows + count * sizeof rows->list[0], 1);
	rows->table = table;
	rows->count = count;
	luaL_setmetatable(L, ROWS_NAME);
	lua_pushvalue(L, -2);
	lua_setiuservalue(L, -2, 1);
	return rows;
}

/* Rows of the same table as those at index 1. */
static struct rows *push_choice(lua_State *L, size_t count)
{
	lua_getiuservalue(L, 1, 1);
	struct rows *chosen = push_rows(L, count);
	lua_remove(L, -2);
	return chosen;
}

/* ([column [, most]]) -> how many rows; with a column how many values are in it, at or
 * below most */
static int l_count(lua_State *L)
{
	const struct rows *rows = check_rows(L);
	size_t count = rows->count;
	if (!lua_isnoneornil(L, 2)) {
		size_t column = check_column(L, 2, rows);
		double most = luaL_optnumber(L, 3, INFINITY);
		count = 0;
		for (size_t i = 0; i < rows->count; i++)
			count += value_at(rows, column, i) <= most; /* no value is not */
	}
	lua_pushinteger(L, (lua_Integer)count);
	return 1;
}

/* (column) -> its value in the first row */
static int l_first(lua_State *L)
{
	const struct rows *rows = check_rows(L);
	size_t column = check_column(L, 2, rows);
	push_value(L, rows, column, rows->count > 0 ? value_at(rows, column, 0) : NAN);
	return 1;
}

/* (column) -> the sum of its values, nil where there is none */
static int l_sum(lua_State *L)
{
	const struct rows *rows = check_rows(L);
	size_t count = gather(rows, check_column(L, 2, rows));
	double sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += rows->table->scratch[i];
	if (count > 0)
		push_number(L, sum);
	else
		lua_pushnil(L);
	return 1;
}

/* (column, list of p) -> list, or nil where there is no value */
static int l_quantiles(lua_State *L)
{
	const struct rows *rows = check_rows(L);
	size_t column = check_column(L, 2, rows);
	luaL_checktype(L, 3, LUA_TTABLE);
	lua_Integer wanted = (lua_Integer)lua_rawlen(L, 3);
	size_t count = gather(rows, column);
	if (count == 0) {
		lua_pushnil(L);
		return 1;
	}
	double *values = rows->table->scratch;
	if (wanted > FEW)
		quantile_sort(values, count);
	lua_createtable(L, (int)wanted, 0);
	for (lua_Integer i = 1; i <= wanted; i++) {
		lua_rawgeti(L, 3, i);
		double p = luaL_checknumber(L, -1);
		luaL_argcheck(L, p >= 0 && p <= 1, 3, "must be between 0 and 1");
		lua_pop(L, 1);
		if (wanted <= FEW)
			quantile_partition(values, count, p);
		lua_pushnumber(L, quantile_linear(values, count, p));
		lua_rawseti(L, -2, i);
	}
	return 1;
}

/* What the Lua value at index is in this column; NaN where no value of it is equal to that. */
static double wanted_value(lua_State *L, int index, const struct rows *rows, size_t column)
{
	const struct columns *columns = rows->table->columns;
	if (lua_type(L, index) != LUA_TSTRING && columns_words(columns, column) == 0)
		return luaL_checknumber(L, index);
	size_t size;
	const char *text = luaL_checklstring(L, index, &size);
	return columns_word_number(columns, column, text, size);
}

/* Keeps those of the rows at index 1 in which the value is, or is not, `wanted`; NaN: is there. */
static int choose(lua_State *L, size_t column, double wanted, bool equal)
{
	const struct rows *rows = check_rows(L);
	struct rows *chosen = push_choice(L, rows->count);
	chosen->count = 0;
	for (size_t i = 0; i < rows->count; i++) {
		double value = value_at(rows, column, i);
		if ((isnan(wanted) ? !isnan(value) : value == wanted) == equal)
			chosen->list[chosen->count++] = rows->list[i];
	}
	return 1;
}

/* (column) -> the rows that have a value there; (column, value) -> those that have this one */
static int l_where(lua_State *L)
{
	const struct rows *rows = check_rows(L);
	size_t column = check_column(L, 2, rows);
	bool any = lua_isnoneornil(L, 3);
	double wanted = any ? NAN : wanted_value(L, 3, rows, column);
	if (!any && isnan(wanted)) {
		push_choice(L, 0);
		return 1;
	}
	return choose(L, column, wanted, true);
}

/* (column, value) -> the rows that have another one there, or none */
static int l_without(lua_State *L)
{
	const struct rows *rows = check_rows(L);
	size_t column = check_column(L, 2, rows);
	double wanted = wanted_value(L, 3, rows, column);
	if (isnan(wanted)) {
		lua_settop(L, 1);
		return 1;
	}
	return choose(L, column, wanted, false);
}

/* (column) -> the rows in its order, those without a value last */
static int l_sorted(lua_State *L)
{
	const struct rows *rows = check_rows(L);
	size_t column = check_column(L, 2, rows);
	struct rows *sorted = push_choice(L, rows->count);
	memcpy(sorted->list, rows->list, rows->count * sizeof rows->list[0]);
	columns_sort(rows->table->columns, column, sorted->list, sorted->count);
	return 1;
}

/* Appends rows of `list` from `from` up to before `end` to the Lua list on top. */
static void append(lua_State *L, const uint32_t *list, size_t from, size_t end)
{
	struct rows *part = push_choice(L, end - from);
	memcpy(part->list, list + from, (end - from) * sizeof *list);
	lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

/* (n) -> at most n lists of rows, in their order, of equal size but for one */
static int l_cut(lua_State *L)
{
	const struct rows *rows = check_rows(L);
	lua_Integer parts = luaL_checkinteger(L, 2);
	luaL_argcheck(L, parts > 0, 2, "must be above 0");
	size_t count = (size_t)parts < rows->count ? (size_t)parts : rows->count;
	lua_createtable(L, (int)count, 0);
	for (size_t i = 0; i < count; i++)
		append(L, rows->list, i * rows->count / count, (i + 1) * rows->count / count);
	return 1;
}

/* (column, ...) -> list of rows that are equal in these columns, in the order of their
 * first ones */
static int l_groups(lua_State *L)
{
	const struct rows *rows = check_rows(L);
	size_t by[BY_AT_MOST], by_count = (size_t)lua_gettop(L) - 1;
	luaL_argcheck(L, by_count <= BY_AT_MOST, 2, "too many columns");
	for (size_t i = 0; i < by_count; i++)
		by[i] = check_column(L, (int)i + 2, rows);
	size_t bytes = rows->count * sizeof(uint32_t);
	uint32_t *order = lua_newuserdatauv(L, bytes, 0), *ends = lua_newuserdatauv(L, bytes, 0);
	size_t count = columns_group(
		rows->table->columns, by, by_count, rows->list, rows->count, order, ends);
	lua_createtable(L, (int)count, 0);
	for (size_t i = 0; i < count; i++)
		append(L, order, i == 0 ? 0 : ends[i - 1], ends[i]);
	return 1;
}

/* (column of words) -> how many rows have each of them: a table by word */
static int l_tally(lua_State *L)
{
	const struct rows *rows = check_rows(L);
	size_t column = check_column(L, 2, rows),
	       words = columns_words(rows->table->columns, column);
	size_t *counts = lua_newuserdatauv(L, words * sizeof *counts, 0);
	memset(counts, 0, words * sizeof *counts);
	size_t count = gather(rows, column);
	luaL_argcheck(L, count == 0 || words > 0, 2, "must hold words");
	for (size_t i = 0; i < count; i++)
		counts[(size_t)rows->table->scratch[i]]++;
	lua_newtable(L);
	for (size_t i = 0; i < words; i++) {
		if (counts[i] == 0)
			continue;
		push_value(L, rows, column, (double)i);
		lua_pushinteger(L, (lua_Integer)counts[i]);
		lua_rawset(L, -3);
	}
	return 1;
}

struct columns **bind_push_columns(lua_State *L)
{
	static const luaL_Reg methods[] = {{"__gc", free_table}, {NULL, NULL}};
	struct table *table = bind_push_object(L, sizeof *table, "bench.columns", methods);
	return &table->columns;
}

void bind_push_rows(lua_State *L)
{
	static const luaL_Reg methods[] = {{"count", l_count}, {"first", l_first}, {"sum", l_sum},
		{"quantiles", l_quantiles}, {"where", l_where}, {"without", l_without},
		{"sorted", l_sorted}, {"cut", l_cut}, {"groups", l_groups}, {"tally", l_tally},
		{NULL, NULL}};
	struct table *table = lua_touserdata(L, -1);
	size_t count = columns_rows(table->columns);
	table->scratch = memory_resize(NULL, count, sizeof *table->scratch);
	bind_push_object(L, 0, ROWS_NAME, methods); /* for its metatable */
	lua_pop(L, 1);
	struct rows *all = push_rows(L, count);
	for (size_t i = 0; i < count; i++)
		all->list[i] = (uint32_t)i;
}
