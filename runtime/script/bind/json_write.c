/* JSON from Lua values, exact: keys sorted bytewise, whole numbers whole, doubles as short as they
 * read back the same, arrays that stay arrays. The same value is the same bytes on every machine.
 * lua-cjson writes the strings that need escapes. */
#include "script/bind/bind.h"

#include "base/sheet.h"
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_LIMIT ((size_t)64 << 20) /* bytes */
#define DEPTH_MOST 128

/* ---- texts and numbers ---- */

/* lua-cjson writes "\/" for "/": right, but not what people look for in a database. */
static void push_plain_slashes(lua_State *L, const char *text, size_t size)
{
	luaL_Buffer buffer;
	char *out = luaL_buffinitsize(L, &buffer, size);
	size_t length = 0;
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\\' && text[i + 1] == '/')
			continue;
		out[length++] = text[i];
		if (text[i] == '\\')
			out[length++] = text[++i];
	}
	luaL_pushresultsize(&buffer, length);
}

/* (text) -> the same in quotes; upvalue: lua-cjson's encode */
int bind_json_string(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	if (!text_is_utf8(text, size))
		return luaL_error(L, "text that is not UTF-8 cannot be JSON");
	if (size > TEXT_LIMIT)
		return luaL_error(L, "a text of more than 64 MiB");
	lua_settop(L, 1);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_pushvalue(L, 1);
	lua_call(L, 1, 1);
	const char *json = lua_tolstring(L, -1, &size);
	if (strstr(json, "\\/") != NULL)
		push_plain_slashes(L, json, size);
	return 1;
}

/* Finite, as is asked before. */
static void format_number(lua_State *L, int index, char out[DECIMAL_SIZE])
{
	if (lua_isinteger(L, index))
		snprintf(out, DECIMAL_SIZE, LUA_INTEGER_FMT, lua_tointeger(L, index));
	else
		sheet_number(lua_tonumber(L, index), out);
}

/* What there is no JSON for, in words; NULL where there is. */
static const char *no_number(double value)
{
	if (isnan(value))
		return "NaN";
	return isinf(value) ? "an infinite number" : NULL;
}

/* ---- values ---- */

/* From a table to one of its values: by a name, or, where that is NULL, by a position. */
struct step {
	const void *table;
	const char *name;
	lua_Integer position;
};

struct writer {
	lua_State *L;
	struct buffer *out;
	struct step path[DEPTH_MOST];
	size_t depth;
};

/* "extra.logit_bias", or "the value" at the top. */
static void push_place(const struct writer *writer)
{
	luaL_Buffer place;
	luaL_buffinit(writer->L, &place);
	if (writer->depth == 0)
		luaL_addstring(&place, "the value");
	for (size_t i = 0; i < writer->depth; i++) {
		const struct step *step = &writer->path[i];
		if (step->name != NULL && i > 0)
			luaL_addchar(&place, '.');
		if (step->name != NULL)
			lua_pushstring(writer->L, step->name);
		else
			lua_pushfstring(writer->L, "[%I]", (LUAI_UACINT)step->position);
		luaL_addvalue(&place);
	}
	luaL_pushresult(&place);
}

/* Leaves the message on top of the stack. */
static bool refuse(const struct writer *writer, const char *format, ...)
{
	va_list arguments;
	push_place(writer);
	lua_pushliteral(writer->L, ": ");
	va_start(arguments, format);
	lua_pushvfstring(writer->L, format, arguments);
	va_end(arguments);
	lua_concat(writer->L, 3);
	return false;
}

static bool put(struct writer *writer, const char *text, size_t size)
{
	return buffer_append(writer->out, text, size) ||
	       refuse(writer, "more than %I bytes of JSON", (LUAI_UACINT)writer->out->limit);
}

static bool needs_no_escape(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)text[i];
		if (byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f)
			return false;
	}
	return true;
}

static bool write_text(struct writer *writer, const char *text, size_t size)
{
	lua_State *L = writer->L;
	if (!text_is_utf8(text, size))
		return refuse(writer, "text that is not UTF-8 cannot be JSON");
	if (size > TEXT_LIMIT)
		return refuse(writer, "a text of more than 64 MiB");
	if (needs_no_escape(text, size))
		return put(writer, "\"", 1) && put(writer, text, size) && put(writer, "\"", 1);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_pushlstring(L, text, size);
	lua_call(L, 1, 1);
	const char *quoted = lua_tolstring(L, -1, &size);
	bool ok = put(writer, quoted, size);
	if (ok)
		lua_pop(L, 1);
	return ok;
}

