#include "unit.h"

#include "base/memory.h"
#include "noise.h"

#include <stdlib.h>

#define COMPARISONS NOISE_COMPARISONS

static const struct verdict_settings usual = {.margin = 0.05};

/* Of COMPARISONS: how many were called different; *drifted gets how many said drift. */
static int count_called(
	enum noise noise, double size, size_t rounds, double shift, bool in_turn, int *drifted)
{
	const struct noise_kind kind = {noise, size, rounds, shift, in_turn};
	struct random random;
	noise_seed(&random, &kind);
	int called = 0;
	for (int i = 0; i < COMPARISONS; i++) {
		struct noise_sides sides;
		noise_next(&random, &kind, &sides);
		enum verdict verdict = noise_judge(&kind, &sides);
		called += noise_is_called(verdict);
		if (drifted != NULL)
			*drifted += verdict == VERDICT_DRIFT;
	}
	return called;
}

static void an_a_a_test_is_survived(void **state)
{
	static const size_t rounds[] = {5, 10, 20};
	for (int noise = 0; noise < NOISE_COUNT; noise++) {
		for (size_t i = 0; i < 3; i++) {
			int paired =
				count_called((enum noise)noise, 0.02, rounds[i], 0, true, NULL);
			int apart =
				count_called((enum noise)noise, 0.02, rounds[i], 0, false, NULL);
			print_message("%-12s %2zu rounds: in turn %4.1f %%, one after the other "
				      "%4.1f %% false\n",
				noise_names[noise], rounds[i], paired / 10.0, apart / 10.0);
			assert_in_range(paired, 0, COMPARISONS / 20);
			assert_in_range(apart, 0, COMPARISONS / 20);
		}
	}
}

static void drift_between_two_runs_is_recognised(void **state)
{
	int drifted = 0;
	count_called(DRIFTING, 0.005, 10, 0, false, &drifted);
	print_message("4 %% drift at 0.5 %% noise: %.1f %% said so\n", drifted / 10.0);
	assert_in_range(drifted, COMPARISONS * 8 / 10, COMPARISONS);
}

/* Of 4 % in the noise of 2 % no test could see more than 26, 38 and 59 % (tests/perf/verdict.c). */
static void drift_is_told_from_noise_and_a_still_machine_from_drift(void **state)
{
	static const size_t rounds[] = {5, 10, 20};
	static const int least[] = {180, 300, 550};
	for (size_t i = 0; i < 3; i++) {
		int drifted = 0, still = 0, late = 0;
		count_called(DRIFTING, 0.02, rounds[i], 0, false, &drifted);
		count_called(INDEPENDENT, 0.02, rounds[i], 0, false, &still);
		count_called(LONG_TAILED, 0.02, rounds[i], 0, false, &late);
		print_message("%2zu + %zu rounds: %.1f %% of drifts seen; %.1f %% and %.1f %% "
			      "(long-tailed) where there is none\n",
			rounds[i], rounds[i], drifted / 10.0, still / 10.0, late / 10.0);
		assert_in_range(drifted, least[i], COMPARISONS);
		assert_in_range(still, 0, COMPARISONS / 20);
		assert_in_range(late, 0, COMPARISONS / 20);
	}
}

/* Apart by 1.4 %, and hardly a trend: what no drift of the little that is seen could make larger
 * than the margin is no reason to doubt that it is within. */
static void a_small_difference_in_doubt_is_within_the_margin(void **state)
{
	double base[10], other[10];
	for (size_t i = 0; i < 10; i++) {
		base[i] = i % 2 == 0 ? 0.008 : -0.008;
		other[i] = -0.014 + (i % 2 == 0 ? -0.008 : 0.008) - 0.001 * (double)i;
	}
	struct verdict_settings wide = {.margin = 0.5};
	struct verdict_result result = verdict_sequential(base, 10, other, 10, &wide);
	assert_true(result.equals);
	assert_int_equal(result.verdict, VERDICT_EQUAL);
	assert_int_equal(result.needed, 0);
}

