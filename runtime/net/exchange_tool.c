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
	if (exchange_answer_of(exchange, choice) == NULL)
		return NULL;
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

static void take_tool_name(struct exchange *exchange, struct exchange_tool_call *call,
	const struct extract_value *value)
{
	/* some servers repeat the name in every piece */
	bool repeated = call->name.size == value->size && value->size &&
			memcmp(call->name.data, value->text, value->size) == 0;
	/* others send calls of one number, whole, and without an id */
	if (!repeated && value->size && call->name.size && call->arguments.size)
		call = add_call(exchange, call->choice, call->index);
	if (call != NULL && !repeated)
		buffer_append(&call->name, value->text, value->size);
	exchange_note_text(exchange, CHANNEL_TOOL, value->text, value->size);
}

static void take_tool_id(
	struct exchange *exchange, int choice, int index, const struct extract_value *value)
{
	struct exchange_tool_call *call = call_of(exchange, choice, index);
	if (call == NULL || value->size == 0)
		return;
	bool same = call->id.size == value->size &&
		    memcmp(call->id.data, value->text, value->size) == 0;
	if (call->id.size && !same)
		call = add_call(exchange, choice, index);
	if (call != NULL && !same)
		buffer_append(&call->id, value->text, value->size);
}

static void take_tool_arguments(struct exchange *exchange, struct exchange_tool_call *call,
	const struct extract_value *value)
{
	buffer_append(&call->arguments, value->text, value->size);
	if (value->kind != EXTRACT_TEXT)
		call->whole_at = exchange->state->messages;
	exchange_note_text(exchange, CHANNEL_TOOL, value->text, value->size);
}

void exchange_take_tool(struct exchange *exchange, enum extract_field field, int choice, int tool,
	const struct extract_value *value)
{
	if (field == EXTRACT_TOOL_ID) {
		if (value->kind == EXTRACT_TEXT)
			take_tool_id(exchange, choice, tool, value);
		return;
	}
	struct exchange_tool_call *call = call_of(exchange, choice, tool);
	if (call == NULL)
		return;
	if (field == EXTRACT_TOOL_ARGUMENTS)
		take_tool_arguments(exchange, call, value);
	else if (value->kind == EXTRACT_TEXT)
		take_tool_name(exchange, call, value);
}
