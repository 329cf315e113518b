#include "base/stats.h"

#include "base/memory.h"
#include "base/quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
