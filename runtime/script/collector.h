/* When the garbage of a script's state is looked for: between its tasks, in short steps, while
 * nothing is about to begin. A round begins once memory has grown by half. Where there was no time
 * until it has doubled, as many steps are made as keep it from growing on. */
#ifndef BENCH_SCRIPT_COLLECTOR_H
#define BENCH_SCRIPT_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>

struct host;

struct collector {
	bool is_ours;      /* Lua's own is stopped */
	bool is_under_way; /* a round */
	bool is_late;      /* it is made up for what is taken, to its end */
	size_t live;       /* bytes when the last one was over */
	size_t seen;       /* bytes when it worked last */
	size_t outside;    /* bytes behind objects of Lua that came since the last round */
};

/* Takes the place of Lua's own. */
void collector_take_over(struct host *host);
/* After the last task that was ready: works if there is time, or if it must. */
void collector_run(struct host *host);
/* Where others are about to run, or in the middle of a task that does not come to its end: works if
 * it must. */
void collector_keep_up(struct host *host);
/* An object of Lua has so much memory of ours behind it. */
void collector_add(struct host *host, size_t bytes);

#endif
