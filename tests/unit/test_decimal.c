#include "unit.h"

#include "base/decimal.h"
#include "base/random.h"
#include "base/sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What decimal_shortest promises, by the C library alone. */
static void shortest_by_printf(double value, char out[DECIMAL_SIZE])
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(out, DECIMAL_SIZE, "%.*g", digits, value);
		if (strtod(out, NULL) == value)
			return;
	}
}

static void assert_shortest(double value)
{
	char expected[DECIMAL_SIZE], got[DECIMAL_SIZE];
	shortest_by_printf(value, expected);
	decimal_shortest(value, got);
	assert_string_equal(got, expected);
	shortest_by_printf(-value, expected);
	decimal_shortest(-value, got);
	assert_string_equal(got, expected);
}

static void numbers_of_all_sizes_read_back(void **state)
{
	struct random random;
	random_seed(&random, 7, 1);
	for (int i = 0; i < 20000; i++) {
		double share = random_uniform(&random);
		assert_shortest(share);
		assert_shortest(floor(share * 1e11) / 1e6); /* ns as ms */
		assert_shortest(floor(share * 1e6) / 977);
		assert_shortest(ldexp(share, i % 120 - 60));
	}
}

/* Where the number of digits, the form or the step of the mantissa changes. */
static void edges_read_back(void **state)
{
	for (int exponent = -8; exponent <= 17; exponent++) {
		double below = pow(10, exponent), above = below;
		for (int i = 0; i < 50; i++) {
			assert_shortest(below);
			assert_shortest(above);
			below = nextafter(below, 0);
			above = nextafter(above, INFINITY);
		}
	}
	for (int exponent = -60; exponent <= 60; exponent++) {
		assert_shortest(ldexp(1, exponent));
		assert_shortest(nextafter(ldexp(1, exponent), 0));
		assert_shortest(nextafter(ldexp(1, exponent), INFINITY));
	}
	assert_shortest(5e-324);
	assert_shortest(1.7976931348623157e308);
}

static void a_sheet_has_whole_numbers_without_exponent(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {{0, "0"}, {-3, "-3"}, {1e15, "1000000000000000"},
		{1e20, "100000000000000000000"}, {1e21, "1e+21"}, {0.5, "0.5"}};
	char text[DECIMAL_SIZE];
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(sheet_number(cases[i].value, text));
		assert_string_equal(text, cases[i].text);
	}
	assert_false(sheet_number(NAN, text));
	assert_false(sheet_number(-INFINITY, text));
	struct buffer out = BUFFER_EMPTY;
	sheet_add_integer(&out, INT64_MIN);
	assert_string_equal(buffer_string(&out), "-9223372036854775808");
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_all_sizes_read_back),
		cmocka_unit_test(edges_read_back),
		cmocka_unit_test(a_sheet_has_whole_numbers_without_exponent),
	};
	return RUN(tests);
}
