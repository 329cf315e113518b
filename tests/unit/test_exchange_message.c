#include "streams.h"

static void a_character_cut_in_two_by_the_network(void **state)
{
	struct exchange *exchange = SSE(
		{100, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xE4\xBD"},
		{130, "\xA0\xE5\xA5\xBD\xF0\x9F"},
		{160, "\x8C\x8D\"},\"finish_reason\":null}]}\n\n"}, {180, F("stop") U(5, 3) D});

	expect_outcome(exchange, OUTCOME_OK, "");
	assert_string_equal(content(exchange, 0), "\xE4\xBD\xA0\xE5\xA5\xBD\xF0\x9F\x8C\x8D");
	expect_events(exchange, EVENTS(160));
	expect_times(exchange, 160, 160, -1);
	assert_int_equal(exchange->output_tokens, 3);
	assert_int_equal(exchange->tokens_source, TOKENS_USAGE);
	expect_flags(exchange, "");
	exchange_free(exchange);
}

static void a_carriage_return_ends_an_event_at_once(void **state)
{
#define A "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}"
#define B "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},\"finish_reason\":null}]}"
	struct exchange *exchange =
		SSE({100, A "\r"}, {130, "\n\r"}, {160, "\n" B "\r\n\r\ndata: [DONE]\r\n\r\n"});

	expect_outcome(exchange, OUTCOME_OK, "");
	expect_events(exchange, EVENTS(130, 160));
	assert_string_equal(content(exchange, 0), "ab");
	exchange_free(exchange);
}

/* What ended it only shows that it was one. */
static void an_event_without_a_blank_line_came_with_its_line(void **state)
{
	struct exchange *exchange = SSE({100, A "\n"}, {140, B "\n"}, {180, F("stop") D});
	expect_outcome(exchange, OUTCOME_OK, "");
	expect_events(exchange, EVENTS(100, 140));
	exchange_free(exchange);
}

static void events_come_as_such_where_lines_were_promised(void **state)
{
	struct exchange *exchange =
		NDJSON({100, "data: {\"message\":{\"content\":\"a\"},\ndata: \"done\":false}\n\n"},
			{140, "data: " OF("") "\n"});
	expect_outcome(exchange, OUTCOME_OK, "");
	expect_events(exchange, EVENTS(100));
	assert_string_equal(content(exchange, 0), "a");
	exchange_free(exchange);
}

static void every_legal_shape_of_events(void **state)
{
	struct exchange *exchange = SSE({50, ": still working\n\n"}, {60, ":\n\n"},
		{100, "retry: 3000\nid: 7\nevent: "
		      "message\ndata:{\"choices\":[{\"index\":0,\"delta\":"
		      "{\"content\":\"a\"},\"finish_reason\":null}]}\n\n"},
		{110, ": ping\n\n"},
		{150, "data: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\"b\"},"
		      "\"finish_reason\":null}]}\n\n"},
		{160, "unknown: z\ndata:\n\ndata: \n\ndata\ndata\n\n"}, {180, F("stop") D});

	expect_outcome(exchange, OUTCOME_OK, "");
	expect_events(exchange, EVENTS(100, 150));
	expect_times(exchange, 100, 150, 50);
	assert_int_equal(exchange->t_first_event, T0 + MS(100));
	exchange_free(exchange);
}

static void several_events_in_one_read(void **state)
{
	struct exchange *exchange =
		SSE({100, C("a") C("b") C("c")}, {140, C("d") F("stop") U(4, 4) D});

	expect_outcome(exchange, OUTCOME_OK, "");
	expect_events(exchange, EVENTS(100, 100, 100, 140));
	expect_times(exchange, 100, 140, 40.0 / 3);
	expect_flags(exchange, "coalesced");
	const bool shared[] = {false, true, true, false};
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(exchange_mark_of(exchange, i).shared, shared[i]);
	assert_int_equal(exchange->reads, 2);
	exchange_free(exchange);
}

static void one_event_over_many_reads(void **state)
{
	const char *bytes = C("a") C("b") C("c") C("d") F("stop") U(4, 4) D;
	struct exchange *exchange = begin(DIALECT_OPENAI);
	int last[4], seen = 0;

	head(exchange, 200, "text/event-stream");
	for (int i = 0; bytes[i]; i++) {
		put(exchange, MS(i), bytes + i, 1, (uint64_t)i + 1);
		if (exchange->event_count > (size_t)seen)
			last[seen++] = i;
	}
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_OK, "");
	expect_events(exchange, EVENTS(last[0], last[1], last[2], last[3]));
	assert_int_equal(last[0], strlen(C("a")) - 1);
	assert_string_equal(content(exchange, 0), "abcd");
	assert_int_equal(exchange->reads, strlen(bytes));
	expect_flags(exchange, "");
	exchange_free(exchange);
}

