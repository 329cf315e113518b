/* The timing model: load, queue, slots, prefix cache, token times. Knows nothing of HTTP. */
#ifndef BENCH_SIM_SIM_MODEL_H
#define BENCH_SIM_SIM_MODEL_H

#include "base/random.h"
#include "net/loop.h"
#include "sim/sim_answer.h"

enum sim_job_state {
	SIM_JOB_NEW,
	SIM_JOB_WAITING,
	SIM_JOB_PREFILL,
	SIM_JOB_DECODING,
	SIM_JOB_DONE
};

struct sim_job;
/* Called from the loop. `finished` may free the job and submit others. */
struct sim_job_events {
	void (*taken)(struct sim_job *job);    /* a slot begins with it */
	void (*token)(struct sim_job *job);    /* answer.pieces[made - 1] is there */
	void (*finished)(struct sim_job *job); /* right after the last token */
};

/* Owned by whoever submits it; ask and events are filled in by him, the rest is the model's. */
struct sim_job {
	struct sim_ask ask;
	const struct sim_job_events *events;
	void *context;

	enum sim_job_state state;
	struct sim_answer answer;
	uint64_t number;
	int slot;
	int64_t prompt_tokens; /* the whole prompt, after a silent cut */
	int64_t cached_tokens; /* of them reused */
	int64_t made;          /* tokens so far */
	int64_t planned_ns;    /* when the current token was to come */
	/* Times on the monotonic clock; 0 until they came. */
	int64_t submitted_ns, loaded_ns, taken_ns, first_ns, last_ns;

	struct sim_model *model;
	struct sim_job *previous, *next; /* in the queue */
	struct random random;
	struct loop_timer timer;
};

struct sim_model;
/* Settings are borrowed. */
struct sim_model *sim_model_new(struct loop *loop, const struct sim_settings *settings);
void sim_model_free(struct sim_model *model); /* no job may be left in it */

void sim_model_submit(struct sim_model *model, struct sim_job *job);
/* Takes a job out, whatever it is doing; its slot is free at once. No more callbacks. */
void sim_model_cancel(struct sim_job *job);

int64_t sim_model_prompt_tokens(const struct sim_ask *ask);
/* The context that this ask would run with; NULL: that of the last one. */
int64_t sim_model_context(const struct sim_model *model, const struct sim_ask *ask);

bool sim_model_is_loaded(const struct sim_model *model);
void sim_model_load(struct sim_model *model); /* begins, when it is not loaded or loading */
/* How long it stays loaded after the last request: < 0 for ever, 0 not at all. */
void sim_model_keep(struct sim_model *model, int64_t keep_ns);
int64_t sim_model_expires_ns(const struct sim_model *model); /* monotonic; INT64_MAX: never */

struct sim_model_totals {
	int64_t running, waiting, finished;
	int64_t prompt_tokens, evaluated_tokens, cached_tokens, output_tokens, longest;
	int64_t prefill_ns, decode_ns, first_token_ns;
};
struct sim_model_totals sim_model_totals(const struct sim_model *model);
/* What a slot is doing: NULL when it is free. 0 <= slot < settings.slots. */
const struct sim_job *sim_model_slot(const struct sim_model *model, int slot);

#endif
