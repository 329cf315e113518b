#include "streams.h"

#include "base/random.h"
#include "base/secret.h"

static void a_new_exchange_knows_nothing(void **state)
{
	struct exchange *exchange = exchange_new();
	assert_int_equal(exchange->outcome, OUTCOME_RUNNING);
	assert_int_equal(exchange->t_start, EXCHANGE_NONE);
	assert_int_equal(exchange->output_tokens, EXCHANGE_NONE);
	assert_int_equal(exchange->cold_start, -1);
	expect_times(exchange, -1, -1, -1);
	expect_near(exchange_server_decode_tps(exchange), -1, 0);
	exchange_free(exchange);
	exchange_free(NULL);
}

static const struct typed_answer {
	enum dialect dialect;
	const char *type, *body;
	bool stream, streamed;
} typed_answers[] = {
	{DIALECT_OPENAI, "text/event-stream", C("a") F("stop") D, true, true},
	{DIALECT_OPENAI, "Text/Event-Stream; charset=utf-8", C("a") F("stop") D, true, true},
	{DIALECT_OPENAI, "text/event-stream", C("a") F("stop") D, false, true},
	{DIALECT_OPENAI, NULL, C("a") F("stop") D, true, true},
	{DIALECT_OPENAI, "text/plain", "\r\n\xEF\xBB\xBF" C("a") F("stop") D, true, true},
	{DIALECT_OLLAMA, "application/x-ndjson", O("a") OF(""), true, true},
	{DIALECT_OLLAMA, "application/jsonl", O("a") OF(""), true, true},
	{DIALECT_OLLAMA, "text/plain", " \n" O("a") OF(""), true, true},
	{DIALECT_OLLAMA, "application/json", "{\"response\":\"a\",\"done\":true}", true, false},
	{DIALECT_OLLAMA, NULL, "{\"response\":\"a\",\"done\":true}", false, false},
	{DIALECT_OLLAMA, "application/x-ndjson", "{\n\"response\":\"a\",\"done\":true}", true,
		false},
	{DIALECT_OPENAI, "application/json", C("a") F("stop") D, true, true},
	{DIALECT_OPENAI, "text/plain",
		" {\"choices\":[{\"text\":\"a\",\"finish_reason\":\"stop\"}]}", true, false},
};

static void expect_framing(const struct typed_answer *answer, size_t part)
{
	struct exchange *exchange = begin(answer->dialect);
	exchange->stream = answer->stream;
	head(exchange, 200, answer->type);
	size_t size = strlen(answer->body);
	for (size_t at = 0; at < size; at += part)
		put(exchange, MS(10), answer->body + at, part < size - at ? part : size - at, at);
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_int_equal(exchange->streamed, answer->streamed);
	assert_int_equal(exchange->event_count, answer->streamed);
	assert_string_equal(content(exchange, 0), "a");
	exchange_free(exchange);
}

static void the_content_type_decides_the_framing(void **state)
{
	for (size_t i = 0; i < sizeof typed_answers / sizeof *typed_answers; i++) {
		expect_framing(&typed_answers[i], 1);
		expect_framing(&typed_answers[i], 1000);
	}
}

static void headers_are_kept_in_lower_case(void **state)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);
	assert_true(exchange_header(exchange, "X-Request-ID", "Ab\xFF"));
	assert_true(exchange_header(exchange, "Retry-After", "1"));
	assert_string_equal(buffer_string(&exchange->headers),
		"x-request-id: Ab\xEF\xBF\xBD\nretry-after: 1\n");

	char *huge = memory_new((size_t)2 << 20);
	memset(huge, 'x', ((size_t)2 << 20) - 1);
	assert_false(exchange_header(exchange, "Huge", huge));
	expect_outcome(exchange, OUTCOME_FAILED, "client_limit");
	free(huge);
	exchange_free(exchange);
}

static void a_long_line_is_borne_up_to_the_limit(void **state)
{
	size_t four = (size_t)4 << 20;
	char *text = memory_new(four);
	memset(text, 'x', four);
	for (int limit = 0; limit < 2; limit++) {
		struct exchange *exchange = begin(DIALECT_OPENAI);
		bool more = true;
		head(exchange, 200, "text/event-stream");
		const char *start = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
		put(exchange, MS(1), start, strlen(start), 1);
		for (uint64_t i = 0; i < (limit ? 16 : 1) && more; i++)
			more = put(exchange, MS(2), text, four, 2 + i);
		assert_int_equal(more, !limit);
		if (!limit)
			feed(exchange, SENDS({3, "\"}}]}\n\n" F("stop") D}));
		end(exchange, limit ? END_CUT : END_CLEAN);
		expect_outcome(exchange, limit ? OUTCOME_FAILED : OUTCOME_OK,
			limit ? "line_too_long" : "");
		assert_true(exchange->bytes < (uint64_t)13 << 20);
		exchange_free(exchange);
	}
	free(text);
}

