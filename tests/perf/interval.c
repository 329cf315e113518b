/* interval: how often 95 % intervals hold the truth, of simulated comparisons of two sides that are
 * the same (tests/unit/noise.h; REQUESTS a round): those that bench prints of percentiles, and
 * those that a BCa bootstrap of whole rounds (circular blocks of them where neighbours are alike)
 * would give of percentiles and of a ratio of sums. Bench gives none where its rounds are too few:
 * how often it gave one stands in brackets. */
#include "base/memory.h"
#include "bootstrap.h"
#include "noise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPARISONS 300
#define RESAMPLES 500
#define REQUESTS 20
#define MOST_ROUNDS 100
#define ROUND_NOISE 0.05
#define REQUEST_NOISE 0.1
#define WIDTH "%-28s %-19s"

struct value {
	double value;
	size_t round;
};

/* One side: its requests in order of their values, and sums of their rounds. */
struct side {
	struct value values[MOST_ROUNDS * REQUESTS];
	double work[MOST_ROUNDS], seconds[MOST_ROUNDS];
};

struct comparison {
	enum noise noise;
	size_t rounds;
	bool in_turn;
	double p; /* of the percentile; 0: a ratio of sums */
	struct side base, other;
};

static int compare_values(const void *a, const void *b)
{
	double x = ((const struct value *)a)->value, y = ((const struct value *)b)->value;
	return (x > y) - (x < y);
}

static void fill(struct random *random, struct side *side, const double *levels, size_t rounds)
{
	for (size_t i = 0; i < rounds; i++) {
		side->work[i] = side->seconds[i] = 0;
		for (size_t j = 0; j < REQUESTS; j++) {
			double time = exp(levels[i] + REQUEST_NOISE * random_normal(random));
			double work = exp(0.5 * random_normal(random));
			side->values[i * REQUESTS + j] = (struct value){time, i};
			side->work[i] += work;
			side->seconds[i] += work * time;
		}
	}
	qsort(side->values, rounds * REQUESTS, sizeof side->values[0], compare_values);
}

static void next(struct random *random, struct comparison *one)
{
	double series[2 * MOST_ROUNDS], base[MOST_ROUNDS], other[MOST_ROUNDS];
	noise_make(random, one->noise, ROUND_NOISE, series, 2 * one->rounds);
	for (size_t i = 0; i < one->rounds; i++) {
		base[i] = series[one->in_turn ? 2 * i + i % 2 : i];
		other[i] = series[one->in_turn ? 2 * i + 1 - i % 2 : one->rounds + i];
	}
	fill(random, &one->base, base, one->rounds);
	fill(random, &one->other, other, one->rounds);
}

/* The value that as many as `rank` lie below where round i is there times[i] times, `total`
 * in all. */
static double at_rank(const struct comparison *one, const struct side *side, const unsigned *times,
	size_t total, size_t rank)
{
	size_t left = total, i = one->rounds * REQUESTS;
	while (i > 0 && left > rank)
		left -= times[side->values[--i].round];
	return side->values[i].value;
}

/* The logarithm of a side's statistic, NumPy's percentile or the ratio of sums. */
static double statistic(
	const struct comparison *one, const struct side *side, const unsigned *times)
{
	double work = 0, seconds = 0;
	size_t total = 0;
	for (size_t i = 0; i < one->rounds; i++) {
		work += times[i] * side->work[i];
		seconds += times[i] * side->seconds[i];
		total += (size_t)times[i] * REQUESTS;
	}
	if (one->p <= 0)
		return log(work / seconds);
	double place = one->p * (double)(total - 1);
	double lower = at_rank(one, side, times, total, (size_t)place);
	double upper = at_rank(one, side, times, total, (size_t)ceil(place));
	return log(lower + (place - floor(place)) * (upper - lower));
}

static double effect(
	const struct comparison *one, const unsigned *base_times, const unsigned *other_times)
{
	return statistic(one, &one->other, other_times) - statistic(one, &one->base, base_times);
}

/* Rounds that are left out, or drawn, together: n^(1/3) of them where neighbours are alike. */
static size_t block_of(const struct comparison *one)
{
	return one->noise == AUTOCORRELATED ? (size_t)ceil(cbrt((double)one->rounds)) : 1;
}

static void draw(struct random *random, unsigned *times, size_t rounds, size_t block)
{
	memset(times, 0, rounds * sizeof *times);
	for (size_t drawn = 0; drawn < rounds;) {
		size_t start = (size_t)random_below(random, rounds);
		for (size_t k = 0; k < block && drawn < rounds; k++, drawn++)
			times[(start + k) % rounds]++;
	}
}

static void take_all(unsigned *times, size_t rounds)
{
	for (size_t i = 0; i < rounds; i++)
		times[i] = 1;
}

