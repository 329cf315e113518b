/* core.series: numbers that come one by one, and their statistics. They are kept outside of the
 * script's memory, 8 bytes each. */
#include "base/memory.h"
#include "base/quantile.h"
#include "base/stats.h"
#include "script/bind/bind.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SERIES_NAME "bench.series"

struct series {
	double *values;
	size_t count, capacity;
	bool sorted;
};

static struct series *check_series(lua_State *L)
{
	return luaL_checkudata(L, 1, SERIES_NAME);
}

void bind_series_add(lua_State *L, int index, double value)
{
	struct series *series = luaL_checkudata(L, index, SERIES_NAME);
	series->values = memory_grown(
		series->values, series->count, &series->capacity, sizeof *series->values);
	series->values[series->count++] = value;
	series->sorted = false;
}

static int l_add(lua_State *L)
{
	bind_series_add(L, 1, luaL_checknumber(L, 2));
	return 0;
}

static int l_count(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)check_series(L)->count);
	return 1;
}

static int l_mean(lua_State *L)
{
	const struct series *series = check_series(L);
	bind_push_number(L, series->count > 0 ? stats_mean(series->values, series->count) : NAN);
	return 1;
}

/* With n - 1. */
static int l_stddev(lua_State *L)
{
	const struct series *series = check_series(L);
	bind_push_number(
		L, series->count > 1 ? stats_deviation(series->values, series->count) : NAN);
	return 1;
}

static int l_quantile(lua_State *L)
{
	struct series *series = check_series(L);
	double p = luaL_checknumber(L, 2);
	luaL_argcheck(L, p >= 0 && p <= 1, 2, "must be between 0 and 1");
	if (series->count == 0) {
		lua_pushnil(L);
		return 1;
	}
	if (!series->sorted)
		quantile_sort(series->values, series->count);
	series->sorted = true;
	lua_pushnumber(L, quantile_linear(series->values, series->count, p));
	return 1;
}

static int collect(lua_State *L)
{
	struct series *series = lua_touserdata(L, 1);
	free(series->values);
	*series = (struct series){0};
	return 0;
}

static int l_new(lua_State *L)
{
	static const luaL_Reg methods[] = {{"add", l_add}, {"count", l_count}, {"mean", l_mean},
		{"stddev", l_stddev}, {"quantile", l_quantile}, {"__gc", collect}, {NULL, NULL}};
	bind_push_object(L, sizeof(struct series), SERIES_NAME, methods);
	return 1;
}

/* The series at `index` of the list at 2. It stays in that list. */
static struct series *series_of_list(lua_State *L, lua_Integer index)
{
	lua_rawgeti(L, 2, index);
	struct series *series = luaL_checkudata(L, -1, SERIES_NAME);
	lua_pop(L, 1);
	return series;
}

static bool write_series(FILE *file, struct series *series)
{
	size_t count = series->count;
	return fwrite(&count, sizeof count, 1, file) == 1 &&
	       (count == 0 || fwrite(series->values, sizeof(double), count, file) == count);
}

static size_t values_left(FILE *file)
{
	struct stat facts;
	off_t at = ftello(file);
	bool is_known = at >= 0 && fstat(fileno(file), &facts) == 0 && facts.st_size > at;
	return is_known ? (size_t)(facts.st_size - at) / sizeof(double) : 0;
}

static bool read_series(FILE *file, struct series *series)
{
	size_t count;
	if (fread(&count, sizeof count, 1, file) != 1)
		return false;
	if (count == 0)
		return true;
	if (count > values_left(file))
		return false;
	series->capacity = series->count + count;
	series->values = memory_resize(series->values, series->capacity, sizeof(double));
	if (fread(series->values + series->count, sizeof(double), count, file) != count)
		return false;
	series->count += count;
	series->sorted = false;
	return true;
}

/* (path, list of series) -> true | nil, message. Each of the list is checked before the file is
 * opened. */
static int pass_through(
	lua_State *L, const char *mode, bool (*act)(FILE *file, struct series *series))
{
	const char *path = luaL_checkstring(L, 1);
	lua_Integer count = luaL_len(L, 2);
	for (lua_Integer i = 1; i <= count; i++)
		series_of_list(L, i);
	errno = 0;
	FILE *file = fopen(path, mode);
	bool ok = file != NULL;
	for (lua_Integer i = 1; i <= count && ok; i++)
		ok = act(file, series_of_list(L, i));
	if (file != NULL && fclose(file) != 0)
		ok = false;
	if (!ok) {
		lua_pushnil(L);
		lua_pushfstring(
			L, "%s: %s", path, errno != 0 ? strerror(errno) : "it is cut short");
		return 2;
	}
	lua_pushboolean(L, true);
	return 1;
}

/* A file for another process of this machine. */
static int l_save(lua_State *L)
{
	return pass_through(L, "wbe", write_series);
}

/* Adds what as many were saved with. */
static int l_add_saved(lua_State *L)
{
	return pass_through(L, "rbe", read_series);
}

int bind_series(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"new", l_new}, {"save", l_save}, {"add_saved", l_add_saved}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
