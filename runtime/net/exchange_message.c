/* One message of an answer: its texts, counts and clock are booked, and it becomes a token event
 * when it holds text. Times are those of the bytes that completed it. */
#include "net/exchange_state.h"

#include "base/memory.h"
#include "net/json.h"

#include <math.h>
#include <string.h>
#include <strings.h>

/* --- the fields of a message --- */

static void take_text(struct exchange *exchange, enum extract_field field, int choice,
	const struct extract_value *value)
{
	struct exchange_answer *answer = exchange_answer_of(exchange, choice);
	bool content = field == EXTRACT_CONTENT;
	if (answer == NULL || value->kind != EXTRACT_TEXT || (value->whole && answer->in_pieces))
		return;
	answer->in_pieces |= !value->whole && value->size > 0;
	buffer_append(content ? &answer->content : &answer->reasoning, value->text, value->size);
	exchange_note_text(
		exchange, content ? CHANNEL_CONTENT : CHANNEL_REASONING, value->text, value->size);
}

static bool is_text(const struct extract_value *value, const char *text)
{
	return value->size == strlen(text) && memcmp(value->text, text, value->size) == 0;
}

static void end_answer(struct exchange *exchange, struct exchange_answer *answer)
{
	if (!answer->ended) /* some servers repeat it beside the usage */
		exchange->t_finish = exchange->state->stamp.t_ns;
	answer->ended = true;
	exchange->state->finished = true;
}

/* Some servers write "" or "null" until there is a reason. */
static void take_finish(struct exchange *exchange, int choice, const struct extract_value *value)
{
	struct exchange_answer *answer = exchange_answer_of(exchange, choice);
	if (answer == NULL || value->kind != EXTRACT_TEXT || value->size == 0 ||
		is_text(value, "null"))
		return;
	buffer_clear(&answer->finish);
	exchange_quote(&answer->finish, value->text, value->size, EXCHANGE_HEAD_SIZE / 4);
	end_answer(exchange, answer);
}

static void take_ended(struct exchange *exchange, int choice, const struct extract_value *value)
{
	struct exchange_answer *answer = exchange_answer_of(exchange, choice);
	if (answer != NULL && value->kind == EXTRACT_BOOLEAN && value->truth)
		end_answer(exchange, answer);
}

/* Words that are a failure where they stand alone; beside an answer they may be "success". */
static void take_words(struct exchange *exchange, const struct extract_value *value)
{
	struct exchange_state *state = exchange->state;
	bool said = state->failed && !state->now.bare_failure;
	if (said || state->malformed || value->size == 0)
		return;
	state->now.words = true;
	buffer_clear(&state->complaint);
	exchange_quote(&state->complaint, value->text, value->size, 2000);
}

/* Servers that have the field in every message leave it empty while nothing failed. */
static bool says_nothing(const struct extract_value *value)
{
	if (value->kind == EXTRACT_TEXT)
		return value->size == 0;
	return is_text(value, "false") || is_text(value, "0");
}

static void take_failure(struct exchange *exchange, const struct extract_value *value)
{
	struct exchange_state *state = exchange->state;
	if (says_nothing(value) || state->failed)
		return;
	if (is_text(value, "{}") || is_text(value, "[]")) {
		take_words(exchange, value);
		return;
	}
	state->failed = true;
	state->now.bare_failure = value->kind != EXTRACT_TEXT && value->kind != EXTRACT_JSON;
	if (state->now.bare_failure && state->now.words)
		return;
	buffer_clear(&state->complaint);
	exchange_quote(&state->complaint, value->text, value->size, 2000);
}

static void keep_text(struct buffer *kept, const struct extract_value *value)
{
	bool same = value->size == kept->size &&
		    memcmp(buffer_string(kept), value->text, value->size) == 0;
	if (same || value->size == 0 || value->size > kept->limit)
		return;
	buffer_clear(kept);
	buffer_append(kept, value->text, value->size);
}

