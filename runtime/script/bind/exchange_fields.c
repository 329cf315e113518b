/* What can be read of an exchange: one table of fields. */
#include "script/bind/exchange_fields.h"

#include "script/bind/bind.h"
#include "script/request.h"
#include "script/state.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

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

static void push_answers(lua_State *L, const struct exchange *exchange)
{
	lua_pushinteger(L, (lua_Integer)exchange->answer_count);
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
	bind_push_number(L, ns >= 0 ? ns / 1e9 : NAN);
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

static void push_number(lua_State *L, const struct request *request)
{
	if (request->recorded)
		lua_pushinteger(L, request->context.seq);
	else
		lua_pushnil(L);
}

#define AT(member) offsetof(struct exchange, member), NULL
static const struct exchange_field fields[] = {
	{"ok", FIELD_FUNCTION, 0, push_ok},
	{"outcome", FIELD_FUNCTION, 0, push_outcome},
	{"error_kind", FIELD_TEXT, AT(error_kind)},
	{"error_message", FIELD_WORDS, AT(error_message)},
	{"status", FIELD_FUNCTION, 0, push_status},
	{"headers", FIELD_FUNCTION, 0, push_headers},
	{"body", FIELD_BYTES, AT(body)},
	{"bytes", FIELD_COUNT, AT(bytes)},
	{"streamed", FIELD_FLAG, AT(streamed)},
	{"http2", FIELD_FLAG, AT(http2)},
	{"no_numbers", FIELD_FLAG, AT(no_numbers)},
	{"attempts", FIELD_PLAIN_INT, AT(attempts)},
	{"model", FIELD_WORDS, AT(model)},
	{"finish_reason", FIELD_FUNCTION, 0, push_finish_reason},
	{"answers", FIELD_FUNCTION, 0, push_answers},
	{"texts", FIELD_FUNCTION, 0, push_texts},
	{"reasonings", FIELD_FUNCTION, 0, push_reasonings},
	{"tool_calls", FIELD_FUNCTION, 0, push_tool_calls},
	{"prompt_tokens", FIELD_COUNT, AT(prompt_tokens)},
	{"evaluated_tokens", FIELD_COUNT, AT(evaluated_tokens)},
	{"cached_tokens", FIELD_COUNT, AT(cached_tokens)},
	{"output_tokens", FIELD_COUNT, AT(output_tokens)},
	{"reasoning_tokens", FIELD_COUNT, AT(reasoning_tokens)},
	{"tokens_source", FIELD_FUNCTION, 0, push_tokens_source},
	{"token_events", FIELD_FUNCTION, 0, push_token_events},
	{"server_load", FIELD_SPAN, AT(server_load)},
	{"server_queue", FIELD_SPAN, AT(server_queue)},
	{"server_prefill", FIELD_SPAN, AT(server_prefill)},
	{"server_decode", FIELD_SPAN, AT(server_decode)},
	{"server_total", FIELD_SPAN, AT(server_total)},
	{"ttft", FIELD_FUNCTION, 0, push_ttft},
	{"ttfc", FIELD_FUNCTION, 0, push_ttfc},
	{"tpot", FIELD_FUNCTION, 0, push_tpot},
	{"e2e", FIELD_FUNCTION, 0, push_e2e},
	{"ttfb", FIELD_SINCE_START, AT(t_first_byte)},
	{"started", FIELD_FUNCTION, 0, push_started},
	{"started_ns", FIELD_COUNT, AT(t_start)},
	{"end_at", FIELD_SINCE_START, AT(t_end)},
	{"address", FIELD_TEXT, AT(address)},
	{"here", FIELD_FLAG, AT(here)},
	{"round_trip", FIELD_SPAN, AT(round_trip)},
	{"cold_start", FIELD_FUNCTION, 0, push_cold_start},
	{"flags", FIELD_FUNCTION, 0, push_flags},
	{"number", FIELD_NUMBER, 0, NULL},
	{NULL, FIELD_TEXT, 0, NULL},
};
#undef AT

void exchange_push_since_start(lua_State *L, const struct exchange *exchange, int64_t t_ns)
{
	bool known = t_ns != EXCHANGE_NONE && exchange->t_start != EXCHANGE_NONE;
	bind_push_seconds(L, known ? t_ns - exchange->t_start : EXCHANGE_NONE);
}

void exchange_push_field(
	lua_State *L, const struct request *request, const struct exchange_field *field)
{
	const struct exchange *exchange = request->exchange;
	const void *place = (const char *)exchange + field->offset;
	switch (field->kind) {
	case FIELD_TEXT:
		push_text_or_nil(L, place);
		break;
	case FIELD_WORDS:
		push_words(L, place);
		break;
	case FIELD_BYTES:
		push_buffer(L, place);
		break;
	case FIELD_COUNT:
		bind_push_count(L, *(const int64_t *)place);
		break;
	case FIELD_SPAN:
		bind_push_seconds(L, *(const int64_t *)place);
		break;
	case FIELD_SINCE_START:
		exchange_push_since_start(L, exchange, *(const int64_t *)place);
		break;
	case FIELD_FLAG:
		lua_pushboolean(L, *(const bool *)place);
		break;
	case FIELD_PLAIN_INT:
		lua_pushinteger(L, *(const int *)place);
		break;
	case FIELD_NUMBER:
		push_number(L, request);
		break;
	case FIELD_FUNCTION:
		field->push(L, exchange);
		break;
	}
}

const struct exchange_field *exchange_find_field(const char *name)
{
	for (const struct exchange_field *field = fields; field->name != NULL; field++)
		if (strcmp(field->name, name) == 0)
			return field;
	return NULL;
}
