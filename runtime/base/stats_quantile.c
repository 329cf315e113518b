/* Intervals of quantiles by positions in the sorted sample: distribution-free, for values that know
 * nothing of each other, and for values that come in blocks; and of the ratio of two. */
#include "base/stats.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

#define TAIL 0.025 /* on either side of 95 % */

/* P(X = k) for X ~ binomial(n, p). */
static double binomial_density(size_t k, size_t n, double p)
{
	return exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) +
		   (double)k * log(p) + (double)(n - k) * log1p(-p));
}

/* The first k that can be reached at all: what lies 20 deviations below the mean adds nothing. */
static size_t binomial_start(size_t n, double p)
{
	double mean = (double)n * p;
	double start = mean - 20 * sqrt(mean * (1 - p)) - 20;
	return start > 0 ? (size_t)start : 0;
}

struct stats_positions stats_quantile_positions(size_t count, double p)
{
	double both = fmax(log(TAIL) / log(p), log(TAIL) / log1p(-p));
	struct stats_positions at = {.needed = (size_t)ceil(both - 1e-9)};
	if (count < at.needed)
		return at;
	/* The value at position k (from 0) is above the quantile unless all of k + 1 lie below. */
	size_t k = binomial_start(count, p);
	double below = binomial_density(k, count, p); /* P(X <= k) */
	while (k + 1 < count && below <= TAIL)
		below += binomial_density(++k, count, p);
	at.low = k > 0 ? k - 1 : 0;
	if (k > 0)
		below -= binomial_density(k--, count, p);
	while (k + 1 < count && 1 - below > TAIL)
		below += binomial_density(++k, count, p);
	at.high = k;
	at.needed = 0;
	return at;
}

/* Half the width of the interval of the share at or below the quantile: Student's t of
 * the blocks. */
static double share_reach(
	const double *hits, const double *counts, size_t block_count, double total)
{
	if (block_count < 2)
		return 0;
	double n = (double)block_count, share = 0, square = 0;
	for (size_t i = 0; i < block_count; i++)
		share += hits[i] / total;
	double *residuals = memory_resize(NULL, block_count, sizeof *residuals);
	for (size_t i = 0; i < block_count; i++) {
		residuals[i] = hits[i] - share * counts[i];
		square += residuals[i] * residuals[i];
	}
	double r = fmax(0, stats_autocorrelation(residuals, block_count));
	free(residuals);
	double error = sqrt(square * n / (n - 1) * (1 + r) / (1 - r)) / total;
	return error * stats_student_quantile(1 - TAIL, n - 1);
}

struct stats_positions stats_quantile_blocks(
	const double *hits, const double *counts, size_t block_count, double p)
{
	double total = 0;
	for (size_t i = 0; i < block_count; i++)
		total += counts[i];
	struct stats_positions at = stats_quantile_positions((size_t)total, p);
	if (at.needed > 0)
		return at;
	double reach = share_reach(hits, counts, block_count, total);
	if (p + reach > 1)
		return (struct stats_positions){
			.needed = (size_t)ceil(total * pow(reach / (1 - p), 2))};
	at.low = (size_t)fmin((double)at.low, floor(fmax(0, p - reach) * (total - 1)));
	at.high = (size_t)fmax((double)at.high, ceil((p + reach) * (total - 1)));
	return at;
}

struct stats_interval stats_quotient(
	const struct stats_estimate *base, const struct stats_estimate *other)
{
	const struct stats_interval *a = &base->interval, *b = &other->interval;
	double ratio = other->value / base->value;
	double below = hypot(log(other->value / b->low), log(a->high / base->value));
	double above = hypot(log(b->high / other->value), log(base->value / a->low));
	return (struct stats_interval){ratio * exp(-below), ratio * exp(above)};
}
