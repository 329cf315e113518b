/* The summary of a run: statistics of each metric over each group (backend, call, label, phase).
 * Exact, from all rows. Which requests count and what each metric is say
 * db/statements/summary_*.sql. */
#include "store/store_internal.h"

#include "base/memory.h"
#include "base/quantile.h"
#include "base/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct series {
	char *metric, *unit; /* unit NULL: none */
	double *values;
	size_t count, capacity;
	int64_t missing;
};

enum { GROUP_COLUMNS = 4 };

struct group {
	struct store_value key[GROUP_COLUMNS]; /* backend, call, label, phase; texts owned */
	struct series *series;
	size_t series_count;
};

/* The groups are sorted as SQL would: in the order of their keys. */
struct summary {
	struct store *store;
	struct error *error;
	int64_t run;
	struct group *groups;
	size_t count, capacity;
};

/* The columns of summary_requests. */
enum { EVENT_T = GROUP_COLUMNS, EVENT_N, COUNTED, WAIT, TTFT, E2E = TTFT + 3, FIRST_METRIC = TTFT };

/* The series of a group of requests: these, its metrics, and at the end those by the plan. */
enum { ICL, ITL, OF_COLUMNS };
enum { E2E_SCHEDULED, TTFT_SCHEDULED, WAITED, BY_PLAN };

static void series_add(struct series *series, double value)
{
	series->values = memory_grown(
		series->values, series->count, &series->capacity, sizeof *series->values);
	series->values[series->count++] = value;
}

static struct series *series_new(struct group *group, const char *metric, const char *unit)
{
	group->series =
		memory_resize(group->series, group->series_count + 1, sizeof *group->series);
	struct series *series = &group->series[group->series_count++];
	*series = (struct series){.metric = memory_text(metric), .unit = memory_text(unit)};
	return series;
}

static double mean_of(const struct series *series)
{
	return series->count > 0 ? stats_mean(series->values, series->count) : NAN;
}

static double stddev_of(const struct series *series)
{
	return series->count > 1 ? stats_deviation(series->values, series->count) : NAN;
}

static double quantile_of(struct series *series, double p)
{
	if (series->count == 0)
		return NAN;
	quantile_partition(series->values, series->count, p);
	return quantile_linear(series->values, series->count, p);
}

static bool series_write(
	const struct summary *summary, const struct group *group, struct series *series)
{
	const struct store_value *key = group->key;
	const struct store_value row[] = {store_integer(summary->run), key[0], key[1], key[2],
		key[3], store_text(series->metric), store_text(series->unit),
		store_integer((int64_t)series->count), store_integer(series->missing),
		store_real(mean_of(series)), store_real(stddev_of(series)),
		store_real(quantile_of(series, 0)), store_real(quantile_of(series, 0.5)),
		store_real(quantile_of(series, 0.9)), store_real(quantile_of(series, 0.95)),
		store_real(quantile_of(series, 0.99)), store_real(quantile_of(series, 1))};
	return store_run(summary->store, "summary", row, sizeof row / sizeof *row, summary->error);
}

static bool group_write(const struct summary *summary, const struct group *group)
{
	for (size_t i = 0; i < group->series_count; i++) {
		struct series *series = &group->series[i];
		if (series->count + (size_t)series->missing > 0 &&
			!series_write(summary, group, series))
			return false;
	}
	return true;
}

static void value_free(struct store_value *value)
{
	if (value->type == STORE_TEXT)
		free((char *)value->text);
	*value = store_null();
}

static struct store_value value_copy(const struct store_value *value)
{
	if (value->type != STORE_TEXT)
		return *value;
	return store_bytes(memory_bytes(value->text, value->size), value->size);
}

static void group_free(struct group *group)
{
	for (size_t i = 0; i < group->series_count; i++) {
		free(group->series[i].metric);
		free(group->series[i].unit);
		free(group->series[i].values);
	}
	free(group->series);
	for (size_t i = 0; i < GROUP_COLUMNS; i++)
		value_free(&group->key[i]);
}

static int order_of(int64_t left, int64_t right)
{
	return (left > right) - (left < right);
}

