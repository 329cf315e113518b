#include "script/resolve.h"

#include "base/memory.h"
#include "script/bind/bind.h"
#include "script/host.h"
#include "script/task.h"

#include <lauxlib.h>

#include <stdlib.h>

/* Shared by http, which will answer, and the wait, which may be over before. */
struct lookup {
	struct host *host; /* NULL: nobody waits any more */
	struct task_id task;
	char *addresses, *error;
	int64_t took_ns;
	bool answered;
};

static void free_lookup(struct lookup *lookup)
{
	free(lookup->addresses);
	free(lookup->error);
	free(lookup);
}

/* The lookup belongs to this userdata once it was answered. */
struct lookup_box {
	struct lookup *lookup;
};

static int collect(lua_State *L)
{
	struct lookup_box *box = lua_touserdata(L, 1);
	struct lookup *lookup = box->lookup;
	box->lookup = NULL;
	if (lookup == NULL)
		return 0;
	lookup->host = NULL;
	if (lookup->answered)
		free_lookup(lookup);
	return 0;
}

static int push_answer(lua_State *L, void *context)
{
	const struct lookup *lookup = context;
	if (lookup->error != NULL) {
		lua_pushnil(L);
		lua_pushstring(L, lookup->error);
		return 2;
	}
	lua_pushstring(L, lookup->addresses);
	lua_pushnumber(L, (double)lookup->took_ns / 1e9);
	return 2;
}

static void answered(void *context, const char *addresses, int64_t took_ns, const char *error)
{
	struct lookup *lookup = context;
	lookup->answered = true;
	if (lookup->host == NULL) {
		free_lookup(lookup);
		return;
	}
	lookup->addresses = memory_text(addresses);
	lookup->error = memory_text(error);
	lookup->took_ns = took_ns;
	task_wake(lookup->host, lookup->task, push_answer, lookup);
}

int resolve_name(lua_State *L)
{
	static const luaL_Reg methods[] = {{"__gc", collect}, {NULL, NULL}};
	const char *name = luaL_checkstring(L, 1);
	int port = (int)luaL_checkinteger(L, 2);
	struct host *host = host_of(L);
	if (host_settings(host)->http == NULL)
		return luaL_error(L, "there is no network here");
	task_check(L);
	struct lookup_box *box = bind_push_object(L, sizeof *box, "bench.lookup", methods);
	box->lookup = memory_new(sizeof *box->lookup);
	box->lookup->host = host;
	box->lookup->task = task_current(L);
	http_resolve(host_settings(host)->http, name, port, answered, box->lookup);
	return task_wait(L, NULL, NULL);
}
