/* on_token: the events of a running request, handed to a function of the script from the loop,
 * never from a callback of libcurl. */
#ifndef BENCH_SCRIPT_TOKENS_H
#define BENCH_SCRIPT_TOKENS_H

#include <lua.h>

struct request;
struct tokens;

/* Listens to the request's exchange; the function on top of L is popped. */
void tokens_listen(lua_State *L, struct request *request);
/* Before its Lua state goes. NULL does nothing. */
void tokens_free(struct tokens *tokens);
/* Delivers what is queued in this turn of the loop; called by itself as tokens come. */
void tokens_deliver_later(struct tokens *tokens);
/* Delivers the rest now and raises the error that the function ended with, if any. */
void tokens_finish(lua_State *L, struct tokens *tokens);

#endif
