#include "store/job.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

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

static void copy_buffer(struct job *job, struct buffer *copy, const struct buffer *from)
{
	buffer_init(copy, BUFFER_UNLIMITED);
	if (from->size > 0)
		buffer_append(copy, from->data, from->size);
	job->size += from->size;
}

static void copy_answers(struct job *job, const struct exchange *from)
{
	struct exchange *copy = job->exchange;
	copy->answers = memory_new(from->answer_count * sizeof *copy->answers);
	for (size_t i = 0; i < from->answer_count; i++) {
		copy_buffer(job, &copy->answers[i].content, &from->answers[i].content);
		copy_buffer(job, &copy->answers[i].reasoning, &from->answers[i].reasoning);
		copy_buffer(job, &copy->answers[i].finish, &from->answers[i].finish);
	}
}

static void copy_tool_calls(struct job *job, const struct exchange *from)
{
	struct exchange *copy = job->exchange;
	copy->tool_calls = memory_new(from->tool_call_count * sizeof *copy->tool_calls);
	for (size_t i = 0; i < from->tool_call_count; i++) {
		copy->tool_calls[i].choice = from->tool_calls[i].choice;
		copy->tool_calls[i].index = from->tool_calls[i].index;
		copy_buffer(job, &copy->tool_calls[i].id, &from->tool_calls[i].id);
		copy_buffer(job, &copy->tool_calls[i].name, &from->tool_calls[i].name);
		copy_buffer(job, &copy->tool_calls[i].arguments, &from->tool_calls[i].arguments);
	}
}

static void copy_events(struct job *job, const struct exchange *from)
{
	struct exchange *copy = job->exchange;
	size_t size = from->event_count * sizeof *from->events;
	copy->events = memory_new(size);
	if (size > 0)
		memcpy(copy->events, from->events, size);
	copy->event_capacity = from->event_count;
	job->size += size;
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
	struct exchange *copy = memory_new(sizeof *copy);
	*copy = *from;
	job->exchange = copy;
	job->size += sizeof *copy;
	copy->frames = NULL;
	copy->extract = NULL;
	copy->state = NULL;
	buffer_init(&copy->headers, BUFFER_UNLIMITED);
	copy_body(job, from);
	copy_answers(job, from);
	copy_tool_calls(job, from);
	copy_events(job, from);
	copy_buffer(job, &copy->model, &from->model);
	copy_buffer(job, &copy->usage, &from->usage);
	copy_buffer(job, &copy->error_message, &from->error_message);
}

struct job *job_request(const struct recorder_context *context, const struct exchange *exchange)
{
	struct job *job = memory_new(sizeof *job);
	job->size = sizeof *job;
	job->context = *context;
	job->context.phase_kind = memory_text(context->phase_kind);
	job->context.call = memory_text(context->call);
	job->context.label = memory_text(context->label);
	job->context.prompt = memory_text(context->prompt);
	job->context.not_applied = memory_text(context->not_applied);
	copy_exchange(job, exchange);
	return job;
}

static void free_exchange(struct exchange *exchange)
{
	for (size_t i = 0; i < exchange->answer_count; i++) {
		buffer_free(&exchange->answers[i].content);
		buffer_free(&exchange->answers[i].reasoning);
		buffer_free(&exchange->answers[i].finish);
	}
	for (size_t i = 0; i < exchange->tool_call_count; i++) {
		buffer_free(&exchange->tool_calls[i].id);
		buffer_free(&exchange->tool_calls[i].name);
		buffer_free(&exchange->tool_calls[i].arguments);
	}
	free(exchange->answers);
	free(exchange->tool_calls);
	free(exchange->events);
	buffer_free(&exchange->body);
	buffer_free(&exchange->model);
	buffer_free(&exchange->usage);
	buffer_free(&exchange->error_message);
	free(exchange);
}

static void free_context(struct recorder_context *context)
{
	free((char *)context->phase_kind);
	free((char *)context->call);
	free((char *)context->label);
	free((char *)context->prompt);
	free((char *)context->not_applied);
}

void job_free(struct job *job)
{
	for (size_t i = 0; i < job->count; i++)
		if (job->values[i].type == STORE_TEXT)
			free((char *)job->values[i].text);
	free(job->values);
	free(job->name);
	if (job->exchange != NULL) {
		free_exchange(job->exchange);
		free_context(&job->context);
	}
	free(job);
}
