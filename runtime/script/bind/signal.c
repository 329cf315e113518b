/* core.signal: one task waits, for a moment or until others say that something happened. */
#include "script/bind/bind.h"
#include "script/host.h"
#include "script/task.h"

#define SIGNAL_NAME "bench.signal"

struct signal {
	struct loop_timer timer;
	struct host *host;
	struct task_id waiter;
	bool waiting;
	bool set;    /* said while nobody waited */
	bool failed; /* by a task that ended in an error, and not told yet */
};

struct signal *bind_check_signal(lua_State *L, int index)
{
	return luaL_checkudata(L, index, SIGNAL_NAME);
}

static int push_set(lua_State *L, void *context)
{
	struct signal *signal = context;
	lua_pushboolean(L, true);
	lua_pushboolean(L, signal->failed);
	signal->failed = false;
	return 2;
}

static int push_false(lua_State *L, void *context)
{
	(void)context;
	lua_pushboolean(L, false);
	return 1;
}

static void stop_waiting(void *context)
{
	struct signal *signal = context;
	signal->waiting = false;
	loop_timer_clear(host_settings(signal->host)->loop, &signal->timer);
}

static void in_time(void *context)
{
	struct signal *signal = context;
	signal->waiting = false;
	task_wake(signal->host, signal->waiter, push_false, NULL);
}

/* What was said before it waits counts once. True when there is nothing to wait for; else it waits,
 * until the moment in the second argument if there is one. */
static bool take(lua_State *L, struct signal *signal)
{
	const struct host_settings *settings = host_settings(signal->host);
	bool bounded = !lua_isnoneornil(L, 2);
	int64_t at = bounded ? bind_check_seconds(L, 2, "a moment of the run") : 0;
	if (signal->set) {
		signal->set = false;
		return true;
	}
	task_check(L);
	if (signal->waiting)
		luaL_error(L, "another task waits for this signal");
	signal->waiter = task_current(L);
	signal->waiting = true;
	if (bounded)
		loop_timer_set(settings->loop, &signal->timer, settings->origin_ns + at);
	return false;
}

static int l_wait(lua_State *L)
{
	struct signal *signal = bind_check_signal(L, 1);
	return take(L, signal) ? push_set(L, signal) : task_wait(L, stop_waiting, signal);
}

/* Nothing undoes it: a task that is being ended waits on. */
static int l_await(lua_State *L)
{
	struct signal *signal = bind_check_signal(L, 1);
	return take(L, signal) ? push_set(L, signal) : task_wait_stubborn(L, NULL, NULL);
}

static void set(struct signal *signal)
{
	if (!signal->waiting) {
		signal->set = true;
		return;
	}
	stop_waiting(signal);
	task_wake(signal->host, signal->waiter, push_set, signal);
}

void bind_signal_fail(struct signal *signal)
{
	signal->failed = true;
	set(signal);
}

static int l_set(lua_State *L)
{
	set(bind_check_signal(L, 1));
	return 0;
}

static int l_gc(lua_State *L)
{
	struct signal *signal = lua_touserdata(L, 1);
	if (signal->waiting)
		stop_waiting(signal);
	return 0;
}

static int l_new(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{"wait", l_wait}, {"await", l_await}, {"set", l_set}, {"__gc", l_gc}, {NULL, NULL}};
	struct signal *signal = bind_push_object(L, sizeof *signal, SIGNAL_NAME, methods);
	signal->host = host_of(L);
	signal->timer = (struct loop_timer){.fn = in_time, .context = signal};
	return 1;
}

int bind_signal(lua_State *L)
{
	static const luaL_Reg functions[] = {{"new", l_new}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
