#include "sim/sim_generation.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_STREAM UINT64_C(0x6964000000000000)

static void fill_random(char *out, size_t size, const char *alphabet, struct random *random)
{
	size_t letters = strlen(alphabet);
	for (size_t i = 0; i < size; i++)
		out[i] = alphabet[random_below(random, letters)];
	out[size] = '\0';
}

static void make_ids(struct sim_generation *generation, uint64_t number)
{
	static const char alphabet[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	struct random random;
	random_seed(&random, generation->sim->settings.seed, ID_STREAM + number);
	if (generation->kind == SIM_OLLAMA) {
		snprintf(generation->id, sizeof generation->id, "%d",
			100 + (int)random_below(&random, 900));
		memcpy(generation->tool_id, "call_", 5);
		fill_random(generation->tool_id + 5, 8, alphabet, &random);
	} else if (generation->kind == SIM_VLLM) {
		fill_random(generation->id, 16, "0123456789abcdef", &random);
		memcpy(generation->tool_id, "chatcmpl-tool-", 14);
		fill_random(generation->tool_id + 14, 16, "0123456789abcdef", &random);
	} else {
		fill_random(generation->id, 32, alphabet, &random);
		fill_random(generation->tool_id, 32, alphabet, &random);
	}
}

void sim_generation_free(struct sim_generation *generation)
{
	sim_ask_free(&generation->job.ask);
	sim_answer_free(&generation->job.answer);
	for (size_t i = 0; i < sizeof generation->texts / sizeof *generation->texts; i++)
		buffer_free(&generation->texts[i]);
	buffer_free(&generation->event);
	for (size_t i = 0; i < generation->input_count; i++)
		free(generation->inputs[i]);
	free(generation->inputs);
	free(generation->model);
	free(generation);
}

static void leave_orphans(struct sim_generation *generation)
{
	struct sim *sim = generation->sim;
	struct sim_generation *previous = generation->previous_orphan;
	*(previous != NULL ? &previous->next_orphan : &sim->orphans) = generation->next_orphan;
	if (generation->next_orphan != NULL)
		generation->next_orphan->previous_orphan = previous;
}

static void on_taken(struct sim_job *job)
{
	struct sim_generation *generation = job->context;
	if (generation->reply != NULL && generation->stream && generation->writer->taken != NULL)
		generation->writer->taken(generation);
}

/* The last moment before the event is written. A time as text is as long as the next one. */
static void stamp_token(struct sim_generation *generation)
{
	struct sim_job *job = &generation->job;
	struct sim_piece *piece = &job->answer.pieces[job->made - 1];
	int size = snprintf(
		generation->stamp, sizeof generation->stamp, "%lld ", (long long)clock_now_ns());
	if (piece->channel == SIM_CONTENT && piece->size)
		*piece = (struct sim_piece){
			.text = generation->stamp, .size = (uint32_t)size, .channel = SIM_CONTENT};
}

static void on_token(struct sim_job *job)
{
	struct sim_generation *generation = job->context;
	if (generation->sim->settings.stamps)
		stamp_token(generation);
	const struct sim_piece *piece = sim_generation_piece(generation);
	buffer_append(&generation->texts[piece->channel], piece->text, piece->size);
	if (generation->reply == NULL)
		return;
	generation->reply->planned_ns = job->planned_ns;
	if (generation->stream)
		generation->writer->token(generation);
}

static void on_finished(struct sim_job *job)
{
	struct sim_generation *generation = job->context;
	if (generation->reply == NULL)
		leave_orphans(generation);
	else if (generation->stream)
		generation->writer->finished(generation);
	else
		generation->writer->whole(generation);
	sim_generation_free(generation);
}

static const struct sim_job_events events = {
	.taken = on_taken, .token = on_token, .finished = on_finished};

/* The client left. llama-server notices that only where it streams. */
static void abandon(void *work)
{
	struct sim_generation *generation = work;
	if (generation->kind == SIM_LLAMACPP && !generation->stream) {
		struct sim *sim = generation->sim;
		generation->reply = NULL;
		generation->next_orphan = sim->orphans;
		if (sim->orphans != NULL)
			sim->orphans->previous_orphan = generation;
		sim->orphans = generation;
		return;
	}
	sim_model_cancel(&generation->job);
	sim_generation_free(generation);
}

void sim_generation_drop_orphans(struct sim *sim)
{
	while (sim->orphans != NULL) {
		struct sim_generation *generation = sim->orphans;
		leave_orphans(generation);
		sim_model_cancel(&generation->job);
		sim_generation_free(generation);
	}
}

struct sim_generation *sim_generation_new(struct sim_reply *reply, const struct sim_writer *writer)
{
	struct sim_generation *generation = memory_new(sizeof *generation);
	generation->sim = reply->sim;
	generation->reply = reply;
	generation->writer = writer;
	generation->kind = reply->kind;
	generation->received_ns = reply->received_ns;
	generation->created = clock_wall_ns() / CLOCK_SECOND_NS;
	generation->job.events = &events;
	generation->job.context = generation;
	generation->job.ask.max_tokens = -1;
	generation->job.ask.cache = true;
	generation->job.ask.thinks = true;
	for (size_t i = 0; i < sizeof generation->texts / sizeof *generation->texts; i++)
		buffer_init(&generation->texts[i], BUFFER_UNLIMITED);
	buffer_init(&generation->event, BUFFER_UNLIMITED);
	make_ids(generation, reply->number);
	return generation;
}

void sim_generation_start(struct sim_generation *generation, int64_t keep_ns)
{
	struct sim_model *model = generation->sim->model;
	generation->reply->abandon = abandon;
	generation->reply->work = generation;
	if (generation->stream && generation->writer->accepted != NULL)
		generation->writer->accepted(generation);
	sim_model_submit(model, &generation->job);
	sim_model_keep(model, keep_ns);
}

const struct sim_piece *sim_generation_piece(const struct sim_generation *generation)
{
	return &generation->job.answer.pieces[generation->job.made - 1];
}

bool sim_generation_is_last(const struct sim_generation *generation)
{
	return generation->job.made == (int64_t)generation->job.answer.count;
}

const char *sim_generation_reason(const struct sim_generation *generation)
{
	switch (generation->job.answer.end) {
	case SIM_END_LENGTH:
		return "length";
	case SIM_END_TOOL:
		return "tool_calls";
	default:
		return "stop";
	}
}

void sim_generation_send(struct sim_generation *generation)
{
	sim_reply_chunk(
		generation->reply, buffer_string(&generation->event), generation->event.size);
	sim_reply_flush(generation->reply);
	buffer_clear(&generation->event);
}
