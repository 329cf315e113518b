#include "sim/sim_dialects.h"

#include <stdio.h>
#include <string.h>

/* vLLM and the plain OpenAI form. The head goes out at once, before the queue; the role event right
 * before the first token, in a chunk and a send of its own; usage likewise, before [DONE]. vLLM
 * puts the finish reason beside the last text, OpenAI into an event of its own. */

static bool is_vllm(const struct sim_generation *generation)
{
	return generation->kind == SIM_VLLM;
}

static void write_head(struct sim_generation *generation)
{
	sim_reply_head(generation->reply,
		&(struct sim_head){
			.status = 200, .type = "text/event-stream; charset=utf-8", .length = -1});
	sim_reply_flush(generation->reply);
}

static void append_fingerprint(struct sim_generation *generation)
{
	const char *version = sim_version(generation->sim, generation->kind);
	buffer_format(&generation->event,
		is_vllm(generation) ? "\"system_fingerprint\":\"vllm-%s-93124242\""
				    : "\"system_fingerprint\":\"%s\"",
		version);
}

static void open_object(struct sim_generation *generation, const char *object)
{
	struct buffer *out = &generation->event;
	buffer_format(out, "\"id\":\"%s-%s\",\"object\":\"%s\",\"created\":%lld,\"model\":",
		generation->chat ? "chatcmpl" : "cmpl", generation->id, object,
		(long long)generation->created);
	sim_json_words(out, generation->sim->settings.name, false);
	buffer_byte(out, ',');
}

static void open_event(struct sim_generation *generation)
{
	buffer_text(&generation->event, "data: {");
	open_object(generation, generation->chat ? "chat.completion.chunk" : "text_completion");
	if (!is_vllm(generation)) {
		append_fingerprint(generation);
		buffer_byte(&generation->event, ',');
	}
}

static long long reasoning_so_far(const struct sim_job *job)
{
	int64_t planned = (int64_t)job->answer.reasoning;
	return (long long)(job->made < planned ? job->made : planned);
}

static void append_usage(struct sim_generation *generation, bool running)
{
	const struct sim_job *job = &generation->job;
	struct buffer *out = &generation->event;
	long long prompt = (long long)job->prompt_tokens;
	long long made = (long long)job->made;
	if (is_vllm(generation))
		buffer_format(out,
			",\"usage\":{\"prompt_tokens\":%lld,\"total_tokens\":%lld,"
			"\"completion_tokens\":%lld",
			prompt, prompt + made, made);
	else
		buffer_format(out,
			",\"usage\":{\"prompt_tokens\":%lld,\"completion_tokens\":%lld,"
			"\"total_tokens\":%lld,\"prompt_tokens_details\":{\"cached_tokens\":%lld}",
			prompt, made, prompt + made, (long long)job->cached_tokens);
	if (job->answer.reasoning || !is_vllm(generation))
		buffer_format(out, ",\"completion_tokens_details\":{\"reasoning_tokens\":%lld}",
			reasoning_so_far(job));
	else if (running)
		buffer_text(out, ",\"completion_tokens_details\":null");
	buffer_byte(out, '}');
}

/* Ends an event that has choices. */
static void close_event(struct sim_generation *generation, const char *more)
{
	struct buffer *out = &generation->event;
	buffer_text(out, "]");
	if (generation->continuous_usage && generation->include_usage)
		append_usage(generation, true);
	else if (!is_vllm(generation) && generation->include_usage)
		buffer_text(out, ",\"usage\":null");
	buffer_format(out, "%s}\n\n", more);
	sim_generation_send(generation);
}