static void a_role_is_no_token(void **state)
{
	static const char *const roles[] = {ROLE, X("{\"role\":\"assistant\"}"),
		X("{\"role\":\"assistant\",\"content\":null}"),
		"data: {\"choices\":[{\"index\":0}]}\n\n"};
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		struct exchange *exchange = SSE({50, roles[i]}, {900, C("Hel")}, {930, C("lo")},
			{950, F("stop") U(2000, 2) D});
		expect_events(exchange, EVENTS(900, 930));
		expect_times(exchange, 900, 930, 30);
		assert_int_equal(exchange->t_first_event, T0 + MS(50));
		exchange_free(exchange);
	}
}

static void tokens_in_every_channel(void **state)
{
#define CALL(call) X("{\"tool_calls\":[" call "]}")
	struct exchange *exchange = SSE({80, ROLE}, {200, X("{\"reasoning_content\":\"th\"}")},
		{240, X("{\"reasoning\":\"ink\"}")},
		{280, X("{\"content\":null,\"reasoning_content\":\"!\"}")},
		{400, X("{\"reasoning_content\":\"x\",\"content\":\"y\"}")},
		{500, CALL("{\"index\":0,\"id\":\"c1\",\"type\":\"function\",\"function\":{"
			   "\"name\":\"get\","
			   "\"arguments\":\"\"}}")},
		{540, CALL("{\"index\":0,\"function\":{\"arguments\":\"{\\\"q\\\":\"}}")},
		{580, CALL("{\"index\":0,\"function\":{\"arguments\":\"1}\"}}")},
		{600, F("tool_calls") U(9, 8) D});

	expect_outcome(exchange, OUTCOME_OK, "");
	expect_events(exchange, EVENTS(200, 240, 280, 400, 500, 540, 580));
	expect_times(exchange, 200, 580, 380.0 / 7);
	expect_near(ms(exchange_ttfc(exchange)), 400, 0.001);
	assert_string_equal(content(exchange, 0), "y");
	assert_string_equal(buffer_string(&exchange->answers[0].reasoning), "think!x");
	assert_int_equal(exchange->tool_call_count, 1);
	assert_string_equal(buffer_string(&exchange->tool_calls[0].id), "c1");
	assert_string_equal(buffer_string(&exchange->tool_calls[0].name), "get");
	assert_string_equal(buffer_string(&exchange->tool_calls[0].arguments), "{\"q\":1}");
	assert_int_equal(exchange_mark_of(exchange, 0).channel, CHANNEL_REASONING);
	assert_int_equal(exchange_mark_of(exchange, 3).channel, CHANNEL_CONTENT);
	assert_int_equal(exchange_mark_of(exchange, 4).channel, CHANNEL_TOOL);
	exchange_free(exchange);

	exchange = NDJSON(
		{200, "{\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"hm\"},"
		      "\"done\":false}\n"},
		{300, OF(",\"eval_count\":1")});
	expect_outcome(exchange, OUTCOME_OK, "");
	expect_events(exchange, EVENTS(200));
	expect_near(ms(exchange_ttfc(exchange)), -1, 0);
	exchange_free(exchange);
}

