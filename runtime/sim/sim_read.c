#include "sim/sim_read.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/units.h"
#include "net/json.h"
#include "sim/sim_fault.h"
#include "sim/sim_tokens.h"

#include <stdlib.h>
#include <string.h>

#define KEEP_NS (300 * CLOCK_SECOND_NS)

struct sim_json *sim_read_body(struct sim_reply *reply)
{
	const struct buffer *body = &reply->http->body;
	if (body->size == 0) {
		sim_fault(reply, &(struct sim_fault){.kind = SIM_FAULT_EMPTY_BODY});
		return NULL;
	}
	struct sim_json *json = sim_json_parse(body->data, body->size);
	if (json != NULL && sim_json_type(json, 0) == SIM_JSON_OBJECT)
		return json;
	sim_json_free(json);
	int64_t stop = json_is_cut(body->data, body->size) ? (int64_t)body->size : -1;
	sim_fault(reply, &(struct sim_fault){.kind = SIM_FAULT_BAD_JSON, .number = stop});
	return NULL;
}

static bool wrong_type(struct sim_generation *generation, const char *field, const char *expected)
{
	return sim_fault(generation->reply,
		&(struct sim_fault){.kind = SIM_FAULT_TYPE, .field = field, .expected = expected});
}

static bool wrong_value(struct sim_generation *generation, const char *field, const char *words)
{
	return sim_fault(generation->reply,
		&(struct sim_fault){.kind = SIM_FAULT_VALUE, .field = field, .expected = words});
}

static bool missing(struct sim_generation *generation, const char *field)
{
	return sim_fault(
		generation->reply, &(struct sim_fault){.kind = SIM_FAULT_MISSING, .field = field});
}

/* A member of the options, which Ollama checks later than the rest; elsewhere the body itself. */
static bool wrong_member(
	struct sim_generation *generation, int object, const char *field, const char *expected)
{
	bool option = object > 0 && generation->kind == SIM_OLLAMA;
	return sim_fault(generation->reply,
		&(struct sim_fault){.kind = option ? SIM_FAULT_OPTION : SIM_FAULT_TYPE,
			.field = field,
			.expected = expected});
}

/* Null is as good as nothing. */
static bool is_absent_or(enum sim_json_type wanted, const struct sim_json *json, int value)
{
	enum sim_json_type type = sim_json_type(json, value);
	return type == SIM_JSON_ABSENT || type == SIM_JSON_NULL || type == wanted;
}

/* Readers of one member: absent and null leave *out alone. */
static bool read_integer(struct sim_generation *generation, const struct sim_json *json, int object,
	const char *field, int64_t *out)
{
	int value = sim_json_member(json, object, field);
	if (!is_absent_or(SIM_JSON_NUMBER, json, value))
		return wrong_member(generation, object, field, "number");
	*out = sim_json_integer(json, value, *out);
	return true;
}

static bool read_truth(struct sim_generation *generation, const struct sim_json *json, int object,
	const char *field, bool *out)
{
	int value = sim_json_member(json, object, field);
	if (!is_absent_or(SIM_JSON_BOOLEAN, json, value))
		return wrong_member(generation, object, field, "boolean");
	*out = sim_json_truth(json, value, *out);
	return true;
}

static void add_stop(struct sim_ask *ask, char *stop)
{
	ask->stops = memory_resize(ask->stops, ask->stop_count + 1, sizeof *ask->stops);
	ask->stops[ask->stop_count++] = stop;
}

static bool read_stops(struct sim_generation *generation, const struct sim_json *json, int object)
{
	struct sim_ask *ask = &generation->job.ask;
	int value = sim_json_member(json, object, "stop");
	char *only = sim_json_text(json, value);
	if (only != NULL) {
		add_stop(ask, only);
		return true;
	}
	if (!is_absent_or(SIM_JSON_ARRAY, json, value))
		return wrong_member(generation, object, "stop", "string");
	for (int at = sim_json_first(json, value); at >= 0; at = sim_json_next(json, at)) {
		char *stop = sim_json_text(json, at);
		if (stop == NULL)
			return wrong_member(generation, object, "stop", "string");
		add_stop(ask, stop);
	}
	return true;
}

