#include "sim/sim.h"

#include "base/memory.h"
#include "script/bind/bind.h"
#include "script/state.h"

#include <stdlib.h>
#include <string.h>

#define SIMS_MOST 64

struct sims {
	struct sim_process *all;
	size_t count;
};

/* The room for it is made first, so that a process that runs is always one that will be ended. */
static int l_spawn(lua_State *L)
{
	struct host *host = host_of(L);
	const char *assignments = luaL_optstring(L, 1, "");
	if (host->sims == NULL)
		host->sims = memory_new(sizeof *host->sims);
	struct sims *sims = host->sims;
	struct error error;
	if (sims->count == SIMS_MOST) {
		error_set(&error, ERROR_USAGE,
			"there are %d simulated servers, the most that a run starts", SIMS_MOST);
		return bind_failure(L, error.message);
	}
	sims->all = memory_resize(sims->all, sims->count + 1, sizeof *sims->all);
	if (!sim_spawn(assignments, &sims->all[sims->count], &error))
		return bind_failure(L, error.message);
	sims->count++;
	lua_pushfstring(L, "127.0.0.1:%d", sims->all[sims->count - 1].port);
	return 1;
}

/* (address): ends one that was spawned here, before the process does. */
static int l_stop(lua_State *L)
{
	struct sims *sims = host_of(L)->sims;
	const char *colon = strrchr(luaL_checkstring(L, 1), ':');
	int port = colon != NULL ? atoi(colon + 1) : 0;
	for (size_t i = 0; sims != NULL && i < sims->count; i++)
		if (sims->all[i].port == port) {
			sim_end(&sims->all[i]);
			sims->all[i] = sims->all[--sims->count];
			return 0;
		}
	return luaL_error(L, "no simulated server of ours listens there");
}

void bind_sim_free(struct host *host)
{
	struct sims *sims = host->sims;
	if (sims == NULL)
		return;
	for (size_t i = 0; i < sims->count; i++)
		sim_end(&sims->all[i]);
	free(sims->all);
	free(sims);
	host->sims = NULL;
}

int bind_sim(lua_State *L)
{
	static const luaL_Reg functions[] = {{"spawn", l_spawn}, {"stop", l_stop}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