static void append_delta(struct sim_generation *generation, const struct sim_piece *piece)
{
	struct buffer *out = &generation->event;
	const char *content = is_vllm(generation) ? "\"content\":null," : "";
	if (piece->channel == SIM_TOOL_NAME) {
		buffer_format(out,
			"{%s\"tool_calls\":[{\"id\":\"%s\",\"type\":\"function\",\"index\":0,"
			"\"function\":{\"name\":",
			content, generation->tool_id);
		sim_json_string(out, piece->text, piece->size, false);
		buffer_text(out, is_vllm(generation) ? "}}]}" : ",\"arguments\":\"\"}}]}");
		return;
	}
	if (piece->channel == SIM_TOOL_ARGUMENTS) {
		buffer_format(out,
			"{%s\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":", content);
		sim_json_string(out, piece->text, piece->size, false);
		buffer_text(out, "}}]}");
		return;
	}
	const char *name = piece->channel == SIM_CONTENT ? "content"
			   : is_vllm(generation)         ? "reasoning"
							 : "reasoning_content";
	buffer_format(out, "{\"%s\":", name);
	sim_json_string(out, piece->text, piece->size, false);
	buffer_byte(out, '}');
}

static void append_reason(struct sim_generation *generation, const char *reason)
{
	struct buffer *out = &generation->event;
	buffer_text(out, ",\"logprobs\":null,\"finish_reason\":");
	sim_json_words(out, reason, false);
	if (!is_vllm(generation))
		return;
	if (reason != NULL || !generation->chat) {
		buffer_text(out, ",\"stop_reason\":");
		sim_json_words(out, reason != NULL ? generation->job.answer.stop : NULL, false);
	}
	buffer_text(out, generation->chat ? ",\"token_ids\":null"
					  : ",\"prompt_token_ids\":null,\"token_ids\":null");
}

/* An event with the text of a piece, with an end, or with both; piece NULL: no text. */
static void write_choice(
	struct sim_generation *generation, const struct sim_piece *piece, const char *reason)
{
	struct buffer *out = &generation->event;
	open_event(generation);
	buffer_text(out, "\"choices\":[{\"index\":0,");
	if (!generation->chat) {
		buffer_text(out, "\"text\":");
		sim_json_string(out, piece != NULL ? piece->text : "",
			piece != NULL ? piece->size : 0, false);
	} else {
		buffer_text(out, "\"delta\":");
		if (piece != NULL)
			append_delta(generation, piece);
		else
			buffer_text(out, "{}");
	}
	append_reason(generation, reason);
	buffer_byte(out, '}');
	bool last = reason != NULL && is_vllm(generation) && !generation->include_usage;
	char more[80] = "";
	if (last)
		snprintf(more, sizeof more, ",\"system_fingerprint\":\"vllm-%.30s-93124242\"",
			sim_version(generation->sim, SIM_VLLM));
	close_event(generation, more);
}

static void write_role(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	open_event(generation);
	buffer_text(out,
		"\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"");
	buffer_text(out, is_vllm(generation) ? "" : ",\"refusal\":null");
	buffer_text(out, "},\"logprobs\":null,\"finish_reason\":null}");
	close_event(generation,
		is_vllm(generation) ? ",\"prompt_token_ids\":null,\"prompt_text\":null" : "");
}

static bool is_text(const struct sim_piece *piece)
{
	return piece->channel == SIM_CONTENT || piece->channel == SIM_REASONING;
}

static void write_token(struct sim_generation *generation)
{
	const struct sim_piece *piece = sim_generation_piece(generation);
	if (generation->chat && generation->job.made == 1)
		write_role(generation);
	/* vLLM's last text waits for the finish reason that stands beside it. */
	bool waits = is_vllm(generation) && sim_generation_is_last(generation) && is_text(piece);
	if (piece->size && !waits)
		write_choice(generation, piece, NULL);
}

static void write_finish(struct sim_generation *generation)
{
	static const struct sim_piece nothing = {.text = "", .channel = SIM_CONTENT};
	const char *reason = sim_generation_reason(generation);
	bool made = generation->job.made > 0;
	const struct sim_piece *piece = made ? sim_generation_piece(generation) : &nothing;
	if (!made && generation->chat)
		write_role(generation);
	write_choice(generation, is_vllm(generation) && is_text(piece) ? piece : NULL, reason);
	generation->reply->planned_ns = 0;
	if (generation->include_usage) {
		open_event(generation);
		buffer_text(&generation->event, "\"choices\":[]");
		append_usage(generation, false);
		if (is_vllm(generation)) {
			buffer_byte(&generation->event, ',');
			append_fingerprint(generation);
		}
		buffer_text(&generation->event, "}\n\n");
		sim_generation_send(generation);
	}
	buffer_text(&generation->event, "data: [DONE]\n\n");
	sim_generation_send(generation);
	sim_reply_end(generation->reply);
}

static void append_calls(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	if (!generation->texts[SIM_TOOL_NAME].size)
		return;
	buffer_format(out,
		",\"tool_calls\":[{\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":",
		generation->tool_id);
	sim_json_buffer(out, &generation->texts[SIM_TOOL_NAME], false);
	buffer_text(out, ",\"arguments\":");
	sim_json_buffer(out, &generation->texts[SIM_TOOL_ARGUMENTS], false);
	buffer_text(out, "}}]");
}

static void append_message(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	const struct buffer *thoughts = &generation->texts[SIM_REASONING];
	buffer_text(out, "\"message\":{\"role\":\"assistant\",\"content\":");
	sim_json_buffer(out, &generation->texts[SIM_CONTENT], false);
	buffer_text(out, ",\"refusal\":null");
	if (is_vllm(generation))
		buffer_text(out, ",\"annotations\":null,\"audio\":null,\"function_call\":null");
	append_calls(generation);
	if (is_vllm(generation) || thoughts->size) {
		buffer_text(
			out, is_vllm(generation) ? ",\"reasoning\":" : ",\"reasoning_content\":");
		if (thoughts->size)
			sim_json_buffer(out, thoughts, false);
		else
			buffer_text(out, "null");
	}
	buffer_byte(out, '}');
}

static void append_vllm_stop(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	buffer_text(out, ",\"stop_reason\":");
	sim_json_words(out, generation->job.answer.stop, false);
	buffer_text(out, ",\"token_ids\":null");
	if (!generation->chat)
		buffer_text(out, ",\"prompt_logprobs\":null,\"prompt_token_ids\":null");
	buffer_text(out, ",\"routed_experts\":null");
}

/* vLLM's whole answers name every detail, null where it has none. */
static void append_vllm_usage(struct sim_generation *generation)
{
	const struct sim_job *job = &generation->job;
	struct buffer *out = &generation->event;
	buffer_format(out,
		",\"service_tier\":null,\"system_fingerprint\":\"vllm-%s-93124242\",\"usage\":{"
		"\"prompt_tokens\":%lld,\"total_tokens\":%lld,\"completion_tokens\":%lld,"
		"\"prompt_tokens_details\":null,\"completion_tokens_details\":",
		sim_version(generation->sim, SIM_VLLM), (long long)job->prompt_tokens,
		(long long)(job->prompt_tokens + job->made), (long long)job->made);
	if (job->answer.reasoning)
		buffer_format(out, "{\"reasoning_tokens\":%zu}", job->answer.reasoning);
	else
		buffer_text(out, "null");
	buffer_text(out, generation->chat ? "},\"prompt_logprobs\":null,\"prompt_token_ids\":null,"
					    "\"prompt_text\":null"
					  : "}");
	buffer_text(
		out, ",\"kv_transfer_params\":null,\"ec_transfer_params\":null,\"metrics\":null}");
}

static void write_whole(struct sim_generation *generation)
{
	struct buffer *out = &generation->event;
	buffer_byte(out, '{');
	open_object(generation, generation->chat ? "chat.completion" : "text_completion");
	buffer_text(out, "\"choices\":[{\"index\":0,");
	if (generation->chat) {
		append_message(generation);
	} else {
		buffer_text(out, "\"text\":");
		sim_json_buffer(out, &generation->texts[SIM_CONTENT], false);
	}
	buffer_format(out, ",\"logprobs\":null,\"finish_reason\":\"%s\"",
		sim_generation_reason(generation));
	if (is_vllm(generation)) {
		append_vllm_stop(generation);
		buffer_text(out, "}]");
		append_vllm_usage(generation);
	} else {
		buffer_text(out, "}]");
		append_usage(generation, false);
		buffer_byte(out, ',');
		append_fingerprint(generation);
		buffer_byte(out, '}');
	}
	sim_reply_json(generation->reply, out);
}

const struct sim_writer sim_openai_writer = {.accepted = write_head,
	.token = write_token,
	.finished = write_finish,
	.whole = write_whole};
