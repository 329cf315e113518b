/* core.task: several things at once. The handle keeps the task's thread, hence its results. */
#include "script/task.h"

#include "base/memory.h"
#include "base/output.h"
#include "script/bind/bind.h"
#include "script/failure.h"
#include "script/limit.h"
#include "script/state.h"

#include <stdlib.h>

#define TASK_NAME "bench.task"

enum { USER_VALUE_THREAD = 1, USER_VALUE_TOLD };

struct handle {
	struct host *host;
	struct task_id id;
	lua_State *thread;
	bool running;
	int status;
	int count; /* results on top of the thread */
	bool seen; /* somebody joined it */
	char *failure;
	struct signal *told; /* of its failure; NULL for nobody */
	struct task_id *joiners;
	size_t joiner_count;
};

static struct handle *check_handle(lua_State *L)
{
	return luaL_checkudata(L, 1, TASK_NAME);
}

/* The results, in the joiner's coroutine; the handle is argument 1 of the join that waits. */
static int push_results(lua_State *L, void *context)
{
	struct handle *handle = context;
	handle->seen = true;
	lua_pushboolean(L, handle->status == LUA_OK);
	luaL_checkstack(L, handle->count + 1, "too many results");
	if (!lua_checkstack(handle->thread, handle->count))
		return luaL_error(L, "too many results");
	int first = lua_gettop(handle->thread) - handle->count + 1;
	for (int i = 0; i < handle->count; i++)
		lua_pushvalue(handle->thread, first + i);
	lua_xmove(handle->thread, L, handle->count);
	return handle->count + 1;
}

static void done(
	void *context, lua_State *thread, int status, int count, const struct error *failure)
{
	struct handle *handle = context;
	handle->running = false;
	handle->status = status;
	handle->count = status == LUA_OK ? count : 1;
	if (failure != NULL && status != LUA_YIELD)
		handle->failure = memory_text(failure->message);
	if (lua_gettop(thread) < handle->count)
		handle->count = lua_gettop(thread);
	for (size_t i = 0; i < handle->joiner_count; i++)
		task_wake(handle->host, handle->joiners[i], push_results, handle);
	if (handle->failure != NULL && handle->told != NULL)
		bind_signal_fail(handle->told);
}

/* An error that nobody asked about must not vanish. */
static int collect(lua_State *L)
{
	struct handle *handle = lua_touserdata(L, 1);
	if (handle->host != NULL && handle->running && handle->host->tasks != NULL)
		task_on_done(handle->host, handle->id, NULL, NULL);
	if (handle->failure != NULL && !handle->seen)
		output_format(OUTPUT_STDERR, "%s\n", handle->failure);
	free(handle->failure);
	free(handle->joiners);
	return 0;
}

static int l_spawn(lua_State *L)
{
	static const luaL_Reg methods[] = {{"__gc", collect}, {NULL, NULL}};
	struct host *host = host_of(L);
	luaL_checktype(L, 1, LUA_TFUNCTION);
	if (host->settings.loop == NULL)
		return luaL_error(L, "nothing can wait here");
	struct handle *handle = bind_push_object(L, sizeof *handle, TASK_NAME, methods);
	lua_insert(L, 1);
	handle->id = task_spawn(host, L, lua_gettop(L) - 2, "a task");
	handle->host = host;
	handle->thread = task_thread(host, handle->id);
	handle->running = true;
	task_on_done(host, handle->id, done, handle);
	lua_pushthread(handle->thread);
	lua_xmove(handle->thread, L, 1);
	lua_setiuservalue(L, 1, USER_VALUE_THREAD);
	return 1;
}

static int l_join(lua_State *L)
{
	struct handle *handle = check_handle(L);
	lua_settop(L, 1);
	if (!handle->running)
		return push_results(L, handle);
	task_check(L);
	handle->joiners =
		memory_resize(handle->joiners, handle->joiner_count + 1, sizeof *handle->joiners);
	handle->joiners[handle->joiner_count++] = task_current(L);
	return task_wait(L, NULL, NULL);
}

static int l_finish(lua_State *L)
{
	struct handle *handle = check_handle(L);
	if (handle->running)
		task_end(handle->host, handle->id);
	return 0;
}

