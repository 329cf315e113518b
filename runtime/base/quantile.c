#include "base/quantile.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void quantile_sort(double *values, size_t count)
{
	qsort(values, count, sizeof *values, compare);
}

double quantile_linear(const double *sorted, size_t count, double p)
{
	double position = p * (double)(count - 1);
	size_t below = (size_t)position;
	if (below + 1 >= count)
		return sorted[count - 1];
	double share = position - (double)below;
	double low = sorted[below], high = sorted[below + 1];
	/* From the nearer end, as NumPy does: exact at both. */
	return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

bool quantile_supported(size_t count, double p)
{
	return pow(p, (double)count) <= 0.05;
}
