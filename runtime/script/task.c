/* Each task is a Lua thread, anchored in the registry while it lives. A wait yields one private
 * value; the script's own coroutines pass it upwards (lib/bench/coroutine.lua) until it arrives in
 * run(). The results of a wait are pushed by the waiting C function's continuation, in its own
 * coroutine, so that nothing has to travel down and every allocation is inside a protected call. */
#include "script/task.h"

#include "base/clock.h"
#include "base/memory.h"
#include "script/failure.h"
#include "script/state.h"

#include <lauxlib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CROWD_NS CLOCK_MS_NS /* that long ready tasks run before the network is looked at */

enum task_state { TASK_FREE, TASK_READY, TASK_RUNNING, TASK_WAITING };

struct task {
	struct host *host;
	struct task_id id;
	enum task_state state;
	lua_State *thread;
	int anchor;
	int own;         /* task_push_own; 0: nobody asked for it */
	int arguments;   /* of the first resume */
	bool ended;      /* task_end was called */
	int64_t last_ns; /* where it was: the end of its time, of all its turns together */
	bool stubborn;   /* task_end does not end this wait, its starter does */
	task_cancel_fn cancel;
	void *cancel_context;
	task_push_fn push;
	void *push_context;
	task_done_fn done;
	void *done_context;
	struct task *next; /* of the ready ones, or of the free ones */
	char name[32];
};

struct tasks {
	struct host *host;
	struct task **all; /* by number; never freed before the host, so that generations go on */
	size_t count, alive;
	struct task *free;
	struct task *first_ready, *last_ready;
	struct task *current;
	int outside;   /* what task_push_own gives where no task runs */
	bool has_turn; /* run_ready is deferred: some are ready */
	bool held;
	bool ended; /* task_end_all was called: who begins later is ended, too */
};

static const char wait_mark; /* its address is what a wait yields */

bool task_is_wait(lua_State *L, int index)
{
	return lua_touserdata(L, index) == (const void *)&wait_mark;
}

void task_push_wait(lua_State *L)
{
	lua_pushlightuserdata(L, (void *)&wait_mark);
}

/* The task itself, in whichever of its waits it is. */
static struct task *find_alive(struct host *host, struct task_id id)
{
	struct tasks *tasks = host->tasks;
	if (id.number >= tasks->count)
		return NULL;
	struct task *task = tasks->all[id.number];
	return task->state != TASK_FREE && task->id.life == id.life ? task : NULL;
}

static struct task *new_task(struct tasks *tasks)
{
	struct task *task = tasks->free;
	if (task != NULL) {
		tasks->free = task->next;
	} else {
		tasks->all = memory_resize(tasks->all, tasks->count + 1, sizeof(struct task *));
		task = memory_new(sizeof *task);
		task->host = tasks->host;
		task->id.number = (uint32_t)tasks->count;
		tasks->all[tasks->count++] = task;
	}
	task->id.life++;
	task->id.generation++;
	tasks->alive++;
	return task;
}

static void run_ready(void *context);

/* In this turn of the loop, after its events and timers, or in the next one. */
static void take_turn(struct tasks *tasks)
{
	if (tasks->has_turn)
		return;
	tasks->has_turn = true;
	loop_defer(tasks->host->settings.loop, run_ready, tasks);
}

static void make_ready(struct task *task)
{
	struct tasks *tasks = task->host->tasks;
	task->state = TASK_READY;
	task->next = NULL;
	if (tasks->last_ready != NULL)
		tasks->last_ready->next = task;
	else
		tasks->first_ready = task;
	tasks->last_ready = task;
	take_turn(tasks);
}

static void mark_ended(struct task *task)
{
	task->ended = true;
	task->last_ns = clock_now_ns() + task->host->limit.time_limit_ns;
}

/* The thread is made first: nothing is taken before the last allocation that can fail. */
struct task_id task_spawn(struct host *host, lua_State *L, int count, const char *name)
{
	luaL_checkstack(L, 3, "too many arguments");
	lua_State *thread = lua_newthread(L);
	if (!lua_checkstack(thread, count + 1))
		luaL_error(L, "too many arguments");
	int anchor = luaL_ref(L, LUA_REGISTRYINDEX);
	lua_xmove(L, thread, count + 1);
	struct task *task = new_task(host->tasks);
	task->thread = thread;
	task->anchor = anchor;
	task->arguments = count;
	snprintf(task->name, sizeof task->name, "%s", name);
	if (host->tasks->ended)
		mark_ended(task);
	make_ready(task);
	return task->id;
}

void task_on_done(struct host *host, struct task_id id, task_done_fn done, void *context)
{
	struct task *task = find_alive(host, id);
	if (task == NULL)
		return;
	task->done = done;
	task->done_context = context;
}

