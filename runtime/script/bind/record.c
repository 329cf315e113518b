/* core.record: rows of the run that goes on. Where nothing is kept (help, probe) a write does
 * nothing. */
#include "store/recorder.h"

#include "script/bind/bind.h"
#include "script/host.h"

#define VALUES_AT_MOST 32

static int l_write(lua_State *L)
{
	const char *statement = luaL_checkstring(L, 1);
	int count = lua_gettop(L) - 1;
	luaL_argcheck(L, count <= VALUES_AT_MOST, VALUES_AT_MOST + 2, "too many values");
	struct store_value values[VALUES_AT_MOST];
	for (int i = 0; i < count; i++)
		values[i] = bind_check_value(L, i + 2);
	struct recorder *recorder = host_settings(host_of(L))->recorder;
	if (recorder != NULL)
		recorder_write(recorder, statement, values, (size_t)count);
	return 0;
}

int bind_record(lua_State *L)
{
	static const luaL_Reg functions[] = {{"write", l_write}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
