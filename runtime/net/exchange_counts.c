/* After the last byte: whose count holds, and what the times of the events say. */
#include "net/exchange_state.h"

#include "base/clock.h"

#define BURST_GAP_NS 5000
#define LUMP_GAP_NS CLOCK_MS_NS /* and a tenth of the mean gap */
#define LUMP_LEAST ((size_t)4)

/* With several answers some servers send a usage for each, by itself or beside it, others one for
 * all. */
struct sum {
	int64_t output, reasoning;
};

static bool sum_alone(const struct exchange *exchange, struct sum *sum)
{
	const struct exchange_state *state = exchange->state;
	*sum = (struct sum){state->lone_output, state->lone_reasoning};
	return state->lone_usages == exchange->answer_count;
}

static bool sum_beside(const struct exchange *exchange, struct sum *sum)
{
	*sum = (struct sum){0};
	for (size_t i = 0; i < exchange->answer_count; i++) {
		if (exchange->answers[i].output_tokens == EXCHANGE_NONE)
			return false;
		sum->output += exchange->answers[i].output_tokens;
		sum->reasoning += exchange->answers[i].reasoning_tokens;
	}
	return exchange->state->lone_usages == 0;
}

static void add_up_answers(struct exchange *exchange, struct sum sum)
{
	exchange->output_tokens = sum.output;
	if (exchange->reasoning_tokens != EXCHANGE_NONE)
		exchange->reasoning_tokens = sum.reasoning;
	if (exchange->total_tokens != EXCHANGE_NONE && exchange->prompt_tokens != EXCHANGE_NONE)
		exchange->total_tokens = exchange->prompt_tokens + exchange->output_tokens;
}

/* What the total holds beside the prompt and the output. */
static int64_t left_out(const struct exchange *exchange)
{
	if (exchange->prompt_tokens <= 0 || exchange->total_tokens <= 0)
		return 0;
	return exchange->total_tokens - exchange->prompt_tokens - exchange->output_tokens;
}

/* Gateways estimate reasoning by a tokenizer of their own, as more than the output that holds it.
 * By the bytes of a token the output then is nearer to all of the text than to the rest of it. */
static bool holds_reasoning(const struct exchange *exchange)
{
	double thought = 0, rest = 0;
	for (size_t i = 0; i < exchange->answer_count; i++) {
		thought += (double)exchange->answers[i].reasoning.size;
		rest += (double)exchange->answers[i].content.size;
	}
	for (size_t i = 0; i < exchange->tool_call_count; i++)
		rest += (double)(exchange->tool_calls[i].name.size +
				 exchange->tool_calls[i].arguments.size);
	double token_size = thought / (double)exchange->reasoning_tokens;
	return thought > 0 && (double)exchange->output_tokens * token_size >= rest + thought / 2;
}

/* A server that leaves reasoning out of its output says so by its total (case C5), whether it
 * counts reasoning or not, or by more reasoning than output. Others leave the cache out of the
 * prompt: where a server speaks of one, what is left out may have been written there. */
static void correct_counts(struct exchange *exchange)
{
	int64_t reasoning = exchange->reasoning_tokens, cached = exchange->cached_tokens;
	int64_t rest = left_out(exchange);
	if (rest > 0 && (rest == reasoning || cached == EXCHANGE_NONE))
		exchange->output_tokens += rest;
	else if (rest > 0 && rest == cached)
		exchange->prompt_tokens += rest;
	else if (reasoning > exchange->output_tokens && holds_reasoning(exchange))
		exchange->reasoning_tokens = exchange->output_tokens;
	else if (reasoning > exchange->output_tokens)
		exchange->output_tokens += reasoning;
	else
		return;
	exchange->flags |= EXCHANGE_CORRECTED;
}

bool exchange_has_text(const struct exchange *exchange)
{
	if (exchange->event_count)
		return true;
	for (size_t i = 0; i < exchange->tool_call_count; i++)
		if (exchange->tool_calls[i].name.size || exchange->tool_calls[i].arguments.size)
			return true;
	for (size_t i = 0; i < exchange->answer_count; i++)
		if (exchange->answers[i].content.size || exchange->answers[i].reasoning.size)
			return true;
	return false;
}

/* A zero beside text is a placeholder for a usage that never came, unless reasoning was counted; of
 * vectors it says nothing. */
static void drop_placeholders(struct exchange *exchange)
{
	bool counted = exchange->reasoning_tokens > 0 || !exchange_has_text(exchange);
	if (exchange->output_tokens != 0 || (exchange->wants_tokens && counted))
		return;
	exchange->output_tokens = EXCHANGE_NONE;
	if (exchange->total_tokens == 0)
		exchange->total_tokens = EXCHANGE_NONE;
}

/* What was counted while there was less than has come since, and never again, is no count of the
 * answer: a gateway that hands on what its server says at the start alone. */
