/* One message of an answer: its fields are booked, and it becomes a token event when it holds text.
 * Times are those of the bytes that completed it. */
#include "net/exchange_state.h"

#include "base/text.h"
#include "net/json.h"

#include <string.h>
#include <strings.h>

/* --- the name of an event --- */

static bool is_error_event(const struct exchange *exchange, const struct frames_message *message)
{
	return *message->event && exchange_gave_up(exchange, message->event);
}

/* Neither an answer's nor an error's. */
static bool is_named_otherwise(
	const struct exchange *exchange, const struct frames_message *message)
{
	return *message->event && strcmp(message->event, "message") != 0 &&
	       !is_error_event(exchange, message);
}

/* --- messages --- */

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

/* A message without an answer. What it says is a failure, unless the answer was whole before it, or
 * goes on behind it. */
static void take_stranger(struct exchange *exchange, const struct frames_message *message)
{
	struct exchange_state *state = exchange->state;
	bool named = is_named_otherwise(exchange, message);
	if (state->now.words && !state->now.usage && !named && !exchange_said_all(exchange))
		state->failed = state->in_words = true;
	if (state->failed)
		return;
	bool empty = extract_lists_none(exchange->plan, message->data, message->size);
	state->strange = !named && !empty;
	buffer_clear(&state->stranger);
	exchange_quote(&state->stranger, message->data, message->size, EXCHANGE_HEAD_SIZE);
}

/* What an answer says before its first token, behind the role, in words that we do not know. */
static void note_unread(struct exchange *exchange, const struct frames_message *message)
{
	struct exchange_state *state = exchange->state;
	const struct exchange_message *now = &state->now;
	if (exchange->event_count > 0)
		return;
	bool unread = state->messages > 1 && !now->text && !now->end && !now->usage;
	if (unread || exchange_is_event(now))
		buffer_clear(&state->stranger);
	if (unread && !exchange_is_event(now))
		exchange_quote(&state->stranger, message->data, message->size, EXCHANGE_HEAD_SIZE);
}

/* A message of an answer. */
static void go_on(struct exchange *exchange, const struct frames_message *message)
{
	struct exchange_state *state = exchange->state;
	note_unread(exchange, message);
	if (exchange->t_first_event == EXCHANGE_NONE && exchange->streamed)
		exchange->t_first_event = state->stamp.t_ns;
	if (state->in_words)
		state->failed = state->malformed = state->in_words = false;
	state->strange = false;
}

static void finish_message(struct exchange *exchange, const struct frames_message *message)
{
	const struct exchange_message *now = &exchange->state->now;
	if (now->choice == NULL && (!now->usage || exchange->state->whole))
		take_stranger(exchange, message);
	else if (now->choice != NULL)
		go_on(exchange, message);
	if (now->usage)
		book_usage(exchange);
	if (exchange->streamed)
		exchange_book_event(exchange);
}

static void trim(struct frames_message *message)
{
	if (message->size == 0)
		return;
	const char *end = message->data + message->size;
	message->data = text_past_padding(message->data, end);
	message->size = (size_t)(end - message->data);
	while (message->size && text_is_blank(message->data[message->size - 1]))
		message->size--;
}

/* The name of the field within it: servers write it for a library that does so, too. */
static void skip_field_name(struct frames_message *message)
{
	static const char name[] = "data:";
	const size_t size = sizeof name - 1;
	if (message->size < size || memcmp(message->data, name, size) != 0)
		return;
	message->data += size;
	message->size -= size;
	trim(message);
}

/* The message without the blanks around it: servers pad what they send; and without the list of
 * which it is all, as some send an error. */
static struct frames_message bare_message(const struct frames_message *message)
{
	struct frames_message bare = *message;
	trim(&bare);
	skip_field_name(&bare);
	if (bare.size < 2 || *bare.data != '[' || bare.data[bare.size - 1] != ']')
		return bare;
	struct frames_message inner = bare;
	inner.data++;
	inner.size -= 2;
	trim(&inner);
	return inner.size && *inner.data == '{' ? inner : bare;
}

