#include "cli/against_itself.h"

#include "cli/command.h"
#include "cli/run.h"

#include <stdlib.h>

/* The same as `bench run against_itself --backend ADDRESS --quiet --db FILE` at the prompt; the
 * number of the run is not printed. */
static int measure(const char *address, const char *database, struct error *error)
{
	char *words[] = {"bench", "run", "scripts/against_itself.lua", "--backend", (char *)address,
		"--unprinted", "--db", (char *)database, NULL};
	const int count = (int)(sizeof words / sizeof *words) - 1;
	struct options options;
	int code = EXIT_USAGE;
	if (options_parse(&options, count, words, error))
		code = run_main(&options, count, words);
	options_free(&options);
	return code;
}

int against_itself_main(const struct options *options, const char *address)
{
	char *database = command_database(options);
	struct error error = {.code = ERROR_NONE};
	int64_t result = measure(address, database, &error);
	struct options plain = *options;
	plain.command = NULL; /* its second half waits for nothing */
	struct command_call call = {.module = "calibrate",
		.function = "keep_floor",
		.options = &plain,
		.database = database,
		.writes = true};
	if (result == EXIT_WELL)
		command_call(&call, &result, &error);
	if (error.code != ERROR_NONE)
		result = command_fail(&error);
	free(database);
	return (int)result;
}
