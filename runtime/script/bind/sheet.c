/* core.sheet: rows as CSV and JSON; core.store.text is the same for the rows of a query. */
#include "base/sheet.h"

#include "script/bind/bind.h"

const char *const bind_sheet_forms[] = {[SHEET_CSV] = "csv", [SHEET_JSON] = "json", NULL};

/* The value on top of the stack. */
static void add_value(lua_State *L, struct buffer *out, enum sheet_form form)
{
	size_t size;
	if (lua_isinteger(L, -1))
		sheet_add_integer(out, lua_tointeger(L, -1));
	else if (lua_type(L, -1) == LUA_TNUMBER)
		sheet_add_number(out, form, lua_tonumber(L, -1));
	else if (lua_isnil(L, -1))
		sheet_add_nothing(out, form);
	else if (lua_isboolean(L, -1))
		buffer_text(out, lua_toboolean(L, -1) ? "true" : "false");
	else {
		const char *text = luaL_checklstring(L, -1, &size);
		sheet_add_text(out, form, text, size);
	}
}

/* (form, names, row: { name = value }) -> one line of CSV or one object, without the end of its
 * line */
static int l_row(lua_State *L)
{
	enum sheet_form form = (enum sheet_form)luaL_checkoption(L, 1, NULL, bind_sheet_forms);
	luaL_checktype(L, 2, LUA_TTABLE);
	luaL_checktype(L, 3, LUA_TTABLE);
	size_t count = (size_t)lua_rawlen(L, 2);
	struct buffer *out = bind_push_buffer(L, BUFFER_UNLIMITED);
	for (size_t i = 0; i < count; i++) {
		lua_rawgeti(L, 2, (lua_Integer)i + 1);
		sheet_begin_cell(out, form, i, luaL_checkstring(L, -1));
		lua_gettable(L, 3);
		add_value(L, out, form);
		lua_pop(L, 1);
	}
	sheet_end_row(out, form, count);
	return bind_give_buffer(L, out);
}

/* (number) -> its text; nil for NaN and infinities */
static int l_number(lua_State *L)
{
	char text[DECIMAL_SIZE];
	luaL_checknumber(L, 1);
	if (lua_isinteger(L, 1))
		lua_pushfstring(L, "%I", (LUAI_UACINT)lua_tointeger(L, 1));
	else if (sheet_number(lua_tonumber(L, 1), text))
		lua_pushstring(L, text);
	else
		lua_pushnil(L);
	return 1;
}

int bind_sheet(lua_State *L)
{
	static const luaL_Reg functions[] = {{"row", l_row}, {"number", l_number}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
