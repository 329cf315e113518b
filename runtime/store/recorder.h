/* Finished requests into the database, in batches, on a thread of its own that is also the
 * watchdog. Commits at least once a second. The queue is bounded in bytes; nothing in it is ever
 * dropped: what cannot be written goes to a side file (FILE.rescue.sql) and makes the run's exit
 * code 6. */
#ifndef BENCH_STORE_RECORDER_H
#define BENCH_STORE_RECORDER_H

#include "net/exchange.h"
#include "store/store.h"

#define RECORDER_QUEUE_LIMIT ((size_t)64 << 20) /* bytes */
#define RECORDER_ROWS_LIMIT (2 * RECORDER_QUEUE_LIMIT)
#define RECORDER_HURRY_LIMIT ((size_t)2 << 20)      /* bytes; what is more is written at once */
#define RECORDER_SNAPSHOT_LIMIT ((size_t)256 << 10) /* bytes; then those in flight wait */

struct recorder;

struct recorder_run { /* all text borrowed during the call */
	const char *scenario, *script_text, *script_path, *options_json, *label, *command_line;
	uint64_t seed;
	bool keep_text;
	int64_t origin_ns; /* monotonic start of the run: what times in the database count from */
	int shard;         /* 0; a part of a run: 1, 2 ... */
	const char *uuid;  /* NULL: a new one */
	bool has_parts;    /* what is measured comes from other processes: recorder_finish_parts */
	const char *machine_json; /* facts, an object; its digest is the machine's hash */
};

/* Opens the database for writing, mends crashed runs, inserts the run and starts the thread. Where
 * another run is going on in the file, both get the warning `two_runs`. NULL with an error (exit 6)
 * when the database cannot be written. */
struct recorder *recorder_start(
	const char *path, const struct recorder_run *run, struct error *error);
int64_t recorder_run_number(const struct recorder *recorder);
const char *recorder_uuid(const struct recorder *recorder);
/* What there is to say about the database (a network file system); NULL: nothing. */
const char *recorder_store_warning(const struct recorder *recorder);
/* A run that goes on at the same time in the same file, or 0. */
int64_t recorder_other_run(const struct recorder *recorder);

/* Numbers are the run's own and chosen by the caller: backend 1.., phase 1.., request seq 1... */
struct recorder_context {
	int64_t seq;             /* n-th of its run, by start; unique */
	int64_t backend;         /* 0: none */
	int64_t phase;           /* 0: outside of loads */
	const char *phase_kind;  /* "warm-up", "measure", "drain" */
	const char *call;        /* "chat", "complete", "embed", "http" */
	const char *label;       /* NULL: none */
	int64_t round;           /* EXCHANGE_NONE: none */
	int64_t user;            /* EXCHANGE_NONE: outside of loads */
	const char *prompt;      /* digest of a text given to recorder_write "prompt", or NULL */
	const char *cache;       /* "as-is", "bypass", as it was asked for; NULL: of no answer */
	const char *not_applied; /* names of settings left out, comma-separated, or NULL */
	bool given;              /* a snapshot was given before, with so many token events ... */
	size_t events_given;     /* ... which saves work; neither need be said */
};
/* Copies what is needed. A request may be given again under the same seq: it replaces the row (in
 * flight first, then finished). */
void recorder_request(struct recorder *recorder, const struct recorder_context *context,
	const struct exchange *exchange);
/* Any other row: db/statements/NAME.sql, ?1 is the run, the given values follow from ?2. Blocks
 * while RECORDER_ROWS_LIMIT bytes wait: a script may write any number of them without a wait of its
 * own. */
void recorder_write(struct recorder *recorder, const char *name, const struct store_value *values,
	size_t count);
/* True while the queue is full: start nothing new. */
bool recorder_full(const struct recorder *recorder);
/* True once a second, before the thread commits: what is in flight is to be given by
 * recorder_request, as it stands. */
bool recorder_wants_snapshots(struct recorder *recorder);
/* True while so much waits to be written that no snapshot is to be added: of thousands in flight
 * only some are in memory twice. */
bool recorder_is_behind(const struct recorder *recorder);
/* All snapshots were given, or no more for now: what waits is written at once. */
void recorder_write_soon(struct recorder *recorder);

/* The watchdog: when the loop takes no turn for limit_ns, or 2 s after `recorder_interrupt`, the
 * thread commits, marks the run, calls last_words (async-signal context is not needed; any thread)
 * and ends the process with `code`. turn_began returns 0 while the loop waits. */
struct recorder_watch {
	int64_t (*turn_began_ns)(void *context); /* may call recorder_interrupt, nothing else */
	void (*last_words)(void *context, int64_t stuck_ns);
	void *context;
	int64_t limit_ns;
	int code;
};
/* Does not return when the thread ends the process already. */
void recorder_watch(struct recorder *recorder, const struct recorder_watch *watch);
/* An interrupt came: if the loop is still in the same turn 2 s from now, the run is marked
 * interrupted and the process ends with `code`. Needs a watch. Safe in a signal handler. */
void recorder_interrupt(struct recorder *recorder, int code);
/* A second interrupt: commit what is queued, mark the run interrupted, _exit(code) now. Does not
 * return; the summary is made when the file is next opened. */
void recorder_abandon(struct recorder *recorder, int code) __attribute__((noreturn));

/* The end: status is "done", "interrupted" or "failed". Flushes, closes the run, computes its
 * summary, checkpoints, joins the thread, frees. False when rows could not be written: that was
 * said on stderr, and the run is not "done". */
bool recorder_finish(struct recorder *recorder, const char *status, struct error *error);
/* The same, but for the checkpoint: the database is left open for what is still to be asked and
 * written. *store is the caller's, who ends with store_settle and store_close. */
bool recorder_finish_open(
	struct recorder *recorder, const char *status, struct store **store, struct error *error);
/* As recorder_finish for a run that was measured by other processes, which have ended: first takes
 * in the files that they wrote. */
bool recorder_finish_parts(struct recorder *recorder, const char *status, const char *const *parts,
	size_t count, struct error *error);

#endif
