/* The tool calls of an answer: which call a piece belongs to, and what it adds. */
#include "net/exchange_state.h"

#include "base/memory.h"

#include <string.h>

static struct exchange_tool_call *add_call(struct exchange *exchange, int choice, int index)
{
	if (exchange->tool_call_count == EXCHANGE_TOOL_LIMIT) {
		exchange->state->now.unusable = true;
		return NULL;
	}
	exchange->tool_calls = memory_resize(
		exchange->tool_calls, exchange->tool_call_count + 1, sizeof *exchange->tool_calls);
	struct exchange_tool_call *call = &exchange->tool_calls[exchange->tool_call_count++];
	*call = (struct exchange_tool_call){.choice = choice, .index = index};
	exchange->state->last_tool = exchange->tool_call_count - 1;
	buffer_init(&call->id, EXCHANGE_HEAD_SIZE);
	buffer_init(&call->name, EXCHANGE_ERROR_LIMIT);
	buffer_init(&call->arguments, 3 * EXCHANGE_ANSWER_LIMIT);
	return call;
}

static bool is_kept(const struct buffer *kept, const struct extract_value *value)
{
	return kept->size == value->size && value->size &&
	       memcmp(kept->data, value->text, value->size) == 0;
}

/* --- which call a piece belongs to --- */

static bool is_over(const struct exchange *exchange, const struct exchange_tool_call *call)
{
	return call->whole_at && call->whole_at != exchange->state->messages;
}

/* The call of this number that goes on; NULL where there is none, or where that one is already
 * whole: servers that send each call in a message of its own number all of them 0. */
static struct exchange_tool_call *call_numbered(struct exchange *exchange, int choice, int index)
{
	for (size_t i = exchange->tool_call_count; i-- > 0;) {
		struct exchange_tool_call *call = &exchange->tool_calls[i];
		if (call->choice == choice && call->index == index)
			return is_over(exchange, call) ? NULL : call;
	}
	return NULL;
}

static struct exchange_tool_call *call_with_id(
	struct exchange *exchange, int choice, const struct extract_value *id)
{
	for (size_t i = exchange->tool_call_count; i-- > 0;) {
		struct exchange_tool_call *call = &exchange->tool_calls[i];
		if (call->choice == choice && is_kept(&call->id, id))
			return is_over(exchange, call) ? NULL : call;
	}
	return NULL;
}

/* The one that the last piece belonged to, where it may go on. */
static struct exchange_tool_call *last_call(struct exchange *exchange, int choice)
{
	if (exchange->tool_call_count == 0)
		return NULL;
	struct exchange_tool_call *call = &exchange->tool_calls[exchange->state->last_tool];
	return call->choice == choice && !is_over(exchange, call) ? call : NULL;
}

static struct exchange_tool_piece *piece_of(struct exchange *exchange, int choice, int index)
{
	struct exchange_tool_piece *piece = &exchange->state->tool_piece;
	size_t message = exchange->state->messages;
	if (piece->message != message || piece->choice != choice || piece->index != index)
		*piece = (struct exchange_tool_piece){message, choice, index, false, false};
	return piece;
}

void exchange_note_tool_number(struct exchange *exchange, int choice, int index)
{
	struct exchange_tool_piece *piece = piece_of(exchange, choice, index);
	piece->numbered = exchange->state->numbered_tools = true;
	piece->by_id = false;
}

/* A known id says more than the number of another call, which some servers give to all of them, or
 * than none. */
static struct exchange_tool_call *call_of_id(struct exchange *exchange,
	struct exchange_tool_piece *piece, struct exchange_tool_call *numbered,
	const struct extract_value *id)
{
	struct exchange_tool_call *other = call_with_id(exchange, piece->choice, id);
	bool unsure = numbered != NULL ? numbered->id.size > 0 && !is_kept(&numbered->id, id)
				       : !piece->numbered;
	piece->by_id = other != NULL && unsure;
	return piece->by_id ? other : numbered;
}

/* The call that a field belongs to, or NULL: a new one's. Arguments alone go on with the last call
 * where their number is no call's, or where others have one: some servers number each piece, or the
 * first alone. */
static struct exchange_tool_call *call_of(struct exchange *exchange, enum extract_field field,
	int choice, int index, const struct extract_value *value)
{
	struct exchange_tool_piece *piece = piece_of(exchange, choice, index);
	struct exchange_tool_call *numbered = call_numbered(exchange, choice, index);
	if (field == EXTRACT_TOOL_ID)
		return call_of_id(exchange, piece, numbered, value);
	if (piece->by_id)
		return last_call(exchange, choice);
	bool alone = field == EXTRACT_TOOL_ARGUMENTS && value->kind == EXTRACT_TEXT;
	bool stray = piece->numbered ? numbered == NULL : exchange->state->numbered_tools;
	return alone && stray ? last_call(exchange, choice) : numbered;
}

/* --- what it adds --- */

/* Another id begins a new call where a name comes with it: servers that number all calls 0 do so.
 * Others give every piece of one call an id of its own. */
static void take_tool_id(struct exchange *exchange, struct exchange_tool_call *call,
	const struct extract_value *value)
{
	struct buffer *next = &exchange->state->next_tool_id;
	buffer_clear(next);
	exchange->state->same_tool_id = is_kept(&call->id, value);
	if (call->id.size && !exchange->state->same_tool_id)
		buffer_append(next, value->text, value->size);
	else if (call->id.size == 0)
		buffer_append(&call->id, value->text, value->size);
}

