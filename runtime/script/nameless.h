/* A part of embed.c, no part of bench: bytecode without the names of locals and upvalues, a third
 * of what a start reads. Only errors of our own files would say them ("local 'x'"); lines stay. */
#ifndef BENCH_SCRIPT_NAMELESS_H
#define BENCH_SCRIPT_NAMELESS_H

#include <lua.h>

#include <stdbool.h>

/* Pushes that of the bytecode on the top; false: nothing, it is not as Lua 5.4 writes it. */
bool nameless_push(lua_State *L);

#endif