static void two_calls_of_one_number_stay_apart(void **state)
{
#define WHOLE_CALL(name, id)                                                                       \
	"{\"message\":{\"content\":\"\",\"tool_calls\":[{\"id\":\"" id                             \
	"\",\"function\":{\"index\":0,\"name\":\"" name                                            \
	"\",\"arguments\":{\"n\":1}}}]},\"done\":false}\n"
	struct exchange *exchange =
		NDJSON({10, WHOLE_CALL("one", "")}, {20, WHOLE_CALL("one", "")}, {30, OF("")});
	assert_int_equal(exchange->tool_call_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(buffer_string(&exchange->tool_calls[i].name), "one");
		assert_string_equal(buffer_string(&exchange->tool_calls[i].arguments), "{\"n\":1}");
	}
	exchange_free(exchange);

	exchange = SSE({10, CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
				 "\"arguments\":\"1\"}}")},
		{20, CALL("{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":"
			  "\"2\"}}")},
		{30, CALL("{\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"f\",\"arguments\":"
			  "\"3\"}}")},
		{40, F("tool_calls") D});
	assert_int_equal(exchange->tool_call_count, 2);
	assert_string_equal(buffer_string(&exchange->tool_calls[0].name), "f");
	assert_string_equal(buffer_string(&exchange->tool_calls[0].arguments), "12");
	assert_string_equal(buffer_string(&exchange->tool_calls[1].arguments), "3");
	exchange_free(exchange);
}

/* Some servers send all of the text so far each time; once or twice it may be chance. */
static void text_that_grows_each_time_is_said_again(void **state)
{
	struct exchange *cases[] = {
		SSE({1, C("a")}, {2, C("ab")}, {3, C("abc")}, {4, C("abcd") F("stop") D}),
		SSE({1, C("a")}, {2, C("ab")}, {3, C("abc") F("stop") D}),
		SSE({1, C("a")}, {2, C("ab")}, {3, C("abc")}, {4, C("bcde") F("stop") D}),
		SSE({1, C("ha")}, {2, C("ha")}, {3, C("ha")}, {4, C("ha")},
			{5, C("ha") F("stop") D}),
	};
	static const char *const texts[] = {"abcd", "aababc", "aababcbcde", "hahahahaha"};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		expect_outcome(cases[i], OUTCOME_OK, "");
		assert_string_equal(content(cases[i], 0), texts[i]);
		exchange_free(cases[i]);
	}
}

/* Whether arguments are whole is known by their brackets, but for those in a text. */
static void a_bracket_in_a_text_ends_no_call(void **state)
{
#define ARGUMENTS(text) CALL("{\"index\":0,\"function\":{\"arguments\":\"" text "\"}}")
	struct exchange *exchange = SSE({10, CALL("{\"index\":0,\"id\":\"a\",\"function\":{"
						  "\"name\":\"f\",\"arguments\":\"\"}}")},
		{20, ARGUMENTS("{\\\"q\\\":\\\"\\\\\\\"}")}, {30, ARGUMENTS("{")},
		{40, ARGUMENTS("\\\"}")}, {50, F("tool_calls") D});
	assert_int_equal(exchange->tool_call_count, 1);
	assert_string_equal(
		buffer_string(&exchange->tool_calls[0].arguments), "{\"q\":\"\\\"}{\"}");
	exchange_free(exchange);
}

static void whitespace_is_text(void **state)
{
	struct exchange *exchange = SSE({100, C(" ")}, {120, C("\\n")}, {140, F("stop") D});

	expect_events(exchange, EVENTS(100, 120));
	assert_string_equal(content(exchange, 0), " \n");
	exchange_free(exchange);
}

static void half_an_emoji_in_each_event(void **state)
{
	struct exchange *exchange = SSE({100, C("\\ud83d")}, {120, C("\\ude00")}, {140, C("ok")},
		{160, F("stop") U(3, 3) D});

	expect_outcome(exchange, OUTCOME_OK, "");
	expect_events(exchange, EVENTS(100, 120, 140));
	expect_times(exchange, 100, 140, 20);
	assert_string_equal(content(exchange, 0), "\xF0\x9F\x98\x80ok");
	exchange_free(exchange);

	exchange = SSE({100, C("\\ud83d\\ude00")}, {120, C("\xFF\xFE")}, {160, F("stop") D});
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_string_equal(content(exchange, 0), "\xF0\x9F\x98\x80\xEF\xBF\xBD\xEF\xBF\xBD");
	exchange_free(exchange);
}

