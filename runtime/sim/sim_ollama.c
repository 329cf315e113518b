#include "sim/sim_dialects.h"

#include "base/clock.h"
#include "sim/sim_tokens.h"

#include <string.h>

/* The head goes out with the first object, so that queue and load look like silence; one object is
 * one HTTP chunk; durations are nanoseconds, from 0.30 on whole microseconds. The prompt_eval_count
 * of 0.30.0 alone leaves cached tokens out. */

static int64_t prompt_count(const struct sim_generation *generation)
{
	const struct sim_job *job = &generation->job;
	bool evaluated = strncmp(sim_version(generation->sim, SIM_OLLAMA), "0.30.0", 6) == 0;
	return job->prompt_tokens - (evaluated ? job->cached_tokens : 0);
}

static bool says_cached(const struct sim_generation *generation)
{
	return sim_is_ollama_since(generation->sim, 33, 3);
}

static int64_t duration(const struct sim_generation *generation, int64_t ns)
{
	if (!sim_is_ollama_since(generation->sim, 30, 0))
		return ns;
	return ns < 1000 ? 1000 : ns / 1000 * 1000;
}

static void begin(struct sim_generation *generation, const char *type)
{
	if (!generation->reply->headed)
		sim_reply_head(generation->reply,
			&(struct sim_head){.status = 200, .type = type, .length = -1});
}

static void append_model(struct sim_generation *generation)
{
	buffer_text(&generation->event, "\"model\":");
	sim_json_words(
		&generation->event, generation->model != NULL ? generation->model : "", true);
}

static void open_object(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	buffer_byte(out, '{');
	append_model(generation);
	buffer_text(out, ",\"created_at\":\"");
	sim_append_time(out, clock_wall_ns());
	buffer_byte(out, '"');
}

static void append_call(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	buffer_format(out, ",\"tool_calls\":[{\"id\":\"%s\",\"function\":{\"index\":0,\"name\":",
		generation->tool_id);
	sim_json_buffer(out, &generation->texts[SIM_TOOL_NAME], true);
	const struct buffer *arguments = &generation->texts[SIM_TOOL_ARGUMENTS];
	bool whole = generation->job.answer.end == SIM_END_TOOL;
	buffer_format(out, ",\"arguments\":%s}}]", whole ? buffer_string(arguments) : "{}");
}

/* The text member, which chat has in a message and generate has by itself. */
static void append_content(struct sim_generation *generation, const char *content, size_t size,
	const char *thinking, size_t thinking_size, bool call)
{
	struct buffer *out = &generation->event;
	buffer_text(out, generation->chat ? ",\"message\":{\"role\":\"assistant\",\"content\":"
					  : ",\"response\":");
	sim_json_string(out, content, size, true);
	if (thinking_size) {
		buffer_text(out, ",\"thinking\":");
		sim_json_string(out, thinking, thinking_size, true);
	}
	if (call)
		append_call(generation);
	buffer_text(out, generation->chat ? "}" : "");
}

static void write_token(struct sim_generation *generation)
{
	const struct sim_piece *piece = sim_generation_piece(generation);
	bool tool = piece->channel == SIM_TOOL_NAME || piece->channel == SIM_TOOL_ARGUMENTS;
	if (!piece->size || (tool && !sim_generation_is_last(generation)))
		return;
	bool thinks = piece->channel == SIM_REASONING;
	begin(generation, "application/x-ndjson");
	open_object(generation);
	append_content(generation, piece->text, thinks || tool ? 0 : piece->size, piece->text,
		thinks ? piece->size : 0, tool);
	buffer_text(&generation->event, ",\"done\":false}\n");
	sim_generation_send(generation);
}

static void append_context(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	const struct sim_ask *ask = &generation->job.ask;
	buffer_text(out, ",\"context\":[");
	bool first = true;
	for (size_t at = 0; at < ask->prompt_size;) {
		size_t step = sim_tokens_next(ask->prompt + at, ask->prompt_size - at);
		buffer_format(out, first ? "%lld" : ",%lld",
			(long long)sim_tokens_id(ask->prompt + at, step));
		at += step;
		first = false;
	}
	for (int64_t i = 0; i < generation->job.made; i++) {
		const struct sim_piece *piece = &generation->job.answer.pieces[i];
		buffer_format(out, ",%lld", (long long)sim_tokens_id(piece->text, piece->size));
	}
	buffer_byte(out, ']');
}

