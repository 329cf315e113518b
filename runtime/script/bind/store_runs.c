/* core.store: whole runs and the file that they are in; what is asked of it is in store.c. */
#include "store/store.h"

#include "script/bind/bind.h"
#include "script/failure.h"

static int l_summarise(lua_State *L)
{
	struct error error;
	if (!store_summarise(bind_store_of(L), luaL_checkinteger(L, 1), &error))
		return failure_raise(L, &error);
	return 0;
}

static int l_remove(lua_State *L)
{
	struct error error;
	if (!store_remove_run(bind_store_of(L), luaL_checkinteger(L, 1), &error))
		return bind_failure(L, error.message);
	lua_pushboolean(L, true);
	return 1;
}

/* (run) -> whether another process is making it */
static int l_goes_on(lua_State *L)
{
	struct error error;
	bool goes_on;
	if (!store_goes_on(bind_store_of(L), luaL_checkinteger(L, 1), &goes_on, &error))
		return failure_raise(L, &error);
	lua_pushboolean(L, goes_on);
	return 1;
}

static int do_to_file(lua_State *L, bool (*what)(struct store *, struct error *))
{
	struct error error;
	if (!what(bind_store_of(L), &error))
		return failure_raise(L, &error);
	return 0;
}

/* () : runs whose process is gone ended when they were last seen. */
static int l_mend(lua_State *L)
{
	return do_to_file(L, store_mend);
}

/* -> true | false, what is wrong */
static int l_check(lua_State *L)
{
	struct error error = {.code = ERROR_NONE};
	struct store *store = bind_store_of(L);
	struct buffer *report = bind_push_buffer(L, (size_t)1 << 20);
	bool ok = store_check(store, report, &error);
	lua_pushboolean(L, ok);
	if (ok)
		return 1;
	if (report->size > 0)
		lua_pushlstring(L, report->data, report->size);
	else
		lua_pushstring(L, error.message);
	return 2;
}

static int l_vacuum(lua_State *L)
{
	return do_to_file(L, store_vacuum);
}

static int l_seal(lua_State *L)
{
	return do_to_file(L, store_seal);
}

/* ([path]) */
static int l_half_made(lua_State *L)
{
	store_half_made(luaL_optstring(L, 1, NULL));
	return 0;
}

/* (path[, schema name]) */
static int l_attach(lua_State *L)
{
	struct error error;
	const char *name = luaL_optstring(L, 2, "other");
	if (!store_attach(bind_store_of(L), luaL_checkstring(L, 1), name, &error))
		return failure_raise(L, &error);
	return 0;
}

/* (path): attaches a run database as "other"; true | nil, message */
static int l_attach_runs(lua_State *L)
{
	struct error error;
	const char *path = luaL_checkstring(L, 1);
	if (!store_attach_runs(bind_store_of(L), path, &error))
		return bind_failure(L, error.message);
	lua_pushboolean(L, true);
	return 1;
}

/* What attach_runs attached. */
static int l_detach(lua_State *L)
{
	struct error error;
	const struct store_value name = store_text("other");
	if (!store_run(bind_store_of(L), "detach", &name, 1, &error))
		return failure_raise(L, &error);
	return 0;
}

/* (path) -> by how much the numbers of its runs lie higher here, or nil, message */
static int l_borrow(lua_State *L)
{
	struct error error;
	int64_t shift;
	if (!store_borrow(bind_store_of(L), luaL_checkstring(L, 1), &shift, &error))
		return bind_failure(L, error.message);
	lua_pushinteger(L, shift);
	return 1;
}

/* (run of the file attached as "other") -> its number here */
static int l_copy_run(lua_State *L)
{
	struct error error;
	int64_t number;
	if (!store_copy_run(bind_store_of(L), luaL_checkinteger(L, 1), &number, &error))
		return failure_raise(L, &error);
	lua_pushinteger(L, number);
	return 1;
}

/* (list of paths) -> list that lives as long as the value pushed */
static const char **check_paths(lua_State *L, int index, size_t *count)
{
	luaL_checktype(L, index, LUA_TTABLE);
	*count = (size_t)luaL_len(L, index);
	const char **paths = lua_newuserdatauv(L, (*count + 1) * sizeof *paths, 0);
	for (size_t i = 0; i < *count; i++) {
		lua_rawgeti(L, index, (lua_Integer)i + 1);
		paths[i] = luaL_checkstring(L, -1);
		lua_pop(L, 1);
	}
	return paths;
}

/* (paths of parts of a run[, the run]) -> its number. Without a run it is made. */
static int l_merge_parts(lua_State *L)
{
	struct error error;
	size_t count;
	const char **paths = check_paths(L, 1, &count);
	int64_t run = luaL_optinteger(L, 2, 0);
	luaL_argcheck(L, count > 0, 1, "no parts");
	struct store *store = bind_store_of(L);
	if ((run == 0 && !store_merge_begin(store, paths[0], &run, &error)) ||
		!store_merge_parts(store, run, paths, count, &error) ||
		!store_summarise(store, run, &error))
		return bind_failure(L, error.message);
	lua_pushinteger(L, run);
	return 1;
}

void bind_store_runs(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"summarise", l_summarise},
		{"remove", l_remove},
		{"goes_on", l_goes_on},
		{"mend", l_mend},
		{"check", l_check},
		{"vacuum", l_vacuum},
		{"seal", l_seal},
		{"half_made", l_half_made},
		{"attach", l_attach},
		{"attach_runs", l_attach_runs},
		{"detach", l_detach},
		{"borrow", l_borrow},
		{"copy_run", l_copy_run},
		{"merge_parts", l_merge_parts},
		{NULL, NULL},
	};
	luaL_setfuncs(L, functions, 0);
}
