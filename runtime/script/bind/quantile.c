#include "base/quantile.h"

#include "script/bind/bind.h"

#include <math.h>

static int l_linear(lua_State *L)
{
	size_t count;
	double p = luaL_checknumber(L, 2);
	luaL_argcheck(L, p >= 0 && p <= 1, 2, "must be between 0 and 1");
	double *values = bind_check_numbers(L, 1, &count);
	quantile_sort(values, count);
	bind_push_number(L, count > 0 ? quantile_linear(values, count, p) : NAN);
	return 1;
}

static int l_supported(lua_State *L)
{
	lua_Integer count = luaL_checkinteger(L, 1);
	lua_pushboolean(L, count > 0 && quantile_supported((size_t)count, luaL_checknumber(L, 2)));
	return 1;
}

int bind_quantile(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"linear", l_linear}, {"supported", l_supported}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
