/* core.record: rows of the run that goes on. Where nothing is kept (help, probe) a write does
 * nothing. */
#include "store/recorder.h"

#include "script/bind/bind.h"
#include "script/host.h"

#define VALUES_AT_MOST 32

static struct recorder *recorder_of(lua_State *L)
{
	return host_settings(host_of(L))->recorder;
}

static int l_write(lua_State *L)
{
	const char *statement = luaL_checkstring(L, 1);
	int count = lua_gettop(L) - 1;
	luaL_argcheck(L, count <= VALUES_AT_MOST, VALUES_AT_MOST + 2, "too many values");
	struct store_value values[VALUES_AT_MOST];
	for (int i = 0; i < count; i++)
		values[i] = bind_check_value(L, i + 2);
	if (recorder_of(L) != NULL)
		recorder_write(recorder_of(L), statement, values, (size_t)count);
	return 0;
}

static int l_run(lua_State *L)
{
	struct recorder *recorder = recorder_of(L);
	if (recorder == NULL)
		lua_pushnil(L);
	else
		lua_pushinteger(L, recorder_run_number(recorder));
	return 1;
}

static int l_uuid(lua_State *L)
{
	struct recorder *recorder = recorder_of(L);
	lua_pushstring(L, recorder != NULL ? recorder_uuid(recorder) : NULL);
	return 1;
}

static int l_flush(lua_State *L)
{
	struct error error;
	if (recorder_of(L) != NULL && !recorder_flush(recorder_of(L), &error))
		return bind_failure(L, error.message);
	lua_pushboolean(L, true);
	return 1;
}

int bind_record(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"write", l_write},
		{"run", l_run},
		{"uuid", l_uuid},
		{"flush", l_flush},
		{NULL, NULL},
	};
	luaL_newlib(L, functions);
	return 1;
}
