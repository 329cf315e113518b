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
	buffer_init(&call->id, EXCHANGE_HEAD_SIZE);
	buffer_init(&call->name, EXCHANGE_ERROR_LIMIT);
	buffer_init(&call->arguments, 3 * EXCHANGE_ANSWER_LIMIT);
	return call;
}

/* The call that goes on; a new one where there is none, or where that one is already whole: servers
 * that send each call in a message of its own number all of them 0. */
static struct exchange_tool_call *call_of(struct exchange *exchange, int choice, int index)
{
	for (size_t i = exchange->tool_call_count; i-- > 0;) {
		struct exchange_tool_call *call = &exchange->tool_calls[i];
		if (call->choice != choice || call->index != index)
			continue;
		if (call->whole_at && call->whole_at != exchange->state->messages)
			break;
		return call;
	}
	return add_call(exchange, choice, index);
}

static bool is_kept(const struct buffer *kept, const struct extract_value *value)
{
	return kept->size == value->size && value->size &&
	       memcmp(kept->data, value->text, value->size) == 0;
}

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
	if (!repeated)
		buffer_append(&call->name, value->text, value->size);
	exchange_note_text(exchange, CHANNEL_TOOL, value->text, value->size);
}

/* Whether arguments are whole, and these the next call's: no JSON text goes on with another object.
 */
static bool begins_another(const struct buffer *kept, const struct extract_value *value)
{
	return kept->size && kept->data[0] == '{' && kept->data[kept->size - 1] == '}' &&
	       value->size && *value->text == '{';
}

/* Whether this is all of the arguments so far: no JSON text goes on with its own beginning. */
static bool says_all_again(const struct buffer *kept, const struct extract_value *value)
{
	return kept->size > 1 && kept->data[0] == '{' && value->size > kept->size &&
	       memcmp(kept->data, value->text, kept->size) == 0;
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
	bool another = begins_another(&call->arguments, value);
	bool begins = !state->same_tool_id && (state->named_tool || state->next_tool_id.size);
	/* some servers say them once more, whole, behind the pieces */
	bool again = is_kept(&call->arguments, value) && (call->resent || (another && !begins));
	bool all = says_all_again(&call->arguments, value);
	bool first = another && !again && !begins && is_empty_object(&call->arguments);
	call->resent |= all;
	buffer_clear(&state->next_tool_id);
	state->same_tool_id = state->named_tool = false;
	if (all || first)
		buffer_clear(&call->arguments);
	else if (another && !again)
		call = add_namesake(exchange, (size_t)(call - exchange->tool_calls));
	if (call == NULL)
		return;
	if (!again)
		buffer_append(&call->arguments, value->text, value->size);
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
	struct exchange_tool_call *call = call_of(exchange, choice, tool);
	if (call == NULL)
		return;
	if (field == EXTRACT_TOOL_ARGUMENTS)
		take_tool_arguments(exchange, call, value);
	else if (value->kind == EXTRACT_TEXT && field == EXTRACT_TOOL_ID)
		take_tool_id(exchange, call, value);
	else if (value->kind == EXTRACT_TEXT)
		take_tool_name(exchange, call, value);
}
