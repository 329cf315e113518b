/* Quantiles: NumPy's default (linear interpolation, Hyndman and Fan's type 7). */
#ifndef BENCH_BASE_QUANTILE_H
#define BENCH_BASE_QUANTILE_H

#include <stdbool.h>
#include <stddef.h>

void quantile_sort(double *values, size_t count);
/* Moves the values, none of them NaN, as far as quantile_linear needs it for this p: in linear
 * time, where a sort for several p would cost more. count > 0, 0 <= p <= 1. */
void quantile_partition(double *values, size_t count, double p);
/* sorted ascending, or partitioned for this p last; count > 0, 0 <= p <= 1. */
double quantile_linear(const double *sorted, size_t count, double p);
/* Whether a sample of this size bounds the quantile from above at 95 % confidence, i.e.
 * 1 - p^n >= 0.95: n >= 29 for p90, 59 for p95, 299 for p99. */
bool quantile_supported(size_t count, double p);

#endif
