#include "streams.h"

#include "base/text.h"

static void the_stream_ends_early_or_without_ceremony(void **state)
{
	static const struct {
		const char *rest;
		enum exchange_outcome outcome;
		const char *flags;
	} cases[] = {
		{F("stop") U(3, 1), OUTCOME_OK, ""},
		{F("stop") "data: {\"choices\":[]," USAGE(3, 1) "}\n", OUTCOME_OK, "flushed"},
		{F("stop") "data: {\"choices\":[]," USAGE(3, 1) "}", OUTCOME_OK, "flushed"},
		{"", OUTCOME_TRUNCATED, ""},
		{"data: {\"choices\":[{\"index\":0,\"de", OUTCOME_TRUNCATED, ""},
		{F("stop") U(3, 1) "data: [DO", OUTCOME_OK, ""},
		{"data: [DONE]", OUTCOME_OK, "flushed"},
		{D, OUTCOME_OK, ""},
		{"data:[DONE]\r\n\r\n", OUTCOME_OK, ""},
		{"data: \"[DONE]\" \n\n", OUTCOME_OK, ""},
		{"event: done\ndata: [done]\n\n", OUTCOME_OK, ""},
		{D D D, OUTCOME_OK, ""},
		{"data: [DONE] now\n\n", OUTCOME_FAILED, ""},
		{"data: \"[DONE]\n\n", OUTCOME_FAILED, ""},
		{": ping\n\n", OUTCOME_TRUNCATED, ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct exchange *exchange = begin(DIALECT_OPENAI);
		head(exchange, 200, "text/event-stream");
		feed(exchange, SENDS({100, C("a")}, {120, cases[i].rest}));
		end(exchange, END_CLEAN);
		expect_outcome(exchange, cases[i].outcome,
			cases[i].outcome == OUTCOME_FAILED ? "malformed" : "");
		expect_flags(exchange, cases[i].flags);
		assert_int_equal(exchange->output_tokens, 1);
		expect_times(exchange, 100, 100, -1);
		exchange_free(exchange);
	}
}

static void the_answer_comes_all_at_once(void **state)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);
	head(exchange, 200, "application/json");
	feed(exchange, SENDS({2000, "{\"choices\":[{\"index\":0,\"message\":{\"role\":"
				    "\"assistant\",\"content\":"
				    "\"hello\"},\"finish_reason\":\"stop\"}]," USAGE(3, 40) "}"}));
	exchange_end(exchange, END_CLEAN, NULL, T0 + MS(2000));
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_false(exchange->streamed);
	expect_times(exchange, -1, 2000, -1);
	assert_int_equal(exchange->output_tokens, 40);
	assert_int_equal(exchange->event_count, 0);
	assert_string_equal(content(exchange, 0), "hello");
	exchange_free(exchange);

	struct buffer burst = BUFFER_EMPTY;
	for (int i = 0; i < 40; i++)
		buffer_text(&burst, C("t"));
	buffer_text(&burst, F("stop") U(3, 40) D);
	exchange = SSE({2000, burst.data});
	expect_outcome(exchange, OUTCOME_OK, "");
	expect_times(exchange, 2000, 2000, -1);
	expect_flags(exchange, "burst,coalesced");
	exchange_free(exchange);
	buffer_free(&burst);
}

/* Twenty events, each 10 ms behind the one before, that come as a proxy lets go of them: so many
 * with the first, the others by themselves, and the ninth so much later. */
static struct exchange *held_events(int together, int64_t stall_ns)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);
	const char *rest = F("stop") U(3, 20) D;
	int64_t t_ns = MS(100);

	head(exchange, 200, "text/event-stream");
	for (int i = 0; i < 20; i++) {
		t_ns += i < together ? 20000 : MS(10);
		t_ns += i == 8 ? stall_ns : 0;
		put(exchange, t_ns, C("t"), strlen(C("t")), (uint64_t)i + 1);
	}
	put(exchange, t_ns, rest, strlen(rest), 21);
	end(exchange, END_CLEAN);
	return exchange;
}

/* A proxy that fills a buffer before it sends: the rate behind it is of more tokens than came in
 * that time. Drafts that are right come together, too, but behind the first token. */
static void tokens_that_come_with_the_first_are_a_lump(void **state)
{
	static const struct {
		int together;
		int64_t stall_ns;
		bool lump;
	} cases[] = {{8, 0, true}, {4, 0, true}, {3, 0, false}, {1, 0, false}, {1, MS(3000), false},
		{5, MS(3000), true}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct exchange *exchange = held_events(cases[i].together, cases[i].stall_ns);
		assert_int_equal(exchange->lump, cases[i].lump);
		exchange_free(exchange);
	}
}

