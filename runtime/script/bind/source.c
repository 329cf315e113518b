/* core.source: the scenario file, what lies beside it, and how a text becomes a function that sees only
 * the sandbox (lib/bench/sandbox.lua). */
#include "script/bind/bind.h"
#include "script/failure.h"
#include "script/folder.h"
#include "script/library.h"
#include "script/sandbox.h"
#include "script/state.h"

#include <string.h>

static const char *script_path(const struct host *host)
{
	const char *path = host->settings.script_path;
	return path != NULL ? path : "script";
}

/* "scripts/sky_blue.lua" is sky_blue. */
static void push_name(lua_State *L, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t size = strlen(name);
	if (size > 4 && strcmp(name + size - 4, ".lua") == 0)
		size -= 4;
	lua_pushlstring(L, name, size);
}

static int l_script(lua_State *L)
{
	const struct host *host = host_of(L);
	if (host->settings.script_text == NULL) {
		lua_pushnil(L);
		return 1;
	}
	lua_createtable(L, 0, 4);
	lua_pushlstring(L, host->settings.script_text, host->settings.script_size);
	lua_setfield(L, -2, "text");
	lua_pushstring(L, script_path(host));
	lua_setfield(L, -2, "path");
	push_name(L, script_path(host));
	lua_setfield(L, -2, "name");
	lua_pushboolean(L, host->settings.script_embedded);
	lua_setfield(L, -2, "embedded");
	return 1;
}

static int l_read(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1);
	if (strlen(path) != lua_rawlen(L, 1))
		return bind_failure(L, "a file name with a NUL byte in it");
	struct error error;
	struct buffer *text = bind_push_buffer(L, FOLDER_FILE_LIMIT);
	if (!folder_read(host_of(L), path, text, &error))
		return bind_failure(L, error.message);
	lua_pushlstring(L, buffer_string(text), text->size);
	return 1;
}

static int l_allow(lua_State *L)
{
	folder_allow(host_of(L), luaL_checkstring(L, 1));
	return 0;
}

static void push_environment(lua_State *L)
{
	lua_pushcfunction(L, library_require);
	lua_pushliteral(L, "bench.sandbox");
	lua_call(L, 1, 1);
	lua_getfield(L, -1, "environment");
	lua_remove(L, -2);
}

/* (text, chunk name[, environment]) */
static int l_load(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	const char *chunk = luaL_checkstring(L, 2);
	const char *problem = NULL;
	lua_settop(L, 3);
	const char *start = sandbox_script_text(text, size, &problem);
	if (start == NULL)
		return bind_failure(L, lua_pushfstring(L, "%s: %s", chunk, problem));
	const char *source = lua_pushfstring(L, "@%s", chunk);
	limit_know_source(&host_of(L)->limit, source);
	if (luaL_loadbufferx(L, start, size - (size_t)(start - text), source, "t") != LUA_OK) {
		lua_pushnil(L);
		lua_insert(L, -2);
		return 2;
	}
	if (lua_isnil(L, 3))
		push_environment(L);
	else
		lua_pushvalue(L, 3);
	lua_setupvalue(L, -2, 1);
	return 1;
}

/* "mine.lua:14: " of the nearest line of a script, "" without one. */
static int l_where(lua_State *L)
{
	char where[256];
	failure_where(L, where, sizeof where);
	lua_pushstring(L, where);
	return 1;
}

int bind_source(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"script", l_script},
		{"read", l_read},
		{"allow", l_allow},
		{"load", l_load},
		{"where", l_where},
		{NULL, NULL},
	};
	luaL_newlib(L, functions);
	return 1;
}
