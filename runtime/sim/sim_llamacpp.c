#include "sim/sim_dialects.h"

#include "sim/sim_tokens.h"

#include <string.h>

/* The head goes out when a slot takes the request; the role event shares an HTTP chunk with the
 * first token; finish, usage and timings share the last but one; the connection is closed after a
 * stream. */

static void begin_stream(struct sim_generation *generation)
{
	struct sim_reply *reply = generation->reply;
	sim_reply_head(reply,
		&(struct sim_head){.status = 200, .type = "text/event-stream", .length = -1});
	reply->planned_ns = 0;
	sim_reply_flush(reply);
}

static double rounded_ms(int64_t ns)
{
	int64_t us = ns / 1000;
	return (double)(us > 0 ? us : 1) / 1000;
}

static void append_rate(struct buffer *out, const char *name, int64_t count, double ms)
{
	buffer_format(out, "\"%s_per_token_ms\":", name);
	sim_json_double(out, count > 0 ? ms / (double)count : 0);
	buffer_format(out, ",\"%s_per_second\":", name);
	sim_json_double(out, count > 0 ? (double)count * 1000 / ms : 0);
}

/* The decode rate leaves the first token out: its time is the prompt's. */
static void append_timings(struct buffer *out, const struct sim_job *job)
{
	int64_t evaluated = job->prompt_tokens - job->cached_tokens;
	double prompt_ms = rounded_ms(job->first_ns - job->taken_ns);
	double predicted_ms = rounded_ms(job->last_ns - job->first_ns);
	buffer_format(out, ",\"timings\":{\"cache_n\":%lld,\"prompt_n\":%lld,\"prompt_ms\":",
		(long long)job->cached_tokens, (long long)evaluated);
	sim_json_double(out, prompt_ms);
	buffer_byte(out, ',');
	append_rate(out, "prompt", evaluated, prompt_ms);
	buffer_format(out, ",\"predicted_n\":%lld,\"predicted_ms\":", (long long)job->made);
	sim_json_double(out, predicted_ms);
	buffer_byte(out, ',');
	append_rate(out, "predicted", job->made - 1, predicted_ms);
	buffer_byte(out, '}');
}

static void append_usage(struct buffer *out, const struct sim_job *job)
{
	buffer_format(out,
		",\"usage\":{\"completion_tokens\":%lld,\"prompt_tokens\":%lld,\"total_tokens\":%"
		"lld,"
		"\"prompt_tokens_details\":{\"cached_tokens\":%lld}}",
		(long long)job->made, (long long)job->prompt_tokens,
		(long long)(job->made + job->prompt_tokens), (long long)job->cached_tokens);
}

static void append_model(struct buffer *out, const struct sim_generation *generation)
{
	buffer_text(out, "\"model\":");
	sim_json_words(out, generation->sim->settings.name, false);
	buffer_format(
		out, ",\"system_fingerprint\":\"%s\"", sim_version(generation->sim, SIM_LLAMACPP));
}

/* What follows the choices of a chat event, up to the members that only the last ones have. */
static void append_chat_tail(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	buffer_format(out, "],\"created\":%lld,\"id\":\"chatcmpl-%s\",",
		(long long)generation->created, generation->id);
	append_model(out, generation);
	buffer_text(out, ",\"object\":\"chat.completion.chunk\"");
}

static void append_chat_choice(struct sim_generation *generation, const char *reason)
{
	struct buffer *out = &generation->event;
	buffer_text(out, "data: {\"choices\":[{\"finish_reason\":");
	sim_json_words(out, reason, false);
	buffer_text(out, ",\"index\":0,\"delta\":");
}

static void append_delta(struct sim_generation *generation, const struct sim_piece *piece)
{
	struct buffer *out = &generation->event;
	if (piece->channel == SIM_TOOL_NAME) {
		buffer_format(out,
			"{\"tool_calls\":[{\"index\":0,\"id\":\"%s\",\"type\":\"function\","
			"\"function\":{\"name\":",
			generation->tool_id);
		sim_json_string(out, piece->text, piece->size, false);
		buffer_text(out, ",\"arguments\":\"\"}}]}");
		return;
	}
	bool argument = piece->channel == SIM_TOOL_ARGUMENTS;
	buffer_text(out, argument ? "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
			 : piece->channel == SIM_REASONING ? "{\"reasoning_content\":"
							   : "{\"content\":");
	sim_json_string(out, piece->text, piece->size, false);
	buffer_text(out, argument ? "}}]}" : "}");
}

