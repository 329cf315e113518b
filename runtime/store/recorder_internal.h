/* What the recorder's files share: recorder.c is how a run begins and what is given then,
 * recorder_thread.c when what is queued is written, recorder_write.c how, recorder_end.c the end.
 */
#ifndef BENCH_STORE_RECORDER_INTERNAL_H
#define BENCH_STORE_RECORDER_INTERNAL_H

#include "base/clock.h"
#include "machine/quota.h"
#include "store/job.h"
#include "store/rescue.h"
#include "store/row.h"

#include <pthread.h>
#include <stdatomic.h>

#define RECORDER_PERIOD_NS CLOCK_SECOND_NS /* commits at least this often */
/* Between asking for snapshots and committing: the scripts look every 200 ms whether they are
 * wanted. */
#define RECORDER_GATHER_NS (250 * CLOCK_MS_NS)
#define RECORDER_INTERRUPT_NS (2 * CLOCK_SECOND_NS)
/* How long a database that does not answer keeps a process that was told twice to end. */
#define RECORDER_PATIENCE_NS (5 * CLOCK_SECOND_NS)

/* All clocks at one moment, and stretches in which one of them jumped or nothing of us ran. */
struct clocks {
	int64_t mono_ns, wall_ns, boot_ns;
};
struct clock_jump {
	int64_t from_ns, to_ns; /* monotonic */
	int64_t slept_ns, set_ns, stopped_ns;
};

struct recorder {
	/* fixed once started */
	struct row_place place; /* the run, its origin, whether texts are kept */
	char uuid[40];
	bool is_part; /* its summary is that of the whole, which is made elsewhere */
	int64_t other_run;
	struct store *store; /* the thread's, from its start to its end */
	struct rescue *rescue;
	pthread_t thread;

	/* under the lock */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* on CLOCK_MONOTONIC: what the thread and its callers wait for */
	struct jobs queue;
	bool hurry, closing, closed;
	bool ending; /* the thread ends the process: nobody else may go on to the end of the run */
	struct recorder_watch watch;
	bool abandoned;
	int abandon_code;

	atomic_size_t queued;           /* bytes in the queue and in the batch being written */
	_Atomic int64_t interrupted_ns; /* 0: not */
	atomic_int interrupt_code;
	atomic_bool wants_snapshots;

	/* the thread's own; read by others after it ended, or under the lock */
	int64_t looked_ns; /* when it last looked at the loop */
	size_t secrets;    /* how many were known when the run was last written */
	int reserve;       /* a file that keeps room on the disk, or -1 */
	bool failed, told_loss;
	struct error cause; /* the first one */
	struct error error; /* the same with what became of the rows */
	struct error told;  /* what of it was said last */
	struct clocks seen;
	int64_t waited_ns;   /* for its core, by the thread, at the last look at the clocks */
	struct clocks ended; /* where the run ended before it is closed; else all 0 */
	struct clock_jump *jumps;
	size_t jump_count;
	struct quota quota; /* as the run began */
};

/* recorder.c: once the thread has ended. */
void recorder_free(struct recorder *recorder);

/* recorder_write.c: one statement at once. */
void recorder_write_now(struct recorder *recorder, const char *name,
	const struct store_value *values, size_t count);
/* Says what could not be written, as far as it was not said yet. */
void recorder_tell_failure(struct recorder *recorder);
/* What was queued, some hundred rows a transaction. */
void recorder_write_batch(struct recorder *recorder, struct jobs *jobs);

/* reserve.c: room on the disk for the end of the run, until it is given back. Where there can be no
 * file without a name, none is kept. */
void reserve_take(struct recorder *recorder);
void reserve_give_back(struct recorder *recorder);

/* hide.c: the recorder's store can redact. */
bool hide_prepare(struct store *store, struct error *error);
/* Writes the run again where a secret was learnt since. */
void hide_learnt(struct recorder *recorder);
/* From now on nothing stays in the file of what is replaced. */
bool hide_replaced(struct recorder *recorder, struct error *error);

/* recorder_clock.c: the thread looks once a second whether the machine slept or its clock
 * was set. */
struct clocks clocks_now(void);
void recorder_watch_clocks(struct recorder *recorder);
/* The thread waited, until due_ns at the latest: much later is it after a stop of the process, or
 * where it had no core, which is no stop. */
void recorder_note_wait(struct recorder *recorder, int64_t began_ns, int64_t due_ns);
/* Warnings for the run and for each request across a jump. */
void recorder_tell_jumps(struct recorder *recorder);
/* A warning where a limit of CPU held the run up. */
void recorder_tell_quota(struct recorder *recorder);

/* recorder_end.c: writes the status of the run, and that it ends now: the last time counts. */
void recorder_end_run(struct recorder *recorder, const char *status);
/* The same, and what was in flight. */
void recorder_close_run(struct recorder *recorder, const char *status);

/* recorder_thread.c */
void *recorder_main(void *context); /* a recorder */
/* Under the lock: returns once the thread has written all. */
void recorder_await_thread(struct recorder *recorder);

#endif
