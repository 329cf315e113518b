/* `bench calibrate --aa ADDRESS`: a run of scripts/against_itself.lua, and what it says about the
 * smallest difference that this machine can call. */
#ifndef BENCH_CLI_AGAINST_ITSELF_H
#define BENCH_CLI_AGAINST_ITSELF_H

#include "cli/options.h"

/* Says what went wrong and returns the exit code. */
int against_itself_main(const struct options *options, const char *address);

#endif