/* A duration of zero is left out before 0.30, and so is a count of zero. */
static void append_metrics(struct sim_generation *generation)
{
	const struct sim_job *job = &generation->job;
	struct buffer *out = &generation->event;
	int64_t load = job->loaded_ns - job->submitted_ns;
	int64_t decode = job->last_ns - job->first_ns;
	buffer_format(out, ",\"total_duration\":%lld,\"load_duration\":%lld",
		(long long)(clock_now_ns() - generation->received_ns),
		(long long)(load > 0 ? load : 1));
	if (prompt_count(generation))
		buffer_format(
			out, ",\"prompt_eval_count\":%lld", (long long)prompt_count(generation));
	if (says_cached(generation))
		buffer_format(
			out, ",\"prompt_eval_cached_count\":%lld", (long long)job->cached_tokens);
	buffer_format(out, ",\"prompt_eval_duration\":%lld",
		(long long)duration(generation, job->first_ns - job->taken_ns));
	if (job->made == 0)
		return;
	buffer_format(out, ",\"eval_count\":%lld", (long long)job->made);
	if (duration(generation, decode))
		buffer_format(
			out, ",\"eval_duration\":%lld", (long long)duration(generation, decode));
}

static void close_object(struct sim_generation *generation)
{
	bool length = generation->job.answer.end == SIM_END_LENGTH;
	buffer_format(&generation->event, ",\"done\":true,\"done_reason\":\"%s\"",
		length ? "length" : "stop");
	if (!generation->chat && !generation->raw)
		append_context(generation);
	append_metrics(generation);
	buffer_byte(&generation->event, '}');
}

static void write_finish(struct sim_generation *generation)
{
	begin(generation, "application/x-ndjson");
	open_object(generation);
	append_content(generation, "", 0, "", 0, false);
	close_object(generation);
	buffer_byte(&generation->event, '\n');
	sim_generation_send(generation);
	generation->reply->planned_ns = 0;
	sim_reply_end(generation->reply);
}

static void write_whole(struct sim_generation *generation)
{
	const struct buffer *texts = generation->texts;
	open_object(generation);
	append_content(generation, buffer_string(&texts[SIM_CONTENT]), texts[SIM_CONTENT].size,
		buffer_string(&texts[SIM_REASONING]), texts[SIM_REASONING].size,
		texts[SIM_TOOL_NAME].size > 0);
	close_object(generation);
	sim_reply_json(generation->reply, &generation->event);
}

const struct sim_writer sim_ollama_writer = {
	.token = write_token, .finished = write_finish, .whole = write_whole};

/* Below /v1: every delta repeats the role, and finish, usage and [DONE] are one chunk. */

static const char *object_of(const struct sim_generation *generation, bool event)
{
	if (!generation->chat)
		return "text_completion";
	return event ? "chat.completion.chunk" : "chat.completion";
}

static void open_v1(struct sim_generation *generation, bool event)
{
	struct buffer *out = &generation->event;
	buffer_format(out, "%s{\"id\":\"%s-%s\",\"object\":\"%s\",\"created\":%lld,",
		event ? "data: " : "", generation->chat ? "chatcmpl" : "cmpl", generation->id,
		object_of(generation, event), (long long)(clock_wall_ns() / CLOCK_SECOND_NS));
	/* Events of /v1/completions alone have the model behind the choices. */
	if (!generation->chat && event)
		return;
	append_model(generation);
	buffer_text(out, ",\"system_fingerprint\":\"fp_ollama\",");
}

static void close_v1(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	if (generation->chat)
		return;
	buffer_byte(out, ',');
	append_model(generation);
	buffer_text(out, ",\"system_fingerprint\":\"fp_ollama\"");
}

static void append_v1_usage(struct sim_generation *generation, bool real)
{
	int64_t prompt = real ? prompt_count(generation) : 0;
	int64_t made = real ? generation->job.made : 0;
	struct buffer *out = &generation->event;
	buffer_format(out, ",\"usage\":{\"prompt_tokens\":%lld", (long long)prompt);
	if (real && says_cached(generation))
		buffer_format(out, ",\"prompt_tokens_details\":{\"cached_tokens\":%lld}",
			(long long)generation->job.cached_tokens);
	buffer_format(out, ",\"completion_tokens\":%lld,\"total_tokens\":%lld}", (long long)made,
		(long long)(prompt + made));
}