lua_State *task_thread(struct host *host, struct task_id id)
{
	struct task *task = find_alive(host, id);
	return task != NULL ? task->thread : NULL;
}

/* The slot is given back before `done` is called, which may start the next task. */
static void release(struct task *task)
{
	struct tasks *tasks = task->host->tasks;
	struct task_id id = task->id;
	struct host *host = task->host;
	memset(task, 0, sizeof *task);
	task->host = host;
	task->id = id;
	task->next = tasks->free;
	tasks->free = task;
	tasks->alive--;
}

/* LUA_YIELD: it yielded without a wait. */
static void finish(struct task *task, int status, int count)
{
	struct host *host = task->host;
	lua_State *thread = task->thread;
	int anchor = task->anchor, own = task->own;
	task_done_fn done = task->done;
	void *context = task->done_context;
	struct error failure = {.code = ERROR_NONE};
	if (status != LUA_OK) {
		if (status == LUA_YIELD)
			error_set(&failure, ERROR_SCRIPT, "%s yielded outside of a coroutine",
				task->name);
		else
			failure_describe(thread, status, &failure);
		lua_resetthread(thread); /* runs what is to be closed; the error stays on top */
	}
	lua_pushnil(host->L);
	lua_rawsetp(host->L, LUA_REGISTRYINDEX, task);
	release(task);
	if (done != NULL)
		done(context, thread, status, count, status != LUA_OK ? &failure : NULL);
	luaL_unref(host->L, LUA_REGISTRYINDEX, anchor);
	luaL_unref(host->L, LUA_REGISTRYINDEX, own != 0 ? own : LUA_NOREF);
}

static int push_cancelled(lua_State *L, void *context)
{
	(void)context;
	lua_pushnil(L);
	lua_pushliteral(L, "cancelled");
	return 2;
}

static void wake(struct task *task, task_push_fn push, void *context)
{
	task->push = push;
	task->push_context = context;
	task->cancel = NULL;
	task->id.generation++;
	make_ready(task);
}

static void cancel(struct task *task)
{
	task_cancel_fn undo = task->cancel;
	task->cancel = NULL;
	if (undo != NULL)
		undo(task->cancel_context);
}

/* An error on the way up (memory, in a coroutine that the wait passes through) left a wait that
 * nobody is in any more. */
static void abandon(struct task *task)
{
	if (task->state != TASK_WAITING)
		return;
	task->state = TASK_RUNNING;
	task->id.generation++;
	cancel(task);
}

/* Ends the wait of a task that is being ended. */
static void cut_short(struct task *task)
{
	cancel(task);
	if (!task->stubborn)
		wake(task, push_cancelled, NULL);
}

static void run(struct task *task)
{
	struct host *host = task->host;
	struct tasks *tasks = host->tasks;
	int count = 0;
	int arguments = task->arguments;
	task->arguments = 0;
	task->state = TASK_RUNNING;
	tasks->current = task;
	if (task->ended)
		limit_enter_last(&host->limit, task->thread, task->last_ns);
	else
		limit_enter(&host->limit, task->thread);
	int status = lua_resume(task->thread, NULL, arguments, &count);
	tasks->current = NULL;
	if (status == LUA_YIELD && task->state == TASK_WAITING) {
		lua_pop(task->thread, count);
		if (task->ended)
			cut_short(task);
	} else {
		abandon(task);
		finish(task, status, count);
	}
	limit_leave(&host->limit);
	if (host->settings.collect_often)
		lua_gc(host->L, LUA_GCCOLLECT);
}

static struct task *take_ready(struct tasks *tasks)
{
	struct task *task = tasks->first_ready;
	tasks->first_ready = task->next;
	if (tasks->last_ready == task)
		tasks->last_ready = NULL;
	return task;
}

/* Those that become ready meanwhile have their turn after the next look at the network, and so has
 * the rest of a crowd: what comes for the first of a thousand that begin at once must not wait
 * until the last has begun. */
static void run_ready(void *context)
{
	struct tasks *tasks = context;
	const struct task *last = tasks->last_ready;
	int64_t until_ns = clock_now_ns() + CROWD_NS;
	tasks->has_turn = false;
	for (bool more = last != NULL; more;) {
		struct task *task = take_ready(tasks);
		more = task != last;
		run(task);
		more = more && clock_now_ns() < until_ns;
	}
	if (tasks->first_ready == NULL) {
		collector_run(tasks->host);
		return;
	}
	take_turn(tasks);
	collector_keep_up(tasks->host);
}

struct task_id task_current(lua_State *L)
{
	struct task *current = host_of(L)->tasks->current;
	return current != NULL ? current->id : (struct task_id){UINT32_MAX, 0, 0};
}

