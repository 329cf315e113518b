/* What lib/ can require: the core modules and the embedded files. */
#ifndef BENCH_SCRIPT_LIBRARY_H
#define BENCH_SCRIPT_LIBRARY_H

#include <lua.h>

/* The `require` of lib/: "core.clock" is a bind, "bench.json" is lib/bench/json.lua. */
int library_require(lua_State *L);
/* Pushes a module as that does; or one of its functions, and raises an error where it has none. */
void library_push(lua_State *L, const char *module);
void library_push_function(lua_State *L, const char *module, const char *function);

#endif
