#include "streams.h"

static void usage_counts_wherever_it_sits(void **state)
{
	struct exchange *cases[] = {
		SSE({5, "data: {\"choices\":[]}\n\n"}, {100, C("a")}, {120, C("b")},
			{140, F("stop")}, {440, U(3, 2) D}),
		SSE({100, C("a")}, {120, C("b")}, {140, FU("stop", 3, 2) D}),
		SSE({100, C("a")}, {120, CU("b", 3, 2)}, {140, F("stop") D}),
	};
	for (size_t i = 0; i < 3; i++) {
		expect_outcome(cases[i], OUTCOME_OK, "");
		expect_times(cases[i], 100, 120, 20);
		assert_int_equal(cases[i]->output_tokens, 2);
		assert_int_equal(cases[i]->prompt_tokens, 3);
		assert_int_equal(cases[i]->tokens_source, TOKENS_USAGE);
		exchange_free(cases[i]);
	}
}

static void reasoning_is_in_the_count_or_mended(void **state)
{
#define DETAILS(output)                                                                            \
	"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":" #output     \
	",\"total_tokens\":110,\"completion_tokens_details\":{\"reasoning_tokens\":60}}}\n\n"
	struct exchange *exchange =
		SSE({200, C("a")}, {2180, C("b")}, {2190, F("stop") DETAILS(100) D});
	assert_int_equal(exchange->output_tokens, 100);
	assert_int_equal(exchange->reasoning_tokens, 60);
	expect_times(exchange, 200, 2180, 20);
	expect_flags(exchange, "");
	exchange_free(exchange);

	exchange = SSE({200, C("a")}, {2180, C("b")}, {2190, F("stop") DETAILS(40) D});
	assert_int_equal(exchange->output_tokens, 100);
	expect_flags(exchange, "corrected");
	assert_non_null(strstr(buffer_string(&exchange->usage), "\"completion_tokens\":40"));
	exchange_free(exchange);
}

