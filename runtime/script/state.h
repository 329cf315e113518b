/* What a host consists of. For script/ alone. */
#ifndef BENCH_SCRIPT_STATE_H
#define BENCH_SCRIPT_STATE_H

#include "base/pool.h"
#include "script/collector.h"
#include "script/host.h"
#include "script/limit.h"

struct tasks;
struct requests;
struct folder;
struct sims;
struct workmates;

/* An error that failure_catch saw: its text and, so far, its frames. */
struct caught {
	const void *value; /* Lua's; gone, perhaps, where it is neither held nor rising */
	struct error error;
	size_t text_size;
	bool held;   /* somebody has its value and may raise it again */
	bool rising; /* it was raised again, and nothing caught it yet */
};

struct host {
	struct host_settings settings;
	lua_State *L;
	struct limit limit;
	struct pool pool; /* of what Lua allocates */
	struct collector collector;
	struct tasks *tasks;         /* task.c */
	struct requests *requests;   /* request.c */
	struct folder *folder;       /* folder.c */
	struct sims *sims;           /* bind/sim.c */
	struct workmates *workmates; /* bind/worker.c */
	struct store *own_store;     /* bind/store.c: opened for writing by `bench db` */
	struct caught caught;        /* failure.c */
	struct error failure; /* of the protected call that failed last, with its traceback */
};

#endif
