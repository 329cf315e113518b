#include "sim/sim_model.h"

#include "base/clock.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "sim/sim_tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXT_MAX INT64_C(1048576)
#define MOST_NS 1e17 /* that anything takes */
#define JITTER_STREAM UINT64_C(0x6a69747465720000)

struct slot {
	struct sim_job *job; /* NULL: free */
	char *text;          /* what its cache holds: prompt and answer */
	size_t size;
	uint64_t used; /* the turn of its last use, for the least recently used */
};

struct sim_model {
	struct loop *loop;
	const struct sim_settings *settings;
	struct slot *slots;
	struct sim_job *first_waiting, *last_waiting;
	bool loaded, loading;
	struct loop_timer load_timer;
	int64_t keep_ns, expires_ns, context;
	uint64_t numbers, turns;
	struct sim_model_totals totals;
};

static void admit(struct sim_model *model);

static void end_load(void *context)
{
	struct sim_model *model = context;
	model->loading = false;
	model->loaded = true;
	admit(model);
}

struct sim_model *sim_model_new(struct loop *loop, const struct sim_settings *settings)
{
	struct sim_model *model = memory_new(sizeof *model);
	model->loop = loop;
	model->settings = settings;
	model->slots = memory_new((size_t)settings->slots * sizeof *model->slots);
	model->keep_ns = -1;
	model->expires_ns = INT64_MAX;
	model->context = settings->context;
	model->load_timer.fn = end_load;
	model->load_timer.context = model;
	return model;
}

void sim_model_free(struct sim_model *model)
{
	loop_timer_clear(model->loop, &model->load_timer);
	for (int64_t i = 0; i < model->settings->slots; i++)
		free(model->slots[i].text);
	free(model->slots);
	free(model);
}

static void remember(struct slot *slot, char *text, size_t size)
{
	free(slot->text);
	slot->text = text;
	slot->size = text != NULL ? size : 0;
}

/* What a slot's cache and a prompt have in common, where it may be used. */
static size_t shared_bytes(
	const struct sim_model *model, const struct slot *slot, const struct sim_ask *ask)
{
	if (!model->settings->cache || !ask->cache)
		return 0;
	size_t most = slot->size < ask->prompt_size ? slot->size : ask->prompt_size;
	size_t same = 0;
	while (same < most && slot->text[same] == ask->prompt[same])
		same++;
	return same;
}

/* The free slot that shares most with the prompt, else the one not used for the longest time. */
static int choose_slot(const struct sim_model *model, const struct sim_ask *ask)
{
	int best = -1;
	size_t best_shared = 0;
	for (int i = 0; i < model->settings->slots; i++) {
		const struct slot *slot = &model->slots[i];
		if (slot->job != NULL)
			continue;
		size_t shared = shared_bytes(model, slot, ask);
		bool better = best < 0 || shared > best_shared ||
			      (shared == best_shared && slot->used < model->slots[best].used);
		if (!better)
			continue;
		best = i;
		best_shared = shared;
		/* Slots are taken into use in order: behind this one nothing was ever in
		 * a cache. */
		if (slot->used == 0)
			break;
	}
	return best;
}

static void leave_queue(struct sim_model *model, struct sim_job *job)
{
	*(job->previous != NULL ? &job->previous->next : &model->first_waiting) = job->next;
	*(job->next != NULL ? &job->next->previous : &model->last_waiting) = job->previous;
	job->previous = job->next = NULL;
	model->totals.waiting--;
}

static void join_queue(struct sim_model *model, struct sim_job *job)
{
	job->previous = model->last_waiting;
	*(job->previous != NULL ? &job->previous->next : &model->first_waiting) = job;
	model->last_waiting = job;
	model->totals.waiting++;
}

static int64_t prefill_ns(const struct sim_model *model, const struct sim_job *job)
{
	const struct sim_settings *settings = model->settings;
	double tokens = (double)(job->prompt_tokens - job->cached_tokens);
	double seconds = settings->prefill_tps > 0 ? tokens / settings->prefill_tps : 0;
	return (int64_t)llround(fmin(seconds * 1e9, MOST_NS));
}

static int64_t next_interval_ns(struct sim_job *job)
{
	const struct sim_settings *settings = job->model->settings;
	double factor = 1;
	if (settings->jitter > 0)
		factor += settings->jitter * random_normal(&job->random);
	double ns = (double)settings->tpot_ns * factor;
	return factor <= 0 ? 0 : (int64_t)llround(fmin(ns, MOST_NS));
}

