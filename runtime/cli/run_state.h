/* What a run consists of. For run.c, run_end.c, like.c, worker.c and workers.c alone. */
#ifndef BENCH_CLI_RUN_STATE_H
#define BENCH_CLI_RUN_STATE_H

#include "cli/options.h"
#include "cli/scenario_file.h"
#include "machine/facts.h"
#include "net/http.h"
#include "net/loop.h"
#include "script/host.h"
#include "store/recorder.h"

#include <inttypes.h>

struct run {
	struct options *options;
	char *database;
	char *command_line; /* secrets replaced */
	struct scenario_file scenario;
	char *like_options; /* JSON; where an earlier run is repeated */
	char *like_seed;
	int64_t like_number; /* in the same file; 0: none */
	char like_word[24];  /* the same, as a worker is told */
	uint64_t seed;
	char seed_text[24];
	int64_t time_limit_ns;
	uint64_t memory_limit;

	int worker_count;          /* that are to be started; 0: it measures itself */
	struct host_worker worker; /* which of them this is; count 0: none */
	char *part;                /* the file of a worker */
	char uuid[40];             /* of the whole run, where this is a worker */
	int64_t number;            /* of the whole run, as people know it */

	struct facts_usage usage_began; /* of the loop's thread */
	int64_t origin_ns;
	bool kernel_stamps;
	struct loop *loop;
	struct http *http;
	struct recorder *recorder;
	struct store *store; /* the recorder's, once that has ended; NULL where it is closed */
	struct host *host;
	struct buffer options_json;
	struct loop_timer drain;

	int signal;        /* the one that interrupted it; 0: none */
	bool signal_seen;  /* by the recorder's thread, which alone uses this */
	bool ended;        /* the script returned or failed */
	bool found_nobody; /* which was said */
	int64_t result;
	struct error error;
};

/* like.c: script, options and seed of the run that `word` means. */
bool like_load(struct run *run, const char *word, struct error *error);
/* like.c: `--against RUN` and `--max-regression SHARE`, as far as they can be refused before the
 * run. */
bool like_check_against(const struct run *run, struct error *error);
/* run_end.c: the status of the run as the database has it. */
const char *run_status(const struct run *run);
/* run_end.c: what is kept is judged and printed; returns the exit code. */
int run_conclude(struct run *run, bool kept);
/* run_end.c: what could not be started leaves no run behind; frees the recorder. */
void run_discard(struct run *run);
/* run_end.c: appends the line that says as which run what was measured is kept; any
 * thread. */
void run_append_kept(struct buffer *out, const struct run *run, int64_t number);
/* run_end.c: to whoever interrupts. */
void run_say_interrupted(void);
/* run_end.c: drains, keeps, judges, prints; frees host, http and recorder; returns the
 * exit code. */
int run_end(struct run *run);

/* What a worker is told on its command line: index/count/origin/run/seed/like/uuid. */
#define WORKER_PRINT "%d/%d/%" PRId64 "/%" PRId64 "/%s/%" PRId64 "/%s"
#define WORKER_SCAN "%d/%d/%" SCNd64 "/%" SCNd64 "/%23[0-9]/%23[0-9]/%39[0-9a-f-]"
#define WORKER_FIELDS 7
#define WORKER_MAIL 3 /* its descriptor to whoever started it */

/* How a worker ended; its error's message follows. */
struct worker_report {
	int64_t result;
	int32_t signal, code; /* an enum error_code */
	int32_t kept;
};

/* worker.c: where the parts of a run lie; there a part, and the script. Free with free(). */
char *worker_folder(const char *database, const char *uuid);
char *worker_part(const char *folder, int index);
char *worker_script(const char *folder);
/* worker.c: reads --worker where it is given. */
bool worker_read(struct run *run, struct error *error);
bool worker_read_script(struct run *run, struct error *error);
bool is_worker(const struct run *run);
/* worker.c: the last word to whoever started it; returns the exit code. */
int worker_end(const struct run *run, bool kept);
/* It is told to end: the death of who started it, which is told once for each of its threads and
 * may take them a while, ends it no second time. */
void worker_ends_once(void);
/* worker.c: the same for one that the watchdog ends; any thread. */
void worker_last_words(const struct run *run, const char *line, const char *time);

/* workers.c: reads --workers. */
bool workers_read(struct run *run, struct error *error);
/* workers.c: the life of a run that others measure, once its recorder is there. */
int workers_main(struct run *run, int argc, char **argv);

#endif
