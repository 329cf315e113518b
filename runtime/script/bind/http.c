/* core.http: one request, from a table to the exchange that it became. */
#include "net/http.h"

#include "base/clock.h"
#include "base/memory.h"
#include "script/bind/bind.h"
#include "script/bind/exchange_columns.h"
#include "script/request.h"
#include "script/resolve.h"
#include "script/state.h"
#include "script/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_NS (10 * CLOCK_MS_NS) /* how often a full queue is looked at */

enum { SPEC = 1, EXCHANGE = 2 }; /* places on the stack of a function that waits */

#define LINES_NAME "bench.lines"

/* Header lines on the heap: what holds a secret must not become a Lua string. */
struct lines {
	char **all; /* NULL-terminated */
	size_t count;
};

static int wipe_lines(lua_State *L)
{
	struct lines *lines = lua_touserdata(L, 1);
	for (size_t i = 0; i < lines->count; i++) {
		explicit_bzero(lines->all[i], strlen(lines->all[i]));
		free(lines->all[i]);
	}
	free(lines->all);
	*lines = (struct lines){0};
	return 0;
}

static void add_line(struct lines *lines, const char *start, const char *rest)
{
	lines->all = memory_resize(lines->all, lines->count + 2, sizeof *lines->all);
	size_t size = strlen(start) + strlen(rest) + 1;
	char *line = memory_new(size);
	snprintf(line, size, "%s%s", start, rest);
	lines->all[lines->count++] = line;
	lines->all[lines->count] = NULL;
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
static void read_header(lua_State *L, struct lines *lines)
{
	if (!lua_istable(L, -1)) {
		add_line(lines, check_header_text(L, lua_gettop(L)), "");
		return;
	}
	lua_rawgeti(L, -1, 1);
	lua_rawgeti(L, -2, 2);
	const char *start = check_header_text(L, lua_gettop(L) - 1);
	const char *secret = bind_secret_text(L, lua_gettop(L));
	add_line(lines, start, secret != NULL ? secret : check_header_text(L, lua_gettop(L)));
	lua_pop(L, 2);
}

/* Pushes the lines of the list at index. */
static struct lines *push_lines(lua_State *L, int list)
{
	static const luaL_Reg methods[] = {{"__gc", wipe_lines}, {NULL, NULL}};
	struct lines *lines = bind_push_object(L, sizeof *lines, LINES_NAME, methods);
	size_t count = lua_rawlen(L, list);
	for (size_t i = 1; i <= count; i++) {
		lua_rawgeti(L, list, (lua_Integer)i);
		read_header(L, lines);
		lua_pop(L, 1);
	}
	return lines;
}

/* A list that is read for this request alone, or one that l_headers read for many. It stays on the
 * stack. */
static const char *const *read_headers(lua_State *L)
{
	struct lines *lines = NULL;
	int type = lua_getfield(L, SPEC, "headers");
	if (type == LUA_TUSERDATA)
		lines = luaL_checkudata(L, -1, LINES_NAME);
	else if (type == LUA_TTABLE)
		lines = push_lines(L, lua_gettop(L));
	return lines != NULL ? (const char *const *)lines->all : NULL;
}

static int l_headers(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	push_lines(L, 1);
	return 1;
}

/* A text field, borrowed from the table; NULL where there is none. */
static const char *text_field(lua_State *L, int table, const char *name)
{
	int type = lua_getfield(L, table, name);
	if (type != LUA_TNIL && type != LUA_TSTRING)
		luaL_error(L, "%s must be a text", name);
	const char *text = lua_tostring(L, -1);
	lua_pop(L, 1);
	return text;
}

static int64_t seconds_field(lua_State *L, int table, const char *name)
{
	int64_t ns = EXCHANGE_NONE;
	if (lua_getfield(L, table, name) != LUA_TNIL)
		ns = bind_check_seconds(L, lua_gettop(L), name);
	lua_pop(L, 1);
	return ns;
}

static int64_t integer_field(lua_State *L, int table, const char *name, int64_t otherwise)
{
	lua_getfield(L, table, name);
	int64_t value = luaL_optinteger(L, -1, otherwise);
	lua_pop(L, 1);
	return value;
}

static bool flag_field(lua_State *L, int table, const char *name)
{
	lua_getfield(L, table, name);
	bool value = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return value;
}

static struct http_timeouts read_timeouts(lua_State *L)
{
	struct http_timeouts timeouts = {
		EXCHANGE_NONE, EXCHANGE_NONE, EXCHANGE_NONE, EXCHANGE_NONE};
	if (lua_getfield(L, SPEC, "timeouts") == LUA_TTABLE) {
		int table = lua_gettop(L);
		timeouts.connect = seconds_field(L, table, "connect");
		timeouts.first_token = seconds_field(L, table, "first_token");
		timeouts.idle = seconds_field(L, table, "idle");
		timeouts.total = seconds_field(L, table, "total");
	}
	lua_pop(L, 1);
	return timeouts;
}

/* Everything is borrowed from the table and from what this leaves on the stack. */
static void read_spec(lua_State *L, struct http_spec *spec)
{
	*spec = (struct http_spec){.method = text_field(L, SPEC, "method")};
	if (spec->method == NULL)
		spec->method = "POST";
	spec->url = text_field(L, SPEC, "url");
	if (spec->url == NULL)
		luaL_error(L, "a request needs a url");
	spec->headers = read_headers(L);
	spec->proxy = text_field(L, SPEC, "proxy");
	spec->timeouts = read_timeouts(L);
	spec->cancel_after = seconds_field(L, SPEC, "cancel_after");
	spec->http2 = flag_field(L, SPEC, "http2");
	spec->insecure = flag_field(L, SPEC, "insecure");
	spec->lane = (int)integer_field(L, SPEC, "lane", 0);
	if (lua_getfield(L, SPEC, "body") == LUA_TSTRING)
		spec->body = lua_tolstring(L, -1, &spec->body_size);
	lua_pop(L, 1);
}

static enum frames_kind read_framing(lua_State *L)
{
	static const char *const names[] = {"sse", "lines", "whole", NULL};
	static const enum frames_kind kinds[] = {FRAMES_SSE, FRAMES_LINES, FRAMES_WHOLE};
	lua_getfield(L, SPEC, "framing");
	int choice = luaL_checkoption(L, -1, "whole", names);
	lua_pop(L, 1);
	return kinds[choice];
}

static void read_plan(lua_State *L, struct request *request)
{
	struct exchange *exchange = request->exchange;
	struct bind_plan *plan = NULL;
	if (lua_getfield(L, SPEC, "plan") != LUA_TNIL) {
		plan = bind_check_plan(L, lua_gettop(L));
		plan->references++;
	}
	lua_pop(L, 1);
	bind_plan_release(request->plan);
	request->plan = plan;
	exchange->plan = plan != NULL ? plan->plan : NULL;
	exchange->done_text = plan != NULL ? plan->done_text : NULL;
	exchange->failed_finish = plan != NULL ? (const char *const *)plan->failed_finish : NULL;
}

static void read_schedule(lua_State *L, struct request *request)
{
	int64_t sched = seconds_field(L, SPEC, "sched");
	if (sched != EXCHANGE_NONE)
		request->exchange->t_sched = request->host->settings.origin_ns + sched;
}

/* What the exchange is to make of the answer. */
static void read_wanted(lua_State *L, struct request *request)
{
	struct exchange *exchange = request->exchange;
	read_plan(L, request);
	exchange->framing = read_framing(L);
	exchange->wants_tokens = flag_field(L, SPEC, "wants_tokens");
	exchange->keep_body = flag_field(L, SPEC, "keep_body");
	exchange->stream = flag_field(L, SPEC, "stream");
	exchange->min_tokens = integer_field(L, SPEC, "min_tokens", EXCHANGE_NONE);
	read_schedule(L, request);
}

static void read_context(lua_State *L, struct request *request)
{
	if (lua_getfield(L, SPEC, "context") == LUA_TTABLE) {
		int table = lua_gettop(L);
		struct recorder_context context = {
			.seq = 0,
			.backend = integer_field(L, table, "backend", 0),
			.phase = integer_field(L, table, "phase", 0),
			.phase_kind = text_field(L, table, "phase_kind"),
			.call = text_field(L, table, "call"),
			.label = text_field(L, table, "label"),
			.round = integer_field(L, table, "round", EXCHANGE_NONE),
			.user = integer_field(L, table, "user", EXCHANGE_NONE),
			.prompt = text_field(L, table, "prompt"),
			.not_applied = text_field(L, table, "not_applied"),
		};
		if (context.phase_kind == NULL)
			context.phase_kind = "measure";
		if (context.call == NULL)
			context.call = "http";
		request_record(request, &context);
		if (context.not_applied != NULL)
			request->exchange->flags |= EXCHANGE_NOT_APPLIED;
	}
	lua_pop(L, 1);
}

static void read_listener(lua_State *L, struct request *request)
{
	if (lua_getfield(L, SPEC, "on_token") == LUA_TFUNCTION)
		tokens_listen(L, request);
	else
		lua_pop(L, 1);
}

/* A new request, or the one of `previous` once more, which then has none. Pushes its userdata. */
static struct request *push_request(lua_State *L)
{
	bind_push_exchange(L, NULL);
	lua_replace(L, EXCHANGE);
	struct request *request;
	if (lua_getfield(L, SPEC, "previous") != LUA_TNIL) {
		request = bind_check_exchange(L, lua_gettop(L));
		bind_forget_exchange(L, lua_gettop(L));
		request_again(request);
	} else {
		request = request_new(host_of(L));
	}
	lua_pop(L, 1);
	bind_adopt_exchange(L, EXCHANGE, request);
	return request;
}

/* The collector sees a pointer; what is behind it may be megabytes. */
static void tell_collector(lua_State *L, const struct exchange *exchange)
{
	size_t size = exchange->body.capacity + exchange->headers.capacity +
		      exchange->event_capacity * sizeof *exchange->events;
	for (size_t i = 0; i < exchange->answer_count; i++)
		size += exchange->answers[i].content.capacity +
			exchange->answers[i].reasoning.capacity;
	collector_add(host_of(L), size);
}

/* In the coroutine that waits: the userdata stands where begin() put it. */
static int push_ended(lua_State *L, void *context)
{
	struct request *request = context;
	tokens_finish(L, request->tokens);
	tell_collector(L, request->exchange);
	lua_pushvalue(L, EXCHANGE);
	return 1;
}

static void cut(void *context)
{
	request_cut(context, "ended by bench: the run or this task is over");
}

static void cut_unstarted(void *context)
{
	struct request *request = context;
	cut(request);
	task_wake(request->host, request->waiting, push_ended, request);
}

static int begin(lua_State *L, bool late)
{
	struct http_spec spec;
	lua_settop(L, EXCHANGE);
	read_spec(L, &spec);
	struct request *request = push_request(L);
	read_wanted(L, request);
	read_context(L, request);
	read_listener(L, request);
	if (late || flag_field(L, SPEC, "late"))
		request->exchange->flags |= EXCHANGE_LATE;
	if (task_ended(L)) { /* the loop has its turn, also where a script asks again and again */
		request->waiting = task_current(L);
		return task_wait_stubborn(L, cut_unstarted, request);
	}
	request_start(request, &spec, task_current(L), push_ended);
	return task_wait_stubborn(L, cut, request);
}

/* While the recorder's queue is full nothing new starts. */
struct room {
	struct loop_timer timer;
	struct host *host;
	struct task_id task;
};

static int begin_late(lua_State *L, void *context)
{
	(void)context;
	return begin(L, true);
}

static void look_for_room(void *context)
{
	struct room *room = context;
	const struct host_settings *settings = host_settings(room->host);
	if (recorder_full(settings->recorder))
		loop_timer_set(settings->loop, &room->timer, clock_now_ns() + ROOM_NS);
	else
		task_wake(room->host, room->task, begin_late, NULL);
}

static void stop_looking(void *context)
{
	struct room *room = context;
	loop_timer_clear(host_settings(room->host)->loop, &room->timer);
	task_wake(room->host, room->task, begin_late, NULL);
}

static int wait_for_room(lua_State *L)
{
	struct room *room = lua_newuserdatauv(L, sizeof *room, 0);
	lua_replace(L, EXCHANGE);
	*room = (struct room){.host = host_of(L), .task = task_current(L)};
	room->timer = (struct loop_timer){.fn = look_for_room, .context = room};
	loop_timer_set(host_settings(room->host)->loop, &room->timer, clock_now_ns() + ROOM_NS);
	return task_wait_stubborn(L, stop_looking, room);
}

static int l_exchange(lua_State *L)
{
	const struct host_settings *settings = host_settings(host_of(L));
	luaL_checktype(L, SPEC, LUA_TTABLE);
	if (settings->http == NULL)
		return luaL_error(L, "there is no network here");
	task_check(L);
	lua_settop(L, EXCHANGE);
	if (settings->recorder != NULL && recorder_full(settings->recorder) && !task_ended(L))
		return wait_for_room(L);
	return begin(L, false);
}

/* A planned request that was turned away: a row and nothing else. */
static int l_drop(lua_State *L)
{
	luaL_checktype(L, SPEC, LUA_TTABLE);
	const char *message = text_field(L, SPEC, "message");
	lua_settop(L, EXCHANGE);
	struct request *request = push_request(L);
	read_schedule(L, request);
	read_context(L, request);
	request_drop(request, message != NULL ? message : "");
	return 0;
}

int bind_http(lua_State *L)
{
	static const luaL_Reg functions[] = {{"exchange", l_exchange}, {"drop", l_drop},
		{"headers", l_headers}, {"resolve", resolve_name}, {NULL, NULL}};
	luaL_newlib(L, functions);
	exchange_push_columns(L);
	lua_setfield(L, -2, "columns");
	return 1;
}
