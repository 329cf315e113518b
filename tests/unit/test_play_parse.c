#include "unit.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "sim/play.h"
#include "sim/play_parse.h"

#include <stdlib.h>
#include <string.h>

static struct play *parse(const char *text)
{
	struct error error = {0};
	struct play *play = play_parse("case", text, strlen(text), &error);
	if (play == NULL)
		fail_msg("%s", error.message);
	return play;
}

static void refuse(const char *text, const char *words)
{
	struct error error = {0};
	assert_null(play_parse("case", text, strlen(text), &error));
	assert_int_equal(error.code, ERROR_USAGE);
	if (!strstr(error.message, words))
		fail_msg("\"%s\" does not say \"%s\"", error.message, words);
}

static void assert_step(
	const struct play_step *step, enum play_act act, double at_ms, const char *data)
{
	assert_int_equal(step->act, act);
	assert_int_equal(step->at_ns, (int64_t)(at_ms * 1e6));
	if (data) {
		assert_int_equal(step->size, strlen(data));
		assert_memory_equal(step->data, data, step->size);
	}
}

static void test_steps(void **state)
{
	struct play *play = parse("# a comment\n\nrequest\r\n"
				  "  @100 \"a\\n\" \"b\"*3\n"
				  "  @+5.5 \"\\xE4\\0\\\\\\\"\\t\\r\"\n"
				  "\t@140 \"c\" END\n");
	assert_int_equal(play->script_count, 1);
	const struct play_script *script = &play->scripts[0];
	assert_null(script->method);
	assert_null(script->path);
	assert_int_equal(script->status, 200);
	assert_int_equal(script->framing, PLAY_CHUNKED);
	assert_int_equal(script->step_count, 4);
	assert_step(&script->steps[0], PLAY_SEND, 100, "a\nbbb");
	assert_int_equal(script->steps[1].size, 6);
	assert_memory_equal(script->steps[1].data, "\xE4\0\\\"\t\r", 6);
	assert_int_equal(script->steps[1].at_ns, 105500000);
	assert_step(&script->steps[2], PLAY_SEND, 140, "c");
	assert_step(&script->steps[3], PLAY_END, 140, NULL);
	assert_int_equal(script->body_size, 12);
	play_free(play);
}

static void test_words(void **state)
{
	struct play *play =
		parse("default GET /v1/models {\"data\": []}  \n"
		      "request GET /x\nstatus 503\nheader Retry-After: 1\nheader content-type: a\n"
		      "framing length\nhead 20\n@10 \"a\"\n@30 \"b\"\n@30 CLOSE\n"
		      "request /only-path\nheader Connection: close\n@1 RST\n"
		      "request PUT\n");
	assert_int_equal(play->page_count, 1);
	assert_string_equal(play->pages[0].method, "GET");
	assert_string_equal(play->pages[0].body, "{\"data\": []}");
	const struct play_script *script = &play->scripts[0];
	assert_string_equal(script->method, "GET");
	assert_string_equal(script->path, "/x");
	assert_int_equal(script->status, 503);
	assert_int_equal(script->framing, PLAY_LENGTH);
	assert_true(script->has_type);
	assert_false(script->closes);
	assert_string_equal(script->headers.data, "Retry-After: 1\r\ncontent-type: a\r\n");
	/* The head stands where its time puts it. */
	assert_step(&script->steps[0], PLAY_SEND, 10, "a");
	assert_step(&script->steps[1], PLAY_HEAD, 20, NULL);
	assert_step(&script->steps[2], PLAY_SEND, 30, "b");
	assert_step(&script->steps[3], PLAY_CLOSE, 30, NULL);
	assert_string_equal(play->scripts[1].path, "/only-path");
	assert_null(play->scripts[1].method);
	assert_true(play->scripts[1].closes);
	assert_step(&play->scripts[1].steps[0], PLAY_RST, 1, NULL);
	assert_string_equal(play->scripts[2].method, "PUT");
	assert_null(play->scripts[2].path);
	play_free(play);
}

