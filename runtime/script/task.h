/* A coroutine that the loop can wake. The only lua_resume and the only lua_yield of the program. */
#ifndef BENCH_SCRIPT_TASK_H
#define BENCH_SCRIPT_TASK_H

#include <lua.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host;

/* A wake-up names a task by number and generation, never by pointer: a stale one does nothing. */
struct task_id {
	uint32_t number;
	uint32_t generation; /* counts the waits: only the wait that this is of can be woken */
	uint32_t life; /* counts the tasks that had this number: task_end means the whole task */
};

/* Undoes what a wait started (clears a timer, ends a request); called once, when the task is woken
 * by something else. */
typedef void (*task_cancel_fn)(void *context);
/* Pushes the results of the wait on L; returns how many. Runs in the waiting coroutine itself, with
 * the stack of the function that waits: it may raise an error. */
typedef int (*task_push_fn)(lua_State *L, void *context);

/* Starts a function of L with the `count` arguments above it (all popped) as a task; it runs from
 * the loop, later in this turn. */
struct task_id task_spawn(struct host *host, lua_State *L, int count, const char *name);
/* The end of a task: its results are the top `count` values of `thread`, or, where status is not
 * LUA_OK, the error value is on its top and *failure says it with the traceback. The thread lives
 * as long as somebody refers to it. LUA_YIELD: dropped with its host. Must not raise errors. */
struct error;
typedef void (*task_done_fn)(
	void *context, lua_State *thread, int status, int count, const struct error *failure);
void task_on_done(struct host *host, struct task_id id, task_done_fn done, void *context);
/* Borrowed; valid while the task runs. */
lua_State *task_thread(struct host *host, struct task_id id);

/* The wait: must be `return task_wait(...)` in a C function. Raises an error with the script's line
 * where no wait is possible (sort, gsub, a metamethod that cannot yield), naming bench.together;
 * call task_check before something is started, and before task_current. */
int task_wait(lua_State *L, task_cancel_fn cancel, void *context);
/* The same for a wait that must bring its own end: task_end only calls `cancel`, and whoever does
 * the work wakes the task soon after. */
int task_wait_stubborn(lua_State *L, task_cancel_fn cancel, void *context);
/* Pushes the table of the task that runs, which goes with it. */
void task_push_own(lua_State *L);
/* Raises the error that task_wait would raise. */
void task_check(lua_State *L);
bool task_can_wait(
	lua_State *L); /* what task_check asks; false also in a task that is being ended */
/* Who is waiting; valid from just before task_wait. */
struct task_id task_current(lua_State *L);
/* Wakes it: push gives the values that the wait returns. Resumes from the loop, not inside this
 * call. */
void task_wake(struct host *host, struct task_id id, task_push_fn push, void *context);
/* Ends a task's wait and every later one: waits return nil, "cancelled" (asks: ok = false,
 * client_limit). */
void task_end(struct host *host, struct task_id id);
/* All of them, and those that begin later. */
void task_end_all(struct host *host);
bool task_all_ended(const struct host *host);
/* Whether the task that runs now is being ended. */
bool task_ended(lua_State *L);
/* Tasks that have not returned. */
size_t task_count(const struct host *host);

/* While held, nothing can wait: a coroutine runs below a place that cannot yield. Returns
 * what was. */
bool task_hold(struct host *host, bool held);
/* The value that a wait yields through the coroutines of a script, which pass it upwards. */
bool task_is_wait(lua_State *L, int index);
void task_push_wait(lua_State *L);

/* For host.c: the tasks of a host, and their end without a word to the scripts. */
void tasks_new(struct host *host);
void tasks_free(struct host *host);

#endif
