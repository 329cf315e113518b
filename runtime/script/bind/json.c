/* core.json. Decoding is net/json's strict reading, the same that messages go through, with whole
 * numbers exact to 64 bits and arrays that stay arrays; json_write.c encodes. */
#include "net/json.h"

#include "base/text.h"
#include "script/bind/bind.h"
#include "script/state.h"

#include <lua-cjson.h>

#include <math.h>
#include <stdio.h>

#define ARRAY_METATABLE "bench.json.array"
/* What a script may ask for: tokens are C's memory, 20 bytes each. Our own commands may ask for as
 * much as a token's numbers can count. */
#define TEXT_LIMIT ((size_t)64 << 20) /* bytes */
#define VALUE_LIMIT ((size_t)8 << 20)
#define OWN_LIMIT ((size_t)2 << 30) /* of both */

/* core.json.array_mt. */
static void push_array_metatable(lua_State *L)
{
	if (luaL_newmetatable(L, ARRAY_METATABLE) != 0) {
		lua_pushliteral(L, "list");
		lua_setfield(L, -2, "__name");
	}
}

/* Owned by a userdata, so that an error in the middle frees it. */
struct reader {
	struct json json;
	struct buffer scratch;
	struct buffer wrapped; /* a text that is neither object nor array, in brackets */
	bool unique;
	const char *repeated; /* the key that stands twice, on the Lua stack */
};

static int free_reader(lua_State *L)
{
	struct reader *reader = lua_touserdata(L, 1);
	json_free(&reader->json);
	buffer_free(&reader->scratch);
	buffer_free(&reader->wrapped);
	return 0;
}

static struct reader *push_reader(lua_State *L)
{
	static const luaL_Reg methods[] = {{"__gc", free_reader}, {NULL, NULL}};
	struct reader *reader = bind_push_object(L, sizeof *reader, "bench.json.reader", methods);
	buffer_init(&reader->scratch, OWN_LIMIT);
	buffer_init(&reader->wrapped, OWN_LIMIT + 2);
	return reader;
}

static void push_string(lua_State *L, struct reader *reader, size_t token)
{
	const char *text;
	size_t size;
	json_string(reader->json.text, &reader->json.tokens[token], &reader->scratch, &text, &size);
	lua_pushlstring(L, text, size);
}

/* False for a number beyond a double: JSON, but Lua has no such number. */
static bool push_primitive(lua_State *L, const struct reader *reader, size_t token)
{
	int64_t integer;
	double number;
	switch (reader->json.tokens[token].kind) {
	case JSON_TRUE:
	case JSON_FALSE:
		lua_pushboolean(L, reader->json.tokens[token].kind == JSON_TRUE);
		return true;
	case JSON_NULL:
		lua_pushlightuserdata(L, NULL);
		return true;
	default:
		if (json_number(reader->json.text, &reader->json.tokens[token], &integer, &number))
			lua_pushinteger(L, integer);
		else
			lua_pushnumber(L, number);
		return isfinite(number);
	}
}

static bool push_value(lua_State *L, struct reader *reader, size_t token);

static bool push_array(lua_State *L, struct reader *reader, size_t token)
{
	int count = (int)reader->json.tokens[token].size;
	lua_createtable(L, count, 0);
	push_array_metatable(L);
	lua_setmetatable(L, -2);
	size_t element = token + 1;
	for (int i = 1; i <= count; i++) {
		if (!push_value(L, reader, element))
			return false;
		lua_rawseti(L, -2, i);
		element = reader->json.tokens[element].next;
	}
	return true;
}

static bool push_object(lua_State *L, struct reader *reader, size_t token)
{
	int count = (int)reader->json.tokens[token].size;
	lua_createtable(L, 0, count);
	size_t key = token + 1;
	for (int i = 0; i < count; i++) {
		push_string(L, reader, key);
		if (reader->unique) {
			lua_pushvalue(L, -1);
			if (lua_rawget(L, -3) != LUA_TNIL) {
				reader->repeated = lua_tostring(L, -2);
				return false;
			}
			lua_pop(L, 1);
		}
		if (!push_value(L, reader, key + 1))
			return false;
		lua_rawset(L, -3);
		key = reader->json.tokens[key + 1].next;
	}
	return true;
}

static bool push_value(lua_State *L, struct reader *reader, size_t token)
{
	luaL_checkstack(L, 6, "JSON nested too deeply");
	switch (reader->json.tokens[token].kind) {
	case JSON_OBJECT:
		return push_object(L, reader, token);
	case JSON_ARRAY:
		return push_array(L, reader, token);
	case JSON_STRING:
		push_string(L, reader, token);
		return true;
	default:
		return push_primitive(L, reader, token);
	}
}

