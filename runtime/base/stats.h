/* Statistics of small samples. Lengths are counts of values; nothing is allocated for the caller.
 * The source of each formula is named where it stands. */
#ifndef BENCH_BASE_STATS_H
#define BENCH_BASE_STATS_H

#include <stdbool.h>
#include <stddef.h>

struct stats_interval {
	double low, high;
};

double stats_mean(const double *values, size_t count);      /* count > 0 */
double stats_deviation(const double *values, size_t count); /* n - 1; 0 for one value */
double stats_median(const double *values, size_t count);    /* count > 0; values in any order */
/* Lag-one autocorrelation, corrected for its bias of -(1 + 3r)/n (Marriott and Pope 1954), within
 * [-0.99, 0.99]; 0 below 4 values or where they are all equal. */
double stats_autocorrelation(const double *values, size_t count);

/* Distributions. */
double stats_normal_cdf(double z);
double stats_normal_quantile(double p);             /* 0 < p < 1 */
double stats_student_cdf(double t, double freedom); /* freedom > 0 */
double stats_student_quantile(double p, double freedom);
double stats_beta_cdf(double x, double a, double b); /* a, b > 0 */

/* 95 % order-statistic interval of a quantile (distribution-free). */
struct stats_positions {
	size_t low, high; /* in the sorted sample, from 0 */
	size_t needed;    /* 0; else the sample has no such interval: the size that would do for the
			     upper bound */
};
struct stats_positions stats_quantile_positions(size_t count, double p);
/* The same of values that come in blocks (rounds) and may be alike within one: counts[i] values in
 * block i, of them hits[i] at or below the sample's quantile. The share below it is as sure as the
 * blocks agree on it (Woodruff 1952), less so where neighbours are alike; never surer than without
 * blocks. None also where the blocks differ too much for the sample to have an upper bound. */
struct stats_positions stats_quantile_blocks(
	const double *hits, const double *counts, size_t block_count, double p);

/* A value above 0 and where it may be. */
struct stats_estimate {
	double value;
	struct stats_interval interval;
};
/* Where other / base may be, at the confidence of both, of estimates that know nothing of each
 * other: both are seldom at their far ends at once (Zou and Donner 2008, of logarithms). */
struct stats_interval stats_quotient(
	const struct stats_estimate *base, const struct stats_estimate *other);

/* Mann-Whitney U of a against b: the number of pairs with a > b, ties half. Two-sided p: exact,
 * given the ties, up to 400 values a pair of samples (n * m); else normal with tie and continuity
 * correction. */
struct stats_rank {
	double u;
	double p;
	bool exact;
};
struct stats_rank stats_mann_whitney(
	const double *a, size_t a_count, const double *b, size_t b_count);
/* Pairs: are the other values, `shift` taken off, higher than their base values? All values are
 * ranked together, and what the pairs' differences of ranks add up to is compared with what they
 * would if each pair were turned round at random (the rank transformation of Conover and Iman 1981
 * with its permutation test): one late value weighs no more than its rank. Two-sided p: exact up to
 * 12 pairs, else normal. u is above 0 where the other values are higher. Where each pair lies
 * symmetrically about 0 it is Wilcoxon's signed rank test, with ranks less a half. */
struct stats_rank stats_pairs(const double *base, const double *other, size_t count, double shift);
/* The shifts at which stats_pairs has a p above this one. With p = 1 both ends are at, or around,
 * the estimate: Hodges' and Lehmann's shift, the median of all differences other - base. */
struct stats_interval stats_pairs_interval(
	const double *base, const double *other, size_t count, double p);

/* Mann-Kendall's two-sided p of a monotone trend (normal with tie correction; n >= 4, else 1), and
 * the Theil-Sen slope per step; of more than 1,000 values those of as many stretches' medians. */
double stats_trend(const double *values, size_t count, double *slope);

/* Exact 95 % interval of a share (Clopper and Pearson 1934). count > 0, hits <= count. */
struct stats_interval stats_share(size_t hits, size_t count);
/* Two shares. p: Fisher's exact test, two-sided. ratio: other / base; NaN where base has no hit.
 * interval: 95 %, the ratios that a score test lets pass (Koopman 1984); NaN where base has no hit.
 * Both counts > 0. */
struct stats_shares {
	double p, ratio;
	struct stats_interval interval;
};
struct stats_shares stats_shares(
	size_t base_hits, size_t base_count, size_t other_hits, size_t other_count);

/* Holm's step-down: replaces each p by its adjusted one. */
void stats_holm(double *p, size_t count);

/* Change points of a series' level: the first index of each new segment, at least `shortest` long,
 * by PELT (Killick et al. 2012) with squared error and a penalty of 3 log n times the noise
 * variance, which is taken from first differences (so that neither steps nor a drift count as
 * noise), and more where these are few; a lone value that stands out is no segment. The weakest are
 * taken away until each has a Student's p, with residuals as alike as their neighbours are, below
 * 0.05 / n: at most one in twenty series of normal noise has any, one in eight where half of each
 * value comes from the one before. Returns their number. Where a straight line says as much there
 * is none, and *drift is its slope per step, else 0. */
size_t stats_change_points(const double *series, size_t count, size_t shortest, size_t *indices,
	size_t most, double *drift);

#endif
