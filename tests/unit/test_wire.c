/* What real servers sent, replayed in five choppings: the messages, texts, counts and the judgement
 * must not depend on where the reads ended. */
#include "replay.h"

#include "base/text.h"

/* All that must not depend on the chopping. */
static void describe(const struct exchange *exchange, struct buffer *out)
{
	unsigned kept = exchange->flags & ~(unsigned)(EXCHANGE_COALESCED | EXCHANGE_BURST);

	buffer_format(out, "%s %s '%s' flags %u; events %zu; streamed %d done %d;",
		exchange_outcome_name(exchange->outcome), exchange->error_kind,
		buffer_string(&exchange->error_message), kept, exchange->event_count,
		exchange->streamed, exchange->done);
	buffer_format(out,
		" N %lld (%d) prompt %lld evaluated %lld cached %lld reasoning %lld; prefill %lld "
		"decode %lld;",
		(long long)exchange->output_tokens, exchange->tokens_source,
		(long long)exchange->prompt_tokens, (long long)exchange->evaluated_tokens,
		(long long)exchange->cached_tokens, (long long)exchange->reasoning_tokens,
		(long long)exchange->server_prefill, (long long)exchange->server_decode);
	for (size_t i = 0; i < exchange->answer_count; i++)
		buffer_format(out, " [%s|%s|%s]", buffer_string(&exchange->answers[i].content),
			buffer_string(&exchange->answers[i].reasoning),
			buffer_string(&exchange->answers[i].finish));
	for (size_t i = 0; i < exchange->tool_call_count; i++)
		buffer_format(out, " (%s %s %s)", buffer_string(&exchange->tool_calls[i].id),
			buffer_string(&exchange->tool_calls[i].name),
			buffer_string(&exchange->tool_calls[i].arguments));
	for (size_t i = 0; i < exchange->event_count; i++)
		buffer_format(out, " %d:%d:%d", exchange_mark_of(exchange, i).channel,
			(int)exchange_mark_of(exchange, i).tokens,
			exchange_mark_of(exchange, i).counted);
}

/* What holds for whatever a server sent. */
static void check_sanity(const char *name, const struct exchange *exchange)
{
	int64_t tokens = 0;

	for (size_t i = 0; i < exchange->answer_count; i++) {
		const struct buffer *text = &exchange->answers[i].content;
		if (!text_is_utf8(buffer_string(text), text->size))
			fail_msg("%s: ill-formed text", name);
	}
	for (size_t i = 0; i < exchange->event_count; i++) {
		assert_true(
			exchange_gap(exchange, i) >= 0 && exchange_mark_of(exchange, i).tokens > 0);
		tokens += exchange_mark_of(exchange, i).tokens;
	}
	if (exchange->outcome == OUTCOME_OK && exchange->event_count &&
		exchange->output_tokens < tokens)
		fail_msg("%s: %d tokens in events, %d in all", name, (int)tokens,
			(int)exchange->output_tokens);
	assert_true(exchange->outcome != OUTCOME_RUNNING);
}

/* An event's time is that of its last byte, however small the reads are. */
static void check_times(const char *name, const struct transcript *transcript)
{
	struct exchange *recorded = replay(name, transcript, AS_RECORDED);
	struct exchange *bytes = replay(name, transcript, BYTE_BY_BYTE);

	for (size_t i = 0; i < recorded->event_count; i++)
		assert_int_equal(exchange_gap(recorded, i), exchange_gap(bytes, i));
	assert_int_equal(recorded->t_first_token, bytes->t_first_token);
	assert_int_equal(recorded->t_first_event, bytes->t_first_event);
	assert_int_equal(recorded->t_finish, bytes->t_finish);
	assert_int_equal(recorded->t_usage, bytes->t_usage);
	exchange_free(recorded);
	exchange_free(bytes);
}