/* A machine that slows down by as much as the margin hides what the new side gained. */
static void nothing_is_equal_through_a_drift(void **state)
{
	double base[10], other[10];
	for (size_t i = 0; i < 10; i++) {
		double wobble = i % 2 == 0 ? 0.004 : -0.004;
		base[i] = 0.004 * (double)i + wobble;
		other[i] = 0.004 * (double)(10 + i) - 0.05 - wobble;
	}
	struct verdict_result result = verdict_sequential(base, 10, other, 10, &usual);
	assert_int_not_equal(result.verdict, VERDICT_EQUAL);
	for (size_t i = 0; i < 10; i++)
		other[i] = base[9 - i];
	result = verdict_sequential(base, 10, other, 10, &usual);
	assert_int_equal(result.verdict, VERDICT_EQUAL);
}

/* Two readings of a clock of 10 %: as often so of one thing as of two. */
static void values_that_never_vary_are_no_proof(void **state)
{
	const double base[] = {0, 0, 0, 0, 0}, other[] = {0.1, 0.1, 0.1, 0.1, 0.1};
	assert_int_equal(verdict_paired(base, other, 2, &usual).verdict, VERDICT_UNKNOWN);
	assert_int_equal(verdict_sequential(base, 2, other, 2, &usual).verdict, VERDICT_UNKNOWN);
	assert_int_equal(verdict_paired(base, base, 2, &usual).verdict, VERDICT_EQUAL);
	assert_int_equal(verdict_sequential(base, 5, other, 5, &usual).verdict, VERDICT_HIGHER);
}

/* What is called equal is so with its whole interval, and what is apart but for a drift that nobody
 * sees says so. */
static void an_interval_and_its_verdict_agree(void **state)
{
	const struct noise_kind kind = {INDEPENDENT, 0.04, 20, log(1.03), false};
	struct random random;
	noise_seed(&random, &kind);
	int equal = 0, doubted = 0, drifted = 0;
	for (int i = 0; i < COMPARISONS; i++) {
		struct noise_sides sides;
		noise_next(&random, &kind, &sides);
		struct verdict_result result =
			verdict_sequential(sides.base, 20, sides.other, 20, &usual);
		bool within = result.interval.low > 1 / 1.05 && result.interval.high < 1.05;
		assert_true(within || result.verdict != VERDICT_EQUAL);
		bool apart = result.interval.low > 1 || result.interval.high < 1;
		assert_true(!result.doubted || (apart && result.verdict == VERDICT_UNKNOWN));
		assert_int_equal(result.needed > 0,
			result.verdict == VERDICT_UNKNOWN || result.verdict == VERDICT_DRIFT);
		bool drifts = result.base_drift < 1 || result.base_drift > 1 ||
			      result.new_drift < 1 || result.new_drift > 1;
		assert_true(drifts || result.verdict != VERDICT_DRIFT);
		drifted += result.verdict == VERDICT_DRIFT;
		equal += result.verdict == VERDICT_EQUAL;
		doubted += result.doubted;
	}
	print_message("3 %% at 4 %%, 20 + 20 rounds: equal %.1f %%, doubted %.1f %%, drift %.1f "
		      "%%\n",
		equal / 10.0, doubted / 10.0, drifted / 10.0);
	assert_in_range(equal, 10, COMPARISONS);
	assert_in_range(doubted, COMPARISONS / 10, COMPARISONS);
}

static void true_shifts_are_found(void **state)
{
	int small = count_called(INDEPENDENT, 0.02, 10, log(1.05), true, NULL);
	int noisy = count_called(INDEPENDENT, 0.05, 20, log(1.10), true, NULL);
	int apart = count_called(INDEPENDENT, 0.02, 10, log(1.10), false, NULL);
	print_message("5 %% at 2 %%, 10 rounds: %.1f %%; 10 %% at 5 %%, 20 rounds: %.1f %%; 10 %% "
		      "at 2 %%, 10 + 10 apart: %.1f %%\n",
		small / 10.0, noisy / 10.0, apart / 10.0);
	assert_in_range(small, COMPARISONS * 99 / 100, COMPARISONS);
	assert_in_range(noisy, COMPARISONS * 95 / 100, COMPARISONS);
	assert_in_range(apart, COMPARISONS * 90 / 100, COMPARISONS);
}

