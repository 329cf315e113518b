#include "base/random.h"

#include "script/bind/bind.h"

static struct random *check_generator(lua_State *L)
{
	return luaL_checkudata(L, 1, "bench.random");
}

static int l_uniform(lua_State *L)
{
	lua_pushnumber(L, random_uniform(check_generator(L)));
	return 1;
}

static int l_below(lua_State *L)
{
	struct random *random = check_generator(L);
	lua_Integer bound = luaL_checkinteger(L, 2);
	luaL_argcheck(L, bound > 0, 2, "must be more than 0");
	lua_pushinteger(L, (lua_Integer)random_below(random, (uint64_t)bound));
	return 1;
}

static int l_normal(lua_State *L)
{
	lua_pushnumber(L, random_normal(check_generator(L)));
	return 1;
}

static int l_exponential(lua_State *L)
{
	lua_pushnumber(L, random_exponential(check_generator(L)));
	return 1;
}

static int l_new(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{"uniform", l_uniform},
		{"below", l_below},
		{"normal", l_normal},
		{"exponential", l_exponential},
		{NULL, NULL},
	};
	lua_Integer seed = luaL_checkinteger(L, 1);
	lua_Integer stream = luaL_optinteger(L, 2, 0);
	struct random *random = bind_push_object(L, sizeof *random, "bench.random", methods);
	random_seed(random, (uint64_t)seed, (uint64_t)stream);
	return 1;
}

static int l_fresh_seed(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)random_fresh_seed());
	return 1;
}

int bind_random(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"new", l_new}, {"fresh_seed", l_fresh_seed}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