static void append_v1_text(
	struct sim_generation *generation, const char *text, size_t size, enum sim_channel channel)
{
	struct buffer *out = &generation->event;
	buffer_text(out, "\"choices\":[{");
	if (!generation->chat) {
		buffer_text(out, "\"text\":");
		sim_json_string(out, text, size, true);
		buffer_text(out, ",\"index\":0");
		return;
	}
	buffer_text(out, "\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":");
	bool thinks = channel == SIM_REASONING;
	sim_json_string(out, text, thinks ? 0 : size, true);
	if (thinks) {
		buffer_text(out, ",\"reasoning\":");
		sim_json_string(out, text, size, true);
	}
}

static void append_v1_call(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	buffer_format(out,
		",\"tool_calls\":[{\"id\":\"%s\",\"index\":0,\"type\":\"function\",\"function\":"
		"{\"name\":",
		generation->tool_id);
	sim_json_buffer(out, &generation->texts[SIM_TOOL_NAME], true);
	buffer_text(out, ",\"arguments\":");
	sim_json_buffer(out, &generation->texts[SIM_TOOL_ARGUMENTS], true);
	buffer_text(out, "}}]");
}

static void end_v1_event(struct sim_generation *generation, const char *reason)
{
	struct buffer *out = &generation->event;
	buffer_text(out, generation->chat ? "},\"finish_reason\":" : ",\"finish_reason\":");
	sim_json_words(out, reason, true);
	buffer_text(out, "}]");
	close_v1(generation);
	if (!generation->chat && generation->include_usage)
		append_v1_usage(generation, false);
	buffer_text(out, "}\n\n");
}

static void v1_token(struct sim_generation *generation)
{
	const struct sim_piece *piece = sim_generation_piece(generation);
	bool tool = piece->channel == SIM_TOOL_NAME || piece->channel == SIM_TOOL_ARGUMENTS;
	if (!piece->size || (tool && !sim_generation_is_last(generation)))
		return;
	begin(generation, "text/event-stream");
	open_v1(generation, true);
	append_v1_text(generation, piece->text, tool ? 0 : piece->size, piece->channel);
	if (tool)
		append_v1_call(generation);
	end_v1_event(generation, NULL);
	sim_generation_send(generation);
}

static void v1_finish(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	begin(generation, "text/event-stream");
	open_v1(generation, true);
	append_v1_text(generation, "", 0, SIM_CONTENT);
	end_v1_event(generation, sim_generation_reason(generation));
	if (generation->include_usage) {
		open_v1(generation, true);
		buffer_text(out, "\"choices\":[]");
		close_v1(generation);
		append_v1_usage(generation, true);
		buffer_text(out, "}\n\n");
	}
	buffer_text(out, "data: [DONE]\n\n");
	sim_generation_send(generation);
	generation->reply->planned_ns = 0;
	sim_reply_end(generation->reply);
}

static void v1_whole(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	const struct buffer *texts = generation->texts;
	open_v1(generation, false);
	buffer_text(out, generation->chat ? "\"choices\":[{\"index\":0,\"message\":{\"role\":"
					    "\"assistant\",\"content\":"
					  : "\"choices\":[{\"text\":");
	sim_json_buffer(out, &texts[SIM_CONTENT], true);
	if (generation->chat && texts[SIM_REASONING].size) {
		buffer_text(out, ",\"reasoning\":");
		sim_json_buffer(out, &texts[SIM_REASONING], true);
	}
	if (texts[SIM_TOOL_NAME].size)
		append_v1_call(generation);
	buffer_text(out, generation->chat ? "}" : ",\"index\":0");
	buffer_format(out, ",\"finish_reason\":\"%s\"}]", sim_generation_reason(generation));
	append_v1_usage(generation, true);
	buffer_text(out, "}\n");
	sim_reply_json(generation->reply, out);
}

const struct sim_writer sim_ollama_v1 = {
	.token = v1_token, .finished = v1_finish, .whole = v1_whole};
