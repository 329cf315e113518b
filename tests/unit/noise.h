/* Simulated comparisons: what a machine adds to two series of rounds, and what bench says of them.
 * One seed, so that tests/unit/test_verdict.c and tests/perf/verdict.c judge the same data. */
#ifndef BENCH_UNIT_NOISE_H
#define BENCH_UNIT_NOISE_H

#include "base/random.h"
#include "base/verdict.h"

#include <math.h>

#define NOISE_COMPARISONS 1000
#define NOISE_MOST_ROUNDS 20

enum noise { INDEPENDENT, LONG_TAILED, AUTOCORRELATED, DRIFTING, NOISE_COUNT };
static const char *const noise_names[] = {"independent", "long-tailed", "AR(1) 0.7", "4 % drift"};

/* NOISE_COMPARISONS of this kind; shift is added to the other side's logarithms. In turn
 * is ABBA. */
struct noise_kind {
	enum noise noise;
	double size;
	size_t rounds;
	double shift;
	bool in_turn;
};

struct noise_sides {
	double base[NOISE_MOST_ROUNDS], other[NOISE_MOST_ROUNDS];
};

/* What a machine adds to logarithms over `count` measurements in time order. */
static inline void noise_make(
	struct random *random, enum noise noise, double size, double *out, size_t count)
{
	double before = random_normal(random);
	for (size_t i = 0; i < count; i++) {
		double normal = random_normal(random);
		before = i == 0 ? before : 0.7 * before + sqrt(1 - 0.49) * normal;
		switch (noise) {
		case LONG_TAILED: /* one in ten is late by a third on average */
			out[i] = size * normal +
				 (random_uniform(random) < 0.1
						 ? log1p(0.3 * random_exponential(random))
						 : 0);
			break;
		case AUTOCORRELATED:
			out[i] = size * before;
			break;
		case DRIFTING:
			out[i] = size * normal + 0.04 * (double)i / (double)(count - 1);
			break;
		default:
			out[i] = size * normal;
		}
	}
}

static inline void noise_seed(struct random *random, const struct noise_kind *kind)
{
	random_seed(random, 20261125, (uint64_t)kind->noise * 100 + kind->rounds);
}

/* The next comparison. In turn: base, other, other, base, ... */
static inline void noise_next(
	struct random *random, const struct noise_kind *kind, struct noise_sides *sides)
{
	double series[2 * NOISE_MOST_ROUNDS];
	size_t rounds = kind->rounds;
	noise_make(random, kind->noise, kind->size, series, 2 * rounds);
	for (size_t i = 0; i < rounds; i++) {
		size_t base = kind->in_turn ? 2 * i + i % 2 : i;
		size_t other = kind->in_turn ? 2 * i + 1 - i % 2 : rounds + i;
		sides->base[i] = series[base];
		sides->other[i] = series[other] + kind->shift;
	}
}

static inline enum verdict noise_judge(
	const struct noise_kind *kind, const struct noise_sides *sides)
{
	static const struct verdict_settings usual = {.margin = 0.05};
	size_t rounds = kind->rounds;
	if (kind->in_turn)
		return verdict_paired(sides->base, sides->other, rounds, &usual).verdict;
	return verdict_sequential(sides->base, rounds, sides->other, rounds, &usual).verdict;
}

static inline bool noise_is_called(enum verdict verdict)
{
	return verdict == VERDICT_LOWER || verdict == VERDICT_HIGHER;
}

#endif
