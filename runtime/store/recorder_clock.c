/* A machine that sleeps, or whose wall clock is set, in the middle of a run, and a process that is
 * stopped, or held up by a limit of CPU. Durations come from a clock that does neither; what lay
 * across the moment is marked all the same. */
#include "store/recorder_internal.h"

#include "base/clock.h"
#include "base/memory.h"
#include "machine/facts.h"

#include <stdio.h>
#include <stdlib.h>

#define JUMP_SLEPT_NS (100 * CLOCK_MS_NS)
#define JUMP_SET_NS (500 * CLOCK_MS_NS) /* above what a disciplined clock is slewed in a second */
#define JUMP_STOPPED_NS CLOCK_SECOND_NS

struct clocks clocks_now(void)
{
	return (struct clocks){
		.mono_ns = clock_now_ns(), .wall_ns = clock_wall_ns(), .boot_ns = clock_boot_ns()};
}

static void add_jump(struct recorder *recorder, struct clock_jump jump)
{
	recorder->jumps =
		memory_resize(recorder->jumps, recorder->jump_count + 1, sizeof *recorder->jumps);
	recorder->jumps[recorder->jump_count++] = jump;
}

/* How long this thread was runnable but did not run; 0 where nobody knows. */
static int64_t waited_for_core_ns(void)
{
	int64_t waiting_ns = facts_waiting_ns();
	return waiting_ns > 0 ? waiting_ns : 0;
}

void recorder_watch_clocks(struct recorder *recorder)
{
	struct clocks now = clocks_now(), before = recorder->seen;
	int64_t passed = now.boot_ns - before.boot_ns;
	int64_t slept = passed - (now.mono_ns - before.mono_ns);
	int64_t set = now.wall_ns - before.wall_ns - passed;
	recorder->seen = now;
	recorder->waited_ns = waited_for_core_ns();
	if (slept < JUMP_SLEPT_NS && llabs(set) < JUMP_SET_NS)
		return;
	add_jump(recorder, (struct clock_jump){.from_ns = before.mono_ns,
				   .to_ns = now.mono_ns,
				   .slept_ns = slept,
				   .set_ns = set});
}

void recorder_note_wait(struct recorder *recorder, int64_t began_ns, int64_t due_ns)
{
	int64_t now_ns = clock_now_ns(), stopped_ns = now_ns - due_ns;
	if (stopped_ns < JUMP_STOPPED_NS)
		return;
	stopped_ns -= waited_for_core_ns() - recorder->waited_ns;
	if (stopped_ns >= JUMP_STOPPED_NS)
		add_jump(recorder,
			(struct clock_jump){
				.from_ns = began_ns, .to_ns = now_ns, .stopped_ns = stopped_ns});
}

static void tell(struct recorder *recorder, const struct clock_jump *jump, const char *code,
	const char *text)
{
	int64_t origin_ns = recorder->place.origin_ns;
	const struct store_value values[] = {store_integer(recorder->place.run), store_null(),
		store_null(), store_text(code), store_text(text)};
	const struct store_value across[] = {store_integer(recorder->place.run), store_text(code),
		store_text(text), store_integer(jump->from_ns - origin_ns),
		store_integer(jump->to_ns - origin_ns)};
	recorder_write_now(recorder, "warning", values, 5);
	recorder_write_now(recorder, "warning_across", across, 5);
}

void recorder_tell_jumps(struct recorder *recorder)
{
	char text[256];
	recorder_watch_clocks(recorder);
	for (size_t i = 0; i < recorder->jump_count; i++) {
		const struct clock_jump *jump = &recorder->jumps[i];
		double at_s = (double)(jump->to_ns - recorder->place.origin_ns) / 1e9;
		if (jump->slept_ns >= JUMP_SLEPT_NS) {
			snprintf(text, sizeof text,
				"The machine slept for %.1f s, %.1f s into the run; requests "
				"across it are marked",
				(double)jump->slept_ns / 1e9, at_s);
			tell(recorder, jump, "suspended", text);
		}
		if (jump->stopped_ns > 0) {
			snprintf(text, sizeof text,
				"bench itself was stopped for %.1f s (Ctrl-Z, a signal, a paused "
				"machine), until %.1f s into the run: nothing was asked meanwhile, "
				"and what came may be stamped late; requests across it are marked",
				(double)jump->stopped_ns / 1e9, at_s);
			tell(recorder, jump, "stopped", text);
		}
		if (llabs(jump->set_ns) >= JUMP_SET_NS) {
			snprintf(text, sizeof text,
				"The wall clock was set by %+.1f s, %.1f s into the run: times of "
				"day are off, durations are not",
				(double)jump->set_ns / 1e9, at_s);
			tell(recorder, jump, "clock_set", text);
		}
	}
}

void recorder_tell_quota(struct recorder *recorder)
{
	struct buffer text = BUFFER_EMPTY;
	quota_append_words(&text, &recorder->quota);
	const struct store_value values[] = {store_integer(recorder->place.run), store_null(),
		store_null(), store_text("throttled"), store_text(buffer_string(&text))};
	if (text.size > 0)
		recorder_write_now(recorder, "warning", values, 5);
	buffer_free(&text);
}
