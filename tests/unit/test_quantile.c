#include "unit.h"

#include "base/quantile.h"

#include <math.h>

static void near(double a, double b)
{
	assert_true(fabs(a - b) <= 1e-12 * fmax(1, fabs(b)));
}

/* Case F6, and values of numpy.quantile([1, 2, 4, 8, 16], p). */
static void it_is_numpys_default(void **state)
{
	(void)state;
	double ttft[] = {30, 10, 20};
	quantile_sort(ttft, 3);
	near(quantile_linear(ttft, 3, 0.5), 20);
	near(quantile_linear(ttft, 3, 0.99), 29.8);
	double doubling[] = {1, 2, 4, 8, 16};
	near(quantile_linear(doubling, 5, 0), 1);
	near(quantile_linear(doubling, 5, 0.25), 2);
	near(quantile_linear(doubling, 5, 0.3), 2.4);
	near(quantile_linear(doubling, 5, 0.9), 12.8);
	near(quantile_linear(doubling, 5, 1), 16);
	double one[] = {7};
	near(quantile_linear(one, 1, 0.99), 7);
}

static void small_samples_are_known(void **state)
{
	(void)state;
	assert_false(quantile_supported(28, 0.90));
	assert_true(quantile_supported(29, 0.90));
	assert_false(quantile_supported(58, 0.95));
	assert_true(quantile_supported(59, 0.95));
	assert_false(quantile_supported(298, 0.99));
	assert_true(quantile_supported(299, 0.99));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_numpys_default),
		cmocka_unit_test(small_samples_are_known),
	};
	return RUN(tests);
}