/* One in ten is late by a third: a mean of ten rounds knows nothing, their ranks do. */
static void true_shifts_are_found_among_late_values(void **state)
{
	int ten = count_called(LONG_TAILED, 0.02, 10, log(1.05), true, NULL);
	int twenty = count_called(LONG_TAILED, 0.02, 20, log(1.05), true, NULL);
	int apart = count_called(LONG_TAILED, 0.02, 10, log(1.10), false, NULL);
	print_message("5 %% at 2 %%, long-tailed: 10 rounds %.1f %%, 20 rounds %.1f %%; 10 %%, 10 "
		      "+ 10 apart: %.1f %%\n",
		ten / 10.0, twenty / 10.0, apart / 10.0);
	assert_in_range(ten, COMPARISONS * 75 / 100, COMPARISONS);
	assert_in_range(twenty, COMPARISONS * 98 / 100, COMPARISONS);
	assert_in_range(apart, COMPARISONS * 80 / 100, COMPARISONS);
}

/* Prompts of any length: one that is hardly faster the other way round is no reason to doubt, which
 * the mere signs (1 of 8, p = 0.07) would be. */
static void pairs_far_apart_are_compared_each_by_itself(void **state)
{
	static const double gains[] = {0.03, 0.04, -0.001, 0.05, 0.03, 0.02, 0.04, 0.03};
	double base[8], other[8];
	for (size_t i = 0; i < 8; i++) {
		base[i] = (double)i;
		other[i] = base[i] + gains[i];
	}
	struct verdict_result result = verdict_paired(base, other, 8, &usual);
	assert_int_equal(result.verdict, VERDICT_HIGHER);
	assert_true(result.ratio > exp(0.025) && result.ratio < exp(0.035));
	assert_true(result.interval.high < exp(0.05));
}

/* More than any machine could hold all pairs of. */
static void a_million_blocks_are_judged(void **state)
{
	enum { COUNT = 1000000 };
	double *base = memory_resize(NULL, COUNT, sizeof *base);
	double *other = memory_resize(NULL, COUNT, sizeof *other);
	struct random random;
	random_seed(&random, 1, 1);
	for (size_t i = 0; i < COUNT; i++) {
		base[i] = 0.2 * random_normal(&random);
		other[i] = 0.2 * random_normal(&random) + log(1.02);
	}
	struct verdict_result paired = verdict_paired(base, other, COUNT, &usual);
	struct verdict_result apart = verdict_sequential(base, COUNT, other, COUNT, &usual);
	free(base);
	free(other);
	assert_int_equal(paired.verdict, VERDICT_HIGHER);
	assert_int_equal(apart.verdict, VERDICT_HIGHER);
	assert_true(paired.interval.low > 1.018 && paired.interval.high < 1.022);
}

static void a_verdict_says_which_way_and_how_much(void **state)
{
	static const double base[] = {0, 0.01, -0.01, 0, 0.01, -0.01, 0, 0.01};
	double other[8];
	for (size_t i = 0; i < 8; i++)
		other[i] = base[7 - i] + log(2);
	struct verdict_result result = verdict_paired(base, other, 8, &usual);
	assert_int_equal(result.verdict, VERDICT_HIGHER);
	assert_true(result.ranked);
	assert_true(result.ratio > 1.97 && result.ratio < 2.03);
	assert_true(result.interval.low < 2 && result.interval.high > 2);
	assert_int_equal(result.needed, 0);
	result = verdict_paired(other, base, 8, &usual);
	assert_int_equal(result.verdict, VERDICT_LOWER);
	result = verdict_sequential(base, 8, other, 8, &usual);
	assert_int_equal(result.verdict, VERDICT_HIGHER);
}

