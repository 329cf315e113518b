#include "script/host.h"

#include "base/memory.h"
#include "base/output.h"
#include "machine/facts.h"
#include "script/bind/bind.h"
#include "script/failure.h"
#include "script/folder.h"
#include "script/library.h"
#include "script/request.h"
#include "script/sandbox.h"
#include "script/state.h"
#include "script/task.h"

#include <inttypes.h>

#include <stdio.h>
#include <stdlib.h>

#define LEAST_MEMORY_MB 2           /* the libraries take half of it */
#define POOL_SIZE ((size_t)1 << 20) /* of which they take half */

static void *allocate(void *context, void *block, size_t old_size, size_t new_size)
{
	return pool_resize(context, block, old_size, new_size);
}

struct host *host_of(lua_State *L)
{
	return *(struct host **)lua_getextraspace(L);
}

lua_State *host_state(struct host *host)
{
	return host->L;
}

const struct host_settings *host_settings(const struct host *host)
{
	return &host->settings;
}

void host_facts(struct buffer *out)
{
	const struct facts_libraries libraries = {
		.curl = http_curl_version(),
		.lua = LUA_VERSION_MAJOR "." LUA_VERSION_MINOR "." LUA_VERSION_RELEASE,
		.sqlite = store_sqlite_version(),
	};
	facts_json(out, &libraries);
}

/* An error outside of every protected call is a defect of ours; Lua ends the process after this. */
static int panic(lua_State *L)
{
	const char *text = lua_tostring(L, -1);
	output_format(OUTPUT_STDERR, "bench: internal error in Lua: %s\n",
		text != NULL ? text : "(no text)");
	output_flush();
	return 0;
}

/* Beside a scenario the library itself must not catch what stops the script. */
static int open_state(lua_State *L)
{
	struct host *host = lua_touserdata(L, 1);
	sandbox_open(L, host->settings.trusted);
	if (host->settings.trusted)
		return 0;
	host->limit.main = L;
	library_push(L, "bench.coroutine");
	lua_pushnil(L);
	while (lua_next(L, -2) != 0)
		lua_setglobal(L, lua_tostring(L, -2));
	return 0;
}

static void set_limits(struct host *host, const struct host_settings *settings)
{
	host->limit.memory_limit = settings->memory_limit;
	host->limit.time_limit_ns = host->settings.time_limit_ns;
	host->limit.allocate = settings->allocate;
	host->limit.allocate_context = settings->allocate_context;
	if (settings->allocate != NULL)
		return;
	pool_init(&host->pool, POOL_SIZE);
	host->limit.allocate = allocate;
	host->limit.allocate_context = &host->pool;
}

static void explain_limit(const struct host_settings *settings, struct error *error)
{
	error_set(error, ERROR_USAGE,
		"a memory limit of %" PRIu64 " bytes is less than Lua and the libraries need: give "
		"--script-memory %dMB or more",
		settings->memory_limit, LEAST_MEMORY_MB);
}

struct host *host_new(const struct host_settings *settings, struct error *error)
{
	if (settings->memory_limit != 0 && settings->memory_limit < LEAST_MEMORY_MB * 1000000) {
		explain_limit(settings, error);
		return NULL;
	}
	struct host *host = memory_new(sizeof *host);
	host->settings = *settings;
	if (settings->trusted)
		host->settings.time_limit_ns = 0;
	set_limits(host, settings);
	host->L = lua_newstate(limit_allocate, &host->limit);
	if (host->L == NULL) {
		error_set(error, ERROR_SYSTEM, FAILURE_NO_MEMORY);
		pool_free(&host->pool);
		free(host);
		return NULL;
	}
	*(struct host **)lua_getextraspace(host->L) = host;
	lua_atpanic(host->L, panic);
	collector_take_over(host);
	tasks_new(host);
	requests_new(host);
	folder_new(host);
	if (failure_protect(host->L, open_state, host))
		return host;
	if (host->failure.code == ERROR_LIMIT)
		explain_limit(settings, error);
	else
		error_set(error, ERROR_SYSTEM, "%s", host->failure.message);
	host_free(host);
	return NULL;
}

void host_free(struct host *host)
{
	if (host == NULL)
		return;
	tasks_free(host);
	lua_close(host->L);
	host->L = NULL;
	requests_free(host);
	folder_free(host);
	bind_sim_free(host);
	bind_store_free(host);
	bind_worker_free(host);
	limit_free(&host->limit);
	pool_free(&host->pool);
	free(host);
}

/* What a call of a library's function needs. */
struct call {
	const char *module, *function;
	int64_t result;
	host_done_fn done;
	void *context; /* of done */
	struct error failure;
};

static int run_call(lua_State *L)
{
	struct call *call = lua_touserdata(L, 1);
	library_push_function(L, call->module, call->function);
	lua_call(L, 0, 1);
	call->result = lua_tointeger(L, -1);
	return 0;
}

bool host_call(struct host *host, const char *module, const char *function, int64_t *result,
	struct error *error)
{
	struct call call = {.module = module, .function = function};
	limit_enter(&host->limit, host->L);
	bool ok = failure_protect(host->L, run_call, &call);
	limit_leave(&host->limit);
	if (!ok)
		return error_set(error, host->failure.code, "%s", host->failure.message);
	if (result != NULL)
		*result = call.result;
	return true;
}

static int returned(lua_State *L, int status, lua_KContext context)
{
	(void)status;
	(void)context;
	return lua_gettop(L);
}

/* The body of a started task: (module, function). */
static int task_body(lua_State *L)
{
	library_push_function(L, lua_tostring(L, 1), lua_tostring(L, 2));
	lua_replace(L, 1);
	lua_settop(L, 1);
	lua_callk(L, 0, LUA_MULTRET, 0, returned);
	return returned(L, LUA_OK, 0);
}

static void started_done(
	void *context, lua_State *thread, int status, int count, const struct error *failure)
{
	struct call *call = context;
	int64_t result = status == LUA_OK && count > 0
				 ? lua_tointeger(thread, lua_gettop(thread) - count + 1)
				 : 0;
	call->done(call->context, result, failure);
	free(call);
}

static int start_task(lua_State *L)
{
	struct call *call = lua_touserdata(L, 1);
	struct host *host = host_of(L);
	lua_pushcfunction(L, task_body);
	lua_pushstring(L, call->module);
	lua_pushstring(L, call->function);
	struct task_id id = task_spawn(host, L, 2, call->function);
	task_on_done(host, id, started_done, call);
	return 0;
}

/* The start itself failed: said from the loop, like every other end. */
static void start_failed(void *context)
{
	struct call *call = context;
	call->done(call->context, 0, &call->failure);
	free(call);
}

void host_start(struct host *host, const char *module, const char *function, host_done_fn done,
	void *context)
{
	struct call *call = memory_new(sizeof *call);
	*call = (struct call){
		.module = module, .function = function, .done = done, .context = context};
	limit_enter(&host->limit, host->L);
	bool ok = failure_protect(host->L, start_task, call);
	limit_leave(&host->limit);
	if (ok)
		return;
	call->failure = host->failure;
	loop_defer(host->settings.loop, start_failed, call);
}

void host_last_line(const struct host *host, char *out, size_t size)
{
	const char *source = atomic_load(&host->limit.last_source);
	out[0] = '\0';
	if (source != NULL)
		snprintf(out, size, "%s:%d", source + 1, atomic_load(&host->limit.last_line));
}

void host_ask_line(struct host *host, char *out, size_t size)
{
	limit_ask_line(&host->limit);
	host_last_line(host, out, size);
}
