#include "unit.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "net/extract.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
#define X(id, name) name,
	EXTRACT_FIELDS(X)
#undef X
};

/* Hits as "field.choice.tool=value " with text in quotes, JSON in brackets. */
static void note(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value)
{
	struct buffer *seen = context;

	buffer_format(seen, "%s.%d.%d=", names[field], choice, tool);
	assert_true(text_is_utf8(value->text, value->size));
	if (value->kind == EXTRACT_TEXT) {
		buffer_byte(seen, '\'');
		buffer_append(seen, value->text, value->size);
		buffer_byte(seen, '\'');
	} else if (value->kind == EXTRACT_JSON) {
		buffer_byte(seen, '<');
		buffer_append(seen, value->text, value->size);
		buffer_byte(seen, '>');
	} else if (value->kind == EXTRACT_BOOLEAN) {
		buffer_text(seen, value->truth ? "true" : "false");
	} else if (value->kind == EXTRACT_INTEGER) {
		buffer_format(seen, "%" PRId64 "(%.17g)", value->integer, value->number);
	} else {
		buffer_format(seen, "~%" PRId64 "(%.17g)", value->integer, value->number);
	}
	buffer_byte(seen, ' ');
}

#define PLACES(...)                                                                                \
	(const struct extract_place[]){__VA_ARGS__},                                               \
		sizeof((const struct extract_place[]){__VA_ARGS__}) / sizeof(struct extract_place)

static void expect(
	const struct extract_place *places, size_t count, const char *json, const char *hits)
{
	struct error error;
	struct extract_plan *plan = extract_compile(places, count, &error);
	struct extract *extract = extract_new(plan);
	struct buffer seen = BUFFER_EMPTY;

	assert_non_null(plan);
	/* twice: nothing of a message may stay for the next */
	for (int i = 0; i < 2; i++) {
		buffer_clear(&seen);
		bool read = extract_apply(extract, json, strlen(json), note, &seen);
		assert_int_equal(read, hits != NULL);
		if (seen.size)
			seen.data[--seen.size] = '\0';
		assert_string_equal(buffer_string(&seen), hits ? hits : "");
	}
	buffer_free(&seen);
	extract_free(extract);
	extract_plan_free(plan);
}

static void values_are_found_where_declared(void **state)
{
	expect(PLACES({EXTRACT_CONTENT, "a.b[0].c", 1}),
		"{\"a\":{\"b\":[{\"c\":\"x\"},{\"c\":\"y\"}]}}", "content.0.0='x'");
	expect(PLACES({EXTRACT_CONTENT, "a.b[1].c", 1}),
		"{\"a\":{\"b\":[{\"c\":\"x\"},{\"c\":\"y\"}]}}", "content.0.0='y'");
	expect(PLACES({EXTRACT_CONTENT, "a[1]", 1}, {EXTRACT_MODEL, "a[0]", 1}),
		"{\"a\":[\"x\",\"y\"]}", "model.0.0='x' content.0.0='y'");
	expect(PLACES({EXTRACT_CONTENT, "a[\"x.y\"]", 1}), "{\"a\":{\"x.y\":\"z\"}}",
		"content.0.0='z'");
	expect(PLACES({EXTRACT_CONTENT, "[\"a b\"].c-d_1", 1}), "{\"a b\":{\"c-d_1\":\"z\"}}",
		"content.0.0='z'");
	expect(PLACES({EXTRACT_CONTENT, "a", 1}), "{\"\\u0061\":\"escaped key\"}",
		"content.0.0='escaped key'");
	expect(PLACES({EXTRACT_CONTENT, "a.b", 1}), "{\"a\":[{\"b\":\"x\"}],\"b\":\"x\"}", "");
	expect(PLACES({EXTRACT_CONTENT, "a[0]", 1}), "{\"a\":{\"0\":\"x\"}}", "");
	expect(PLACES({EXTRACT_CONTENT, "a", 1}), "{\"a\":null}", "");
	expect(PLACES({EXTRACT_CONTENT, "a", 1}), "{\"a\":\"\"}", "content.0.0=''");
	expect(PLACES({EXTRACT_CONTENT, "a", 1}), "{}", "");
	expect(PLACES({EXTRACT_CONTENT, "a", 1}, {EXTRACT_CONTENT, "ab", 1}), "{\"ab\":\"1\"}",
		"content.0.0='1'");
}

