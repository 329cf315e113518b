#include "store/job.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Fits into the holes that ended requests leave: blocks of 64 KB take 1.5 KiB more for each of
 * 4,000 streams that end together. */
#define BLOCK_SIZE ((size_t)4 << 10)

struct jobs_block {
	struct jobs_block *next;
	_Alignas(8) char bytes[];
};

static void add_block(struct jobs *jobs, size_t size)
{
	struct jobs_block *block = memory_resize(NULL, 1, sizeof *block + size);
	block->next = jobs->blocks;
	jobs->blocks = block;
	jobs->room = block->bytes;
	jobs->room_size = size;
}

static void *take_room(struct jobs *jobs, size_t size)
{
	size_t taken = (size + 7) & ~(size_t)7;
	if (taken > jobs->room_size)
		add_block(jobs, taken > BLOCK_SIZE ? taken : BLOCK_SIZE);
	void *place = jobs->room;
	jobs->room += taken;
	jobs->room_size -= taken;
	jobs->size += taken;
	return place;
}

void *jobs_keep(struct jobs *jobs, const void *data, size_t size)
{
	void *place = take_room(jobs, size);
	return size > 0 ? memcpy(place, data, size) : place;
}

static struct job *add_job(struct jobs *jobs)
{
	struct job *job = take_room(jobs, sizeof *job);
	*job = (struct job){0};
	if (jobs->last == NULL)
		jobs->first = job;
	else
		jobs->last->next = job;
	jobs->last = job;
	return job;
}

static const char *keep_text(struct jobs *jobs, const char *text)
{
	return text != NULL ? jobs_keep(jobs, text, strlen(text) + 1) : NULL;
}

void jobs_add_row(struct jobs *jobs, const char *name, int64_t run,
	const struct store_value *values, size_t count)
{
	struct job *job = add_job(jobs);
	job->name = keep_text(jobs, name);
	job->count = count + 1;
	job->values = take_room(jobs, job->count * sizeof *job->values);
	job->values[0] = store_integer(run);
	for (size_t i = 0; i < count; i++) {
		struct store_value *copy = &job->values[i + 1];
		*copy = values[i];
		if (copy->type == STORE_TEXT)
			copy->text = jobs_keep(jobs, copy->text, copy->size);
	}
}

static void copy_buffer(struct jobs *jobs, struct buffer *copy, const struct buffer *from)
{
	buffer_init(copy, BUFFER_UNLIMITED);
	if (from->size == 0)
		return;
	copy->data = jobs_keep(jobs, from->data, from->size + 1);
	copy->size = from->size;
}

static void copy_answers(struct jobs *jobs, struct exchange *copy, const struct exchange *from)
{
	copy->answers = jobs_keep(jobs, from->answers, from->answer_count * sizeof *copy->answers);
	for (size_t i = 0; i < from->answer_count; i++) {
		copy_buffer(jobs, &copy->answers[i].content, &from->answers[i].content);
		copy_buffer(jobs, &copy->answers[i].reasoning, &from->answers[i].reasoning);
		copy_buffer(jobs, &copy->answers[i].finish, &from->answers[i].finish);
	}
}

static void copy_tool_calls(struct jobs *jobs, struct exchange *copy, const struct exchange *from)
{
	copy->tool_calls =
		jobs_keep(jobs, from->tool_calls, from->tool_call_count * sizeof *copy->tool_calls);
	for (size_t i = 0; i < from->tool_call_count; i++) {
		copy_buffer(jobs, &copy->tool_calls[i].id, &from->tool_calls[i].id);
		copy_buffer(jobs, &copy->tool_calls[i].name, &from->tool_calls[i].name);
		copy_buffer(jobs, &copy->tool_calls[i].arguments, &from->tool_calls[i].arguments);
	}
}

/* The body is an answer only where nobody declared what is in it. */
static void copy_body(struct jobs *jobs, struct exchange *copy, const struct exchange *from)
{
	buffer_init(&copy->body, BUFFER_UNLIMITED);
	if (from->plan == NULL)
		copy_buffer(jobs, &copy->body, &from->body);
}

static struct exchange *copy_exchange(struct jobs *jobs, const struct exchange *from)
{
	struct exchange *copy = jobs_keep(jobs, from, sizeof *from);
	copy->frames = NULL;
	copy->state = NULL;
	buffer_init(&copy->headers, BUFFER_UNLIMITED);
	copy_body(jobs, copy, from);
	copy_answers(jobs, copy, from);
	copy_tool_calls(jobs, copy, from);
	if (from->gaps != NULL)
		copy->gaps = jobs_keep(jobs, from->gaps, from->event_count * sizeof *from->gaps);
	if (from->long_gaps != NULL)
		copy->long_gaps = jobs_keep(
			jobs, from->long_gaps, from->event_count * sizeof *from->long_gaps);
	if (from->event_marks != NULL)
		copy->event_marks = jobs_keep(
			jobs, from->event_marks, from->event_count * sizeof *from->event_marks);
	copy_buffer(jobs, &copy->model, &from->model);
	copy_buffer(jobs, &copy->usage, &from->usage);
	copy_buffer(jobs, &copy->error_message, &from->error_message);
	return copy;
}

void jobs_add_request(
	struct jobs *jobs, const struct recorder_context *context, const struct exchange *exchange)
{
	struct job *job = add_job(jobs);
	job->context = *context;
	job->context.phase_kind = keep_text(jobs, context->phase_kind);
	job->context.call = keep_text(jobs, context->call);
	job->context.label = keep_text(jobs, context->label);
	job->context.prompt = keep_text(jobs, context->prompt);
	job->context.cache = keep_text(jobs, context->cache);
	job->context.not_applied = keep_text(jobs, context->not_applied);
	job->exchange = copy_exchange(jobs, exchange);
	jobs->snapshots += job_is_snapshot(job);
}

bool job_is_snapshot(const struct job *job)
{
	return job->exchange != NULL && job->exchange->outcome == OUTCOME_RUNNING;
}

void jobs_free(struct jobs *jobs)
{
	for (struct jobs_block *block = jobs->blocks, *next; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	*jobs = (struct jobs){0};
}
