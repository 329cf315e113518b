#include "base/stats.h"
#include "base/verdict.h"

#include "script/bind/bind.h"

#include <math.h>

/* The list at index as an array on the stack; *count gets its length. */
static double *check_list(lua_State *L, int index, size_t *count)
{
	double *values = bind_check_numbers(L, index, count);
	for (size_t i = 0; i < *count; i++)
		luaL_argcheck(L, isfinite(values[i]), index, "must hold finite numbers");
	return values;
}

static double check_field(lua_State *L, int index, const char *name)
{
	lua_getfield(L, index, name);
	double value = luaL_optnumber(L, -1, 0);
	lua_pop(L, 1);
	luaL_argcheck(L, value >= 0 && isfinite(value), index, "margin and floor are 0 or more");
	return value;
}

/* What no number can be is nil. */
static void set_number(lua_State *L, const char *name, double value)
{
	if (!isfinite(value))
		return;
	lua_pushnumber(L, value);
	lua_setfield(L, -2, name);
}

static int push_verdict(lua_State *L, const struct verdict_result *result)
{
	lua_createtable(L, 0, 10);
	lua_pushstring(L, verdict_name(result->verdict));
	lua_setfield(L, -2, "verdict");
	set_number(L, "ratio", result->ratio);
	set_number(L, "low", result->interval.low);
	set_number(L, "high", result->interval.high);
	set_number(L, "p", result->p);
	set_number(L, "base_drift", result->base_drift);
	set_number(L, "new_drift", result->new_drift);
	lua_pushboolean(L, result->ranked);
	lua_setfield(L, -2, "ranked");
	lua_pushboolean(L, result->equals);
	lua_setfield(L, -2, "equals");
	lua_pushboolean(L, result->doubted);
	lua_setfield(L, -2, "doubted");
	if (result->needed > 0) {
		lua_pushinteger(L, (lua_Integer)result->needed);
		lua_setfield(L, -2, "needed");
	}
	return 1;
}

static struct verdict_settings check_settings(lua_State *L, int index)
{
	luaL_checktype(L, index, LUA_TTABLE);
	return (struct verdict_settings){
		.margin = check_field(L, index, "margin"), .floor = check_field(L, index, "floor")};
}

static int l_paired(lua_State *L)
{
	struct verdict_settings settings = check_settings(L, 3);
	size_t base_count, other_count;
	const double *base = check_list(L, 1, &base_count);
	const double *other = check_list(L, 2, &other_count);
	luaL_argcheck(L, base_count == other_count, 2, "must be as long as the first list");
	struct verdict_result result = verdict_paired(base, other, base_count, &settings);
	return push_verdict(L, &result);
}

static int l_sequential(lua_State *L)
{
	struct verdict_settings settings = check_settings(L, 3);
	size_t base_count, other_count;
	const double *base = check_list(L, 1, &base_count);
	const double *other = check_list(L, 2, &other_count);
	struct verdict_result result =
		verdict_sequential(base, base_count, other, other_count, &settings);
	return push_verdict(L, &result);
}

static int l_mann_whitney(lua_State *L)
{
	size_t a_count, b_count;
	const double *a = check_list(L, 1, &a_count);
	const double *b = check_list(L, 2, &b_count);
	luaL_argcheck(L, a_count > 0 && b_count > 0, 1, "both lists must hold something");
	struct stats_rank rank = stats_mann_whitney(a, a_count, b, b_count);
	lua_pushnumber(L, rank.p);
	lua_pushnumber(L, rank.u);
	lua_pushboolean(L, rank.exact);
	return 3;
}

static int l_median(lua_State *L)
{
	size_t count;
	const double *values = check_list(L, 1, &count);
	bind_push_number(L, count > 0 ? stats_median(values, count) : NAN);
	return 1;
}