/* Of six a rank test asks for all; Student's alone, of five, would not. */
static void from_six_blocks_on_ranks_must_confirm(void **state)
{
	static const double base[6] = {0};
	double other[] = {0.1, 0.1, 0.11, 0.09, 0.1, 0.1};
	struct verdict_result result = verdict_paired(base, other, 6, &usual);
	assert_int_equal(result.verdict, VERDICT_HIGHER);
	assert_true(result.ranked);
	assert_false(verdict_paired(base, other, 5, &usual).ranked);
	other[5] = -0.001;
	assert_int_equal(verdict_paired(base, other, 6, &usual).verdict, VERDICT_UNKNOWN);
	assert_int_equal(verdict_sequential(base, 3, other, 3, &usual).verdict, VERDICT_HIGHER);
}

static void sameness_is_a_verdict_too(void **state)
{
	static const double base[] = {0, 0.001, -0.001, 0.002, 0, -0.002};
	static const double other[] = {0.001, 0, 0, -0.001, 0.001, 0};
	struct verdict_result result = verdict_paired(base, other, 6, &usual);
	assert_int_equal(result.verdict, VERDICT_EQUAL);
	static const double same[] = {0.5, 0.5, 0.5, 0.5};
	assert_int_equal(verdict_paired(same, same, 4, &usual).verdict, VERDICT_EQUAL);
	assert_int_equal(verdict_sequential(same, 4, same, 4, &usual).verdict, VERDICT_EQUAL);
}

static void what_cannot_be_told_says_what_would_do(void **state)
{
	static const double base[] = {0, 0.2, -0.3, 0.1, 0.05},
			    other[] = {0.1, -0.2, 0.2, 0.3, -0.1};
	struct verdict_result result = verdict_paired(base, other, 5, &usual);
	assert_int_equal(result.verdict, VERDICT_UNKNOWN);
	/* (2.170090 + 1.281552) * 0.342783 / log(1.05), squared */
	assert_int_equal(result.needed, 589);
	result = verdict_paired(base, other, 1, &usual);
	assert_int_equal(result.verdict, VERDICT_UNKNOWN);
	assert_true(isnan(result.ratio));
	assert_int_equal(verdict_sequential(base, 5, other, 1, &usual).verdict, VERDICT_UNKNOWN);
}

static void nothing_below_the_floor_is_called(void **state)
{
	static const double base[] = {0, 0.001, 0, 0.001, 0, 0.001, 0};
	double other[7];
	for (size_t i = 0; i < 7; i++)
		other[i] = base[6 - i] + log(1.01);
	struct verdict_settings settings = {.margin = 0.001};
	assert_int_equal(verdict_paired(base, other, 7, &settings).verdict, VERDICT_HIGHER);
	settings.floor = 0.02;
	assert_int_equal(verdict_paired(base, other, 7, &settings).verdict, VERDICT_EQUAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_a_a_test_is_survived),
		cmocka_unit_test(drift_between_two_runs_is_recognised),
		cmocka_unit_test(drift_is_told_from_noise_and_a_still_machine_from_drift),
		cmocka_unit_test(nothing_is_equal_through_a_drift),
		cmocka_unit_test(a_small_difference_in_doubt_is_within_the_margin),
		cmocka_unit_test(values_that_never_vary_are_no_proof),
		cmocka_unit_test(an_interval_and_its_verdict_agree),
		cmocka_unit_test(true_shifts_are_found),
		cmocka_unit_test(true_shifts_are_found_among_late_values),
		cmocka_unit_test(pairs_far_apart_are_compared_each_by_itself),
		cmocka_unit_test(a_million_blocks_are_judged),
		cmocka_unit_test(a_verdict_says_which_way_and_how_much),
		cmocka_unit_test(from_six_blocks_on_ranks_must_confirm),
		cmocka_unit_test(sameness_is_a_verdict_too),
		cmocka_unit_test(what_cannot_be_told_says_what_would_do),
		cmocka_unit_test(nothing_below_the_floor_is_called),
	};
	return RUN(tests);
}