static void values_have_kinds(void **state)
{
	const struct extract_place places[] = {
		{EXTRACT_USAGE, "u", 1}, {EXTRACT_SERVER_LOAD, "n", 1e6}};

	expect(places, 2, "{\"u\":{\"a\": [1]}}", "usage.0.0=<{\"a\": [1]}>");
	expect(places, 2, "{\"u\":[ ]}", "usage.0.0=<[ ]>");
	expect(places, 2, "{\"u\":true}", "usage.0.0=true");
	expect(places, 2, "{\"u\":false}", "usage.0.0=false");
	expect(places, 2, "{\"u\":9007199254740993}",
		"usage.0.0=9007199254740993(9007199254740992)");
	expect(places, 2, "{\"u\":1.5}", "usage.0.0=~1(1.5)");
	expect(places, 2, "{\"n\":0.25}", "server_load.0.0=~0(250000)");
	expect(places, 2, "{\"n\":3}", "server_load.0.0=3(3000000)");
	expect(places, 2, "{\"n\":1e300}", "server_load.0.0=~9223372036854775807(1e+306)");
	expect(places, 2, "{\"u\":{\"a\":\"\xFF\"}}", "usage.0.0=<{\"a\":\"\xEF\xBF\xBD\"}>");
}

static void the_first_place_that_is_there_wins(void **state)
{
	const struct extract_place places[] = {{EXTRACT_FAILURE, "error.message", 1},
		{EXTRACT_FAILURE, "error", 1}, {EXTRACT_FAILURE, "detail", 1}};

	expect(places, 3, "{\"error\":{\"message\":\"m\"}}", "error.0.0='m'");
	expect(places, 3, "{\"error\":\"plain\"}", "error.0.0='plain'");
	expect(places, 3, "{\"error\":{\"code\":5}}", "error.0.0=<{\"code\":5}>");
	expect(places, 3, "{\"detail\":\"d\",\"error\":\"e\"}", "error.0.0='e'");
	expect(places, 3, "{\"error\":\"e\",\"detail\":\"d\"}", "error.0.0='e'");
	expect(places, 3, "{\"error\":null,\"detail\":\"d\"}", "error.0.0='d'");
	expect(places, 3, "{\"error\":\"\",\"detail\":\"d\"}", "error.0.0='d'");
	expect(places, 3, "{\"error\":\"\"}", "error.0.0=''");
	expect(places, 3, "{\"error\":\"first\",\"error\":\"last\"}", "error.0.0='last'");
}

static const struct extract_place chat[] = {
	{EXTRACT_CHOICE, "choices[*].index", 1},
	{EXTRACT_CONTENT, "choices[*].delta.content", 1},
	{EXTRACT_CONTENT, "choices[*].message.content", 1},
	{EXTRACT_FINISH, "choices[*].finish_reason", 1},
	{EXTRACT_TOOL_INDEX, "choices[*].delta.tool_calls[*].index", 1},
	{EXTRACT_TOOL_NAME, "choices[*].delta.tool_calls[*].function.name", 1},
	{EXTRACT_TOOL_ARGUMENTS, "choices[*].delta.tool_calls[*].function.arguments", 1},
	{EXTRACT_OUTPUT_TOKENS, "usage.completion_tokens", 1},
};
#define CHAT chat, sizeof chat / sizeof *chat

