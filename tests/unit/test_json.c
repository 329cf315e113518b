#include "unit.h"

#include "base/memory.h"
#include "base/random.h"
#include "net/json.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In memory of exactly this size, so that a read beyond it is seen. */
static bool reads(const char *text, size_t size)
{
	struct json json = {0};
	char *copy = memory_new(size ? size : 1);

	memcpy(copy, text, size);
	bool read = json_read(&json, copy, size);
	json_free(&json);
	free(copy);
	return read;
}

static void whole_texts_are_read(void **state)
{
	static const char *const good[] = {"{}", "[]", " { } ", "{\"a\":1}",
		"{\"a\":{\"b\":[1,2,{}]}}",
		"[1,-1,0,-0,1.5,1e5,1E+5,1e-5,0.0,123456789012345678901234567890]",
		"[true,false,null,\"\",\"a\"]", "\t[\r\n1\t,\n2 ]\n", "{\"\":\"\"}",
		"{\"a\":1,\"a\":2}", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\"]",
		"[\"\xFF\xFE\"]", "[\"\x7F\"]", "[[[[]]]]", "[{},{},[]]",
		"{\"a\" : \"b\" , \"c\" : [ ] }"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!reads(good[i], strlen(good[i])))
			fail_msg("refused: %s", good[i]);
}

