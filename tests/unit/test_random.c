#include "unit.h"

#include "base/random.h"

#include <math.h>

static void the_same_seed_gives_the_same_numbers(void **state)
{
	struct random a, b, other;
	random_seed(&a, 42, 7);
	random_seed(&b, 42, 7);
	random_seed(&other, 42, 8);
	int same = 0;
	for (int i = 0; i < 1000; i++) {
		uint64_t value = random_next(&a);
		assert_true(value == random_next(&b));
		same += value == random_next(&other);
	}
	assert_int_equal(same, 0);
}

/* Values of the reference implementation for the state {1, 2, 3, 4}. */
static void it_is_xoshiro256_starstar(void **state)
{
	struct random random = {{1, 2, 3, 4}};
	static const uint64_t expected[] = {
		UINT64_C(11520), UINT64_C(0), UINT64_C(1509978240), UINT64_C(1215971899390074240)};
	for (int i = 0; i < 4; i++)
		assert_true(random_next(&random) == expected[i]);
	/* and the first one for what SplitMix64 makes of 0, which has all bits to rotate */
	struct random seeded;
	random_seed(&seeded, UINT64_C(0xe220a8397b1dcdaf), UINT64_C(0x6a09e667f3bcc909));
	assert_true(random_next(&seeded) == UINT64_C(0x99ec5f36cb75f2b4));
}

/* Values of SplitMix64's reference implementation for the state 0: "the same seed, the same run"
 * holds for a run of last year, too. */
static void it_is_seeded_by_splitmix64(void **state)
{
	struct random random;
	static const uint64_t expected[] = {UINT64_C(0xe220a8397b1dcdaf),
		UINT64_C(0x6e789e6aa1b965f4), UINT64_C(0x06c45d188009454f),
		UINT64_C(0xf88bb8a8724c81ec)};
	random_seed(&random, expected[0], UINT64_C(0x6a09e667f3bcc909));
	for (int i = 0; i < 4; i++)
		assert_true(random.state[i] == expected[i]);
}

static void the_moments_are_right(void **state)
{
	enum { COUNT = 200000 };
	struct random random;
	random_seed(&random, 1, 1);
	double uniform = 0, normal = 0, square = 0, exponential = 0;
	for (int i = 0; i < COUNT; i++) {
		double u = random_uniform(&random), n = random_normal(&random);
		assert_true(u >= 0 && u < 1);
		uniform += u;
		normal += n;
		square += n * n;
		exponential += random_exponential(&random);
	}
	/* Within five standard errors of the known moments. */
	double count = COUNT, error = 5 / sqrt(count);
	assert_true(fabs(uniform / count - 0.5) < error * 0.2887);
	assert_true(fabs(normal / count) < error);
	assert_true(fabs(square / count - 1) < error * 1.4143);
	assert_true(fabs(exponential / count - 1) < error);
}

static void below_is_even(void **state)
{
	struct random random;
	random_seed(&random, 3, 0);
	int counts[7] = {0};
	for (int i = 0; i < 70000; i++)
		counts[random_below(&random, 7)]++;
	for (int i = 0; i < 7; i++)
		assert_in_range(counts[i], 9500, 10500);
	assert_true(random_below(&random, 1) == 0);
	uint64_t seed = random_fresh_seed();
	assert_true(seed < (UINT64_C(1) << 53) && seed != random_fresh_seed());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_seed_gives_the_same_numbers),
		cmocka_unit_test(it_is_xoshiro256_starstar),
		cmocka_unit_test(it_is_seeded_by_splitmix64),
		cmocka_unit_test(the_moments_are_right),
		cmocka_unit_test(below_is_even),
	};
	return RUN(tests);
}
