/* Efron's BCa interval (1987) out of what was resampled, for tests alone: tests/perf/interval.c
 * shows at how many rounds it may be believed, and so why bench has none. */
#ifndef BENCH_UNIT_BOOTSTRAP_H
#define BENCH_UNIT_BOOTSTRAP_H

#include "base/quantile.h"
#include "base/stats.h"

#include <math.h>

/* What the acceleration is made of: statistics with one value (block) of a sample left out. */
struct bootstrap_jackknife {
	double square, cube;
};

/* Adds one sample's; `left_out` has as many as the sample has values. */
static inline void bootstrap_leave_out(
	struct bootstrap_jackknife *jackknife, const double *left_out, size_t count)
{
	double mean = stats_mean(left_out, count), n = (double)count;
	for (size_t i = 0; i < count; i++) {
		double influence = (n - 1) * (mean - left_out[i]);
		jackknife->square += influence * influence / (n * n);
		jackknife->cube += influence * influence * influence / (n * n * n);
	}
}

struct bootstrap_bca {
	double bias, acceleration;
	struct stats_interval interval;
};

static inline double bootstrap_share(const struct bootstrap_bca *bca, double z)
{
	double sum = bca->bias + z;
	return stats_normal_cdf(bca->bias + sum / (1 - bca->acceleration * sum));
}

/* resampled: the statistic of each resample; gets sorted. */
static inline struct bootstrap_bca bootstrap_bca(double *resampled, size_t count, double observed,
	const struct bootstrap_jackknife *jackknife, double confidence)
{
	double below = 0;
	for (size_t i = 0; i < count; i++)
		below += resampled[i] < observed ? 1 : resampled[i] > observed ? 0 : 0.5;
	double least = 0.5 / (double)count, share = below / (double)count;
	struct bootstrap_bca bca = {
		.bias = stats_normal_quantile(fmax(least, fmin(1 - least, share)))};
	if (jackknife->square > 0)
		bca.acceleration = jackknife->cube / (6 * pow(jackknife->square, 1.5));
	double z = stats_normal_quantile((1 + confidence) / 2);
	quantile_sort(resampled, count);
	bca.interval.low = quantile_linear(resampled, count, bootstrap_share(&bca, -z));
	bca.interval.high = quantile_linear(resampled, count, bootstrap_share(&bca, z));
	return bca;
}

#endif
