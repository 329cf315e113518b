#include "machine/facts.h"

#include "machine/sensors.h"
#include "script/bind/bind.h"
#include "script/host.h"

#include <math.h>

static int l_facts(lua_State *L)
{
	struct buffer *json = bind_push_buffer(L, (size_t)1 << 20);
	host_facts(json);
	return bind_give_buffer(L, json);
}

static int l_usage(lua_State *L)
{
	struct facts_usage usage;
	facts_usage(&usage);
	lua_createtable(L, 0, 3);
	bind_push_seconds(L, usage.cpu_ns);
	lua_setfield(L, -2, "cpu");
	bind_push_seconds(L, usage.waiting_ns);
	lua_setfield(L, -2, "waiting");
	lua_pushinteger(L, usage.rss_bytes);
	lua_setfield(L, -2, "rss");
	return 1;
}

static int l_descriptors(lua_State *L)
{
	facts_raise_descriptors();
	const struct facts_descriptors descriptors = facts_descriptors();
	lua_pushinteger(L, descriptors.limit);
	lua_pushinteger(L, descriptors.open);
	return 2;
}

/* ([clear]): with true the turns so far are forgotten afterwards */
static int l_loop_lag(lua_State *L)
{
	struct loop *loop = host_settings(host_of(L))->loop;
	struct loop_lag lag = {0};
	if (loop != NULL)
		lag = loop_lag(loop);
	if (loop != NULL && lua_toboolean(L, 1))
		loop_lag_clear(loop);
	lua_createtable(L, 0, 4);
	lua_pushinteger(L, (lua_Integer)lag.turns);
	lua_setfield(L, -2, "turns");
	bind_push_seconds(L, lag.p50_ns);
	lua_setfield(L, -2, "p50");
	bind_push_seconds(L, lag.p99_ns);
	lua_setfield(L, -2, "p99");
	bind_push_seconds(L, lag.max_ns);
	lua_setfield(L, -2, "max");
	return 1;
}

static int l_stamps(lua_State *L)
{
	lua_pushstring(L, host_settings(host_of(L))->kernel_stamps ? "kernel" : "clock");
	return 1;
}

/* of the hottest part, in degrees Celsius; nil where nothing tells it */
static int l_temperature(lua_State *L)
{
	double degrees;
	bind_push_number(L, sensors_hottest(SENSORS_ROOT, &degrees) ? degrees : NAN);
	return 1;
}

int bind_machine(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"facts", l_facts},
		{"usage", l_usage},
		{"descriptors", l_descriptors},
		{"loop_lag", l_loop_lag},
		{"stamps", l_stamps},
		{"temperature", l_temperature},
		{NULL, NULL},
	};
	luaL_newlib(L, functions);
	return 1;
}