/* A value that holds none: a heartbeat of a stream. */
static bool is_nothing(const struct exchange *exchange, const struct frames_message *message)
{
	static const char *const values[] = {"null", "{}", "[]", "\"\""};
	bool empty = message->size == 0;
	for (size_t i = 0; !empty && message->size <= 4 && i < sizeof values / sizeof *values; i++)
		empty = message->size == strlen(values[i]) &&
			memcmp(message->data, values[i], message->size) == 0;
	return empty && !exchange->state->whole && !is_error_event(exchange, message);
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

/* A heartbeat: words, no JSON, under another name than the answer's, or a comment that a gateway
 * made an event of. */
static bool is_for_others(const struct exchange *exchange, const struct frames_message *message)
{
	return *message->data == ':' ||
	       (*message->data != '{' && is_named_otherwise(exchange, message));
}

/* No part of JSON that broke: a heartbeat, or an error. */
static bool is_in_words(const struct frames_message *message)
{
	for (size_t i = 0; i < message->size; i++)
		if (strchr("{}\"", message->data[i]) != NULL)
			return false;
	return true;
}

static void complain(struct exchange *exchange, const struct frames_message *message)
{
	struct exchange_state *state = exchange->state;
	buffer_clear(&state->complaint);
	if (is_error_event(exchange, message) && *message->comment)
		exchange_quote(&state->complaint, message->comment, strlen(message->comment),
			EXCHANGE_HEAD_SIZE);
	else
		exchange_quote(&state->complaint, message->data, message->size, EXCHANGE_HEAD_SIZE);
	if (state->complaint.size == 0) /* blanks alone */
		buffer_text(&state->complaint, message->event);
}

/* A message that is no JSON object. The name `error` is a failure in any words. */
static void take_unreadable(struct exchange *exchange, const struct frames_message *message)
{
	struct exchange_state *state = exchange->state;
	bool known = (state->failed || state->malformed) && !state->in_words;
	bool error = is_error_event(exchange, message), told = state->failed && !error;
	bool words = !error && !state->whole && is_in_words(message);
	if (known || is_for_others(exchange, message) || (words && exchange_said_all(exchange)))
		return;
	state->in_words = words;
	if (error)
		state->failed = true;
	else if (message->flushed && (!state->whole || json_is_cut(message->data, message->size)))
		state->bad_tail = true;
	else
		state->malformed = true;
	if (!told)
		complain(exchange, message);
}

static const struct exchange_message nothing_yet = {
	.total = EXCHANGE_NONE, .reasoning = EXCHANGE_NONE};

static void begin_message(struct exchange *exchange)
{
	struct exchange_state *state = exchange->state;
	if (state->messages++ == 0)
		buffer_free(&state->head);
	state->now = nothing_yet;
	for (int i = 0; i < CHANNEL_COUNT && state->listener != NULL; i++)
		buffer_clear(&state->listener->texts[i]);
}

/* What comes after the word that ends the stream belongs to no answer, but to its counts. */
static void take_late(struct exchange *exchange, const struct frames_message *message)
{
	exchange->state->now = nothing_yet;
	extract_apply(extract_of(exchange->plan), message->data, message->size,
		exchange_take_late_field, exchange);
	if (exchange->state->now.usage)
		book_usage(exchange);
}

/* What calls itself an error, or comes under such a name, says at least that. */
static void note_error(struct exchange *exchange, const struct frames_message *message)
{
	struct exchange_state *state = exchange->state;
	bool error = is_error_event(exchange, message) ||
		     (state->now.error && state->now.choice == NULL);
	if (!error || exchange_has_failed(state))
		return;
	state->failed = true;
	state->in_words = false;
	if (!state->now.words)
		complain(exchange, message);
}

/* The last line that begins an object, of several; nothing where there is none. */
static struct frames_message last_object(const struct frames_message *message)
{
	struct frames_message last = *message;
	size_t at = message->size;
	while (at > 1 && (message->data[at - 1] != '{' || message->data[at - 2] != '\n'))
		at--;
	last.data += at > 1 ? at - 1 : message->size;
	last.size -= (size_t)(last.data - message->data);
	return last;
}

/* A gateway that breaks off in the middle of an event says so in the same one. */
static bool take_error_behind_half(struct exchange *exchange, const struct frames_message *message)
{
	const struct frames_message last = last_object(message);
	if (last.size == 0 || !extract_apply(extract_of(exchange->plan), last.data, last.size,
				      exchange_take_failure_field, exchange))
		return false;
	note_error(exchange, &last);
	return exchange_has_failed(exchange->state);
}

static void take_message(struct exchange *exchange, const struct frames_message *padded);

/* What stands behind the first object of several messages in one text; of no size where there is no
 * other message. */
static struct frames_message behind_first(
	const struct exchange *exchange, const struct frames_message *message)
{
	size_t size = json_first_size(message->data, message->size);
	struct frames_message rest = *message;
	rest.data += size;
	rest.size -= size;
	rest = bare_message(&rest);
	bool other = rest.size && size && (*rest.data == '{' || is_done_text(exchange, &rest));
	rest.size = other ? rest.size : 0;
	return rest;
}

/* Where the line ends between events were lost, several stand in one. When each came is known where
 * they came together. */
static bool take_joined(struct exchange *exchange, const struct frames_message *message)
{
	const struct exchange_state *state = exchange->state;
	struct frames_message first = *message, rest = behind_first(exchange, message);
	bool apart = state->line_ns != EXCHANGE_NONE && state->line_ns != state->stamp.t_ns;
	if (rest.size == 0 || apart || state->whole || state->lines)
		return false;
	first.flushed = false;
	while (rest.size) {
		first.size = json_first_size(first.data, first.size);
		take_message(exchange, &first);
		first.data = rest.data;
		first.size = rest.size;
		rest = behind_first(exchange, &first);
	}
	first.flushed = message->flushed;
	take_message(exchange, &first);
	return true;
}

static void take_present(struct exchange *exchange, const struct frames_message *message)
{
	struct exchange_state *state = exchange->state;
	struct extract *extract = extract_of(exchange->plan);
	bool read =
		extract_apply(extract, message->data, message->size, exchange_take_field, exchange);
	if (!read && (take_joined(exchange, message) || take_error_behind_half(exchange, message)))
		return;
	if (!read || state->now.unusable) {
		take_unreadable(exchange, message);
		return;
	}
	exchange->no_numbers |= extract_had_no_numbers(extract);
	if (message->flushed && !state->whole)
		exchange->flags |= EXCHANGE_FLUSHED;
	note_error(exchange, message);
	finish_message(exchange, message);
}

static void take_done(struct exchange *exchange, const struct frames_message *message)
{
	const struct exchange_state *state = exchange->state;
	exchange->done = true;
	exchange->t_done = state->stamp.t_ns;
	exchange->state->no_end = state->strange && !state->finished && exchange->event_count;
	if (message->flushed)
		exchange->flags |= EXCHANGE_FLUSHED;
}

static void take_message(struct exchange *exchange, const struct frames_message *padded)
{
	const struct frames_message message = bare_message(padded);
	if (is_nothing(exchange, &message))
		return;
	if (exchange->done) {
		take_late(exchange, &message);
		return;
	}
	begin_message(exchange);
	if (is_done_text(exchange, &message))
		take_done(exchange, &message);
	else
		take_present(exchange, &message);
}

void exchange_take_message(void *context, const struct frames_message *message)
{
	struct exchange *exchange = context;
	struct stamp now = exchange->state->stamp;
	if (message->earlier)
		exchange->state->stamp = exchange->state->waiting_stamp;
	take_message(exchange, message);
	exchange->state->stamp = now;
	exchange->state->line_ns = EXCHANGE_NONE;
}