/* Forty events in reads of their own, so far apart. */
static struct exchange *forty_events(int64_t gap_ns)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);
	const char *rest = F("stop") U(3, 40) D;

	head(exchange, 200, "text/event-stream");
	for (int i = 0; i < 40; i++)
		put(exchange, MS(2000) + i * gap_ns, C("t"), strlen(C("t")), (uint64_t)i + 1);
	put(exchange, MS(2001), rest, strlen(rest), 41);
	end(exchange, END_CLEAN);
	return exchange;
}

/* The segments of one long send are a little apart. */
static void a_burst_of_several_reads_has_no_speed(void **state)
{
	struct exchange *exchange = forty_events(1000);
	expect_flags(exchange, "burst");
	assert_true(exchange_tpot(exchange) < 0);
	exchange_free(exchange);

	exchange = forty_events(20000);
	expect_flags(exchange, "");
	assert_int_equal(exchange_tpot(exchange), 20000);
	assert_false(exchange->lump); /* all are as near as the first */
	exchange_free(exchange);
}

static void an_error_inside_the_stream(void **state)
{
	static const struct {
		const char *bytes, *message;
		int64_t tokens;
	} cases[] = {
		{C("a") C("b") ENGINE_DIED D, "engine died", 2},
		{ENGINE_DIED D, "engine died", 0},
		{"event: error\ndata: "
		 "{\"type\":\"error\",\"error\":{\"message\":\"overloaded\"}}\n\n",
			"overloaded", 0},
		{"data: {\"error\":\"plain words\"}\n\n", "plain words", 0},
		{"data: {\"error\":{\"code\":7}}\n\n" D, "{\"code\":7}", 0},
		{"event: error\ndata: out of memory\n\n", "out of memory", 0},
		{"event: error\ndata:  \n\n", "error", 0},
		{C("a") F("stop") ENGINE_DIED D, "engine died", 1},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct exchange *exchange = SSE({100, cases[i].bytes});
		expect_outcome(exchange, OUTCOME_FAILED, "server_error");
		assert_string_equal(buffer_string(&exchange->error_message), cases[i].message);
		assert_int_equal(exchange->output_tokens, cases[i].tokens);
		exchange_free(exchange);
	}
	struct exchange *exchange = stream(DIALECT_LLAMACPP,
		SENDS({100, C("a") ENGINE_DIED "data: {\"message\":\"bye\"}\n\n"}), END_CLEAN);
	expect_outcome(exchange, OUTCOME_FAILED, "server_error");
	assert_string_equal(buffer_string(&exchange->error_message), "engine died");
	exchange_free(exchange);

	exchange = NDJSON({100, O("a")}, {200, "{\"error\":\"model runner stopped\"}\n"});
	expect_outcome(exchange, OUTCOME_FAILED, "server_error");
	assert_string_equal(buffer_string(&exchange->error_message), "model runner stopped");
	assert_int_equal(exchange->event_count, 1);
	exchange_free(exchange);
}

static void the_word_error_is_no_error(void **state)
{
	struct exchange *cases[] = {
		SSE({100, "data: "
			  "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_"
			  "reason\":null}],"
			  "\"error\":null}\n\n"},
			{120, F("stop") D}),
		SSE({100, C("the word error is only text")}, {120, F("stop") D}),
		SSE({100, "data: "
			  "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],\"error\":"
			  "\"\"}\n\n"},
			{120, F("stop") D}),
		SSE({100, C("a")}, {120, F("eos_token") D}),
		SSE({100, C("a")}, {120, F("content_filter") D}),
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		expect_outcome(cases[i], OUTCOME_OK, "");
		exchange_free(cases[i]);
	}
}

static void a_finish_reason_may_be_a_failure(void **state)
{
	static const char *const bytes[] = {
		C("a") C("b") F("abort") U(5, 2) D, C("a") C("b") F("error") D};
	for (size_t i = 0; i < 2; i++) {
		struct exchange *exchange = SSE({100, bytes[i]});
		expect_outcome(exchange, OUTCOME_FAILED, "server_error");
		assert_non_null(
			strstr(buffer_string(&exchange->error_message), i ? "error" : "abort"));
		assert_string_equal(content(exchange, 0), "ab");
		assert_int_equal(exchange->output_tokens, 2);
		exchange_free(exchange);
	}
}