void task_push_own(lua_State *L)
{
	struct tasks *tasks = host_of(L)->tasks;
	int *own = tasks->current != NULL ? &tasks->current->own : &tasks->outside;
	if (*own == 0) {
		lua_newtable(L);
		*own = luaL_ref(L, LUA_REGISTRYINDEX);
	}
	lua_rawgeti(L, LUA_REGISTRYINDEX, *own);
}

bool task_ended(lua_State *L)
{
	struct task *current = host_of(L)->tasks->current;
	return current != NULL && current->ended;
}

bool task_hold(struct host *host, bool held)
{
	bool before = host->tasks->held;
	host->tasks->held = held;
	return before;
}

/* The coroutine that waits stays alive until the wait is over, and with it what lies on its stack:
 * the context of the wait. A script could let go of it when the memory for passing the wait on
 * fails. */
static void anchor_waiting(lua_State *L, struct task *task)
{
	lua_pushthread(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, task);
}

static bool may_wait(lua_State *L)
{
	const struct tasks *tasks = host_of(L)->tasks;
	return tasks->current != NULL && !tasks->held && lua_isyieldable(L);
}

bool task_can_wait(lua_State *L)
{
	return may_wait(L) && !task_ended(L);
}

void task_check(lua_State *L)
{
	struct tasks *tasks = host_of(L)->tasks;
	char where[256];
	if (tasks->current != NULL)
		abandon(tasks->current);
	if (may_wait(L)) {
		anchor_waiting(L, tasks->current);
		return;
	}
	failure_where(L, where, sizeof where);
	const char *why = tasks->current == NULL
				  ? "on_token and the loading of a file may not wait"
				  : "not inside of sort, gsub or a metamethod: wait before it, or "
				    "ask with bench.together first";
	lua_pushfstring(L, "%scannot wait here: %s", where, why);
	lua_error(L);
}

static int go_on(lua_State *L, int status, lua_KContext context)
{
	(void)status;
	(void)context;
	struct task *task = host_of(L)->tasks->current;
	task_push_fn push = task->push;
	return push != NULL ? push(L, task->push_context) : 0;
}

static int wait_for(lua_State *L, task_cancel_fn undo, void *context, bool stubborn)
{
	task_check(L);
	struct task *task = host_of(L)->tasks->current;
	task->state = TASK_WAITING;
	task->stubborn = stubborn;
	task->cancel = undo;
	task->cancel_context = context;
	task_push_wait(L);
	return lua_yieldk(L, 1, 0, go_on);
}

int task_wait(lua_State *L, task_cancel_fn cancel_fn, void *context)
{
	return wait_for(L, cancel_fn, context, false);
}

int task_wait_stubborn(lua_State *L, task_cancel_fn cancel_fn, void *context)
{
	return wait_for(L, cancel_fn, context, true);
}

void task_wake(struct host *host, struct task_id id, task_push_fn push, void *context)
{
	struct task *task = find_alive(host, id);
	if (task != NULL && task->id.generation == id.generation && task->state == TASK_WAITING)
		wake(task, push, context);
}

/* One that runs now is cut short when it waits next. */
static void end(struct task *task)
{
	if (task->ended)
		return;
	mark_ended(task);
	if (task->state == TASK_WAITING && task != task->host->tasks->current)
		cut_short(task);
}

void task_end(struct host *host, struct task_id id)
{
	struct task *task = find_alive(host, id);
	if (task != NULL)
		end(task);
}

void task_end_all(struct host *host)
{
	host->tasks->ended = true;
	for (size_t i = 0; i < host->tasks->count; i++)
		if (host->tasks->all[i]->state != TASK_FREE)
			end(host->tasks->all[i]);
}

bool task_all_ended(const struct host *host)
{
	return host->tasks->ended;
}

size_t task_count(const struct host *host)
{
	return host->tasks->alive;
}

void tasks_new(struct host *host)
{
	struct tasks *tasks = memory_new(sizeof *tasks);
	tasks->host = host;
	host->tasks = tasks;
}

/* It is nobody's any more: a wake-up that the cancelling brings finds no task. */
static void drop(struct task *task)
{
	struct error dropped;
	bool waited = task->state == TASK_WAITING;
	error_set(&dropped, ERROR_SCRIPT, "the script was dropped while it ran");
	task->state = TASK_FREE;
	if (waited)
		cancel(task);
	if (task->done != NULL)
		task->done(task->done_context, task->thread, LUA_YIELD, 0, &dropped);
}

void tasks_free(struct host *host)
{
	struct tasks *tasks = host->tasks;
	for (size_t i = 0; i < tasks->count; i++)
		if (tasks->all[i]->state != TASK_FREE)
			drop(tasks->all[i]);
	if (tasks->has_turn)
		loop_undefer(host->settings.loop, run_ready, tasks);
	for (size_t i = 0; i < tasks->count; i++)
		free(tasks->all[i]);
	free(tasks->all);
	free(tasks);
	host->tasks = NULL;
}
