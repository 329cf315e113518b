#include "cli/run.h"

#include "base/clock.h"
#include "base/input.h"
#include "base/interrupt.h"
#include "base/output.h"
#include "base/random.h"
#include "base/secret.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/run_state.h"
#include "cli/secrets.h"
#include "machine/priority.h"
#include "script/task.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define GRACE_NS (CLOCK_SECOND_NS / 4) /* the script's own limit comes first: it names the line */
#define DRAIN_NS (2 * CLOCK_SECOND_NS) /* what an interrupted run may still take */

/* The scenario, and where a run is repeated its options and seed. */
static bool find_scenario(struct run *run, struct error *error)
{
	const char *like = options_text(run->options, "like");
	if (like != NULL)
		return like_load(run, like, error);
	const char *word = options_take_scenario(run->options);
	if (word == NULL)
		return error_set(error, ERROR_USAGE,
			"say what to run: bench run FILE. A ready one: bench run sky_blue "
			"--backends sim  (bench help lists all)");
	return scenario_file_find(&run->scenario, word, error);
}

static bool no_extra_arguments(const struct run *run, struct error *error)
{
	if (run->options->argument_count == 0)
		return true;
	return error_set(error, ERROR_USAGE,
		"\"%s\" is one word too many: one scenario runs at a time, and an option is --name "
		"value",
		run->options->arguments[0]);
}

/* Text made of decimal digits as a number below 2^63, which every reader keeps. */
static bool read_seed(struct run *run, struct error *error)
{
	const char *text = options_text(run->options, "seed");
	if (text == NULL) {
		run->seed = random_fresh_seed();
		snprintf(run->seed_text, sizeof run->seed_text, "%" PRIu64, run->seed);
		options_give(run->options, "seed", run->seed_text);
		return true;
	}
	char *end;
	run->seed = strtoull(text, &end, 10);
	if (*end == '\0' && text[0] >= '0' && text[0] <= '9' && run->seed <= INT64_MAX) {
		snprintf(run->seed_text, sizeof run->seed_text, "%" PRIu64, run->seed);
		return true;
	}
	return error_set(error, ERROR_USAGE,
		"--seed is a whole number from 0 to %" PRId64 ", not \"%s\"", INT64_MAX, text);
}

static bool read_limits(struct run *run, struct error *error)
{
	const char *time = options_text(run->options, "script-time");
	const char *memory = options_text(run->options, "script-memory");
	int64_t bytes = 0;
	if (!units_parse_duration(time != NULL ? time : "10s", &run->time_limit_ns, error) ||
		!units_parse_bytes(memory != NULL ? memory : "64MB", &bytes, error))
		return false;
	run->memory_limit = (uint64_t)bytes;
	return true;
}

static const char *note_at(const struct run *run, size_t i)
{
	const struct options_value *value = &run->options->values[i];
	return strcmp(value->flag->name, "note") == 0 ? value->text : NULL;
}

static bool is_pipe(const char *path)
{
	const char *kind = input_kind(path);
	return kind != NULL && strcmp(kind, "pipe") == 0;
}

/* A file that cannot be written is no reason to lose a run at its end; nor is a pipe that nobody
 * reads one to wait. Who reads one would leave with its last writer: it stays open. */