/* The mark that opens thoughts or a call is a token without text: the role comes alone then. */
static void append_role(struct sim_generation *generation, const struct sim_piece *first)
{
	append_chat_choice(generation, NULL);
	buffer_text(&generation->event, "{\"role\":\"assistant\",\"content\":null}}");
	append_chat_tail(generation);
	buffer_text(&generation->event, "}\n\n");
	if (first->channel != SIM_CONTENT)
		sim_generation_send(generation);
}

static void chat_token(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	const struct sim_piece *piece = sim_generation_piece(generation);
	if (generation->job.made == 1)
		append_role(generation, piece);
	if (piece->size) {
		append_chat_choice(generation, NULL);
		append_delta(generation, piece);
		buffer_byte(out, '}');
		append_chat_tail(generation);
		if (generation->timings_per_token)
			append_timings(out, &generation->job);
		buffer_text(out, "}\n\n");
	}
	sim_generation_send(generation);
}

static void append_text_event(
	struct sim_generation *generation, const char *text, size_t size, const char *reason)
{
	struct buffer *out = &generation->event;
	buffer_text(out, "data: {\"choices\":[{\"text\":");
	sim_json_string(out, text, size, false);
	buffer_text(out, ",\"index\":0,\"logprobs\":null,\"finish_reason\":");
	sim_json_words(out, reason, false);
	buffer_format(out, "}],\"created\":%lld,", (long long)generation->created);
	append_model(out, generation);
	buffer_text(out, ",\"object\":\"text_completion\"");
	if (reason != NULL)
		append_usage(out, &generation->job);
	buffer_format(out, ",\"id\":\"chatcmpl-%s\"", generation->id);
	if (reason != NULL || generation->timings_per_token)
		append_timings(out, &generation->job);
	buffer_text(out, "}\n\n");
}

static void write_token(struct sim_generation *generation)
{
	const struct sim_piece *piece = sim_generation_piece(generation);
	if (generation->chat) {
		chat_token(generation);
	} else if (piece->size) {
		append_text_event(generation, piece->text, piece->size, NULL);
		sim_generation_send(generation);
	}
}

static void chat_finish(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	append_chat_choice(generation, sim_generation_reason(generation));
	buffer_text(out, "{}}");
	append_chat_tail(generation);
	if (generation->include_usage) {
		buffer_text(out, "}\n\ndata: {\"choices\":[");
		append_chat_tail(generation);
		append_usage(out, &generation->job);
	}
	append_timings(out, &generation->job);
	buffer_text(out, "}\n\n");
}

static void end_stream(struct sim_generation *generation)
{
	/* A server whose kind nobody chose keeps connections: closing is llama-server's own way. */
	if (generation->sim->settings.kind == SIM_LLAMACPP)
		generation->reply->close = true;
	generation->reply->planned_ns = 0;
	sim_reply_end(generation->reply);
}

static void write_finish(struct sim_generation *generation)
{
	if (generation->chat)
		chat_finish(generation);
	else
		append_text_event(generation, "", 0, sim_generation_reason(generation));
	sim_generation_send(generation);
	buffer_text(&generation->event, "data: [DONE]\n\n");
	sim_generation_send(generation);
	end_stream(generation);
}

static void append_message(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	buffer_text(out, "{\"role\":\"assistant\",\"content\":");
	sim_json_buffer(out, &generation->texts[SIM_CONTENT], false);
	if (generation->texts[SIM_REASONING].size) {
		buffer_text(out, ",\"reasoning_content\":");
		sim_json_buffer(out, &generation->texts[SIM_REASONING], false);
	}
	if (generation->texts[SIM_TOOL_NAME].size) {
		buffer_text(out, ",\"tool_calls\":[{\"type\":\"function\",\"function\":{\"name\":");
		sim_json_buffer(out, &generation->texts[SIM_TOOL_NAME], false);
		buffer_text(out, ",\"arguments\":");
		sim_json_buffer(out, &generation->texts[SIM_TOOL_ARGUMENTS], false);
		buffer_format(out, "},\"id\":\"%s\"}]", generation->tool_id);
	}
	buffer_byte(out, '}');
}