static int64_t *number_of(struct exchange *exchange, enum extract_field field)
{
	switch (field) {
	case EXTRACT_PROMPT_TOKENS:
		return &exchange->prompt_tokens;
	case EXTRACT_EVALUATED_TOKENS:
		return &exchange->evaluated_tokens;
	case EXTRACT_CACHED_TOKENS:
		return &exchange->cached_tokens;
	case EXTRACT_OUTPUT_TOKENS:
		return &exchange->output_tokens;
	case EXTRACT_REASONING_TOKENS:
		return &exchange->reasoning_tokens;
	case EXTRACT_TOTAL_TOKENS:
		return &exchange->total_tokens;
	case EXTRACT_SERVER_LOAD:
		return &exchange->server_load;
	case EXTRACT_SERVER_QUEUE:
		return &exchange->server_queue;
	case EXTRACT_SERVER_PREFILL:
		return &exchange->server_prefill;
	case EXTRACT_SERVER_DECODE:
		return &exchange->server_decode;
	case EXTRACT_SERVER_TOTAL:
		return &exchange->server_total;
	case EXTRACT_SERVER_DECODE_TOKENS:
		return &exchange->server_decode_tokens;
	default:
		return NULL;
	}
}

static void take_number(
	struct exchange *exchange, enum extract_field field, const struct extract_value *value)
{
	struct exchange_message *now = &exchange->state->now;
	int64_t *number = number_of(exchange, field);
	bool numeric = value->kind == EXTRACT_INTEGER || value->kind == EXTRACT_DOUBLE;
	/* what is beyond 2^53 is no count and no duration */
	if (number == NULL || !numeric ||
		!(value->number >= 0 && value->number <= 9007199254740992.0))
		return;
	int64_t count = llround(value->number);
	if (field == EXTRACT_OUTPUT_TOKENS)
		now->total = count;
	if (field == EXTRACT_REASONING_TOKENS)
		now->reasoning = count;
	if (field == EXTRACT_PROMPT_TOKENS || field == EXTRACT_OUTPUT_TOKENS ||
		field == EXTRACT_TOTAL_TOKENS)
		now->usage = true;
	/* a zero behind a count is a placeholder, or of another answer */
	if (count > 0 || *number <= 0)
		*number = count;
}

static void take_field(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value)
{
	struct exchange *exchange = context;
	switch (field) {
	case EXTRACT_CONTENT:
	case EXTRACT_REASONING:
		take_text(exchange, field, choice, value);
		break;
	case EXTRACT_TOOL_NAME:
	case EXTRACT_TOOL_ARGUMENTS:
	case EXTRACT_TOOL_ID:
		exchange_take_tool(exchange, field, choice, tool, value);
		break;
	case EXTRACT_CHOICE:
		exchange_answer_of(exchange, choice);
		break;
	case EXTRACT_FINISH:
		take_finish(exchange, choice, value);
		break;
	case EXTRACT_ENDED:
		take_ended(exchange, choice, value);
		break;
	case EXTRACT_DONE:
		exchange->done |= value->kind == EXTRACT_BOOLEAN && value->truth;
		break;
	case EXTRACT_FAILURE:
		take_failure(exchange, value);
		break;
	case EXTRACT_WORDS:
		take_words(exchange, value);
		break;
	case EXTRACT_MODEL:
		if (value->kind == EXTRACT_TEXT)
			keep_text(&exchange->model, value);
		break;
	case EXTRACT_USAGE:
		keep_text(&exchange->usage, value);
		break;
	default:
		take_number(exchange, field, value);
	}
}

/* --- token events --- */

/* Tokens of an event out of the server's running total. Tokens of messages without text go to the
 * next event with text. A total that falls, or does not grow with text, is no running total. */
static int32_t count_event(struct exchange_state *state, bool event)
{
	int64_t total = state->now.total;
	if (total > 0 && total < state->highest_total)
		state->uncounted = true;
	if (total > state->highest_total)
		state->highest_total = total;
	if (!event)
		return 0;
	int64_t grown = total == EXCHANGE_NONE ? 0 : total - state->total;
	if (grown <= 0 || grown > INT32_MAX) {
		state->uncounted = true;
		return 0;
	}
	state->total = total;
	return (int32_t)grown;
}

