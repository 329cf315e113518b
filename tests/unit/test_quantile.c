#include "unit.h"

#include "base/quantile.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

static void near(double a, double b)
{
	assert_true(fabs(a - b) <= 1e-12 * fmax(1, fabs(b)));
}

/* Case F6, and values of numpy.quantile([1, 2, 4, 8, 16], p). */
static void it_is_numpys_default(void **state)
{
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
	assert_false(quantile_supported(28, 0.90));
	assert_true(quantile_supported(29, 0.90));
	assert_false(quantile_supported(58, 0.95));
	assert_true(quantile_supported(59, 0.95));
	assert_false(quantile_supported(298, 0.99));
	assert_true(quantile_supported(299, 0.99));
}

enum { VALUES = 2000 };

/* As sorting has it, of every kind of sample, also the ones made against a median of three. */
static void partitioning_finds_what_sorting_finds(void **state)
{
	static double sorted[VALUES], values[VALUES];
	static const double shares[] = {0, 0.25, 0.5, 0.95, 0.99, 1};
	struct random random;
	random_seed(&random, 7, 7);
	for (int kind = 0; kind < 6; kind++)
		for (size_t count = 1; count <= VALUES; count = count * 3 + 1) {
			for (size_t i = 0; i < count; i++)
				values[i] =
					kind == 0   ? (double)i
					: kind == 1 ? -(double)i
					: kind == 2 ? (double)(i % 3)
					: kind == 3 ? (i % 2 == 0 ? (double)i : (double)(count - i))
					: kind == 4
						? (i < count / 2 ? (double)i : (double)(count - i))
						: random_normal(&random);
			memcpy(sorted, values, sizeof values);
			quantile_sort(sorted, count);
			for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
				quantile_partition(values, count, shares[i]);
				assert_true(quantile_linear(values, count, shares[i]) ==
					    quantile_linear(sorted, count, shares[i]));
			}
			quantile_sort(values, count);
			assert_memory_equal(values, sorted, count * sizeof *values);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_numpys_default),
		cmocka_unit_test(partitioning_finds_what_sorting_finds),
		cmocka_unit_test(small_samples_are_known),
	};
	return RUN(tests);
}