static bool write_number(struct writer *writer, int index)
{
	char text[DECIMAL_SIZE];
	const char *wrong = no_number(lua_tonumber(writer->L, index));
	if (wrong != NULL)
		return refuse(writer, "%s cannot be JSON", wrong);
	format_number(writer->L, index, text);
	return put(writer, text, strlen(text));
}

static bool enter(struct writer *writer, struct step step)
{
	if (writer->depth == DEPTH_MOST)
		return refuse(writer, "nested deeper than %d", DEPTH_MOST);
	writer->path[writer->depth++] = step;
	return true;
}

static bool write_value(struct writer *writer, int index);

/* Leaves more on the stack where it fails: the message on top is all that is asked for then. */
static bool write_list(struct writer *writer, int table, lua_Integer count)
{
	lua_State *L = writer->L;
	if (!put(writer, "[", 1))
		return false;
	for (lua_Integer i = 1; i <= count; i++) {
		struct step step = {lua_topointer(L, table), NULL, i};
		if ((i > 1 && !put(writer, ",", 1)) || !enter(writer, step))
			return false;
		lua_rawgeti(L, table, i);
		if (!write_value(writer, lua_gettop(L)))
			return false;
		lua_pop(L, 1);
		writer->depth--;
	}
	return put(writer, "]", 1);
}

/* A key as it is written: a text, or a number, whose digits move with it while keys are sorted. */
struct key {
	const char *text; /* NULL: a number */
	size_t size;
	lua_Integer number;
	char digits[DECIMAL_SIZE];
};

static const char *text_of(const struct key *key)
{
	return key->text != NULL ? key->text : key->digits;
}

static int compare_keys(const void *a, const void *b)
{
	const struct key *one = a, *other = b;
	size_t common = one->size < other->size ? one->size : other->size;
	int order = memcmp(text_of(one), text_of(other), common);
	return order != 0 ? order : (one->size > other->size) - (one->size < other->size);
}

static void read_key(lua_State *L, int index, struct key *key)
{
	if (lua_type(L, index) == LUA_TSTRING) {
		key->text = lua_tolstring(L, index, &key->size);
		return;
	}
	key->text = NULL;
	key->number = lua_tointeger(L, index);
	format_number(L, index, key->digits);
	key->size = strlen(key->digits);
}

/* Pushes the keys' memory. */
static struct key *push_keys(lua_State *L, int table, size_t count)
{
	struct key *keys = lua_newuserdatauv(L, count * sizeof *keys, 0);
	size_t found = 0;
	lua_pushnil(L);
	while (lua_next(L, table) != 0) {
		lua_pop(L, 1);
		read_key(L, lua_gettop(L), &keys[found++]);
	}
	qsort(keys, count, sizeof *keys, compare_keys);
	return keys;
}

static bool write_member(struct writer *writer, int table, const struct key *key)
{
	lua_State *L = writer->L;
	struct step step = {lua_topointer(L, table), text_of(key), 0};
	if (!enter(writer, step) || !write_text(writer, text_of(key), key->size) ||
		!put(writer, ":", 1))
		return false;
	if (key->text == NULL)
		lua_rawgeti(L, table, key->number);
	else {
		lua_pushlstring(L, key->text, key->size);
		lua_rawget(L, table);
	}
	if (!write_value(writer, lua_gettop(L)))
		return false;
	lua_pop(L, 1);
	writer->depth--;
	return true;
}

static bool write_object(struct writer *writer, int table, size_t count)
{
	const struct key *keys = push_keys(writer->L, table, count);
	if (!put(writer, "{", 1))
		return false;
	for (size_t i = 0; i < count; i++)
		if ((i > 0 && !put(writer, ",", 1)) || !write_member(writer, table, &keys[i]))
			return false;
	lua_pop(writer->L, 1);
	return put(writer, "}", 1);
}

/* Counts the keys of a table: all of them, whole numbers among them. */
static bool count_keys(struct writer *writer, int table, size_t *all, size_t *whole)
{
	lua_State *L = writer->L;
	*all = *whole = 0;
	lua_pushnil(L);
	while (lua_next(L, table) != 0) {
		lua_pop(L, 1);
		int type = lua_type(L, -1);
		if (type != LUA_TSTRING && !lua_isinteger(L, -1))
			return refuse(writer, "a %s cannot be a key in JSON",
				type == LUA_TNUMBER ? "fraction" : lua_typename(L, type));
		++*all;
		*whole += type == LUA_TNUMBER;
	}
	if (*whole > 0 && *whole < *all)
		return refuse(writer, "a table with both texts and numbers as keys cannot be JSON");
	return true;
}

