/* Is there a difference between two series, and how large is it? A value is that of one block (a
 * round: the unit of replication) as its natural logarithm, so that a difference is a ratio. Of two
 * series that are alike at most 5 % are called different, whether their noise is independent,
 * long-tailed, autocorrelated or a drift (tests/unit/test_verdict.c counts them). */
#ifndef BENCH_BASE_VERDICT_H
#define BENCH_BASE_VERDICT_H

#include "base/stats.h"

enum verdict {
	VERDICT_LOWER,  /* new is below base */
	VERDICT_HIGHER, /* new is above base */
	VERDICT_EQUAL,  /* within the margin */
	VERDICT_UNKNOWN,
	VERDICT_DRIFT /* what looks like a difference may be the machine that changed meanwhile */
};
const char *verdict_name(enum verdict verdict);

struct verdict_settings {
	double margin; /* equal within it: 0.05 is 5 % */
	double floor;  /* no difference below it is called: the machine's own noise; 0: none */
};

struct verdict_result {
	enum verdict verdict;
	double ratio;                   /* new / base; NaN of too few values, or beyond numbers */
	struct stats_interval interval; /* 95 %, of the ratio; NaN both where one end is */
	double p;                       /* that there is no difference */
	bool equals;  /* within the margin, whatever the verdict, a drift through both or not */
	bool doubted; /* unknown only because a drift too small to be seen could be all of it */
	bool ranked; /* a rank test confirmed it (from 6 blocks on), not Student's interval alone */
	double base_drift, new_drift; /* last / first, where there is a trend; else 1 */
	size_t needed; /* blocks that would decide a difference of the margin; 0: it is decided */
};

/* Of rounds in turn: base[i] and other[i] are of one round. Unknown of fewer than 2. */
struct verdict_result verdict_paired(const double *base, const double *other, size_t count,
	const struct verdict_settings *settings);
/* Of one series after the other, each in the order of time, base first. Unknown of fewer than 2
 * values in either. */
struct verdict_result verdict_sequential(const double *base, size_t base_count, const double *other,
	size_t other_count, const struct verdict_settings *settings);

#endif