/* What a usage says of itself, and what holds; -1: nothing. */
static void a_usage_is_mended_where_its_sum_shows_how(void **state)
{
	static const struct {
		const char *usage;
		int64_t prompt, evaluated, output;
		const char *flags;
	} cases[] = {
#define SUM(prompt, output, total)                                                                 \
	"\"prompt_tokens\":" #prompt ",\"completion_tokens\":" #output ",\"total_tokens\":" #total
#define REASONING(n) ",\"completion_tokens_details\":{\"reasoning_tokens\":" #n "}"
#define CACHE(n) ",\"prompt_tokens_details\":{\"cached_tokens\":" #n "}"
		{SUM(10, 40, 50), 10, -1, 40, ""},
		{SUM(10, 40, 110), 10, -1, 100, "corrected"},
		{SUM(10, 40, 110) REASONING(20), 10, -1, 100, "corrected"},
		{SUM(10, 40, 70) REASONING(20) CACHE(5), 10, 5, 60, "cached,corrected"},
		{SUM(10, 40, 110) REASONING(20) CACHE(60), 70, 10, 40, "cached,corrected"},
		{SUM(10, 40, 110) REASONING(20) CACHE(5), 10, 5, 40, "cached"},
		{SUM(10, 40, 50) REASONING(60) CACHE(5), 10, 5, 100, "cached,corrected"},
		{SUM(10, 40, 0), 10, -1, 40, ""},
		{SUM(0, 40, 110), -1, -1, 40, ""},
		{SUM(10, 40, 50) CACHE(10), 10, 0, 40, "cached"},
		{SUM(10, 40, 50) CACHE(0), 10, 10, 40, ""},
		{"\"prompt_tokens\":10,\"total_tokens\":50", 10, -1, 40, "corrected"},
		{"\"prompt_tokens\":10,\"total_tokens\":10", 10, -1, 2, ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buffer last = BUFFER_EMPTY;
		buffer_format(&last, "data: {\"choices\":[],\"usage\":{%s}}\n\n" D, cases[i].usage);
		struct exchange *exchange =
			SSE({100, C("a")}, {200, C("b") F("stop")}, {210, last.data});
		assert_int_equal(exchange->prompt_tokens, cases[i].prompt);
		assert_int_equal(exchange->evaluated_tokens, cases[i].evaluated);
		assert_int_equal(exchange->output_tokens, cases[i].output);
		expect_flags(exchange, cases[i].flags);
		exchange_free(exchange);
		buffer_free(&last);
	}
}

static void no_token_one_token(void **state)
{
	struct exchange *exchange = SSE({80, ROLE}, {100, F("stop") U(5, 0) D});
	expect_outcome(exchange, OUTCOME_EMPTY, "");
	expect_times(exchange, -1, -1, -1);
	assert_int_equal(exchange->output_tokens, 0);
	exchange_free(exchange);

	exchange = SSE({80, ROLE}, {100, F("stop") D});
	expect_outcome(exchange, OUTCOME_EMPTY, "");
	exchange_free(exchange);

	exchange = SSE({100, C("a")}, {110, F("stop") U(5, 1) D});
	expect_outcome(exchange, OUTCOME_OK, "");
	expect_times(exchange, 100, 100, -1);
	exchange_free(exchange);

	exchange = SSE({80, ROLE}, {100, F("stop") U(5, 1) D}); /* an immediate end token */
	expect_outcome(exchange, OUTCOME_OK, "");
	expect_times(exchange, -1, -1, -1);
	exchange_free(exchange);

	exchange = NDJSON({10, "{\"response\":\"\",\"done\":true,\"done_reason\":\"load\"}\n"});
	expect_outcome(exchange, OUTCOME_EMPTY, "");
	exchange_free(exchange);
}

static void prompt_tokens_mean_the_whole_prompt(void **state)
{
	struct exchange *exchange = NDJSON({10, O("a")}, {20, OF(",\"eval_count\":5")});
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_int_equal(exchange->prompt_tokens, EXCHANGE_NONE);
	assert_int_equal(exchange->server_prefill, EXCHANGE_NONE);
	exchange_free(exchange);

	exchange = NDJSON(
		{10, O("a")}, {20, OF(",\"prompt_eval_count\":26,\"prompt_eval_cached_count\":25,"
				      "\"prompt_eval_duration\":1000000,\"eval_count\":5")});
	assert_int_equal(exchange->prompt_tokens, 26);
	assert_int_equal(exchange->evaluated_tokens, 1);
	assert_int_equal(exchange->cached_tokens, 25);
	assert_int_equal(exchange->server_prefill, 1000000);
	expect_flags(exchange, "cached");
	exchange_free(exchange);

	exchange = stream(DIALECT_LLAMACPP,
		SENDS({10, C("a")},
			{20, "data: "
			     "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],"
			     "\"timings\":{\"cache_n\":15,\"prompt_n\":1,\"prompt_ms\":0.5,"
			     "\"predicted_n\":11,\"predicted_ms\":100}}\n\n" D}),
		END_CLEAN);
	assert_int_equal(exchange->prompt_tokens, 16);
	assert_int_equal(exchange->evaluated_tokens, 1);
	assert_int_equal(exchange->server_prefill, 500000);
	assert_int_equal(exchange->output_tokens, 11);
	expect_near(exchange_server_decode_tps(exchange), 100, 1e-9);
	exchange_free(exchange);
}

static void two_answers_in_one_stream(void **state)
{
#define TWO                                                                                        \
	{100, C("a")}, {110, CI("x", 1)}, {120, C("b")}, {130, F("stop")}, {150, CI("y", 1)},      \
		{170, CI("z", 1)},                                                                 \
	{                                                                                          \
		190, FI("length", 1)                                                               \
	}
	struct exchange *cases[] = {SSE(TWO, {200, U(7, 5) D}), SSE(TWO, {200, U(7, 2) U(7, 3) D})};
	for (size_t i = 0; i < 2; i++) {
		expect_outcome(cases[i], OUTCOME_OK, "");
		expect_events(cases[i], EVENTS(100, 110, 120, 150, 170));
		expect_times(cases[i], 100, 170, 17.5);
		assert_int_equal(cases[i]->output_tokens, 5);
		assert_int_equal(cases[i]->prompt_tokens, 7);
		assert_int_equal(cases[i]->answer_count, 2);
		assert_string_equal(content(cases[i], 0), "ab");
		assert_string_equal(content(cases[i], 1), "xyz");
		assert_string_equal(buffer_string(&cases[i]->answers[1].finish), "length");
		exchange_free(cases[i]);
	}
#define THOUGHT(output, reasoning)                                                                 \
	"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":" #output      \
	",\"completion_tokens_details\":{\"reasoning_tokens\":" #reasoning "}}}\n\n"
	struct exchange *thought = SSE(TWO, {200, THOUGHT(20, 6) THOUGHT(30, 9) D});
	assert_int_equal(thought->output_tokens, 50);
	assert_int_equal(thought->reasoning_tokens, 15);
	exchange_free(thought);
	struct exchange *exchange = stream(DIALECT_OPENAI,
		SENDS({100, C("a")}, {110, CI("x", 1)}, {120, C("b")}, {130, F("stop")}),
		END_RESET);
	expect_outcome(exchange, OUTCOME_TRUNCATED, "transport");
	exchange_free(exchange);
}

static void zeros_beside_text_are_placeholders(void **state)
{
	struct exchange *exchange =
		stream(DIALECT_OPENAI, SENDS({1, CU("a", 0, 0)}, {2, CU("b", 0, 0)}), END_CUT);
	assert_int_equal(exchange->output_tokens, 2);
	assert_int_equal(exchange->tokens_source, TOKENS_EVENTS);
	assert_int_equal(exchange->prompt_tokens, EXCHANGE_NONE);
	exchange_free(exchange);

	exchange = SSE({1, C("a")},
		{2, F("stop") "data: {\"choices\":[],\"usage\":{" SUM(0, 0, 0) "}}\n\n" D});
	assert_int_equal(exchange->output_tokens, 1);
	assert_int_equal(exchange->total_tokens, EXCHANGE_NONE);
	exchange_free(exchange);
}

/* Each of as many answers as a stream may have claims 2^53 tokens, which are 2^63 together. */
static void counts_that_no_answer_can_have_are_none(void **state)
{
	struct buffer text = BUFFER_EMPTY;
	for (int i = 0; i < EXCHANGE_CHOICE_LIMIT; i++)
		buffer_format(&text,
			"data: {\"choices\":[{\"index\":%d,\"delta\":{\"content\":\"a\"},"
			"\"finish_reason\":\"stop\"}]," USAGE(3, 9007199254740992) "}\n\n",
			i);
	struct exchange *exchange = SSE({1, text.data}, {2, D});
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_int_equal(exchange->tokens_source, TOKENS_EVENTS);
	assert_int_equal(exchange->output_tokens, EXCHANGE_CHOICE_LIMIT);
	exchange_free(exchange);
	buffer_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usage_counts_wherever_it_sits),
		cmocka_unit_test(reasoning_is_in_the_count_or_mended),
		cmocka_unit_test(a_usage_is_mended_where_its_sum_shows_how),
		cmocka_unit_test(no_token_one_token),
		cmocka_unit_test(prompt_tokens_mean_the_whole_prompt),
		cmocka_unit_test(two_answers_in_one_stream),
		cmocka_unit_test(zeros_beside_text_are_placeholders),
		cmocka_unit_test(counts_that_no_answer_can_have_are_none),
	};
	int failed = RUN(tests);
	plans_free();
	return failed;
}
