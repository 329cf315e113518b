/* Which of Lua's own libraries a state has. What a scenario sees of them is
 * lib/bench/sandbox.lua. */
#ifndef BENCH_SCRIPT_SANDBOX_H
#define BENCH_SCRIPT_SANDBOX_H

#include <lua.h>

#include <stdbool.h>

/* Opens them. Trusted: all but `package`. Else nothing that reaches files, processes or bytecode;
 * `debug` stays for lib/, which never hands it on. Raises errors. */
void sandbox_open(lua_State *L, bool trusted);

/* Where the text of a script begins: behind a byte order mark and the first line if that starts
 * with '#' (its newline stays, so that lines keep their numbers). NULL, and *problem says why, for
 * bytecode and for what is no UTF-8: a run keeps its script as text. */
const char *sandbox_script_text(const char *text, size_t size, const char **problem);

#endif
