#include "script/tokens.h"

#include "base/clock.h"
#include "base/memory.h"
#include "script/failure.h"
#include "script/request.h"
#include "script/state.h"

#include <lauxlib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct token {
	int64_t t_ns;
	size_t size;
	char *text;
};

struct tokens {
	struct request *request;
	struct host *host;
	int function;        /* in the registry */
	struct token *queue; /* from `next` on not yet delivered */
	size_t next, count, capacity;
	struct loop_timer timer;
	bool expired;
	char *failure; /* NULL: it did not fail */
	char *expired_at;
};

/* Inside a callback of libcurl: copy, nothing else. */
static void hear(void *context, const char *text, size_t size, int64_t t_ns)
{
	struct tokens *tokens = context;
	if (tokens->failure != NULL)
		return;
	tokens->queue = memory_grown(
		tokens->queue, tokens->count, &tokens->capacity, sizeof *tokens->queue);
	tokens->queue[tokens->count++] = (struct token){t_ns, size, memory_bytes(text, size)};
	tokens_deliver_later(tokens);
}

struct delivery {
	struct tokens *tokens;
	const struct token *token;
};

static int call_function(lua_State *L)
{
	const struct delivery *delivery = lua_touserdata(L, 1);
	struct tokens *tokens = delivery->tokens;
	int64_t start = tokens->request->exchange->t_start;
	lua_rawgeti(L, LUA_REGISTRYINDEX, tokens->function);
	lua_pushlstring(L, delivery->token->text, delivery->token->size);
	lua_pushnumber(L, (double)(delivery->token->t_ns - start) / 1e9);
	lua_call(L, 2, 0);
	return 0;
}

static void remember_failure(struct tokens *tokens)
{
	struct host *host = tokens->host;
	tokens->expired = host->limit.expired;
	tokens->failure = memory_text(host->failure.message);
	tokens->expired_at = memory_text(host->limit.expired_at);
	if (tokens->request->running != NULL)
		request_cut(tokens->request, "on_token failed");
}

/* A protected call on the main state, where nothing can wait. */
static void deliver_one(struct tokens *tokens, const struct token *token)
{
	struct delivery delivery = {tokens, token};
	if (!failure_protect(tokens->host->L, call_function, &delivery))
		remember_failure(tokens);
}

static void drop_queue(struct tokens *tokens)
{
	for (size_t i = tokens->next; i < tokens->count; i++)
		free(tokens->queue[i].text);
	tokens->next = tokens->count = 0;
}

/* The function may not hear more after it failed. */
static void deliver_next(struct tokens *tokens)
{
	struct token token = tokens->queue[tokens->next++];
	deliver_one(tokens, &token);
	free(token.text);
	if (tokens->failure != NULL || tokens->next == tokens->count)
		drop_queue(tokens);
}

/* One a turn: between two calls the sockets are read, so that a slow function shifts no arrival. */
static void deliver_from_loop(void *context)
{
	struct tokens *tokens = context;
	struct host *host = tokens->host;
	limit_enter(&host->limit, host->L);
	deliver_next(tokens);
	limit_leave(&host->limit);
	tokens_deliver_later(tokens);
	collector_run(host); /* which may take the tokens, with the request of a dead coroutine */
	if (host->settings.collect_often)
		lua_gc(host->L, LUA_GCCOLLECT);
}

void tokens_deliver_later(struct tokens *tokens)
{
	if (tokens != NULL && tokens->count > 0 && tokens->timer.position == 0)
		loop_timer_set(tokens->host->settings.loop, &tokens->timer, clock_now_ns());
}

void tokens_listen(lua_State *L, struct request *request)
{
	int function = luaL_ref(L, LUA_REGISTRYINDEX);
	struct tokens *tokens = memory_new(sizeof *tokens);
	tokens->request = request;
	tokens->host = request->host;
	tokens->function = function;
	tokens->timer = (struct loop_timer){.fn = deliver_from_loop, .context = tokens};
	request->tokens = tokens;
	exchange_on_token(request->exchange, hear, tokens);
}

void tokens_free(struct tokens *tokens)
{
	if (tokens == NULL)
		return;
	if (tokens->timer.position != 0)
		loop_timer_clear(tokens->host->settings.loop, &tokens->timer);
	if (tokens->host->L != NULL)
		luaL_unref(tokens->host->L, LUA_REGISTRYINDEX, tokens->function);
	drop_queue(tokens);
	free(tokens->queue);
	free(tokens->failure);
	free(tokens->expired_at);
	free(tokens);
}

void tokens_finish(lua_State *L, struct tokens *tokens)
{
	if (tokens == NULL)
		return;
	while (tokens->count > 0)
		deliver_next(tokens);
	if (tokens->timer.position != 0) /* there is nothing left that it could deliver */
		loop_timer_clear(tokens->host->settings.loop, &tokens->timer);
	if (tokens->failure == NULL)
		return;
	struct limit *limit = &tokens->host->limit;
	if (tokens->expired) {
		limit->expired = true;
		snprintf(limit->expired_at, sizeof limit->expired_at, "%s", tokens->expired_at);
		limit_raise(L);
	}
	lua_pushstring(L, tokens->failure);
	lua_error(L);
}