static void the_connection_breaks(void **state)
{
	static const enum exchange_end ends[] = {END_CUT, END_RESET};
	for (size_t i = 0; i < 2; i++) {
		struct exchange *exchange =
			stream(DIALECT_OPENAI, SENDS({100, C("a")}, {120, C("b")}), ends[i]);
		expect_outcome(exchange, OUTCOME_TRUNCATED, "transport");
		assert_string_equal(buffer_string(&exchange->error_message), "transfer closed");
		assert_int_equal(exchange->event_count, 2);
		expect_flags(exchange, "");
		exchange_free(exchange);

		exchange =
			stream(DIALECT_OPENAI, SENDS({100, C("a")}, {120, F("stop") D}), ends[i]);
		expect_outcome(exchange, OUTCOME_OK, "");
		expect_flags(exchange, i ? "reset" : "");
		exchange_free(exchange);

		exchange =
			stream(DIALECT_OPENAI, SENDS({100, C("a")}, {120, "data: {\"ch"}), ends[i]);
		expect_outcome(exchange, OUTCOME_TRUNCATED, "transport");
		exchange_free(exchange);
	}
}

static void what_is_malformed(void **state)
{
	struct exchange *exchange =
		SSE({100, C("a")}, {110, "data: {\"choices\":[{]}\n\n"}, {120, C("b") F("stop") D});
	expect_outcome(exchange, OUTCOME_FAILED, "malformed");
	assert_string_equal(content(exchange, 0), "ab");
	assert_non_null(strstr(buffer_string(&exchange->error_message), "{\"choices\":[{]}"));
	exchange_free(exchange);

	exchange = begin(DIALECT_OPENAI);
	head(exchange, 200, "text/html");
	feed(exchange, SENDS({10, "<html><body>Welcome to the \xFF router</body></html>"}));
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_FAILED, "malformed");
	assert_non_null(strstr(
		buffer_string(&exchange->error_message), "Welcome to the \xEF\xBF\xBD router"));
	exchange_free(exchange);

	exchange = begin(DIALECT_OPENAI);
	head(exchange, 200, "application/json");
	feed(exchange, SENDS({10, "{\"choices\":[{\"index\":0,"}));
	end(exchange, END_CUT);
	expect_outcome(exchange, OUTCOME_TRUNCATED, "transport");
	exchange_free(exchange);

	exchange = begin(DIALECT_OPENAI);
	head(exchange, 200, "application/json");
	feed(exchange, SENDS({10, "{\"choices\":[{\"index\":0,}]}"}));
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_FAILED, "malformed");
	exchange_free(exchange);
}

/* Under the content type of a stream: words, and what may have become one. */
static void a_stream_begins_with_a_field(void **state)
{
	static const struct {
		const char *body, *kind;
		enum exchange_outcome outcome;
	} cases[] = {
		{"upstream connect error\n", "malformed", OUTCOME_FAILED},
		{"Service Unavailable: busy\n", "malformed", OUTCOME_FAILED},
		{"\r\n dat", "", OUTCOME_TRUNCATED},
		{": ping\n\n", "", OUTCOME_TRUNCATED},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct exchange *exchange = begin(DIALECT_OPENAI);
		head(exchange, 200, "text/event-stream");
		feed(exchange, SENDS({10, cases[i].body}));
		end(exchange, END_CLEAN);
		expect_outcome(exchange, cases[i].outcome, cases[i].kind);
		exchange_free(exchange);
	}
}

/* Of every kind of server, asked for a stream or not. */
static void a_body_that_ends_inside_its_json_is_truncated(void **state)
{
	static const char *const bodies[] = {"{", "{\"message\":{\"content\":\"a}]}",
		"{\"message\":{\"content\":\"a\\\"}}", "{\"a\":[1,2]", "{\"a\":{}"};
	static const char *const types[] = {"application/json", "application/x-ndjson"};
	for (size_t i = 0; i < 4 * sizeof bodies / sizeof *bodies; i++) {
		struct exchange *exchange = begin(i % 2 ? DIALECT_OLLAMA : DIALECT_OPENAI);
		head(exchange, 200, types[i / 2 % 2]);
		feed(exchange, SENDS({10, bodies[i / 4]}));
		end(exchange, END_CLEAN);
		expect_outcome(exchange, OUTCOME_TRUNCATED, "");
		assert_non_null(strstr(buffer_string(&exchange->error_message), bodies[i / 4]));
		exchange_free(exchange);
	}
}

