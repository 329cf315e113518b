#include "sim/sim_dialects.h"

#include "base/clock.h"
#include "sim/sim_fault.h"
#include "sim/sim_read.h"
#include "sim/sim_tokens.h"

#include <string.h>

/* What more than one dialect needs, and the pages about tokens. */

const char *sim_version(const struct sim *sim, enum sim_kind kind)
{
	if (sim->settings.version != NULL)
		return sim->settings.version;
	switch (kind) {
	case SIM_OLLAMA:
		return "0.24.0";
	case SIM_VLLM:
		return "0.32.0";
	case SIM_OPENAI:
		return "fp_sim";
	default:
		return "b11434";
	}
}

struct width {
	const char *quantization;
	double bits; /* per weight, scales included */
};

int64_t sim_model_bytes(const struct sim *sim)
{
	static const struct width widths[] = {{"F32", 32}, {"F16", 16}, {"BF16", 16}, {"Q8_0", 8.5},
		{"Q6_K", 6.5625}, {"Q5_K_M", 5.69}, {"Q5_0", 5.5}, {"Q4_K_M", 4.85}, {"Q4_0", 4.5},
		{"Q3_K_M", 3.91}, {"Q2_K", 3.35}, {"FP8", 8}};
	double bits = 16;
	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
		if (strcmp(widths[i].quantization, sim->settings.quantization) == 0)
			bits = widths[i].bits;
	return (int64_t)((double)sim->settings.parameters * bits / 8);
}

void sim_append_time(struct buffer *out, int64_t wall_ns)
{
	char text[CLOCK_UTC_SIZE];
	clock_format_utc(wall_ns, text);
	buffer_append(out, text, 19);
	long long fraction = (long long)(wall_ns % CLOCK_SECOND_NS);
	if (fraction) {
		buffer_format(out, ".%09lld", fraction);
		while (out->data[out->size - 1] == '0')
			out->data[--out->size] = '\0';
	}
	buffer_byte(out, 'Z');
}

static void append_pieces(struct buffer *out, const struct buffer *text, bool with_pieces)
{
	for (size_t at = 0; at < text->size;) {
		size_t step = sim_tokens_next(text->data + at, text->size - at);
		long long id = (long long)sim_tokens_id(text->data + at, step);
		buffer_text(out, at ? "," : "");
		if (with_pieces) {
			buffer_format(out, "{\"id\":%lld,\"piece\":", id);
			sim_json_string(out, text->data + at, step, false);
			buffer_byte(out, '}');
		} else {
			buffer_format(out, "%lld", id);
		}
		at += step;
	}
}

static void append_names(struct buffer *out, const struct buffer *text)
{
	buffer_byte(out, '[');
	for (size_t at = 0; at < text->size;) {
		size_t step = sim_tokens_next(text->data + at, text->size - at);
		buffer_text(out, at ? "," : "");
		sim_json_string(out, text->data + at, step, false);
		at += step;
	}
	buffer_byte(out, ']');
}

/* llama-server names the text "content", vLLM "prompt" or "messages"; their answers differ. */
static bool is_vllm_form(const struct sim_reply *reply, const struct sim_json *json)
{
	if (reply->sim->settings.kind != SIM_ANY)
		return reply->kind == SIM_VLLM;
	return sim_json_member(json, 0, "content") < 0 && sim_json_member(json, 0, "tokens") < 0;
}

static void tokenize_vllm(
	struct sim_reply *reply, const struct sim_json *json, const struct buffer *text)
{
	struct buffer out = BUFFER_EMPTY;
	buffer_format(&out, "{\"count\":%lld,\"max_model_len\":%lld,\"tokens\":[",
		(long long)sim_tokens_count(buffer_string(text), text->size),
		(long long)reply->sim->settings.context);
	append_pieces(&out, text, false);
	buffer_text(&out, "],\"token_strs\":");
	if (sim_json_truth(json, sim_json_member(json, 0, "return_token_strs"), false))
		append_names(&out, text);
	else
		buffer_text(&out, "null");
	buffer_byte(&out, '}');
	sim_reply_page(reply, &out);
}

static void tokenize_llamacpp(
	struct sim_reply *reply, const struct sim_json *json, const struct buffer *text)
{
	struct buffer out = BUFFER_EMPTY;
	buffer_text(&out, "{\"tokens\":[");
	append_pieces(
		&out, text, sim_json_truth(json, sim_json_member(json, 0, "with_pieces"), false));
	buffer_text(&out, "]}");
	sim_reply_page(reply, &out);
}

static bool read_text(struct sim_reply *reply, const struct sim_json *json, struct buffer *text)
{
	int messages = sim_json_member(json, 0, "messages");
	bool vllm = is_vllm_form(reply, json);
	const char *field = vllm ? "prompt" : "content";
	if (sim_json_append_text(json, sim_json_member(json, 0, field), text))
		return true;
	if (vllm && sim_read_messages(json, messages, sim_json_member(json, 0, "tools"), text))
		return true;
	return sim_fault(reply, &(struct sim_fault){.kind = SIM_FAULT_MISSING, .field = field});
}

void sim_tokenize(struct sim_reply *reply, const struct sim_json *json)
{
	struct buffer text = BUFFER_EMPTY;
	if (read_text(reply, json, &text)) {
		if (is_vllm_form(reply, json))
			tokenize_vllm(reply, json, &text);
		else
			tokenize_llamacpp(reply, json, &text);
	}
	buffer_free(&text);
}

void sim_detokenize(struct sim_reply *reply, const struct sim_json *json)
{
	int tokens = sim_json_member(json, 0, "tokens");
	struct buffer text = BUFFER_EMPTY;
	struct buffer out = BUFFER_EMPTY;
	for (int at = sim_json_first(json, tokens); at >= 0; at = sim_json_next(json, at)) {
		char piece[SIM_TOKENS_TEXT];
		buffer_append(&text, piece, sim_tokens_text(sim_json_integer(json, at, 0), piece));
	}
	buffer_text(&out, reply->kind == SIM_VLLM ? "{\"prompt\":" : "{\"content\":");
	sim_json_buffer(&out, &text, false);
	buffer_byte(&out, '}');
	buffer_free(&text);
	sim_reply_page(reply, &out);
}

void sim_apply_template(struct sim_reply *reply, const struct sim_json *json)
{
	struct buffer prompt = BUFFER_EMPTY;
	struct buffer out = BUFFER_EMPTY;
	int messages = sim_json_member(json, 0, "messages");
	if (sim_read_messages(json, messages, sim_json_member(json, 0, "tools"), &prompt)) {
		buffer_text(&out, "{\"prompt\":");
		sim_json_buffer(&out, &prompt, false);
		buffer_byte(&out, '}');
		sim_reply_page(reply, &out);
	} else {
		sim_fault(
			reply, &(struct sim_fault){.kind = SIM_FAULT_MISSING, .field = "messages"});
	}
	buffer_free(&prompt);
}
