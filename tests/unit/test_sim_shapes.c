/* What the simulated server sends has the shape of what the real ones sent: the same head, the same
 * HTTP chunks, the same members in the same order. */
#include "sim_client.h"
#include "transcript.h"

struct shape {
	const char *wire; /* tests/wire/NAME.json */
	const char *settings;
};

/* The bytes of the JSON value or key at `text`, 0 for anything else; *shape is what stands
 * for it. */
static size_t value_size(const char *text, size_t size, char before, const char **shape)
{
	if (*text == '"') {
		size_t end = 1;
		while (end < size && text[end] != '"')
			end += text[end] == '\\' ? 2 : 1;
		*shape = end + 1 < size && text[end + 1] == ':' ? NULL : "\"s\"";
		return end + 1;
	}
	if (!before || !strchr(":[,", before))
		return 0;
	*shape = "b";
	if (strncmp(text, "true", 4) == 0 || strncmp(text, "false", 5) == 0)
		return *text == 't' ? 4 : 5;
	*shape = "0";
	return strspn(text, "+-.eE0123456789");
}

/* JSON without its values: "s" for a text, 0 for a number, b for a truth. Everything else stays. */
static void append_shape(struct buffer *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size;) {
		const char *shape = NULL;
		char before = out->size ? out->data[out->size - 1] : '\0';
		size_t used = value_size(text + i, size - i, before, &shape);
		if (used && shape)
			buffer_text(out, shape);
		else
			buffer_append(out, text + i, used ? used : 1);
		i += used ? used : 1;
	}
}

/* "0,0,0" becomes "0", and likewise for texts and lists of numbers. */
static void fold(struct buffer *text)
{
	static const char *const pairs[] = {"0,0", "\"s\",\"s\"", "[0],[0]"};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		char *at = NULL;
		size_t half = strlen(pairs[i]) / 2;
		while (text->data && (at = strstr(text->data, pairs[i]))) {
			memmove(at, at + half + 1, strlen(at + half + 1) + 1);
			text->size -= half + 1;
		}
	}
}

/* Status, names of headers and the type, in order. A close was asked for here and not there, and
 * only the simulated server says that it is one. */
static void append_head(struct buffer *out, const char *at, const char *end)
{
	while (at < end) {
		size_t size = strcspn(at, "\r");
		bool whole = out->size == 0 || strncasecmp(at, "content-type", 12) == 0;
		bool left_out = strncasecmp(at, "connection", 10) == 0 ||
				strncasecmp(at, "keep-alive", 10) == 0 ||
				strncmp(at, "X-Simulated-By: bench", 21) == 0;
		if (!left_out) {
			buffer_append(out, at, whole ? size : strcspn(at, ":"));
			buffer_byte(out, '\n');
		}
		at += size + 2;
	}
}

/* Head and body; HTTP chunks one by one, equal neighbours once. */
static void shape_of(const struct buffer *answer, struct buffer *out)
{
	struct buffer body, chunks, line, last;
	struct buffer *all[] = {&body, &chunks, &line, &last};
	const char *head_end = strstr(buffer_string(answer), "\r\n\r\n");
	assert_non_null(head_end);
	append_head(out, answer->data, head_end);
	for (size_t i = 0; i < 4; i++)
		buffer_init(all[i], BUFFER_UNLIMITED);
	client_body(answer, &body, &chunks);
	const char *text = buffer_string(chunks.size ? &chunks : &body);
	while (*text) {
		size_t size = chunks.size ? strcspn(text, "\n") : strlen(text);
		append_shape(&line, text, size);
		fold(&line);
		if (strcmp(buffer_string(&line), buffer_string(&last)) != 0)
			buffer_format(out, "| %s\n", buffer_string(&line));
		buffer_clear(&last);
		buffer_text(&last, buffer_string(&line));
		buffer_clear(&line);
		text += size + (text[size] ? 1 : 0);
	}
	for (size_t i = 0; i < 4; i++)
		buffer_free(all[i]);
}

