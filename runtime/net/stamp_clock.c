#include "net/stamp_clock.h"

#include "base/clock.h"

#include <stdlib.h>

#define OFFSET_GAP_NS 2000 /* two clock reads further apart than this are taken again */
#define OFFSET_TRIES 8
#define OFFSET_SLACK_NS 3000 /* the offset moves by this and 1000 ppm without being a jump */

/* Wall clock minus monotonic clock, how exactly it is known, and when. */
struct offset {
	int64_t taken_ns, wall_minus_monotonic_ns, gap_ns;
};

static _Thread_local struct offset offset;
static _Thread_local int64_t since_ns; /* stamps from before are of a clock that was set since */

static struct offset measure_offset(void)
{
	struct offset best = {.gap_ns = INT64_MAX};
	for (int try = 0; try < OFFSET_TRIES && best.gap_ns > OFFSET_GAP_NS; try++) {
		int64_t before = clock_now_ns();
		int64_t wall = clock_wall_ns();
		int64_t gap = clock_now_ns() - before;
		if (gap < best.gap_ns)
			best = (struct offset){before, wall - before - gap / 2, gap};
	}
	return best;
}

static void update_offset(void)
{
	struct offset now = measure_offset();
	if (offset.taken_ns > 0) {
		int64_t moved = llabs(now.wall_minus_monotonic_ns - offset.wall_minus_monotonic_ns);
		int64_t allowed = OFFSET_SLACK_NS + now.gap_ns + offset.gap_ns +
				  (now.taken_ns - offset.taken_ns) / 1000;
		if (moved > allowed)
			since_ns = now.taken_ns;
	}
	offset = now;
}

bool stamp_clock_convert(int64_t wall_ns, int64_t oldest_ns, int64_t *t_ns)
{
	update_offset();
	*t_ns = wall_ns - offset.wall_minus_monotonic_ns;
	int64_t now = offset.taken_ns + offset.gap_ns + OFFSET_SLACK_NS;
	return *t_ns >= since_ns && *t_ns >= oldest_ns && *t_ns <= now;
}
