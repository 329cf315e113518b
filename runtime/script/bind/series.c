/* core.series: numbers that come one by one, and their statistics. They are kept outside of the
 * script's memory, 8 bytes each. */
#include "base/memory.h"
#include "base/quantile.h"
#include "script/bind/bind.h"

#include <math.h>
#include <stdlib.h>

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

static int l_add(lua_State *L)
{
	struct series *series = check_series(L);
	double value = luaL_checknumber(L, 2);
	if (series->count == series->capacity) {
		series->capacity = series->capacity == 0 ? 16 : 2 * series->capacity;
		series->values = memory_resize(series->values, series->capacity, sizeof(double));
	}
	series->values[series->count++] = value;
	series->sorted = false;
	return 0;
}

static int l_count(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)check_series(L)->count);
	return 1;
}

static double mean_of(const struct series *series)
{
	double mean = 0;
	for (size_t i = 0; i < series->count; i++)
		mean += (series->values[i] - mean) / (double)(i + 1);
	return mean;
}

static int l_mean(lua_State *L)
{
	const struct series *series = check_series(L);
	if (series->count == 0)
		lua_pushnil(L);
	else
		lua_pushnumber(L, mean_of(series));
	return 1;
}

/* With n - 1. */
static int l_stddev(lua_State *L)
{
	const struct series *series = check_series(L);
	double mean = mean_of(series), squares = 0;
	for (size_t i = 0; i < series->count; i++)
		squares += (series->values[i] - mean) * (series->values[i] - mean);
	if (series->count < 2)
		lua_pushnil(L);
	else
		lua_pushnumber(L, sqrt(squares / (double)(series->count - 1)));
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

int bind_series(lua_State *L)
{
	static const luaL_Reg functions[] = {{"new", l_new}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
