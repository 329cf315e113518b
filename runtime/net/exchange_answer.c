/* The answers of an exchange: which one a message belongs to, and that it has text. */
#include "net/exchange_state.h"

#include "base/memory.h"

struct exchange_answer *exchange_answer_of(struct exchange *exchange, int choice)
{
	if (choice < 0 || choice >= EXCHANGE_CHOICE_LIMIT) {
		exchange->state->now.unusable = true;
		return NULL;
	}
	while (exchange->answer_count <= (size_t)choice) {
		exchange->answers = memory_resize(
			exchange->answers, exchange->answer_count + 1, sizeof *exchange->answers);
		struct exchange_answer *fresh = &exchange->answers[exchange->answer_count++];
		*fresh = (struct exchange_answer){.output_tokens = EXCHANGE_NONE};
		buffer_init(&fresh->content, 3 * EXCHANGE_ANSWER_LIMIT);
		buffer_init(&fresh->reasoning, 3 * EXCHANGE_ANSWER_LIMIT);
		buffer_init(&fresh->finish, EXCHANGE_HEAD_SIZE);
	}
	struct exchange_answer *answer = &exchange->answers[choice];
	answer->seen = true;
	exchange->state->now.choice = answer;
	return answer;
}

void exchange_note_text(
	struct exchange *exchange, enum exchange_channel channel, const char *text, size_t size)
{
	struct exchange_state *state = exchange->state;
	if (size == 0)
		return;
	state->now.channels[channel] = true;
	if (state->on_token != NULL)
		buffer_append(&state->texts[channel], text, size);
}