static void an_answer_has_a_limit(void **state)
{
	size_t size = (size_t)1 << 20;
	char *blank = memory_new(size);
	memset(blank, '\n', size);
	struct exchange *exchange = begin(DIALECT_OPENAI);
	bool more = true;
	uint64_t reads = 0;
	head(exchange, 200, "text/event-stream");
	while (more)
		more = put(exchange, MS(2), blank, size, ++reads);
	assert_int_equal(reads, 65);
	assert_false(put(exchange, MS(3), blank, 1, reads + 1));
	end(exchange, END_CUT);
	expect_outcome(exchange, OUTCOME_FAILED, "answer_too_long");
	exchange_free(exchange);
	free(blank);
}

static void the_first_failure_wins(void **state)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);
	head(exchange, 200, "text/event-stream");
	feed(exchange, SENDS({10, C("a")}, {20, C("b")}));
	exchange_fail(exchange, OUTCOME_FAILED, "idle_timeout", "no token for %d s", 3);
	exchange_fail(exchange, OUTCOME_CANCELLED, "", "later");
	assert_false(put(exchange, MS(30), C("c"), strlen(C("c")), 9));
	end(exchange, END_CUT);
	expect_outcome(exchange, OUTCOME_FAILED, "idle_timeout");
	assert_string_equal(buffer_string(&exchange->error_message), "no token for 3 s");
	assert_string_equal(content(exchange, 0), "ab");
	assert_int_equal(exchange->output_tokens, 2);
	expect_times(exchange, 10, 20, 10);
	exchange_free(exchange);
}

static void a_secret_that_the_server_echoes_is_replaced(void **state)
{
	assert_true(secret_add("sk-test-CANARY-123"));
	struct exchange *exchange = begin(DIALECT_OPENAI);
	head(exchange, 401, "application/json");
	feed(exchange, SENDS({3, "{\"error\":{\"message\":\"Incorrect API key provided: "
				 "sk-test-CANARY-123\"}}"}));
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_FAILED, "http_401");
	assert_string_equal(
		buffer_string(&exchange->error_message), "Incorrect API key provided: [secret]");
	exchange_free(exchange);
}

/* A script may write what it reads as JSON. */
static void headers_are_utf8(void **state)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);
	assert_true(exchange_header(exchange, "X-Caf\xE9", "cr\xE8me"));
	assert_string_equal(buffer_string(&exchange->headers), "x-caf\uFFFD: cr\uFFFDme\n");
	exchange_free(exchange);
}

static bool tells_half(const struct buffer *kept)
{
	return strstr(buffer_string(kept), "sk-test-") != NULL;
}

/* What is quoted of a long answer ends somewhere: not in a secret, of which the rest would be read.
 */
static void a_secret_at_the_end_of_what_is_kept_is_not_halved(void **state)
{
	static const size_t ends[] = {500, 2000, EXCHANGE_ERROR_LIMIT};
	static const char secret[] = "sk-test-CANARY-123";
	static const char *const starts[] = {"", "<p>", "{\"error\":{\"message\":\""};
	assert_true(secret_add(secret));
	for (size_t i = 0; i < 3 * 3 * 2; i++) {
		const char *start = starts[i / 3 % 3];
		struct buffer body = BUFFER_EMPTY;
		buffer_text(&body, start);
		size_t before = i / 9 ? strlen(start) : 0;
		while (body.size < ends[i % 3] + before - 12)
			buffer_byte(&body, 'x');
		buffer_format(&body, "%s and more\"}}", secret);
		struct exchange *exchange = begin(DIALECT_OPENAI);
		head(exchange, i % 2 ? 401 : 200, "text/html");
		exchange->keep_body = true;
		feed(exchange, SENDS({3, body.data}));
		end(exchange, END_CLEAN);
		assert_false(tells_half(&exchange->error_message));
		assert_true(exchange->http_status < 400 || ends[i % 3] < EXCHANGE_ERROR_LIMIT ||
			    !tells_half(&exchange->body));
		buffer_free(&body);
		exchange_free(exchange);
	}
}

