/* What a script may use: memory, by the state's allocator, and time without waiting, by a count
 * hook. The hook also notes the line that runs, for the watchdog. */
#ifndef BENCH_SCRIPT_LIMIT_H
#define BENCH_SCRIPT_LIMIT_H

#include <lua.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limit_source;

struct limit {
	size_t memory_used, memory_limit; /* bytes; limit 0: none */
	size_t memory_extra;              /* bytes above the limit, as long as a load needs them */
	lua_Alloc allocate;
	void *allocate_context;

	int64_t time_limit_ns; /* 0: none */
	int64_t deadline_ns;   /* 0: none */
	bool expired;          /* the deadline passed; stays until the next entry into Lua */
	char expired_at[256];  /* "mine.lua:14" */

	struct limit_source *sources; /* names of the script's files, kept as long as the host */
	_Atomic(const char *) last_source;
	atomic_int last_line;
};

/* The lua_Alloc of a state; its context is a struct limit. */
void *limit_allocate(void *context, void *block, size_t old_size, size_t new_size);
/* Sets the hook; every coroutine made afterwards inherits it. */
void limit_watch(struct limit *limit, lua_State *L);
void limit_free(struct limit *limit);

/* The clock starts anew: the loop enters Lua. */
void limit_enter(struct limit *limit);
void limit_leave(struct limit *limit);

/* The error that no pcall of a script keeps. */
int limit_raise(lua_State *L);
bool limit_is_raised(lua_State *L, int index);

/* From now on `source` ("@mine.lua") is a file of the script: its lines are noted. */
void limit_know_source(struct limit *limit, const char *source);
/* Notes the line of the script that L stands in. */
void limit_note_line(struct limit *limit, lua_State *L);

#endif