static void check_file(void *context, const char *name, const struct transcript *transcript)
{
	size_t *checked = context;
	struct buffer recorded = BUFFER_EMPTY, other = BUFFER_EMPTY;

	if (strcmp(call_of(transcript), "chat") != 0)
		return;
	for (enum chopping chopping = AS_RECORDED; chopping < CHOPPINGS; chopping++) {
		struct exchange *exchange = replay(name, transcript, chopping);
		check_sanity(name, exchange);
		buffer_clear(&other);
		describe(exchange, chopping == AS_RECORDED ? &recorded : &other);
		exchange_free(exchange);
		if (chopping != AS_RECORDED && strcmp(recorded.data, other.data) != 0)
			fail_msg("%s, chopping %d:\n%s\n%s", name, chopping, recorded.data,
				other.data);
	}
	check_times(name, transcript);
	buffer_free(&recorded);
	buffer_free(&other);
	++*checked;
}

static void five_choppings_give_the_same(void **state)
{
	size_t checked = 0;

	replay_each(check_file, &checked);
	assert_true(checked > 300);
}

struct golden {
	const char *file;
	enum exchange_outcome outcome;
	const char *kind;
	int64_t output, prompt, evaluated, cached;
	size_t events;
	const char *text; /* what the first answer begins with */
	const char *finish;
};

#define NONE EXCHANGE_NONE
static const struct golden goldens[] = {
	{"llamacpp_chat_stream", OUTCOME_OK, "", 12, 33, 33, 0, 12, " the sky looks blue because",
		"length"},
	/* 58 tokens in 53 events: characters over several tokens are held back */
	{"llamacpp_chat_stream_split_chars", OUTCOME_OK, "", 58, 33, 1, 32, 53, " the sky looks",
		"length"},
	{"llamacpp_chat_stream_n2", OUTCOME_OK, "", 8, 33, 1, 32, 8, " the sky looks blue",
		"length"},
	{"llamacpp_cache_2_same", OUTCOME_OK, "", 3, 245, 1, 244, 3, " the sky looks", "length"},
	{"llamacpp_completions_stream", OUTCOME_OK, "", 12, 16, 16, 0, 11,
		" light from every side\xC3\xBC", "length"},
	{"llamacpp_native_stream", OUTCOME_OK, "", 12, 16, 1, 15, 11,
		" light from every side\xC3\xBC", "limit"},
	{"llamacpp_think_auto_stream", OUTCOME_OK, "", 16, 32, 32, 0, 14, " the sky looks",
		"length"},
	{"llamacpp_tool_call_stream", OUTCOME_OK, "", 87, 311, 311, 0, 15, "", "tool_calls"},
	{"llamacpp_chat_plain", OUTCOME_OK, "", 12, 33, 1, 32, 0, " the sky looks blue because",
		"length"},
	{"llamacpp_slow_ping", OUTCOME_OK, "", 3, 3617, 3617, 0, 3, " the sky looks", "length"},
	{"llamacpp_client_disconnect", OUTCOME_TRUNCATED, "transport", 4, NONE, NONE, NONE, 4,
		" the sky looks blue", ""},
	{"llamacpp_loading_chat_503", OUTCOME_FAILED, "http_503", NONE, NONE, NONE, NONE, 0, NULL,
		NULL},
	{"ollama24_chat_stream_eos", OUTCOME_OK, "", 20, 14, NONE, NONE, 14,
		"The sky looks blue because\xF0\x9F\x98\x80\xE5\xA4\xA9\xE7\xA9\xBA", "stop"},
	{"ollama30_generate_stream_first", OUTCOME_OK, "", 12, 14, NONE, NONE, 7,
		"The sky looks blue", "length"},
	{"ollama24_generate_load_only", OUTCOME_EMPTY, "", NONE, NONE, NONE, NONE, 0, "", "load"},
	/* usage of zeros in every chunk, the real one last */
	{"ollama24_v1_completions_stream_usage", OUTCOME_OK, "", 12, 14, NONE, NONE, 7, "The sky",
		"length"},
	{"ollama24_repeat_guard_chat", OUTCOME_TRUNCATED, "", 44, NONE, NONE, NONE, 44, "The sky",
		""},
	{"ollama24_repeat_guard_v1_chat", OUTCOME_TRUNCATED, "", 44, NONE, NONE, NONE, 44,
		"The sky", ""},
	{"ollama30_repeat_guard_generate_nonstream", OUTCOME_TRUNCATED, "", NONE, NONE, NONE, NONE,
		0, "The sky looks", ""},
	{"ollama30_runner_killed_generate", OUTCOME_FAILED, "server_error", 4, NONE, NONE, NONE, 4,
		"The sky blue.", ""},
	/* the error is swallowed by the server: a chunk with an empty model name, then a
	 * clean end */
	{"ollama24_runner_killed_v1_chat", OUTCOME_TRUNCATED, "", 4, NONE, NONE, NONE, 4,
		"You have many questions", ""},
	{"ollama24_err_unknown_model_chat", OUTCOME_FAILED, "http_404", NONE, NONE, NONE, NONE, 0,
		NULL, NULL},
	{"vllm_chat_stream_usage", OUTCOME_OK, "", 16, 39, NONE, NONE, 14, " to from", "length"},
	{"vllm_chat_stream_n2", OUTCOME_OK, "", 32, 39, NONE, NONE, 22, "U", "length"},
	{"vllm_chat_stream_continuous_usage", OUTCOME_OK, "", 16, 39, NONE, NONE, 8, "", "length"},
	{"vllm_chat_stream_eos", OUTCOME_OK, "", 1, 39, NONE, NONE, 0, "", "stop"},
	{"vllm_cached_tokens_2", OUTCOME_OK, "", 4, 634, 122, 512, 1, "", "length"},
	{"vllm_reasoning_stream", OUTCOME_OK, "", 40, 39, 39, 0, 39, "**&", "length"},
	{"vllm_tool_required_stream", OUTCOME_OK, "", 80, 259, NONE, NONE, 7, "", "length"},
	{"vllm_stream_interval_4", OUTCOME_OK, "", 30, 39, NONE, NONE, 8, "", "length"},
	/* the engine dies: an error event, then [DONE] and a clean end */
	{"vllm_killed_engine", OUTCOME_FAILED, "server_error", 10, NONE, NONE, NONE, 10, "\x18uch",
		""},
	{"vllm_killed_server", OUTCOME_TRUNCATED, "transport", 15, NONE, NONE, NONE, 15, " to from",
		""},
	{"vllm_engine_dies_at_first_request", OUTCOME_FAILED, "server_error", 0, NONE, NONE, NONE,
		0, NULL, NULL},
	{"vllm_err_no_api_key", OUTCOME_FAILED, "http_401", NONE, NONE, NONE, NONE, 0, NULL, NULL},
};