static void a_secret_in_which_the_connection_breaks_is_not_halved(void **state)
{
	assert_true(secret_add("sk-test-CANARY-123"));
	static const char *const refusals[] = {"the key sk-test-CAN",
		"{\"error\":{\"message\":\"the key sk-test-CAN", "data: {\"the key sk-test-CAN"};
	for (size_t i = 0; i < 3 * 2; i++) {
		struct exchange *exchange = begin(DIALECT_OPENAI);
		head(exchange, i % 2 ? 401 : 200, i / 2 == 2 ? "text/event-stream" : "text/plain");
		feed(exchange, SENDS({3, refusals[i / 2]}));
		end(exchange, END_CUT);
		assert_false(tells_half(&exchange->error_message));
		assert_false(tells_half(&exchange->body));
		exchange_free(exchange);
	}
	for (int whole = 0; whole < 2; whole++) {
		struct exchange *exchange = begin(DIALECT_OPENAI);
		head(exchange, 200, "text/event-stream");
		feed(exchange, SENDS({3, C("the key sk-")}, {4, C("test-CAN")}));
		if (whole)
			feed(exchange, SENDS({5, F("stop")}));
		end(exchange, END_RESET);
		assert_string_equal(
			content(exchange, 0), whole ? "the key sk-test-CAN" : "the key ");
		exchange_free(exchange);
	}
}

static void a_retry_forgets_the_attempt_and_keeps_the_start(void **state)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);
	exchange->t_sched = T0 - MS(5);
	exchange->flags = EXCHANGE_LATE | EXCHANGE_NOT_APPLIED | EXCHANGE_RECONNECTED;
	head(exchange, 503, "application/json");
	feed(exchange, SENDS({3, "{\"error\":\"busy\"}"}));
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_FAILED, "http_503");

	exchange_retry(exchange);
	assert_int_equal(exchange->outcome, OUTCOME_RUNNING);
	assert_int_equal(exchange->attempts, 2);
	assert_int_equal(
		exchange->headers.size + exchange->body.size + exchange->error_message.size, 0);
	assert_int_equal(exchange->t_end, EXCHANGE_NONE);
	assert_int_equal(exchange->bytes, 0);
	expect_flags(exchange, "late,not_applied");
	exchange_start(exchange, T0 + MS(2000));
	head(exchange, 200, "text/event-stream");
	feed(exchange, SENDS({2500, C("a")}, {2520, C("b") F("stop") D}));
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_OK, "");
	expect_times(exchange, 2500, 2520, 20);
	assert_int_equal(exchange->t_attempt, T0 + MS(2000));
	assert_int_equal(exchange->t_sched, T0 - MS(5));
	expect_flags(exchange, "late,not_applied");
	exchange_free(exchange);
}

static void stamps_say_whose_clock_they_are(void **state)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);
	struct stamp clock = {T0 + MS(20), false};
	head(exchange, 200, "text/event-stream");
	put(exchange, MS(10), C("a"), strlen(C("a")), 1);
	assert_true(exchange->stamped_by_kernel && !exchange->stamped_by_clock);
	exchange_bytes(exchange, D, strlen(D), clock, 2);
	assert_true(exchange->stamped_by_kernel && exchange->stamped_by_clock);
	end(exchange, END_CLEAN);
	exchange_free(exchange);
}

static void names(void **state)
{
	char out[200];
	exchange_flag_names(0, out, sizeof out);
	assert_string_equal(out, "");
	exchange_flag_names((1u << EXCHANGE_FLAG_COUNT) - 1, out, sizeof out);
	assert_string_equal(out, "burst,cached,coalesced,corrected,flushed,late,not_applied,"
				 "reconnected,reset,short");
	exchange_flag_names((1u << EXCHANGE_FLAG_COUNT) - 1, out, 8);
	assert_true(strlen(out) < 8);
	assert_string_equal(exchange_outcome_name(OUTCOME_DROPPED), "dropped");
	assert_string_equal(exchange_tokens_source_name(TOKENS_EVENTS), "events");
}

