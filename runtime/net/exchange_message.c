/* One message of an answer: its texts, counts and clock are booked, and it becomes a token event
 * when it holds text. Times are those of the bytes that completed it. */
#include "net/exchange_state.h"

#include "base/text.h"
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
	struct buffer *text = content ? &answer->content : &answer->reasoning;
	answer->in_pieces |= !value->whole && value->size > 0;
	exchange_note_piece(
		content ? &answer->content_pieces : &answer->reasoning_pieces, text, value);
	buffer_append(text, value->text, value->size);
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

/* Where there is none yet some servers write "", or the name that nothing has in their language. */
static bool is_no_text(const struct extract_value *value)
{
	if (value->size != 4)
		return value->size == 0;
	return strncasecmp(value->text, "null", 4) == 0 || strncasecmp(value->text, "none", 4) == 0;
}

/* A "stop" says less than the reason before it. */
static void take_finish(struct exchange *exchange, int choice, const struct extract_value *value)
{
	struct exchange_answer *answer = exchange_answer_of(exchange, choice);
	if (answer == NULL || value->kind != EXTRACT_TEXT || is_no_text(value))
		return;
	if (answer->finish.size == 0 || !is_text(value, "stop")) {
		buffer_clear(&answer->finish);
		exchange_quote(&answer->finish, value->text, value->size, EXCHANGE_HEAD_SIZE / 4);
	}
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
	if (said || (state->malformed && !state->in_words) || value->size == 0)
		return;
	state->now.words = true;
	buffer_clear(&state->complaint);
	exchange_quote(&state->complaint, value->text, value->size, 2000);
}

static bool is_object(const struct extract_value *value)
{
	return value->kind == EXTRACT_JSON && *value->text == '{';
}

/* Servers that have the field in every message leave it empty while nothing failed. */
static bool says_nothing(const struct extract_value *value)
{
	if (value->kind == EXTRACT_TEXT)
		return is_no_text(value);
	return is_text(value, "false") || is_text(value, "0");
}

/* A key, or a value that Go and its like write where there is none. */
static bool is_zero(const char *json, const struct json_token *token)
{
	switch (token->kind) {
	case JSON_STRING:
		return token->size || token->start == token->end;
	case JSON_NUMBER:
		return token->end - token->start == 1 && json[token->start] == '0';
	default:
		return token->kind != JSON_TRUE;
	}
}

/* An object or a list, and no value in it. */
static bool is_hollow(const struct extract_value *value)
{
	struct json json = {0};
	bool hollow = value->kind == EXTRACT_JSON && json_read(&json, value->text, value->size);
	for (size_t i = 0; hollow && i < json.count; i++)
		hollow = is_zero(value->text, &json.tokens[i]);
	json_free(&json);
	return hollow;
}

static bool has_failed(const struct exchange_state *state)
{
	return state->failed && !state->in_words;
}

static void take_failure(struct exchange *exchange, const struct extract_value *value)
{
	struct exchange_state *state = exchange->state;
	if (says_nothing(value) || has_failed(state))
		return;
	if (is_hollow(value)) {
		take_words(exchange, value);
		return;
	}
	state->failed = true;
	state->in_words = false;
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

static bool is_count(enum extract_field field)
{
	return field >= EXTRACT_PROMPT_TOKENS && field <= EXTRACT_TOTAL_TOKENS;
}

/* Digits alone: the JSON of protobuf has whole numbers in quotes. NaN for any other text. */
static double number_in_quotes(const struct extract_value *value)
{
	double number = 0;
	for (size_t i = 0; i < value->size; i++) {
		if (value->text[i] < '0' || value->text[i] > '9')
			return NAN;
		number = number * 10 + (value->text[i] - '0');
	}
	return value->size ? number : NAN;
}

/* A count or a duration in ns; -1 for what is neither. */
static int64_t read_number(enum extract_field field, const struct extract_value *value)
{
	double number = value->number;
	if (value->kind == EXTRACT_TEXT && is_count(field))
		number = number_in_quotes(value);
	else if (value->kind != EXTRACT_INTEGER && value->kind != EXTRACT_DOUBLE)
		return -1;
	bool possible = number >= 0 && number <= 9007199254740992.0; /* 2^53 */
	if (!possible || (is_count(field) && number != floor(number)))
		return -1;
	return llround(number);
}

static void take_number(
	struct exchange *exchange, enum extract_field field, const struct extract_value *value)
{
	struct exchange_message *now = &exchange->state->now;
	int64_t *number = number_of(exchange, field);
	int64_t count = read_number(field, value);
	if (number == NULL || count < 0)
		return;
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
	case EXTRACT_KIND:
		exchange->state->now.error = is_text(value, "error");
		break;
	case EXTRACT_WORDS:
		if (!is_object(value)) /* that is a message of another API */
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

/* Behind the word that ends a stream: no answer is there, but some servers count there. */
static void take_late_field(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value)
{
	struct exchange *exchange = context;
	(void)choice, (void)tool;
	if (field == EXTRACT_USAGE)
		keep_text(&exchange->usage, value);
	else
		take_number(exchange, field, value);
}

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
	state->strange = !named;
	buffer_clear(&state->stranger);
	exchange_quote(&state->stranger, message->data, message->size, EXCHANGE_HEAD_SIZE);
}

/* A message of an answer. */
static void go_on(struct exchange_state *state)
{
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
		go_on(exchange->state);
	if (now->usage)
		book_usage(exchange);
	if (exchange->streamed)
		exchange_book_event(exchange);
}

/* The message without the blanks around it: servers pad what they send. */
static struct frames_message trimmed(const struct frames_message *message)
{
	struct frames_message bare = *message;
	while (bare.size && text_is_blank(*bare.data)) {
		bare.data++;
		bare.size--;
	}
	while (bare.size && text_is_blank(bare.data[bare.size - 1]))
		bare.size--;
	return bare;
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
	for (int i = 0; i < CHANNEL_COUNT && state->on_token != NULL; i++)
		buffer_clear(&state->texts[i]);
	if (exchange->t_first_event == EXCHANGE_NONE && exchange->streamed)
		exchange->t_first_event = state->stamp.t_ns;
}

/* What comes after the word that ends the stream belongs to no answer, but to its counts. */
static void take_late(struct exchange *exchange, const struct frames_message *message)
{
	exchange->state->now = nothing_yet;
	extract_apply(extract_of(exchange->plan), message->data, message->size, take_late_field,
		exchange);
	if (exchange->state->now.usage)
		book_usage(exchange);
}

/* What calls itself an error, or comes under such a name, says at least that. */
static void note_error(struct exchange *exchange, const struct frames_message *message)
{
	struct exchange_state *state = exchange->state;
	bool error = is_error_event(exchange, message) ||
		     (state->now.error && state->now.choice == NULL);
	if (!error || has_failed(state))
		return;
	state->failed = true;
	state->in_words = false;
	if (!state->now.words)
		complain(exchange, message);
}

static void take_present(struct exchange *exchange, const struct frames_message *message)
{
	struct exchange_state *state = exchange->state;
	struct extract *extract = extract_of(exchange->plan);
	if (!extract_apply(extract, message->data, message->size, take_field, exchange) ||
		state->now.unusable) {
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
	const struct frames_message message = trimmed(padded);
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
}
