/* Choose a command, turn its result into an exit code. */
#include "base/interrupt.h"
#include "base/memory.h"
#include "base/output.h"
#include "cli/against_itself.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/run.h"
#include "cli/scenario_file.h"
#include "cli/secrets.h"
#include "embedded.h"
#include "sim/sim.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int say(struct buffer *text)
{
	output_text(OUTPUT_STDOUT, buffer_string(text));
	buffer_free(text);
	return EXIT_WELL;
}

static int say_database(const struct options *options)
{
	char *path = command_database(options);
	output_format(OUTPUT_STDOUT, "%s\n", path);
	free(path);
	return EXIT_WELL;
}

/* Every flag of the simulated server but these is a setting of the same name. */
static bool is_setting(const struct options_flag *flag)
{
	static const char *const others[] = {
		"host", "port", "lifeline", "quiet", "db", "format", "json", NULL};
	for (size_t i = 0; others[i] != NULL; i++)
		if (strcmp(flag->name, others[i]) == 0)
			return false;
	return true;
}

static bool apply_flag(
	struct sim_settings *settings, const struct options_value *value, struct error *error)
{
	char *assignment = memory_format("%s=%s", value->flag->name, value->text);
	bool set = sim_set(settings, assignment, error);
	free(assignment);
	return set;
}

static int simulate(const struct options *options)
{
	static struct sim_settings settings; /* its texts live as long as the process */
	struct error error;
	sim_defaults(&settings);
	for (size_t i = 0; i < options->value_count; i++)
		if (is_setting(options->values[i].flag) &&
			!apply_flag(&settings, &options->values[i], &error))
			return command_fail(&error);
	for (size_t i = 0; i < options->argument_count; i++)
		if (!sim_set_all(&settings, options->arguments[i], &error))
			return command_fail(&error);
	const char *host = options_text(options, "host");
	const char *port = options_text(options, "port");
	char *end = NULL;
	long number = port != NULL ? strtol(port, &end, 10) : 0;
	if ((end != NULL && *end != '\0') || number < 0 || number > 65535) {
		error_set(&error, ERROR_USAGE, "--port is a number up to 65535, not %s", port);
		return command_fail(&error);
	}
	enum sim_listener listener = options_has(options, "lifeline") ? SIM_STARTER
				     : options_has(options, "quiet")  ? SIM_NOBODY
								      : SIM_PEOPLE;
	return sim_main(&settings, host != NULL ? host : "127.0.0.1", (int)number, listener);
}

/* A topic, a scenario, or the words for neither. */
static int explain(struct options *options, const char *word)
{
	struct scenario_file file;
	char topic[64];
	snprintf(topic, sizeof topic, "lib/help/%s.lua", word);
	if (embedded_find(topic) != NULL || !scenario_file_find(&file, word, NULL))
		return command_main(options);
	scenario_file_free(&file);
	return run_describe(options, word);
}

/* The commands, and below them what else there is to ask for. */
static int say_everything(struct options *options, struct buffer *text)
{
	options_short_help(text);
	say(text);
	return command_main(options);
}

static int one_word_alone(const struct options *options)
{
	struct error error;
	error_set(
		&error, ERROR_USAGE, "help takes one word, not \"%s\" too", options->arguments[1]);
	return command_fail(&error);
}

static int help(struct options *options)
{
	struct buffer text = BUFFER_EMPTY;
	const char *shell = options_text(options, "completion");
	if (options_has(options, "man"))
		options_man_page(&text);
	else if (shell != NULL)
		options_completion(&text, shell);
	else if (options->argument_count == 0)
		return say_everything(options, &text);
	else if (options->argument_count > 1)
		return one_word_alone(options);
	else if (options_command_find(options->arguments[0]) != NULL)
		options_long_help(&text, options_command_find(options->arguments[0]));
	else
		return explain(options, options->arguments[0]);
	return say(&text);
}

/* -h, --help and --version, wherever they stand. */
static int short_answer(struct options *options)
{
	struct buffer text = BUFFER_EMPTY;
	bool has_scenario = options->command != NULL && strcmp(options->command->name, "run") == 0;
	const char *scenario = has_scenario ? options_take_scenario(options) : NULL;
	if (options->version)
		buffer_text(&text, "bench " BENCH_VERSION "\n");
	else if (scenario != NULL)
		return run_describe(options, scenario);
	else if (options->long_help || options->command != NULL)
		options_long_help(&text, options->command);
	else
		options_short_help(&text);
	return say(&text);
}

static int dispatch(struct options *options, int argc, char **argv)
{
	if (options->short_help || options->long_help || options->version)
		return short_answer(options);
	const char *name = options->command->name;
	if (strcmp(name, "run") == 0)
		return run_main(options, argc, argv);
	if (strcmp(name, "sim") == 0)
		return simulate(options);
	if (strcmp(name, "calibrate") == 0 && options_has(options, "aa"))
		return against_itself_main(options, options_text(options, "aa"));
	if (strcmp(name, "help") == 0)
		return help(options);
	if (strcmp(name, "db") == 0 && options->argument_count == 1 &&
		strcmp(options->arguments[0], "path") == 0)
		return say_database(options);
	if (strcmp(name, "sql") == 0 && isatty(STDIN_FILENO))
		options_give(options, "interactive", "");
	return command_main(options);
}

/* A standard stream that is closed would be the number of the next file or connection, which would
 * then take what is said. */
static void open_closed_streams(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
}

/* What is printed into a file must not be lost in silence. */
static int judge_output(int code)
{
	bool ended_by_signal = code > EXIT_STORE;
	if (output_lost() == 0)
		return code;
	output_format(OUTPUT_STDERR, "bench: standard output could not be written: %s\n",
		strerror(output_lost()));
	return ended_by_signal ? code : EXIT_STORE;
}

int main(int argc, char **argv)
{
	open_closed_streams();
	/* a reader that left, a file at its limit: the write says so */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	secrets_spare_kinds();
	struct options options;
	struct error error = {.code = ERROR_NONE};
	int code = options_parse(&options, argc, argv, &error) ? dispatch(&options, argc, argv)
							       : command_fail(&error);
	options_free(&options);
	interrupt_unblock(); /* all is kept by now, whatever a reader still holds up */
	output_stop();
	return judge_output(code);
}
