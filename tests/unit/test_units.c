#include "unit.h"

#include "base/units.h"

#include <string.h>

static void durations_need_a_unit(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{"800ms", 800000000},
		{"1.5s", 1500000000},
		{"0s", 0},
		{"1m30s", 90000000000},
		{"2 h", 7200000000000},
		{"10us", 10000},
		{"10\xC2\xB5s", 10000},
		{"7ns", 7},
		{".5ms", 500000},
		{"1d", 86400000000000},
		{" 3 s ", 3000000000},
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		int64_t ns = -1;
		struct error error = {0};
		assert_true(units_parse_duration(good[i].text, &ns, &error));
		assert_int_equal(ns, good[i].ns);
	}
	static const char *const bad[] = {"", " ", "5", "5x", "-5s", "s", "5s3", "1e3s", "inf",
		"nan", "5 s x", "0x10s", "1,5s", "99999999999d", ".s", "5ſ"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int64_t ns;
		struct error error = {0};
		assert_false(units_parse_duration(bad[i], &ns, &error));
		assert_int_equal(error.code, ERROR_USAGE);
		assert_non_null(strstr(error.message, "800ms"));
	}
}

static void sizes_know_both_thousands(void **state)
{
	int64_t bytes;
	assert_true(units_parse_bytes("64MB", &bytes, NULL));
	assert_int_equal(bytes, 64000000);
	assert_true(units_parse_bytes("1.5KiB", &bytes, NULL));
	assert_int_equal(bytes, 1536);
	assert_true(units_parse_bytes("10 B", &bytes, NULL));
	assert_int_equal(bytes, 10);
	assert_false(units_parse_bytes("64", &bytes, NULL));
	assert_false(units_parse_bytes("64mb", &bytes, NULL));
}

static void durations_are_written_with_three_digits(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {{0, "0 ns"}, {999, "999 ns"}, {1500, "1.5 \xC2\xB5s"}, {41234567, "41.2 ms"},
		{1900000000, "1.9 s"}, {90000000000, "1.5 min"}, {7200000000000, "2 h"},
		{-5000000, "-5 ms"}, {999600, "1 ms"}, {999499, "999 \xC2\xB5s"},
		{-999600000, "-1 s"}, {59980000000, "1 min"}, {18000000000000000, "5000 h"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char out[32];
		units_format_duration(cases[i].ns, out, sizeof out);
		assert_string_equal(out, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_need_a_unit),
		cmocka_unit_test(sizes_know_both_thousands),
		cmocka_unit_test(durations_are_written_with_three_digits),
	};
	return RUN(tests);
}
