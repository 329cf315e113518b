/* core.worker: which of the processes of a run this is, and what they say to each other. */
#include "base/memory.h"
#include "script/bind/bind.h"
#include "script/state.h"
#include "script/task.h"

#include <stdlib.h>
#include <string.h>

struct note {
	struct note *next;
	size_t size;
	int32_t from;
	char text[];
};

struct workmates {
	struct host *host;
	struct mail *mail;
	struct note *first, *last; /* heard, not yet taken */
	struct task_id waiter;
	bool waiting;
	bool alone; /* nobody passes anything on any more */
};

/* -> from, text; from: one that is gone; nothing: nobody passes anything on any more. */
static int push_note(lua_State *L, void *context)
{
	struct workmates *mates = context;
	struct note *note = mates->first;
	mates->waiting = false;
	if (note == NULL)
		return 0;
	lua_pushinteger(L, note->from >= 0 ? note->from : -1 - note->from);
	if (note->from >= 0)
		lua_pushlstring(L, note->text, note->size);
	mates->first = note->next;
	if (mates->first == NULL)
		mates->last = NULL;
	int count = note->from >= 0 ? 2 : 1;
	free(note);
	return count;
}

static void wake(struct workmates *mates)
{
	if (mates->waiting)
		task_wake(mates->host, mates->waiter, push_note, mates);
}

static void heard(void *context, int32_t from, const char *data, size_t size)
{
	struct workmates *mates = context;
	struct note *note = memory_new(sizeof *note + size);
	note->from = from;
	note->size = size;
	memcpy(note->text, data, size);
	if (mates->last != NULL)
		mates->last->next = note;
	else
		mates->first = note;
	mates->last = note;
	wake(mates);
}

static void left_alone(void *context)
{
	struct workmates *mates = context;
	mates->alone = true;
	wake(mates);
}

static int l_tell(lua_State *L)
{
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	mail_send(host_of(L)->workmates->mail, MAIL_TELL, text, size);
	return 0;
}

/* A wait that no interrupt ends: who is told to end has others to agree with, too. */
static int l_hear(lua_State *L)
{
	struct workmates *mates = host_of(L)->workmates;
	task_check(L);
	if (mates->first != NULL || mates->alone)
		return push_note(L, mates);
	mates->waiter = task_current(L);
	mates->waiting = true;
	return task_wait_stubborn(L, NULL, NULL);
}

static struct workmates *meet_others(struct host *host, int fd)
{
	struct workmates *mates = memory_new(sizeof *mates);
	const struct mail_events events = {.message = heard, .ended = left_alone, .context = mates};
	mates->host = host;
	mates->mail = mail_new(host->settings.loop, fd, &events);
	return mates;
}

void bind_worker_free(struct host *host)
{
	struct workmates *mates = host->workmates;
	if (mates == NULL)
		return;
	mail_free(mates->mail);
	while (mates->first != NULL) {
		struct note *note = mates->first;
		mates->first = note->next;
		free(note);
	}
	free(mates);
	host->workmates = NULL;
}

int bind_worker(lua_State *L)
{
	static const luaL_Reg functions[] = {{"tell", l_tell}, {"hear", l_hear}, {NULL, NULL}};
	struct host *host = host_of(L);
	const struct host_worker *worker = host->settings.worker;
	luaL_newlib(L, functions);
	lua_pushinteger(L, worker != NULL ? worker->index : 0);
	lua_setfield(L, -2, "index");
	lua_pushinteger(L, worker != NULL ? worker->count : 1);
	lua_setfield(L, -2, "count");
	if (worker == NULL)
		return 1;
	lua_pushstring(L, worker->folder);
	lua_setfield(L, -2, "folder");
	if (host->workmates == NULL)
		host->workmates = meet_others(host, worker->mail);
	return 1;
}
