#include "embedded.h"

#include "script/bind/bind.h"

#include <string.h>

static int l_text(lua_State *L)
{
	const struct embedded_file *file = embedded_find(luaL_checkstring(L, 1));
	if (file == NULL)
		lua_pushnil(L);
	else
		lua_pushlstring(L, file->data, file->size);
	return 1;
}

static int l_list(lua_State *L)
{
	const char *prefix = luaL_optstring(L, 1, "");
	lua_Integer count = 0;
	lua_newtable(L);
	for (const struct embedded_file *file = embedded_files; file->path != NULL; file++) {
		if (strncmp(file->path, prefix, strlen(prefix)) != 0)
			continue;
		lua_pushstring(L, file->path);
		lua_rawseti(L, -2, ++count);
	}
	return 1;
}

int bind_embedded(lua_State *L)
{
	static const luaL_Reg functions[] = {{"text", l_text}, {"list", l_list}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
