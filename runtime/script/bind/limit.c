/* core.limit: what a script may use. */
#include "script/limit.h"

#include "script/bind/bind.h"
#include "script/state.h"

/* (bytes): this much memory above the limit, instead of what it was until now */
static int l_extra(lua_State *L)
{
	lua_Integer bytes = luaL_checkinteger(L, 1);
	luaL_argcheck(L, bytes >= 0, 1, "must not be negative");
	host_of(L)->limit.memory_extra = (uint64_t)bytes;
	return 0;
}

int bind_limit(lua_State *L)
{
	static const luaL_Reg functions[] = {{"extra", l_extra}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