static void grow_events(struct exchange *exchange)
{
	/* half as much again: thousands of streams hold them at the same time */
	size_t capacity = exchange->event_capacity + exchange->event_capacity / 2 + 16;
	exchange->event_times =
		memory_resize(exchange->event_times, capacity, sizeof *exchange->event_times);
	if (exchange->event_marks != NULL)
		exchange->event_marks = memory_resize(
			exchange->event_marks, capacity, sizeof *exchange->event_marks);
	exchange->event_capacity = capacity;
}

/* The first event that is unlike most: those before it were alike. */
static void begin_marks(struct exchange *exchange)
{
	struct exchange_mark *marks = memory_resize(NULL, exchange->event_capacity, sizeof *marks);
	for (size_t i = 0; i < exchange->event_count; i++)
		marks[i] = exchange_mark_of(exchange, i);
	exchange->event_marks = marks;
}

static void add_event(struct exchange *exchange, int64_t t_ns, struct exchange_mark mark)
{
	bool usual = mark.tokens == 1 && mark.channel == CHANNEL_CONTENT && !mark.shared &&
		     !mark.counted;
	if (exchange->event_count == exchange->event_capacity)
		grow_events(exchange);
	if (!usual && exchange->event_marks == NULL)
		begin_marks(exchange);
	if (exchange->event_marks != NULL)
		exchange->event_marks[exchange->event_count] = mark;
	exchange->event_times[exchange->event_count++] = t_ns;
}

/* Never before the event before it, nor before the start: two clocks may have stamped them. */
static int64_t event_time(const struct exchange *exchange)
{
	int64_t t_ns = exchange->state->stamp.t_ns;
	if (exchange->t_start != EXCHANGE_NONE && t_ns < exchange->t_start)
		t_ns = exchange->t_start;
	return exchange->t_last_token > t_ns ? exchange->t_last_token : t_ns;
}

static void book_event(struct exchange *exchange, enum exchange_channel channel, int32_t tokens)
{
	struct exchange_state *state = exchange->state;
	int64_t t_ns = event_time(exchange);
	bool shared = exchange->event_count && state->stamp.t_ns == state->event_ns;
	add_event(exchange, t_ns,
		(struct exchange_mark){tokens ? tokens : 1, (uint8_t)channel, shared, tokens > 0});
	state->event_ns = state->stamp.t_ns;
	if (shared)
		exchange->flags |= EXCHANGE_COALESCED;
	if (exchange->t_first_token == EXCHANGE_NONE)
		exchange->t_first_token = t_ns;
	if (channel == CHANNEL_CONTENT && exchange->t_first_content == EXCHANGE_NONE)
		exchange->t_first_content = t_ns;
	exchange->t_last_token = t_ns;
	if (state->on_token != NULL)
		state->on_token(state->on_token_context, buffer_string(&state->texts[channel]),
			state->texts[channel].size, t_ns);
}

/* The usage of one answer, or one that stands by itself. */
static void book_usage(struct exchange *exchange)
{
	struct exchange_state *state = exchange->state;
	struct exchange_message *now = &state->now;
	int64_t reasoning = now->reasoning == EXCHANGE_NONE ? 0 : now->reasoning;
	exchange->t_usage = state->stamp.t_ns;
	if (now->total == EXCHANGE_NONE)
		return;
	if (now->choice != NULL) {
		bool placeholder = now->total == 0 && now->choice->output_tokens > 0;
		if (placeholder)
			return;
		now->choice->output_tokens = now->total;
		now->choice->reasoning_tokens = reasoning;
	} else if (state->finished) {
		state->lone_usages++;
		state->lone_output += now->total;
		state->lone_reasoning += reasoning;
	}
}

static void finish_message(struct exchange *exchange)
{
	struct exchange_state *state = exchange->state;
	const struct exchange_message *now = &state->now;
	bool event = now->channels[CHANNEL_CONTENT] || now->channels[CHANNEL_REASONING] ||
		     now->channels[CHANNEL_TOOL];
	state->failed |= now->words && now->choice == NULL && !now->usage;
	if (now->usage)
		book_usage(exchange);
	if (!exchange->streamed)
		return;
	int32_t tokens = count_event(state, event);
	if (!event)
		return;
	enum exchange_channel channel = CHANNEL_TOOL;
	if (now->channels[CHANNEL_REASONING])
		channel = CHANNEL_REASONING;
	if (now->channels[CHANNEL_CONTENT])
		channel = CHANNEL_CONTENT;
	book_event(exchange, channel, tokens);
}