static void everything_else_is_refused(void **state)
{
	static const char *const bad[] = {"", " ", "x", "1", "1 ", "true", "true ", "\"a\"", "null",
		"{", "[", "}", "]", "{]", "[}", "{\"a\" \"b\"}", "{\"a\"}", "{\"a\":}",
		"{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}", "{\"a\":1,,\"b\":2}", "{\"a\"::1}",
		"{\"a\":1:2}", "{1:2}", "{a:1}", "{\"a\":b}", "{[]:1}", "{{}:1}", "[1 2]", "[1,]",
		"[,1]", "[,]", "[1,,2]", "[1:2]", "[\"a\":1]", "[\"a\" \"b\"]", "[tru]", "[truee]",
		"[True]", "[nul]", "[nulll]", "[falsy]", "[NaN]", "[nan]", "[Infinity]",
		"[-Infinity]", "[-]", "[+1]", "[01]", "[-01]", "[1.]", "[.1]", "[1.e1]", "[1e]",
		"[1e+]", "[0x10]", "[1a]", "[1-2]", "[--1]", "[\"a]", "[\"a\\\"]", "[\"\\x\"]",
		"[\"\\u12\"]", "[\"\\u12g4\"]", "[\"\\u123\"]", "[\"\\", "[\"a\nb\"]", "[\"a\tb\"]",
		"[\"\\\n\"]", "{} {}", "{}x", "[]]", "{}}", "[],", "[1]2", "['a']", "[\"a\"'b']",
		"//\n{}", "{}//", "[1]\f", "[1\v]", "\xEF\xBB\xBF{}", "[\xE5\xA4\xA9]",
		"{\"a\":1\xA0}", "{\"a\":1,\"b\"}", "{\"a\":[}", "[{]}"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (reads(bad[i], strlen(bad[i])))
			fail_msg("accepted: %s", bad[i]);
	assert_false(reads("{}\0", 3));
	assert_false(reads("[\"a\0b\"]", 7));
	assert_false(reads("[\"\\\0\"]", 6));
	assert_false(reads("[1\0,2]", 6));
}

static void what_python_writes_is_null_where_it_may(void **state)
{
	static const char *const bad[] = {"[nan]", "[+Infinity]", "[-NaN]", "[Inf]", "[NaNa]",
		"[Infinit]", "[-Infinity1]", "{NaN:1}", "[N", "[-"};
	const char *good = "{\"a\":NaN,\"b\":[Infinity,-Infinity ,1,null]}";
	struct json json = {.lenient = true};

	assert_true(json_read(&json, good, strlen(good)));
	assert_int_equal(json.no_numbers, 3);
	assert_int_equal(json.tokens[2].kind, JSON_NULL);
	assert_int_equal(json.tokens[6].kind, JSON_NULL);
	assert_int_equal(json.tokens[7].kind, JSON_NUMBER);
	assert_true(json_read(&json, "[1]", 3));
	assert_int_equal(json.no_numbers, 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (json_read(&json, bad[i], strlen(bad[i])))
			fail_msg("accepted: %s", bad[i]);
	json_free(&json);
}

static void control_characters_stand_in_strings_where_they_may(void **state)
{
	static const char good[] = "{\"a\n\":\"\t\x1F\0x\"}", bad[] = "[\"\\\n\"]";
	struct json json = {.lenient = true};
	struct json_changes changes = {0};
	struct buffer scratch = BUFFER_EMPTY;
	const char *text;
	size_t size;

	assert_true(json_read(&json, good, sizeof good - 1));
	json_string(good, &json.tokens[2], &scratch, &text, &size);
	assert_int_equal(size, 4);
	assert_memory_equal(text, "\t\x1F\0x", 4);
	assert_true(json_is_alike(&json, "{\"a\n\":\"\r\"}", 10, &changes));
	assert_false(json_read(&json, bad, sizeof bad - 1));
	assert_false(json_read(&json, "[\"a\n]", 6));
	assert_false(json_read(&json, "[\n\x01\"a\"]", 7));
	buffer_free(&scratch);
	json_free(&json);
}

static void the_first_of_several_is_measured(void **state)
{
	assert_int_equal(json_first_size("{\"a\":\"}{\"}{}", 12), 10);
	assert_int_equal(json_first_size(" [NaN] x", 8), 6);
	assert_int_equal(json_first_size("{}", 2), 2);
	assert_int_equal(json_first_size("{\"a\":1", 6), 0);
	assert_int_equal(json_first_size("{a}{}", 5), 0);
	assert_int_equal(json_first_size("1", 1), 0);
	assert_int_equal(json_first_size("", 0), 0);
}

static double number_in(const char *text)
{
	struct json json = {0};
	int64_t integer;
	double number;

	assert_true(json_read(&json, text, strlen(text)));
	assert_false(json_number(text, &json.tokens[1], &integer, &number));
	assert_true(isfinite(number) || integer == (number > 0 ? INT64_MAX : INT64_MIN));
	json_free(&json);
	return number;
}

static void numbers_beyond_a_double_are_infinite(void **state)
{
	char text[512] = "[1";
	memset(text + 2, '0', 308);
	strcpy(text + 310, "]");
	assert_true(number_in(text) == (double)1e308);
	memset(text + 2, '0', 309);
	strcpy(text + 311, "]");
	assert_true(number_in(text) == INFINITY);
	assert_true(number_in("[-1e400]") == -INFINITY);
	assert_true(number_in("[1e-999]") == 0);
}

static void depth_is_bounded(void **state)
{
	size_t most = (size_t)4 << 20;
	char *text = memory_new(2 * most);

	memset(text, '[', JSON_DEPTH);
	memset(text + JSON_DEPTH, ']', JSON_DEPTH);
	assert_true(reads(text, 2 * JSON_DEPTH));
	memset(text, '[', JSON_DEPTH + 1);
	memset(text + JSON_DEPTH + 1, ']', JSON_DEPTH + 1);
	assert_false(reads(text, 2 * JSON_DEPTH + 2));
	memset(text, '[', most);
	memset(text + most, ']', most);
	assert_false(reads(text, 2 * most)); /* at once */
	free(text);
}

static void check_string(const char *json_text, const char *expected, size_t size)
{
	struct json json = {0};
	struct buffer scratch = BUFFER_EMPTY;
	const char *text;
	size_t got;

	assert_true(json_read(&json, json_text, strlen(json_text)));
	json_string(json.text, &json.tokens[1], &scratch, &text, &got);
	assert_int_equal(got, size);
	assert_memory_equal(text, expected, size);
	buffer_free(&scratch);
	json_free(&json);
}

static void strings_are_unescaped_and_mended(void **state)
{
	check_string("[\"plain\"]", "plain", 5);
	check_string("[\"\"]", "", 0);
	check_string("[\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"]", "a\"\\/\b\f\n\r\tz", 10);
	check_string("[\"\\u00e9\\u4F60\\u0041\"]",
		"\xC3\xA9\xE4\xBD\xA0"
		"A",
		6);
	check_string("[\"\\u0000\"]", "\0", 1);
	check_string("[\"\\ud83d\\ude00\"]", "\xF0\x9F\x98\x80", 4);
	check_string("[\"\\uD83D\\uDE00\"]", "\xF0\x9F\x98\x80", 4);
	check_string("[\"\\ud83d\"]", "\xEF\xBF\xBD", 3);
	check_string("[\"\\ude00\"]", "\xEF\xBF\xBD", 3);
	check_string("[\"\\ud83d\\ud83d\\ude00\"]", "\xEF\xBF\xBD\xF0\x9F\x98\x80", 7);
	check_string("[\"\\ud83dx\\n\"]", "\xEF\xBF\xBDx\n", 5);
	check_string("[\"\\ud83d\\n\"]", "\xEF\xBF\xBD\n", 4);
	check_string("[\"\\ude00\\ud83d\"]", "\xEF\xBF\xBD\xEF\xBF\xBD", 6);
	check_string("[\"\xFF\xFE\"]", "\xEF\xBF\xBD\xEF\xBF\xBD", 6);
	check_string("[\"\xE4\xBD\\n\"]", "\xEF\xBF\xBD\n", 4);
	check_string("[\"\xED\xA0\xBD\"]", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 9);
}

static void check_number(const char *json_text, bool whole, int64_t integer, double number)
{
	struct json json = {0};
	int64_t got_integer;
	double got_number;

	assert_true(json_read(&json, json_text, strlen(json_text)));
	assert_int_equal(json_number(json.text, &json.tokens[1], &got_integer, &got_number), whole);
	assert_int_equal(got_integer, integer);
	assert_true(got_number == number);
	json_free(&json);
}

static void integers_are_exact(void **state)
{
	check_number("[0]", true, 0, 0);
	check_number("[-0]", true, 0, 0);
	check_number("[120]", true, 120, 120);
	check_number(
		"[1757141666123456789]", true, INT64_C(1757141666123456789), 1757141666123456789.0);
	check_number("[9007199254740993]", true, INT64_C(9007199254740993), 9007199254740992.0);
	check_number("[9223372036854775807]", true, INT64_MAX, 9223372036854775807.0);
	check_number("[-9223372036854775808]", true, INT64_MIN, -9223372036854775808.0);
	check_number("[9223372036854775808]", false, INT64_MAX, 9223372036854775808.0);
	check_number("[-9223372036854775809]", false, INT64_MIN, -9223372036854775809.0);
	check_number("[1e30]", false, INT64_MAX, 1e30);
	check_number("[1.5]", false, 1, 1.5);
	check_number("[-1.5]", false, -1, -1.5);
	check_number("[120.0]", false, 120, 120);
	check_number("[1e-400]", false, 0, 0);
}

static void a_locale_does_not_move_the_point(void **state)
{
	char *set =
		setlocale(LC_ALL, "de_DE.UTF-8"); /* where it is not installed this says nothing */
	check_number("[1234.5]", false, 1234, 1234.5);
	check_number("[0.5e1]", false, 5, 5);
	if (set)
		setlocale(LC_ALL, "C");
}

static void next_skips_what_a_token_holds(void **state)
{
	static const char text[] = "{\"a\":[1,{\"b\":2}],\"c\":\"d\",\"e\":{}}";
	struct json json = {0};

	assert_true(json_read(&json, text, sizeof text - 1));
	assert_int_equal(json.count, 11);
	assert_int_equal(json.tokens[0].next, 11);
	assert_int_equal(json.tokens[2].next, 7); /* the array */
	assert_int_equal(json.tokens[4].next, 7); /* the object in it */
	assert_int_equal(json.tokens[8].next, 9);
	assert_int_equal(json.tokens[10].next, 11);
	json_free(&json);
}

static void check_alike(const char *before, const char *text, bool alike, size_t changes)
{
	struct json json = {0}, again = {0};
	struct json_changes found = {0};
	char *copy = memory_new(strlen(text));

	memcpy(copy, text, strlen(text));
	assert_true(json_read(&json, before, strlen(before)));
	if (json_is_alike(&json, copy, strlen(text), &found) != alike)
		fail_msg("%s and %s are %salike", before, text, alike ? "" : "not ");
	if (alike) {
		assert_int_equal(found.count, changes);
		/* and once more, by what changed the last time */
		assert_true(json_is_alike(&json, copy, strlen(text), &found));
		assert_int_equal(found.count, changes);
		assert_true(json_read(&again, text, strlen(text)));
		assert_int_equal(again.count, json.count);
		for (size_t i = 0; i < json.count; i++) {
			struct json_token moved = json_moved(&json.tokens[i], &found);
			assert_int_equal(moved.start, again.tokens[i].start);
			assert_int_equal(moved.end, again.tokens[i].end);
			assert_int_equal(moved.next, again.tokens[i].next);
			assert_int_equal(moved.kind, again.tokens[i].kind);
			assert_int_equal(moved.escaped, again.tokens[i].escaped);
		}
	}
	free(copy);
	json_free(&json);
	json_free(&again);
}

static void texts_that_differ_in_scalars_alone_are_alike(void **state)
{
	static const char before[] =
		"{\"a\":\"xy\",\"b\":[1,{\"c\":\"\"}],\"d\":\"\\n\",\"e\":null}";

	check_alike(before, before, true, 0);
	check_alike(
		before, "{\"a\":\"xz\",\"b\":[1,{\"c\":\"\"}],\"d\":\"\\n\",\"e\":null}", true, 1);
	check_alike(before, "{\"a\":\"xyz\",\"b\":[12,{\"c\":\"\"}],\"d\":\"\\t\",\"e\":null}",
		true, 3);
	check_alike(before, "{\"a\":\"\\\"\",\"b\":[-1.5e3,{\"c\":\"\"}],\"d\":\"n\",\"e\":null}",
		true, 3);
	check_alike(before, "{\"a\":\"xy\",\"b\":[1,{\"c\":\"\"}],\"d\":\"\\n\",\"e\":null} ",
		false, 0);
	check_alike(
		before, "{\"a\":\"xy\",\"b\":[1,{\"c\":\"\"}],\"d\":\"\\n\",\"e\":null", false, 0);
	check_alike(
		before, "{\"a\":\"xy\",\"b\":[1,{\"c\":\"\"}],\"d\":\"\\n\",\"e\":true}", false, 0);
	check_alike(before, "{\"a\":\"xy\",\"b\":[1,{\"c\":\"z\"}],\"d\":\"\\n\",\"e\":null}",
		false, 0);
	check_alike(
		before, "{\"a\":\"\",\"b\":[1,{\"c\":\"\"}],\"d\":\"\\n\",\"e\":null}", false, 0);
	check_alike(
		before, "{\"a\":\"xy\",\"b\":[1,{\"f\":\"\"}],\"d\":\"\\n\",\"e\":null}", false, 0);
	check_alike(before, "{\"a\":\"xy\",\"b\":[1 ,{\"c\":\"\"}],\"d\":\"\\n\",\"e\":null}",
		false, 0);
	check_alike(before, "{\"a\":\"xy\",\"b\":[01,{\"c\":\"\"}],\"d\":\"\\n\",\"e\":null}",
		false, 0);
	check_alike(before, "{\"a\":\"x\x01\",\"b\":[1,{\"c\":\"\"}],\"d\":\"\\n\",\"e\":null}",
		false, 0);
	check_alike(
		before, "{\"a\":\"xy\",\"b\":[1,{\"c\":\"\"}],\"d\":\"\\x\",\"e\":null}", false, 0);
	check_alike(before, "{\"a\":\"xy", false, 0);
	check_alike("[[1],2]", "[[12],34]", true, 2);
	check_alike("[1]", "[1e400]", true, 1);
	check_alike("[1,0]", "[2,0]", true, 1);
	check_alike("[1,0]", "[0,0]", false, 0);
	check_alike("[1,0]", "[1,10]", false, 0);
	check_alike("[1,10]", "[1,0]", false, 0);
	check_alike("[2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2]", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]",
		true, 16);
	check_alike("[2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2]", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
		false, 0);
}

