/* Is there a difference? Two series of block values (one value a round: the unit of replication),
 * as natural logarithms, so that an effect is a ratio. A verdict is only given where it survives an
 * A/A test: at most 5 % false ones with independent, long-tailed, autocorrelated or drifting noise
 * (tests/unit/test_verdict.c counts them). */
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
	double margin; /* "equal within": 0.05 is 5 % */
	double floor;  /* no difference below it is called: the machine's own A/A noise; 0
			* for none */
};

struct verdict_result {
	enum verdict verdict;
	double ratio;                   /* new / base */
	struct stats_interval interval; /* 95 %, of the ratio */
	double p;                       /* that there is no difference */
	bool equals;  /* within the margin whatever the verdict, beyond a drift through both, too */
	bool doubted; /* unknown only since a drift through both, too small to be seen, could do
		       * it */
	bool ranked;  /* a rank test confirmed it (from 6 blocks on); else Student's
		       * interval alone */
	double base_drift, new_drift; /* last / first of each series, where a trend is seen in it,
					 or through both; else 1 */
	size_t needed; /* blocks that would decide a difference of the margin; 0 where it
			* is decided */
};

/* Rounds in turn: base[i] and other[i] are of one round. count >= 2, else unknown. */
struct verdict_result verdict_paired(const double *base, const double *other, size_t count,
	const struct verdict_settings *settings);
/* One series after the other, each in time order, base first. Both need 2 values at least. */
struct verdict_result verdict_sequential(const double *base, size_t base_count, const double *other,
	size_t other_count, const struct verdict_settings *settings);

#endif
