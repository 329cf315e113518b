#include "sim/sim.h"

#include "base/memory.h"
#include "script/bind/bind.h"
#include "script/state.h"

#include <stdlib.h>

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
	sims->all = memory_resize(sims->all, sims->count + 1, sizeof *sims->all);
	struct error error;
	if (!sim_spawn(assignments, &sims->all[sims->count], &error))
		return bind_failure(L, error.message);
	sims->count++;
	lua_pushfstring(L, "127.0.0.1:%d", sims->all[sims->count - 1].port);
	return 1;
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
	static const luaL_Reg functions[] = {{"spawn", l_spawn}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
