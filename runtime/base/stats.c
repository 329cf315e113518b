#include "base/stats.h"

#include "base/memory.h"
#include "base/quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONE 3 /* deviations, from both neighbours */

double stats_mean(const double *values, size_t count)
{
	double sum = 0, lost = 0; /* Kahan */
	for (size_t i = 0; i < count; i++) {
		double term = values[i] - lost, next = sum + term;
		lost = (next - sum) - term;
		sum = next;
	}
	return sum / (double)count;
}

double stats_deviation(const double *values, size_t count)
{
	if (count < 2)
		return 0;
	double mean = stats_mean(values, count), sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += (values[i] - mean) * (values[i] - mean);
	return sqrt(sum / (double)(count - 1));
}

double stats_median(const double *values, size_t count)
{
	double *copy = memory_resize(NULL, count, sizeof *copy);
	memcpy(copy, values, count * sizeof *copy);
	quantile_partition(copy, count, 0.5);
	double median = quantile_linear(copy, count, 0.5);
	free(copy);
	return median;
}

double stats_autocorrelation(const double *values, size_t count)
{
	if (count < 4)
		return 0;
	double mean = stats_mean(values, count), square = 0, product = 0;
	for (size_t i = 0; i < count; i++) {
		double here = values[i] - mean;
		square += here * here;
		if (i > 0)
			product += here * (values[i - 1] - mean);
	}
	if (square <= 0)
		return 0;
	double r = product / square;
	r += (1 + 3 * r) / (double)count;
	return fmax(-0.99, fmin(0.99, r));
}

void stats_holm(double *p, size_t count)
{
	double floor = 0;
	bool *done = memory_new(count * sizeof *done);
	for (size_t left = count; left > 0; left--) {
		size_t smallest = count;
		for (size_t i = 0; i < count; i++)
			if (!done[i] && (smallest == count || p[i] < p[smallest]))
				smallest = i;
		floor = fmax(floor, fmin(1, p[smallest] * (double)left));
		p[smallest] = floor;
		done[smallest] = true;
	}
	free(done);
}

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
		steps[i - 1] = fabs(values[i] - values[i - 1]);
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

/* before[t] becomes the best last change before t. */
static void partition(
	const struct sums *sums, size_t count, size_t shortest, double penalty, size_t *before)
{
	double *best = memory_resize(NULL, count + 1, sizeof *best);
	size_t *candidates = memory_resize(NULL, count + 1, sizeof *candidates);
	size_t candidate_count = 1;
	candidates[0] = 0;
	best[0] = -penalty;
	for (size_t t = 1; t <= count; t++) {
		best[t] = INFINITY;
		before[t] = 0;
		for (size_t i = 0; i < candidate_count; i++) {
			size_t s = candidates[i];
			double cost = t - s < shortest
					      ? INFINITY
					      : best[s] + segment_cost(sums, s, t) + penalty;
			if (cost < best[t]) {
				best[t] = cost;
				before[t] = s;
			}
		}
		size_t kept = 0;
		for (size_t i = 0; i < candidate_count; i++) {
			size_t s = candidates[i];
			if (t - s < shortest || best[s] + segment_cost(sums, s, t) <= best[t])
				candidates[kept++] = s;
		}
		candidate_count = kept;
		candidates[candidate_count++] = t;
	}
	free(best);
	free(candidates);
}

size_t stats_change_points(
	const double *series, size_t count, size_t shortest, size_t *indices, size_t most)
{
	if (count < 2 * shortest || count < 2)
		return 0;
	double *values = without_lone_values(series, count, shortest);
	struct sums sums = {
		memory_new((count + 1) * sizeof(double)), memory_new((count + 1) * sizeof(double))};
	double mean = stats_mean(values, count);
	for (size_t i = 0; i < count; i++) {
		double value = values[i] - mean; /* so that squares keep their digits */
		sums.value[i + 1] = sums.value[i] + value;
		sums.square[i + 1] = sums.square[i] + value * value;
	}
	double tiny = 1e-12 * (segment_cost(&sums, 0, count) + mean * mean);
	double n = (double)count, unsure = 1 + 10 / n; /* the noise of few is hardly known */
	double penalty = fmax(3 * log(n) * unsure * noise_variance(series, count), tiny);
	size_t *before = memory_new((count + 1) * sizeof *before);
	partition(&sums, count, shortest, penalty, before);
	size_t found = 0;
	for (size_t t = before[count]; t > 0; t = before[t])
		found++;
	size_t place = found;
	for (size_t t = before[count]; t > 0; t = before[t])
		if (--place < most)
			indices[place] = t;
	free(before);
	free(values);
	free(sums.value);
	free(sums.square);
	return found < most ? found : most;
}