/* What a slot remembers once a job is over: the prompt and what was generated after it. */
static void remember_job(struct slot *slot, const struct sim_job *job)
{
	struct buffer text = BUFFER_EMPTY;
	buffer_append(&text, job->ask.prompt, job->ask.prompt_size);
	for (int64_t i = 0; i < job->made; i++)
		buffer_append(&text, job->answer.pieces[i].text, job->answer.pieces[i].size);
	size_t size = text.size;
	remember(slot, buffer_detach(&text, NULL), size);
}

static void release_slot(struct sim_job *job)
{
	struct sim_model *model = job->model;
	struct slot *slot = &model->slots[job->slot];
	if (job->state == SIM_JOB_PREFILL)
		remember(slot, NULL, 0);
	else if (!job->ask.embed)
		remember_job(slot, job);
	slot->job = NULL;
	model->totals.running--;
	model->totals.output_tokens += job->made;
	if (job->last_ns > job->first_ns)
		model->totals.decode_ns += job->last_ns - job->first_ns;
	if (job->prompt_tokens + job->made > model->totals.longest)
		model->totals.longest = job->prompt_tokens + job->made;
}

static bool is_idle(const struct sim_model *model)
{
	return model->totals.running == 0 && model->totals.waiting == 0;
}

/* When no job is left. */
static void unload(struct sim_model *model)
{
	loop_timer_clear(model->loop, &model->load_timer);
	model->loaded = model->loading = false;
	model->expires_ns = INT64_MAX;
	for (int64_t i = 0; i < model->settings->slots; i++)
		remember(&model->slots[i], NULL, 0);
}

static void rest(struct sim_model *model)
{
	if (!is_idle(model))
		return;
	if (model->keep_ns == 0)
		unload(model);
	else if (model->keep_ns > 0)
		model->expires_ns = clock_now_ns() + model->keep_ns;
}

static void finish(struct sim_job *job)
{
	struct sim_model *model = job->model;
	job->state = SIM_JOB_DONE;
	release_slot(job);
	model->totals.finished++;
	rest(model);
	job->events->finished(job);
	admit(model);
}

static void begin_decoding(struct sim_job *job, int64_t now)
{
	struct sim_model *model = job->model;
	job->state = SIM_JOB_DECODING;
	job->first_ns = job->last_ns = now;
	model->totals.prefill_ns += now - job->taken_ns;
	model->totals.first_token_ns += now - job->submitted_ns;
	model->totals.prompt_tokens += job->prompt_tokens;
	model->totals.cached_tokens += job->cached_tokens;
	model->totals.evaluated_tokens += job->prompt_tokens - job->cached_tokens;
}

/* Gives every token whose time has come; the plan is absolute. */
static void make_tokens(void *context)
{
	struct sim_job *job = context;
	int64_t count = (int64_t)job->answer.count;
	int64_t now = clock_now_ns();
	if (job->state == SIM_JOB_PREFILL)
		begin_decoding(job, now);
	while (job->made < count && job->planned_ns <= now) {
		job->made++;
		job->last_ns = job->made == 1 ? job->first_ns : now;
		job->events->token(job);
		if (job->made < count)
			job->planned_ns += next_interval_ns(job);
		now = clock_now_ns();
	}
	if (job->made == count)
		finish(job);
	else
		loop_timer_set(job->model->loop, &job->timer, job->planned_ns);
}

static void take_slot(struct sim_model *model, struct sim_job *job, int index)
{
	struct slot *slot = &model->slots[index];
	leave_queue(model, job);
	model->totals.running++;
	job->slot = index;
	job->state = SIM_JOB_PREFILL;
	job->taken_ns = clock_now_ns();
	size_t shared = shared_bytes(model, slot, &job->ask);
	int64_t same = sim_tokens_within(job->ask.prompt, job->ask.prompt_size, shared);
	/* The last token is always evaluated: its result is the first token of the answer. */
	job->cached_tokens = same < job->prompt_tokens ? same : job->prompt_tokens - 1;
	if (job->cached_tokens < 0)
		job->cached_tokens = 0;
	slot->job = job;
	slot->used = ++model->turns;
	job->planned_ns = job->taken_ns + prefill_ns(model, job);
	if (!job->ask.embed)
		job->planned_ns += model->settings->ttft_ns;
	loop_timer_set(model->loop, &job->timer, job->planned_ns);
	job->events->taken(job);
}