/* --- a second reader, by recursive descent, to hold ours against --- */

struct reader {
	const char *at, *end;
	int depth;
};

static bool value(struct reader *reader);

static void blanks(struct reader *reader)
{
	while (reader->at < reader->end && memchr(" \t\r\n", *reader->at, 4))
		reader->at++;
}

static bool take(struct reader *reader, const char *text)
{
	size_t size = strlen(text);

	if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, text, size) != 0)
		return false;
	reader->at += size;
	return true;
}

static size_t take_digits(struct reader *reader)
{
	size_t count = 0;

	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
		reader->at++;
		count++;
	}
	return count;
}

static bool number(struct reader *reader)
{
	take(reader, "-");
	if (!take(reader, "0") && take_digits(reader) == 0)
		return false;
	if (take(reader, ".") && take_digits(reader) == 0)
		return false;
	if (take(reader, "e") || take(reader, "E")) {
		if (!take(reader, "+"))
			take(reader, "-");
		if (take_digits(reader) == 0)
			return false;
	}
	return true;
}

static bool string(struct reader *reader)
{
	if (!take(reader, "\""))
		return false;
	while (reader->at < reader->end && *reader->at != '"') {
		unsigned char c = (unsigned char)*reader->at++;
		if (c < 0x20)
			return false;
		if (c != '\\')
			continue;
		if (reader->at == reader->end || !*reader->at ||
			!strchr("\"\\/bfnrtu", *reader->at))
			return false;
		if (*reader->at++ != 'u')
			continue;
		for (int i = 0; i < 4; i++, reader->at++)
			if (reader->at == reader->end || !*reader->at ||
				!strchr("0123456789abcdefABCDEF", *reader->at))
				return false;
	}
	return take(reader, "\"");
}