static int l_tell(lua_State *L)
{
	struct handle *handle = check_handle(L);
	struct signal *signal = bind_check_signal(L, 2);
	lua_settop(L, 2);
	lua_setiuservalue(L, 1, USER_VALUE_TOLD);
	handle->told = signal;
	if (handle->failure != NULL)
		bind_signal_fail(signal);
	return 0;
}

static int l_failed(lua_State *L)
{
	lua_pushboolean(L, check_handle(L)->failure != NULL);
	return 1;
}

static int l_cancelled(lua_State *L)
{
	lua_pushboolean(L, task_ended(L));
	return 1;
}

static int l_can_wait(lua_State *L)
{
	lua_pushboolean(L, task_can_wait(L));
	return 1;
}

static int l_all_cancelled(lua_State *L)
{
	lua_pushboolean(L, task_all_ended(host_of(L)));
	return 1;
}

/* The results stand above the message handler. */
static int attempted(lua_State *L, int status, lua_KContext context)
{
	bool ok = status == LUA_OK || status == LUA_YIELD;
	(void)context;
	if (!ok && limit_is_raised(L, 2))
		limit_enter(&host_of(L)->limit, L);
	lua_pushboolean(L, ok);
	lua_replace(L, 1);
	return lua_gettop(L);
}

/* As Lua's own pcall: it catches the end of the script's time, too, and gives the caller time of
 * its own to pass it on. */
static int l_attempt(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TFUNCTION);
	failure_attempt(L);
	lua_pushcfunction(L, failure_catch);
	lua_insert(L, 1);
	int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, attempted);
	return attempted(L, status, 0);
}

/* Nothing catches the end of the time here, where it goes on, either. */
static int l_pass_on(lua_State *L)
{
	luaL_checkany(L, 1);
	const char *whose = luaL_optstring(L, 2, NULL);
	lua_pushvalue(L, 1);
	if (limit_is_raised(L, 1))
		host_of(L)->limit.expired = true;
	failure_pass_on(L, whose);
	return lua_error(L);
}

/* What attempt caught -> all that is known of it, as text. */
static int l_in_words(lua_State *L)
{
	struct error error = {0};
	luaL_checkany(L, 1);
	lua_settop(L, 1);
	failure_in_words(L, &error);
	lua_pushstring(L, error.message);
	return 1;
}

/* (text, what in_words said of it in another process): as if attempt had caught it here. */
static int l_remember(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TSTRING);
	const char *words = luaL_checkstring(L, 2);
	lua_pushvalue(L, 1);
	failure_remember(L, words);
	return 0;
}

static int l_own(lua_State *L)
{
	task_push_own(L);
	return 1;
}

/* The rest is for lib/bench/coroutine.lua. */

static int l_hold(lua_State *L)
{
	lua_pushboolean(L, task_hold(host_of(L), lua_toboolean(L, 1)));
	return 1;
}

static int l_is_wait(lua_State *L)
{
	lua_pushboolean(L, task_is_wait(L, 1));
	return 1;
}

static int l_expired(lua_State *L)
{
	lua_pushboolean(L, host_of(L)->limit.expired);
	return 1;
}

static int l_expire(lua_State *L)
{
	return limit_raise(L);
}

static int l_watch(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTHREAD);
	limit_watch_coroutine(lua_tothread(L, 1));
	return 0;
}

int bind_task(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"spawn", l_spawn},
		{"join", l_join},
		{"finish", l_finish},
		{"tell", l_tell},
		{"failed", l_failed},
		{"cancelled", l_cancelled},
		{"can_wait", l_can_wait},
		{"all_cancelled", l_all_cancelled},
		{"attempt", l_attempt},
		{"pass_on", l_pass_on},
		{"in_words", l_in_words},
		{"remember", l_remember},
		{"own", l_own},
		{"hold", l_hold},
		{"is_wait", l_is_wait},
		{"expired", l_expired},
		{"expire", l_expire},
		{"watch", l_watch},
		{NULL, NULL},
	};
	luaL_newlib(L, functions);
	task_push_wait(L);
	lua_setfield(L, -2, "wait");
	return 1;
}
