/* What one field of a message says: a text, a count, a clock, an end, a failure. */
#include "net/exchange_state.h"

#include "net/json.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define COUNT_LIMIT 0x1p40 /* tokens; those of all messages of an answer add up in 64 bits */
#define SPAN_LIMIT 0x1p53  /* ns */

/* A text, or a token that looks like a number and was written as one. */
static bool is_said(const struct extract_value *value)
{
	return value->kind == EXTRACT_TEXT || value->kind == EXTRACT_INTEGER ||
	       value->kind == EXTRACT_DOUBLE;
}

static void take_text(struct exchange *exchange, enum extract_field field, int choice,
	const struct extract_value *value)
{
	struct exchange_answer *answer = exchange_answer_of(exchange, choice);
	bool content = field == EXTRACT_CONTENT;
	exchange->state->now.text |= is_said(value);
	if (answer == NULL || !is_said(value) || (value->whole && answer->in_pieces))
		return;
	struct buffer *text = content ? &answer->content : &answer->reasoning;
	struct exchange_pieces *pieces =
		content ? &answer->content_pieces : &answer->reasoning_pieces;
	if (exchange_repeats(pieces, text, value))
		return;
	answer->in_pieces |= !value->whole && value->size > 0;
	exchange_note_piece(pieces, text, value);
	exchange_append_piece(text, &pieces->half, value);
	exchange_note_text(
		exchange, content ? CHANNEL_CONTENT : CHANNEL_REASONING, value->text, value->size);
}

static bool is_text(const struct extract_value *value, const char *text)
{
	return value->size == strlen(text) && memcmp(value->text, text, value->size) == 0;
}

static void end_answer(struct exchange *exchange, struct exchange_answer *answer)
{
	bool went_on = exchange->t_last_token > exchange->t_finish;
	if (!answer->ended || went_on) /* some servers repeat it beside the usage */
		exchange->t_finish = exchange->state->stamp.t_ns;
	answer->ended = exchange->state->now.end = true;
	exchange->state->finished = true;
}

/* Where there is none yet some servers write "", or the name that nothing has in their language. */
static bool is_no_text(const struct extract_value *value)
{
	if (value->size != 4)
		return value->size == 0;
	return strncasecmp(value->text, "null", 4) == 0 || strncasecmp(value->text, "none", 4) == 0;
}

static void keep_reason(struct buffer *kept, const struct extract_value *value)
{
	buffer_clear(kept);
	exchange_quote(kept, value->text, value->size, EXCHANGE_HEAD_SIZE / 4);
}

/* A "stop" says less than the reason before it. */
static void take_finish(struct exchange *exchange, int choice, const struct extract_value *value)
{
	struct exchange_answer *answer = exchange_answer_of(exchange, choice);
	if (answer == NULL || value->kind != EXTRACT_TEXT || is_no_text(value))
		return;
	if (answer->finish.size == 0 || !is_text(value, "stop"))
		keep_reason(&answer->finish, value);
	end_answer(exchange, answer);
}

/* No end: one may come without the other. */
static void take_native_finish(
	struct exchange *exchange, int choice, const struct extract_value *value)
{
	struct exchange_answer *answer = exchange_answer_of(exchange, choice);
	if (answer != NULL && value->kind == EXTRACT_TEXT)
		keep_reason(&answer->native_finish, value);
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

bool exchange_has_failed(const struct exchange_state *state)
{
	return state->failed && !state->in_words;
}

static void take_failure(struct exchange *exchange, const struct extract_value *value)
{
	struct exchange_state *state = exchange->state;
	if (says_nothing(value) || exchange_has_failed(state))
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
	bool counts = is_count(field);
	double number = value->number;
	if (value->kind == EXTRACT_TEXT && counts)
		number = number_in_quotes(value);
	else if (value->kind != EXTRACT_INTEGER && value->kind != EXTRACT_DOUBLE)
		return -1;
	bool possible = number >= 0 && number <= (counts ? COUNT_LIMIT : SPAN_LIMIT);
	return possible && (!counts || number == floor(number)) ? llround(number) : -1;
}

static void take_number(
	struct exchange *exchange, enum extract_field field, const struct extract_value *value)
{
	struct exchange_message *now = &exchange->state->now;
	int64_t *number = number_of(exchange, field);
	int64_t count = read_number(field, value);
	if (number == NULL || count < 0)
		return;
	if (field == EXTRACT_OUTPUT_TOKENS) {
		now->total = count;
		exchange->state->outdated &= count == 0;
	}
	if (field == EXTRACT_REASONING_TOKENS)
		now->reasoning = count;
	if (field == EXTRACT_PROMPT_TOKENS || field == EXTRACT_OUTPUT_TOKENS ||
		field == EXTRACT_TOTAL_TOKENS)
		now->usage = true;
	/* a zero behind a count is a placeholder, or of another answer */
	if (count > 0 || *number <= 0)
		*number = count;
}

void exchange_take_late_field(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value)
{
	struct exchange *exchange = context;
	(void)choice, (void)tool;
	if (field == EXTRACT_USAGE)
		keep_text(&exchange->usage, value);
	else
		take_number(exchange, field, value);
}

static void take_of_answer(struct exchange *exchange, enum extract_field field, int choice,
	int tool, const struct extract_value *value)
{
	switch (field) {
	case EXTRACT_CONTENT:
	case EXTRACT_REASONING:
		take_text(exchange, field, choice, value);
		break;
	case EXTRACT_TOOL_INDEX:
		exchange_note_tool_number(exchange, choice, tool);
		break;
	case EXTRACT_CHOICE:
		exchange_answer_of(exchange, choice);
		break;
	case EXTRACT_FINISH:
		take_finish(exchange, choice, value);
		break;
	case EXTRACT_NATIVE_FINISH:
		take_native_finish(exchange, choice, value);
		break;
	case EXTRACT_ENDED:
		take_ended(exchange, choice, value);
		break;
	default:
		exchange_take_tool(exchange, field, choice, tool, value);
	}
}

void exchange_take_field(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value)
{
	struct exchange *exchange = context;
	if (field <= EXTRACT_ENDED) {
		take_of_answer(exchange, field, choice, tool, value);
		return;
	}
	switch (field) {
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
	default:
		exchange_take_late_field(context, field, choice, tool, value);
	}
}

void exchange_take_failure_field(void *context, enum extract_field field, int choice, int tool,
	const struct extract_value *value)
{
	if (field == EXTRACT_FAILURE || field == EXTRACT_KIND || field == EXTRACT_WORDS)
		exchange_take_field(context, field, choice, tool, value);
}
