/* One request to the model on its way through it, and the two ends that it ties together: a job of
 * the timing model and an answer in the manner of some server. */
#ifndef BENCH_SIM_SIM_GENERATION_H
#define BENCH_SIM_SIM_GENERATION_H

#include "sim/sim_reply.h"

struct sim_generation;
/* How a dialect writes. With stream: taken, token (after each token) and finished; without: whole.
 * What is NULL is skipped. finished and whole end the reply. */
struct sim_writer {
	void (*accepted)(struct sim_generation *generation); /* before it queues */
	void (*taken)(struct sim_generation *generation);
	void (*token)(struct sim_generation *generation);
	void (*finished)(struct sim_generation *generation);
	void (*whole)(struct sim_generation *generation);
};

struct sim_generation {
	struct sim_job job;
	struct sim *sim;
	struct sim_reply *reply; /* NULL: the client left, and the server works on */
	const struct sim_writer *writer;
	struct sim_generation *previous_orphan, *next_orphan;
	enum sim_kind kind;
	bool chat, stream, include_usage, continuous_usage, timings_per_token, raw;
	bool base64; /* embeddings */
	char id[48]; /* as the kind writes them */
	char tool_id[48];
	int64_t created; /* seconds since 1970 */
	int64_t received_ns;
	char *model;    /* as it was asked for */
	char stamp[24]; /* with the setting: when the token was sent, as its text */
	char **inputs;  /* embeddings: the texts */
	size_t input_count;
	struct buffer texts[SIM_TOOL_ARGUMENTS + 1]; /* made so far, by channel */
	struct buffer event;                         /* scratch */
};

struct sim_generation *sim_generation_new(struct sim_reply *reply, const struct sim_writer *writer);
void sim_generation_free(struct sim_generation *generation); /* before it is started */
/* Hands it to the model; it frees itself at the end. keep_ns: how long the model stays loaded after
 * it (< 0: for ever). */
void sim_generation_start(struct sim_generation *generation, int64_t keep_ns);
void sim_generation_drop_orphans(struct sim *sim);

/* The token that was made last. */
const struct sim_piece *sim_generation_piece(const struct sim_generation *generation);
bool sim_generation_is_last(const struct sim_generation *generation); /* of the answer's tokens */
/* "stop", "length", "tool_calls". */
const char *sim_generation_reason(const struct sim_generation *generation);
/* Sends what stands in `event` as one HTTP chunk in one send, and clears it. */
void sim_generation_send(struct sim_generation *generation);

#endif
