#include "unit.h"

#include "base/random.h"
#include "base/text.h"

#include <string.h>

static void utf8_is_strict(void **state)
{
	static const char *const good[] = {"", "abc", "\xE5\xA4\xA9\xE7\xA9\xBA",
		"\xF0\x9F\x98\x80", "\xC2\x80", "\xEF\xBF\xBD", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF"};
	static const char *const bad[] = {"\x80", "\xFF\xFE", "\xC0\x80", "\xE5\xA4",
		"\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE0\x80\x80", "\xF0\x80\x80\x80", "a\xC2"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(text_is_utf8(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(text_is_utf8(bad[i], strlen(bad[i])));
}

static void what_is_ill_formed_becomes_replacements(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain", "plain"},
		{"a\xFF\xFEz", "a\xEF\xBF\xBD\xEF\xBF\xBDz"},
		{"\xE5\xA4", "\xEF\xBF\xBD"}, /* one cut character is one replacement */
		{"\xF0\x9F\x98x", "\xEF\xBF\xBDx"},
		{"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buffer out = BUFFER_EMPTY;
		text_append_utf8(&out, cases[i].in, strlen(cases[i].in));
		assert_string_equal(buffer_string(&out), cases[i].out);
		buffer_free(&out);
	}
}

static void json_is_escaped_and_well_formed(void **state)
{
	static const char in[] = "\xE5\xA4\xA9 \"a\\b\"\n\0\xE5\xA4\"\xB9\x1F\x7F";
	struct buffer out = BUFFER_EMPTY;
	text_append_json(&out, in, sizeof in - 1);
	text_append_json(&out, "", 0);
	assert_string_equal(buffer_string(&out),
		"\"\xE5\xA4\xA9 "
		"\\\"a\\\\b\\\"\\n\\u0000\xEF\xBF\xBD\\\"\xEF\xBF\xBD\\u001f\x7F\"\"\"");
	buffer_free(&out);
}

static void what_a_terminal_would_obey_is_not_shown(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain\n\ttext\r\n", "plain\n\ttext\r\n"},
		{"\xE5\xA4\xA9 \xD7\xA9", "\xE5\xA4\xA9 \xD7\xA9"},
		{"a\33[2J\7\x7F", "a\xEF\xBF\xBD[2J\xEF\xBF\xBD\xEF\xBF\xBD"},
		{"a\rb", "a\xEF\xBF\xBD"
			 "b"},
		{"\xC2\x9B"
		 "31m\xFF",
			"\xEF\xBF\xBD"
			"31m\xEF\xBF\xBD"},
		{"\xE2\x80\xAE\xE2\x81\xA6\xE2\x80\x8F", "\xEF\xBF\xBD\xEF\xBF\xBD\xE2\x80\x8F"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buffer out = BUFFER_EMPTY;
		text_append_shown(&out, cases[i].in, strlen(cases[i].in));
		assert_string_equal(buffer_string(&out), cases[i].out);
		buffer_free(&out);
	}
}

static void any_bytes_become_valid_text(void **state)
{
	struct random random;
	random_seed(&random, 1, 0);
	for (int round = 0; round < 2000; round++) {
		char bytes[64];
		size_t size = (size_t)random_below(&random, sizeof bytes);
		for (size_t i = 0; i < size; i++)
			bytes[i] =
				(char)(random_below(&random, 2) ? random_next(&random)
								: 0xE0 + random_below(&random, 32));
		struct buffer out = BUFFER_EMPTY;
		text_append_utf8(&out, bytes, size);
		assert_true(text_is_utf8(buffer_string(&out), out.size));
		bool same = out.size == size && memcmp(buffer_string(&out), bytes, size) == 0;
		assert_true(same == text_is_utf8(bytes, size));
		assert_int_equal(text_characters(bytes, size),
			text_characters(buffer_string(&out), out.size));
		buffer_free(&out);
	}
}

static void width_counts_columns(void **state)
{
	static const struct {
		const char *text;
		size_t width;
	} cases[] = {
		{"", 0}, {"abc", 3}, {"\xE5\xA4\xA9\xE7\xA9\xBA", 4}, /* 天空 */
		{"e\xCC\x81", 1},                                     /* e and an acute accent */
		{"\xF0\x9F\x98\x80", 2},                              /* an emoji */
		{"\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB", 2},  /* woman, joiner, laptop */
		{"\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", 2},              /* thumb, skin tone */
		{"\xE2\x9D\xA4\xEF\xB8\x8F", 2},                      /* heart, emoji form */
		{"\xEF\xB8\x8F", 0},                                  /* that form, of nothing */
		{"\xEF\xBC\xA1", 2},                                  /* full-width A */
		{"\xE2\x80\x93", 1},                                  /* en dash */
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(text_width(cases[i].text, strlen(cases[i].text)), cases[i].width);
}

static void near_misses_are_found(void **state)
{
	static const char *const words[] = {
		"ttft", "tpot", "times", "backends", "question", "max-users", "decode_tps", NULL};
	assert_string_equal(text_nearest("tftt", words), "ttft");
	assert_string_equal(text_nearest("time", words), "times");
	assert_string_equal(text_nearest("backend", words), "backends");
	assert_string_equal(text_nearest("qeustion", words), "question");
	assert_string_equal(text_nearest("back", words), "backends");
	assert_string_equal(text_nearest("users", words), "max-users");
	assert_string_equal(text_nearest("tps", words), "decode_tps");
	assert_null(text_nearest("sers", words));
	assert_null(text_nearest("x", (const char *const[]){"n", NULL}));
	assert_null(text_nearest("ba", words));
	assert_null(text_nearest("unrelated", words));
	assert_null(text_nearest("", words));
}

static void code_points_and_digests(void **state)
{
	struct buffer out = BUFFER_EMPTY;
	text_append_code_point(&out, 'a');
	text_append_code_point(&out, 0x5929);
	text_append_code_point(&out, 0x1F600);
	text_append_code_point(&out, 0xD83D);
	text_append_code_point(&out, 0x110000);
	assert_string_equal(out.data, "a\xE5\xA4\xA9\xF0\x9F\x98\x80\xEF\xBF\xBD\xEF\xBF\xBD");
	buffer_free(&out);
	char digest[TEXT_DIGEST_SIZE];
	text_digest("abc", 3, digest); /* FIPS 180-2, appendix B.1 */
	assert_string_equal(
		digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* Cut behind any byte: nothing but what is left of a character goes. */
static void tells_what_is_whole(void **state)
{
	static const char text[] = "a\xC3\xA9\xE5\xA4\xA9\xF0\x9F\x98\x80";
	static const size_t whole[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
	for (size_t size = 0; size < sizeof text; size++)
		assert_int_equal(text_whole(text, size), whole[size]);
	assert_int_equal(text_whole("a\x80\x80\x80\x80", 5), 5);
}

static void is_quoted(const char *word, const char *quoted)
{
	struct buffer out = BUFFER_EMPTY;
	text_append_shell(&out, word);
	assert_string_equal(buffer_string(&out), quoted);
	buffer_free(&out);
}

static void a_shell_takes_a_word_as_it_is(void **state)
{
	is_quoted("~/runs-2/bench_1.db", "~/runs-2/bench_1.db");
	is_quoted("a=ollama+https://me@host:1#qwen2:0.5b", "a=ollama+https://me@host:1#qwen2:0.5b");
	is_quoted("openai://[::1]:8000#m", "'openai://[::1]:8000#m'");
	is_quoted("#m", "'#m'");
	is_quoted("", "''");
	is_quoted("my runs.db", "'my runs.db'");
	is_quoted("it's $HOME", "'it'\\''s $HOME'");
	is_quoted("\xE5\xA4\xA9.db", "'\xE5\xA4\xA9.db'");
}

static void padding_ends_where_something_is_said(void **state)
{
	static const char padded[] = " \t\0\r\n\uFEFF\uFEFF {\uFEFF";
	const char *end = padded + sizeof padded - 1, *cut = "\xEF\xBB";
	assert_ptr_equal(text_past_padding(padded, end), strchr(padded + 3, '{'));
	assert_ptr_equal(text_past_padding(cut, cut + 2), cut); /* half a mark is none */
	assert_ptr_equal(text_past_padding(end, end), end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shell_takes_a_word_as_it_is),
		cmocka_unit_test(tells_what_is_whole),
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(what_is_ill_formed_becomes_replacements),
		cmocka_unit_test(json_is_escaped_and_well_formed),
		cmocka_unit_test(what_a_terminal_would_obey_is_not_shown),
		cmocka_unit_test(any_bytes_become_valid_text),
		cmocka_unit_test(width_counts_columns),
		cmocka_unit_test(near_misses_are_found),
		cmocka_unit_test(code_points_and_digests),
		cmocka_unit_test(padding_ends_where_something_is_said),
	};
	return RUN(tests);
}