static void json_lines_cut_joined_and_huge(void **state)
{
	struct buffer last = BUFFER_EMPTY;
	buffer_text(&last, "{\"model\":\"m\",\"response\":\"\",\"done\":true,\"done_reason\":"
			   "\"stop\",\"eval_count\":3,"
			   "\"context\":[1");
	for (int i = 1; i < 600000; i++)
		buffer_append(&last, ",1", 2);
	buffer_text(&last, "]}");
	const char *a = O("a");
	struct exchange *exchange = begin(DIALECT_OLLAMA);

	head(exchange, 200, "application/x-ndjson");
	put(exchange, MS(10), a, 7, 1);
	put(exchange, MS(20), a + 7, 33, 2);
	put(exchange, MS(30), a + 40, strlen(a) - 40, 3);
	const char *more = "\r\n" O("b") O("c");
	put(exchange, MS(40), more, strlen(more), 4);
	put(exchange, MS(50), last.data, last.size, 5);
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_string_equal(content(exchange, 0), "abc");
	assert_int_equal(exchange->output_tokens, 3);
	expect_events(exchange, EVENTS(30, 40, 40));
	expect_flags(exchange, "coalesced,flushed");
	exchange_free(exchange);
	buffer_free(&last);
}

static void running_totals_give_tokens_per_event(void **state)
{
	struct exchange *exchange = SSE({100, CU("a", 5, 1)}, {160, CU(" b c d", 5, 4)},
		{220, CU(" e f g", 5, 7)}, {280, CU(" h", 5, 8)}, {300, F("stop") U(5, 8) D});
	const int tokens[] = {1, 3, 3, 1};

	expect_events(exchange, EVENTS(100, 160, 220, 280));
	expect_times(exchange, 100, 280, 180.0 / 7);
	assert_int_equal(exchange->output_tokens, 8);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(exchange_mark_of(exchange, i).tokens, tokens[i]);
		assert_true(exchange_mark_of(exchange, i).counted);
	}
	exchange_free(exchange);
}

static void tokens_without_text_go_to_the_next_event(void **state)
{
	struct exchange *exchange =
		SSE({90, CU("", 5, 0)}, {100, CU("", 5, 1)}, {160, CU("", 5, 2)},
			{220, CU("e", 5, 3)}, {280, CU("h", 5, 4)}, {300, F("stop") U(5, 5) D});

	expect_events(exchange, EVENTS(220, 280));
	assert_int_equal(exchange_mark_of(exchange, 0).tokens, 3);
	assert_int_equal(exchange_mark_of(exchange, 1).tokens, 1);
	assert_int_equal(exchange->output_tokens, 5);
	exchange_free(exchange);
}

static void expect_uncounted(struct exchange *exchange, int64_t output)
{
	for (size_t i = 0; i < exchange->event_count; i++) {
		assert_int_equal(exchange_mark_of(exchange, i).tokens, 1);
		assert_false(exchange_mark_of(exchange, i).counted);
	}
	assert_int_equal(exchange->output_tokens, output);
	exchange_free(exchange);
}

static void what_falls_or_stands_still_is_no_running_total(void **state)
{
	expect_uncounted(SSE({1, CU("a", 5, 3)}, {2, CU("b", 5, 2)}, {3, F("stop") U(5, 5) D}), 5);
	expect_uncounted(
		SSE({1, CU("a", 5, 3)}, {2, CU("", 5, 1)}, {3, CU("b", 5, 4)}, {4, F("stop") D}),
		4);
	expect_uncounted(SSE({1, CU("a", 5, 1)}, {2, CU("b", 5, 1)}, {3, F("stop") U(5, 5) D}), 5);
	expect_uncounted(SSE({1, CU("a", 0, 0)}, {2, CU("b", 0, 0)}, {3, F("stop") U(14, 2) D}), 2);
	expect_uncounted(SSE({1, C("a")}, {2, CU("b", 3, 2)}, {3, F("stop") D}), 2);
	expect_uncounted(SSE({1, CU("a", 3, 1)}, {2, C("b")}, {3, F("stop") D}), 2);
}

struct heard {
	struct buffer text;
	size_t calls;
	int64_t last;
};

