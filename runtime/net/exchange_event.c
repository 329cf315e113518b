/* Token events: when each came, and how many tokens it is by the server's running total. */
#include "net/exchange_state.h"

#include "base/memory.h"

#include <stdlib.h>

#define UNSENT_MOST 8 /* tokens: the marks around thoughts and calls */

/* Tokens of an event out of the server's running total. Tokens of messages without text go to the
 * next event with text. A total that falls, or does not grow with text, is no running total; where
 * it grows by more than a token for each byte, nobody knows when the rest was made. */
static uint32_t count_event(struct exchange_state *state, bool event)
{
	int64_t total = state->now.total;
	if (total > 0 && total < state->highest_total)
		state->uncounted = true;
	if (total > state->highest_total)
		state->highest_total = total;
	if (!event)
		return 0;
	int64_t grown = total == EXCHANGE_NONE ? 0 : total - state->total;
	if (grown <= 0 || grown > (int64_t)state->now.size + UNSENT_MOST) {
		state->uncounted = true;
		return 0;
	}
	state->total = total;
	return (uint32_t)grown;
}

static void grow_events(struct exchange *exchange)
{
	/* half as much again: thousands of streams hold them at the same time */
	size_t capacity = exchange->event_capacity + exchange->event_capacity / 2 + 16;
	if (exchange->long_gaps != NULL)
		exchange->long_gaps =
			memory_resize(exchange->long_gaps, capacity, sizeof *exchange->long_gaps);
	else
		exchange->gaps = memory_resize(exchange->gaps, capacity, sizeof *exchange->gaps);
	if (exchange->event_marks != NULL)
		exchange->event_marks = memory_resize(
			exchange->event_marks, capacity, sizeof *exchange->event_marks);
	exchange->event_capacity = capacity;
}

/* The first gap of more than four seconds. */
static void begin_long_gaps(struct exchange *exchange)
{
	int64_t *gaps = memory_resize(NULL, exchange->event_capacity, sizeof *gaps);
	for (size_t i = 0; i < exchange->event_count; i++)
		gaps[i] = exchange->gaps[i];
	free(exchange->gaps);
	exchange->gaps = NULL;
	exchange->long_gaps = gaps;
}

static void put_gap(struct exchange *exchange, int64_t gap)
{
	if (exchange->gaps != NULL && gap > UINT32_MAX)
		begin_long_gaps(exchange);
	if (exchange->gaps != NULL)
		exchange->gaps[exchange->event_count] = (uint32_t)gap;
	else
		exchange->long_gaps[exchange->event_count] = gap;
}

/* The first event that is unlike most: those before it were alike. */
static void begin_marks(struct exchange *exchange)
{
	struct exchange_mark *marks = memory_resize(NULL, exchange->event_capacity, sizeof *marks);
	for (size_t i = 0; i < exchange->event_count; i++)
		marks[i] = exchange_mark_of(exchange, i);
	exchange->event_marks = marks;
}

void exchange_add_event(struct exchange *exchange, int64_t t_ns, struct exchange_mark mark)
{
	bool usual = mark.tokens == 1 && mark.channel == CHANNEL_CONTENT && !mark.shared &&
		     !mark.counted;
	if (exchange->event_count == exchange->event_capacity)
		grow_events(exchange);
	if (!usual && exchange->event_marks == NULL)
		begin_marks(exchange);
	if (exchange->event_marks != NULL)
		exchange->event_marks[exchange->event_count] = mark;
	put_gap(exchange, exchange->event_count > 0 ? t_ns - exchange->t_last_token : 0);
	exchange->event_count++;
	if (exchange->t_first_token == EXCHANGE_NONE)
		exchange->t_first_token = t_ns;
	if (mark.channel == CHANNEL_CONTENT && exchange->t_first_content == EXCHANGE_NONE)
		exchange->t_first_content = t_ns;
	exchange->t_last_token = t_ns;
}

/* Never before the event before it, nor before the start: two clocks may have stamped them. */
static int64_t event_time(const struct exchange *exchange)
{
	int64_t t_ns = exchange->state->stamp.t_ns;
	if (exchange->t_start != EXCHANGE_NONE && t_ns < exchange->t_start)
		t_ns = exchange->t_start;
	return exchange->t_last_token > t_ns ? exchange->t_last_token : t_ns;
}

static void add_token_event(
	struct exchange *exchange, enum exchange_channel channel, uint32_t tokens)
{
	struct exchange_state *state = exchange->state;
	int64_t t_ns = event_time(exchange);
	bool shared = exchange->event_count && state->stamp.t_ns == state->event_ns;
	exchange_add_event(
		exchange, t_ns, exchange_mark(tokens ? tokens : 1, channel, shared, tokens > 0));
	state->event_ns = state->stamp.t_ns;
	if (shared)
		exchange->flags |= EXCHANGE_COALESCED;
	const struct exchange_listener *listener = state->listener;
	if (listener == NULL)
		return;
	const struct buffer *text = &listener->texts[channel];
	listener->fn(listener->context, buffer_string(text), text->size, t_ns);
}

/* The channel that a user would watch. */
static enum exchange_channel channel_of(const struct exchange_message *message)
{
	if (message->channels[CHANNEL_CONTENT])
		return CHANNEL_CONTENT;
	return message->channels[CHANNEL_REASONING] ? CHANNEL_REASONING : CHANNEL_TOOL;
}

bool exchange_is_event(const struct exchange_message *message)
{
	return message->channels[CHANNEL_CONTENT] || message->channels[CHANNEL_REASONING] ||
	       message->channels[CHANNEL_TOOL];
}

void exchange_book_event(struct exchange *exchange)
{
	const struct exchange_message *now = &exchange->state->now;
	bool event = exchange_is_event(now);
	uint32_t tokens = count_event(exchange->state, event);
	exchange->state->outdated |= event && now->total <= 0;
	if (event && now->end) /* some servers say it in every message */
		exchange->t_finish = exchange->state->stamp.t_ns;
	if (event)
		add_token_event(exchange, channel_of(now), tokens);
}
