/* Shares: how many of how many. */
#include "base/stats.h"

#include <math.h>

/* Where the beta distribution reaches p, by halving. */
static double beta_quantile(double p, double a, double b)
{
	double low = 0, high = 1;
	for (int i = 0; i < 100 && high - low > 1e-14 * high; i++) {
		double middle = (low + high) / 2;
		if (stats_beta_cdf(middle, a, b) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

struct stats_interval stats_share(size_t hits, size_t count)
{
	double tail = 0.025, x = (double)hits, rest = (double)(count - hits);
	return (struct stats_interval){
		.low = hits == 0 ? 0 : beta_quantile(tail, x, rest + 1),
		.high = hits == count ? 1 : beta_quantile(1 - tail, x + 1, rest),
	};
}

static double log_choose(double n, double k)
{
	return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* The sum of all tables of these margins that are no likelier than the one that came. */
static double fisher(size_t base_hits, size_t base_count, size_t other_hits, size_t other_count)
{
	size_t hits = base_hits + other_hits;
	size_t least = hits > other_count ? hits - other_count : 0;
	size_t most = hits < base_count ? hits : base_count;
	double all = log_choose((double)(base_count + other_count), (double)hits);
	double seen = log_choose((double)base_count, (double)base_hits) +
		      log_choose((double)other_count, (double)other_hits) - all;
	double p = 0;
	for (size_t k = least; k <= most; k++) {
		double one = log_choose((double)base_count, (double)k) +
			     log_choose((double)other_count, (double)(hits - k)) - all;
		if (one <= seen + 1e-7)
			p += exp(one);
	}
	return fmin(1, p);
}

/* The square of how many standard errors lie between the other share and `ratio` times the base's,
 * where that is the truth: at the likeliest shares of this ratio. */
static double score(double ratio, const double hits[2], const double count[2])
{
	double sum = ratio * (count[1] + hits[0]) + hits[1] + count[0];
	double all = hits[0] + hits[1];
	double root = sqrt(fmax(0, sum * sum - 4 * ratio * (count[0] + count[1]) * all));
	double base = 2 * all / (sum + root), other = ratio * base;
	double variance = fmax(
		0, other * (1 - other) / count[1] + ratio * ratio * base * (1 - base) / count[0]);
	double distance = hits[1] / count[1] - ratio * hits[0] / count[0];
	return distance == 0 ? 0 : distance * distance / variance;
}

/* The last ratio from `near` towards `far` that a test would let pass. */
static double last_ratio(double near, double far, const double hits[2], const double count[2])
{
	const double limit = 3.841458820694124; /* of 5 in 100, chi squared with one degree */
	for (int i = 0; i < 100; i++) {
		double middle = sqrt(near * far);
		if (score(middle, hits, count) <= limit)
			near = middle;
		else
			far = middle;
	}
	return near;
}

struct stats_shares stats_shares(
	size_t base_hits, size_t base_count, size_t other_hits, size_t other_count)
{
	struct stats_shares shares = {
		.p = fisher(base_hits, base_count, other_hits, other_count),
		.ratio = NAN,
		.interval = {NAN, NAN},
	};
	if (base_hits == 0)
		return shares;
	const double hits[] = {(double)base_hits, (double)other_hits};
	const double count[] = {(double)base_count, (double)other_count};
	const double most = 1e24; /* times the ratio: beyond all that these counts can tell */
	shares.ratio = hits[1] / count[1] / (hits[0] / count[0]);
	double near = fmax(shares.ratio, 1 / most);
	shares.interval.low = other_hits == 0 ? 0 : last_ratio(near, near / most, hits, count);
	shares.interval.high = last_ratio(near, fmax(near, 1) * most, hits, count);
	return shares;
}
