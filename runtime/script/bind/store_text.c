/* core.store.text: the rows of a query as CSV or JSON, without a table or a call of Lua for each.
 */
#include "base/sheet.h"
#include "script/bind/bind.h"
#include "script/failure.h"
#include "store/store.h"

#include <string.h>

#define PIECE ((size_t)64 << 10) /* bytes */

/* The rows of a query on their way to a function, as text. */
struct text {
	lua_State *L;
	struct buffer *out;
	enum sheet_form form;
	const char *between;
	size_t columns;
	bool any;    /* there is a row before the next one */
	bool enough; /* the function said false */
	bool failed; /* the error is on top of L */
};

static int give_text(lua_State *L)
{
	const struct buffer *out = lua_touserdata(L, 1);
	lua_pushlstring(L, buffer_string(out), out->size);
	lua_call(L, 1, 1);
	return 1;
}

/* To the function at index 5. */
static bool give(struct text *text)
{
	lua_State *L = text->L;
	lua_pushcfunction(L, give_text);
	lua_pushlightuserdata(L, text->out);
	lua_pushvalue(L, 5);
	text->failed = lua_pcall(L, 2, 1, 0) != LUA_OK;
	buffer_clear(text->out);
	if (text->failed)
		return false;
	text->enough = bind_is_false(L, -1);
	lua_pop(L, 1);
	return !text->enough;
}

/* CSV begins with the names. */
static bool add_names(void *context, const struct store_row *row)
{
	struct text *text = context;
	text->columns = row->count;
	text->any = text->form == SHEET_CSV && row->count > 0;
	for (size_t i = 0; i < row->count && text->any; i++) {
		sheet_begin_cell(text->out, text->form, i, row->columns[i]);
		sheet_add_text(text->out, text->form, row->columns[i], strlen(row->columns[i]));
	}
	return true;
}

static void add_value(struct buffer *out, enum sheet_form form, const struct store_value *value)
{
	switch (value->type) {
	case STORE_INTEGER:
		sheet_add_integer(out, value->integer);
		break;
	case STORE_REAL:
		sheet_add_number(out, form, value->real);
		break;
	case STORE_TEXT:
		sheet_add_text(out, form, value->text, value->size);
		break;
	case STORE_NULL:
		sheet_add_nothing(out, form);
		break;
	}
}

static bool add_row(void *context, const struct store_row *row)
{
	struct text *text = context;
	if (text->any)
		buffer_text(text->out, text->between);
	text->any = true;
	for (size_t i = 0; i < row->count; i++) {
		sheet_begin_cell(text->out, text->form, i, row->columns[i]);
		add_value(text->out, text->form, &row->values[i]);
	}
	sheet_end_row(text->out, text->form, row->count);
	return text->out->size < PIECE || give(text);
}

/* (sql, parameters, form, between, function(piece)) -> how many columns it has. The rows as text,
 * in pieces: csv with the names before them, or json; `between` stands between two of them. What
 * fails in its first rows has given nothing; false from the function ends it. */
static int l_text(lua_State *L)
{
	const char *sql = luaL_checkstring(L, 1);
	struct text text = {.L = L,
		.form = (enum sheet_form)luaL_checkoption(L, 3, NULL, bind_sheet_forms),
		.between = luaL_checkstring(L, 4)};
	luaL_checktype(L, 5, LUA_TFUNCTION);
	lua_settop(L, 5);
	struct store_value values[BIND_PARAMETERS];
	size_t count = bind_check_listed_values(L, values);
	text.out = bind_push_buffer(L, BUFFER_UNLIMITED);
	const struct store_question question = {.values = values,
		.count = count,
		.columns = add_names,
		.row = add_row,
		.context = &text};
	struct error error = {.code = ERROR_NONE};
	bool ok = store_query(bind_store_of(L), sql, &question, &error);
	if (ok && text.out->size > 0)
		give(&text);
	if (text.failed)
		return lua_error(L);
	if (!ok)
		return failure_raise(L, &error);
	lua_pushinteger(L, (lua_Integer)text.columns);
	return 1;
}

void bind_store_text(lua_State *L)
{
	lua_pushcfunction(L, l_text);
	lua_setfield(L, -2, "text");
}
