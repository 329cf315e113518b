#include "script/library.h"

#include "embedded.h"
#include "script/bind/bind.h"
#include "script/failure.h"
#include "script/host.h"

#include <lauxlib.h>

#include <stdio.h>
#include <string.h>

struct module {
	const char *name;
	lua_CFunction open;
	bool trusted; /* not beside a scenario */
};

static const struct module modules[] = {
	{"core.clock", bind_clock, false},
	{"core.embedded", bind_embedded, false},
	{"core.extract", bind_extract, false},
	{"core.http", bind_http, false},
	{"core.json", bind_json, false},
	{"core.limit", bind_limit, false},
	{"core.machine", bind_machine, false},
	{"core.options", bind_options, false},
	{"core.output", bind_output, false},
	{"core.quantile", bind_quantile, false},
	{"core.random", bind_random, false},
	{"core.record", bind_record, false},
	{"core.records", bind_records, false},
	{"core.secret", bind_secret, false},
	{"core.series", bind_series, false},
	{"core.sheet", bind_sheet, false},
	{"core.signal", bind_signal, false},
	{"core.sim", bind_sim, false},
	{"core.source", bind_source, false},
	{"core.stats", bind_stats, false},
	{"core.store", bind_store, true},
	{"core.task", bind_task, false},
	{"core.text", bind_text, false},
	{"core.worker", bind_worker, false},
};

static lua_CFunction find_module(lua_State *L, const char *name)
{
	for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
		if (strcmp(modules[i].name, name) != 0)
			continue;
		if (modules[i].trusted && !host_settings(host_of(L))->trusted)
			luaL_error(L, "module '%s' is not there beside a scenario", name);
		return modules[i].open;
	}
	return NULL;
}

/* "bench.json" to "lib/bench/json.lua". */
static const struct embedded_file *find_file(const char *name)
{
	char path[256];
	int size = snprintf(path, sizeof path, "lib/%s.lua", name);
	if (size < 0 || (size_t)size >= sizeof path)
		return NULL;
	for (char *at = path; at < path + size - 4; at++)
		if (*at == '.')
			*at = '/';
	return embedded_find(path);
}

static void push_module(lua_State *L, const char *name)
{
	lua_CFunction open = find_module(L, name);
	if (open != NULL) {
		lua_pushcfunction(L, open);
		lua_call(L, 0, 1);
		return;
	}
	const struct embedded_file *file = find_file(name);
	if (file == NULL) {
		luaL_error(L, "module '%s' not found", name);
		return;
	}
	lua_pushfstring(L, FAILURE_OUR_CHUNK "%s", file->path); /* where it is text: $BENCH_LIB */
	if (luaL_loadbufferx(L, file->data, file->size, lua_tostring(L, -1), "bt") != LUA_OK)
		lua_error(L);
	lua_remove(L, -2);
	lua_pushstring(L, name);
	lua_call(L, 1, 1);
}

int library_require(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1);
	lua_settop(L, 1);
	lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
	switch (lua_getfield(L, 2, name)) {
	case LUA_TNIL:
		break;
	case LUA_TBOOLEAN:
		return luaL_error(L, "module '%s' needs itself, or failed before", name);
	default:
		return 1;
	}
	lua_pushboolean(L, false);
	lua_setfield(L, 2, name);
	push_module(L, name);
	lua_pushvalue(L, -1);
	lua_setfield(L, 2, name);
	return 1;
}

void library_push(lua_State *L, const char *module)
{
	lua_pushcfunction(L, library_require);
	lua_pushstring(L, module);
	lua_call(L, 1, 1);
}

void library_push_function(lua_State *L, const char *module, const char *function)
{
	library_push(L, module);
	if (!lua_istable(L, -1) || lua_getfield(L, -1, function) != LUA_TFUNCTION)
		luaL_error(L, "module '%s' has no function '%s'", module, function);
	lua_remove(L, -2);
}