static void elements_carry_their_numbers(void **state)
{
	expect(CHAT,
		"{\"choices\":[{\"delta\":{\"content\":\"x\"},\"index\":3},"
		"{\"index\":1,\"delta\":{\"content\":\"y\"},\"finish_reason\":\"stop\"}]}",
		"content.3.0='x' choice.3.0=3(3) choice.1.0=1(1) content.1.0='y' "
		"finish.1.0='stop'");
	expect(CHAT,
		"{\"choices\":[{\"delta\":{\"content\":\"x\"}},{\"delta\":{\"content\":\"y\"}}]}",
		"content.0.0='x' content.1.0='y'");
	expect(CHAT, "{\"choices\":[],\"usage\":{\"completion_tokens\":7}}",
		"output_tokens.0.0=7(7)");
	expect(CHAT,
		"{\"choices\":[{\"index\":1,\"delta\":{\"tool_calls\":["
		"{\"index\":4,\"function\":{\"name\":\"f\"}},{\"function\":{\"arguments\":\"{\"}}]}"
		"}]}",
		"choice.1.0=1(1) tool_index.1.4=4(4) tool_name.1.4='f' tool_arguments.1.1='{'");
	const struct extract_place calls[] = {{EXTRACT_TOOL_ID, "t[*].id", 1},
		{EXTRACT_TOOL_INDEX, "t[*].index", 1}, {EXTRACT_TOOL_NAME, "t[*].f.n", 1}};
	expect(calls, 3,
		"{\"t\":[{\"f\":{\"n\":\"a\"},\"index\":0,\"id\":\"x\"},"
		"{\"f\":{\"n\":\"b\"},\"id\":\"y\",\"index\":0}]}",
		"tool_index.0.0=0(0) tool_id.0.0='x' tool_name.0.0='a' tool_index.0.0=0(0) "
		"tool_id.0.0='y' tool_name.0.0='b'");
	expect(CHAT, "{\"choices\":[{\"index\":99999999999}]}",
		"choice.2147483647.0=99999999999(99999999999)");
}

static void numbers_without_a_place_are_positions(void **state)
{
	const struct extract_place tools[] = {
		{EXTRACT_TOOL_NAME, "message.tool_calls[*].function.name", 1},
		{EXTRACT_TOOL_ARGUMENTS, "message.tool_calls[*].function.arguments", 1}};
	const struct extract_place nested[] = {{EXTRACT_TOOL_INDEX, "calls[*].function.index", 1},
		{EXTRACT_TOOL_NAME, "calls[*].function.name", 1}};
	const struct extract_place flat[] = {{EXTRACT_CHOICE, "index", 1},
		{EXTRACT_CONTENT, "content", 1}, {EXTRACT_TOOL_NAME, "t[*].n", 1}};

	expect(tools, 2,
		"{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"a\",\"arguments\":{\"q\":"
		"1}}},"
		"{\"function\":{\"name\":\"b\"}}]}}",
		"tool_name.0.0='a' tool_arguments.0.0=<{\"q\":1}> tool_name.0.1='b'");
	expect(nested, 2, "{\"calls\":[{\"function\":{\"index\":2,\"name\":\"a\"}}]}",
		"tool_index.0.2=2(2) tool_name.0.2='a'");
	expect(flat, 3, "{\"content\":\"x\",\"index\":2,\"t\":[{\"n\":\"f\"},{\"n\":\"g\"}]}",
		"content.2.0='x' choice.2.0=2(2) tool_name.2.0='f' tool_name.2.1='g'");
}

