/* Rows of columns that belong together, and rows in order. */
#include "base/columns.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A group so far and a value in the next column make the group from then on. */
struct pair {
	uint64_t value;
	uint32_t group, next; /* next: from 1; 0 is a free place */
};

struct pairs {
	struct pair *places;
	size_t mask;
	uint32_t count;
};

static uint64_t bits_of(double value)
{
	uint64_t bits;
	if (isnan(value))
		return UINT64_MAX;
	value += 0.0; /* -0 is 0 */
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

static uint64_t mix(uint64_t value, uint32_t group)
{
	uint64_t hash = (value ^ (uint64_t)group * UINT64_C(0x9e3779b97f4a7c15)) *
			UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 32;
}

static uint32_t next_group(struct pairs *pairs, uint64_t value, uint32_t group)
{
	size_t place = (size_t)mix(value, group) & pairs->mask;
	struct pair *pair = &pairs->places[place];
	while (pair->next != 0 && (pair->value != value || pair->group != group)) {
		place = (place + 1) & pairs->mask;
		pair = &pairs->places[place];
	}
	if (pair->next == 0)
		*pair = (struct pair){value, group, ++pairs->count};
	return pair->next - 1;
}

/* Divides the groups further, by one column more. -> how many they are now. */
static uint32_t divide(const struct columns *columns, size_t column, const uint32_t *rows,
	size_t count, uint32_t *groups)
{
	size_t places = 1;
	while (places < 2 * count)
		places *= 2;
	struct pairs pairs = {
		.places = memory_new(places * sizeof *pairs.places), .mask = places - 1};
	for (size_t i = 0; i < count; i++)
		groups[i] = next_group(
			&pairs, bits_of(columns_value(columns, column, rows[i])), groups[i]);
	free(pairs.places);
	return pairs.count;
}

/* Counting sort by group; then ends[g] is where group g ends. */
static void gather(const uint32_t *groups, size_t group_count, const uint32_t *rows, size_t count,
	uint32_t *order, uint32_t *ends)
{
	memset(ends, 0, group_count * sizeof *ends);
	for (size_t i = 0; i < count; i++)
		if (groups[i] + 1 < group_count)
			ends[groups[i] + 1]++;
	for (size_t g = 1; g < group_count; g++)
		ends[g] += ends[g - 1];
	for (size_t i = 0; i < count; i++)
		order[ends[groups[i]]++] = rows[i];
}

size_t columns_group(const struct columns *columns, const size_t *by, size_t by_count,
	const uint32_t *rows, size_t count, uint32_t *order, uint32_t *ends)
{
	if (count == 0)
		return 0;
	uint32_t *groups = memory_new(count * sizeof *groups);
	size_t group_count = 1;
	for (size_t i = 0; i < by_count; i++)
		group_count = divide(columns, by[i], rows, count, groups);
	gather(groups, group_count, rows, count, order, ends);
	free(groups);
	return group_count;
}

struct place {
	double value;
	uint32_t row, before;
};

/* No value is behind any other. */
static int order_of(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return (a > b) - (a < b);
}

static int compare(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int order = order_of(a->value, b->value);
	return order != 0 ? order : (a->before > b->before) - (a->before < b->before);
}

void columns_sort(const struct columns *columns, size_t column, uint32_t *rows, size_t count)
{
	struct place *places = memory_resize(NULL, count, sizeof *places);
	bool sorted = true;
	for (size_t i = 0; i < count; i++) {
		places[i] = (struct place){
			columns_value(columns, column, rows[i]), rows[i], (uint32_t)i};
		sorted = sorted && (i == 0 || order_of(places[i - 1].value, places[i].value) <= 0);
	}
	if (!sorted)
		qsort(places, count, sizeof *places, compare);
	for (size_t i = 0; i < count; i++)
		rows[i] = places[i].row;
	free(places);
}
