#include "store/job.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 1408 /* bytes: what an answer of a few words takes */

struct job *job_row(const char *name, int64_t run, const struct store_value *values, size_t count)
{
	struct job *job = memory_new(sizeof *job);
	job->name = memory_text(name);
	job->count = count + 1;
	job->values = memory_new(job->count * sizeof *job->values);
	job->size = sizeof *job + job->count * sizeof *job->values;
	job->values[0] = store_integer(run);
	for (size_t i = 0; i < count; i++) {
		job->values[i + 1] = values[i];
		if (values[i].type == STORE_TEXT) {
			job->values[i + 1].text = memory_bytes(values[i].text, values[i].size);
			job->size += values[i].size;
		}
	}
	return job;
}

/* Room of more than the first, which is part of the job. */
struct block {
	struct block *next;
	_Alignas(8) char bytes[];
};

/* A copy that lives as long as the job; of nothing where data is NULL. All that a request holds
 * lies together: it is copied on the loop's thread and freed on another, where each piece would
 * cost. */
static void *keep(struct job *job, const void *data, size_t size)
{
	size_t taken = (size + 7) & ~(size_t)7;
	if (taken > job->room_size) {
		struct block *block = memory_resize(NULL, 1, sizeof *block + taken);
		block->next = job->blocks;
		job->blocks = block;
		job->size += taken;
		return memcpy(block->bytes, data, size);
	}
	void *place = job->room;
	job->room += taken;
	job->room_size -= taken;
	return size > 0 ? memcpy(place, data, size) : place;
}

static const char *keep_text(struct job *job, const char *text)
{
	return text != NULL ? keep(job, text, strlen(text) + 1) : NULL;
}

static void copy_buffer(struct job *job, struct buffer *copy, const struct buffer *from)
{
	buffer_init(copy, BUFFER_UNLIMITED);
	if (from->size == 0)
		return;
	copy->data = keep(job, from->data, from->size + 1);
	copy->size = from->size;
}

static void copy_answers(struct job *job, const struct exchange *from)
{
	struct exchange *copy = job->exchange;
	copy->answers = keep(job, from->answers, from->answer_count * sizeof *copy->answers);
	for (size_t i = 0; i < from->answer_count; i++) {
		copy_buffer(job, &copy->answers[i].content, &from->answers[i].content);
		copy_buffer(job, &copy->answers[i].reasoning, &from->answers[i].reasoning);
		copy_buffer(job, &copy->answers[i].finish, &from->answers[i].finish);
	}
}

static void copy_tool_calls(struct job *job, const struct exchange *from)
{
	struct exchange *copy = job->exchange;
	copy->tool_calls =
		keep(job, from->tool_calls, from->tool_call_count * sizeof *copy->tool_calls);
	for (size_t i = 0; i < from->tool_call_count; i++) {
		copy_buffer(job, &copy->tool_calls[i].id, &from->tool_calls[i].id);
		copy_buffer(job, &copy->tool_calls[i].name, &from->tool_calls[i].name);
		copy_buffer(job, &copy->tool_calls[i].arguments, &from->tool_calls[i].arguments);
	}
}

/* The body is an answer only where nobody declared what is in it. */
static void copy_body(struct job *job, const struct exchange *from)
{
	buffer_init(&job->exchange->body, BUFFER_UNLIMITED);
	if (from->plan == NULL)
		copy_buffer(job, &job->exchange->body, &from->body);
}

static void copy_exchange(struct job *job, const struct exchange *from)
{
	struct exchange *copy = job->exchange = keep(job, from, sizeof *from);
	copy->frames = NULL;
	copy->state = NULL;
	buffer_init(&copy->headers, BUFFER_UNLIMITED);
	copy_body(job, from);
	copy_answers(job, from);
	copy_tool_calls(job, from);
	copy->events = keep(job, from->events, from->event_count * sizeof *from->events);
	copy_buffer(job, &copy->model, &from->model);
	copy_buffer(job, &copy->usage, &from->usage);
	copy_buffer(job, &copy->error_message, &from->error_message);
}

struct job *job_request(const struct recorder_context *context, const struct exchange *exchange)
{
	struct job *job = memory_resize(NULL, 1, sizeof *job + FIRST_ROOM);
	*job = (struct job){.size = sizeof *job + FIRST_ROOM,
		.room = (char *)(job + 1),
		.room_size = FIRST_ROOM,
		.context = *context};
	job->context.phase_kind = keep_text(job, context->phase_kind);
	job->context.call = keep_text(job, context->call);
	job->context.label = keep_text(job, context->label);
	job->context.prompt = keep_text(job, context->prompt);
	job->context.not_applied = keep_text(job, context->not_applied);
	copy_exchange(job, exchange);
	return job;
}

void job_free(struct job *job)
{
	for (size_t i = 0; i < job->count; i++)
		if (job->values[i].type == STORE_TEXT)
			free((char *)job->values[i].text);
	free(job->values);
	free(job->name);
	for (struct block *block = job->blocks, *next; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	free(job);
}
