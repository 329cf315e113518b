#include "base/quantile.h"

#include <math.h>
#include <stdlib.h>

/* To divide; a median of three halves well but for a sample made against it. */
#define MOST_TRIES 100

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void quantile_sort(double *values, size_t count)
{
	qsort(values, count, sizeof *values, compare);
}

static double middle_of(double a, double b, double c)
{
	return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

static void swap(double *a, double *b)
{
	double kept = *a;
	*a = *b;
	*b = kept;
}

/* Hoare's selection: values[rank] is what a sort would put there, none before it is greater, none
 * behind it less. */
static void select_rank(double *values, size_t count, size_t rank)
{
	ptrdiff_t from = 0, to = (ptrdiff_t)count - 1, wanted = (ptrdiff_t)rank;
	for (int tries = 0; from < to && tries < MOST_TRIES; tries++) {
		double pivot = middle_of(values[from], values[from + (to - from) / 2], values[to]);
		ptrdiff_t low = from, high = to;
		while (low <= high) {
			while (values[low] < pivot)
				low++;
			while (values[high] > pivot)
				high--;
			if (low <= high)
				swap(&values[low++], &values[high--]);
		}
		if (wanted > high && wanted < low)
			return;
		from = wanted <= high ? from : low;
		to = wanted <= high ? high : to;
	}
	if (from < to)
		quantile_sort(values + from, (size_t)(to - from) + 1);
}

void quantile_partition(double *values, size_t count, double p)
{
	size_t below = (size_t)(p * (double)(count - 1));
	select_rank(values, count, below);
	for (size_t i = below + 2; i < count; i++)
		if (values[i] < values[below + 1])
			swap(&values[i], &values[below + 1]);
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