/* All of it so far, and more. */
static bool grows(const struct buffer *kept, const struct extract_value *value)
{
	return kept->size && value->size > kept->size &&
	       memcmp(kept->data, value->text, kept->size) == 0;
}

static void take_tool_name(struct exchange *exchange, struct exchange_tool_call *call,
	const struct extract_value *value)
{
	struct buffer *next = &exchange->state->next_tool_id;
	/* some servers repeat the name in every piece */
	bool repeated = is_kept(&call->name, value) && next->size == 0;
	/* others send calls of one number, whole, and without an id */
	bool another = next->size || (call->name.size && call->arguments.size && !repeated);
	if (value->size == 0)
		return;
	exchange->state->named_tool = true;
	if (another)
		call = add_call(exchange, call->choice, call->index);
	if (call == NULL)
		return;
	buffer_append(&call->id, next->data, next->size);
	buffer_clear(next);
	if (grows(&call->name, value)) /* no name goes on with its own beginning */
		buffer_clear(&call->name);
	if (!repeated)
		buffer_append(&call->name, value->text, value->size);
	exchange_note_text(exchange, CHANNEL_TOOL, value->text, value->size);
}

static void begin_arguments(struct exchange_tool_call *call)
{
	buffer_clear(&call->arguments);
	call->open = 0;
	call->in_text = call->escaped = false;
	call->half = 0;
}

static void add_arguments(struct exchange_tool_call *call, const struct extract_value *value)
{
	for (size_t i = 0; i < value->size; i++) {
		char byte = value->text[i];
		if (call->in_text) {
			call->in_text = call->escaped || byte != '"';
			call->escaped = !call->escaped && byte == '\\';
		} else if (byte == '"')
			call->in_text = true;
		else
			call->open += (byte == '{' || byte == '[') - (byte == '}' || byte == ']');
	}
	exchange_append_piece(&call->arguments, &call->half, value);
}

/* Whether arguments are whole, and these the next call's: no JSON text goes on with another object.
 */
static bool begins_another(const struct exchange_tool_call *call, const struct extract_value *value)
{
	return call->arguments.size && call->arguments.data[0] == '{' && call->open == 0 &&
	       !call->in_text && value->size && *value->text == '{';
}

/* Whether this is all of the arguments so far: no JSON text goes on with its own beginning. */
static bool says_all_again(const struct buffer *kept, const struct extract_value *value)
{
	return kept->size > 1 && kept->data[0] == '{' && grows(kept, value);
}

/* What some servers begin with where there are none yet. */
static bool is_empty_object(const struct buffer *arguments)
{
	return arguments->size == 2 && memcmp(arguments->data, "{}", 2) == 0;
}

/* One more call of the same function: servers that number all calls 0 may name it but once. */
static struct exchange_tool_call *add_namesake(struct exchange *exchange, size_t of)
{
	const struct exchange_tool_call *last = &exchange->tool_calls[of];
	struct exchange_tool_call *call = add_call(exchange, last->choice, last->index);
	if (call != NULL)
		buffer_append(&call->name, buffer_string(&exchange->tool_calls[of].name),
			exchange->tool_calls[of].name.size);
	return call;
}

static void take_tool_arguments(struct exchange *exchange, struct exchange_tool_call *call,
	const struct extract_value *value)
{
	struct exchange_state *state = exchange->state;
	bool another = begins_another(call, value);
	bool begins = !state->same_tool_id && (state->named_tool || state->next_tool_id.size);
	/* some servers say them once more, whole, behind the pieces */
	bool again = is_kept(&call->arguments, value) && (call->resent || (another && !begins));
	bool all = says_all_again(&call->arguments, value);
	bool first = another && !again && !begins && is_empty_object(&call->arguments);
	call->resent |= all;
	buffer_clear(&state->next_tool_id);
	state->same_tool_id = state->named_tool = false;
	if (all || first)
		begin_arguments(call);
	else if (another && !again)
		call = add_namesake(exchange, (size_t)(call - exchange->tool_calls));
	if (call == NULL)
		return;
	if (!again)
		add_arguments(call, value);
	if (value->kind != EXTRACT_TEXT)
		call->whole_at = exchange->state->messages;
	exchange_note_text(exchange, CHANNEL_TOOL, value->text, value->size);
}

void exchange_take_tool(struct exchange *exchange, enum extract_field field, int choice, int tool,
	const struct extract_value *value)
{
	struct exchange_answer *answer = exchange_answer_of(exchange, choice);
	if (answer == NULL || (value->whole && answer->calls_in_pieces))
		return;
	answer->calls_in_pieces |= !value->whole;
	struct exchange_tool_call *call = call_of(exchange, field, choice, tool, value);
	if (call == NULL && value->size > 0)
		call = add_call(exchange, choice, tool);
	if (call == NULL)
		return;
	exchange->state->last_tool = (size_t)(call - exchange->tool_calls);
	if (field == EXTRACT_TOOL_ARGUMENTS)
		take_tool_arguments(exchange, call, value);
	else if (value->kind == EXTRACT_TEXT && field == EXTRACT_TOOL_ID)
		take_tool_id(exchange, call, value);
	else if (value->kind == EXTRACT_TEXT)
		take_tool_name(exchange, call, value);
}
