#include "cli/command.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/output.h"
#include "net/http.h"
#include "script/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULE_SIZE 64

int command_exit_code(const struct error *error)
{
	switch (error->code) {
	case ERROR_NONE:
		return EXIT_WELL;
	case ERROR_USAGE:
		return EXIT_USAGE;
	case ERROR_STORE:
		return EXIT_STORE;
	case ERROR_UNREACHED:
		return EXIT_UNREACHED;
	case ERROR_SCRIPT:
	case ERROR_LIMIT:
	case ERROR_SYSTEM:
		break;
	}
	return EXIT_SCRIPT;
}

int command_fail(const struct error *error)
{
	output_format(OUTPUT_STDERR, "bench: %s\n", error->message);
	return command_exit_code(error);
}

char *command_database(const struct options *options)
{
	const char *given = options_text(options, "db");
	return given != NULL ? memory_text(given) : store_default_path();
}

/* The state of one call, in the order in which it is made. */
struct call {
	struct buffer options_json;
	struct store *store;
	struct loop *loop;
	struct http *http;
	struct host *host;
	bool kernel_stamps;
	bool ended;
	int64_t result;
	struct error error;
};

static void call_free(struct call *call)
{
	host_free(call->host);
	http_free(call->http);
	loop_free(call->loop);
	store_close(call->store);
	buffer_free(&call->options_json);
}

static bool open_store(
	struct call *call, const char *database, enum store_mode mode, struct error *error)
{
	if (mode == STORE_READ && access(database, F_OK) != 0 && errno == ENOENT)
		return error_set(error, ERROR_USAGE,
			"there are no runs yet: no %s. A first one without any server:\n"
			"  bench run scripts/sky_blue.lua --backends sim",
			database);
	call->store = store_open(database, mode, error);
	if (call->store != NULL && store_warning(call->store) != NULL)
		output_format(OUTPUT_STDERR, "bench: %s\n", store_warning(call->store));
	return call->store != NULL;
}

static bool open_network(struct call *call, struct error *error)
{
	call->kernel_stamps = stamp_self_test();
	call->loop = loop_new(error);
	if (call->loop == NULL)
		return false;
	call->http = http_new(call->loop, error);
	return call->http != NULL;
}

static bool open_host(struct call *call, const struct command_call *wanted, struct error *error)
{
	options_json(&call->options_json, wanted->options);
	struct host_settings settings = {
		.loop = call->loop,
		.http = call->http,
		.store = wanted->store != NULL ? wanted->store : call->store,
		.origin_ns = clock_now_ns(),
		.trusted = true,
		.kernel_stamps = call->kernel_stamps,
		.options_json = buffer_string(&call->options_json),
	};
	call->host = host_new(&settings, error);
	return call->host != NULL;
}

static void ended(void *context, int64_t result, const struct error *error)
{
	struct call *call = context;
	call->ended = true;
	call->result = result;
	if (error != NULL)
		call->error = *error;
	loop_stop(call->loop);
}

static bool wait_for_end(
	struct call *call, const char *module, const char *function, struct error *error)
{
	host_start(call->host, module, function, ended, call);
	if (!call->ended)
		loop_run(call->loop);
	if (call->error.code != ERROR_NONE)
		return error_set(error, call->error.code, "%s", call->error.message);
	return true;
}

bool command_call(const struct command_call *wanted, int64_t *result, struct error *error)
{
	struct call call = {.ended = false};
	buffer_init(&call.options_json, BUFFER_UNLIMITED);
	char module[MODULE_SIZE];
	snprintf(module, sizeof module, "commands.%s", wanted->module);
	const struct options_command *command = wanted->options->command;
	bool waits = command != NULL && command->waits;
	enum store_mode mode = wanted->writes ? STORE_WRITE : STORE_READ;
	bool needs_store = (wanted->reads || wanted->writes) && wanted->store == NULL;
	bool done = (!needs_store || open_store(&call, wanted->database, mode, error)) &&
		    (!waits || open_network(&call, error)) && open_host(&call, wanted, error);
	if (done && waits) {
		done = wait_for_end(&call, module, wanted->function, error);
		*result = call.result;
	} else if (done) {
		done = host_call(call.host, module, wanted->function, result, error);
	}
	call_free(&call);
	return done;
}

/* A word FILE.db or FILE.db:backend as the file's path, or NULL. Free with free(). */
static char *file_of_word(const char *word)
{
	char *path = memory_text(word);
	char *colon = strrchr(path, ':');
	if (!store_is_database(path) && colon != NULL)
		*colon = '\0';
	if (store_is_database(path))
		return path;
	free(path);
	return NULL;
}

/* Where every run that is asked for lies in a file of its own, the first one is the database. */
static char *file_of_runs(const struct options *options)
{
	char *first = NULL;
	for (size_t i = 0; i < options->argument_count; i++) {
		char *path = file_of_word(options->arguments[i]);
		if (path == NULL) {
			free(first);
			return NULL;
		}
		if (first == NULL)
			first = path;
		else
			free(path);
	}
	return first;
}

int command_main(const struct options *options)
{
	char *database = options->command->reads && !options_has(options, "db")
				 ? file_of_runs(options)
				 : NULL;
	if (database == NULL)
		database = command_database(options);
	struct command_call call = {
		.module = options->command->embedded,
		.function = "main",
		.options = options,
		.database = database,
		.reads = options->command->reads,
		.writes = options->command->writes,
	};
	int64_t result = EXIT_WELL;
	struct error error = {.code = ERROR_NONE};
	if (!command_call(&call, &result, &error))
		result = command_fail(&error);
	free(database);
	return (int)result;
}