static void a_message_that_is_no_object_delivers_nothing(void **state)
{
	static const char *const bad[] = {"", "[DONE]", "[]", "[{\"choices\":[]}]", "1", "\"x\"",
		"{\"choices\":[{\"delta\":{\"content\":\"x\"}}]",
		"{\"choices\":[{\"delta\":{\"content\":\"x\"}}]}}",
		"{\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"n\":nan}"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		expect(CHAT, bad[i], NULL);
}

static void what_python_writes_is_read_as_null(void **state)
{
	static const struct {
		const char *message;
		bool had;
	} messages[] = {
		{"{\"n\":[-0.25],\"choices\":[{\"delta\":{\"content\":\"a\"}}]}", false},
		{"{\"n\":[-Infinity],\"choices\":[{\"delta\":{\"content\":\"b\"}}]}", true},
		{"{\"n\":[-Infinity],\"choices\":[{\"delta\":{\"content\":\"c\"}}]}", true},
		{"{\"n\":[null],\"choices\":[{\"delta\":{\"content\":\"c\"}}]}", false},
		{"{\"n\":[null],\"choices\":[{\"delta\":{\"content\":NaN}}]}", true},
		{"{\"n\":[null],\"choices\":[{\"delta\":{\"content\":\"d\"}}]}", false},
		{"{\"n\":Infinity, \"choices\":[{\"delta\":{\"content\":\"e\"}}]}", true},
	};
	struct extract_plan *plan = extract_compile(CHAT, NULL);
	struct extract *extract = extract_new(plan);
	struct buffer seen = BUFFER_EMPTY;

	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
		const char *text = messages[i].message;
		assert_true(extract_apply(extract, text, strlen(text), note, &seen));
		assert_int_equal(extract_had_no_numbers(extract), messages[i].had);
	}
	assert_string_equal(buffer_string(&seen),
		"content.0.0='a' content.0.0='b' content.0.0='c' content.0.0='c' content.0.0='d' "
		"content.0.0='e' ");
	buffer_free(&seen);
	extract_free(extract);
	extract_plan_free(plan);
}

static void what_is_no_character_is_replaced(void **state)
{
	struct extract_plan *plan = extract_compile(CHAT, NULL);
	struct extract *extract = extract_new(plan);
	struct buffer seen = BUFFER_EMPTY;
	const char *half = "{\"choices\":[{\"delta\":{\"content\":\"\\ud83d\"}}]}";
	const char *bytes = "{\"choices\":[{\"delta\":{\"content\":\"\xFF\xFE\"}}]}";

	assert_true(extract_apply(extract, half, strlen(half), note, &seen));
	assert_true(extract_apply(extract, bytes, strlen(bytes), note, &seen));
	assert_string_equal(buffer_string(&seen),
		"content.0.0='\xEF\xBF\xBD' content.0.0='\xEF\xBF\xBD\xEF\xBF\xBD' ");
	buffer_free(&seen);
	extract_free(extract);
	extract_plan_free(plan);
}

static void paths_are_checked(void **state)
{
	static const char *const bad[] = {"", ".", "a.", ".a", "a..b", "a[", "a[]", "a[*", "a[x]",
		"a[-1]", "a[1", "a]", "a b", "a[\"x]", "a[\"x\"", "a[*]b", "a[99999999999]", "[*]a",
		"a[*][*][*][*][*][*][*][*].b", "\xC3\xA9"};
	struct error error;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct extract_place places[] = {
			{EXTRACT_MODEL, "model", 1}, {EXTRACT_CONTENT, bad[i], 1}};
		error = (struct error){0};
		if (extract_compile(places, 2, &error))
			fail_msg("compiled: %s", bad[i]);
		assert_int_equal(error.code, ERROR_USAGE);
		assert_non_null(strstr(error.message, "path"));
	}
	const struct extract_place zero = {EXTRACT_CONTENT, "a", 0};
	assert_null(extract_compile(&zero, 1, &error));
	char deep[128] = "a";
	for (int i = 0; i < 40; i++)
		strcat(deep, ".a");
	const struct extract_place too_deep = {EXTRACT_CONTENT, deep, 1};
	assert_null(extract_compile(&too_deep, 1, &error));
}

static void an_empty_plan_finds_nothing(void **state)
{
	expect(NULL, 0, "{\"a\":1}", "");
}

/* Case D2: the last line of a generate answer carries the whole context. */
static void a_huge_message_is_read_and_its_memory_given_back(void **state)
{
	const struct extract_place places[] = {
		{EXTRACT_OUTPUT_TOKENS, "eval_count", 1}, {EXTRACT_USAGE, "context[599999]", 1}};
	struct buffer text = BUFFER_EMPTY;

	buffer_text(&text, "{\"context\":[1");
	for (int i = 1; i < 600000; i++)
		buffer_append(&text, ",1", 2);
	buffer_text(&text, "],\"eval_count\":3}");
	expect(places, 2, text.data, "usage.0.0=1(1) output_tokens.0.0=3(3)");
	buffer_free(&text);
}

