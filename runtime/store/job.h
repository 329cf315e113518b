/* What waits in the recorder's queue: requests and rows, copied, so that the caller may go on. */
#ifndef BENCH_STORE_JOB_H
#define BENCH_STORE_JOB_H

#include "store/recorder.h"

struct job {
	struct job *next;
	bool rescued;
	bool replaced; /* another one of the same batch says more of the same request */
	/* a row of db/statements/NAME.sql; the first value is the run */
	const char *name;
	struct store_value *values;
	size_t count;
	/* or, where name is NULL, a request */
	struct recorder_context context;
	struct exchange *exchange; /* what is written of it */
};

/* In the order given. All that they hold lies side by side in a few blocks: it is copied on the
 * loop's thread, and read and freed on another, where each piece would cost. All 0 is empty. */
struct jobs {
	struct job *first, *last;
	size_t snapshots; /* of requests that still run */
	size_t size;      /* bytes */
	struct jobs_block *blocks;
	char *room; /* what is left of the newest block */
	size_t room_size;
};

void jobs_add_row(struct jobs *jobs, const char *name, int64_t run,
	const struct store_value *values, size_t count);
void jobs_add_request(
	struct jobs *jobs, const struct recorder_context *context, const struct exchange *exchange);
/* A copy that lives as long as they do. */
void *jobs_keep(struct jobs *jobs, const void *data, size_t size);
void jobs_free(struct jobs *jobs);
bool job_is_snapshot(const struct job *job);

#endif
