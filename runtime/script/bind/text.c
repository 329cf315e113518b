#include "base/text.h"

#include "script/bind/bind.h"

static int l_width(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	lua_pushinteger(L, (lua_Integer)text_width(text, size));
	return 1;
}

static int l_characters(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	lua_pushinteger(L, (lua_Integer)text_characters(text, size));
	return 1;
}

static int l_is_utf8(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	lua_pushboolean(L, text_is_utf8(text, size));
	return 1;
}

static int l_clean(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	if (text_is_utf8(text, size)) {
		lua_settop(L, 1);
		return 1;
	}
	struct buffer *clean = bind_push_buffer(L, BUFFER_UNLIMITED);
	text_append_utf8(clean, text, size);
	return bind_give_buffer(L, clean);
}

static int l_shown(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	struct buffer *shown = bind_push_buffer(L, BUFFER_UNLIMITED);
	text_append_shown(shown, text, size);
	return bind_give_buffer(L, shown);
}

static int l_quoted(lua_State *L)
{
	const char *word = luaL_checkstring(L, 1);
	struct buffer *quoted = bind_push_buffer(L, BUFFER_UNLIMITED);
	text_append_shell(quoted, word);
	return bind_give_buffer(L, quoted);
}

/* The words stay in their table, the array of pointers in a userdata. */
static int l_nearest(lua_State *L)
{
	const char *word = luaL_checkstring(L, 1);
	luaL_checktype(L, 2, LUA_TTABLE);
	size_t count = (size_t)lua_rawlen(L, 2);
	const char **words = lua_newuserdatauv(L, (count + 1) * sizeof *words, 0);
	size_t kept = 0;
	for (size_t i = 1; i <= count; i++) {
		if (lua_rawgeti(L, 2, (lua_Integer)i) == LUA_TSTRING)
			words[kept++] = lua_tostring(L, -1);
		lua_pop(L, 1);
	}
	words[kept] = NULL;
	lua_pushstring(L, text_nearest(word, words));
	return 1;
}

static int l_digest(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	char digest[TEXT_DIGEST_SIZE];
	text_digest(text, size, digest);
	lua_pushstring(L, digest);
	return 1;
}

int bind_text(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"width", l_width},
		{"characters", l_characters},
		{"is_utf8", l_is_utf8},
		{"clean", l_clean},
		{"shown", l_shown},
		{"quoted", l_quoted},
		{"nearest", l_nearest},
		{"digest", l_digest},
		{NULL, NULL},
	};
	luaL_newlib(L, functions);
	return 1;
}