static void test_bytewise_and_every(void **state)
{
	struct play *play = parse(
		"request\nbytewise 2\n@50 \"abc\"\n@+5 \"d\"\nevery 100 \":\\n\\n\"\nbytewise "
		"0\n@52 \"ef\" END\n");
	const struct play_script *script = &play->scripts[0];
	assert_int_equal(script->steps[0].byte_ns, 2 * CLOCK_MS_NS);
	assert_step(&script->steps[1], PLAY_SEND, 59, "d"); /* 5 ms after the last byte */
	assert_int_equal(script->every[0].from_ns, 59 * CLOCK_MS_NS);
	assert_int_equal(script->every[0].interval_ns, 100 * CLOCK_MS_NS);
	assert_int_equal(script->every[0].size, 3);
	assert_int_equal(script->steps[2].byte_ns, 0);
	assert_step(&script->steps[2], PLAY_SEND, 59, "ef"); /* never before the line above */
	assert_step(&script->steps[3], PLAY_END, 59, NULL);
	play_free(play);
}

static void test_refusals(void **state)
{
	refuse("status 200\n", "case line 1: a file begins with request");
	refuse("@1 END\n", "line 1");
	refuse("request\n\nfoo 1\n", "case line 3: \"foo\" is no directive");
	refuse("request\nstaus 200\n", "did you mean status?");
	refuse("request\nstatus 20\n", "100 to 999");
	refuse("request\n@x \"a\"\n", "milliseconds");
	refuse("request\n@-1 \"a\"\n", "milliseconds");
	refuse("request\n@1 \"a\n", "closing quote");
	refuse("request\n@1 \"\\q\"\n", "escape");
	refuse("request\n@1 \"\\x4\"\n", "hexadecimal");
	refuse("request\n@1 \"a\"*0\n", "repeats");
	refuse("request\n@1 \"a\"*\n12\n", "repeats"); /* a number of the next line is none */
	refuse("request\n@1 \"\"*-1\n", "repeats");
	refuse("request\n@1 \"\"*99999999999999\n", "repeats");
	refuse("request\n@1 \"ab\"*999999999\n", "256 MiB");
	refuse("request\nbytewise 1000000000\n@1 \"a\"*100000\n", "30 years");
	refuse("request\n@1 \"a\" DONE\n", "END, CLOSE or RST");
	refuse("request\n@1 END \"a\"\n", "nothing may follow");
	refuse("request\nframing odd\n", "chunked, identity");
	refuse("request\nevery 0 \"a\"\n", "more than 0");
	refuse("request\nevery 5\n", "every MS");
	refuse("request\nheader nonsense\n", "header Name: value");
	refuse("request\nheader : value\n", "header Name: value");
	refuse("request\nhead 5 6\n", "more on the line");
	refuse("request GET path\n", "begins with /");
	refuse("default GET\n", "begins with /");
}

/* Any text is a file or a message. */
static void test_noise(void **state)
{
	static const char good[] =
		"request GET /x\nstatus 503\nbytewise 1\n@10 \"a\\xE4\"*3 \"b\"\n"
		"every 9 \"c\"\n@+5 END\ndefault GET /y {}\n";
	struct random random;
	random_seed(&random, 11, 0);
	for (int round = 0; round < 5000; round++) {
		char *text = memory_bytes(good, sizeof good - 1);
		for (int i = 0; i < 4; i++)
			text[random_below(&random, sizeof good - 1)] =
				(char)(' ' + (char)random_below(&random, 95));
		struct error error = {0};
		struct play *play = play_parse("case", text, sizeof good - 1, &error);
		assert_true(play != NULL || error.message[0] != '\0');
		play_free(play);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_bytewise_and_every),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_noise),
	};
	return RUN(tests);
}