static void hear(void *context, const char *text, size_t size, int64_t t_ns)
{
	struct heard *heard = context;

	buffer_append(&heard->text, text, size);
	buffer_byte(&heard->text, '|');
	heard->calls++;
	heard->last = t_ns;
}

static void who_listens_hears_each_token_event(void **state)
{
	struct heard heard = {0};
	struct exchange *exchange = begin(DIALECT_OPENAI);

	buffer_init(&heard.text, BUFFER_UNLIMITED);
	exchange_on_token(exchange, hear, &heard);
	head(exchange, 200, "text/event-stream");
	feed(exchange, SENDS({10, ROLE X("{\"reasoning\":\"r\"}")},
			       {20, X("{\"reasoning\":\"s\",\"content\":\"c\"}")},
			       {30, C("d") F("stop") D}));
	end(exchange, END_CLEAN);
	assert_string_equal(buffer_string(&heard.text), "r|c|d|");
	assert_int_equal(heard.calls, exchange->event_count);
	assert_int_equal(heard.last, T0 + MS(30));
	buffer_free(&heard.text);
	exchange_free(exchange);
}

static void times_never_run_backwards(void **state)
{
	struct exchange *exchange = begin(DIALECT_OPENAI);

	head(exchange, 200, "text/event-stream");
	put(exchange, MS(-5), C("a"), strlen(C("a")), 1); /* stamped before t0: another clock */
	put(exchange, MS(50), C("b"), strlen(C("b")), 2);
	put(exchange, MS(40), C("c"), strlen(C("c")), 3);
	put(exchange, MS(60), F("stop") D, strlen(F("stop") D), 4);
	end(exchange, END_CLEAN);
	expect_events(exchange, EVENTS(0, 50, 50));
	expect_flags(exchange, ""); /* one time, but not one read */
	exchange_free(exchange);
}

static void numbers_out_of_range_are_refused(void **state)
{
	struct exchange *exchange = SSE({1, C("a")}, {2, CI("b", 5000000000)}, {3, F("stop") D});
	expect_outcome(exchange, OUTCOME_FAILED, "malformed");
	assert_int_equal(exchange->answer_count, 1);
	exchange_free(exchange);

	exchange = SSE({1, CI("b", -1)}, {3, F("stop") D});
	expect_outcome(exchange, OUTCOME_FAILED, "malformed");
	exchange_free(exchange);

	exchange = SSE({1, CI("b", 1024)}, {3, F("stop") D});
	expect_outcome(exchange, OUTCOME_FAILED, "malformed");
	exchange_free(exchange);

	exchange = SSE({1, CI("b", 1023)}, {3, FI("stop", 1023) D});
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_int_equal(exchange->answer_count, 1); /* the gaps are no answers */
	assert_string_equal(content(exchange, 0), "b");
	exchange_free(exchange);

	exchange = SSE({1, C("a")}, {2, FU("stop", -3, 1e300) D});
	assert_int_equal(exchange->prompt_tokens, EXCHANGE_NONE);
	assert_int_equal(exchange->output_tokens, 1);
	assert_int_equal(exchange->tokens_source, TOKENS_EVENTS);
	exchange_free(exchange);
}

static void what_is_no_number_is_not_zero(void **state)
{
	struct exchange *exchange = SSE({1, C("a")}, {2, FU("stop", {}, []) D});
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_int_equal(exchange->prompt_tokens, EXCHANGE_NONE);
	assert_int_equal(exchange->tokens_source, TOKENS_EVENTS);
	exchange_free(exchange);

	exchange = NDJSON({1, O("a")}, {2, OF(",\"total_duration\":\"5s\"")});
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_int_equal(exchange->server_total, EXCHANGE_NONE);
	exchange_free(exchange);
}

