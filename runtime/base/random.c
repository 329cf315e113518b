#include "base/random.h"

#include "base/clock.h"

#include <math.h>
#include <sys/random.h>
#include <unistd.h>

static uint64_t split_mix(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void random_seed(struct random *random, uint64_t seed, uint64_t stream)
{
	/* The stream is mixed before it meets the seed: (1, 2) and (2, 1) have nothing
	 * in common. */
	uint64_t state = stream ^ UINT64_C(0x6a09e667f3bcc909);
	state = seed ^ split_mix(&state);
	for (int i = 0; i < 4; i++)
		random->state[i] = split_mix(&state);
}

static uint64_t rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

uint64_t random_next(struct random *random)
{
	uint64_t *s = random->state;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

double random_uniform(struct random *random)
{
	return (double)(random_next(random) >> 11) * 0x1.0p-53;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
	/* Values below 2^64 mod bound would favour small results: draw again. */
	uint64_t threshold = -bound % bound;
	uint64_t value;
	do
		value = random_next(random);
	while (value < threshold);
	return value % bound;
}

double random_normal(struct random *random)
{
	double radius = sqrt(2 * random_exponential(random));
	return radius * cos(2 * M_PI * random_uniform(random)); /* Box, Muller 1958 */
}

double random_exponential(struct random *random)
{
	return -log1p(-random_uniform(random));
}

uint64_t random_fresh_seed(void)
{
	uint64_t seed;
	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint64_t)clock_wall_ns() ^ ((uint64_t)getpid() << 40);
	return seed & ((UINT64_C(1) << 53) - 1);
}
