/* Commands written in Lua, run in a trusted state. */
#ifndef BENCH_CLI_COMMAND_H
#define BENCH_CLI_COMMAND_H

#include "base/error.h"
#include "cli/options.h"

#include <stdint.h>

struct store;

/* Exit codes; `bench help exit-codes` has them in words. */
enum {
	EXIT_WELL = 0,
	EXIT_BROKEN = 1,
	EXIT_USAGE = 2,
	EXIT_SCRIPT = 3,
	EXIT_UNREACHED = 4,
	EXIT_INCONCLUSIVE = 5,
	EXIT_STORE = 6
};
int command_exit_code(const struct error *error);
/* Says the error to people; returns its exit code. */
int command_fail(const struct error *error);

/* The database that the command line means; free with free(). */
char *command_database(const struct options *options);

/* Calls `function` of lib/commands/MODULE.lua with the database open for reading where it is
 * wanted; its integer result is *result. */
struct command_call {
	const char *module, *function;
	const struct options *options;
	const char *database;
	bool reads;          /* open the database, which must be there */
	bool writes;         /* the same, for writing */
	struct store *store; /* where it is open already; stays so */
};
bool command_call(const struct command_call *wanted, int64_t *result, struct error *error);

/* Runs options->command and says what went wrong; returns the exit code. */
int command_main(const struct options *options);

#endif
