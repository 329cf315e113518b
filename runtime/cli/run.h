/* The life of a run: open the database, run the scenario, keep what came, judge, print. */
#ifndef BENCH_CLI_RUN_H
#define BENCH_CLI_RUN_H

#include "cli/options.h"

/* Both say what went wrong and return the exit code. */
int run_main(struct options *options, int argc, char **argv);
/* `bench help FILE`: a scenario's own help. */
int run_describe(struct options *options, const char *word);

#endif
