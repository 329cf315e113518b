/* For tests of the script host: a host on a loop of its own, and texts that run in its sandbox. */
#ifndef BENCH_UNIT_SCRIPTS_H
#define BENCH_UNIT_SCRIPTS_H

#include "unit.h"

#include "base/clock.h"
#include "script/host.h"
#include "script/library.h"
#include "script/task.h"

#include <lauxlib.h>

#include <stdlib.h>
#include <string.h>

#define SCRIPTS_PATIENCE_NS (300 * CLOCK_SECOND_NS)

struct scripts {
	struct loop *loop;
	struct host *host;
	struct loop_timer guard; /* no test waits for ever */
	bool ended, ok, timed_out;
	struct error failure;
	char result[4096]; /* the first result as text */
};

static inline void scripts_time_out(void *context)
{
	struct scripts *scripts = context;
	scripts->timed_out = true;
	loop_stop(scripts->loop);
}

static inline void scripts_open(struct scripts *scripts, struct host_settings settings)
{
	struct error error = {0};
	*scripts = (struct scripts){0};
	scripts->loop = loop_new(&error);
	if (scripts->loop == NULL)
		fail_msg("%s", error.message);
	settings.loop = scripts->loop;
	if (settings.origin_ns == 0)
		settings.origin_ns = clock_now_ns();
	scripts->host = host_new(&settings, &error);
	if (scripts->host == NULL)
		fail_msg("%s", error.message);
	scripts->guard = (struct loop_timer){.fn = scripts_time_out, .context = scripts};
}

static inline void scripts_close(struct scripts *scripts)
{
	host_free(scripts->host);
	loop_free(scripts->loop);
}

static inline void scripts_done(
	void *context, lua_State *thread, int status, int count, const struct error *failure)
{
	struct scripts *scripts = context;
	scripts->ended = true;
	scripts->ok = status == LUA_OK;
	if (failure != NULL)
		scripts->failure = *failure;
	const char *text = status == LUA_OK && count > 0 && lua_isstring(thread, -count)
				   ? lua_tostring(thread, -count)
				   : "";
	strncpy(scripts->result, text, sizeof scripts->result - 1);
	loop_stop(scripts->loop);
}

struct scripts_text {
	struct scripts *scripts;
	const char *text;
	size_t size;
	const char *chunk; /* NULL: trusted, with the globals of lib/ */
};

/* Leaves the function on the stack. */
static inline void scripts_push(lua_State *L, const struct scripts_text *text)
{
	if (text->chunk == NULL) {
		if (luaL_loadbufferx(L, text->text, text->size, "@trusted.lua", "t") != LUA_OK)
			lua_error(L);
		return;
	}
	lua_pushcfunction(L, library_require);
	lua_pushstring(L, "core.source");
	lua_call(L, 1, 1);
	lua_getfield(L, -1, "load");
	lua_pushlstring(L, text->text, text->size);
	lua_pushstring(L, text->chunk);
	lua_call(L, 2, 2);
	if (lua_isnil(L, -2))
		lua_error(L);
	lua_pop(L, 1);
}

static inline int scripts_start(lua_State *L)
{
	const struct scripts_text *text = lua_touserdata(L, 1);
	struct host *host = text->scripts->host;
	scripts_push(L, text);
	struct task_id id = task_spawn(host, L, 0, "test");
	task_on_done(host, id, scripts_done, text->scripts);
	return 0;
}

/* Runs it to its end; the loop stops then. False when it failed or did not load. */
static inline bool scripts_run_bytes(
	struct scripts *scripts, const char *text, size_t size, const char *chunk)
{
	struct scripts_text start = {scripts, text, size, chunk};
	lua_State *L = host_state(scripts->host);
	scripts->ended = scripts->ok = scripts->timed_out = false;
	scripts->failure = (struct error){0};
	lua_pushcfunction(L, scripts_start);
	lua_pushlightuserdata(L, &start);
	if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
		const char *message = lua_tostring(L, -1);
		error_set(&scripts->failure, ERROR_SCRIPT, "%s", message != NULL ? message : "?");
		lua_settop(L, 0);
		return false;
	}
	loop_timer_set(scripts->loop, &scripts->guard, clock_now_ns() + SCRIPTS_PATIENCE_NS);
	loop_run(scripts->loop);
	loop_timer_clear(scripts->loop, &scripts->guard);
	assert_false(scripts->timed_out);
	return scripts->ok;
}

/* In the sandbox, as mine.lua. */
static inline bool scripts_run(struct scripts *scripts, const char *text)
{
	return scripts_run_bytes(scripts, text, strlen(text), "mine.lua");
}

/* With the globals of lib/. */
static inline bool scripts_run_trusted(struct scripts *scripts, const char *text)
{
	return scripts_run_bytes(scripts, text, strlen(text), NULL);
}

static inline void scripts_expect(struct scripts *scripts, const char *text, const char *result)
{
	if (!scripts_run(scripts, text))
		fail_msg("%s\n%.300s", scripts->failure.message, text);
	assert_string_equal(scripts->result, result);
}

static inline void scripts_expect_trusted(
	struct scripts *scripts, const char *text, const char *result)
{
	if (!scripts_run_trusted(scripts, text))
		fail_msg("%s\n%.300s", scripts->failure.message, text);
	assert_string_equal(scripts->result, result);
}

/* The same, in a host that runs nothing else. */
static inline void scripts_expect_alone(
	struct host_settings settings, const char *text, const char *result)
{
	struct scripts scripts;
	scripts_open(&scripts, settings);
	scripts_expect_trusted(&scripts, text, result);
	scripts_close(&scripts);
}

/* It fails, and the message holds this part. */
static inline void scripts_refuse(struct scripts *scripts, const char *text, const char *part)
{
	if (scripts_run(scripts, text))
		fail_msg("should fail: %s", text);
	if (strstr(scripts->failure.message, part) == NULL)
		fail_msg("%s\nnot in: %s", part, scripts->failure.message);
}

#endif
