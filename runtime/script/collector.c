#include "script/collector.h"

#include "base/clock.h"
#include "script/state.h"

/* A step is the least that Lua knows to do: it looks at some 400 objects, or frees as many. The one
 * that ends the marking cannot be cut. With Lua's own numbers a single step looks at 50,000
 * objects, all there are in most scripts. */
#define SPEED 12
#define STEP 8 /* log2 of bytes */

#define ROOM_NS (CLOCK_MS_NS / 5) /* no step takes as long; nearer to a deadline none is made */
#define TURN_NS (CLOCK_MS_NS / 5) /* then the network is looked at */
#define KEEP_UP 1024              /* bytes that a step must make up for */

static size_t used(const struct host *host)
{
	return host->limit.memory_used + host->collector.outside;
}

static void step(struct host *host)
{
	struct collector *collector = &host->collector;
	if (lua_gc(host->L, LUA_GCSTEP, 0) == 0)
		return;
	collector->is_under_way = collector->is_late = false;
	collector->outside = 0;
	collector->live = host->limit.memory_used;
}

static bool is_needed(const struct host *host)
{
	const struct collector *collector = &host->collector;
	return collector->is_under_way || used(host) > collector->live + collector->live / 2;
}

void collector_keep_up(struct host *host)
{
	struct collector *collector = &host->collector;
	if (!collector->is_ours || (!collector->is_late && used(host) < 2 * collector->live))
		return;
	size_t grown = used(host) > collector->seen ? used(host) - collector->seen : 0;
	collector->is_under_way = collector->is_late = true;
	for (size_t steps = grown / KEEP_UP + 1; steps > 0 && collector->is_under_way; steps--)
		step(host);
	collector->seen = used(host);
}

static bool has_time(const struct host *host, int64_t until_ns)
{
	return clock_now_ns() < until_ns && loop_time_left(host->settings.loop) > ROOM_NS;
}

void collector_run(struct host *host)
{
	struct collector *collector = &host->collector;
	if (!collector->is_ours || !is_needed(host))
		return;
	int64_t until_ns = clock_now_ns() + TURN_NS;
	collector->is_under_way = true;
	while (collector->is_under_way && has_time(host, until_ns))
		step(host);
	collector_keep_up(host);
	collector->seen = used(host);
}

void collector_add(struct host *host, size_t bytes)
{
	host->collector.outside += bytes;
}

void collector_take_over(struct host *host)
{
	lua_gc(host->L, LUA_GCINC, 0, SPEED, STEP);
	if (host->settings.trusted || host->settings.loop == NULL)
		return;
	lua_gc(host->L, LUA_GCSTOP);
	host->collector.is_ours = true;
	host->collector.live = host->limit.memory_used;
}
