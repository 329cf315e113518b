/* Tests by rank, exact in small samples with ties: Mann-Whitney, Wilcoxon, Mann-Kendall. Mid-ranks
 * are doubled so that they are whole numbers and their sums can be counted. */
#include "base/stats.h"

#include "base/memory.h"
#include "base/quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_PAIRS 400
#define EXACT_DIFFERENCES 50

struct item {
	double value;
	size_t rank; /* twice the mid-rank */
	bool first;  /* of sample a; a positive difference */
};

static int compare_items(const void *a, const void *b)
{
	double x = ((const struct item *)a)->value, y = ((const struct item *)b)->value;
	return (x > y) - (x < y);
}

/* Sorts and ranks; returns the sum over ties of t^3 - t. */
static double rank_items(struct item *items, size_t count)
{
	double ties = 0;
	qsort(items, count, sizeof *items, compare_items);
	for (size_t i = 0; i < count;) {
		size_t j = i;
		while (j < count && items[j].value <= items[i].value)
			j++;
		for (size_t k = i; k < j; k++)
			items[k].rank = i + 1 + j; /* 2 * ((i + 1) + j) / 2 */
		double t = (double)(j - i);
		ties += t * t * t - t;
		i = j;
	}
	return ties;
}

static double two_sided_normal(double distance, double variance)
{
	if (variance <= 0)
		return 1;
	double z = fmax(0, fabs(distance) - 0.5) / sqrt(variance);
	return fmin(1, 2 * stats_normal_cdf(-z));
}

/* The share of all choices of `chosen` items whose rank sum is as far from the middle as `sum`. The
 * number of choices with each sum is counted by dynamic programming. */
static double exact_choice(const struct item *items, size_t count, size_t chosen, size_t sum)
{
	size_t total = 0;
	for (size_t i = 0; i < count; i++)
		total += items[i].rank;
	size_t width = total + 1;
	double *ways = memory_new((chosen + 1) * width * sizeof *ways);
	ways[0] = 1;
	for (size_t i = 0; i < count; i++) {
		size_t most = i < chosen ? i + 1 : chosen;
		for (size_t k = most; k > 0; k--)
			for (size_t s = total; s >= items[i].rank && s < width; s--)
				ways[k * width + s] += ways[(k - 1) * width + s - items[i].rank];
	}
	/* Distances are compared as whole numbers: count * s against chosen * total. */
	double all = 0, far = 0;
	double middle = (double)chosen * (double)total;
	double observed = fabs((double)count * (double)sum - middle);
	for (size_t s = 0; s < width; s++) {
		double number = ways[chosen * width + s];
		all += number;
		if (fabs((double)count * (double)s - middle) >= observed)
			far += number;
	}
	free(ways);
	return far / all;
}

static void fill(struct item *items, const double *values, size_t count, bool first)
{
	for (size_t i = 0; i < count; i++)
		items[i] = (struct item){.value = values[i], .first = first};
}

struct stats_rank stats_mann_whitney(
	const double *a, size_t a_count, const double *b, size_t b_count)
{
	size_t count = a_count + b_count;
	struct item *items = memory_new(count * sizeof *items);
	fill(items, a, a_count, true);
	fill(items + a_count, b, b_count, false);
	double ties = rank_items(items, count);
	size_t sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += items[i].first ? items[i].rank : 0;
	double n = (double)a_count, m = (double)b_count, all = n + m;
	struct stats_rank result = {
		.u = (double)sum / 2 - n * (n + 1) / 2, .exact = a_count * b_count <= EXACT_PAIRS};
	if (result.exact)
		result.p = exact_choice(items, count, a_count, sum);
	else
		result.p = two_sided_normal(
			result.u - n * m / 2, n * m / 12 * (all + 1 - ties / (all * (all - 1))));
	free(items);
	return result;
}

/* The share of all sign patterns whose positive rank sum is as far from the middle as `sum`. */
static double exact_signs(const struct item *items, size_t count, size_t sum)
{
	size_t total = 0;
	for (size_t i = 0; i < count; i++)
		total += items[i].rank;
	double *ways = memory_new((total + 1) * sizeof *ways);
	ways[0] = 1;
	for (size_t i = 0; i < count; i++)
		for (size_t s = total; s >= items[i].rank && s <= total; s--)
			ways[s] += ways[s - items[i].rank];
	double all = 0, far = 0, observed = fabs(2.0 * (double)sum - (double)total);
	for (size_t s = 0; s <= total; s++) {
		all += ways[s];
		if (fabs(2.0 * (double)s - (double)total) >= observed)
			far += ways[s];
	}
	free(ways);
	return far / all;
}

struct stats_rank stats_signed_rank(const double *differences, size_t count)
{
	struct item *items = memory_new(count * sizeof *items);
	size_t kept = 0;
	for (size_t i = 0; i < count; i++)
		if (differences[i] > 0 || differences[i] < 0)
			items[kept++] = (struct item){
				.value = fabs(differences[i]), .first = differences[i] > 0};
	double ties = rank_items(items, kept);
	size_t sum = 0;
	for (size_t i = 0; i < kept; i++)
		sum += items[i].first ? items[i].rank : 0;
	double n = (double)kept;
	struct stats_rank result = {
		.u = (double)sum / 2, .p = 1, .exact = kept <= EXACT_DIFFERENCES};
	if (kept > 0 && result.exact)
		result.p = exact_signs(items, kept, sum);
	else if (kept > 0)
		result.p = two_sided_normal(
			result.u - n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24 - ties / 48);
	free(items);
	return result;
}

double stats_shift(const double *a, size_t a_count, const double *b, size_t b_count)
{
	double *differences = memory_new(a_count * b_count * sizeof *differences);
	for (size_t i = 0; i < a_count; i++)
		for (size_t j = 0; j < b_count; j++)
			differences[i * b_count + j] = a[i] - b[j];
	double shift = stats_median(differences, a_count * b_count);
	free(differences);
	return shift;
}

static double theil_sen(const double *values, size_t count)
{
	double *slopes = memory_new(count * count * sizeof *slopes);
	size_t pairs = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			slopes[pairs++] = (values[j] - values[i]) / (double)(j - i);
	double slope = pairs == 0 ? 0 : stats_median(slopes, pairs);
	free(slopes);
	return slope;
}

double stats_trend(const double *values, size_t count, double *slope)
{
	if (slope != NULL)
		*slope = theil_sen(values, count);
	if (count < 4)
		return 1;
	double s = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			s += (values[j] > values[i]) - (values[j] < values[i]);
	struct item *items = memory_new(count * sizeof *items);
	fill(items, values, count, true);
	rank_items(items, count);
	double n = (double)count, variance = n * (n - 1) * (2 * n + 5);
	for (size_t i = 0; i < count;) {
		size_t j = i;
		while (j < count && items[j].value <= items[i].value)
			j++;
		double t = (double)(j - i);
		variance -= t * (t - 1) * (2 * t + 5);
		i = j;
	}
	free(items);
	/* S moves in steps of two: the continuity correction is one. */
	return two_sided_normal(s / 2, variance / 18 / 4);
}
