#include "script/bind/http_prepared.h"

#include "base/memory.h"
#include "script/bind/bind.h"

#include <lauxlib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREPARED_NAME "bench.prepared"

struct prepared_box {
	struct http_prepared *prepared;
};

void http_prepared_release(struct http_prepared *prepared)
{
	if (prepared == NULL || --prepared->users > 0)
		return;
	for (size_t i = 0; i < prepared->header_count; i++) {
		explicit_bzero(prepared->headers[i], strlen(prepared->headers[i]));
		free(prepared->headers[i]);
	}
	free(prepared->headers);
	bind_plan_release(prepared->plan);
	free((void *)prepared->spec.method);
	free((void *)prepared->spec.url);
	free((void *)prepared->spec.proxy);
	free(prepared);
}

static int collect(lua_State *L)
{
	struct prepared_box *box = lua_touserdata(L, 1);
	http_prepared_release(box->prepared);
	box->prepared = NULL;
	return 0;
}

/* ---- headers ---- */

static void add_header(struct http_prepared *prepared, const char *start, const char *rest)
{
	prepared->headers = memory_resize(
		prepared->headers, prepared->header_count + 2, sizeof *prepared->headers);
	size_t size = strlen(start) + strlen(rest) + 1;
	char *line = memory_new(size);
	snprintf(line, size, "%s%s", start, rest);
	prepared->headers[prepared->header_count++] = line;
	prepared->headers[prepared->header_count] = NULL;
}

/* A line end in a value would begin another header, or another request. */
static const char *check_header_text(lua_State *L, int index)
{
	size_t size = 0;
	if (lua_type(L, index) != LUA_TSTRING)
		bind_misuse(L, "a header must be a text or { \"Name: \", secret }");
	const char *text = lua_tolstring(L, index, &size);
	if (strlen(text) != size || strpbrk(text, "\r\n") != NULL)
		bind_misuse(L, "a header has a line end or a NUL byte in it");
	return text;
}

/* "Name: value", or { "Name: Bearer ", secret } */
static void read_header(lua_State *L, struct http_prepared *prepared)
{
	if (!lua_istable(L, -1)) {
		add_header(prepared, check_header_text(L, lua_gettop(L)), "");
		return;
	}
	lua_rawgeti(L, -1, 1);
	lua_rawgeti(L, -2, 2);
	const char *start = check_header_text(L, lua_gettop(L) - 1);
	const char *secret = bind_secret_text(L, lua_gettop(L));
	add_header(prepared, start, secret != NULL ? secret : check_header_text(L, lua_gettop(L)));
	lua_pop(L, 2);
}

static void read_headers(lua_State *L, int table, struct http_prepared *prepared)
{
	bool has = lua_getfield(L, table, "headers") == LUA_TTABLE;
	size_t count = has ? (size_t)lua_rawlen(L, -1) : 0;
	for (size_t i = 1; i <= count; i++) {
		lua_rawgeti(L, -1, (lua_Integer)i);
		read_header(L, prepared);
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
	prepared->spec.headers = (const char *const *)prepared->headers;
}

/* ---- how the server is asked ---- */

static struct http_timeouts read_timeouts(lua_State *L, int table)
{
	struct http_timeouts timeouts = {
		EXCHANGE_NONE, EXCHANGE_NONE, EXCHANGE_NONE, EXCHANGE_NONE};
	if (lua_getfield(L, table, "timeouts") == LUA_TTABLE) {
		int limits = lua_gettop(L);
		timeouts.connect = bind_seconds_field(L, limits, "connect");
		timeouts.first_token = bind_seconds_field(L, limits, "first_token");
		timeouts.idle = bind_seconds_field(L, limits, "idle");
		timeouts.total = bind_seconds_field(L, limits, "total");
	}
	lua_pop(L, 1);
	return timeouts;
}

static char *own_text(lua_State *L, int table, const char *name)
{
	return memory_text(bind_text_field(L, table, name));
}

static void read_spec(lua_State *L, int table, struct http_prepared *prepared)
{
	struct http_spec *spec = &prepared->spec;
	const char *method = bind_text_field(L, table, "method");
	spec->method = memory_text(method != NULL ? method : "POST");
	spec->url = own_text(L, table, "url");
	if (spec->url == NULL)
		luaL_error(L, "a request needs a url");
	read_headers(L, table, prepared);
	spec->proxy = own_text(L, table, "proxy");
	spec->timeouts = read_timeouts(L, table);
	spec->cancel_after = bind_seconds_field(L, table, "cancel_after");
	spec->http2 = bind_flag_field(L, table, "http2");
}

/* ---- what is made of its answer ---- */

static enum frames_kind read_framing(lua_State *L, int table)
{
	static const char *const names[] = {"sse", "lines", "whole", NULL};
	static const enum frames_kind kinds[] = {FRAMES_SSE, FRAMES_LINES, FRAMES_WHOLE};
	lua_getfield(L, table, "framing");
	int choice = luaL_checkoption(L, -1, "whole", names);
	lua_pop(L, 1);
	return kinds[choice];
}

static struct bind_plan *read_plan(lua_State *L, int table)
{
	struct bind_plan *plan = NULL;
	if (lua_getfield(L, table, "plan") != LUA_TNIL) {
		plan = bind_check_plan(L, lua_gettop(L));
		plan->references++;
	}
	lua_pop(L, 1);
	return plan;
}

static void read_wanted(lua_State *L, int table, struct http_prepared *prepared)
{
	prepared->plan = read_plan(L, table);
	prepared->framing = read_framing(L, table);
	prepared->wants_tokens = bind_flag_field(L, table, "wants_tokens");
	prepared->keep_body = bind_flag_field(L, table, "keep_body");
	prepared->stream = bind_flag_field(L, table, "stream");
	prepared->answers = bind_integer_field(L, table, "answers", EXCHANGE_NONE);
}

void http_prepared_apply(const struct http_prepared *prepared, struct exchange *exchange)
{
	const struct bind_plan *plan = prepared->plan;
	exchange->plan = plan != NULL ? plan->plan : NULL;
	exchange->done_text = plan != NULL ? plan->done_text : NULL;
	exchange->failed_finish = plan != NULL ? (const char *const *)plan->failed_finish : NULL;
	exchange->framing = prepared->framing;
	exchange->wants_tokens = prepared->wants_tokens;
	exchange->keep_body = prepared->keep_body;
	exchange->stream = prepared->stream;
	exchange->answers_wanted = prepared->answers;
}

/* ---- the userdata ---- */

static struct http_prepared *push_new(lua_State *L, int table)
{
	static const luaL_Reg methods[] = {{"__gc", collect}, {NULL, NULL}};
	struct prepared_box *box = bind_push_object(L, sizeof *box, PREPARED_NAME, methods);
	struct http_prepared *prepared = memory_new(sizeof *prepared);
	prepared->users = 1;
	box->prepared = prepared;
	read_spec(L, table, prepared);
	read_wanted(L, table, prepared);
	return prepared;
}

int http_prepared_new(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	push_new(L, 1);
	return 1;
}

struct http_prepared *http_prepared_push(lua_State *L, int index)
{
	if (lua_getfield(L, index, "prepared") != LUA_TNIL) {
		struct prepared_box *box = luaL_checkudata(L, -1, PREPARED_NAME);
		return box->prepared;
	}
	lua_pop(L, 1);
	return push_new(L, index);
}
