/* The userdata `exchange`: fields by index, a few methods. */
#include "net/exchange.h"

#include "script/bind/bind.h"
#include "script/bind/exchange_columns.h"
#include "script/bind/exchange_fields.h"
#include "script/request.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define EXCHANGE_NAME "bench.exchange"

struct exchange_box {
	struct request *request;
};

static struct request *check_ended(lua_State *L, const struct exchange_box *box)
{
	if (box->request == NULL || box->request->running != NULL)
		luaL_error(L, "this exchange was given to a retry, or still runs");
	return box->request;
}

struct request *bind_check_exchange(lua_State *L, int index)
{
	return check_ended(L, luaL_checkudata(L, index, EXCHANGE_NAME));
}

static struct exchange *check_exchange(lua_State *L)
{
	return bind_check_exchange(L, 1)->exchange;
}

void bind_adopt_exchange(lua_State *L, int index, struct request *request)
{
	struct exchange_box *box = lua_touserdata(L, index);
	box->request = request;
}

static int collect(lua_State *L)
{
	struct exchange_box *box = lua_touserdata(L, 1);
	request_release(box->request);
	box->request = NULL;
	return 0;
}

/* Names that lib/ may set. A count is whole and not negative; nil takes it away. */
static const char *const settable[] = {"prompt_tokens", "evaluated_tokens", "cached_tokens",
	"output_tokens", "reasoning_tokens", "server_queue", "cold_start", "tokens_source", NULL};

static void set_tokens_source(lua_State *L, struct exchange *exchange)
{
	for (int source = TOKENS_NONE; source <= TOKENS_EVENTS; source++) {
		const char *name = exchange_tokens_source_name((enum exchange_tokens_source)source);
		if (name != NULL && strcmp(name, luaL_checkstring(L, 3)) == 0) {
			exchange->tokens_source = (enum exchange_tokens_source)source;
			return;
		}
	}
	luaL_error(L, "no source of tokens is called '%s'", lua_tostring(L, 3));
}

static int64_t count_or_none(lua_State *L)
{
	if (lua_isnil(L, 3))
		return EXCHANGE_NONE;
	lua_Integer count = luaL_checkinteger(L, 3);
	luaL_argcheck(L, count >= 0, 3, "must not be negative");
	return count;
}

static int l_set(lua_State *L)
{
	struct exchange *exchange = check_exchange(L);
	const char *name = settable[luaL_checkoption(L, 2, NULL, settable)];
	luaL_checkany(L, 3);
	const struct exchange_field *field = exchange_find_field(name);
	if (field->kind == FIELD_COUNT)
		*(int64_t *)((char *)exchange + field->offset) = count_or_none(L);
	else if (field->kind == FIELD_SPAN)
		*(int64_t *)((char *)exchange + field->offset) =
			bind_check_seconds(L, 3, "server_queue");
	else if (strcmp(name, "cold_start") == 0)
		exchange->cold_start = lua_toboolean(L, 3);
	else
		set_tokens_source(L, exchange);
	return 0;
}

static int l_flag(lua_State *L)
{
	struct exchange *exchange = check_exchange(L);
	const char *wanted = luaL_checkstring(L, 2);
	for (int bit = 0; bit < EXCHANGE_FLAG_COUNT; bit++) {
		char name[64];
		exchange_flag_names(1u << bit, name, sizeof name);
		if (strcmp(name, wanted) == 0) {
			exchange->flags |= 1u << bit;
			return 0;
		}
	}
	return luaL_error(L, "no flag is called '%s'", wanted);
}

static enum exchange_outcome check_outcome(lua_State *L, int index)
{
	const char *wanted = luaL_checkstring(L, index);
	for (int outcome = OUTCOME_OK; outcome <= OUTCOME_DROPPED; outcome++)
		if (strcmp(exchange_outcome_name((enum exchange_outcome)outcome), wanted) == 0)
			return (enum exchange_outcome)outcome;
	luaL_error(L, "no outcome is called '%s'", wanted);
	return OUTCOME_FAILED;
}

