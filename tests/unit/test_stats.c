#include "unit.h"

#include "base/memory.h"
#include "base/random.h"
#include "base/stats.h"
#include "bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Reference values: SciPy 1.17.1 with NumPy 2.4.6, the call beside each. */

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void near(double got, double wanted, double tolerance)
{
	if (!(fabs(got - wanted) <= tolerance * fmax(1, fabs(wanted)))) /* nor NaN */
		fail_msg("got %.17g, wanted %.17g", got, wanted);
}

static void distributions_agree(void **state)
{
	static const double p[] = {1e-6, 0.01, 0.025, 0.3, 0.5, 0.9, 0.975, 0.999};
	static const double z[] = {-4.753424308822899, -2.3263478740408408, -1.9599639845400545,
		-0.5244005127080409, 0, 1.2815515655446004, 1.959963984540054, 3.090232306167813};
	for (size_t i = 0; i < COUNT(p); i++) {
		near(stats_normal_quantile(p[i]), z[i], 1e-13); /* norm.ppf */
		near(stats_normal_cdf(z[i]), p[i], 1e-14);
	}
	near(stats_student_cdf(2.0, 5), 0.9490302605850708, 1e-13); /* t.cdf */
	near(stats_student_cdf(-1.3, 2.5), 0.15024339463535416, 1e-13);
	near(stats_student_cdf(0.1, 100), 0.5397277344520743, 1e-13);
	near(stats_student_quantile(0.975, 4), 2.7764451051977934, 1e-11); /* t.ppf */
	near(stats_student_quantile(0.975, 9), 2.262157162798205, 1e-11);
	near(stats_student_quantile(0.01, 1), -31.82051595377396, 1e-11);
	near(stats_student_quantile(0.995, 29), 2.756385903670605, 1e-11);
}

/* The ten published measurements of the story: seconds, and characters per second. */
static const double ollama_s[] = {9.8038, 10.2205, 16.3618, 12.2946, 7.7120};
static const double llamacpp_s[] = {18.2700, 18.7298, 15.9726, 7.0187, 21.8042};
static const double ollama_rate[] = {26.2143, 26.9067, 25.3639, 26.5970, 27.8786};
static const double llamacpp_rate[] = {11.9321, 15.7503, 14.1492, 14.3902, 15.4099};

static void mann_whitney_is_exact_in_small_samples(void **state)
{
	struct stats_rank rank = stats_mann_whitney(ollama_s, 5, llamacpp_s, 5);
	assert_true(rank.exact);
	near(rank.u, 6, 0); /* mannwhitneyu(method="exact") */
	near(rank.p, 0.2222222222222222, 1e-12);
	rank = stats_mann_whitney(ollama_rate, 5, llamacpp_rate, 5);
	near(rank.u, 25, 0);
	near(rank.p, 0.007936507936507936, 1e-12);
	/* the median of all 25 differences, by hand */
	struct stats_interval shift = stats_pairs_interval(llamacpp_rate, ollama_rate, 5, 1);
	near((shift.low + shift.high) / 2, 12.1283, 1e-6);
}

static void mann_whitney_is_exact_with_ties(void **state)
{
	static const double x[] = {1, 2, 2, 3, 5}, y[] = {2, 4, 4, 5, 6, 7};
	struct stats_rank rank = stats_mann_whitney(x, COUNT(x), y, COUNT(y));
	near(rank.u, 5.5, 0);
	near(rank.p, 0.08441558441558442, 1e-12); /* permutation_test over all 462 choices */
	static const double same[] = {3, 3, 3, 3};
	near(stats_mann_whitney(same, 4, same, 4).p, 1, 0);
}

