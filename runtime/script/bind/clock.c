#include "base/clock.h"

#include "base/units.h"
#include "script/bind/bind.h"
#include "script/host.h"
#include "script/task.h"

#include <math.h>

static int l_now(lua_State *L)
{
	lua_pushnumber(L, (double)(clock_now_ns() - host_settings(host_of(L))->origin_ns) / 1e9);
	return 1;
}

static int l_now_ns(lua_State *L)
{
	lua_pushinteger(L, clock_now_ns());
	return 1;
}

static int l_wall(lua_State *L)
{
	lua_pushnumber(L, (double)clock_wall_ns() / 1e9);
	return 1;
}

/* A double of today's date is exact to a quarter of a microsecond: the nearest whole one
 * was meant. */
static int l_utc(lua_State *L)
{
	char text[CLOCK_UTC_SIZE];
	int64_t wall = clock_wall_ns();
	if (!lua_isnoneornil(L, 1))
		wall = (bind_check_seconds(L, 1, "a time of day") + 500) / 1000 * 1000;
	clock_format_utc(wall, text);
	lua_pushstring(L, text);
	return 1;
}

struct sleep {
	struct loop_timer timer;
	struct host *host;
	struct task_id task;
};

static int push_true(lua_State *L, void *context)
{
	(void)context;
	lua_pushboolean(L, true);
	return 1;
}

static void slept(void *context)
{
	struct sleep *sleep = context;
	task_wake(sleep->host, sleep->task, push_true, NULL);
}

static void cancel_sleep(void *context)
{
	struct sleep *sleep = context;
	loop_timer_clear(host_settings(sleep->host)->loop, &sleep->timer);
}

/* The timer lives on the stack of the sleeping coroutine. */
static int sleep_to(lua_State *L, int64_t deadline_ns, bool punctual)
{
	task_check(L);
	struct sleep *sleep = lua_newuserdatauv(L, sizeof *sleep, 0);
	*sleep = (struct sleep){.host = host_of(L), .task = task_current(L)};
	sleep->timer.fn = slept;
	sleep->timer.context = sleep;
	sleep->timer.punctual = punctual;
	loop_timer_set(host_settings(sleep->host)->loop, &sleep->timer, deadline_ns);
	return task_wait(L, cancel_sleep, sleep);
}

static int l_sleep(lua_State *L)
{
	return sleep_to(L, clock_now_ns() + bind_check_seconds(L, 1, "a sleep"), false);
}

/* A moment of the run: many sleeps to planned moments add up no error. */
static int l_sleep_until(lua_State *L)
{
	int64_t at = bind_check_seconds(L, 1, "a moment of the run");
	return sleep_to(L, host_settings(host_of(L))->origin_ns + at, true);
}

static int l_duration(lua_State *L)
{
	if (lua_type(L, 1) == LUA_TNUMBER) {
		double seconds = lua_tonumber(L, 1);
		if (!(seconds >= 0) || isinf(seconds))
			return bind_failure(L, "a duration is a number of seconds, 0 or more");
		lua_pushnumber(L, seconds);
		return 1;
	}
	if (lua_type(L, 1) != LUA_TSTRING)
		return bind_failure(
			L, "a duration is a text like \"800ms\" or a number of seconds");
	struct error error;
	int64_t ns;
	if (!units_parse_duration(lua_tostring(L, 1), &ns, &error))
		return bind_failure(L, error.message);
	lua_pushnumber(L, (double)ns / 1e9);
	return 1;
}

int bind_clock(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"now", l_now},
		{"now_ns", l_now_ns},
		{"wall", l_wall},
		{"utc", l_utc},
		{"sleep", l_sleep},
		{"sleep_until", l_sleep_until},
		{"duration", l_duration},
		{NULL, NULL},
	};
	luaL_newlib(L, functions);
	return 1;
}
