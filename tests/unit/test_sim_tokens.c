#include "unit.h"

#include "base/random.h"
#include "sim/sim_tokens.h"

#include <string.h>

static int64_t count(const char *text)
{
	return sim_tokens_count(text, strlen(text));
}

static void test_counts(void **state)
{
	assert_int_equal(count(""), 0);
	assert_int_equal(count("Why is the sky blue?"), 6);
	assert_int_equal(count("scattering"), 2);
	assert_int_equal(count("为什么天空是蓝色的"), 9);
	assert_int_equal(count("a  b"), 3); /* the second space belongs to the word */
	assert_int_equal(count("ü\xF0\x9F\x98\x80"), 2);
	assert_int_equal(count("<|im_start|>user\n"), 3);
	assert_int_equal(count("<|im_sta"), 5);
	assert_int_equal(count("\xE4\xBD"), 2); /* half a character: each byte */
}

static void test_ids_are_reversible(void **state)
{
	static const char text[] = "<|im_start|>user\nWhy 是 blue?<|im_end|>";
	for (size_t at = 0; at < sizeof text - 1;) {
		size_t size = sim_tokens_next(text + at, sizeof text - 1 - at);
		char back[SIM_TOKENS_TEXT];
		size_t got = sim_tokens_text(sim_tokens_id(text + at, size), back);
		assert_int_equal(got, size);
		assert_memory_equal(back, text + at, size);
		at += size;
	}
	static const char stamp[] = "1732700000.123456789";
	assert_int_equal(sim_tokens_id(stamp, sizeof stamp - 1), sim_tokens_id("456789", 6));
	char nothing[SIM_TOKENS_TEXT];
	assert_int_equal(sim_tokens_text(0, nothing), 0);
	assert_int_equal(sim_tokens_text(-5, nothing), 0);
	assert_int_equal(sim_tokens_text(INT64_MAX, nothing), 0);
}

static void test_within(void **state)
{
	static const char text[] = "Why is the sky";
	assert_int_equal(sim_tokens_within(text, 14, 0), 0);
	assert_int_equal(sim_tokens_within(text, 14, 2), 0);
	assert_int_equal(sim_tokens_within(text, 14, 3), 1);
	assert_int_equal(sim_tokens_within(text, 14, 9), 2);
	assert_int_equal(sim_tokens_within(text, 14, 14), 4);
	assert_int_equal(sim_tokens_bytes(text, 14, 2), 6);
	assert_int_equal(sim_tokens_bytes(text, 14, 99), 14);
}

/* Any bytes at all: tokens are never empty, never run over, and add up. */
static void test_any_bytes(void **state)
{
	struct random random;
	random_seed(&random, 7, 0);
	for (int round = 0; round < 2000; round++) {
		char text[40];
		size_t size = (size_t)random_below(&random, sizeof text) + 1;
		if (size > sizeof text)
			size = sizeof text;
		for (size_t i = 0; i < size; i++)
			text[i] = (char)random_below(&random, 256);
		size_t at = 0;
		int64_t tokens = 0;
		for (; at < size; tokens++) {
			size_t step = sim_tokens_next(text + at, size - at);
			assert_in_range(step, 1, size - at);
			at += step;
		}
		assert_int_equal(sim_tokens_count(text, size), tokens);
		assert_int_equal(sim_tokens_bytes(text, size, tokens), size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_ids_are_reversible),
		cmocka_unit_test(test_within),
		cmocka_unit_test(test_any_bytes),
	};
	return RUN(tests);
}
