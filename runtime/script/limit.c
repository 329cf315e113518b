#include "script/limit.h"

#include "base/alarm.h"
#include "base/clock.h"
#include "base/memory.h"
#include "script/state.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define INSTRUCTIONS_PER_LOOK 10000 /* less time than between two alarms, by far */
#define ASK_MS 100                  /* several alarms */

/* ThreadSanitizer keeps a signal back until the program calls the C library next, which an endless
 * loop never does: there the hook is always set. */
#ifdef __SANITIZE_THREAD__
#define ALARM_COMES 0
#else
#define ALARM_COMES 1
#endif

struct limit_source {
	struct limit_source *next;
	char *name; /* as in lua_Debug: "@mine.lua" */
};

static const char sentinel; /* its address is the error value */

/* Where there is no room for an object Lua collects its garbage first, but not where there is none
 * for a buffer of its library (gsub, rep, concat): that may go beyond, until the next object. */
static uint64_t most_for(const struct limit *limit, bool is_object)
{
	uint64_t most = limit->memory_limit + limit->memory_extra;
	return is_object ? most : most + most / 2;
}

void *limit_allocate(void *context, void *block, size_t old_size, size_t new_size)
{
	struct limit *limit = context;
	bool is_object = block == NULL && old_size != 0; /* then old_size is its type */
	size_t old = block != NULL ? old_size : 0;
	if (limit->memory_limit != 0 && new_size > old &&
		limit->memory_used - old + new_size > most_for(limit, is_object)) {
		limit->system_refused = false;
		return NULL;
	}
	void *moved = limit->allocate(limit->allocate_context, block, old_size, new_size);
	if (moved != NULL || new_size == 0)
		limit->memory_used += new_size - old;
	else
		limit->system_refused = true;
	return moved;
}

int limit_raise(lua_State *L)
{
	lua_pushlightuserdata(L, (void *)&sentinel);
	return lua_error(L);
}

bool limit_is_raised(lua_State *L, int index)
{
	return lua_touserdata(L, index) == (const void *)&sentinel;
}

static const char *known_source(const struct limit *limit, const char *name)
{
	for (const struct limit_source *source = limit->sources; source != NULL;
		source = source->next)
		if (strcmp(source->name, name) == 0)
			return source->name;
	return NULL;
}

void limit_know_source(struct limit *limit, const char *name)
{
	if (known_source(limit, name) != NULL)
		return;
	struct limit_source *source = memory_new(sizeof *source);
	source->name = memory_text(name);
	source->next = limit->sources;
	limit->sources = source;
}

static void note_line(struct limit *limit, lua_State *L)
{
	lua_Debug frame;
	for (int level = 0; lua_getstack(L, level, &frame) != 0; level++) {
		lua_getinfo(L, "Sl", &frame);
		const char *name = frame.currentline > 0 ? known_source(limit, frame.source) : NULL;
		if (name == NULL)
			continue;
		atomic_store(&limit->last_source, name);
		atomic_store(&limit->last_line, frame.currentline);
		return;
	}
}

static void expire(struct limit *limit)
{
	const char *source = atomic_load(&limit->last_source);
	limit->expired = true;
	limit->was_last = limit->is_last;
	limit->expired_at[0] = '\0';
	if (source != NULL)
		snprintf(limit->expired_at, sizeof limit->expired_at, "%s:%d", source + 1,
			atomic_load(&limit->last_line));
}

static void look(lua_State *L, lua_Debug *frame)
{
	(void)frame;
	struct limit *limit = &host_of(L)->limit;
	note_line(limit, L);
	collector_keep_up(host_of(L));
	if (limit->deadline_ns == 0 || clock_now_ns() < limit->deadline_ns)
		return;
	if (!limit->expired)
		expire(limit);
	limit_raise(L);
}

static void set_hooks(struct limit *limit, lua_Hook hook, int mask, int count)
{
	limit->hooked = hook != NULL;
	lua_sethook(limit->main, hook, mask, count);
	lua_sethook(limit->running, hook, mask, count);
}

/* In a signal handler: nothing but the hook may be touched, as long as the script may go on. */
static void ring(void *context)
{
	struct limit *limit = context;
	if (!limit->hooked)
		set_hooks(limit, look, LUA_MASKCOUNT, INSTRUCTIONS_PER_LOOK);
	if (!atomic_load(&limit->line_wanted))
		return;
	note_line(limit, limit->running);
	atomic_store(&limit->line_wanted, false);
}

static __attribute__((noreturn)) void halt(int number)
{
	(void)number;
	for (;;)
		pause();
}

void limit_ask_line(struct limit *limit)
{
	const struct sigaction action = {.sa_handler = halt};
	const struct timespec moment = {.tv_nsec = CLOCK_MS_NS};
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	atomic_store(&limit->line_wanted, true);
	for (int i = 0; i < ASK_MS && atomic_load(&limit->line_wanted); i++)
		nanosleep(&moment, NULL);
}

void limit_watch_coroutine(lua_State *coroutine)
{
	if (host_of(coroutine)->limit.main != NULL)
		lua_sethook(coroutine, look, LUA_MASKCOUNT, INSTRUCTIONS_PER_LOOK);
}

void limit_enter(struct limit *limit, lua_State *L)
{
	limit->expired = limit->is_last = false;
	if (limit->main == NULL)
		return;
	limit->deadline_ns = limit->time_limit_ns > 0 ? clock_now_ns() + limit->time_limit_ns : 0;
	limit->running = L;
	alarm_enter(ring, limit);
	if (!ALARM_COMES)
		set_hooks(limit, look, LUA_MASKCOUNT, INSTRUCTIONS_PER_LOOK);
}

void limit_enter_last(struct limit *limit, lua_State *L, int64_t deadline_ns)
{
	limit_enter(limit, L);
	if (limit->deadline_ns == 0)
		return;
	limit->deadline_ns = deadline_ns;
	limit->is_last = true;
	if (clock_now_ns() >= deadline_ns)
		set_hooks(limit, look, LUA_MASKCOUNT, 1); /* a short turn sees no alarm */
}

void limit_leave(struct limit *limit)
{
	if (limit->main == NULL)
		return;
	alarm_leave();
	if (limit->hooked)
		set_hooks(limit, NULL, 0, 0);
	limit->deadline_ns = 0;
}

void limit_free(struct limit *limit)
{
	atomic_store(&limit->last_source, NULL);
	while (limit->sources != NULL) {
		struct limit_source *source = limit->sources;
		limit->sources = source->next;
		free(source->name);
		free(source);
	}
}