/* (outcome, kind, message): the last word, whatever was judged before. */
static int l_fail(lua_State *L)
{
	struct exchange *exchange = check_exchange(L);
	enum exchange_outcome outcome = check_outcome(L, 2);
	const char *kind = luaL_optstring(L, 3, "");
	size_t size;
	const char *message = luaL_optlstring(L, 4, "", &size);
	exchange->outcome = outcome;
	snprintf(exchange->error_kind, sizeof exchange->error_kind, "%s", kind);
	buffer_clear(&exchange->error_message);
	buffer_append(&exchange->error_message, message, size);
	return 0;
}

static int l_place(lua_State *L)
{
	request_place(bind_check_exchange(L, 1), luaL_checkstring(L, 2));
	return 0;
}

static int l_keep(lua_State *L)
{
	request_keep(bind_check_exchange(L, 1));
	return 0;
}

static int l_event_times(lua_State *L)
{
	const struct exchange *exchange = check_exchange(L);
	int64_t t_ns = exchange->t_first_token;
	lua_createtable(L, (int)exchange->event_count, 0);
	for (size_t i = 0; i < exchange->event_count; i++) {
		t_ns += exchange_gap(exchange, i);
		exchange_push_since_start(L, exchange, t_ns);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

static int l_event_tokens(lua_State *L)
{
	const struct exchange *exchange = check_exchange(L);
	lua_createtable(L, (int)exchange->event_count, 0);
	for (size_t i = 0; i < exchange->event_count; i++) {
		lua_pushinteger(L, exchange_mark_of(exchange, i).tokens);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

static int l_column(lua_State *L)
{
	double value = exchange_column(check_exchange(L), luaL_checkstring(L, 2));
	if (isnan(value))
		return 0;
	lua_pushnumber(L, value);
	return 1;
}

static int l_add_columns(lua_State *L)
{
	const struct exchange *exchange = check_exchange(L);
	luaL_checktype(L, 2, LUA_TTABLE);
	exchange_add_columns(L, 2, exchange);
	return 0;
}

static int l_context(lua_State *L)
{
	luaL_checkudata(L, 1, EXCHANGE_NAME);
	lua_getiuservalue(L, 1, BIND_EXCHANGE_CONTEXT);
	return 1;
}

/* A name that is read for the first time: its place in memory is found by it from now on. */
static const struct exchange_field *learn_field(lua_State *L)
{
	const char *name = luaL_checkstring(L, 2);
	const struct exchange_field *field = exchange_find_field(name);
	if (field == NULL)
		luaL_error(L, "an exchange has no field '%s'", name);
	lua_pushvalue(L, 2);
	lua_pushlightuserdata(L, (void *)field);
	lua_rawset(L, lua_upvalueindex(1));
	return field;
}

/* Nobody but Lua calls it: the metatable is hidden, and argument 1 is one of ours. */
static int l_index(lua_State *L)
{
	const struct exchange_field *field;
	lua_pushvalue(L, 2);
	switch (lua_rawget(L, lua_upvalueindex(1))) {
	case LUA_TFUNCTION:
		return 1;
	case LUA_TLIGHTUSERDATA:
		field = lua_touserdata(L, -1);
		break;
	default:
		field = learn_field(L);
	}
	exchange_push_field(L, check_ended(L, lua_touserdata(L, 1)), field);
	return 1;
}

void bind_push_exchange(lua_State *L, struct request *request)
{
	static const luaL_Reg methods[] = {
		{"__gc", collect},
		{"__index", l_index},
		{"set", l_set},
		{"flag", l_flag},
		{"fail", l_fail},
		{"place", l_place},
		{"keep", l_keep},
		{"context", l_context},
		{"event_times", l_event_times},
		{"event_tokens", l_event_tokens},
		{"column", l_column},
		{"add_columns", l_add_columns},
		{NULL, NULL},
	};
	struct exchange_box *box = bind_push_object(L, sizeof *box, EXCHANGE_NAME, methods);
	box->request = request;
}
