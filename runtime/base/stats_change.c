/* Where the level of a series changed: candidates by PELT, for which each value is on its own, and
 * of these the ones that stand beside how much neighbours are alike. */
#include "base/stats.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONE 3 /* deviations, from both neighbours */
#define FALSE_SHARE 0.05
#define UNSURE 10.0 /* points beside which the noise is hardly known */
#define MOST_ALIKE 0.95
#define ALIKE_LEAST 7
#define LINE_LEVEL 0.01

struct sums { /* prefix sums: cost of a segment in constant time */
	double *value, *square;
};

static double segment_cost(const struct sums *sums, size_t from, size_t to)
{
	double n = (double)(to - from), sum = sums->value[to] - sums->value[from];
	return fmax(0, sums->square[to] - sums->square[from] - sum * sum / n);
}

static double noise_variance(const double *values, size_t count)
{
	double *steps = memory_resize(NULL, count, sizeof *steps);
	for (size_t i = 1; i < count; i++)
		steps[i - 1] = values[i] - values[i - 1];
	double slope = (double)count > UNSURE ? stats_median(steps, count - 1) : 0;
	for (size_t i = 0; i + 1 < count; i++)
		steps[i] = fabs(steps[i] - slope);
	/* For normal noise the median of |x - y| is 0.9539 standard deviations. */
	double sigma = stats_median(steps, count - 1) / 0.9539;
	free(steps);
	return sigma * sigma;
}

/* A value that stands out from both of its neighbours is no level: it is taken for the nearer one.
 */
static double *without_lone_values(const double *values, size_t count, size_t shortest)
{
	double *kept = memory_resize(NULL, count, sizeof *kept);
	double far = LONE * sqrt(noise_variance(values, count));
	memcpy(kept, values, count * sizeof *kept);
	for (size_t i = 1; shortest > 1 && i + 1 < count; i++) {
		double low = fmin(values[i - 1], values[i + 1]);
		double high = fmax(values[i - 1], values[i + 1]);
		if (values[i] > high + far)
			kept[i] = high;
		else if (values[i] < low - far)
			kept[i] = low;
	}
	return kept;
}

/* Leaves those that may still be the last change before something behind t; -> how many. */
static size_t prune(const struct sums *sums, const double *best, size_t t, size_t shortest,
	size_t *candidates, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		size_t s = candidates[i];
		if (t - s < shortest || best[s] + segment_cost(sums, s, t) <= best[t])
			candidates[kept++] = s;
	}
	return kept;
}

/* before[t] becomes the best last change before t. */
static void partition(
	const struct sums *sums, size_t count, size_t shortest, double penalty, size_t *before)
{
	double *best = memory_resize(NULL, count + 1, sizeof *best);
	size_t *candidates = memory_resize(NULL, count + 1, sizeof *candidates);
	size_t candidate_count = 1;
	candidates[0] = 0;
	best[0] = 0;
	for (size_t t = 1; t <= count; t++) {
		best[t] = INFINITY;
		before[t] = 0;
		for (size_t i = 0; i < candidate_count && t - candidates[i] >= shortest; i++) {
			size_t s = candidates[i];
			double cost = best[s] + segment_cost(sums, s, t) + penalty;
			if (cost < best[t]) {
				best[t] = cost;
				before[t] = s;
			}
		}
		candidate_count = prune(sums, best, t, shortest, candidates, candidate_count);
		candidates[candidate_count++] = t;
	}
	free(best);
	free(candidates);
}

/* The candidates in their order; returns their number. */
static size_t find_changes(
	const double *values, size_t count, size_t shortest, double penalty, size_t *changes)
{
	struct sums sums = {
		memory_new((count + 1) * sizeof(double)), memory_new((count + 1) * sizeof(double))};
	size_t *before = memory_new((count + 1) * sizeof *before);
	double mean = stats_mean(values, count);
	for (size_t i = 0; i < count; i++) {
		double value = values[i] - mean; /* so that squares keep their digits */
		sums.value[i + 1] = sums.value[i] + value;
		sums.square[i + 1] = sums.square[i] + value * value;
	}
	double tiny = 1e-12 * (segment_cost(&sums, 0, count) + mean * mean);
	partition(&sums, count, shortest, fmax(penalty, tiny), before);
	size_t found = 0;
	for (size_t t = before[count]; t > 0; t = before[t])
		found++;
	size_t place = found;
	for (size_t t = before[count]; t > 0; t = before[t])
		changes[--place] = t;
	free(before);
	free(sums.value);
	free(sums.square);
	return found;
}

/* The segments between changes, and what is left of the values beside their levels. */
struct levels {
	const double *values;
	size_t count;
	const size_t *changes;
	size_t change_count;
	double *residuals;
};

static size_t begin_of(const struct levels *levels, size_t segment)
{
	return segment == 0 ? 0 : levels->changes[segment - 1];
}

static size_t end_of(const struct levels *levels, size_t segment)
{
	return segment == levels->change_count ? levels->count : levels->changes[segment];
}

static double level_of(const struct levels *levels, size_t segment)
{
	size_t begin = begin_of(levels, segment);
	return stats_mean(levels->values + begin, end_of(levels, segment) - begin);
}