static void ask_as_recorded(struct client *client)
{
	const struct transcript *transcript = client->context;
	const char *method = transcript->request.size ? "POST" : "GET";
	client_ask(client, method, transcript->path, buffer_string(&transcript->request),
		&client->answers[0]);
}

static bool has_shape(const struct shape *shape)
{
	char path[512];
	snprintf(path, sizeof path, "%s/wire/%s.json", TESTS, shape->wire);
	struct transcript *transcript = transcript_read(path);
	struct client client;
	client_run(&client, shape->settings, ask_as_recorded, transcript);
	struct buffer real = BUFFER_EMPTY, ours = BUFFER_EMPTY;
	shape_of(&transcript->bytes, &real);
	shape_of(&client.answers[0], &ours);
	bool same = strcmp(real.data, ours.data) == 0;
	if (!same)
		print_message("--- %s: the real server\n%s--- the simulated one\n%s", shape->wire,
			real.data, ours.data);
	buffer_free(&real);
	buffer_free(&ours);
	client_free(&client);
	transcript_free(transcript);
	return same;
}

static const struct shape llamacpp[] = {
	{"llamacpp_chat_stream", ""},
	{"llamacpp_chat_stream_no_usage", ""},
	{"llamacpp_chat_stream_max1", ""},
	{"llamacpp_chat_stream_timings", ""},
	{"llamacpp_chat_plain", ""},
	{"llamacpp_completions_stream", ""},
	{"llamacpp_completions_stream_usage", ""},
	{"llamacpp_completions_plain", ""},
	{"llamacpp_native_stream", ""},
	{"llamacpp_native_stream_timings", ""},
	{"llamacpp_native_plain", ""},
	{"llamacpp_eos_stream", "output_tokens=20"},
	{"llamacpp_think_auto_stream", "reasoning=6"},
	{"llamacpp_think_auto_plain", "reasoning=6"},
	{"llamacpp_err_context_plain", "context=256"},
	{"llamacpp_err_context_stream", "context=256"},
	{"llamacpp_err_bad_json", ""},
	{"llamacpp_err_no_messages", ""},
	{"llamacpp_err_messages_type", ""},
	{"llamacpp_err_max_tokens_type", ""},
	{"llamacpp_err_unknown_model", ""},
	{"llamacpp_get_health", ""},
	{"llamacpp_get_props", ""},
	{"llamacpp_get_slots", "slots=2"},
	{"llamacpp_get_models", ""},
	{"llamacpp_get_not_found", ""},
	{"llamacpp_get_api_version", ""},
	{"llamacpp_get_lora_adapters", ""},
	{"llamacpp_loading_chat_503", "load=20s"},
	{"llamacpp_loading_health_503", "load=20s"},
	{"llamacpp_tokenize", ""},
	{"llamacpp_detokenize", ""},
	{"llamacpp_apply_template", ""},
	{"llamacpp_embeddings", ""},
	{"llamacpp_embeddings_two", ""},
	{"llamacpp_embeddings_base64", ""},
	{"llamacpp_embeddings_native", ""},
};

