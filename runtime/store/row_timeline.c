/* When the token events of a request came, as JSON arrays: of a long answer the row is hardly
 * anything but this. */
#include "store/row.h"

#include "base/decimal.h"
#include "base/memory.h"

#include <string.h>

#define NUMBER_SIZE 21 /* the digits of 64 bits, and a comma */

/* JSON arrays over the events, of numbers from 0, written from their end to their beginning; of
 * those from `first` alone what follows on the others. */
struct array {
	char *text, *at;
	size_t size;
};

static struct array begin_array(const struct exchange *exchange, size_t first)
{
	size_t size = (exchange->event_count - first + 1) * NUMBER_SIZE;
	char *text = memory_resize(NULL, size, 1);
	struct array array = {text, text + size - 2, size};
	memcpy(array.at, "]", 2);
	return array;
}

static void put_before(struct array *array, size_t event, int64_t number)
{
	array->at = decimal_before(array->at, (uint64_t)number);
	*--array->at = event > 0 ? ',' : '[';
}

static struct store_value end_array(struct row *row, const struct array *array)
{
	row_own(row, array->text);
	return store_bytes(array->at, (size_t)(array->text + array->size - 1 - array->at));
}

static struct store_value event_array(struct row *row, const struct exchange *exchange,
	size_t first, int64_t (*field)(const struct exchange *, size_t))
{
	struct array array = begin_array(exchange, first);
	for (size_t i = exchange->event_count; i-- > first;)
		put_before(&array, i, field(exchange, i));
	return end_array(row, &array);
}

/* Each in µs since t0, rounded from the absolute time, so that errors do not add up. */
static struct store_value time_array(struct row *row, const struct exchange *exchange, size_t first)
{
	struct array array = begin_array(exchange, first);
	int64_t since = exchange->t_last_token - exchange->t_start;
	for (size_t i = exchange->event_count; i-- > first;) {
		put_before(&array, i, since > 0 ? (since + 500) / 1000 : 0);
		since -= exchange_gap(exchange, i);
	}
	return end_array(row, &array);
}

static int64_t event_tokens(const struct exchange *exchange, size_t i)
{
	return exchange->event_marks[i].tokens;
}

static int64_t event_channel(const struct exchange *exchange, size_t i)
{
	return exchange->event_marks[i].channel;
}

static int64_t event_shared(const struct exchange *exchange, size_t i)
{
	return exchange->event_marks[i].shared;
}

/* What some events have that is not as usual, 0 for nothing. Its array is NULL then. */
struct unusual {
	int tokens, channel, shared;
};

static void look_for_unusual(
	struct unusual *found, const struct exchange *exchange, size_t first, size_t end)
{
	const struct exchange_mark *marks = exchange->event_marks;
	for (size_t i = first; marks != NULL && i < end; i++) {
		found->tokens |= marks[i].tokens ^ 1;
		found->channel |= marks[i].channel ^ CHANNEL_CONTENT;
		found->shared |= marks[i].shared;
	}
}

/* How many events need not be written again: those that were, unless an array begins with what came
 * since. */
static size_t events_kept(const struct recorder_context *context, const struct exchange *exchange,
	struct unusual *all)
{
	size_t count = exchange->event_count, kept = context->events_given;
	if (exchange->outcome != OUTCOME_RUNNING || kept > count)
		kept = 0;
	struct unusual before = {0};
	look_for_unusual(&before, exchange, 0, kept);
	*all = before;
	look_for_unusual(all, exchange, kept, count);
	bool same = !before.tokens == !all->tokens && !before.channel == !all->channel &&
		    !before.shared == !all->shared;
	return same ? kept : 0;
}

static void put_arrays(
	struct row *row, const struct exchange *exchange, size_t kept, const struct unusual *is)
{
	struct store_value *values = row->timeline;
	values[2] = time_array(row, exchange, kept);
	values[3] = is->tokens ? event_array(row, exchange, kept, event_tokens) : store_null();
	values[4] = is->channel ? event_array(row, exchange, kept, event_channel) : store_null();
	values[5] = is->shared ? event_array(row, exchange, kept, event_shared) : store_null();
	values[6] = store_integer((int64_t)(kept > 0 ? kept : exchange->event_count));
	values[7] = store_integer(exchange->attempts);
}

void row_build_timeline(struct row *row, const struct row_place *place,
	const struct recorder_context *context, const struct exchange *exchange, bool whole)
{
	/* of an attempt that came before, or of an answer that turned out to be no stream */
	bool may_be_kept = exchange->attempts > 1 || exchange->flags & EXCHANGE_RECONNECTED ||
			   context->events_given > 0;
	row->timeline[0] = store_integer(place->run);
	row->timeline[1] = store_integer(context->seq);
	row->timeline_name = may_be_kept ? "timeline_clear" : NULL;
	row->timeline_count = 2;
	row->grown = false;
	if (exchange->event_count == 0 || exchange->t_start == EXCHANGE_NONE)
		return;
	struct unusual unusual;
	size_t kept = events_kept(context, exchange, &unusual);
	row->grown = kept > 0 && !whole;
	row->timeline_name = row->grown ? "timeline_grown" : "timeline";
	row->timeline_count = ROW_TIMELINE_COLUMNS;
	put_arrays(row, exchange, row->grown ? kept : 0, &unusual);
}
