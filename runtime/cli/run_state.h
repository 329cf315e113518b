/* What a run consists of. For run.c, run_end.c and like.c alone. */
#ifndef BENCH_CLI_RUN_STATE_H
#define BENCH_CLI_RUN_STATE_H

#include "cli/options.h"
#include "cli/scenario_file.h"
#include "machine/facts.h"
#include "net/http.h"
#include "net/loop.h"
#include "script/host.h"
#include "store/recorder.h"

struct run {
	struct options *options;
	char *database;
	char *command_line; /* secrets replaced */
	struct scenario_file scenario;
	char *like_options; /* JSON; where an earlier run is repeated */
	char *like_seed;
	uint64_t seed;
	char seed_text[24];
	int64_t time_limit_ns;
	size_t memory_limit;

	struct facts_usage usage_began; /* of the loop's thread */
	int64_t origin_ns;
	bool kernel_stamps;
	struct loop *loop;
	struct http *http;
	struct recorder *recorder;
	struct host *host;
	struct buffer options_json;
	struct loop_timer drain;

	int signal;       /* the one that interrupted it; 0: none */
	bool signal_seen; /* by the recorder's thread, which alone uses this */
	bool ended;       /* the script returned or failed */
	int64_t result;
	struct error error;
};

/* like.c: script, options and seed of the run that `word` means. */
bool like_load(struct run *run, const char *word, struct error *error);
/* like.c: `--against RUN` and `--max-regression SHARE`, as far as they can be refused before the
 * run. */
bool like_check_against(const struct run *run, struct error *error);
/* run_end.c: drains, keeps, judges, prints; frees host, http and recorder; returns the exit code.
 */
int run_end(struct run *run);

#endif