/* vLLM's logprobs, by Python's hand. */
static void numbers_that_are_none(void **state)
{
	struct exchange *exchange = SSE({100, C("a")},
		{120, "data: "
		      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},\"logprobs\":{"
		      "\"content\":[{\"logprob\":-Infinity}]},\"finish_reason\":null}]}\n\n"},
		{140, FU("stop", 3, NaN) D});
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_string_equal(content(exchange, 0), "ab");
	assert_true(exchange->no_numbers);
	assert_int_equal(exchange->prompt_tokens, 3);
	assert_int_equal(exchange->output_tokens, 2);
	assert_int_equal(exchange->tokens_source, TOKENS_EVENTS);
	exchange_free(exchange);

	exchange = SSE({100, C("a")}, {140, FU("stop", 3, 1e400) D});
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_false(exchange->no_numbers);
	assert_int_equal(exchange->tokens_source, TOKENS_EVENTS);
	exchange_free(exchange);
}

static void a_whole_answer_that_never_finished(void **state)
{
	struct exchange *exchange = begin(DIALECT_OLLAMA);
	exchange->stream = false;
	head(exchange, 200, "application/json; charset=utf-8");
	feed(exchange, SENDS({10, "{\"response\":\"abc\",\"done\":false}"}));
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_TRUNCATED, "");
	exchange_free(exchange);

	exchange = begin(DIALECT_OPENAI); /* embeddings know no finish */
	exchange->stream = exchange->wants_tokens = false;
	exchange->keep_body = true;
	head(exchange, 200, "application/json");
	feed(exchange,
		SENDS({10, "{\"data\":[{\"embedding\":[0.5]}],\"usage\":{\"prompt_tokens\":4}}"}));
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_int_equal(exchange->prompt_tokens, 4);
	assert_int_equal(exchange->output_tokens, EXCHANGE_NONE);
	assert_non_null(strstr(buffer_string(&exchange->body), "embedding"));
	exchange_free(exchange);
}

static struct exchange *status(long code, const char *type, const char *body)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);

	head(exchange, code, type);
	feed(exchange, SENDS({3, body}));
	end(exchange, END_CLEAN);
	return exchange;
}

static void a_status_from_400_is_a_failure(void **state)
{
	static const struct {
		long code;
		const char *body, *kind, *message;
	} cases[] = {
		{503, "{\"error\":{\"message\":\"Loading model\",\"code\":503}}", "http_503",
			"Loading model"},
		{401, "{\"error\":\"Unauthorized\"}", "http_401", "Unauthorized"},
		{404, "{\"detail\":\"Not Found\"}", "http_404", "{\"detail\":\"Not Found\"}"},
		{502, "<html>Bad \xFF Gateway</html>", "http_502", "Bad \xEF\xBF\xBD Gateway"},
		{502,
			"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
			"<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>"
			"\r\n</body>\r\n</html>\r\n",
			"http_502", "502 Bad Gateway nginx"},
		{403,
			" \n<!DOCTYPE html>\n<!-- <b>--><HTML><HEAD lang=\"en\"><STYLE>h1 > b {}"
			"</STYLE></HEAD><header>No&nbsp;way:</header><script>1 > 2</script> ask"
			"<br/>us</html>",
			"http_403", "No&nbsp;way: ask us"},
		{403, "<head>no end", "http_403", "<head>no end"},
		{400, "<", "http_400", "<"},
		{429, "", "http_429", "HTTP 429 with an empty body"},
		{400, "event: error\ndata: {\"error\":{\"message\":\"too long\"}}\n\n", "http_400",
			"too long"},
		{400, "\xEF\xBB\xBF[{\"error\":{\"message\":\"too long\"}}]\n", "http_400",
			"too long"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct exchange *exchange =
			status(cases[i].code, "application/json", cases[i].body);
		expect_outcome(exchange, OUTCOME_FAILED, cases[i].kind);
		assert_string_equal(buffer_string(&exchange->error_message), cases[i].message);
		assert_int_equal(exchange->output_tokens, EXCHANGE_NONE);
		assert_string_equal(buffer_string(&exchange->body), cases[i].body);
		exchange_free(exchange);
	}
}

static void a_long_error_body_is_kept_in_part(void **state)
{
	size_t size = 200000;
	char *body = memory_new(size + 1);
	for (size_t i = 0; i + 3 <= size; i += 3)
		memcpy(body + i, "\xE5\xA4\xA9", 3);
	struct exchange *exchange = status(500, "text/plain", body);

	expect_outcome(exchange, OUTCOME_FAILED, "http_500");
	assert_int_equal(exchange->body.size, EXCHANGE_ERROR_LIMIT);
	assert_true(exchange->error_message.size <= 500 && exchange->error_message.size > 490);
	assert_true(text_is_utf8(exchange->error_message.data, exchange->error_message.size));
	assert_null(strstr(exchange->error_message.data, "\xEF\xBF\xBD"));
	exchange_free(exchange);
	free(body);
}

static void a_nul_does_not_end_a_message(void **state)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);
	head(exchange, 500, NULL);
	put(exchange, MS(1), "\0bad\0", 5, 1);
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_FAILED, "http_500");
	assert_string_equal(buffer_string(&exchange->error_message), " bad ");
	exchange_free(exchange);
}