static void calls_without_end_are_refused(void **state)
{
	for (int count = EXCHANGE_TOOL_LIMIT; count <= EXCHANGE_TOOL_LIMIT + 1; count++) {
		struct exchange *exchange = begin(DIALECT_OPENAI);
		struct buffer event = BUFFER_EMPTY;
		head(exchange, 200, "text/event-stream");
		for (int i = 0; i < count; i++) {
			buffer_clear(&event);
			buffer_format(&event,
				"data: "
				"{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":%"
				"d,"
				"\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}}]}\n\n",
				i);
			put(exchange, MS(10), event.data, event.size, 1);
		}
		feed(exchange, SENDS({20, F("tool_calls") D}));
		end(exchange, END_CLEAN);
		bool kept = count == EXCHANGE_TOOL_LIMIT;
		expect_outcome(
			exchange, kept ? OUTCOME_OK : OUTCOME_FAILED, kept ? "" : "malformed");
		assert_int_equal(exchange->tool_call_count, EXCHANGE_TOOL_LIMIT);
		exchange_free(exchange);
		buffer_free(&event);
	}
}

/* Of the first line nobody knows yet whether it is an object by itself. */
static void a_first_line_without_end_is_refused(void **state)
{
	struct exchange *exchange = begin(DIALECT_OLLAMA);
	struct buffer part = BUFFER_EMPTY;
	bool more = true;
	buffer_text(&part, "{\"response\":\"");
	while (part.size < 1 << 20)
		buffer_text(&part, "a long line");
	head(exchange, 200, "application/json");
	for (int i = 1; i <= 8 && more; i++)
		more = put(exchange, MS(i), part.data, part.size, (uint64_t)i);
	assert_false(more);
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_FAILED, "line_too_long");
	exchange_free(exchange);
	buffer_free(&part);
}

static void a_long_type_is_no_type(void **state)
{
	char type[400] = "text/event-stream";
	struct exchange *exchange = begin(DIALECT_OPENAI);
	memset(type + strlen(type), 'x', sizeof type - 1 - strlen(type));
	head(exchange, 200, type);
	feed(exchange, SENDS({1, C("a")}, {2, F("stop") D}));
	end(exchange, END_CLEAN);
	expect_outcome(exchange, OUTCOME_OK, "");
	assert_string_equal(content(exchange, 0), "a");
	exchange_free(exchange);
}

static void the_model_is_the_last_that_is_named(void **state)
{
#define MODEL(name) "data: {\"model\":\"" name "\",\"choices\":[]}\n\n"
	struct exchange *exchange = SSE({10, MODEL("") C("a")}, {20, MODEL("of the router")},
		{30, MODEL("m") C("b")}, {40, MODEL("") F("stop") D});
	assert_string_equal(buffer_string(&exchange->model), "m");
	exchange_free(exchange);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_character_cut_in_two_by_the_network),
		cmocka_unit_test(a_carriage_return_ends_an_event_at_once),
		cmocka_unit_test(an_event_without_a_blank_line_came_with_its_line),
		cmocka_unit_test(events_come_as_such_where_lines_were_promised),
		cmocka_unit_test(every_legal_shape_of_events),
		cmocka_unit_test(several_events_in_one_read),
		cmocka_unit_test(one_event_over_many_reads),
		cmocka_unit_test(a_role_is_no_token),
		cmocka_unit_test(tokens_in_every_channel),
		cmocka_unit_test(two_calls_of_one_number_stay_apart),
		cmocka_unit_test(text_that_grows_each_time_is_said_again),
		cmocka_unit_test(a_bracket_in_a_text_ends_no_call),
		cmocka_unit_test(whitespace_is_text),
		cmocka_unit_test(half_an_emoji_in_each_event),
		cmocka_unit_test(json_lines_cut_joined_and_huge),
		cmocka_unit_test(running_totals_give_tokens_per_event),
		cmocka_unit_test(tokens_without_text_go_to_the_next_event),
		cmocka_unit_test(what_falls_or_stands_still_is_no_running_total),
		cmocka_unit_test(who_listens_hears_each_token_event),
		cmocka_unit_test(times_never_run_backwards),
		cmocka_unit_test(numbers_out_of_range_are_refused),
		cmocka_unit_test(what_is_no_number_is_not_zero),
		cmocka_unit_test(calls_without_end_are_refused),
		cmocka_unit_test(a_first_line_without_end_is_refused),
		cmocka_unit_test(a_long_type_is_no_type),
		cmocka_unit_test(the_model_is_the_last_that_is_named),
	};
	int failed = RUN(tests);
	plans_free();
	return failed;
}
