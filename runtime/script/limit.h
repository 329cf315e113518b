/* What a script may use: memory, by the state's allocator, and time without waiting. Who does not
 * come back from Lua soon gets a count hook, which also notes the line that runs, for the watchdog:
 * with a hook in place every instruction costs twice as much, so that there is none before. */
#ifndef BENCH_SCRIPT_LIMIT_H
#define BENCH_SCRIPT_LIMIT_H

#include <lua.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limit_source;

struct limit {
	size_t memory_used;    /* bytes */
	uint64_t memory_limit; /* bytes; 0: none */
	uint64_t memory_extra; /* bytes above the limit, as long as a load needs them */
	bool system_refused;   /* not the limit, what was refused last */
	lua_Alloc allocate;
	void *allocate_context;

	lua_State *main;      /* watched, as is what runs; NULL: nothing is */
	lua_State *running;   /* between limit_enter and limit_leave */
	volatile bool hooked; /* these two have the hook */
	atomic_bool line_wanted;
	int64_t time_limit_ns; /* 0: none */
	int64_t deadline_ns;   /* 0: none */
	bool is_last;          /* the deadline is that of a task which is being ended */
	bool expired;          /* the deadline passed; stays until the next entry into Lua */
	bool was_last;         /* and was such a one */
	char expired_at[256];  /* "mine.lua:14" */

	struct limit_source *sources; /* names of the script's files, kept as long as the host */
	_Atomic(const char *) last_source;
	atomic_int last_line;
};

/* The lua_Alloc of a state; its context is a struct limit. */
void *limit_allocate(void *context, void *block, size_t old_size, size_t new_size);
/* Over a coroutine that a script made, which no alarm finds: its hook is always there. */
void limit_watch_coroutine(lua_State *coroutine);
void limit_free(struct limit *limit);

/* The clock starts anew: the loop enters Lua, by L. */
void limit_enter(struct limit *limit, lua_State *L);
/* The same for a task that was told to end: all its turns together have until then. */
void limit_enter_last(struct limit *limit, lua_State *L, int64_t deadline_ns);
void limit_leave(struct limit *limit);

/* Has the line noted that runs now, also where Lua stands still in a C function. For whoever ends
 * the process next, after all else, from another thread: the next alarm walks Lua's stack, which
 * may be moving at that moment, and a fault halts the thread in it for good. Waits 100 ms
 * at most. */
void limit_ask_line(struct limit *limit);

/* The error that no pcall of a script keeps. */
int limit_raise(lua_State *L);
bool limit_is_raised(lua_State *L, int index);

/* From now on `name` ("@mine.lua") is a file of the script: its lines are noted. */
void limit_know_source(struct limit *limit, const char *name);
#endif
