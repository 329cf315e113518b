/* The aggregates percentile(x, p), median(x) and stddev(x) for SQL. The first two mean what
 * SQLite's own extension of that name means (p from 0 to 100, linear interpolation, NULLs left
 * out); stddev is of a sample (n - 1), NULL below two values. */
#include "store/store_internal.h"

#include "base/memory.h"
#include "base/quantile.h"
#include "base/stats.h"

#include <math.h>
#include <stdlib.h>

struct sample {
	double *values;
	size_t count, capacity;
	double percent;
	bool any;
};

static void sample_add(struct sample *sample, double value)
{
	sample->values = memory_grown(
		sample->values, sample->count, &sample->capacity, sizeof *sample->values);
	sample->values[sample->count++] = value;
}

/* False when the row ends the query (an error is set) or has no value. */
static bool sample_value(sqlite3_context *context, sqlite3_value *argument, double *value)
{
	int type = sqlite3_value_type(argument);
	if (type == SQLITE_NULL)
		return false;
	if (type != SQLITE_INTEGER && type != SQLITE_FLOAT) {
		sqlite3_result_error(context, "the values of this aggregate must be numbers", -1);
		return false;
	}
	*value = sqlite3_value_double(argument);
	if (!isfinite(*value)) {
		sqlite3_result_error(context, "this aggregate cannot take infinite values", -1);
		return false;
	}
	return true;
}

static bool sample_percent(sqlite3_context *context, struct sample *sample, sqlite3_value *argument)
{
	int type = sqlite3_value_numeric_type(argument);
	double percent = sqlite3_value_double(argument);
	if ((type != SQLITE_INTEGER && type != SQLITE_FLOAT) || !(percent >= 0 && percent <= 100)) {
		sqlite3_result_error(context,
			"2nd argument to percentile() is not a number between 0.0 and 100.0", -1);
		return false;
	}
	if (sample->any && percent != sample->percent) {
		sqlite3_result_error(context,
			"2nd argument to percentile() is not the same for all input rows", -1);
		return false;
	}
	sample->percent = percent;
	sample->any = true;
	return true;
}

static void sample_step(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	struct sample *sample = sqlite3_aggregate_context(context, (int)sizeof *sample);
	if (sample == NULL) {
		sqlite3_result_error_nomem(context);
		return;
	}
	if (count == 2 && !sample_percent(context, sample, arguments[1]))
		return;
	if (count == 1)
		sample->percent = 50;
	double value;
	if (sample_value(context, arguments[0], &value))
		sample_add(sample, value);
}

static void percentile_final(sqlite3_context *context)
{
	struct sample *sample = sqlite3_aggregate_context(context, 0);
	if (sample == NULL)
		return;
	if (sample->count > 0) {
		double p = sample->percent / 100;
		quantile_partition(sample->values, sample->count, p);
		sqlite3_result_double(context, quantile_linear(sample->values, sample->count, p));
	}
	free(sample->values);
}

static void stddev_final(sqlite3_context *context)
{
	struct sample *sample = sqlite3_aggregate_context(context, 0);
	if (sample == NULL)
		return;
	if (sample->count > 1)
		sqlite3_result_double(context, stats_deviation(sample->values, sample->count));
	free(sample->values);
}

static bool add(sqlite3 *db, const char *name, int arguments, void (*final)(sqlite3_context *))
{
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
	return sqlite3_create_function_v2(db, name, arguments, flags, NULL, NULL, sample_step,
		       final, NULL) == SQLITE_OK;
}

bool store_register_functions(sqlite3 *db)
{
	return add(db, "percentile", 2, percentile_final) &&
	       add(db, "median", 1, percentile_final) && add(db, "stddev", 1, stddev_final);
}
