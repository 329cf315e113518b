#include "unit.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "sim/sim_answer.h"
#include "sim/sim_tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct sim_ask ask_of(const char *prompt)
{
	return (struct sim_ask){.prompt = memory_text(prompt),
		.prompt_size = strlen(prompt),
		.max_tokens = -1,
		.thinks = true};
}

static struct sim_settings defaults(void)
{
	struct sim_settings settings;
	sim_defaults(&settings);
	return settings;
}

/* The text of one channel; free it. */
static char *text_of(const struct sim_answer *answer, enum sim_channel channel)
{
	struct buffer out = BUFFER_EMPTY;
	for (size_t i = 0; i < answer->count; i++)
		if (answer->pieces[i].channel == channel)
			buffer_append(&out, answer->pieces[i].text, answer->pieces[i].size);
	return buffer_detach(&out, NULL);
}

/* The content that an ask gets; free it. */
static char *said(const struct sim_ask *ask, const struct sim_settings *settings, uint64_t number)
{
	struct sim_answer answer;
	sim_answer_make(&answer, ask, settings, 1000, number);
	char *text = text_of(&answer, SIM_CONTENT);
	sim_answer_free(&answer);
	return text;
}

static bool same_words(
	const struct sim_ask *a, uint64_t number_a, const struct sim_ask *b, uint64_t number_b)
{
	struct sim_settings settings = defaults();
	char *text_a = said(a, &settings, number_a);
	char *text_b = said(b, &settings, number_b);
	bool same = strcmp(text_a, text_b) == 0;
	free(text_a);
	free(text_b);
	return same;
}

static void test_seeds(void **state)
{
	struct sim_ask ask = ask_of("Why is the sky blue?");
	struct sim_ask other = ask;
	/* Sampled without a seed: every request is another. */
	assert_false(same_words(&ask, 1, &other, 2));
	assert_true(same_words(&ask, 1, &other, 1));
	ask.has_seed = other.has_seed = true;
	ask.seed = other.seed = 42;
	assert_true(same_words(&ask, 1, &other, 2));
	other.seed = 43;
	assert_false(same_words(&ask, 1, &other, 1));
	/* At temperature 0 no seed matters. */
	ask.greedy = other.greedy = true;
	assert_true(same_words(&ask, 1, &other, 2));
	sim_ask_free(&ask);
}

static void test_lengths(void **state)
{
	static const struct {
		int64_t most, least;
		bool forced;
		int64_t room;
		size_t count;
		enum sim_end end;
	} rows[] = {
		{-1, 0, false, 1000, 64, SIM_END_STOP},
		{12, 0, false, 1000, 12, SIM_END_LENGTH},
		{64, 0, false, 1000, 64, SIM_END_LENGTH},
		{65, 0, false, 1000, 64, SIM_END_STOP},
		{100, 0, true, 1000, 100, SIM_END_LENGTH},
		{100, 80, false, 1000, 80, SIM_END_STOP},
		{100, 200, false, 1000, 100, SIM_END_LENGTH},
		{-1, 0, true, 30, 30, SIM_END_LENGTH},
		{-1, 0, false, 30, 30, SIM_END_LENGTH},
		{0, 0, false, 1000, 0, SIM_END_LENGTH},
		{-1, 0, false, 0, 0, SIM_END_LENGTH},
		{-1, 0, false, -5, 0, SIM_END_LENGTH},
	};
	struct sim_settings settings = defaults();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sim_ask ask = ask_of("hello");
		ask.max_tokens = rows[i].most;
		ask.min_tokens = rows[i].least;
		ask.ignore_eos = rows[i].forced;
		struct sim_answer answer;
		sim_answer_make(&answer, &ask, &settings, rows[i].room, 1);
		assert_int_equal(answer.count, rows[i].count);
		assert_int_equal(answer.end, rows[i].end);
		sim_answer_free(&answer);
		sim_ask_free(&ask);
	}
}

/* Counting the answer's text again gives the tokens that were made. */
static void test_counts_agree(void **state)
{
	static const char *const prompts[] = {"Why is the sky blue?", "为什么天空是蓝色的"};
	struct sim_settings settings = defaults();
	for (size_t i = 0; i < 2; i++)
		for (int64_t most = 1; most < 200; most += 7) {
			struct sim_ask ask = ask_of(prompts[i]);
			ask.max_tokens = most;
			ask.ignore_eos = true;
			struct sim_answer answer;
			sim_answer_make(&answer, &ask, &settings, 1000, (uint64_t)most);
			char *text = text_of(&answer, SIM_CONTENT);
			assert_int_equal(sim_tokens_count(text, strlen(text)), most);
			assert_int_equal(sim_answer_is_cjk(text, strlen(text)), i == 1);
			free(text);
			sim_answer_free(&answer);
			sim_ask_free(&ask);
		}
}

