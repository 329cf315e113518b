/* core.http.resolve: a name, looked up off the loop. */
#ifndef BENCH_SCRIPT_RESOLVE_H
#define BENCH_SCRIPT_RESOLVE_H

#include <lua.h>

/* (host, port) -> addresses, seconds | nil, message; waits. */
int resolve_name(lua_State *L);

#endif