static struct exchange *replay_named(const char *name)
{
	char path[sizeof TESTS + 100];

	snprintf(path, sizeof path, "%s/wire/%s.json", TESTS, name);
	struct transcript *transcript = transcript_read(path);
	struct exchange *exchange = replay(name, transcript, AS_RECORDED);
	transcript_free(transcript);
	return exchange;
}

static void check_golden(const struct golden *golden)
{
	struct exchange *exchange = replay_named(golden->file);

	print_message("           %s\n", golden->file);
	expect_outcome(exchange, golden->outcome, golden->kind);
	assert_int_equal(exchange->output_tokens, golden->output);
	assert_int_equal(exchange->prompt_tokens, golden->prompt);
	assert_int_equal(exchange->evaluated_tokens, golden->evaluated);
	assert_int_equal(exchange->cached_tokens, golden->cached);
	assert_int_equal(exchange->event_count, golden->events);
	assert_int_equal(exchange->answer_count > 0, golden->text != NULL);
	if (golden->text) {
		assert_int_equal(
			strncmp(content(exchange, 0), golden->text, strlen(golden->text)), 0);
		assert_string_equal(buffer_string(&exchange->answers[0].finish), golden->finish);
	}
	exchange_free(exchange);
}

static void known_transcripts_have_known_values(void **state)
{
	for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++)
		check_golden(&goldens[i]);
}

