/* core.records: the records of a file that the script may read, without the file in memory. */
#include "base/records.h"
#include "script/bind/bind.h"
#include "script/folder.h"
#include "script/state.h"

#include <string.h>

#define RECORDS_NAME "bench.records"

struct face {
	struct records *records;
	struct buffer text;
};

/* (number) -> text, line | nil (there are not so many) | nil, message, line */
static int l_read(lua_State *L)
{
	struct face *face = luaL_checkudata(L, 1, RECORDS_NAME);
	lua_Integer number = luaL_checkinteger(L, 2);
	int64_t line;
	struct error error;
	enum records_result result =
		records_read(face->records, number, &face->text, &line, &error);
	if (result == RECORDS_END) {
		lua_pushnil(L);
		return 1;
	}
	if (result == RECORDS_FAILED)
		bind_failure(L, error.message);
	else
		lua_pushlstring(L, buffer_string(&face->text), face->text.size);
	lua_pushinteger(L, line);
	return result == RECORDS_FAILED ? 3 : 2;
}

static int collect(lua_State *L)
{
	struct face *face = lua_touserdata(L, 1);
	records_close(face->records);
	buffer_free(&face->text);
	face->records = NULL;
	return 0;
}

/* (path, form) -> records | nil, message; forms as in base/records.h */
static int l_open(lua_State *L)
{
	static const char *const forms[] = {"lines", "quoted", "json", NULL};
	static const luaL_Reg methods[] = {{"read", l_read}, {"__gc", collect}, {NULL, NULL}};
	const char *path = luaL_checkstring(L, 1);
	int form = luaL_checkoption(L, 2, NULL, forms);
	if (strlen(path) != lua_rawlen(L, 1))
		return bind_failure(L, "a file name with a NUL byte in it");
	struct face *face = bind_push_object(L, sizeof *face, RECORDS_NAME, methods);
	buffer_init(&face->text, BUFFER_UNLIMITED);
	struct error error;
	int descriptor = folder_open(host_of(L), path, &error);
	if (descriptor < 0)
		return bind_failure(L, error.message);
	face->records = records_open(descriptor, (enum records_form)form, &error);
	if (face->records == NULL)
		return bind_failure(L, lua_pushfstring(L, "%s: %s", path, error.message));
	return 1;
}

int bind_records(lua_State *L)
{
	static const luaL_Reg functions[] = {{"open", l_open}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