static int l_change_points(lua_State *L)
{
	size_t count, most = 64, indices[64];
	lua_Integer shortest = luaL_optinteger(L, 2, 2);
	luaL_argcheck(L, shortest >= 1, 2, "must be 1 or more");
	const double *values = check_list(L, 1, &count);
	double drift;
	size_t found = stats_change_points(values, count, (size_t)shortest, indices, most, &drift);
	lua_createtable(L, (int)found, 0);
	for (size_t i = 0; i < found; i++) {
		lua_pushinteger(L, (lua_Integer)indices[i] + 1);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_pushnumber(L, drift);
	return 2;
}

static int l_trend(lua_State *L)
{
	size_t count;
	double slope = 0;
	const double *values = check_list(L, 1, &count);
	lua_pushnumber(L, count == 0 ? 1 : stats_trend(values, count, &slope));
	lua_pushnumber(L, slope);
	return 2;
}

/* (counts, hits, p) */
static int l_quantile_positions(lua_State *L)
{
	size_t blocks, hit_blocks;
	double p = luaL_checknumber(L, 3);
	luaL_argcheck(L, p > 0 && p < 1, 3, "must be between 0 and 1");
	const double *counts = check_list(L, 1, &blocks), *hits = check_list(L, 2, &hit_blocks);
	luaL_argcheck(L, blocks == hit_blocks, 2, "must be as long as the first list");
	struct stats_positions at = stats_quantile_blocks(hits, counts, blocks, p);
	if (at.needed > 0) {
		lua_pushnil(L);
		lua_pushinteger(L, (lua_Integer)at.needed);
		return 2;
	}
	lua_pushinteger(L, (lua_Integer)at.low + 1);
	lua_pushinteger(L, (lua_Integer)at.high + 1);
	return 2;
}

static struct stats_estimate check_estimate(lua_State *L, int index)
{
	struct stats_estimate estimate = {luaL_checknumber(L, index),
		{luaL_checknumber(L, index + 1), luaL_checknumber(L, index + 2)}};
	luaL_argcheck(L, estimate.interval.low > 0, index + 1, "must be above 0");
	return estimate;
}

/* (base, its low, its high, new, its low, its high) -> low, high of new / base */
static int l_quotient(lua_State *L)
{
	struct stats_estimate base = check_estimate(L, 1), other = check_estimate(L, 4);
	struct stats_interval quotient = stats_quotient(&base, &other);
	lua_pushnumber(L, quotient.low);
	lua_pushnumber(L, quotient.high);
	return 2;
}

static int l_holm(lua_State *L)
{
	size_t count;
	double *values = check_list(L, 1, &count);
	stats_holm(values, count);
	lua_createtable(L, (int)count, 0);
	for (size_t i = 0; i < count; i++) {
		lua_pushnumber(L, values[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

static size_t check_count(lua_State *L, int index, lua_Integer least)
{
	lua_Integer count = luaL_checkinteger(L, index);
	luaL_argcheck(L, count >= least, index, "counts are hits and, above zero, all");
	return (size_t)count;
}

/* (hits, count) -> low, high */
static int l_share(lua_State *L)
{
	size_t hits = check_count(L, 1, 0), count = check_count(L, 2, 1);
	luaL_argcheck(L, hits <= count, 1, "more hits than there were");
	struct stats_interval share = stats_share(hits, count);
	lua_pushnumber(L, share.low);
	lua_pushnumber(L, share.high);
	return 2;
}

/* (base hits, base count, new hits, new count) */
static int l_shares(lua_State *L)
{
	size_t base_count = check_count(L, 2, 1), other_count = check_count(L, 4, 1);
	size_t base_hits = check_count(L, 1, 0), other_hits = check_count(L, 3, 0);
	luaL_argcheck(L, base_hits <= base_count, 1, "more hits than there were");
	luaL_argcheck(L, other_hits <= other_count, 3, "more hits than there were");
	struct stats_shares shares = stats_shares(base_hits, base_count, other_hits, other_count);
	lua_createtable(L, 0, 4);
	set_number(L, "p", shares.p);
	set_number(L, "ratio", shares.ratio);
	set_number(L, "low", shares.interval.low);
	set_number(L, "high", shares.interval.high);
	return 1;
}

int bind_stats(lua_State *L)
{
	static const luaL_Reg functions[] = {{"paired", l_paired}, {"sequential", l_sequential},
		{"mann_whitney", l_mann_whitney}, {"median", l_median},
		{"change_points", l_change_points}, {"trend", l_trend},
		{"quantile_positions", l_quantile_positions}, {"quotient", l_quotient},
		{"holm", l_holm}, {"share", l_share}, {"shares", l_shares}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
