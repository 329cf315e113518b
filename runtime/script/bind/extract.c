/* core.extract: the places of a dialect, compiled once. */
#include "net/extract.h"

#include "base/memory.h"
#include "script/bind/bind.h"

#include <stdlib.h>
#include <string.h>

#define PLAN_NAME "bench.extract"

struct plan_box {
	struct bind_plan *shared;
};

struct bind_plan *bind_check_plan(lua_State *L, int index)
{
	struct plan_box *box = luaL_checkudata(L, index, PLAN_NAME);
	return box->shared;
}

void bind_plan_release(struct bind_plan *plan)
{
	if (plan == NULL || --plan->references > 0)
		return;
	extract_plan_free(plan->plan);
	free(plan->done_text);
	for (char **reason = plan->failed_finish; *reason != NULL; reason++)
		free(*reason);
	free(plan->failed_finish);
	free(plan);
}

static int collect(lua_State *L)
{
	struct plan_box *box = lua_touserdata(L, 1);
	bind_plan_release(box->shared);
	box->shared = NULL;
	return 0;
}

static enum extract_field check_field(lua_State *L, const char *name)
{
	static const char *const names[] = {
#define X(id, text) text,
		EXTRACT_FIELDS(X)
#undef X
	};
	for (int i = 0; i < EXTRACT_FIELD_COUNT; i++)
		if (name != NULL && strcmp(names[i], name) == 0)
			return (enum extract_field)i;
	luaL_error(L, "no field '%s' to extract", name != NULL ? name : "?");
	return EXTRACT_FIELD_COUNT;
}

/* The texts stay in the tables that the list at index 1 holds. */
static void read_place(lua_State *L, int index, struct extract_place *place)
{
	lua_rawgeti(L, 1, index);
	luaL_checktype(L, -1, LUA_TTABLE);
	lua_getfield(L, -1, "field");
	place->field = check_field(L, lua_tostring(L, -1));
	lua_getfield(L, -2, "path");
	if (lua_type(L, -1) != LUA_TSTRING)
		luaL_error(L, "place %d has no path", index);
	place->path = lua_tostring(L, -1);
	lua_getfield(L, -3, "scale");
	place->scale = luaL_optnumber(L, -1, 1);
	lua_pop(L, 4);
}

/* The list at index, or none. */
static char **read_reasons(lua_State *L, int index)
{
	size_t count = lua_istable(L, index) ? (size_t)lua_rawlen(L, index) : 0;
	char **reasons = memory_new((count + 1) * sizeof *reasons), **last = reasons;
	for (size_t i = 1; i <= count; i++) {
		if (lua_rawgeti(L, index, (lua_Integer)i) == LUA_TSTRING)
			*last++ = memory_text(lua_tostring(L, -1));
		lua_pop(L, 1);
	}
	return reasons;
}

static int l_compile(lua_State *L)
{
	static const luaL_Reg methods[] = {{"__gc", collect}, {NULL, NULL}};
	luaL_checktype(L, 1, LUA_TTABLE);
	const char *done_text = luaL_optstring(L, 2, NULL);
	lua_settop(L, 3);
	size_t count = (size_t)lua_rawlen(L, 1);
	struct extract_place *places = lua_newuserdatauv(L, (count + 1) * sizeof *places, 0);
	for (size_t i = 0; i < count; i++)
		read_place(L, (int)i + 1, &places[i]);
	struct plan_box *box = bind_push_object(L, sizeof *box, PLAN_NAME, methods);
	struct error error;
	struct extract_plan *plan = extract_compile(places, count, &error);
	if (plan == NULL)
		return bind_failure(L, error.message);
	box->shared = memory_new(sizeof *box->shared);
	*box->shared = (struct bind_plan){plan, memory_text(done_text), read_reasons(L, 3), 1};
	return 1;
}

int bind_extract(lua_State *L)
{
	static const luaL_Reg functions[] = {{"compile", l_compile}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