/* Temperature, seed and stop strings, which all dialects name alike. */
static bool read_sampling(
	struct sim_generation *generation, const struct sim_json *json, int object)
{
	struct sim_ask *ask = &generation->job.ask;
	int temperature = sim_json_member(json, object, "temperature");
	if (!is_absent_or(SIM_JSON_NUMBER, json, temperature))
		return wrong_member(generation, object, "temperature", "number");
	double heat = sim_json_number(json, temperature, 1);
	if (heat < 0 && generation->kind == SIM_VLLM)
		return wrong_value(generation, "temperature", "temperature must be non-negative.");
	ask->greedy = heat <= 0;
	int64_t seed = -1;
	if (!read_integer(generation, json, object, "seed", &seed))
		return false;
	ask->has_seed =
		sim_json_type(json, sim_json_member(json, object, "seed")) == SIM_JSON_NUMBER;
	ask->seed = seed;
	return read_stops(generation, json, object);
}

bool sim_read_model(struct sim_reply *reply, const char *name)
{
	const char *here = reply->sim->settings.name;
	bool ollama = reply->kind == SIM_OLLAMA;
	if (reply->kind == SIM_LLAMACPP || (name == NULL && !ollama))
		return true;
	const char *asked = name != NULL ? name : "";
	size_t size = strlen(here);
	if (strcmp(asked, here) == 0)
		return true;
	if (ollama && strncmp(asked, here, size) == 0 && strcmp(asked + size, ":latest") == 0)
		return true;
	return sim_fault(reply, &(struct sim_fault){.kind = SIM_FAULT_MODEL, .field = asked});
}

static bool read_model(struct sim_generation *generation, const struct sim_json *json)
{
	int value = sim_json_member(json, 0, "model");
	if (!is_absent_or(SIM_JSON_STRING, json, value))
		return wrong_type(generation, "model", "string");
	generation->model = sim_json_text(json, value);
	return sim_read_model(generation->reply, generation->model);
}

static void take_prompt(struct sim_ask *ask, struct buffer *text)
{
	free(ask->prompt);
	ask->prompt = buffer_detach(text, &ask->prompt_size);
}

static bool read_chat(struct sim_generation *generation, const struct sim_json *json)
{
	struct sim_ask *ask = &generation->job.ask;
	int messages = sim_json_member(json, 0, "messages");
	int tools = sim_json_member(json, 0, "tools");
	enum sim_json_type type = sim_json_type(json, messages);
	if (type == SIM_JSON_ABSENT || type == SIM_JSON_NULL)
		return missing(generation, "messages");
	if (generation->kind != SIM_LLAMACPP && type == SIM_JSON_ARRAY &&
		sim_json_first(json, messages) < 0)
		return missing(generation, "messages");
	struct buffer prompt = BUFFER_EMPTY;
	if (!sim_read_messages(json, messages, tools, &prompt)) {
		if (generation->kind != SIM_LLAMACPP)
			return wrong_type(generation, "messages", "list");
		return wrong_value(generation, "messages", "Expected 'messages' to be an array");
	}
	take_prompt(ask, &prompt);
	sim_read_tools(ask, json);
	return true;
}

/* A prompt is a text, a list of token numbers, or a list of one text. */
static bool append_prompt(const struct sim_json *json, int value, struct buffer *out)
{
	if (sim_json_append_text(json, value, out))
		return true;
	int first = sim_json_first(json, value);
	if (sim_json_type(json, first) == SIM_JSON_STRING)
		return sim_json_next(json, first) < 0 && sim_json_append_text(json, first, out);
	for (int at = first; at >= 0; at = sim_json_next(json, at)) {
		char text[SIM_TOKENS_TEXT];
		size_t size = sim_tokens_text(sim_json_integer(json, at, 0), text);
		buffer_append(out, text, size);
	}
	return first >= 0;
}

static bool read_prompt(struct sim_generation *generation, const struct sim_json *json)
{
	int value = sim_json_member(json, 0, "prompt");
	if (is_absent_or(SIM_JSON_NULL, json, value))
		return missing(generation, "prompt");
	struct buffer prompt = BUFFER_EMPTY;
	bool good = append_prompt(json, value, &prompt);
	take_prompt(&generation->job.ask, &prompt);
	return good ||
	       wrong_value(generation, "prompt", "prompt must be one text or one list of tokens");
}