static void stop_at(const char *first, const char *second, const char *text, size_t count)
{
	struct sim_settings settings = defaults();
	struct sim_ask ask = ask_of("Why is the sky blue?");
	char *stops[] = {(char *)first, (char *)second};
	ask.greedy = true;
	ask.stops = stops;
	ask.stop_count = second ? 2 : 1;
	struct sim_answer answer;
	sim_answer_make(&answer, &ask, &settings, 1000, 1);
	char *content = text_of(&answer, SIM_CONTENT);
	if (text) {
		assert_string_equal(content, text);
		assert_int_equal(answer.end, SIM_END_STOP_STRING);
		assert_non_null(answer.stop);
	} else {
		assert_int_equal(answer.end, SIM_END_STOP);
		assert_null(answer.stop);
	}
	assert_int_equal(answer.count, count);
	free(content);
	sim_answer_free(&answer);
	ask.stops = NULL;
	ask.stop_count = 0;
	sim_ask_free(&ask);
}

/* "The sky looks blue because the air ...": the stop string's own tokens count and are not sent. */
static void test_stop_strings(void **state)
{
	stop_at(" blue", NULL, "The sky looks", 4);
	stop_at("ky lo", NULL, "The s", 3);
	stop_at("The", NULL, "", 1);
	stop_at(" because the", " looks", "The sky", 3);
	stop_at("no such words", "", NULL, 64);
}

static void test_reasoning_and_tools(void **state)
{
	struct sim_settings settings = defaults();
	settings.reasoning_tokens = 5;
	struct sim_ask ask = ask_of("call it");
	struct sim_answer answer;
	sim_answer_make(&answer, &ask, &settings, 1000, 1);
	assert_int_equal(answer.count, 69);
	assert_int_equal(answer.reasoning, 5);
	assert_int_equal(answer.pieces[4].channel, SIM_REASONING);
	assert_int_equal(answer.pieces[5].channel, SIM_CONTENT);
	sim_answer_free(&answer);
	ask.thinks = false;
	ask.tool = memory_text("get_weather");
	ask.arguments = memory_text("{\"city\":\"Oslo\"}");
	sim_answer_make(&answer, &ask, &settings, 1000, 1);
	char *arguments = text_of(&answer, SIM_TOOL_ARGUMENTS);
	assert_string_equal(arguments, ask.arguments);
	assert_int_equal(answer.pieces[0].channel, SIM_TOOL_NAME);
	assert_int_equal(answer.end, SIM_END_TOOL);
	free(arguments);
	sim_answer_free(&answer);
	ask.max_tokens = 3;
	sim_answer_make(&answer, &ask, &settings, 1000, 1);
	assert_int_equal(answer.count, 3);
	assert_int_equal(answer.end, SIM_END_LENGTH);
	sim_answer_free(&answer);
	sim_ask_free(&ask);
}

static double product(const float *a, const float *b)
{
	double sum = 0;
	for (int i = 0; i < SIM_EMBEDDING_SIZE; i++)
		sum += (double)a[i] * (double)b[i];
	return sum;
}

static void test_embeddings(void **state)
{
	float sky[SIM_EMBEDDING_SIZE], again[SIM_EMBEDDING_SIZE], near[SIM_EMBEDDING_SIZE],
		far[SIM_EMBEDDING_SIZE], empty[SIM_EMBEDDING_SIZE];
	sim_answer_embed("the sky is blue", 15, sky);
	sim_answer_embed("the sky is blue", 15, again);
	sim_answer_embed("the sky is grey", 15, near);
	sim_answer_embed("42 + 7 = 49", 11, far);
	sim_answer_embed("", 0, empty);
	assert_memory_equal(sky, again, sizeof sky);
	assert_true(fabs(product(sky, sky) - 1) < 1e-5);
	assert_true(product(sky, near) > product(sky, far));
	assert_true(fabs(product(empty, empty)) < 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_counts_agree),
		cmocka_unit_test(test_stop_strings),
		cmocka_unit_test(test_reasoning_and_tools),
		cmocka_unit_test(test_embeddings),
	};
	return RUN(tests);
}
