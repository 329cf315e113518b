#include "base/output.h"

#include "script/bind/bind.h"
#include "script/host.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* A command that asks nobody has it all from the database. */
static bool tells_what_is_kept(lua_State *L)
{
	const struct host_settings *settings = host_settings(host_of(L));
	return settings->trusted && settings->http == NULL;
}

/* (text) -> whether somebody still reads */
static int l_out(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	if (tells_what_is_kept(L))
		output_kept(text, size);
	else
		output_write(OUTPUT_STDOUT, text, size);
	lua_pushboolean(L, output_is_read(OUTPUT_STDOUT));
	return 1;
}

static int l_err(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	output_write(OUTPUT_STDERR, text, size);
	return 0;
}

static int l_is_full(lua_State *L)
{
	lua_pushboolean(L, output_is_full());
	return 1;
}

static int l_status(lua_State *L)
{
	output_status(luaL_checkstring(L, 1));
	return 0;
}

static int l_is_terminal(lua_State *L)
{
	static const char *const names[] = {"stdout", "stderr", "stdin", NULL};
	int which = luaL_checkoption(L, 1, "stdout", names);
	if (which == 2)
		lua_pushboolean(L, isatty(STDIN_FILENO));
	else
		lua_pushboolean(L, output_is_terminal(which == 1 ? OUTPUT_STDERR : OUTPUT_STDOUT));
	return 1;
}

/* What was typed on standard input: a line, nil while there is none, false at its end.
 * Never waits. */
static int l_answer(lua_State *L)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char line[256];
	if (poll(&input, 1, 0) <= 0) {
		lua_pushnil(L);
		return 1;
	}
	ssize_t size = read(STDIN_FILENO, line, sizeof line);
	if (size <= 0)
		lua_pushboolean(L, false);
	else
		lua_pushlstring(L, line, (size_t)size);
	return 1;
}

static int l_columns(lua_State *L)
{
	lua_pushinteger(L, output_columns());
	return 1;
}

static int l_colour(lua_State *L)
{
	const char *no_colour = getenv("NO_COLOR");
	bool allowed = no_colour == NULL || no_colour[0] == '\0';
	lua_pushboolean(L, allowed && output_takes_codes() && output_is_terminal(OUTPUT_STDOUT));
	return 1;
}

int bind_output(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"out", l_out},
		{"err", l_err},
		{"is_full", l_is_full},
		{"status", l_status},
		{"is_terminal", l_is_terminal},
		{"answer", l_answer},
		{"columns", l_columns},
		{"colour", l_colour},
		{NULL, NULL},
	};
	luaL_newlib(L, functions);
	return 1;
}