static void a_redirect_names_where_it_leads(void **state)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);
	exchange_header(exchange, "Location", "https://elsewhere.example/v1");
	head(exchange, 301, "text/html");
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_FAILED, "redirect");
	assert_non_null(
		strstr(buffer_string(&exchange->error_message), "https://elsewhere.example/v1"));
	exchange_free(exchange);
}

static void not_one_byte_is_no_response(void **state)
{
	static const enum exchange_end ends[] = {END_CLEAN, END_CUT, END_RESET, END_NONE};
	for (size_t i = 0; i < 4; i++) {
		struct exchange *exchange = begin(DIALECT_OPENAI);
		end(exchange, ends[i]);
		expect_outcome(exchange, OUTCOME_FAILED, "no_response");
		exchange_free(exchange);
	}
	struct exchange *exchange = begin(DIALECT_OPENAI);
	head(exchange, 200, "text/event-stream");
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_TRUNCATED, "");
	exchange_free(exchange);
}

static void plain_http_is_ok_when_whole(void **state)
{
	static const struct {
		long code;
		enum exchange_end end;
		enum exchange_outcome outcome;
		const char *kind;
	} cases[] = {{200, END_CLEAN, OUTCOME_OK, ""}, {204, END_CLEAN, OUTCOME_OK, ""},
		{200, END_CUT, OUTCOME_TRUNCATED, "transport"},
		{404, END_CLEAN, OUTCOME_FAILED, "http_404"}};
	for (size_t i = 0; i < 4; i++) {
		struct exchange *exchange = begin(DIALECT_OPENAI);
		exchange->plan = NULL;
		exchange->stream = exchange->wants_tokens = false;
		head(exchange, cases[i].code, "text/event-stream");
		feed(exchange, SENDS({10, "data: x\n\n"}));
		end(exchange, cases[i].end);
		expect_outcome(exchange, cases[i].outcome, cases[i].kind);
		assert_string_equal(buffer_string(&exchange->body), "data: x\n\n");
		expect_times(exchange, -1, 5000, -1);
		assert_false(exchange->streamed);
		exchange_free(exchange);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stream_ends_early_or_without_ceremony),
		cmocka_unit_test(the_answer_comes_all_at_once),
		cmocka_unit_test(a_burst_of_several_reads_has_no_speed),
		cmocka_unit_test(tokens_that_come_with_the_first_are_a_lump),
		cmocka_unit_test(an_error_inside_the_stream),
		cmocka_unit_test(the_word_error_is_no_error),
		cmocka_unit_test(a_finish_reason_may_be_a_failure),
		cmocka_unit_test(the_connection_breaks),
		cmocka_unit_test(what_is_malformed),
		cmocka_unit_test(a_stream_begins_with_a_field),
		cmocka_unit_test(a_body_that_ends_inside_its_json_is_truncated),
		cmocka_unit_test(numbers_that_are_none),
		cmocka_unit_test(a_whole_answer_that_never_finished),
		cmocka_unit_test(a_status_from_400_is_a_failure),
		cmocka_unit_test(a_long_error_body_is_kept_in_part),
		cmocka_unit_test(a_nul_does_not_end_a_message),
		cmocka_unit_test(a_redirect_names_where_it_leads),
		cmocka_unit_test(not_one_byte_is_no_response),
		cmocka_unit_test(plain_http_is_ok_when_whole),
	};
	int failed = RUN(tests);
	plans_free();
	return failed;
}