static void write_whole(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	const char *reason = sim_generation_reason(generation);
	if (generation->chat) {
		buffer_format(out,
			"{\"choices\":[{\"finish_reason\":\"%s\",\"index\":0,\"message\":", reason);
		append_message(generation);
		buffer_byte(out, '}');
	} else {
		buffer_text(out, "{\"choices\":[{\"text\":");
		sim_json_buffer(out, &generation->texts[SIM_CONTENT], false);
		buffer_format(
			out, ",\"index\":0,\"logprobs\":null,\"finish_reason\":\"%s\"}", reason);
	}
	buffer_format(out, "],\"created\":%lld,", (long long)generation->created);
	append_model(out, generation);
	buffer_format(out, ",\"object\":\"%s\"",
		generation->chat ? "chat.completion" : "text_completion");
	append_usage(out, &generation->job);
	buffer_format(out, ",\"id\":\"chatcmpl-%s\"", generation->id);
	append_timings(out, &generation->job);
	buffer_byte(out, '}');
	sim_reply_json(generation->reply, out);
}

const struct sim_writer sim_llamacpp_writer = {.taken = begin_stream,
	.token = write_token,
	.finished = write_finish,
	.whole = write_whole};

static void native_token(struct sim_generation *generation)
{
	const struct sim_piece *piece = sim_generation_piece(generation);
	if (!piece->size)
		return;
	struct buffer *out = &generation->event;
	buffer_text(out, "data: {\"index\":0,\"content\":");
	sim_json_string(out, piece->text, piece->size, false);
	buffer_format(out,
		",\"tokens\":[%lld],\"stop\":false,\"id_slot\":-1,\"tokens_predicted\":%lld,"
		"\"tokens_evaluated\":%lld",
		(long long)sim_tokens_id(piece->text, piece->size), (long long)generation->job.made,
		(long long)generation->job.prompt_tokens);
	if (generation->timings_per_token)
		append_timings(out, &generation->job);
	buffer_text(out, "}\n\n");
	sim_generation_send(generation);
}

static const char *native_stop_type(const struct sim_answer *answer)
{
	switch (answer->end) {
	case SIM_END_LENGTH:
		return "limit";
	case SIM_END_STOP_STRING:
		return "word";
	default:
		return "eos";
	}
}

/* The last event of a stream, and the whole answer without one. */
static void append_native_last(struct sim_generation *generation)
{
	const struct sim_job *job = &generation->job;
	struct buffer *out = &generation->event;
	buffer_text(out, "{\"index\":0,\"content\":");
	if (generation->stream)
		buffer_text(out, "\"\"");
	else
		sim_json_buffer(out, &generation->texts[SIM_CONTENT], false);
	buffer_format(out, ",\"tokens\":[],\"id_slot\":%d,\"stop\":true,\"model\":", job->slot);
	sim_json_words(out, generation->sim->settings.name, false);
	buffer_format(out, ",\"tokens_predicted\":%lld,\"tokens_evaluated\":%lld,",
		(long long)job->made, (long long)job->prompt_tokens);
	buffer_text(out, "\"generation_settings\":");
	sim_llamacpp_params(out, generation, true);
	buffer_text(out, ",\"prompt\":");
	sim_json_string(out, job->ask.prompt, job->ask.prompt_size, false);
	buffer_format(out,
		",\"has_new_line\":false,\"truncated\":false,\"stop_type\":\"%s\",\"stopping_"
		"word\":",
		native_stop_type(&job->answer));
	sim_json_words(out, job->answer.stop != NULL ? job->answer.stop : "", false);
	buffer_format(out, ",\"tokens_cached\":%lld",
		(long long)(job->prompt_tokens + job->made - (job->made > 0)));
	append_timings(out, job);
	buffer_byte(out, '}');
}

static void native_finish(struct sim_generation *generation)
{
	buffer_text(&generation->event, "data: ");
	append_native_last(generation);
	buffer_text(&generation->event, "\n\n");
	sim_generation_send(generation);
	end_stream(generation);
}

static void native_whole(struct sim_generation *generation)
{
	append_native_last(generation);
	sim_reply_json(generation->reply, &generation->event);
}

const struct sim_writer sim_llamacpp_native = {.taken = begin_stream,
	.token = native_token,
	.finished = native_finish,
	.whole = native_whole};