static void reasoning_and_tools_are_kept_apart(void **state)
{
	struct exchange *exchange = replay_named("llamacpp_think_auto_stream");
	assert_string_equal(buffer_string(&exchange->answers[0].reasoning), "123456");
	assert_true(exchange->t_first_content > exchange->t_first_token);
	exchange_free(exchange);

	exchange = replay_named("vllm_reasoning_stream");
	assert_int_equal(exchange->reasoning_tokens, 10);
	assert_int_equal(exchange_mark_of(exchange, 0).channel, CHANNEL_REASONING);
	assert_int_equal(exchange->flags & EXCHANGE_CORRECTED, 0);
	exchange_free(exchange);

	exchange = replay_named("llamacpp_tool_call_stream");
	assert_int_equal(exchange->tool_call_count, 1);
	assert_string_equal(buffer_string(&exchange->tool_calls[0].name), "get_weather");
	assert_string_equal(
		buffer_string(&exchange->tool_calls[0].id), "RIoTiSZQpUYzvOIhO0mVXN4jmbDr2LyX");
	struct json arguments = {0};
	assert_true(json_read(&arguments, exchange->tool_calls[0].arguments.data,
		exchange->tool_calls[0].arguments.size));
	assert_true(json_member(&arguments, 0, "city") > 0);
	json_free(&arguments);
	exchange_free(exchange);

	exchange = replay_named("vllm_tool_required_stream");
	assert_int_equal(exchange->tool_call_count, 2);
	assert_int_equal(exchange->tool_calls[1].index, 1);
	exchange_free(exchange);
}

/* One answer stops while another one goes on. */
static void each_answer_of_a_stream_ends_by_itself(void **state)
{
	static const struct {
		const char *file, *first, *second;
	} streams[] = {
		{"llamacpp_native_stream_n2", " long ones; so when", " long ones; so when"},
		{"llamacpp_native_stream_two_prompts", " longer path through dust leaves",
			" through dust leaves only red"},
	};
	for (size_t i = 0; i < 2; i++) {
		struct exchange *exchange = replay_named(streams[i].file);
		expect_outcome(exchange, OUTCOME_OK, "");
		assert_int_equal(exchange->answer_count, 2);
		assert_int_equal(exchange->output_tokens, 10);
		assert_string_equal(content(exchange, 0), streams[i].first);
		assert_string_equal(content(exchange, 1), streams[i].second);
		exchange_free(exchange);
	}
}

static void running_totals_are_found(void **state)
{
	static const char *const files[] = {"vllm_chat_stream_continuous_usage",
		"vllm_stream_interval_4", "llamacpp_chat_stream_timings", "llamacpp_native_stream"};
	for (size_t i = 0; i < 4; i++) {
		struct exchange *exchange = replay_named(files[i]);
		int64_t tokens = 0;
		for (size_t k = 0; k < exchange->event_count; k++) {
			assert_true(exchange_mark_of(exchange, k).counted);
			tokens += exchange_mark_of(exchange, k).tokens;
		}
		/* what the last token events did not cover had no text */
		assert_true(
			tokens <= exchange->output_tokens && tokens + 2 >= exchange->output_tokens);
		exchange_free(exchange);
	}
}

static void the_decode_rate_is_that_of_the_server(void **state)
{
	struct exchange *exchange = replay_named("llamacpp_native_stream");
	expect_near(exchange_server_decode_tps(exchange), 8647.798742138364,
		1e-6); /* as it says itself */
	exchange_free(exchange);

	exchange = replay_named("ollama24_chat_stream_eos");
	expect_near(exchange_server_decode_tps(exchange), 19 / 1462453e-9, 1e-6);
	assert_int_equal(exchange->server_load, 1327712);
	assert_int_equal(exchange->server_total, 5879939);
	exchange_free(exchange);

	exchange = replay_named("ollama24_generate_stream_limit1"); /* one token: no rate */
	expect_near(exchange_server_decode_tps(exchange), -1, 0);
	exchange_free(exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(five_choppings_give_the_same),
		cmocka_unit_test(known_transcripts_have_known_values),
		cmocka_unit_test(reasoning_and_tools_are_kept_apart),
		cmocka_unit_test(each_answer_of_a_stream_ends_by_itself),
		cmocka_unit_test(running_totals_are_found),
		cmocka_unit_test(the_decode_rate_is_that_of_the_server),
	};
	int failed = RUN(tests);
	plans_free();
	return failed;
}