static void admit(struct sim_model *model)
{
	if (!model->loaded)
		return;
	int64_t now = clock_now_ns();
	for (struct sim_job *job = model->first_waiting; job != NULL; job = job->next)
		if (job->loaded_ns == 0)
			job->loaded_ns = now;
	while (model->first_waiting != NULL) {
		struct sim_job *job = model->first_waiting;
		int slot = choose_slot(model, &job->ask);
		if (slot < 0)
			return;
		take_slot(model, job, slot);
	}
}

int64_t sim_model_prompt_tokens(const struct sim_ask *ask)
{
	return sim_tokens_count(ask->prompt, ask->prompt_size);
}

int64_t sim_model_context(const struct sim_model *model, const struct sim_ask *ask)
{
	if (ask == NULL)
		return model->context;
	int64_t context = ask->context > 0 ? ask->context : model->settings->context;
	return context < CONTEXT_MAX ? context : CONTEXT_MAX;
}

/* A prompt beyond the context loses its beginning, as Ollama does it; other kinds refuse before. */
static void cut_prompt(struct sim_job *job, int64_t context)
{
	struct sim_ask *ask = &job->ask;
	job->prompt_tokens = sim_model_prompt_tokens(ask);
	if (job->prompt_tokens < context)
		return;
	size_t drop =
		sim_tokens_bytes(ask->prompt, ask->prompt_size, job->prompt_tokens - context + 1);
	ask->prompt_size -= drop;
	memmove(ask->prompt, ask->prompt + drop, ask->prompt_size + 1);
	job->prompt_tokens = sim_model_prompt_tokens(ask);
}

static void check_expiry(struct sim_model *model)
{
	if (is_idle(model) && clock_now_ns() >= model->expires_ns)
		unload(model);
}

void sim_model_submit(struct sim_model *model, struct sim_job *job)
{
	int64_t context = sim_model_context(model, &job->ask);
	job->model = model;
	job->number = ++model->numbers;
	job->submitted_ns = clock_now_ns();
	job->timer.fn = make_tokens;
	job->timer.context = job;
	cut_prompt(job, context);
	random_seed(&job->random, model->settings->seed, JITTER_STREAM + job->number);
	if (!job->ask.embed)
		sim_answer_make(&job->answer, &job->ask, model->settings,
			context - job->prompt_tokens, job->number);
	check_expiry(model);
	if (is_idle(model) && context != model->context)
		unload(model);
	model->context = context;
	model->expires_ns = INT64_MAX;
	job->state = SIM_JOB_WAITING;
	join_queue(model, job);
	sim_model_load(model);
	admit(model);
}

void sim_model_cancel(struct sim_job *job)
{
	struct sim_model *model = job->model;
	if (model == NULL || job->state == SIM_JOB_DONE || job->state == SIM_JOB_NEW)
		return;
	loop_timer_clear(model->loop, &job->timer);
	if (job->state == SIM_JOB_WAITING)
		leave_queue(model, job);
	else
		release_slot(job);
	job->state = SIM_JOB_DONE;
	rest(model);
	admit(model);
}

bool sim_model_is_loaded(const struct sim_model *model)
{
	bool expired = is_idle(model) && clock_now_ns() >= model->expires_ns;
	return model->loaded && !expired;
}

void sim_model_load(struct sim_model *model)
{
	if (model->loaded || model->loading)
		return;
	model->loading = true;
	loop_timer_set(model->loop, &model->load_timer, clock_now_ns() + model->settings->load_ns);
}

void sim_model_keep(struct sim_model *model, int64_t keep_ns)
{
	model->keep_ns = keep_ns;
	rest(model);
}

int64_t sim_model_expires_ns(const struct sim_model *model)
{
	if (model->keep_ns < 0)
		return INT64_MAX;
	return is_idle(model) ? model->expires_ns : clock_now_ns() + model->keep_ns;
}

struct sim_model_totals sim_model_totals(const struct sim_model *model)
{
	return model->totals;
}

const struct sim_job *sim_model_slot(const struct sim_model *model, int slot)
{
	return model->slots[slot].job;
}