static void drop_outdated(struct exchange *exchange)
{
	int64_t seen = (int64_t)exchange->event_count;
	if (exchange->output_tokens <= 0 || !exchange->state->outdated ||
		exchange->output_tokens >= seen)
		return;
	exchange->output_tokens = exchange->reasoning_tokens = exchange->total_tokens =
		EXCHANGE_NONE;
}

/* A server may say the sum and one part of it. Of vectors the rest is no output: an image, say. */
static void complete_output(struct exchange *exchange)
{
	if (!exchange->wants_tokens || exchange->output_tokens != EXCHANGE_NONE ||
		exchange->prompt_tokens <= 0 || exchange->total_tokens <= exchange->prompt_tokens)
		return;
	exchange->output_tokens = exchange->total_tokens - exchange->prompt_tokens;
	exchange->flags |= EXCHANGE_CORRECTED;
}

static void settle_output(struct exchange *exchange)
{
	struct sum sum;
	drop_placeholders(exchange);
	drop_outdated(exchange);
	complete_output(exchange);
	if (exchange->output_tokens != EXCHANGE_NONE) {
		exchange->tokens_source = TOKENS_USAGE;
		if (exchange->answer_count > 1 &&
			(sum_alone(exchange, &sum) || sum_beside(exchange, &sum)))
			add_up_answers(exchange, sum);
		else
			correct_counts(exchange);
	} else if (exchange->streamed) {
		exchange->tokens_source = TOKENS_EVENTS;
		exchange->output_tokens = (int64_t)exchange->event_count;
	}
}

static void settle_prompt(struct exchange *exchange)
{
	int64_t *prompt = &exchange->prompt_tokens, *evaluated = &exchange->evaluated_tokens;
	int64_t cached = exchange->cached_tokens;
	if (*prompt == 0) /* none is empty */
		*prompt = EXCHANGE_NONE;
	if (*prompt == EXCHANGE_NONE && !exchange->wants_tokens && exchange->total_tokens > 0) {
		*prompt = exchange->total_tokens; /* vectors have no output */
		exchange->flags |= EXCHANGE_CORRECTED;
	}
	if (cached > 0)
		exchange->flags |= EXCHANGE_CACHED;
	if (cached == EXCHANGE_NONE)
		return;
	/* some servers call all of it evaluated, by the time of what was not in the cache */
	if ((*evaluated == EXCHANGE_NONE || *evaluated == *prompt) && *prompt >= cached)
		*evaluated = *prompt - cached;
	else if (*prompt == EXCHANGE_NONE && *evaluated != EXCHANGE_NONE)
		*prompt = *evaluated + cached;
}

/* Tokens per event are known for all events or for none. */
static void settle_events(struct exchange *exchange)
{
	if (!exchange->state->uncounted || exchange->event_marks == NULL)
		return;
	for (size_t i = 0; i < exchange->event_count; i++) {
		exchange->event_marks[i].tokens = 1;
		exchange->event_marks[i].counted = false;
	}
}

/* The gaps in an odd numbering are no answers; they hold no memory. */
static void drop_unseen(struct exchange *exchange)
{
	size_t seen = 0;
	for (size_t i = 0; i < exchange->answer_count; i++)
		if (exchange->answers[i].seen)
			exchange->answers[seen++] = exchange->answers[i];
	exchange->answer_count = seen;
}

/* What was sent event by event takes longer; a long answer sent at once is several segments, some
 * µs apart. */
static bool came_at_once(const struct exchange *exchange)
{
	int64_t gaps = (int64_t)exchange->event_count - 1;
	return gaps > 0 && exchange->t_last_token - exchange->t_first_token < gaps * BURST_GAP_NS;
}

/* Tokens that were held back come with the first one, which then is late, and are counted in the
 * time of those behind them: a decode rate that is more than a tenth too high. */
static bool began_with_lump(const struct exchange *exchange)
{
	size_t count = exchange->event_count, first = 1;
	if (count <= LUMP_LEAST)
		return false;
	int64_t span_ns = exchange->t_last_token - exchange->t_first_token;
	int64_t near_ns = span_ns / (int64_t)(count - 1) / 10;
	if (near_ns > LUMP_GAP_NS)
		near_ns = LUMP_GAP_NS;
	while (first < count && exchange_gap(exchange, first) <= near_ns)
		first++;
	return first >= LUMP_LEAST && 10 * (first - 1) > count - 1;
}

void exchange_settle(struct exchange *exchange)
{
	drop_unseen(exchange);
	exchange_settle_pieces(exchange);
	settle_output(exchange);
	settle_prompt(exchange);
	settle_events(exchange);
	if (came_at_once(exchange))
		exchange->flags |= EXCHANGE_BURST;
	else
		exchange->lump = began_with_lump(exchange);
}
