/* The end of a run: what was kept is written out, judged and printed. */
#include "base/clock.h"
#include "base/output.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/run_state.h"
#include "machine/priority.h"
#include "script/failure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISCARDED 1 /* what finish.lua answers when it removed the run */

void run_say_interrupted(void)
{
	output_text(OUTPUT_STDERR,
		"bench: interrupted; 2 s for what is going on (again: end at once)\n");
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
		store_text(run->kernel_stamps ? "kernel" : "clock"),
		store_integer(usage.rss_bytes),
		store_text(priority_got()),
	};
	recorder_write(run->recorder, "loop_health", values, sizeof values / sizeof *values);
}

/* Calls lib/commands/finish.lua with the number of the run and, where it failed, the words for
 * that: verdicts and warnings are written, the report is printed, or an empty run is taken away. A
 * failure in it is said and is no reason to lose the run; that the file takes no more was said
 * already where rows are missing (not kept). */
static int64_t finish(struct run *run, const char *function, const char *number, bool kept)
{
	struct options options = *run->options;
	char *failure = secret_redacted(run->error.message);
	const char *arguments[] = {number, failure};
	options.command = NULL;
	options.arguments = arguments;
	options.argument_count = run->error.code != ERROR_NONE ? 2 : 1;
	struct command_call call = {
		.module = "finish",
		.function = function,
		.options = &options,
		.database = run->database,
		.writes = true,
		.store = run->store,
	};
	int64_t result = EXIT_WELL;
	struct error error = {.code = ERROR_NONE};
	bool called = command_call(&call, &result, &error);
	free(failure);
	if (called)
		return result;
	if (kept || error.code != ERROR_STORE)
		output_format(OUTPUT_STDERR, "bench: the report failed: %s\n", error.message);
	return command_exit_code(&error);
}

const char *run_status(const struct run *run)
{
	if (run->signal != 0)
		return "interrupted";
	return run->error.code != ERROR_NONE ? "failed" : "done";
}

void run_append_kept(struct buffer *out, const struct run *run, int64_t number)
{
	const char *database = options_text(run->options, "db");
	buffer_format(out,
		"  What was measured until then is kept as run %" PRId64 " (bench show %" PRId64,
		number, number);
	if (database != NULL) {
		buffer_text(out, " --db ");
		text_append_shell(out, database);
	}
	buffer_text(out, ").\n");
}

/* "mine.lua:14: ..." says itself who speaks. */
static void say_failure(const struct run *run, bool kept)
{
	struct buffer words = BUFFER_EMPTY;
	buffer_format(&words, "%s%s\n",
		failure_names_place(run->error.message) ? "" : "bench: ", run->error.message);
	if (kept)
		run_append_kept(&words, run, run->number);
	output_text(OUTPUT_STDERR, buffer_string(&words));
	buffer_free(&words);
}

/* The first of 130/143, 6, 3, 4, 1, 5 that holds; wrong usage comes before anything was
 * measured. */
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

/* Ends what runs, in the order in which rows still come: tasks, requests, then the recorder. The
 * loop takes no turn any more, so nobody watches it. */
static void stop(struct run *run)
{
	const struct recorder_watch nobody = {.limit_ns = 0};
	recorder_watch(run->recorder, &nobody);
	loop_timer_clear(run->loop, &run->drain);
	host_free(run->host);
	run->host = NULL;
	http_free(run->http);
	run->http = NULL;
}

/* Somebody waits for a file or for a form that programs read. */
static bool wants_document(const struct run *run)
{
	const char *format = options_text(run->options, "format");
	return options_has(run->options, "output") ||
	       (format != NULL && strcmp(format, "table") != 0 && strcmp(format, "md") != 0);
}

/* Wrong usage, a failed script or nobody to ask, before there was anything measured: no run to
 * keep. But for wrong usage, who waits for a document is to read in it what happened. */
static bool is_discarded(struct run *run, int code, bool failed, const char *number)
{
	bool refused = code == EXIT_USAGE;
	if (!refused && ((!failed && run->result != EXIT_UNREACHED) || wants_document(run)))
		return false;
	return finish(run, "discard_empty", number, true) == DISCARDED;
}

void run_discard(struct run *run)
{
	char number[24];
	snprintf(number, sizeof number, "%" PRId64, recorder_run_number(run->recorder));
	if (recorder_finish_open(run->recorder, "failed", &run->store, NULL))
		finish(run, "discard_empty", number, true);
	run->recorder = NULL;
}

int run_end(struct run *run)
{
	run->number = is_worker(run) ? run->number : recorder_run_number(run->recorder);
	stop(run);
	keep_health(run);
	const char *status = run_status(run);
	bool kept = is_worker(run) ? recorder_finish(run->recorder, status, NULL)
				   : recorder_finish_open(run->recorder, status, &run->store, NULL);
	run->recorder = NULL;
	return is_worker(run) ? worker_end(run, kept) : run_conclude(run, kept);
}

int run_conclude(struct run *run, bool kept)
{
	char number[24];
	snprintf(number, sizeof number, "%" PRId64, run->number);
	bool failed = run->error.code != ERROR_NONE && run->signal == 0;
	bool discarded = is_discarded(run, exit_code(run, kept, EXIT_WELL), failed, number);
	if (failed)
		say_failure(run, !discarded);
	int64_t judged =
		discarded ? EXIT_WELL : finish(run, failed ? "failed" : "main", number, kept);
	return exit_code(run, kept, judged);
}