/* --- messages --- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The message without the blanks around it: servers pad what they send. */
static struct frames_message trimmed(const struct frames_message *message)
{
	struct frames_message bare = *message;
	while (bare.size && is_space(*bare.data)) {
		bare.data++;
		bare.size--;
	}
	while (bare.size && is_space(bare.data[bare.size - 1]))
		bare.size--;
	return bare;
}

static bool is_null(const struct frames_message *message)
{
	return message->size == 4 && memcmp(message->data, "null", 4) == 0;
}

/* The word as it should stand, or as a JSON text, in letters of any size. */
static bool is_done_text(const struct exchange *exchange, const struct frames_message *message)
{
	const char *done = exchange->done_text, *text = message->data;
	size_t size = message->size;
	bool quoted = size >= 2 && text[0] == '"' && text[size - 1] == '"';
	if (*text == '{') /* nearly all of them */
		return false;
	if (quoted) {
		text++;
		size -= 2;
	}
	return done != NULL && size == strlen(done) && strncasecmp(text, done, size) == 0;
}

static bool is_error_event(const struct frames_message *message)
{
	return *message->event && strcmp(message->event, "error") == 0;
}

/* Words, no JSON, under another name than the answer's: a heartbeat. */
static bool is_for_others(const struct frames_message *message)
{
	const char *name = message->event;
	return *name && *message->data != '{' && strcmp(name, "message") != 0 &&
	       strcmp(name, "error") != 0;
}

static void complain(struct exchange_state *state, const struct frames_message *message)
{
	buffer_clear(&state->complaint);
	exchange_quote(&state->complaint, message->data, message->size, EXCHANGE_HEAD_SIZE);
}

/* A message that is no JSON object. The name `error` is a failure in any words. */
static void take_unreadable(struct exchange *exchange, const struct frames_message *message)
{
	struct exchange_state *state = exchange->state;
	if (state->failed || state->malformed || is_for_others(message))
		return;
	if (is_error_event(message))
		state->failed = true;
	else if (message->flushed && (!state->whole || json_is_cut(message->data, message->size)))
		state->bad_tail = true;
	else
		state->malformed = true;
	complain(state, message);
}

static void begin_message(struct exchange *exchange)
{
	struct exchange_state *state = exchange->state;
	if (state->messages++ == 0)
		buffer_free(&state->head);
	state->now = (struct exchange_message){.total = EXCHANGE_NONE, .reasoning = EXCHANGE_NONE};
	for (int i = 0; i < CHANNEL_COUNT && state->on_token != NULL; i++)
		buffer_clear(&state->texts[i]);
	if (exchange->t_first_event == EXCHANGE_NONE && exchange->streamed)
		exchange->t_first_event = state->stamp.t_ns;
}

void exchange_take_message(void *context, const struct frames_message *padded)
{
	struct exchange *exchange = context;
	struct exchange_state *state = exchange->state;
	const struct frames_message message = trimmed(padded);
	/* what comes after the word that ends the stream belongs to no answer */
	if (message.size == 0 || is_null(&message) || exchange->done)
		return;
	begin_message(exchange);
	bool done = is_done_text(exchange, &message);
	exchange->done |= done;
	if (done)
		exchange->t_done = state->stamp.t_ns;
	struct extract *extract = extract_of(exchange->plan);
	bool read =
		done || extract_apply(extract, message.data, message.size, take_field, exchange);
	exchange->no_numbers |= !done && read && extract_had_no_numbers(extract);
	if (!read || state->now.unusable) {
		take_unreadable(exchange, &message);
		return;
	}
	if (message.flushed && !state->whole)
		exchange->flags |= EXCHANGE_FLUSHED;
	if (is_error_event(&message) && !state->failed) {
		state->failed = true;
		if (!state->now.words)
			complain(state, &message);
	}
	finish_message(exchange);
}
