/* Seeded random numbers: xoshiro256** (Blackman, Vigna 2018), seeded by SplitMix64. The same (seed,
 * stream) gives the same numbers on every machine; streams are independent. */
#ifndef BENCH_BASE_RANDOM_H
#define BENCH_BASE_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state[4];
};

void random_seed(struct random *random, uint64_t seed, uint64_t stream);
uint64_t random_next(struct random *random);
double random_uniform(struct random *random);                 /* [0, 1) */
uint64_t random_below(struct random *random, uint64_t bound); /* [0, bound), unbiased; bound > 0 */
double random_normal(struct random *random);                  /* mean 0, deviation 1 */
double random_exponential(struct random *random);             /* mean 1 */
/* A seed nobody chose, from the operating system; below 2^53 so that every reader keeps it. */
uint64_t random_fresh_seed(void);

#endif
