/* Tests by rank, exact in small samples with ties: Mann-Whitney, pairs, Mann-Kendall. Mid-ranks
 * are doubled so that they are whole numbers and their sums can be counted. */
#include "base/stats.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

#define EXACT_PAIRS 400
#define EXACT_SIGNS 12
#define MOST_TREND 1000
#define BISECTIONS 30 /* a billionth of the range of the values */

struct item {
	double value;
	size_t rank; /* twice the mid-rank */
	bool first;  /* of sample a */
	size_t pair;
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
 * number of choices with each sum is counted by dynamic programming; `items` ascend, so that k of
 * those seen so far sum to k times the last one's rank at most. */
static double exact_choice(const struct item *items, size_t count, size_t chosen, size_t sum)
{
	size_t total = 0;
	for (size_t i = 0; i < count; i++)
		total += items[i].rank;
	if (chosen > count - chosen) { /* those that are left are as far from the middle */
		chosen = count - chosen;
		sum = total - sum;
	}
	size_t width = chosen * items[count - 1].rank + 1;
	double *ways = memory_new((chosen + 1) * width * sizeof *ways);
	ways[0] = 1;
	for (size_t i = 0; i < count; i++) {
		size_t most = i < chosen ? i + 1 : chosen;
		for (size_t k = most; k > 0; k--)
			for (size_t s = k * items[i].rank; s >= items[i].rank; s--)
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

/* The share of all sign patterns of these scores whose sum is as far from zero as theirs: how many
 * have which sum of positive ones is counted by dynamic programming. */
static double exact_signs(const double *scores, size_t count)
{
	size_t total = 0, positive = 0;
	for (size_t i = 0; i < count; i++) {
		total += (size_t)fabs(scores[i]);
		positive += scores[i] > 0 ? (size_t)scores[i] : 0;
	}
	double *ways = memory_new((total + 1) * sizeof *ways);
	ways[0] = 1;
	for (size_t i = 0; i < count; i++)
		for (size_t s = total, score = (size_t)fabs(scores[i]); s >= score && s <= total;
			s--)
			ways[s] += ways[s - score];
	double all = 0, far = 0, observed = fabs(2.0 * (double)positive - (double)total);
	for (size_t s = 0; s <= total; s++) {
		all += ways[s];
		if (fabs(2.0 * (double)s - (double)total) >= observed)
			far += ways[s];
	}
	free(ways);
	return far / all;
}

static double normal_signs(const double *scores, size_t count, double sum)
{
	double variance = 0;
	for (size_t i = 0; i < count; i++)
		variance += scores[i] * scores[i];
	return variance > 0 ? 2 * stats_normal_cdf(-fabs(sum) / sqrt(variance)) : 1;
}

/* All values are ranked together; a pair's score is by how many ranks its other value is higher. */
static double score_pairs(
	const double *base, const double *other, size_t count, double shift, double *scores)
{
	struct item *items = memory_new(2 * count * sizeof *items);
	for (size_t i = 0; i < count; i++) {
		items[2 * i] = (struct item){.value = base[i], .pair = i};
		items[2 * i + 1] =
			(struct item){.value = other[i] - shift, .pair = i, .first = true};
		scores[i] = 0;
	}
	rank_items(items, 2 * count);
	double sum = 0;
	for (size_t i = 0; i < 2 * count; i++) {
		double rank = items[i].first ? (double)items[i].rank : -(double)items[i].rank;
		scores[items[i].pair] += rank;
		sum += rank;
	}
	free(items);
	return sum;
}

struct stats_rank stats_pairs(const double *base, const double *other, size_t count, double shift)
{
	double *scores = memory_new(count * sizeof *scores);
	double sum = score_pairs(base, other, count, shift, scores);
	bool exact = count <= EXACT_SIGNS;
	struct stats_rank result = {.u = sum / 2,
		.exact = exact,
		.p = exact ? exact_signs(scores, count) : normal_signs(scores, count, sum)};
	free(scores);
	return result;
}

/* The shift up to which (side 1), or from which on (-1), pairs say at this p that the other values
 * are still higher, or already lower. */
static double border(
	const double *base, const double *other, size_t count, double p, int side, double reach)
{
	double low = -reach, high = reach;
	for (int i = 0; i < BISECTIONS; i++) {
		double middle = (low + high) / 2;
		struct stats_rank at = stats_pairs(base, other, count, middle);
		bool says = at.u * side > 0 && at.p <= p;
		if (says == (side > 0))
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

struct stats_interval stats_pairs_interval(
	const double *base, const double *other, size_t count, double p)
{
	double reach = 0; /* more than any two values are apart */
	for (size_t i = 0; i < count; i++)
		reach = fmax(reach, fmax(fabs(base[i]), fabs(other[i])));
	reach = 2 * reach + 1;
	return (struct stats_interval){
		border(base, other, count, p, 1, reach), border(base, other, count, p, -1, reach)};
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

/* Of all pairs of many values there are more than any memory holds. */
static double trend_of_stretches(const double *values, size_t count, double *slope)
{
	double medians[MOST_TREND];
	for (size_t i = 0; i < MOST_TREND; i++) {
		size_t from = i * count / MOST_TREND, to = (i + 1) * count / MOST_TREND;
		medians[i] = stats_median(values + from, to - from);
	}
	double p = stats_trend(medians, MOST_TREND, slope);
	*slope *= (double)MOST_TREND / (double)count;
	return p;
}

double stats_trend(const double *values, size_t count, double *slope)
{
	if (count > MOST_TREND)
		return trend_of_stretches(values, count, slope);
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
