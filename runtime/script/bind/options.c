/* core.options: the JSON that cli/options wrote, as one table, flags by name on its top level. */
#include "script/bind/bind.h"
#include "script/host.h"

#include <string.h>

/* A null in the JSON is nothing in Lua. */
static void strip_nulls(lua_State *L)
{
	lua_pushnil(L);
	while (lua_next(L, -2) != 0) {
		if (lua_islightuserdata(L, -1)) {
			lua_pushvalue(L, -2);
			lua_pushnil(L);
			lua_rawset(L, -5);
		} else if (lua_istable(L, -1)) {
			luaL_checkstack(L, 6, NULL);
			strip_nulls(L);
		}
		lua_pop(L, 1);
	}
}

static int give_table(lua_State *L)
{
	lua_pushvalue(L, lua_upvalueindex(1));
	return 1;
}

/* Field `name` of the table on top becomes a function that gives it. */
static void make_function(lua_State *L, const char *name)
{
	lua_getfield(L, -1, name);
	lua_pushcclosure(L, give_table, 1);
	lua_setfield(L, -2, name);
}

static void spread_given(lua_State *L)
{
	if (lua_getfield(L, -1, "given") != LUA_TTABLE) {
		lua_pop(L, 1);
		return;
	}
	lua_pushnil(L);
	while (lua_next(L, -2) != 0) {
		lua_pushvalue(L, -2);
		lua_insert(L, -2);
		lua_rawset(L, -5);
	}
	lua_pop(L, 1);
}

int bind_options(lua_State *L)
{
	static const char nothing[] =
		"{\"arguments\":[],\"unknown\":[],\"given\":{},\"flags\":[],\"commands\":[]}";
	char message[256];
	const char *json = host_settings(host_of(L))->options_json;
	if (json == NULL)
		json = nothing;
	if (!bind_json_decode(L, json, strlen(json), false, message, sizeof message))
		return luaL_error(L, "the options are %s", message);
	strip_nulls(L);
	spread_given(L);
	make_function(L, "flags");
	make_function(L, "commands");
	lua_pushliteral(L, BENCH_VERSION);
	lua_setfield(L, -2, "bench_version");
	return 1;
}
