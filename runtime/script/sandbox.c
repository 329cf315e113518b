#include "script/sandbox.h"

#include "base/text.h"
#include "script/library.h"

#include <lauxlib.h>
#include <lualib.h>

#include <string.h>

static const luaL_Reg harmless[] = {
	{LUA_GNAME, luaopen_base},
	{LUA_COLIBNAME, luaopen_coroutine},
	{LUA_TABLIBNAME, luaopen_table},
	{LUA_OSLIBNAME, luaopen_os},
	{LUA_STRLIBNAME, luaopen_string},
	{LUA_MATHLIBNAME, luaopen_math},
	{LUA_UTF8LIBNAME, luaopen_utf8},
	{LUA_DBLIBNAME, luaopen_debug},
	{NULL, NULL},
};

static void remove_fields(lua_State *L, const char *library, const char *const *names)
{
	lua_getglobal(L, library);
	for (; *names != NULL; names++) {
		lua_pushnil(L);
		lua_setfield(L, -2, *names);
	}
	lua_pop(L, 1);
}

static void remove_dangers(lua_State *L)
{
	static const char *const base[] = {"dofile", "loadfile", NULL};
	static const char *const os[] = {
		"execute", "exit", "remove", "rename", "tmpname", "setlocale", NULL};
	static const char *const string[] = {"dump", NULL};
	static const char *const debug[] = {"debug", "sethook", "setuservalue", "setcstacklimit",
		"upvaluejoin", "getregistry", NULL};
	remove_fields(L, LUA_GNAME, base);
	remove_fields(L, LUA_OSLIBNAME, os);
	remove_fields(L, LUA_STRLIBNAME, string);
	remove_fields(L, LUA_DBLIBNAME, debug);
}

/* Nobody reaches the methods of all strings: getmetatable("") gives false. */
static void hide_string_metatable(lua_State *L)
{
	lua_pushliteral(L, "");
	lua_getmetatable(L, -1);
	lua_pushboolean(L, false);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 2);
}

void sandbox_open(lua_State *L, bool trusted)
{
	for (const luaL_Reg *library = harmless; library->name != NULL; library++) {
		luaL_requiref(L, library->name, library->func, true);
		lua_pop(L, 1);
	}
	if (trusted) {
		luaL_requiref(L, LUA_IOLIBNAME, luaopen_io, true);
		lua_pop(L, 1);
	} else {
		remove_dangers(L);
	}
	hide_string_metatable(L);
	lua_pushcfunction(L, library_require);
	lua_setglobal(L, "require");
}

static bool begins_with(const char *text, size_t size, const char *start)
{
	return size >= strlen(start) && memcmp(text, start, strlen(start)) == 0;
}

/* Why this is no text that a run can carry with it, behind a byte order mark; NULL where it can. */
static const char *no_script(const char *text, size_t size)
{
	if (size > 0 && *text == LUA_SIGNATURE[0])
		return "this is bytecode; a scenario is Lua text";
	if (!text_is_utf8(text, size))
		return "this file is not valid UTF-8; save it as UTF-8";
	if (memchr(text, '\0', size) != NULL)
		return "a NUL byte is in this file, and in no text";
	return NULL;
}

const char *sandbox_script_text(const char *text, size_t size, const char **problem)
{
	if (text_is_utf16(text, size)) {
		*problem = "this file is UTF-16; save it as UTF-8";
		return NULL;
	}
	const char *end = text + size;
	if (begins_with(text, size, "\xEF\xBB\xBF"))
		text += 3;
	*problem = no_script(text, (size_t)(end - text));
	if (*problem != NULL)
		return NULL;
	if (text < end && *text == '#')
		while (text < end && *text != '\n' && *text != '\r')
			text++;
	return text;
}
