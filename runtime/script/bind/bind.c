#include "script/bind/bind.h"

#include "net/exchange.h"
#include "script/failure.h"
#include "store/store.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int bind_failure(lua_State *L, const char *message)
{
	lua_pushnil(L);
	lua_pushstring(L, message);
	return 2;
}

int bind_misuse(lua_State *L, const char *format, ...)
{
	char where[256], message[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	failure_where(L, where, sizeof where);
	lua_pushfstring(L, "%s%s", where, message);
	return lua_error(L);
}

void bind_push_number(lua_State *L, double number)
{
	if (isnan(number))
		lua_pushnil(L);
	else
		lua_pushnumber(L, number);
}

void bind_push_seconds(lua_State *L, int64_t ns)
{
	if (ns == EXCHANGE_NONE)
		lua_pushnil(L);
	else
		lua_pushnumber(L, (double)ns / 1e9);
}

void bind_push_count(lua_State *L, int64_t count)
{
	if (count == EXCHANGE_NONE)
		lua_pushnil(L);
	else
		lua_pushinteger(L, count);
}

int64_t bind_check_seconds(lua_State *L, int index, const char *what)
{
	int is_number = 0;
	double seconds =
		lua_type(L, index) == LUA_TNUMBER ? lua_tonumberx(L, index, &is_number) : 0;
	if (!is_number || !(seconds >= 0) || isinf(seconds))
		bind_misuse(L, "%s must be a number of seconds, 0 or more", what);
	double ns = rint(seconds * 1e9);
	return ns < 4e18 ? (int64_t)ns : INT64_C(4000000000000000000);
}

const char *bind_text_field(lua_State *L, int table, const char *name)
{
	int type = lua_getfield(L, table, name);
	if (type != LUA_TNIL && type != LUA_TSTRING)
		luaL_error(L, "%s must be a text", name);
	const char *text = lua_tostring(L, -1);
	lua_pop(L, 1);
	return text;
}

int64_t bind_seconds_field(lua_State *L, int table, const char *name)
{
	int64_t ns = EXCHANGE_NONE;
	if (lua_getfield(L, table, name) != LUA_TNIL)
		ns = bind_check_seconds(L, lua_gettop(L), name);
	lua_pop(L, 1);
	return ns;
}

int64_t bind_integer_field(lua_State *L, int table, const char *name, int64_t otherwise)
{
	lua_getfield(L, table, name);
	int64_t value = luaL_optinteger(L, -1, otherwise);
	lua_pop(L, 1);
	return value;
}

bool bind_flag_field(lua_State *L, int table, const char *name)
{
	lua_getfield(L, table, name);
	bool value = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return value;
}

bool bind_is_false(lua_State *L, int index)
{
	return lua_isboolean(L, index) && !lua_toboolean(L, index);
}

double *bind_check_numbers(lua_State *L, int index, size_t *count)
{
	luaL_checktype(L, index, LUA_TTABLE);
	*count = (size_t)lua_rawlen(L, index);
	double *values = lua_newuserdatauv(L, (*count + 1) * sizeof *values, 0);
	for (size_t i = 0; i < *count; i++) {
		lua_rawgeti(L, index, (lua_Integer)i + 1);
		values[i] = luaL_checknumber(L, -1);
		lua_pop(L, 1);
	}
	return values;
}

static int free_buffer(lua_State *L)
{
	buffer_free(lua_touserdata(L, 1));
	return 0;
}

struct buffer *bind_push_buffer(lua_State *L, size_t limit)
{
	static const luaL_Reg methods[] = {{"__gc", free_buffer}, {NULL, NULL}};
	struct buffer *buffer = bind_push_object(L, sizeof *buffer, "bench.buffer", methods);
	buffer_init(buffer, limit);
	return buffer;
}

int bind_give_buffer(lua_State *L, struct buffer *buffer)
{
	lua_pushlstring(L, buffer_string(buffer), buffer->size);
	buffer_free(buffer);
	return 1;
}

static void fill_metatable(lua_State *L, const char *name, const luaL_Reg *methods)
{
	lua_newtable(L);
	for (const luaL_Reg *method = methods; method->name != NULL; method++) {
		bool meta = strncmp(method->name, "__", 2) == 0;
		if (meta)
			lua_pushvalue(L, -1);
		lua_pushcclosure(L, method->func, meta);
		lua_setfield(L, meta ? -3 : -2, method->name);
	}
	if (lua_getfield(L, -2, "__index") == LUA_TNIL) {
		lua_pushvalue(L, -2);
		lua_setfield(L, -4, "__index");
	}
	lua_pop(L, 2);
	lua_pushstring(L, name);
	lua_setfield(L, -2, "__metatable");
}

/* The metatable is complete before the object can be seen: its __gc meets zeroed memory
 * at worst. */
void *bind_push_object(lua_State *L, size_t size, const char *name, const luaL_Reg *methods)
{
	void *object = lua_newuserdatauv(L, size, 2);
	memset(object, 0, size);
	if (luaL_getmetatable(L, name) != LUA_TTABLE) {
		lua_pop(L, 1);
		lua_newtable(L);
		fill_metatable(L, name, methods);
		lua_pushstring(L, name);
		lua_setfield(L, -2, "__name");
		lua_pushvalue(L, -1);
		lua_setfield(L, LUA_REGISTRYINDEX, name);
	}
	lua_setmetatable(L, -2);
	return object;
}

struct store_value bind_check_value(lua_State *L, int index)
{
	size_t size;
	const char *text;
	switch (lua_type(L, index)) {
	case LUA_TNIL:
	case LUA_TNONE:
		return store_null();
	case LUA_TBOOLEAN:
		return store_integer(lua_toboolean(L, index));
	case LUA_TNUMBER:
		if (lua_isinteger(L, index))
			return store_integer(lua_tointeger(L, index));
		return store_real(lua_tonumber(L, index));
	case LUA_TSTRING:
		text = lua_tolstring(L, index, &size);
		return store_bytes(text, size);
	default:
		luaL_error(L, "a %s cannot be kept in the database", luaL_typename(L, index));
		return store_null();
	}
}