/* One side's rounds are left out; in turn, both sides'. */
static void leave_out(
	const struct comparison *one, bool of_base, struct bootstrap_jackknife *jackknife)
{
	double effects[MOST_ROUNDS] = {0};
	unsigned times[MOST_ROUNDS], all[MOST_ROUNDS];
	size_t block = block_of(one), count = 0;
	take_all(all, one->rounds);
	for (size_t from = 0; from < one->rounds; from += block) {
		take_all(times, one->rounds);
		for (size_t i = from; i < from + block && i < one->rounds; i++)
			times[i] = 0;
		effects[count++] = effect(one, of_base || one->in_turn ? times : all,
			of_base && !one->in_turn ? all : times);
	}
	bootstrap_leave_out(jackknife, effects, count);
}

static bool bootstrap_holds(struct random *random, const struct comparison *one)
{
	unsigned base[MOST_ROUNDS], other[MOST_ROUNDS];
	double effects[RESAMPLES];
	struct bootstrap_jackknife jackknife = {0};
	take_all(base, one->rounds);
	double observed = effect(one, base, base);
	for (size_t i = 0; i < RESAMPLES; i++) {
		draw(random, base, one->rounds, block_of(one));
		draw(random, other, one->rounds, block_of(one));
		effects[i] = effect(one, base, one->in_turn ? base : other);
	}
	leave_out(one, false, &jackknife);
	if (!one->in_turn)
		leave_out(one, true, &jackknife);
	struct stats_interval interval =
		bootstrap_bca(effects, RESAMPLES, observed, &jackknife, 0.95).interval;
	return interval.low <= 0 && interval.high >= 0;
}

/* As lib/compare/reduce.lua asks for it. */
static bool read_estimate(
	const struct comparison *one, const struct side *side, struct stats_estimate *estimate)
{
	double counts[MOST_ROUNDS], hits[MOST_ROUNDS] = {0};
	size_t total = one->rounds * REQUESTS;
	for (size_t i = 0; i < one->rounds; i++)
		counts[i] = REQUESTS;
	for (size_t i = 0; i <= (size_t)(one->p * (double)(total - 1)); i++)
		hits[side->values[i].round]++;
	struct stats_positions at = stats_quantile_blocks(hits, counts, one->rounds, one->p);
	if (at.needed > 0)
		return false;
	unsigned all[MOST_ROUNDS];
	take_all(all, one->rounds);
	*estimate = (struct stats_estimate){exp(statistic(one, side, all)),
		{side->values[at.low].value, side->values[at.high].value}};
	return true;
}

static void count_both(
	struct random *random, const struct comparison *one, int *bootstrap, int *given, int *held)
{
	struct stats_estimate base, other;
	*bootstrap += bootstrap_holds(random, one);
	if (one->p <= 0 || !read_estimate(one, &one->base, &base) ||
		!read_estimate(one, &one->other, &other))
		return;
	++*given;
	struct stats_interval quotient = stats_quotient(&base, &other);
	*held += quotient.low <= 1 && quotient.high >= 1;
}

static void judge(struct comparison *one)
{
	struct random random;
	random_seed(&random, 20261126, one->noise * 1000 + one->rounds);
	int bootstrap = 0, given = 0, held = 0;
	for (int i = 0; i < COMPARISONS; i++) {
		next(&random, one);
		count_both(&random, one, &bootstrap, &given, &held);
	}
	char ours[24] = "";
	if (one->p > 0)
		snprintf(ours, sizeof ours, given == 0 ? "none" : "%3.0f (%.0f)",
			100.0 * held / (given > 0 ? given : 1), 100.0 * given / COMPARISONS);
	printf("  %3.0f %-9s", 100.0 * bootstrap / COMPARISONS, ours);
	fflush(stdout);
}

static void print_line(const char *what, struct comparison *one)
{
	static const size_t rounds[] = {10, 20, 50, 100};
	char name[64];
	snprintf(name, sizeof name, "%s, %s", what, noise_names[one->noise]);
	printf(WIDTH, name, one->in_turn ? "in turn" : "one after the other");
	for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++) {
		one->rounds = rounds[i];
		judge(one);
	}
	printf("\n");
}

int main(void)
{
	static const struct {
		const char *name;
		double p;
	} quantities[] = {{"ratio of sums", 0}, {"p90", 0.9}, {"p99", 0.99}};
	struct comparison *one = memory_new(sizeof *one);
	printf(WIDTH "  %-13s  %-13s  %-13s  %-13s\n", "held by 95 % intervals, in %", "order",
		"10 rounds:", "20 rounds:", "50 rounds:", "100 rounds:");
	printf(WIDTH "  %-13s  %-13s  %-13s  %-13s\n", "", "", "BCa bench", "BCa bench",
		"BCa bench", "BCa bench");
	for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++)
		for (int noise = INDEPENDENT; noise <= AUTOCORRELATED; noise++)
			for (int apart = 0; apart < 2; apart++) {
				one->noise = (enum noise)noise;
				one->in_turn = !apart;
				one->p = quantities[i].p;
				print_line(quantities[i].name, one);
			}
	free(one);
	return 0;
}