/* What is left beside the levels; the sum of its squares. */
static double rest_beside(const struct levels *levels)
{
	double square = 0;
	for (size_t k = 0; k <= levels->change_count; k++) {
		double level = level_of(levels, k);
		for (size_t i = begin_of(levels, k); i < end_of(levels, k); i++) {
			levels->residuals[i] = levels->values[i] - level;
			square += levels->residuals[i] * levels->residuals[i];
		}
	}
	return square;
}

/* How much neighbours are alike: each number that was taken out of the values took some of it,
 * but of few values nobody can tell. */
static double alike(const double *residuals, size_t count, double numbers)
{
	double r = fmax(0, stats_autocorrelation(residuals, count)), n = (double)count;
	return fmin(MOST_ALIKE, r + numbers * (1 + 3 * r) / n * fmax(0, 1 - ALIKE_LEAST / n));
}

/* The error of one value beside its level, wider where neighbours are alike: each change took a
 * level, a place, and the choice of it out of the values. */
static double error_of_one(const struct levels *levels)
{
	double square = rest_beside(levels);
	double n = (double)levels->count, changes = (double)levels->change_count;
	double r = alike(levels->residuals, levels->count, 3 * changes);
	return sqrt(square / (n - changes - 1) * (1 + r) / (1 - r));
}

/* Student's two-sided p that both sides of a change have one level. */
static double p_of(const struct levels *levels, size_t change, double error)
{
	double before = (double)(levels->changes[change] - begin_of(levels, change));
	double behind = (double)(end_of(levels, change + 1) - levels->changes[change]);
	double apart = fabs(level_of(levels, change + 1) - level_of(levels, change));
	double freedom = (double)(levels->count - levels->change_count - 1);
	error *= sqrt(1 / before + 1 / behind);
	return error > 0 ? 2 * stats_student_cdf(-apart / error, freedom) : 0;
}

/* Takes the weakest change away until each would be chance in less than one of twenty series,
 * wherever in it. */
static size_t drop_chance(const double *values, size_t count, size_t *changes, size_t found)
{
	double *residuals = memory_resize(NULL, count, sizeof *residuals);
	while (found > 0) {
		struct levels levels = {values, count, changes, found, residuals};
		double error = error_of_one(&levels), most = 0;
		size_t weakest = 0;
		for (size_t i = 0; i < found; i++) {
			double p = p_of(&levels, i, error);
			if (p > most) {
				most = p;
				weakest = i;
			}
		}
		if (most * (double)count < FALSE_SHARE)
			break;
		memmove(changes + weakest, changes + weakest + 1,
			(--found - weakest) * sizeof *changes);
	}
	free(residuals);
	return found;
}

/* A straight line through all values, and the squares of what it leaves. */
struct line {
	double slope, square, p; /* p: Student's, two-sided, that there is no slope */
};

static struct line line_of(const double *values, size_t count)
{
	double mean = stats_mean(values, count), middle = ((double)count - 1) / 2;
	double times = 0, product = 0;
	for (size_t i = 0; i < count; i++) {
		times += ((double)i - middle) * ((double)i - middle);
		product += ((double)i - middle) * (values[i] - mean);
	}
	struct line line = {.slope = product / times, .p = 1};
	double *residuals = memory_resize(NULL, count, sizeof *residuals);
	for (size_t i = 0; i < count; i++) {
		residuals[i] = values[i] - mean - line.slope * ((double)i - middle);
		line.square += residuals[i] * residuals[i];
	}
	double freedom = (double)count - 2, r = alike(residuals, count, 1);
	double error = sqrt(line.square / freedom / times * (1 + r) / (1 - r));
	if (error > 0)
		line.p = 2 * stats_student_cdf(-fabs(line.slope) / error, freedom);
	free(residuals);
	return line;
}

/* Whether a line says as much as these changes, for what it takes to tell each (Schwarz 1978): a
 * slope, or a level and a place for each change. */
static bool says_as_much(const struct line *line, const double *values, size_t count,
	const size_t *changes, size_t found)
{
	double *residuals = memory_resize(NULL, count, sizeof *residuals), n = (double)count;
	struct levels levels = {values, count, changes, found, residuals};
	double square = rest_beside(&levels), more = 2 * (double)found - 1;
	free(residuals);
	return line->square <= square * exp(more * log(n) / n);
}

size_t stats_change_points(const double *series, size_t count, size_t shortest, size_t *indices,
	size_t most, double *drift)
{
	*drift = 0;
	if (count < 2 * shortest || count < 2)
		return 0;
	double *values = without_lone_values(series, count, shortest);
	size_t *changes = memory_resize(NULL, count, sizeof *changes);
	double n = (double)count;
	double penalty = 3 * log(n) * (1 + UNSURE / n) * noise_variance(series, count);
	size_t found = find_changes(values, count, shortest, penalty, changes);
	struct line line = line_of(values, count);
	/* a step that is too small to be sure of is no line */
	bool drifts = says_as_much(&line, values, count, changes, found);
	found = drop_chance(values, count, changes, found);
	if (found > 0)
		drifts = says_as_much(&line, values, count, changes, found);
	if (drifts)
		found = 0;
	if (drifts && line.p < LINE_LEVEL)
		*drift = line.slope;
	if (found > most)
		found = most;
	memcpy(indices, changes, found * sizeof *indices);
	free(changes);
	free(values);
	return found;
}