static void a_huge_message_may_hold_what_python_writes(void **state)
{
	struct buffer text = BUFFER_EMPTY;
	struct extract_plan *plan = extract_compile(CHAT, NULL);
	struct extract *extract = extract_of(plan);

	buffer_text(&text, "{\"n\":[1");
	for (int i = 0; i < 100000; i++)
		buffer_append(&text, ",1", 2);
	buffer_text(&text, ",NaN]}");
	assert_true(extract_apply(extract, text.data, text.size, note, NULL));
	assert_true(extract_had_no_numbers(extract));
	assert_true(extract_apply(extract, "{}", 2, note, NULL));
	assert_false(extract_had_no_numbers(extract));
	extract_plan_free(plan);
	buffer_free(&text);
}

static void any_bytes_are_borne(void **state)
{
	static const char *const pieces[] = {"{", "}", "[", "]", ":", ",", "\"choices\"",
		"\"index\"", "\"delta\"", "\"content\"", "\"tool_calls\"", "\"function\"",
		"\"name\"", "\"x\"", "1", "-7", "null", "true", "\"\\ud83d\"", "\"\xE4\xBD\"",
		"{\"choices\":[{\"index\":", "\"delta\":{\"content\":\"", "\"}}]}"};
	struct extract_plan *plan = extract_compile(CHAT, NULL);
	struct extract *extract = extract_new(plan);
	struct buffer text = BUFFER_EMPTY, seen = BUFFER_EMPTY;
	struct random random;

	random_seed(&random, 17, 0);
	for (int round = 0; round < 20000; round++) {
		buffer_clear(&text);
		buffer_clear(&seen);
		for (size_t i = 1 + (size_t)random_below(&random, 24); i > 0; i--)
			buffer_text(&text,
				pieces[random_below(&random, sizeof pieces / sizeof *pieces)]);
		char *copy = memory_new(text.size);
		memcpy(copy, text.data, text.size);
		if (!extract_apply(extract, copy, text.size, note, &seen))
			assert_int_equal(seen.size, 0);
		free(copy);
	}
	buffer_free(&text);
	buffer_free(&seen);
	extract_free(extract);
	extract_plan_free(plan);
}

/* Messages of one stream, each a little other than the one before: an extract that remembers the
 * one before finds what a fresh one finds. */
static void append_message(struct random *random, struct buffer *text)
{
	static const char *const contents[] = {"\"a\"", "\"longer text\"", "\"\"", "\"\\n\"",
		"\"\\t\"", "\"\\\\\"", "\"a\\\"b\"", "\"\xE4\xBD\xA0\"", "\"\xE4\xBD\"",
		"\"\\ud83d\\ude00\"", "null", "1", "12", "\"a", "\"\x01\"", "{}", "[\"a\"]"};
	static const char *const numbers[] = {
		"0", "1", "10", "1.5", "01", "1e5", "-1", "null", "true", "\"1\"", "1 ", "1x"};
	static const char *const ends[] = {
		"]}", "],\"usage\":{\"prompt_tokens\":7}}", "]} ", "] }", "]", "]}]"};
	const char *usual = contents[0];

	if (random_below(random, 3) > 0)
		usual = contents[random_below(random, sizeof contents / sizeof *contents)];
	buffer_text(text, "{\"created\":");
	buffer_format(text, "%d,\"choices\":[", (int)random_below(random, 120));
	for (size_t i = (size_t)random_below(random, 8) == 0 ? 2 : 1; i > 0; i--) {
		buffer_format(text, "{\"index\":%s,\"delta\":{\"content\":%s",
			numbers[random_below(random, 8) ? random_below(random, 3)
							: random_below(random, 12)],
			usual);
		if (random_below(random, 3) == 0)
			buffer_format(text,
				",\"tool_calls\":[{\"index\":%d,\"function\":{\"arguments\":%s}}]",
				(int)random_below(random, 3), usual);
		buffer_format(text, "},\"x\":\"%.*s\"}%s", (int)random_below(random, 3), "yz",
			i > 1 ? "," : "");
	}
	buffer_text(text,
		ends[random_below(random, 8) ? random_below(random, 2) : random_below(random, 6)]);
	if (random_below(random, 6) == 0)
		text->data[random_below(random, text->size)] ^=
			(char)(1 << random_below(random, 7));
}