/* Whether prompt and answer fit; Ollama cuts the prompt instead. */
static bool check_room(struct sim_generation *generation)
{
	struct sim_ask *ask = &generation->job.ask;
	int64_t context = sim_model_context(generation->sim->model, ask);
	int64_t tokens = sim_model_prompt_tokens(ask);
	struct sim_fault fault = {.kind = SIM_FAULT_TOO_LONG, .number = tokens, .limit = context};
	if (tokens >= context)
		return sim_fault(generation->reply, &fault);
	fault.kind = SIM_FAULT_TOO_MANY;
	fault.number = ask->max_tokens;
	if (generation->kind == SIM_VLLM && ask->max_tokens > context)
		return sim_fault(generation->reply, &fault);
	return true;
}

static bool read_limits(
	struct sim_generation *generation, const struct sim_json *json, const char *const names[])
{
	struct sim_ask *ask = &generation->job.ask;
	for (int i = 0; names[i] != NULL; i++)
		if (!read_integer(generation, json, 0, names[i], &ask->max_tokens))
			return false;
	if (ask->max_tokens == 0 && generation->kind == SIM_LLAMACPP)
		ask->max_tokens = 1;
	if (ask->max_tokens < 0)
		ask->max_tokens = -1;
	bool forced = generation->kind == SIM_LLAMACPP || generation->kind == SIM_VLLM;
	if (!forced)
		return true;
	return read_integer(generation, json, 0, "min_tokens", &ask->min_tokens) &&
	       read_truth(generation, json, 0, "ignore_eos", &ask->ignore_eos);
}

static bool read_stream(struct sim_generation *generation, const struct sim_json *json)
{
	if (!read_truth(generation, json, 0, "stream", &generation->stream))
		return false;
	int options = sim_json_member(json, 0, "stream_options");
	bool given = sim_json_type(json, options) == SIM_JSON_OBJECT;
	if (given && !generation->stream && generation->kind == SIM_VLLM)
		return wrong_value(generation, "stream_options",
			"Stream options can only be defined when `stream=True`. "
			"(parameter=stream_options)");
	return read_truth(generation, json, options, "include_usage", &generation->include_usage) &&
	       read_truth(generation, json, options, "continuous_usage_stats",
		       &generation->continuous_usage);
}

/* What only llama-server knows. */
static bool read_llamacpp_switches(struct sim_generation *generation, const struct sim_json *json)
{
	struct sim_ask *ask = &generation->job.ask;
	int template = sim_json_member(json, 0, "chat_template_kwargs");
	return read_truth(generation, json, template, "enable_thinking", &ask->thinks) &&
	       read_truth(generation, json, 0, "cache_prompt", &ask->cache) &&
	       read_truth(generation, json, 0, "timings_per_token", &generation->timings_per_token);
}

static bool read_ollama_prompt(struct sim_generation *generation, const struct sim_json *json)
{
	int prompt = sim_json_member(json, 0, "prompt");
	if (!is_absent_or(SIM_JSON_STRING, json, prompt))
		return wrong_type(generation, "GenerateRequest.prompt", "string");
	if (!read_truth(generation, json, 0, "raw", &generation->raw))
		return false;
	struct buffer text = BUFFER_EMPTY;
	int system = sim_json_member(json, 0, "system");
	if (!generation->raw && sim_json_type(json, system) == SIM_JSON_STRING) {
		buffer_text(&text, "<|im_start|>system\n");
		sim_json_append_text(json, system, &text);
		buffer_text(&text, "<|im_end|>\n");
	}
	buffer_text(&text, generation->raw ? "" : "<|im_start|>user\n");
	sim_json_append_text(json, prompt, &text);
	buffer_text(&text, generation->raw ? "" : "<|im_end|>\n<|im_start|>assistant\n");
	take_prompt(&generation->job.ask, &text);
	return true;
}

/* Ollama puts the template around every prompt but a raw one; only chats have a reasoning
 * channel. */
static bool read_question(struct sim_generation *generation, const struct sim_json *json)
{
	if (generation->chat)
		return read_chat(generation, json);
	if (generation->kind == SIM_OLLAMA)
		return read_ollama_prompt(generation, json);
	generation->job.ask.thinks = false;
	return read_prompt(generation, json);
}

bool sim_read_openai(struct sim_generation *generation, const struct sim_json *json)
{
	static const char *const limits[] = {"max_tokens", "max_completion_tokens", NULL};
	int64_t answers = 1;
	if (!read_model(generation, json) || !read_stream(generation, json) ||
		!read_integer(generation, json, 0, "n", &answers))
		return false;
	if (answers != 1)
		return wrong_value(generation, "n",
			"this simulated server gives one answer a request: n must be 1");
	if (!read_question(generation, json))
		return false;
	return read_limits(generation, json, limits) && read_sampling(generation, json, 0) &&
	       read_llamacpp_switches(generation, json) &&
	       (generation->kind == SIM_OLLAMA || check_room(generation));
}