static bool member(struct reader *reader, bool object)
{
	if (object) {
		blanks(reader);
		if (!string(reader))
			return false;
		blanks(reader);
		if (!take(reader, ":"))
			return false;
	}
	return value(reader);
}

static bool container(struct reader *reader, bool object)
{
	const char *close = object ? "}" : "]";

	reader->at++;
	if (++reader->depth > JSON_DEPTH)
		return false;
	blanks(reader);
	if (!take(reader, close)) {
		do {
			if (!member(reader, object))
				return false;
			blanks(reader);
		} while (take(reader, ","));
		if (!take(reader, close))
			return false;
	}
	reader->depth--;
	return true;
}

static bool value(struct reader *reader)
{
	blanks(reader);
	if (reader->at == reader->end)
		return false;
	if (*reader->at == '{' || *reader->at == '[')
		return container(reader, *reader->at == '{');
	if (*reader->at == '"')
		return string(reader);
	return take(reader, "true") || take(reader, "false") || take(reader, "null") ||
	       number(reader);
}

static bool second_opinion(const char *text, size_t size)
{
	struct reader reader = {text, text + size, 0};

	blanks(&reader);
	if (reader.at == reader.end || (*reader.at != '{' && *reader.at != '['))
		return false;
	if (!value(&reader))
		return false;
	blanks(&reader);
	return reader.at == reader.end;
}