/* Everything that an exchange holds in the end, but for times, as text. */
static void describe(const struct exchange *exchange, struct buffer *out)
{
	char flags[200];

	exchange_flag_names(exchange->flags & ~(unsigned)(EXCHANGE_COALESCED | EXCHANGE_BURST),
		flags, sizeof flags);
	buffer_format(out, "%s %s '%s' %s N=%lld/%d p=%lld",
		exchange_outcome_name(exchange->outcome), exchange->error_kind,
		buffer_string(&exchange->error_message), flags, (long long)exchange->output_tokens,
		exchange->tokens_source, (long long)exchange->prompt_tokens);
	for (size_t i = 0; i < exchange->answer_count; i++)
		buffer_format(out, " [%s|%s|%s]", buffer_string(&exchange->answers[i].content),
			buffer_string(&exchange->answers[i].reasoning),
			buffer_string(&exchange->answers[i].finish));
	for (size_t i = 0; i < exchange->tool_call_count; i++)
		buffer_format(out, " (%s %s)", buffer_string(&exchange->tool_calls[i].name),
			buffer_string(&exchange->tool_calls[i].arguments));
	for (size_t i = 0; i < exchange->event_count; i++)
		buffer_format(out, " %d:%d", exchange_mark_of(exchange, i).channel,
			(int)exchange_mark_of(exchange, i).tokens);
}

static void run_chopped(const char *bytes, size_t size, size_t longest, struct random *random,
	enum exchange_end how, struct buffer *out)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);
	uint64_t read = 0;

	head(exchange, 200, "text/event-stream");
	for (size_t at = 0; at < size; read++) {
		size_t part = longest ? 1 + (size_t)random_below(random, longest) : size;
		part = part < size - at ? part : size - at;
		put(exchange, MS(read), bytes + at, part, read);
		at += part;
	}
	end(exchange, how);
	describe(exchange, out);
	exchange_free(exchange);
}

static void any_chopping_gives_the_same_answer(void **state)
{
	static const char *const pieces[] = {ROLE, C("a"), C("\xE5\xA4\xA9"), CI("b", 1),
		CU("c", 5, 3), CU("", 5, 4), F("stop"), FI("stop", 1), U(5, 6), D, ": ping\n\n",
		"data: {\"cho", "\n\n", ENGINE_DIED, X("{\"reasoning\":\"r\"}"), "event: error\n",
		"data: nonsense\n\n", "data: \n\n", C("\\ud83d\\n"),
		X("{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}"
		  "]}")};
	struct random random;
	struct buffer bytes = BUFFER_EMPTY, whole = BUFFER_EMPTY, parts = BUFFER_EMPTY;

	random_seed(&random, 23, 0);
	for (int round = 0; round < 1500; round++) {
		buffer_clear(&bytes);
		for (size_t i = 1 + (size_t)random_below(&random, 14); i > 0; i--)
			buffer_text(&bytes,
				pieces[random_below(&random, sizeof pieces / sizeof *pieces)]);
		enum exchange_end how = random_below(&random, 3) ? END_CLEAN : END_CUT;
		buffer_clear(&whole);
		run_chopped(bytes.data, bytes.size, 0, &random, how, &whole);
		for (size_t longest = 1; longest <= 64; longest *= 8) {
			buffer_clear(&parts);
			run_chopped(bytes.data, bytes.size, longest, &random, how, &parts);
			assert_string_equal(parts.data, whole.data);
		}
	}
	buffer_free(&bytes);
	buffer_free(&whole);
	buffer_free(&parts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_exchange_knows_nothing),
		cmocka_unit_test(the_content_type_decides_the_framing),
		cmocka_unit_test(headers_are_kept_in_lower_case),
		cmocka_unit_test(a_long_line_is_borne_up_to_the_limit),
		cmocka_unit_test(an_answer_has_a_limit),
		cmocka_unit_test(the_first_failure_wins),
		cmocka_unit_test(headers_are_utf8),
		cmocka_unit_test(a_secret_that_the_server_echoes_is_replaced),
		cmocka_unit_test(a_secret_at_the_end_of_what_is_kept_is_not_halved),
		cmocka_unit_test(a_secret_in_which_the_connection_breaks_is_not_halved),
		cmocka_unit_test(a_retry_forgets_the_attempt_and_keeps_the_start),
		cmocka_unit_test(stamps_say_whose_clock_they_are),
		cmocka_unit_test(names),
		cmocka_unit_test(any_chopping_gives_the_same_answer),
	};
	int failed = RUN(tests);
	plans_free();
	return failed;
}