/* No text has more values than one more than it has commas, colons and opening brackets. */
static bool has_too_many_values(const char *text, size_t size)
{
	size_t count = 1;
	for (size_t i = 0; i < size; i++)
		count += text[i] == ',' || text[i] == ':' || text[i] == '[' || text[i] == '{';
	return count > VALUE_LIMIT;
}

/* NULL, or why not. */
static const char *too_large(lua_State *L, const char *text, size_t size)
{
	if (host_of(L)->settings.trusted)
		return size > OWN_LIMIT ? "JSON of more than 2 GiB" : NULL;
	if (size > TEXT_LIMIT || has_too_many_values(text, size))
		return "JSON of more than 64 MiB, or of 8 million values";
	return NULL;
}

/* The index of the token that is the whole text, or -1. A lone scalar is read as [scalar]. */
static int read_tokens(struct reader *reader, const char *text, size_t size)
{
	size_t start = 0;
	while (start < size && text_is_blank(text[start]))
		start++;
	if (start < size && (text[start] == '{' || text[start] == '['))
		return json_read(&reader->json, text, size) ? 0 : -1;
	buffer_byte(&reader->wrapped, '[');
	buffer_append(&reader->wrapped, text, size);
	buffer_byte(&reader->wrapped, ']');
	if (!json_read(&reader->json, reader->wrapped.data, reader->wrapped.size))
		return -1;
	return reader->json.tokens[0].size == 1 ? 1 : -1;
}

bool bind_json_decode(lua_State *L, const char *text, size_t size, bool unique, char *message,
	size_t message_size)
{
	int top = lua_gettop(L);
	const char *refusal = too_large(L, text, size);
	if (refusal != NULL) {
		snprintf(message, message_size, "%s", refusal);
		return false;
	}
	struct reader *reader = push_reader(L);
	reader->unique = unique;
	int token = read_tokens(reader, text, size);
	if (token >= 0 && push_value(L, reader, (size_t)token)) {
		lua_remove(L, top + 1);
		return true;
	}
	if (reader->repeated != NULL)
		snprintf(message, message_size, "the key \"%s\" stands twice in one object",
			reader->repeated);
	else
		snprintf(message, message_size,
			"not JSON (or a number beyond a double, or deeper than %d)", JSON_DEPTH);
	lua_settop(L, top);
	return false;
}

static int l_decode(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	char message[256];
	bool unique = lua_toboolean(L, 2);
	lua_settop(L, 1);
	if (!bind_json_decode(L, text, size, unique, message, sizeof message))
		return bind_failure(L, message);
	return 1;
}

bool bind_json_is_array(lua_State *L, int index)
{
	if (!lua_istable(L, index) || lua_getmetatable(L, index) == 0)
		return false;
	push_array_metatable(L);
	bool is_array = lua_rawequal(L, -1, -2);
	lua_pop(L, 2);
	return is_array;
}

static int l_is_array(lua_State *L)
{
	lua_pushboolean(L, bind_json_is_array(L, 1));
	return 1;
}

static int l_null_text(lua_State *L)
{
	lua_pushliteral(L, "null");
	return 1;
}

/* The one light userdata that a script sees. They share a metatable, which no script gets. */
static void push_null(lua_State *L)
{
	lua_pushlightuserdata(L, NULL);
	lua_createtable(L, 0, 2);
	lua_pushcfunction(L, l_null_text);
	lua_setfield(L, -2, "__tostring");
	lua_pushboolean(L, false);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
}

int bind_json(lua_State *L)
{
	static const luaL_Reg functions[] = {{"decode", l_decode}, {"is_array", l_is_array},
		{"fill_first", bind_json_fill_first}, {NULL, NULL}};
	luaL_newlib(L, functions);
	lua_pushcfunction(L, luaopen_cjson);
	lua_call(L, 0, 1);
	lua_getfield(L, -1, "encode");
	lua_pushcclosure(L, bind_json_string, 1);
	lua_pushvalue(L, -1);
	lua_setfield(L, -4, "string");
	lua_pushcclosure(L, bind_json_encode, 1);
	lua_setfield(L, -3, "encode");
	lua_pop(L, 1);
	push_array_metatable(L);
	lua_setfield(L, -2, "array_mt");
	push_null(L);
	lua_setfield(L, -2, "null");
	return 1;
}
