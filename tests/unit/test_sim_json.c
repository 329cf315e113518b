#include "unit.h"

#include "net/json.h"
#include "sim/sim_json.h"

#include <stdlib.h>
#include <string.h>

static struct sim_json *parse(const char *text)
{
	return sim_json_parse(text, strlen(text));
}

static void test_by_name(void **state)
{
	static const char text[] = "{\"a\":{\"b\":[1,\"two\",{\"c\":null}],\"n\":-2.5e1},\"t\":"
				   "true,\"a2\":9223372036854775807,"
				   "\"t\":false}";
	struct sim_json *json = parse(text);
	assert_non_null(json);
	int a = sim_json_member(json, 0, "a");
	int b = sim_json_member(json, a, "b");
	assert_int_equal(sim_json_type(json, a), SIM_JSON_OBJECT);
	assert_int_equal(sim_json_type(json, b), SIM_JSON_ARRAY);
	int first = sim_json_first(json, b);
	assert_int_equal(sim_json_integer(json, first, 0), 1);
	int second = sim_json_next(json, first);
	char *two = sim_json_text(json, second);
	assert_string_equal(two, "two");
	free(two);
	int third = sim_json_next(json, second);
	assert_int_equal(sim_json_type(json, sim_json_member(json, third, "c")), SIM_JSON_NULL);
	assert_int_equal(sim_json_next(json, third), -1);
	assert_int_equal(sim_json_integer(json, sim_json_member(json, a, "n"), 0), -25);
	assert_int_equal(sim_json_integer(json, sim_json_member(json, 0, "a2"), 0), INT64_MAX);
	/* Of two members of one name the last counts. */
	assert_false(sim_json_truth(json, sim_json_member(json, 0, "t"), true));
	sim_json_free(json);
}

static void test_what_is_not_there(void **state)
{
	struct sim_json *json = parse("{\"s\":\"x\",\"e\":[]}");
	int absent = sim_json_member(json, 0, "none");
	assert_int_equal(absent, -1);
	assert_int_equal(sim_json_type(json, absent), SIM_JSON_ABSENT);
	assert_int_equal(sim_json_member(json, absent, "x"), -1);
	assert_int_equal(sim_json_first(json, absent), -1);
	assert_int_equal(sim_json_next(json, absent), -1);
	assert_null(sim_json_text(json, absent));
	assert_int_equal(sim_json_integer(json, absent, 7), 7);
	assert_int_equal(sim_json_first(json, sim_json_member(json, 0, "e")), -1);
	/* A text is no number, and the other way round. */
	int text = sim_json_member(json, 0, "s");
	assert_int_equal(sim_json_integer(json, text, 7), 7);
	assert_true(sim_json_truth(json, text, true));
	assert_int_equal(sim_json_member(json, text, "x"), -1);
	sim_json_free(json);
}

static void test_texts(void **state)
{
	struct sim_json *json = parse("{\"s\":\"a\\n\\u00e9\\ud83d\\ude00\\/\"}");
	char *text = sim_json_text(json, sim_json_member(json, 0, "s"));
	assert_string_equal(text, "a\né\xF0\x9F\x98\x80/");
	size_t size = 0;
	const char *raw = sim_json_raw(json, sim_json_member(json, 0, "s"), &size);
	assert_int_equal(size, 25);
	assert_memory_equal(raw, "\"a\\n", 4);
	free(text);
	sim_json_free(json);
}

static void test_refuses_and_says_why(void **state)
{
	static const char *const bad[] = {"", "{", "{\"a\":1,}", "{\"a\" 1}", "[1 2]",
		"{\"a\":tru}", "\"text\"", "{} {}", "{\"a\":\"\xFF\"}", "{\"a\":01}"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_null(parse(bad[i]));
	assert_true(json_is_cut("{\"messages\": [", 14));
	assert_true(json_is_cut("{\"a\": \"b", 8));
	assert_true(json_is_cut("{\"a\": \"\\\"", 9));
	assert_false(json_is_cut("{\"a\":1,}", 8));
	assert_false(json_is_cut("{\"a\":\"[\"]", 9));
}

static void written(const char *text, bool html, const char *expected)
{
	struct buffer out = BUFFER_EMPTY;
	sim_json_string(&out, text, strlen(text), html);
	assert_string_equal(out.data, expected);
	buffer_free(&out);
}

static void test_writes_texts(void **state)
{
	written("a\"\\\n\t\x01", false, "\"a\\\"\\\\\\n\\t\\u0001\"");
	written("<是&>", false, "\"<是&>\"");
	written("<是&>", true, "\"\\u003c是\\u0026\\u003e\"");
	written("", true, "\"\"");
}

static void number(double value, const char *expected)
{
	struct buffer out = BUFFER_EMPTY;
	sim_json_double(&out, value);
	assert_string_equal(out.data, expected);
	buffer_free(&out);
}

static void test_writes_numbers(void **state)
{
	number(0, "0.0");
	number(31.5, "31.5");
	number(8365.019011406845, "8365.019011406845");
	number(0.1, "0.1");
	number(1.0 / 3, "0.3333333333333333");
	number(1e300, "1e+300");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_name),
		cmocka_unit_test(test_what_is_not_there),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_refuses_and_says_why),
		cmocka_unit_test(test_writes_texts),
		cmocka_unit_test(test_writes_numbers),
	};
	return RUN(tests);
}