static const struct shape ollama24[] = {
	{"ollama24_chat_stream_en", ""},
	{"ollama24_chat_stream_zh", ""},
	{"ollama24_chat_nonstream_en", ""},
	{"ollama24_chat_load_only", ""},
	{"ollama24_generate_stream_first", "load=20ms"},
	{"ollama24_generate_stream_limit1", ""},
	{"ollama24_generate_stream_stop", ""},
	{"ollama24_generate_stream_raw", ""},
	{"ollama24_generate_nonstream", ""},
	{"ollama24_generate_load_only", ""},
	{"ollama24_generate_unload_only", ""},
	{"ollama24_generate_empty_prompt", ""},
	{"ollama24_chat_think_true", ""},
	{"ollama24_err_unknown_model_chat", ""},
	{"ollama24_err_no_model", ""},
	{"ollama24_err_bad_json", ""},
	{"ollama24_err_bad_option_type", ""},
	{"ollama24_ps_none", ""},
	{"ollama24_version", ""},
	{"ollama24_not_found", ""},
	{"ollama24_wrong_method", ""},
	{"ollama24_root", ""},
	{"ollama24_show_unknown", ""},
	{"ollama24_embed", ""},
	{"ollama24_embed_two", ""},
	{"ollama24_embeddings_old", ""},
	{"ollama24_v1_chat_stream_usage", ""},
	{"ollama24_v1_chat_stream_nousage", ""},
	{"ollama24_v1_chat_nonstream", ""},
	{"ollama24_v1_chat_unknown_model", ""},
	{"ollama24_v1_chat_bad_json", ""},
	{"ollama24_v1_chat_no_messages", ""},
	{"ollama24_v1_completions_stream_usage", ""},
	{"ollama24_v1_completions_nonstream", ""},
	{"ollama24_v1_embeddings", ""},
};

static const struct shape ollama30[] = {
	{"ollama30_chat_stream_en", ""},
	{"ollama30_generate_stream_first", ""},
	{"ollama30_generate_stream_limit1", ""},
	{"ollama30_v1_chat_stream_usage", ""},
};

static const struct shape vllm[] = {
	{"vllm_chat_stream_usage", ""},
	{"vllm_chat_stream_no_usage", ""},
	{"vllm_chat_stream_max_tokens_1", ""},
	{"vllm_chat_stream_continuous_usage", ""},
	{"vllm_chat_stream_eos", "output_tokens=0"},
	{"vllm_chat_nonstream", ""},
	{"vllm_completions_stream_usage", ""},
	{"vllm_completions_nonstream", ""},
	{"vllm_tool_forced_stream", ""},
	{"vllm_tool_forced_nonstream", ""},
	{"vllm_err_bad_json", ""},
	{"vllm_err_missing_messages", ""},
	{"vllm_err_prompt_too_long", "context=64"},
	{"vllm_err_max_tokens_too_large", "context=1024"},
	{"vllm_err_stream_options_without_stream", ""},
	{"vllm_err_bad_temperature", ""},
	{"vllm_err_unknown_model", ""},
	{"vllm_err_wrong_path", ""},
	{"vllm_err_wrong_method", ""},
	{"vllm_get_health", ""},
	{"vllm_get_models", ""},
	{"vllm_get_version", ""},
	{"vllm_get_load", ""},
	{"vllm_tokenize_prompt", ""},
	{"vllm_tokenize_chat", ""},
	{"vllm_detokenize", ""},
};

static void check_all(const struct shape *shapes, size_t count, const char *common)
{
	size_t others = 0;
	for (size_t i = 0; i < count; i++) {
		char settings[256];
		snprintf(settings, sizeof settings, "%s@ttft=1ms@tpot=1ms@%s", common,
			shapes[i].settings);
		struct shape shape = {shapes[i].wire, settings};
		others += !has_shape(&shape);
	}
	assert_int_equal(others, 0);
}

static void test_llamacpp(void **state)
{
	check_all(llamacpp, sizeof llamacpp / sizeof *llamacpp, "kind=llamacpp@name=tiny");
}

static void test_ollama_024(void **state)
{
	check_all(ollama24, sizeof ollama24 / sizeof *ollama24, "kind=ollama@name=tiny");
}

static void test_ollama_030(void **state)
{
	check_all(ollama30, sizeof ollama30 / sizeof *ollama30,
		"kind=ollama@name=tiny@version=0.30.0");
}

static void test_vllm(void **state)
{
	check_all(vllm, sizeof vllm / sizeof *vllm, "kind=vllm@name=tiny-qwen2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_llamacpp),
		cmocka_unit_test(test_ollama_024),
		cmocka_unit_test(test_ollama_030),
		cmocka_unit_test(test_vllm),
	};
	return RUN(tests);
}
