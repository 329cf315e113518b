#include "unit.h"

#include "sim/sim_settings.h"

#include <string.h>

static void set_all(struct sim_settings *settings, const char *text)
{
	struct error error = {0};
	sim_defaults(settings);
	if (!sim_set_all(settings, text, &error))
		fail_msg("%s: %s", text, error.message);
}

static void refuse(const char *text, const char *words)
{
	struct sim_settings settings;
	struct error error = {0};
	sim_defaults(&settings);
	assert_false(sim_set_all(&settings, text, &error));
	assert_int_equal(error.code, ERROR_USAGE);
	if (!strstr(error.message, words))
		fail_msg("\"%s\" does not say \"%s\"", error.message, words);
}

static void test_defaults(void **state)
{
	struct sim_settings settings;
	set_all(&settings, "");
	assert_int_equal(settings.kind, SIM_ANY);
	assert_string_equal(settings.name, "sim");
	assert_string_equal(settings.quantization, "Q4_0");
	assert_int_equal(settings.ttft_ns, 50000000);
	assert_int_equal(settings.tpot_ns, 20000000);
	assert_int_equal(settings.output_tokens, 64);
	assert_int_equal(settings.seed, 1);
	assert_true(settings.cache);
	assert_null(settings.play);
}

static void test_every_setting(void **state)
{
	struct sim_settings s;
	set_all(&s,
		"kind=vllm@name=a/b@quantization=F16@version=9.1@parameters=7000000000@context=128"
		"@slots=2@ttft=1.5s@tpot=500us@jitter=25%@prefill_tps=0@load=2s@cache=false"
		"@output_tokens=3@reasoning=4@fail_every=5@seed=6@stamps=true@play=p.txt@log=l."
		"txt");
	assert_int_equal(s.kind, SIM_VLLM);
	assert_string_equal(s.name, "a/b");
	assert_string_equal(s.quantization, "F16");
	assert_string_equal(s.version, "9.1");
	assert_int_equal(s.parameters, 7000000000);
	assert_int_equal(s.context, 128);
	assert_int_equal(s.slots, 2);
	assert_int_equal(s.ttft_ns, 1500000000);
	assert_int_equal(s.tpot_ns, 500000);
	assert_true(s.jitter > 0.249 && s.jitter < 0.251);
	assert_true(s.stamps);
	assert_true(s.prefill_tps >= 0 && s.prefill_tps <= 0);
	assert_int_equal(s.load_ns, 2000000000);
	assert_false(s.cache);
	assert_int_equal(s.output_tokens, 3);
	assert_int_equal(s.reasoning_tokens, 4);
	assert_int_equal(s.fail_every, 5);
	assert_int_equal(s.seed, 6);
	assert_string_equal(s.play, "p.txt");
	assert_string_equal(s.log, "l.txt");
}

static void test_spellings(void **state)
{
	struct sim_settings s;
	set_all(&s, "@output-tokens=7@@jitter=0.5@");
	assert_int_equal(s.output_tokens, 7);
	assert_true(s.jitter > 0.49 && s.jitter < 0.51);
	set_all(&s, "name=x=y");
	assert_string_equal(s.name, "x=y");
}

static void test_refusals(void **state)
{
	refuse("tftt=200ms", "did you mean ttft?");
	refuse("nonsense=1", "there are: kind, name");
	refuse("ttft", "name=value");
	refuse("=5", "name=value");
	refuse("ttft=200", "ttft=200");
	refuse("ttft=106000d", "longer than 3 years");
	refuse("slots=0", "whole number from 1");
	refuse("slots=two", "whole number from 1");
	refuse("context=99999999999", "to 1048576");
	refuse("seed=-1", "whole number from 0");
	refuse("jitter=-1", "number of 0 or more");
	refuse("jitter=nan", "number of 0 or more");
	refuse("jitter=inf", "number of 0 or more");
	refuse("jitter=1x", "number of 0 or more");
	refuse("jitter=", "number of 0 or more");
	refuse("parameters=0", "whole number from 1");
	refuse("cache=maybe", "neither true nor false");
	refuse("kind=lama", "llamacpp");
	refuse("name=", "empty");
	refuse("version=", "empty");
	refuse("version=0.1\"", "letters, digits");
	refuse("tpot=1ms@slots=x", "slots=x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_setting),
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_refusals),
	};
	return RUN(tests);
}
