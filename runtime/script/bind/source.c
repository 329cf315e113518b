/* core.source: the scenario file, what lies beside it, and how a text becomes a function that sees
 * only the sandbox (lib/bench/sandbox.lua). */
#include "base/beside.h"
#include "base/input.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "script/bind/bind.h"
#include "script/failure.h"
#include "script/folder.h"
#include "script/globals.h"
#include "script/library.h"
#include "script/sandbox.h"
#include "script/state.h"

#include <string.h>

static const char *script_path(const struct host *host)
{
	const char *path = host->settings.script_path;
	return path != NULL ? path : "script";
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
	size_t size;
	const char *name = text_script_name(script_path(host), &size);
	lua_pushlstring(L, name, size);
	lua_setfield(L, -2, "name");
	lua_pushboolean(L, host->settings.script_foreign);
	lua_setfield(L, -2, "foreign");
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
	return bind_give_buffer(L, text);
}

/* (path, bytes) */
static int l_head(lua_State *L)
{
	static const lua_Integer most = 1 << 20;
	const char *path = luaL_checkstring(L, 1);
	lua_Integer size = luaL_checkinteger(L, 2);
	luaL_argcheck(L, size >= 0 && size <= most, 2, "at most 1 MiB");
	if (strlen(path) != lua_rawlen(L, 1))
		return bind_failure(L, "a file name with a NUL byte in it");
	struct error error;
	struct buffer *text = bind_push_buffer(L, (size_t)size);
	if (!folder_head(path, (size_t)size, text, &error))
		return bind_failure(L, error.message);
	return bind_give_buffer(L, text);
}

static int l_kind(lua_State *L)
{
	lua_pushstring(L, input_kind(luaL_checkstring(L, 1)));
	return 1;
}

/* ([path]) -> name, place; or nothing */
static int l_beside(lua_State *L)
{
	const char *path = luaL_optstring(L, 1, NULL);
	struct beside beside = beside_make(path);
	if (path != NULL && beside.name == NULL)
		interrupt_unblock(); /* a pipe waits for its reader, and nobody else can end that */
	if (beside.name == NULL)
		return 0;
	lua_pushstring(L, beside.name);
	lua_pushstring(L, beside.place);
	return 2;
}

static int l_input(lua_State *L)
{
	static const size_t most = (size_t)256 << 20;
	struct error error;
	struct buffer *text = bind_push_buffer(L, most);
	if (!input_read(luaL_checkstring(L, 1), text, &error))
		return bind_failure(L, error.message);
	return bind_give_buffer(L, text);
}

static int l_allow(lua_State *L)
{
	folder_allow(host_of(L), luaL_checkstring(L, 1));
	return 0;
}

/* The first use, by line, of a name that the sandbox does not have. */
struct unknown {
	lua_State *L;
	int environment; /* its stack index */
	int line;        /* 0: none yet */
	bool assigned;
	char name[128];
};

static void look_up(void *context, const char *name, size_t size, int line, bool assigned)
{
	struct unknown *unknown = context;
	if ((unknown->line != 0 && unknown->line <= line) || size >= sizeof unknown->name)
		return;
	lua_pushlstring(unknown->L, name, size);
	bool known = lua_rawget(unknown->L, unknown->environment) != LUA_TNIL;
	lua_pop(unknown->L, 1);
	if (known)
		return;
	unknown->line = line;
	unknown->assigned = assigned;
	memcpy(unknown->name, name, size);
	unknown->name[size] = '\0';
}

static int append_dump(lua_State *L, const void *data, size_t size, void *context)
{
	(void)L;
	return buffer_append(context, data, size) ? 0 : 1;
}

/* Pushes the complaint about a name that is not there; false, and nothing pushed, where all are. */
static bool push_complaint(lua_State *L, int function, int environment, const char *chunk)
{
	struct unknown unknown = {.L = L, .environment = environment};
	struct buffer *dump = bind_push_buffer(L, FOLDER_FILE_LIMIT);
	lua_pushvalue(L, function);
	if (lua_dump(L, append_dump, dump, false) == 0)
		globals_scan(buffer_string(dump), dump->size, look_up, &unknown);
	lua_pop(L, 2);
	if (unknown.line == 0)
		return false;
	lua_pushfstring(L, "%s:%d: ", chunk, unknown.line);
	library_push_function(L, "bench.sandbox", "complaint");
	lua_pushstring(L, unknown.name);
	lua_pushboolean(L, unknown.assigned);
	lua_call(L, 2, 1);
	lua_concat(L, 2);
	return true;
}

/* Sets the first upvalue of the function on top, its _ENV. */
static void set_environment(lua_State *L, int environment)
{
	lua_pushvalue(L, environment);
	lua_setupvalue(L, -2, 1);
}

/* (text, chunk name[, environment]). Names are looked up in the sandbox alone: another environment
 * may be filled later. */
static int l_load(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	const char *chunk = luaL_checkstring(L, 2);
	const char *problem = NULL;
	lua_settop(L, 3);
	bool sandboxed = lua_isnil(L, 3);
	if (sandboxed) {
		library_push(L, "bench.sandbox");
		lua_getfield(L, -1, "environment");
		lua_replace(L, 3);
		lua_pop(L, 1);
	}
	const char *start = sandbox_script_text(text, size, &problem);
	if (start == NULL)
		return bind_failure(L, lua_pushfstring(L, "%s: %s", chunk, problem));
	const char *source = lua_pushfstring(L, "@%s", chunk);
	limit_know_source(&host_of(L)->limit, source);
	if (luaL_loadbufferx(L, start, size - (size_t)(start - text), source, "t") != LUA_OK) {
		/* Of Lua's own stack: without a place. */
		if (strchr(lua_tostring(L, -1), ':') == NULL)
			lua_pushfstring(L, "%s: %s", chunk, lua_tostring(L, -1));
		lua_pushnil(L);
		lua_insert(L, -2);
		return 2;
	}
	set_environment(L, 3);
	if (!sandboxed || !push_complaint(L, lua_gettop(L), 3, chunk))
		return 1;
	return bind_failure(L, lua_tostring(L, -1));
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
		{"head", l_head},
		{"kind", l_kind},
		{"beside", l_beside},
		{"input", l_input},
		{"allow", l_allow},
		{"load", l_load},
		{"where", l_where},
		{"error", failure_of_script},
		{NULL, NULL},
	};
	luaL_newlib(L, functions);
	return 1;
}
