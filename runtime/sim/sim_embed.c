#include "sim/sim_dialects.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every kind has its own envelope around the same vectors. */

/* As short as a 32-bit float allows, or as long as the double it widens to. */
static void append_float(struct buffer *out, float number, bool wide)
{
	if (wide) {
		sim_json_double(out, (double)number);
		return;
	}
	char text[40];
	int digits = 6;
	do {
		snprintf(text, sizeof text, "%.*g", digits, (double)number);
	} while (digits++ < 9 && strtof(text, NULL) != number);
	buffer_text(out, text);
}

static void append_vector(struct sim_generation *generation, size_t index)
{
	struct buffer *out = &generation->event;
	float vector[SIM_EMBEDDING_SIZE];
	const char *text = generation->inputs[index];
	sim_answer_embed(text, strlen(text), vector);
	if (generation->base64) {
		buffer_byte(out, '"');
		text_append_base64(out, vector, sizeof vector);
		for (size_t i = sizeof vector; i % 3 > 0; i++)
			buffer_byte(out, '=');
		buffer_byte(out, '"');
		return;
	}
	bool wide = generation->kind == SIM_LLAMACPP || generation->kind == SIM_VLLM;
	buffer_byte(out, '[');
	for (int i = 0; i < SIM_EMBEDDING_SIZE; i++) {
		buffer_text(out, i ? "," : "");
		append_float(out, vector[i], wide);
	}
	buffer_byte(out, ']');
}

static void append_name(struct sim_generation *generation)
{
	const char *name =
		generation->model != NULL ? generation->model : generation->sim->settings.name;
	sim_json_words(&generation->event, name, generation->kind == SIM_OLLAMA);
}

static void write_ollama(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	const struct sim_job *job = &generation->job;
	if (strcmp(generation->reply->http->path, "/api/embeddings") == 0) {
		buffer_text(out, "{\"embedding\":");
		append_vector(generation, 0);
		buffer_byte(out, '}');
		return;
	}
	buffer_text(out, "{\"model\":");
	append_name(generation);
	buffer_text(out, ",\"embeddings\":[");
	for (size_t i = 0; i < generation->input_count; i++) {
		buffer_text(out, i ? "," : "");
		append_vector(generation, i);
	}
	int64_t load = job->loaded_ns - job->submitted_ns;
	buffer_format(out,
		"],\"total_duration\":%lld,\"load_duration\":%lld,\"prompt_eval_count\":%lld}",
		(long long)(clock_now_ns() - generation->received_ns),
		(long long)(load > 0 ? load : 1), (long long)job->prompt_tokens);
}

static void append_usage(struct sim_generation *generation)
{
	long long tokens = (long long)generation->job.prompt_tokens;
	buffer_format(&generation->event, "\"usage\":{\"prompt_tokens\":%lld,\"total_tokens\":%lld",
		tokens, tokens);
	if (generation->kind == SIM_VLLM)
		buffer_text(&generation->event,
			",\"completion_tokens\":0,\"prompt_tokens_details\":null");
	buffer_byte(&generation->event, '}');
}

static void append_openai_data(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	buffer_text(out, "\"data\":[");
	for (size_t i = 0; i < generation->input_count; i++) {
		buffer_format(out, "%s{\"object\":\"embedding\",\"embedding\":", i ? "," : "");
		append_vector(generation, i);
		buffer_format(out, ",\"index\":%zu}", i);
	}
	buffer_byte(out, ']');
}

static void write_openai(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	if (generation->kind == SIM_VLLM)
		buffer_format(out,
			"{\"id\":\"embd-%s\",\"object\":\"list\",\"created\":%lld,\"model\":",
			generation->id, (long long)generation->created);
	else
		buffer_text(out, "{\"object\":\"list\",");
	if (generation->kind == SIM_VLLM) {
		append_name(generation);
		buffer_byte(out, ',');
	}
	append_openai_data(generation);
	if (generation->kind != SIM_VLLM) {
		buffer_text(out, ",\"model\":");
		append_name(generation);
	}
	buffer_byte(out, ',');
	append_usage(generation);
	buffer_text(out, generation->kind == SIM_OLLAMA ? "}\n" : "}");
}

static void write_llamacpp(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	bool native = !sim_reply_is_v1(generation->reply);
	if (!native) {
		buffer_text(out, "{\"model\":");
		append_name(generation);
		buffer_text(out, ",\"object\":\"list\",");
		append_usage(generation);
	}
	buffer_text(out, native ? "[" : ",\"data\":[");
	for (size_t i = 0; i < generation->input_count; i++) {
		buffer_text(out, i ? "," : "");
		if (native)
			buffer_format(out, "{\"index\":%zu,\"embedding\":[", i);
		else
			buffer_text(out, "{\"embedding\":");
		append_vector(generation, i);
		if (native)
			buffer_text(out, "]}");
		else
			buffer_format(out, ",\"index\":%zu,\"object\":\"embedding\"%s}", i,
				generation->base64 ? ",\"encoding_format\":\"base64\"" : "");
	}
	buffer_text(out, native ? "]" : "]}");
}

static void write_whole(struct sim_generation *generation)
{
	if (generation->kind == SIM_OLLAMA && !sim_reply_is_v1(generation->reply))
		write_ollama(generation);
	else if (generation->kind == SIM_LLAMACPP)
		write_llamacpp(generation);
	else
		write_openai(generation);
	sim_reply_json(generation->reply, &generation->event);
}

const struct sim_writer sim_embed_writer = {.whole = write_whole};