static bool is_sequence(lua_State *L, int table, size_t count)
{
	bool there = true;
	for (size_t i = 1; i <= count && there; i++) {
		there = lua_rawgeti(L, table, (lua_Integer)i) != LUA_TNIL;
		lua_pop(L, 1);
	}
	return there;
}

static bool contains_itself(const struct writer *writer, const void *table)
{
	for (size_t i = 0; i < writer->depth; i++)
		if (writer->path[i].table == table)
			return true;
	return false;
}

static const char fill_key; /* in the registry: metatable -> function that fills such a table */

/* (metatable, function): only lib/ says so. A script's function could take away what is being
 * written. */
int bind_json_fill_first(lua_State *L)
{
	lua_settop(L, 2);
	if (lua_rawgetp(L, LUA_REGISTRYINDEX, &fill_key) == LUA_TNIL) {
		lua_newtable(L);
		lua_pushvalue(L, -1);
		lua_rawsetp(L, LUA_REGISTRYINDEX, &fill_key);
		lua_replace(L, 3);
	}
	lua_insert(L, 1);
	lua_rawset(L, 1);
	return 0;
}

/* Whether all that the table has is now in it: where a script's __pairs says what it has, that is
 * not. */
static bool fill(lua_State *L, int table)
{
	int top = lua_gettop(L);
	bool is_whole = luaL_getmetafield(L, table, "__pairs") == LUA_TNIL;
	lua_settop(L, top);
	if (lua_getmetatable(L, table) != 0 &&
		lua_rawgetp(L, LUA_REGISTRYINDEX, &fill_key) == LUA_TTABLE) {
		lua_pushvalue(L, top + 1);
		if (lua_rawget(L, -2) == LUA_TFUNCTION) {
			lua_pushvalue(L, table);
			lua_call(L, 1, 0);
			is_whole = true;
		}
	}
	lua_settop(L, top);
	return is_whole;
}

/* A list, or an object whose keys may be numbers ({ [15043] = -100 } is {"15043":-100}); a list
 * with holes is neither. */
static bool write_table(struct writer *writer, int table)
{
	size_t count, whole;
	if (contains_itself(writer, lua_topointer(writer->L, table)))
		return refuse(writer, "a table that contains itself cannot be JSON");
	/* its keys may go, with their texts, while they are written */
	if (luaL_getmetafield(writer->L, table, "__mode") != LUA_TNIL)
		return refuse(writer, "a weak table cannot be JSON");
	if (!fill(writer->L, table))
		return refuse(writer, "a table with __pairs cannot be JSON: copy its fields");
	if (!count_keys(writer, table, &count, &whole))
		return false;
	bool marked = bind_json_is_array(writer->L, table);
	if (count == 0 ? marked : whole == count && is_sequence(writer->L, table, count))
		return write_list(writer, table, (lua_Integer)count);
	if (marked || (whole > 0 && is_sequence(writer->L, table, 1)))
		return refuse(writer, "a list with holes or names in it cannot be JSON");
	return write_object(writer, table, count);
}

static bool write_value(struct writer *writer, int index)
{
	lua_State *L = writer->L;
	size_t size;
	const char *text;
	luaL_checkstack(L, 8, "JSON nested too deeply");
	switch (lua_type(L, index)) {
	case LUA_TTABLE:
		return write_table(writer, index);
	case LUA_TSTRING:
		text = lua_tolstring(L, index, &size);
		return write_text(writer, text, size);
	case LUA_TNUMBER:
		return write_number(writer, index);
	case LUA_TBOOLEAN:
		text = lua_toboolean(L, index) ? "true" : "false";
		return put(writer, text, strlen(text));
	case LUA_TLIGHTUSERDATA:
		if (lua_touserdata(L, index) == NULL)
			return put(writer, "null", 4);
		break;
	default:
		break;
	}
	return refuse(writer, "%s%s cannot be JSON", lua_isnil(L, index) ? "" : "a ",
		luaL_typename(L, index));
}

/* (value[, most bytes]) -> text | nil, message; upvalue: bind_json_string */
int bind_json_encode(lua_State *L)
{
	lua_Integer most = luaL_optinteger(L, 2, (lua_Integer)TEXT_LIMIT);
	luaL_checkany(L, 1);
	lua_settop(L, 1);
	struct writer writer = {.L = L, .out = bind_push_buffer(L, (size_t)most), .depth = 0};
	if (write_value(&writer, 1))
		return bind_give_buffer(L, writer.out);
	lua_pushnil(L);
	lua_insert(L, -2);
	return 2;
}
