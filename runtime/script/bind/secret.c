/* Handles of values that a script may use and never see: only core.http looks inside. */
#include "base/secret.h"
#include "base/secret_names.h"

#include "base/memory.h"
#include "script/bind/bind.h"

#include <stdlib.h>
#include <string.h>

#define SECRET_NAME "bench.secret"

struct secret {
	char *text;
};

const char *bind_secret_text(lua_State *L, int index)
{
	struct secret *secret = luaL_testudata(L, index, SECRET_NAME);
	return secret != NULL ? secret->text : NULL;
}

static int wipe(lua_State *L)
{
	struct secret *secret = lua_touserdata(L, 1);
	if (secret->text != NULL)
		explicit_bzero(secret->text, strlen(secret->text));
	free(secret->text);
	return 0;
}

static int to_text(lua_State *L)
{
	lua_pushliteral(L, "[secret]");
	return 1;
}

static void push_secret(lua_State *L, const char *value)
{
	static const luaL_Reg methods[] = {{"__gc", wipe}, {"__tostring", to_text}, {NULL, NULL}};
	struct secret *secret = bind_push_object(L, sizeof *secret, SECRET_NAME, methods);
	secret->text = memory_text(value);
}

static bool has_line_end(const char *value)
{
	return strpbrk(value, "\r\n") != NULL;
}

static int push_checked(lua_State *L, const char *name, const char *value)
{
	if (has_line_end(value))
		return bind_failure(L, lua_pushfstring(L, "%s has a line end in it", name));
	static const char *const refused =
		"%s cannot be kept secret: it is shorter than 4 bytes, or 16 MiB of others are "
		"kept";
	if (!secret_add(value))
		return bind_failure(L, lua_pushfstring(L, refused, name));
	push_secret(L, value);
	return 1;
}

static int l_environment(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1);
	const char *value = getenv(name);
	if (value == NULL || value[0] == '\0')
		return bind_failure(
			L, lua_pushfstring(L, "%s is not set in the environment", name));
	return push_checked(L, name, value);
}

static int l_literal(lua_State *L)
{
	size_t size;
	const char *value = luaL_checklstring(L, 1, &size);
	if (strlen(value) != size)
		return bind_failure(L, "the key has a NUL byte in it");
	return push_checked(L, "the key", value);
}

static int l_is(lua_State *L)
{
	lua_pushboolean(L, luaL_testudata(L, 1, SECRET_NAME) != NULL);
	return 1;
}

static int judge_name(lua_State *L, bool (*judge)(const char *name, size_t size))
{
	size_t size;
	const char *name = luaL_checklstring(L, 1, &size);
	lua_pushboolean(L, judge(name, size));
	return 1;
}

static int l_is_name(lua_State *L)
{
	return judge_name(L, secret_is_name);
}

static int l_is_field(lua_State *L)
{
	return judge_name(L, secret_is_field);
}

static int l_is_query_name(lua_State *L)
{
	return judge_name(L, secret_is_query_name);
}

int bind_secret(lua_State *L)
{
	static const luaL_Reg functions[] = {{"environment", l_environment}, {"literal", l_literal},
		{"is", l_is}, {"is_name", l_is_name}, {"is_field", l_is_field},
		{"is_query_name", l_is_query_name}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
