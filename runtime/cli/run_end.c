/* The end of a run: what was kept is written out, judged and printed. */
#include "base/clock.h"
#include "base/output.h"
#include "cli/command.h"
#include "cli/run_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUSPEND_NS CLOCK_SECOND_NS           /* the machine slept at least this long */
#define CLOCK_SET_NS (CLOCK_SECOND_NS / 2)   /* the wall clock moved at least this much */
#define DISCARDED 1                          /* what finish.lua answers when it removed the run */

static void warn(struct run *run, const char *code, const char *text)
{
	const struct store_value values[] = {
		store_null(), store_null(), store_text(code), store_text(text)};
	recorder_write(run->recorder, "warning", values, sizeof values / sizeof *values);
}

static void check_clocks(struct run *run)
{
	struct run_clocks now;
	run_state_clocks(&now);
	int64_t elapsed = now.monotonic_ns - run->began.monotonic_ns;
	int64_t slept = now.boot_ns - run->began.boot_ns - elapsed;
	int64_t moved = now.wall_ns - run->began.wall_ns - (now.boot_ns - run->began.boot_ns);
	char text[256];
	if (slept > SUSPEND_NS) {
		snprintf(text, sizeof text,
			"The machine slept for %" PRId64 " s during the run. Requests across it are wrong; "
			"keep it awake (systemd-inhibit, or a wake lock) and repeat.",
			slept / CLOCK_SECOND_NS);
		warn(run, "suspend", text);
	}
	if (llabs(moved) > CLOCK_SET_NS) {
		snprintf(text, sizeof text,
			"The wall clock was set by %+.1f s during the run. No duration changed, since all come "
			"from the monotonic clock; the times of day of this run may not fit others.",
			(double)moved / 1e9);
		warn(run, "clock_set", text);
	}
}

static void keep_health(struct run *run)
{
	struct loop_lag lag = loop_lag(run->loop);
	struct facts_usage usage;
	facts_usage(&usage);
	const struct facts_usage *began = &run->usage_began;
	bool waits_known = usage.waiting_ns >= 0 && began->waiting_ns >= 0;
	const struct store_value values[] = {
		store_integer((int64_t)lag.turns),
		store_integer(lag.p50_ns),
		store_integer(lag.p99_ns),
		store_integer(lag.max_ns),
		store_integer(usage.cpu_ns - began->cpu_ns),
		waits_known ? store_integer(usage.waiting_ns - began->waiting_ns) : store_null(),
		store_integer(clock_now_ns() - run->origin_ns),
		store_null(),
		store_null(),
		store_text(run->kernel_stamps ? "kernel" : "clock"),
		store_integer(usage.rss_bytes),
	};
	recorder_write(run->recorder, "loop_health", values, sizeof values / sizeof *values);
}

/* Calls lib/commands/finish.lua; a failure in it is said and is no reason to lose the run. */
static int64_t finish(struct run *run, const char *function, const char *number)
{
	struct options options = *run->options;
	options.command = NULL;
	options.arguments = &number;
	options.argument_count = 1;
	struct command_call call = {
		.module = "finish",
		.function = function,
		.options = &options,
		.database = run->database,
		.recorder = run->recorder,
		.reads = true,
	};
	int64_t result = EXIT_WELL;
	struct error error = {.code = ERROR_NONE};
	if (command_call(&call, &result, &error))
		return result;
	output_format(OUTPUT_STDERR, "bench: the report failed: %s\n", error.message);
	return command_exit_code(&error);
}

static const char *status_of(const struct run *run)
{
	if (run->signal != 0)
		return "interrupted";
	return run->error.code != ERROR_NONE ? "failed" : "done";
}

/* "mine.lua:14: ..." says itself who speaks. */
static bool names_place(const char *message)
{
	size_t colon = strcspn(message, ":\n");
	return message[colon] == ':' && message[colon + 1] >= '0' && message[colon + 1] <= '9';
}

static void say_failure(const struct run *run, const char *number, bool kept)
{
	output_format(OUTPUT_STDERR, "%s%s\n", names_place(run->error.message) ? "" : "bench: ",
		run->error.message);
	if (kept)
		output_format(OUTPUT_STDERR,
			"  What was measured until then is kept as run %s (bench show %s).\n", number, number);
}

/* The first of 130/143, 6, 3, 4, 1, 5 that holds; wrong usage comes before anything was measured. */
static int exit_code(const struct run *run, bool kept, int64_t judged)
{
	static const int order[] = {
		EXIT_STORE, EXIT_SCRIPT, EXIT_UNREACHED, EXIT_BROKEN, EXIT_INCONCLUSIVE};
	if (run->signal != 0)
		return 128 + run->signal;
	int failed = run->error.code != ERROR_NONE ? command_exit_code(&run->error) : EXIT_WELL;
	if (failed == EXIT_USAGE || run->result == EXIT_USAGE)
		return EXIT_USAGE;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		bool holds = order[i] == EXIT_STORE && !kept;
		if (holds || failed == order[i] || run->result == order[i] || judged == order[i])
			return order[i];
	}
	return EXIT_WELL;
}

/* Ends what runs, in the order in which rows still come: tasks, requests, then the recorder. */
static void stop(struct run *run)
{
	loop_timer_clear(run->loop, &run->drain);
	host_free(run->host);
	run->host = NULL;
	http_free(run->http);
	run->http = NULL;
}

int run_end(struct run *run)
{
	char number[24];
	snprintf(number, sizeof number, "%" PRId64, recorder_run_number(run->recorder));
	stop(run);
	keep_health(run);
	check_clocks(run);
	struct error error = {.code = ERROR_NONE};
	bool kept = recorder_flush(run->recorder, &error);
	int64_t judged = kept ? finish(run, "judge", number) : EXIT_STORE;
	if (!recorder_finish(run->recorder, status_of(run), &error))
		kept = false;
	run->recorder = NULL;
	if (!kept)
		output_format(OUTPUT_STDERR, "bench: %s\n", error.message);
	int code = exit_code(run, kept, judged);
	bool failed = run->error.code != ERROR_NONE && run->signal == 0;
	bool empty = (failed || code == EXIT_USAGE || run->result == EXIT_UNREACHED) &&
		     finish(run, "discard_empty", number) == DISCARDED;
	if (failed)
		say_failure(run, number, !empty);
	else if (!empty)
		finish(run, "print", number);
	return code;
}