static bool check_output(const char *path, struct error *error)
{
	bool existed = access(path, F_OK) == 0;
	if (store_is_database(path))
		return error_set(error, ERROR_USAGE,
			"-o %s: it is a database, and stays one. Name another file", path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
	if (fd < 0)
		return error_set(error, ERROR_USAGE, "-o %s: %s", path, strerror(errno));
	if (is_pipe(path))
		return true;
	close(fd);
	char *made = existed ? NULL : realpath(path, NULL); /* `path` may be a link */
	if (made != NULL)
		unlink(made);
	free(made);
	return true;
}

static bool check_outputs(const struct run *run, struct error *error)
{
	for (size_t i = 0; i < run->options->value_count; i++) {
		const struct options_value *value = &run->options->values[i];
		if (strcmp(value->flag->name, "output") == 0 && !check_output(value->text, error))
			return false;
	}
	return true;
}

static bool check_notes(const struct run *run, struct error *error)
{
	for (size_t i = 0; i < run->options->value_count; i++) {
		const char *note = note_at(run, i);
		if (note != NULL && (strchr(note, '=') == NULL || note[0] == '='))
			return error_set(
				error, ERROR_USAGE, "--note is KEY=VALUE, not \"%s\"", note);
	}
	return true;
}

static void keep_notes(const struct run *run)
{
	for (size_t i = 0; i < run->options->value_count; i++) {
		const char *note = note_at(run, i);
		if (note == NULL)
			continue;
		const char *equals = strchr(note, '=');
		const struct store_value values[] = {
			store_bytes(note, (size_t)(equals - note)), store_text(equals + 1)};
		recorder_write(run->recorder, "note", values, 2);
	}
}

/* What the user wrote: not the flag that a worker is given in front. */
static char *command_line(int argc, char **argv, bool of_worker)
{
	struct buffer text = BUFFER_EMPTY;
	for (int i = 0; i < argc; i++)
		if (!of_worker || i == 0 || i > 2)
			buffer_format(&text, i > 0 ? " %s" : "%s", argv[i]);
	secret_redact(&text);
	return buffer_detach(&text, NULL);
}

static bool start_recorder(struct run *run, struct error *error)
{
	struct buffer facts = BUFFER_EMPTY;
	host_facts(&facts);
	char *script = secret_redacted(buffer_string(&run->scenario.text));
	struct recorder_run described = {
		.scenario = run->scenario.name,
		.script_text = script,
		.script_path = run->scenario.foreign ? NULL : run->scenario.path,
		.label = options_text(run->options, "label"),
		.command_line = run->command_line,
		.seed = run->seed,
		.keep_text = !options_has(run->options, "no-text"),
		.origin_ns = run->origin_ns,
		.machine_json = buffer_string(&facts),
		.has_parts = run->worker_count > 1,
	};
	if (is_worker(run)) {
		described.shard = run->worker.index + 1;
		described.uuid = run->uuid;
	}
	run->recorder =
		recorder_start(is_worker(run) ? run->part : run->database, &described, error);
	free(script);
	buffer_free(&facts);
	if (run->recorder == NULL)
		return false;
	if (recorder_store_warning(run->recorder) != NULL && !is_worker(run))
		output_format(OUTPUT_STDERR, "bench: %s\n", recorder_store_warning(run->recorder));
	if (!is_worker(run))
		keep_notes(run);
	return true;
}

static bool start_network(struct run *run, struct error *error)
{
	run->kernel_stamps = stamp_self_test();
	run->loop = loop_new(error);
	if (run->loop == NULL)
		return false;
	run->http = http_new(run->loop, error);
	return run->http != NULL;
}

static bool start_host(struct run *run, struct error *error)
{
	options_json(&run->options_json, run->options);
	struct host_settings settings = {
		.loop = run->loop,
		.http = run->http,
		.recorder = run->recorder,
		.memory_limit = run->memory_limit,
		.time_limit_ns = run->time_limit_ns,
		.origin_ns = run->origin_ns,
		.kernel_stamps = run->kernel_stamps,
		.options_json = buffer_string(&run->options_json),
		.worker = is_worker(run) ? &run->worker : NULL,
		.script_text = buffer_string(&run->scenario.text),
		.script_size = run->scenario.text.size,
		.script_path = run->scenario.path,
		.script_embedded = run->scenario.embedded,
		.script_foreign = run->scenario.foreign,
	};
	run->host = host_new(&settings, error);
	return run->host != NULL;
}

static void script_ended(void *context, int64_t result, const struct error *error)
{
	struct run *run = context;
	run->ended = true;
	run->result = result;
	run->found_nobody = error != NULL && error->code == ERROR_UNREACHED;
	if (run->found_nobody)
		run->result = EXIT_UNREACHED;
	else if (error != NULL)
		run->error = *error;
	loop_stop(run->loop);
}

static void drain_over(void *context)
{
	struct run *run = context;
	loop_stop(run->loop);
}

static void interrupted(void *context, int number)
{
	struct run *run = context;
	if (interrupt_again())
		recorder_abandon(run->recorder, 128 + number);
	if (run->signal != 0)
		return;
	if (is_worker(run))
		worker_ends_once();
	run->signal = number;
	recorder_interrupt(run->recorder, 128 + number);
	if (!is_worker(run))
		run_say_interrupted();
	task_end_all(run->host);
	run->drain = (struct loop_timer){.fn = drain_over, .context = run};
	loop_timer_set(run->loop, &run->drain, clock_now_ns() + DRAIN_NS);
}

/* Called by the recorder's thread. A loop that takes no turn does not see a signal either, but it
 * is pending then. */
static int64_t turn_began(void *context)
{
	struct run *run = context;
	int number = run->signal_seen ? 0 : interrupt_waiting();
	if (number != 0) {
		run->signal_seen = true;
		recorder_interrupt(run->recorder, 128 + number);
	}
	return loop_turn_began_ns(run->loop);
}

/* How long a reader who does not read can hold up the end of a process. */
#define LAST_WORDS_NS (2 * CLOCK_SECOND_NS)

static void last_words(void *context, int64_t stuck_ns)
{
	const struct run *run = context;
	struct buffer words = BUFFER_EMPTY;
	char line[256], time[32];
	host_ask_line(run->host, line, sizeof line);
	units_format_duration(stuck_ns, time, sizeof time);
	if (is_worker(run)) {
		worker_last_words(run, line, time);
		return;
	}
	buffer_format(&words,
		"bench: %sthe script did not wait for %s and was ended, at %s (--script-time "
		"allows more)\n",
		run->signal_seen ? "interrupted; " : "", time,
		line[0] != '\0' ? line : "a line unknown");
	run_append_kept(&words, run, recorder_run_number(run->recorder));
	output_last(buffer_string(&words), LAST_WORDS_NS);
	buffer_free(&words);
}

static void warn_of_other_run(const struct run *run)
{
	int64_t other = recorder_other_run(run->recorder);
	if (other != 0)
		output_format(OUTPUT_STDERR,
			"bench: run %" PRId64
			" is going on in the same file; if it is on this machine the two spoil "
			"each other's numbers\n",
			other);
}

static void run_script(struct run *run)
{
	struct recorder_watch watch = {.turn_began_ns = turn_began,
		.last_words = last_words,
		.context = run,
		.limit_ns = run->time_limit_ns > 0 ? run->time_limit_ns + GRACE_NS : 0,
		.code = EXIT_SCRIPT};
	recorder_watch(run->recorder, &watch);
	loop_on_signal(run->loop, interrupted, run);
	warn_of_other_run(run);
	host_start(run->host, "bench.run", "main", script_ended, run);
	if (!run->ended)
		loop_run(run->loop);
}

static void free_run(struct run *run)
{
	host_free(run->host);
	if (run->store != NULL)
		store_settle(run->store);
	store_close(run->store);
	http_free(run->http);
	loop_free(run->loop);
	scenario_file_free(&run->scenario);
	buffer_free(&run->options_json);
	free(run->database);
	free(run->part);
	free((char *)run->worker.folder);
	free(run->command_line);
	free(run->like_options);
	free(run->like_seed);
}

/* Everything that can be refused without touching the database. */
static bool prepare(struct run *run, int argc, char **argv, struct error *error)
{
	if (!worker_read(run, error) || !workers_read(run, error) || !find_scenario(run, error) ||
		(is_worker(run) && !worker_read_script(run, error)) ||
		!no_extra_arguments(run, error) || !read_seed(run, error) ||
		!read_limits(run, error) || !check_notes(run, error) ||
		!check_outputs(run, error) || !like_check_against(run, error))
		return false;
	secrets_remember(run->options, argc, argv, buffer_string(&run->scenario.text));
	run->command_line = command_line(argc, argv, is_worker(run));
	return true;
}

static bool start(struct run *run, struct error *error)
{
	interrupt_block();
	prctl(PR_SET_TIMERSLACK, 1UL); /* else every sleep ends up to 50 us late */
	if (options_has(run->options, "priority") && run->worker_count < 2 &&
		!priority_raise(error))
		return false;
	output_start();
	facts_raise_descriptors();
	if (!is_worker(run))
		run->origin_ns = clock_now_ns();
	facts_usage(&run->usage_began);
	if (run->worker_count > 1)
		return start_network(run, error) && start_recorder(run, error);
	return start_recorder(run, error) && start_network(run, error) && start_host(run, error);
}

/* What could not be started. */
static int refuse(struct run *run, const struct error *error)
{
	run->error = *error;
	if (is_worker(run)) {
		if (run->recorder != NULL)
			recorder_finish(run->recorder, "failed", NULL);
		return worker_end(run, true);
	}
	if (run->recorder != NULL)
		run_discard(run);
	return command_fail(error);
}

int run_main(struct options *options, int argc, char **argv)
{
	struct run run = {.options = options, .database = command_database(options)};
	struct error error = {.code = ERROR_NONE};
	buffer_init(&run.options_json, BUFFER_UNLIMITED);
	int code;
	stamp_wake();
	if (!prepare(&run, argc, argv, &error) || !start(&run, &error)) {
		code = refuse(&run, &error);
	} else if (run.worker_count > 1) {
		warn_of_other_run(&run);
		code = workers_main(&run, argc, argv);
	} else {
		run_script(&run);
		code = run_end(&run);
	}
	free_run(&run);
	return code;
}

/* A scenario's help runs its first lines, in the same sandbox, without network or database. */
static int describe_scenario(struct run *run)
{
	struct error error = {.code = ERROR_NONE};
	run->loop = loop_new(&error);
	if (run->loop != NULL && read_limits(run, &error) && start_host(run, &error)) {
		host_start(run->host, "bench.run", "describe", script_ended, run);
		if (!run->ended)
			loop_run(run->loop);
		error = run->error;
	}
	if (error.code == ERROR_NONE)
		return (int)run->result;
	output_format(OUTPUT_STDERR, "%s\n", error.message);
	return command_exit_code(&error);
}

int run_describe(struct options *options, const char *word)
{
	struct run run = {.options = options, .origin_ns = clock_now_ns()};
	struct error error;
	buffer_init(&run.options_json, BUFFER_UNLIMITED);
	bool found = scenario_file_find(&run.scenario, word, &error);
	int code = found ? describe_scenario(&run) : command_fail(&error);
	free_run(&run);
	return code;
}
