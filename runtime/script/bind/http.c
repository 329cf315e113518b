/* core.http: one request, from a table to the exchange that it became. */
#include "net/http.h"

#include "base/clock.h"
#include "script/bind/bind.h"
#include "script/bind/exchange_columns.h"
#include "script/bind/http_prepared.h"
#include "script/request.h"
#include "script/resolve.h"
#include "script/state.h"
#include "script/tokens.h"

#define ROOM_NS (10 * CLOCK_MS_NS) /* how often a full queue is looked at */

enum { SPEC = 1, EXCHANGE = 2 }; /* places on the stack of a function that waits */

static void read_schedule(lua_State *L, struct request *request)
{
	int64_t sched = bind_seconds_field(L, SPEC, "sched");
	if (sched != EXCHANGE_NONE)
		request->exchange->t_sched = request->host->settings.origin_ns + sched;
}

static void read_context(lua_State *L, struct request *request)
{
	if (lua_getfield(L, SPEC, "context") == LUA_TTABLE) {
		int table = lua_gettop(L);
		struct recorder_context context = {
			.seq = 0,
			.backend = bind_integer_field(L, table, "backend", 0),
			.phase = bind_integer_field(L, table, "phase", 0),
			.phase_kind = bind_text_field(L, table, "phase_kind"),
			.call = bind_text_field(L, table, "call"),
			.label = bind_text_field(L, table, "label"),
			.round = bind_integer_field(L, table, "round", EXCHANGE_NONE),
			.user = bind_integer_field(L, table, "user", EXCHANGE_NONE),
			.prompt = bind_text_field(L, table, "prompt"),
			.cache = bind_text_field(L, table, "cache"),
			.not_applied = bind_text_field(L, table, "not_applied"),
		};
		if (context.phase_kind == NULL)
			context.phase_kind = "measure";
		if (context.call == NULL)
			context.call = "http";
		request_record(request, &context);
		lua_pushvalue(L, table);
		lua_setiuservalue(L, EXCHANGE, BIND_EXCHANGE_CONTEXT);
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
		bind_adopt_exchange(L, lua_gettop(L), NULL);
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
	size_t of_gap = exchange->gaps != NULL ? sizeof *exchange->gaps : sizeof(int64_t);
	size_t size = exchange->body.capacity + exchange->headers.capacity +
		      exchange->event_capacity * of_gap;
	if (exchange->event_marks != NULL)
		size += exchange->event_capacity * sizeof *exchange->event_marks;
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

/* Borrows from the table and from what was prepared, which both stay on the stack. */
static struct http_spec spec_of(lua_State *L, const struct http_prepared *prepared)
{
	struct http_spec spec = prepared->spec;
	spec.lane = (int)bind_integer_field(L, SPEC, "lane", 0);
	if (lua_getfield(L, SPEC, "body") == LUA_TSTRING)
		spec.body = lua_tolstring(L, -1, &spec.body_size);
	lua_pop(L, 1);
	return spec;
}

/* The request has a copy, for as long as it is being sent. */
static void let_go_of_body(lua_State *L)
{
	lua_pushnil(L);
	lua_setfield(L, SPEC, "body");
}

/* The request shares what was prepared, since its exchange borrows from it. */
static void take_prepared(struct request *request, struct http_prepared *prepared)
{
	prepared->users++;
	http_prepared_release(request->prepared);
	request->prepared = prepared;
	http_prepared_apply(prepared, request->exchange);
}

static int begin(lua_State *L, bool late)
{
	lua_settop(L, EXCHANGE);
	struct http_prepared *prepared = http_prepared_push(L, SPEC);
	struct http_spec spec = spec_of(L, prepared);
	struct request *request = push_request(L);
	take_prepared(request, prepared);
	if (task_ended(L)) { /* the loop has its turn, also where a script asks again and again */
		request->waiting = task_current(L);
		return task_wait_stubborn(L, cut_unstarted, request);
	}
	read_schedule(L, request);
	read_context(L, request);
	read_listener(L, request);
	if (late || bind_flag_field(L, SPEC, "late"))
		request->exchange->flags |= EXCHANGE_LATE;
	request_start(request, &spec, task_current(L), push_ended);
	if (spec.body != NULL)
		let_go_of_body(L);
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
	const char *message = bind_text_field(L, SPEC, "message");
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
		{"prepare", http_prepared_new}, {"resolve", resolve_name}, {NULL, NULL}};
	luaL_newlib(L, functions);
	exchange_push_columns(L);
	lua_setfield(L, -2, "columns");
	return 1;
}