static void append_random(struct random *random, struct buffer *out, int depth)
{
	static const char *const scalars[] = {"1", "-2.5e3", "true", "false", "null", "\"\"",
		"\"a\\n\"", "\"\\ud83d\"", "0", "12345678901234567890", "\"{\\\"x\\\":[\"",
		"1e300"};
	size_t kind = (size_t)random_below(random, depth > 5 ? 1 : 3);

	if (random_below(random, 4) == 0)
		buffer_byte(out, ' ');
	if (kind == 0 && depth > 0) {
		buffer_text(out, scalars[random_below(random, sizeof scalars / sizeof *scalars)]);
		return;
	}
	bool object = kind != 2;
	buffer_byte(out, object ? '{' : '[');
	for (size_t i = (size_t)random_below(random, 4), n = i; i > 0; i--) {
		if (i < n)
			buffer_byte(out, ',');
		if (object)
			buffer_format(out, "\"k%zu\":", i);
		append_random(random, out, depth + 1);
	}
	buffer_byte(out, object ? '}' : ']');
}

static void mutate(struct random *random, struct buffer *text)
{
	static const char likely[] = "{}[]:,\" \\tfn01.-eE\n\xE5";

	for (size_t i = (size_t)random_below(random, 3); i > 0 && text->size; i--) {
		size_t at = (size_t)random_below(random, text->size);
		char c = likely[random_below(random, sizeof likely - 1)];
		if (random_below(random, 2))
			text->data[at] = c;
		else
			memmove(text->data + at, text->data + at + 1, text->size-- - at);
	}
}

static void ours_and_a_second_reader_agree(void **state)
{
	struct random random;
	struct buffer text = BUFFER_EMPTY;
	size_t good = 0, bad = 0;

	random_seed(&random, 5, 0);
	for (int round = 0; round < 30000; round++) {
		buffer_clear(&text);
		append_random(&random, &text, 0);
		mutate(&random, &text);
		bool expected = second_opinion(text.data, text.size);
		if (reads(text.data, text.size) != expected)
			fail_msg("%s: %s", expected ? "refused" : "accepted", text.data);
		*(expected ? &good : &bad) += 1;
	}
	assert_true(good > 5000 && bad > 5000);
	buffer_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_texts_are_read),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(what_python_writes_is_null_where_it_may),
		cmocka_unit_test(control_characters_stand_in_strings_where_they_may),
		cmocka_unit_test(the_first_of_several_is_measured),
		cmocka_unit_test(numbers_beyond_a_double_are_infinite),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(strings_are_unescaped_and_mended),
		cmocka_unit_test(integers_are_exact),
		cmocka_unit_test(a_locale_does_not_move_the_point),
		cmocka_unit_test(next_skips_what_a_token_holds),
		cmocka_unit_test(texts_that_differ_in_scalars_alone_are_alike),
		cmocka_unit_test(ours_and_a_second_reader_agree),
	};
	return RUN(tests);
}