bool sim_read_completion(struct sim_generation *generation, const struct sim_json *json)
{
	static const char *const limits[] = {"max_tokens", "n_predict", NULL};
	generation->job.ask.thinks = false;
	return read_truth(generation, json, 0, "stream", &generation->stream) &&
	       read_prompt(generation, json) && read_limits(generation, json, limits) &&
	       read_sampling(generation, json, 0) && read_llamacpp_switches(generation, json) &&
	       check_room(generation);
}

static bool read_ollama_thinking(struct sim_generation *generation, const struct sim_json *json)
{
	bool thinks = generation->sim->settings.reasoning_tokens > 0;
	bool wanted = sim_json_truth(json, sim_json_member(json, 0, "think"), false);
	if (wanted && !thinks)
		return sim_fault(generation->reply,
			&(struct sim_fault){.kind = SIM_FAULT_UNSUPPORTED, .field = "thinking"});
	generation->job.ask.thinks = sim_json_truth(json, sim_json_member(json, 0, "think"), true);
	return true;
}

bool sim_read_ollama(struct sim_generation *generation, const struct sim_json *json)
{
	struct sim_ask *ask = &generation->job.ask;
	int options = sim_json_member(json, 0, "options");
	generation->stream = true;
	bool truncate = true;
	if (!read_model(generation, json))
		return false;
	if (!read_question(generation, json) ||
		!read_truth(generation, json, 0, "stream", &generation->stream) ||
		!read_truth(generation, json, 0, "truncate", &truncate) ||
		!read_integer(generation, json, options, "num_predict", &ask->max_tokens) ||
		!read_integer(generation, json, options, "num_ctx", &ask->context) ||
		!read_sampling(generation, json, options) ||
		!read_ollama_thinking(generation, json))
		return false;
	if (ask->max_tokens < 0)
		ask->max_tokens = -1;
	if (ask->context < 0)
		ask->context = 0;
	return truncate || check_room(generation);
}

bool sim_read_inputs(
	struct sim_generation *generation, const struct sim_json *json, const char *key)
{
	int value = sim_json_member(json, 0, key);
	enum sim_json_type type = sim_json_type(json, value);
	if (type == SIM_JSON_ABSENT || type == SIM_JSON_NULL)
		return missing(generation, key);
	/* Ollama's older path takes one text and gives one vector */
	bool is_list = type == SIM_JSON_ARRAY && strcmp(key, "prompt") != 0;
	int at = is_list ? sim_json_first(json, value) : value;
	struct buffer all = BUFFER_EMPTY;
	for (; at >= 0; at = is_list ? sim_json_next(json, at) : -1) {
		char *text = sim_json_text(json, at);
		if (text == NULL) {
			buffer_free(&all);
			return wrong_type(generation, key, "string");
		}
		buffer_text(&all, text);
		generation->inputs = memory_resize(generation->inputs, generation->input_count + 1,
			sizeof *generation->inputs);
		generation->inputs[generation->input_count++] = text;
	}
	take_prompt(&generation->job.ask, &all);
	generation->job.ask.embed = true;
	generation->job.ask.cache = false;
	char *format = sim_json_text(json, sim_json_member(json, 0, "encoding_format"));
	generation->base64 = format != NULL && strcmp(format, "base64") == 0;
	free(format);
	return read_model(generation, json) && check_room(generation);
}

int64_t sim_read_keep_ns(const struct sim_json *json)
{
	int value = sim_json_member(json, 0, "keep_alive");
	char *text = sim_json_text(json, value);
	int64_t keep = KEEP_NS;
	double seconds = sim_json_number(json, value, -1);
	if (text != NULL && *text == '-')
		keep = -1;
	else if (text != NULL && strcmp(text, "0") == 0)
		keep = 0;
	else if (text != NULL)
		units_parse_duration(text, &keep, NULL);
	else if (sim_json_type(json, value) == SIM_JSON_NUMBER)
		keep = seconds < 0 || seconds > 1e9 ? -1 : (int64_t)(seconds * 1e9);
	free(text);
	return keep;
}
