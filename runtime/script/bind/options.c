/* core.options: the JSON that cli/options wrote, as one table, flags by name on its top level. */
#include "script/bind/bind.h"
#include "script/host.h"

#include <string.h>

int bind_options(lua_State *L)
{
	static const char nothing[] =
		"{\"arguments\":[],\"unknown\":[],\"run_flags\":[],\"commands\":[]}";
	char message[256];
	const char *json = host_settings(host_of(L))->options_json;
	if (json == NULL)
		json = nothing;
	if (!bind_json_decode(L, json, strlen(json), false, message, sizeof message))
		return luaL_error(L, "the options are %s", message);
	lua_pushliteral(L, BENCH_VERSION);
	lua_setfield(L, -2, "bench_version");
	return 1;
}