static void what_is_remembered_changes_nothing(void **state)
{
	struct extract_plan *plan = extract_compile(CHAT, NULL);
	struct extract *remembering = extract_new(plan);
	struct buffer text = BUFFER_EMPTY, seen = BUFFER_EMPTY, expected = BUFFER_EMPTY;
	struct random random;
	size_t read_count = 0;

	random_seed(&random, 23, 0);
	for (int round = 0; round < 40000; round++) {
		struct extract *fresh = extract_new(plan);
		buffer_clear(&text);
		buffer_clear(&seen);
		buffer_clear(&expected);
		append_message(&random, &text);
		char *copy = memory_new(text.size);
		memcpy(copy, text.data, text.size);
		bool read = extract_apply(remembering, copy, text.size, note, &seen);
		assert_int_equal(read, extract_apply(fresh, copy, text.size, note, &expected));
		if (strcmp(buffer_string(&seen), buffer_string(&expected)) != 0)
			fail_msg("%s: %s, not %s", text.data, buffer_string(&seen),
				buffer_string(&expected));
		read_count += read;
		free(copy);
		extract_free(fresh);
	}
	assert_true(read_count > 20000 && read_count < 39000);
	buffer_free(&text);
	buffer_free(&seen);
	buffer_free(&expected);
	extract_free(remembering);
	extract_plan_free(plan);
}

static void lists_of_no_answers(void **state)
{
	static const struct {
		const char *json;
		bool none;
	} messages[] = {{"{\"id\": 1, \"choices\": []}", true}, {"{\"choices\": null}", true},
		{"{\"ch\\u006fices\": [ ]}", true}, {"{\"choices\": [{}]}", false},
		{"{\"a\": {\"choices\": []}}", false}, {"{\"words\": [], \"other\": []}", false},
		{"{\"choices\": {}}", false}, {"{}", false}, {"[\"choices\"]", false},
		{"[[]]", false}, {"{\"choices\": [", false}, {"", false}};
	static const struct extract_place places[] = {{EXTRACT_CONTENT, "choices[*].text", 1},
		{EXTRACT_CHOICE, "choices[*].index", 1}, {EXTRACT_WORDS, "words[*].text", 1}};
	struct extract_plan *plan = extract_compile(places, 3, NULL);
	(void)state;
	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
		assert_int_equal(
			extract_lists_none(plan, messages[i].json, strlen(messages[i].json)),
			messages[i].none);
	extract_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found_where_declared),
		cmocka_unit_test(values_have_kinds),
		cmocka_unit_test(the_first_place_that_is_there_wins),
		cmocka_unit_test(elements_carry_their_numbers),
		cmocka_unit_test(numbers_without_a_place_are_positions),
		cmocka_unit_test(a_message_that_is_no_object_delivers_nothing),
		cmocka_unit_test(what_python_writes_is_read_as_null),
		cmocka_unit_test(what_is_no_character_is_replaced),
		cmocka_unit_test(paths_are_checked),
		cmocka_unit_test(an_empty_plan_finds_nothing),
		cmocka_unit_test(a_huge_message_is_read_and_its_memory_given_back),
		cmocka_unit_test(a_huge_message_may_hold_what_python_writes),
		cmocka_unit_test(any_bytes_are_borne),
		cmocka_unit_test(what_is_remembered_changes_nothing),
		cmocka_unit_test(lists_of_no_answers),
	};
	return RUN(tests);
}
