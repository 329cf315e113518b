/* Which globals a compiled chunk uses, and where: a misspelt name is found before the first
 * request, not when the line runs. Read from Lua 5.4's own dump of the chunk; another format gives
 * nothing, and the sandbox still refuses the name when it is used. */
#ifndef BENCH_SCRIPT_GLOBALS_H
#define BENCH_SCRIPT_GLOBALS_H

#include <stdbool.h>
#include <stddef.h>

/* A use of `name` as a field of the chunk's _ENV. */
typedef void (*globals_fn)(void *context, const char *name, size_t size, int line, bool assigned);

/* dump: what lua_dump wrote, with debug information. False where it is no dump of this Lua. */
bool globals_scan(const char *dump, size_t size, globals_fn fn, void *context);

#endif
