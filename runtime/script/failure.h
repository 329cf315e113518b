/* Errors of Lua in words: the message, then where it happened, without the frames that are ours. */
#ifndef BENCH_SCRIPT_FAILURE_H
#define BENCH_SCRIPT_FAILURE_H

#include "base/error.h"

#include <lua.h>

/* Chunks of lib/ are named so: "@bench:lib/bench/json.lua". */
#define FAILURE_OUR_CHUNK "@bench:"

#define FAILURE_NO_MEMORY "not enough memory: the system has none left"

/* The error value on top of L (which stays) and the stack of L, whose coroutine may be dead. */
void failure_describe(lua_State *L, int status, struct error *error);
/* Calls it with one light argument; false: the host's `failure` is filled, however it ended. */
bool failure_protect(lua_State *L, lua_CFunction function, void *argument);
/* A message handler that hands the value on and remembers the frames of a text, for whom catches
 * it to raise it again on another stack. One text at a time: that of another waits for nobody. */
int failure_catch(lua_State *L);
/* A protected call with failure_catch begins. */
void failure_attempt(lua_State *L);
/* The value on top of L, which was caught, is about to be raised again; whose, or NULL: a line for
 * below its frames. */
void failure_pass_on(lua_State *L, const char *whose);
/* The value on top of L, which was caught, as it would be described: for another process, which
 * remembers it so of the text that it raises in its place. */
void failure_in_words(lua_State *L, struct error *error);
void failure_remember(lua_State *L, const char *words);
/* Raises it as a text; the database's as a table that becomes one, and failure_describe finds its
 * code again where nobody catches it. */
int failure_raise(lua_State *L, const struct error *error);
/* Whether a message begins with one: what C raises, as sort does of what it cannot compare, does
 * not. */
bool failure_names_place(const char *message);
/* "mine.lua:14: " of the nearest frame that is a script's; "" where there is none. */
void failure_where(lua_State *L, char *out, size_t size);
/* Lua's error(message, level), which names no line of ours: where that level is one, the nearest of
 * the script. */
int failure_of_script(lua_State *L);

#endif
