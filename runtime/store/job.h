/* What waits in the recorder's queue: a request or a row, copied, so that the caller may go on. */
#ifndef BENCH_STORE_JOB_H
#define BENCH_STORE_JOB_H

#include "store/recorder.h"

struct job {
	struct job *next;
	size_t size; /* bytes that it holds */
	bool rescued;
	bool replaced; /* another one of the same batch says more of the same request */
	/* a row of db/statements/NAME.sql; the first value is the run */
	char *name;
	struct store_value *values; /* texts owned */
	size_t count;
	/* or, where name is NULL, a request: all of it in the room, or in blocks where that is full
	 */
	struct recorder_context context;
	struct exchange *exchange; /* what is written of it */
	char *room;
	size_t room_size; /* of what is left */
	struct block *blocks;
};

struct job *job_row(const char *name, int64_t run, const struct store_value *values, size_t count);
struct job *job_request(const struct recorder_context *context, const struct exchange *exchange);
void job_free(struct job *job);

#endif