static long peak_kib(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

/* What one side can choose is counted, of whichever side there is less: of the other one it would
 * be half a gigabyte. */
static void mann_whitney_of_unlike_sizes_needs_little(void **state)
{
	double many[400], one[] = {399.5};
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (double)i;
	long before = peak_kib();
	struct stats_rank rank = stats_mann_whitney(many, COUNT(many), one, 1);
	assert_true(peak_kib() - before < 100 * 1024);
	assert_true(rank.exact);
	near(rank.u, 0, 0); /* mannwhitneyu(method="exact") */
	near(rank.p, 2.0 / 401, 1e-12);
}

static void mann_whitney_is_normal_in_large_ones(void **state)
{
	static const double p[] = {0.3, 0.8, 0.3, -1.3, 0.9, 0.4, -0.5, 0.6, 0.4, 0.3, 0, 0.5, -0.7,
		-0.2, -0.5, 0.6, 0, -0.3, -0.8, -0.3, 0, -0.3, 1.3, 1, -2.7, -1.9, -0.2, -0.4, 0.2,
		0.2};
	static const double q[] = {2.6, -0.6, 0.1, 2.5, 1.1, 1.2, -0.0, -1.1, 0.7, 0.6, -0.7, -0.2,
		0.4, -0.4, 0.4, 0.6, 0.5, -0.0, 1.1, 1.4, 0.8, -0.3, 1.2, -0.0, 1.4, -0.6, 1.4, 0.5,
		-0.7, 0.2};
	struct stats_rank rank = stats_mann_whitney(p, COUNT(p), q, COUNT(q));
	assert_false(rank.exact);
	near(rank.u, 313, 0); /* mannwhitneyu(method="asymptotic") */
	near(rank.p, 0.04330639360469333, 1e-12);
}

static const double gains[] = {1.5, -0.5, 2.0, 3.0, -1.0, 0.7, 2.2, 0.9};

/* Both p are counts over all sign patterns, made by another program. */
static void pairs_are_judged_by_all_their_ranks(void **state)
{
	static const double base[] = {10.1, 9.8, 10.3, 10.0, 9.9, 10.2, 10.4};
	static const double other[] = {10.6, 10.1, 10.5, 14.9, 10.7, 9.7, 10.9};
	struct stats_rank rank = stats_pairs(base, other, 7, 0);
	near(rank.u, 28, 0);
	near(rank.p, 16 / 128.0, 1e-12);
	double low[COUNT(gains)], high[COUNT(gains)];
	for (size_t i = 0; i < COUNT(gains); i++) {
		high[i] = gains[i] / 2;
		low[i] = -high[i];
	}
	rank = stats_pairs(low, high, COUNT(gains), 0);
	assert_true(rank.exact);
	near(rank.p, 18 / 256.0, 1e-12); /* Wilcoxon's, with ranks less a half */
	near(stats_pairs(base, base, 7, 0).p, 1, 0);
	near(stats_pairs(base, base, 7, 0).u, 0, 0);
}

/* An interval is what its test does not refuse, however far off one value is. */
static void an_interval_of_pairs_ends_where_its_test_decides(void **state)
{
	double base[20], other[20];
	struct random random;
	random_seed(&random, 3, 0);
	for (size_t i = 0; i < 20; i++) {
		base[i] = random_normal(&random);
		other[i] = base[i] + 2 + 0.1 * random_normal(&random);
	}
	other[7] = 1e6;
	for (size_t count = 8; count <= 20; count += 12) {
		struct stats_interval interval = stats_pairs_interval(base, other, count, 0.05);
		double step = 0.01;
		assert_true(interval.low < interval.high && interval.high < 10);
		assert_true(stats_pairs(base, other, count, interval.low - step).p <= 0.05);
		assert_true(stats_pairs(base, other, count, interval.low + step).p > 0.05);
		assert_true(stats_pairs(base, other, count, interval.high - step).p > 0.05);
		assert_true(stats_pairs(base, other, count, interval.high + step).p <= 0.05);
	}
}

static void trends_are_seen(void **state)
{
	static const double rising[] = {1.0, 1.2, 0.9, 1.4, 1.5, 1.3, 1.8, 1.7, 2.0, 1.9};
	double slope;
	/* S = 33 of 45, variance 125: z = 32 / sqrt(125) (Kendall 1975) */
	near(stats_trend(rising, COUNT(rising), &slope), 2 * stats_normal_cdf(-32 / sqrt(125)),
		1e-12);
	near(slope, 0.1142857142857143, 1e-12); /* theilslopes */
	static const double flat[] = {2, 2, 2, 2, 2};
	near(stats_trend(flat, 5, &slope), 1, 0);
	near(slope, 0, 0);
	static const double three[] = {1, 2, 3}; /* nothing is likely */
	near(stats_trend(three, 3, &slope), 1, 0);
	near(slope, 1, 0);
	/* S = 9; of the two that are the same the variance is 18 / 18 less: 282 / 18 */
	static const double same[] = {1, 2, 2, 3, 4};
	near(stats_trend(same, COUNT(same), &slope), 2 * stats_normal_cdf(-8 / sqrt(282 / 18.0)),
		1e-12);
}

static void a_trend_over_many_values_needs_no_memory_for_their_pairs(void **state)
{
	enum { COUNT_OF_MANY = 300000 };
	double *values = memory_resize(NULL, COUNT_OF_MANY, sizeof *values), slope;
	struct random random;
	random_seed(&random, 6, 0);
	for (size_t i = 0; i < COUNT_OF_MANY; i++)
		values[i] = 1e-5 * (double)i + random_normal(&random);
	double p = stats_trend(values, COUNT_OF_MANY, &slope);
	free(values);
	assert_true(p < 1e-6);
	near(slope, 1e-5, 2e-7);
}

static void autocorrelation_is_seen(void **state)
{
	double series[200], value = 0;
	struct random random;
	random_seed(&random, 5, 0);
	for (size_t i = 0; i < COUNT(series); i++)
		series[i] = value = 0.8 * value + random_normal(&random);
	assert_true(fabs(stats_autocorrelation(series, 200) - 0.8) < 0.15);
	near(stats_autocorrelation(series, 3), 0, 0);
}

static void positions_are(struct stats_positions at, size_t low, size_t high)
{
	assert_int_equal(at.needed, 0);
	assert_int_equal(at.low, low);
	assert_int_equal(at.high, high);
}

static void quantile_positions_agree(void **state)
{
	/* quantile_test(...).confidence_interval(0.95) */
	positions_are(stats_quantile_positions(20, 0.5), 5, 14);
	positions_are(stats_quantile_positions(100, 0.95), 89, 99);
	positions_are(stats_quantile_positions(400, 0.99), 391, 399);
	assert_int_equal(stats_quantile_positions(30, 0.9).needed, 36);
	assert_int_equal(stats_quantile_positions(300, 0.99).needed, 368);
}

/* NumPy: hits, their residuals, t.ppf(0.975, blocks - 1) and the autocorrelation of stats.h. */
static void quantile_positions_are_as_sure_as_the_blocks_agree(void **state)
{
	static const double counts[] = {40, 40, 40, 40, 40, 40, 40, 40, 40, 40};
	static const double even[] = {36, 36, 36, 36, 36, 36, 36, 36, 36, 36};
	static const double uneven[] = {38, 36, 38, 35, 37, 36, 36, 38, 35, 31};
	static const double late[] = {40, 40, 40, 40, 40, 40, 40, 24};
	struct stats_positions plain = stats_quantile_positions(400, 0.9);
	assert_true(plain.low > 342 && plain.high < 376);
	positions_are(stats_quantile_blocks(even, counts, 10, 0.9), plain.low, plain.high);
	positions_are(stats_quantile_blocks(uneven, counts, 10, 0.9), 342, 376);
	assert_int_equal(stats_quantile_blocks(late, counts, 8, 0.95).needed, 2189);
	assert_int_equal(stats_quantile_blocks(even, counts, 1, 0.99).needed, 368);
}

/* Of two estimates whose 95 % intervals are just that. */
static void a_quotient_is_as_sure_as_its_parts(void **state)
{
	struct random random;
	random_seed(&random, 8, 0);
	int held = 0;
	for (int i = 0; i < 2000; i++) {
		struct stats_estimate sides[2];
		for (size_t k = 0; k < 2; k++) {
			double error = k == 0 ? 0.05 : 0.03, seen = error * random_normal(&random);
			sides[k] = (struct stats_estimate){
				exp(seen), {exp(seen - 1.96 * error), exp(seen + 1.96 * error)}};
		}
		struct stats_interval quotient = stats_quotient(&sides[0], &sides[1]);
		held += quotient.low <= 1 && quotient.high >= 1;
	}
	print_message("a quotient's interval holds it in %.1f %%\n", held / 20.0);
	assert_in_range(held, 1870, 1930);
	static const struct stats_estimate base = {100, {80, 110}}, other = {200, {190, 400}};
	struct stats_interval quotient = stats_quotient(&base, &other);
	assert_true(fabs(log(2 / quotient.low) - hypot(log(200.0 / 190), log(1.1))) < 1e-12);
	assert_true(fabs(log(quotient.high / 2) - hypot(log(2), log(100.0 / 80))) < 1e-12);
}

/* Resample r takes value (7 r + 3 k^2 + r^2 k + 5 s r k) mod 5 of side s as its k-th; SciPy's
 * scipy.stats._resampling._bca_interval and numpy.percentile were given the same 200 of them. */
#define RESAMPLES 200

static double mean_of_resample(const double *values, size_t r, size_t side)
{
	double sum = 0;
	for (size_t k = 0; k < 5; k++)
		sum += values[(7 * r + 3 * k * k + r * r * k + 5 * side * r * k) % 5];
	return sum / 5;
}

static double mean_without(const double *values, size_t left_out)
{
	return (5 * stats_mean(values, 5) - values[left_out]) / 4;
}

static void bca_ends_where_scipy_says(void **state)
{
	double resampled[RESAMPLES], left_out[5];
	struct bootstrap_jackknife jackknife = {0};
	double mean = stats_mean(ollama_s, 5), other = stats_mean(llamacpp_s, 5);
	for (size_t r = 0; r < RESAMPLES; r++)
		resampled[r] = mean_of_resample(ollama_s, r, 0);
	for (size_t i = 0; i < 5; i++)
		left_out[i] = mean_without(ollama_s, i);
	bootstrap_leave_out(&jackknife, left_out, 5);
	struct bootstrap_bca bca = bootstrap_bca(resampled, RESAMPLES, mean, &jackknife, 0.95);
	near(bca.bias, -0.2533471031357997, 1e-12);
	near(bca.acceleration, 0.049040474398689804, 1e-12);
	near(bca.interval.low, 10.04674, 1e-6);
	near(bca.interval.high, 13.42332, 1e-6);
	/* the logarithm of a ratio of two samples' means */
	for (size_t r = 0; r < RESAMPLES; r++)
		resampled[r] =
			log(mean_of_resample(llamacpp_s, r, 1) / mean_of_resample(ollama_s, r, 0));
	for (size_t i = 0; i < 5; i++)
		left_out[i] = log(other / mean_without(ollama_s, i));
	jackknife = (struct bootstrap_jackknife){0};
	bootstrap_leave_out(&jackknife, left_out, 5);
	for (size_t i = 0; i < 5; i++)
		left_out[i] = log(mean_without(llamacpp_s, i) / mean);
	bootstrap_leave_out(&jackknife, left_out, 5);
	bca = bootstrap_bca(resampled, RESAMPLES, log(other / mean), &jackknife, 0.95);
	near(bca.bias, -0.2533471031357997, 1e-12);
	near(bca.acceleration, -0.044575889732684865, 1e-12);
	near(bca.interval.low, -0.04360921545096791, 1e-9);
	near(bca.interval.high, 0.43685302113939595, 1e-9);
}

static void holm_steps_down(void **state)
{
	double p[] = {0.01, 0.04, 0.03, 0.005}; /* p.adjust(method="holm") in R */
	stats_holm(p, 4);
	near(p[0], 0.03, 1e-12);
	near(p[1], 0.06, 1e-12);
	near(p[2], 0.06, 1e-12);
	near(p[3], 0.02, 1e-12);
	double large[] = {0.6, 0.7};
	stats_holm(large, 2);
	near(large[0], 1, 0);
	near(large[1], 1, 0);
}

static void change_points_are_found(void **state)
{
	double series[60];
	struct random random;
	random_seed(&random, 2, 0);
	for (size_t i = 0; i < 60; i++)
		series[i] = (i < 20 ? 400 : i < 45 ? 980 : 700) + 10 * random_normal(&random);
	size_t at[8];
	double drift;
	assert_int_equal(stats_change_points(series, 60, 2, at, 8, &drift), 2);
	assert_int_equal(at[0], 20);
	assert_int_equal(at[1], 45);
	static const double step[] = {1, 1, 1, 2, 2, 2};
	assert_int_equal(stats_change_points(step, 6, 2, at, 8, &drift), 1);
	assert_int_equal(at[0], 3);
	static const double flat[] = {7, 7, 7, 7, 7, 7};
	assert_int_equal(stats_change_points(flat, 6, 2, at, 8, &drift), 0);
	assert_int_equal(stats_change_points(flat, 1, 2, at, 8, &drift), 0);
}

/* Where nothing changed, change points are rare, however short the series: in at most 5 % of 1,000,
 * and in 12 % where half of each value is the one before it (a machine that is warm for some runs).
 * A step of ten deviations is found all the same, and alone where values are on their own. */
static void noise_has_no_change_points(void **state)
{
	static const struct {
		double alike;
		size_t length;
		int most_false, least_found;
	} cases[] = {{0, 5, 50, 900}, {0, 8, 50, 900}, {0, 12, 50, 900}, {0, 20, 50, 900},
		{0, 40, 50, 900}, {0, 80, 50, 900}, {0.5, 8, 120, 950}, {0.5, 20, 120, 950},
		{0.5, 80, 120, 950}};
	struct random random;
	random_seed(&random, 9, 0);
	for (size_t k = 0; k < COUNT(cases); k++) {
		int found = 0, steps = 0;
		double alike = cases[k].alike, fresh = sqrt(1 - alike * alike);
		for (int round = 0; round < 1000; round++) {
			double series[80], drift, last = random_normal(&random);
			size_t at[8], n = cases[k].length;
			for (size_t i = 0; i < n; i++)
				series[i] = last = alike * last + fresh * random_normal(&random);
			found += stats_change_points(series, n, 2, at, 8, &drift) > 0;
			for (size_t i = n / 2; i < n; i++)
				series[i] += 10;
			size_t count = stats_change_points(series, n, 2, at, 8, &drift);
			for (size_t i = 0; i < count && (alike > 0 || count == 1); i++)
				steps += at[i] == n / 2;
		}
		print_message("%zu points, %.1f alike: %.1f %% false, a step found in %.1f %%\n",
			cases[k].length, alike, found / 10.0, steps / 10.0);
		assert_in_range(found, 0, cases[k].most_false);
		assert_in_range(steps, cases[k].least_found, 1000);
	}
}

/* What gets slower from run to run has no level that changed, and a step is no line. */
static void a_drift_is_no_step(void **state)
{
	struct random random;
	random_seed(&random, 11, 0);
	int marked = 0, told = 0, of_steps = 0;
	for (int round = 0; round < 1000; round++) {
		double line[20], step[20], drift;
		size_t at[8];
		for (size_t i = 0; i < 20; i++) {
			line[i] = random_normal(&random) + 0.5 * (double)i;
			step[i] = random_normal(&random) + (i < 10 ? 0 : 5);
		}
		marked += stats_change_points(line, 20, 2, at, 8, &drift) > 0;
		told += drift > 0.3 && drift < 0.7;
		stats_change_points(step, 20, 2, at, 8, &drift);
		of_steps += drift != 0;
	}
	print_message("of a drift: %.1f %% marked, %.1f %% told; of a step %.1f %% a drift\n",
		marked / 10.0, told / 10.0, of_steps / 10.0);
	assert_in_range(marked, 0, 50);
	assert_in_range(told, 900, 1000);
	assert_in_range(of_steps, 0, 20);
}

/* Beside a zigzag of seven points Student's t of a slope of 1 is 4.5186 through its height; 4.0321
 * is t.ppf(0.995, 5). Of fewer values than two levels have nothing is said. */
static void a_drift_is_told_where_its_slope_is_no_chance(void **state)
{
	static const double heights[] = {1.11, 1.13};
	double drift;
	size_t at[8];
	for (size_t k = 0; k < COUNT(heights); k++) {
		double line[7];
		for (size_t i = 0; i < COUNT(line); i++)
			line[i] = (double)i + (i % 2 == 0 ? heights[k] : -heights[k]);
		assert_int_equal(
			stats_change_points(line, COUNT(line), 2, at, COUNT(at), &drift), 0);
		near(drift, k == 0 ? 1 : 0, 1e-12);
	}
	static const double few[] = {1, 2, 3.0001};
	assert_int_equal(stats_change_points(few, COUNT(few), 2, at, COUNT(at), &drift), 0);
	near(drift, 0, 0);
}

/* One run beside which somebody else used the machine. */
static void a_lone_value_is_no_level(void **state)
{
	struct random random;
	random_seed(&random, 10, 0);
	int found = 0;
	for (int round = 0; round < 1000; round++) {
		double series[20], drift;
		size_t at[8];
		for (size_t i = 0; i < 20; i++)
			series[i] = random_normal(&random) + (i == 9 ? 20 : 0);
		found += stats_change_points(series, 20, 2, at, 8, &drift) > 0;
	}
	print_message("beside a lone value: %.1f %% false\n", found / 10.0);
	assert_in_range(found, 0, 50);
}

static void shares_agree(void **state)
{
	struct stats_interval share = stats_share(682, 925); /* R: binom.test(682, 925) */
	near(share.low, 0.7076683, 1e-7);
	near(share.high, 0.7654066, 1e-7);
	share = stats_share(0, 10); /* 1 - 0.025^(1/10) */
	near(share.low, 0, 0);
	near(share.high, 1 - pow(0.025, 0.1), 1e-12);
	near(stats_share(10, 10).high, 1, 0);
	/* SciPy's page of fisher_exact: [[6, 2], [1, 4]] has 0.10256410256410257 by hand
	 * (132/1287),
	 * [[8, 2], [1, 5]] has 0.034965034965034975. */
	near(stats_shares(8, 10, 1, 6).p, 0.034965034965034975, 1e-12);
	near(stats_shares(6, 8, 1, 5).p, 132.0 / 1287, 1e-12);
}

static void ratios_of_shares_are_those_that_a_test_lets_pass(void **state)
{
	/* statsmodels 0.15.0: confint_proportions_2indep(other, count, base, count,
	 * compare="ratio", method="score", correction=False) */
	struct stats_shares shares = stats_shares(20, 100, 5, 100);
	near(shares.ratio, 0.25, 1e-12);
	near(shares.interval.low, 0.09996937627238475, 1e-6);
	near(shares.interval.high, 0.611965375352057, 1e-6);
	shares = stats_shares(4, 3000, 1, 3000);
	near(shares.interval.low, 0.03759587389149899, 1e-6);
	near(shares.interval.high, 1.6616942741676537, 1e-6);
	shares = stats_shares(1, 6, 6, 6);
	near(shares.interval.low, 1.7746140048063133, 1e-6);
	near(shares.interval.high, 33.27413891935843, 1e-4);
	shares = stats_shares(10, 10, 9, 10);
	assert_true(shares.interval.low < 0.9 && shares.interval.high > 1);
	shares = stats_shares(0, 10, 10, 10);
	near(shares.p, 1.0 / 184756 * 2, 1e-12); /* 2 / choose(20, 10) */
	assert_true(isnan(shares.ratio) && isnan(shares.interval.high));
	near(stats_shares(0, 5, 0, 5).p, 1, 1e-12);
	shares = stats_shares(10, 10, 10, 10);
	near(shares.ratio, 1, 0);
	assert_true(shares.interval.low < 1 && shares.interval.high > 1);
	/* What Fisher's test calls a difference has no 1 in it. */
	shares = stats_shares(5, 6, 0, 6);
	assert_true(shares.p < 0.05);
	near(shares.interval.low, 0, 0);
	near(shares.interval.high, 0.5094705963349039, 1e-6);
	/* What came in none of a few may be more all the same: the root of the score, by SciPy. */
	near(stats_shares(3, 64, 0, 4).interval.high, 14.366313171830978, 1e-6);
	near(stats_shares(1, 10, 0, 10).interval.high, 3.5546356878714556, 1e-6);
}

static void positions_of_a_million_are_found(void **state)
{
	struct stats_positions at = stats_quantile_positions(1000000, 0.99);
	/* n p -+ 1.96 sqrt(n p (1 - p)) */
	assert_in_range(at.low, 989800, 989810);
	assert_in_range(at.high, 990190, 990200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distributions_agree),
		cmocka_unit_test(mann_whitney_is_exact_in_small_samples),
		cmocka_unit_test(mann_whitney_is_exact_with_ties),
		cmocka_unit_test(mann_whitney_of_unlike_sizes_needs_little),
		cmocka_unit_test(mann_whitney_is_normal_in_large_ones),
		cmocka_unit_test(pairs_are_judged_by_all_their_ranks),
		cmocka_unit_test(an_interval_of_pairs_ends_where_its_test_decides),
		cmocka_unit_test(trends_are_seen),
		cmocka_unit_test(a_trend_over_many_values_needs_no_memory_for_their_pairs),
		cmocka_unit_test(autocorrelation_is_seen),
		cmocka_unit_test(quantile_positions_agree),
		cmocka_unit_test(positions_of_a_million_are_found),
		cmocka_unit_test(a_quotient_is_as_sure_as_its_parts),
		cmocka_unit_test(quantile_positions_are_as_sure_as_the_blocks_agree),
		cmocka_unit_test(bca_ends_where_scipy_says),
		cmocka_unit_test(shares_agree),
		cmocka_unit_test(ratios_of_shares_are_those_that_a_test_lets_pass),
		cmocka_unit_test(holm_steps_down),
		cmocka_unit_test(change_points_are_found),
		cmocka_unit_test(noise_has_no_change_points),
		cmocka_unit_test(a_drift_is_no_step),
		cmocka_unit_test(a_drift_is_told_where_its_slope_is_no_chance),
		cmocka_unit_test(a_lone_value_is_no_level),
	};
	return RUN(tests);
}