static int compare_values(const struct store_value *left, const struct store_value *right)
{
	if (left->type != right->type)
		return order_of(left->type, right->type);
	if (left->type == STORE_INTEGER)
		return order_of(left->integer, right->integer);
	if (left->type != STORE_TEXT)
		return 0;
	size_t shared = left->size < right->size ? left->size : right->size;
	int order = memcmp(left->text, right->text, shared);
	return order != 0 ? order : order_of(left->size, right->size);
}

static int compare_keys(const struct store_value *left, const struct store_value *right)
{
	int order = 0;
	for (size_t i = 0; i < GROUP_COLUMNS && order == 0; i++)
		order = compare_values(&left[i], &right[i]);
	return order;
}

static struct group *group_insert(
	struct summary *summary, size_t place, const struct store_value *key)
{
	summary->groups = memory_grown(
		summary->groups, summary->count, &summary->capacity, sizeof *summary->groups);
	struct group *group = &summary->groups[place];
	memmove(group + 1, group, (summary->count++ - place) * sizeof *group);
	*group = (struct group){0};
	for (size_t i = 0; i < GROUP_COLUMNS; i++)
		group->key[i] = value_copy(&key[i]);
	return group;
}

/* That of a row, whose first columns are the key; until the next one is asked for. */
static struct group *group_of(struct summary *summary, const struct store_value *key)
{
	size_t low = 0, high = summary->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_keys(summary->groups[middle].key, key);
		if (order == 0)
			return &summary->groups[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return group_insert(summary, low, key);
}

/* No value, and what a strange file holds instead of a number, is missing. */
static void series_take(struct series *series, const struct store_value *value)
{
	if (value->type == STORE_INTEGER)
		series_add(series, (double)value->integer);
	else if (value->type == STORE_REAL)
		series_add(series, value->real);
	else
		series->missing++;
}

/* What a strange file holds beyond them is not believed. */
#define MOST_DIGITS 18       /* of a number */
#define MOST_TOKENS 10000000 /* of an answer */

/* The next number of a JSON array of whole numbers from 0. strtoll would cost more than all else of
 * an event. */
static bool next_number(const char **json, int64_t *number)
{
	const char *at = *json;
	int64_t value = 0;
	while (*at == '[' || *at == ',' || *at == ' ')
		at++;
	const char *start = at;
	for (; *at >= '0' && *at <= '9' && at - start < MOST_DIGITS; at++)
		value = value * 10 + (*at - '0');
	*number = value;
	*json = at;
	return at > start;
}

static int64_t total_tokens(const char *n)
{
	int64_t number, total = 0;
	while (total <= MOST_TOKENS && next_number(&n, &number))
		total += number;
	return total;
}

/* Gaps between events, of which it gives the number. */
static int64_t add_gaps_of_events(struct series *icl, const char *t)
{
	int64_t events = 0, before = 0, now;
	for (; next_number(&t, &now); before = now)
		if (events++ > 0)
			series_add(icl, (double)(now - before) / 1e3);
	return events;
}

/* Gaps per token: an event of n tokens is n gaps of an n-th each, but the first one's tokens came
 * together. n NULL: each event is one. */
static void add_gaps_of_tokens(struct series *itl, const double *gaps, size_t count, const char *n)
{
	int64_t tokens = 1;
	if (n != NULL)
		next_number(&n, &tokens);
	for (; tokens > 1; tokens--)
		series_add(itl, 0);
	for (size_t i = 0; i < count; i++) {
		if (n != NULL)
			next_number(&n, &tokens);
		for (int64_t token = 0; token < tokens; token++)
			series_add(itl, gaps[i] / (double)tokens);
	}
}

/* Those per token exist where the events' tokens are known, i.e. add up to the server's count. */
static void add_gaps(struct series *icl, struct series *itl, const struct store_value *values)
{
	const struct store_value *counted = &values[COUNTED];
	const char *n = values[EVENT_N].type == STORE_TEXT ? values[EVENT_N].text : NULL;
	size_t first = icl->count;
	int64_t events = add_gaps_of_events(icl, store_text_of(&values[EVENT_T]));
	size_t gaps = icl->count - first;
	bool known = counted->type == STORE_INTEGER && counted->integer <= MOST_TOKENS &&
		     counted->integer == (n != NULL ? total_tokens(n) : events);
	if (known && gaps > 0)
		add_gaps_of_tokens(itl, icl->values + first, gaps, n);
	icl->missing += gaps == 0;
	itl->missing += !(known && gaps > 0);
}

/* A metric's column is called "ttft ms". */
static void series_of_column(struct group *group, const char *column)
{
	char name[64];
	size_t size = strcspn(column, " ");
	snprintf(name, sizeof name, "%.*s", (int)size, column);
	series_new(group, name, column[size] == ' ' ? column + size + 1 : NULL);
}

static void series_of_requests(struct group *group, const struct store_row *row)
{
	series_new(group, "icl", "ms");
	series_new(group, "itl", "ms");
	for (size_t i = FIRST_METRIC; i < row->count; i++)
		series_of_column(group, row->columns[i]);
	series_new(group, "e2e_sched", "ms");
	series_new(group, "ttft_sched", "ms");
	series_new(group, "wait", "ms");
}

static void take_later(struct series *series, struct store_value value, double wait)
{
	if (value.type == STORE_REAL)
		value.real += wait;
	series_take(series, &value);
}

/* What users waited who came when the plan said, counted from the planned time. */
static void take_by_plan(struct series *by_plan, const struct store_value *values)
{
	if (values[WAIT].type != STORE_REAL)
		return;
	take_later(&by_plan[E2E_SCHEDULED], values[E2E], values[WAIT].real);
	take_later(&by_plan[TTFT_SCHEDULED], values[TTFT], values[WAIT].real);
	series_take(&by_plan[WAITED], &values[WAIT]);
}

static bool take_request(void *context, const struct store_row *row)
{
	const struct store_value *values = row->values;
	struct group *group = group_of(context, values);
	if (group->series_count == 0)
		series_of_requests(group, row);
	add_gaps(&group->series[ICL], &group->series[ITL], values);
	for (size_t i = FIRST_METRIC; i < row->count; i++)
		series_take(&group->series[OF_COLUMNS + i - FIRST_METRIC], &values[i]);
	take_by_plan(&group->series[group->series_count - BY_PLAN], values);
	return true;
}

static bool same_series(
	const struct series *series, const struct store_value *name, const struct store_value *unit)
{
	if (strcmp(series->metric, store_text_of(name)) != 0)
		return false;
	if (unit->type != STORE_TEXT || series->unit == NULL)
		return unit->type != STORE_TEXT && series->unit == NULL;
	return strcmp(series->unit, unit->text) == 0;
}

/* Columns: the group, then name, unit, value; sorted. A name with another unit is
 * another series. */
static bool take_metric(void *context, const struct store_row *row)
{
	struct group *group = group_of(context, row->values);
	const struct store_value *name = &row->values[GROUP_COLUMNS], *unit = name + 1,
				 *value = name + 2;
	struct series *last =
		group->series_count > 0 ? &group->series[group->series_count - 1] : NULL;
	if (last == NULL || !same_series(last, name, unit))
		last = series_new(
			group, store_text_of(name), unit->type == STORE_TEXT ? unit->text : NULL);
	series_take(last, value);
	return true;
}

static bool gather(struct store *store, int64_t run, const char *statement, store_row_fn take,
	struct error *error)
{
	struct summary summary = {.store = store, .error = error, .run = run};
	const struct store_value id = store_integer(run);
	const struct store_question question = {
		.values = &id, .count = 1, .row = take, .context = &summary};
	bool ok = store_read(store, statement, &question, error);
	for (size_t i = 0; i < summary.count; i++) {
		ok = ok && group_write(&summary, &summary.groups[i]);
		group_free(&summary.groups[i]);
	}
	free(summary.groups);
	return ok;
}

static bool summarise_locked(struct store *store, int64_t run, struct error *error)
{
	const struct store_value id = store_integer(run);
	return store_run(store, "summary_clear", &id, 1, error) &&
	       gather(store, run, "summary_requests", take_request, error) &&
	       gather(store, run, "summary_metrics", take_metric, error) &&
	       store_run(store, "summary_done", &id, 1, error);
}

bool store_summarise(struct store *store, int64_t run, struct error *error)
{
	if (!sqlite3_get_autocommit(store->db))
		return summarise_locked(store, run, error);
	return store_begin(store, error) &&
	       store_end(store, summarise_locked(store, run, error), error);
}
