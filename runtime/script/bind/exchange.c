/* The userdata `exchange`: fields by index, a few methods. Fields are looked up in one table. */
#include "net/exchange.h"

#include "script/bind/bind.h"
#include "script/request.h"
#include "script/state.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define EXCHANGE_NAME "bench.exchange"

struct exchange_box {
	struct request *request;
};

struct request *bind_check_exchange(lua_State *L, int index)
{
	struct exchange_box *box = luaL_checkudata(L, index, EXCHANGE_NAME);
	if (box->request == NULL || box->request->running != NULL)
		luaL_error(L, "this exchange was given to a retry, or still runs");
	return box->request;
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

void bind_forget_exchange(lua_State *L, int index)
{
	bind_adopt_exchange(L, index, NULL);
}

static int collect(lua_State *L)
{
	struct exchange_box *box = lua_touserdata(L, 1);
	request_release(box->request);
	box->request = NULL;
	return 0;
}

/* How a field is read: text in an array or words in a buffer, nil where empty; bytes as they are. Times
 * are given in seconds: a span, since t0, or since the run began. */
enum kind { TEXT, WORDS, BYTES, COUNT, SPAN, SINCE_START, FLAG, PLAIN_INT, FUNCTION };

struct field {
	const char *name;
	enum kind kind;
	size_t offset;
	void (*push)(lua_State *L, const struct exchange *exchange);
};

static void push_ok(lua_State *L, const struct exchange *exchange)
{
	lua_pushboolean(L, exchange->outcome == OUTCOME_OK);
}

static void push_outcome(lua_State *L, const struct exchange *exchange)
{
	lua_pushstring(L, exchange_outcome_name(exchange->outcome));
}

static void push_text_or_nil(lua_State *L, const char *text)
{
	lua_pushstring(L, text[0] != '\0' ? text : NULL);
}

static void push_buffer(lua_State *L, const struct buffer *buffer)
{
	lua_pushlstring(L, buffer_string(buffer), buffer->size);
}

static void push_words(lua_State *L, const struct buffer *buffer)
{
	if (buffer->size == 0)
		lua_pushnil(L);
	else
		push_buffer(L, buffer);
}

static void push_status(lua_State *L, const struct exchange *exchange)
{
	if (exchange->http_status == 0)
		lua_pushnil(L);
	else
		lua_pushinteger(L, exchange->http_status);
}

/* One "name: value" line into the table on top; several of one name are joined. */
static void add_header(lua_State *L, const char *line, const char *end)
{
	const char *colon = memchr(line, ':', (size_t)(end - line));
	if (colon == NULL)
		return;
	const char *value = colon + 1;
	while (value < end && *value == ' ')
		value++;
	lua_pushlstring(L, line, (size_t)(colon - line));
	lua_pushvalue(L, -1);
	if (lua_rawget(L, -3) == LUA_TSTRING) {
		lua_pushliteral(L, ", ");
		lua_pushlstring(L, value, (size_t)(end - value));
		lua_concat(L, 3);
	} else {
		lua_pop(L, 1);
		lua_pushlstring(L, value, (size_t)(end - value));
	}
	lua_rawset(L, -3);
}

static void push_headers(lua_State *L, const struct exchange *exchange)
{
	const char *line = buffer_string(&exchange->headers);
	lua_newtable(L);
	while (*line != '\0') {
		const char *end = strchr(line, '\n');
		if (end == NULL)
			end = line + strlen(line);
		add_header(L, line, end);
		line = *end == '\n' ? end + 1 : end;
	}
}

static void push_finish_reason(lua_State *L, const struct exchange *exchange)
{
	if (exchange->answer_count == 0)
		lua_pushnil(L);
	else
		push_text_or_nil(L, buffer_string(&exchange->answers[0].finish));
}

static void push_finish_reasons(lua_State *L, const struct exchange *exchange)
{
	lua_newtable(L);
	for (size_t i = 0; i < exchange->answer_count; i++) {
		push_buffer(L, &exchange->answers[i].finish);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
}

static void push_texts(lua_State *L, const struct exchange *exchange)
{
	lua_newtable(L);
	for (size_t i = 0; i < exchange->answer_count; i++) {
		push_buffer(L, &exchange->answers[i].content);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
}

static void push_reasonings(lua_State *L, const struct exchange *exchange)
{
	lua_newtable(L);
	for (size_t i = 0; i < exchange->answer_count; i++) {
		push_buffer(L, &exchange->answers[i].reasoning);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
}

static void push_tool_calls(lua_State *L, const struct exchange *exchange)
{
	lua_newtable(L);
	for (size_t i = 0; i < exchange->tool_call_count; i++) {
		const struct exchange_tool_call *call = &exchange->tool_calls[i];
		lua_createtable(L, 0, 4);
		push_buffer(L, &call->id);
		lua_setfield(L, -2, "id");
		push_buffer(L, &call->name);
		lua_setfield(L, -2, "name");
		push_buffer(L, &call->arguments);
		lua_setfield(L, -2, "arguments");
		lua_pushinteger(L, call->choice);
		lua_setfield(L, -2, "choice");
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
}

static void push_tokens_source(lua_State *L, const struct exchange *exchange)
{
	lua_pushstring(L, exchange_tokens_source_name(exchange->tokens_source));
}

static void push_token_events(lua_State *L, const struct exchange *exchange)
{
	lua_pushinteger(L, (lua_Integer)exchange->event_count);
}

static void push_ttft(lua_State *L, const struct exchange *exchange)
{
	bind_push_seconds(L, exchange_ttft(exchange));
}

static void push_ttfc(lua_State *L, const struct exchange *exchange)
{
	bind_push_seconds(L, exchange_ttfc(exchange));
}

static void push_e2e(lua_State *L, const struct exchange *exchange)
{
	bind_push_seconds(L, exchange_e2e(exchange));
}

static void push_tpot(lua_State *L, const struct exchange *exchange)
{
	double ns = exchange_tpot(exchange);
	if (ns < 0)
		lua_pushnil(L);
	else
		lua_pushnumber(L, ns / 1e9);
}

static void push_started(lua_State *L, const struct exchange *exchange)
{
	int64_t origin = host_of(L)->settings.origin_ns;
	bind_push_seconds(
		L, exchange->t_start != EXCHANGE_NONE ? exchange->t_start - origin : EXCHANGE_NONE);
}

static void push_cold_start(lua_State *L, const struct exchange *exchange)
{
	if (exchange->cold_start < 0)
		lua_pushnil(L);
	else
		lua_pushboolean(L, exchange->cold_start);
}

static void push_flags(lua_State *L, const struct exchange *exchange)
{
	char names[256];
	exchange_flag_names(exchange->flags, names, sizeof names);
	lua_pushstring(L, names);
}

static void push_number(lua_State *L, const struct exchange *exchange)
{
	(void)exchange;
	const struct request *request = bind_check_exchange(L, 1);
	if (request->recorded)
		lua_pushinteger(L, request->context.seq);
	else
		lua_pushnil(L);
}

#define AT(member) offsetof(struct exchange, member), NULL
static const struct field fields[] = {
	{"ok", FUNCTION, 0, push_ok},
	{"outcome", FUNCTION, 0, push_outcome},
	{"error_kind", TEXT, AT(error_kind)},
	{"error_message", WORDS, AT(error_message)},
	{"status", FUNCTION, 0, push_status},
	{"headers", FUNCTION, 0, push_headers},
	{"body", BYTES, AT(body)},
	{"streamed", FLAG, AT(streamed)},
	{"attempts", PLAIN_INT, AT(attempts)},
	{"model", WORDS, AT(model)},
	{"usage", WORDS, AT(usage)},
	{"finish_reason", FUNCTION, 0, push_finish_reason},
	{"finish_reasons", FUNCTION, 0, push_finish_reasons},
	{"texts", FUNCTION, 0, push_texts},
	{"reasonings", FUNCTION, 0, push_reasonings},
	{"tool_calls", FUNCTION, 0, push_tool_calls},
	{"prompt_tokens", COUNT, AT(prompt_tokens)},
	{"evaluated_tokens", COUNT, AT(evaluated_tokens)},
	{"cached_tokens", COUNT, AT(cached_tokens)},
	{"output_tokens", COUNT, AT(output_tokens)},
	{"reasoning_tokens", COUNT, AT(reasoning_tokens)},
	{"total_tokens", COUNT, AT(total_tokens)},
	{"tokens_source", FUNCTION, 0, push_tokens_source},
	{"token_events", FUNCTION, 0, push_token_events},
	{"server_load", SPAN, AT(server_load)},
	{"server_queue", SPAN, AT(server_queue)},
	{"server_prefill", SPAN, AT(server_prefill)},
	{"server_decode", SPAN, AT(server_decode)},
	{"server_total", SPAN, AT(server_total)},
	{"server_decode_tokens", COUNT, AT(server_decode_tokens)},
	{"ttft", FUNCTION, 0, push_ttft},
	{"ttfc", FUNCTION, 0, push_ttfc},
	{"tpot", FUNCTION, 0, push_tpot},
	{"e2e", FUNCTION, 0, push_e2e},
	{"ttfb", SINCE_START, AT(t_first_byte)},
	{"started", FUNCTION, 0, push_started},
	{"sent", SINCE_START, AT(t_sent)},
	{"headers_at", SINCE_START, AT(t_headers)},
	{"end_at", SINCE_START, AT(t_end)},
	{"address", TEXT, AT(address)},
	{"cold_start", FUNCTION, 0, push_cold_start},
	{"flags", FUNCTION, 0, push_flags},
	{"number", FUNCTION, 0, push_number},
};
#undef AT

static void push_since_start(lua_State *L, const struct exchange *exchange, int64_t t_ns)
{
	bool known = t_ns != EXCHANGE_NONE && exchange->t_start != EXCHANGE_NONE;
	bind_push_seconds(L, known ? t_ns - exchange->t_start : EXCHANGE_NONE);
}

static void push_field(
	lua_State *L, const struct exchange *exchange, const struct field *field)
{
	const void *place = (const char *)exchange + field->offset;
	switch (field->kind) {
	case TEXT:
		push_text_or_nil(L, place);
		break;
	case WORDS:
		push_words(L, place);
		break;
	case BYTES:
		push_buffer(L, place);
		break;
	case COUNT:
		bind_push_count(L, *(const int64_t *)place);
		break;
	case SPAN:
		bind_push_seconds(L, *(const int64_t *)place);
		break;
	case SINCE_START:
		push_since_start(L, exchange, *(const int64_t *)place);
		break;
	case FLAG:
		lua_pushboolean(L, *(const bool *)place);
		break;
	case PLAIN_INT:
		lua_pushinteger(L, *(const int *)place);
		break;
	case FUNCTION:
		field->push(L, exchange);
		break;
	}
}

static const struct field *find_field(const char *name)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
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
	const struct field *field = find_field(name);
	if (field->kind == COUNT)
		*(int64_t *)((char *)exchange + field->offset) = count_or_none(L);
	else if (field->kind == SPAN)
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

static int l_keep(lua_State *L)
{
	request_keep(bind_check_exchange(L, 1));
	return 0;
}

static int l_event_times(lua_State *L)
{
	const struct exchange *exchange = check_exchange(L);
	lua_createtable(L, (int)exchange->event_count, 0);
	for (size_t i = 0; i < exchange->event_count; i++) {
		push_since_start(L, exchange, exchange->events[i].t_ns);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

static const luaL_Reg exchange_methods[] = {
	{"set", l_set},
	{"flag", l_flag},
	{"fail", l_fail},
	{"keep", l_keep},
	{"event_times", l_event_times},
	{NULL, NULL},
};

static int l_index(lua_State *L)
{
	const char *name = luaL_checkstring(L, 2);
	for (const luaL_Reg *method = exchange_methods; method->name != NULL; method++) {
		if (strcmp(method->name, name) == 0) {
			lua_pushcfunction(L, method->func);
			return 1;
		}
	}
	const struct field *field = find_field(name);
	if (field == NULL)
		return luaL_error(L, "an exchange has no field '%s'", name);
	push_field(L, check_exchange(L), field);
	return 1;
}

void bind_push_exchange(lua_State *L, struct request *request)
{
	static const luaL_Reg methods[] = {
		{"__gc", collect}, {"__index", l_index}, {NULL, NULL}};
	struct exchange_box *box = bind_push_object(L, sizeof *box, EXCHANGE_NAME, methods);
	box->request = request;
}
