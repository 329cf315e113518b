/* A coroutine that the loop can wake. The only lua_resume and the only lua_yield of the program. */
#ifndef BENCH_SCRIPT_TASK_H
#define BENCH_SCRIPT_TASK_H

#include <lua.h>

#include <stdbool.h>
#include <stdint.h>

struct host;

/* A wake-up names a task by number and generation, never by pointer: a stale one does nothing. */
struct task_id {
	uint32_t number;
	uint32_t generation; /* counts the waits of this task */
};

/* Undoes what a wait started (clears a timer, ends a request); called once, when the task is woken by
 * something else. */
typedef void (*task_cancel_fn)(void *context);
/* Pushes the results of the wait on L; returns how many. */
typedef int (*task_push_fn)(lua_State *L, void *context);

/* Starts the function on top of L (popped) as a task; it runs from the loop, later in this turn. */
struct task_id task_spawn(struct host *host, lua_State *L, const char *name);

/* The wait: must be `return task_wait(...)` in a C function. Raises an error with the script's line
 * where no wait is possible (sort, gsub, a metamethod that cannot yield), naming bench.together. */
int task_wait(lua_State *L, task_cancel_fn cancel, void *context);
/* Who is waiting; valid from just before task_wait. */
struct task_id task_current(lua_State *L);
/* Wakes it: push gives the values that the wait returns. Resumes from the loop, not inside this call. */
void task_wake(struct host *host, struct task_id id, task_push_fn push, void *context);
/* Ends a task's wait and every later one: waits return nil, "cancelled" (asks: ok = false,
 * client_limit). */
void task_end(struct host *host, struct task_id id);
void task_end_all(struct host *host);
/* Tasks that have not returned. */
size_t task_count(const struct host *host);

#endif
