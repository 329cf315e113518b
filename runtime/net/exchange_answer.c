/* The answers of an exchange: which one a message belongs to, and that it has text. */
#include "net/exchange_state.h"

#include "base/memory.h"
#include "base/text.h"

#include <string.h>

#define GROWN_LEAST 3  /* fewer may be chance */
#define PIECES_LEAST 3 /* of a text that is repeated: "ha" behind "h" and "a" may be chance */

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
		buffer_init(&fresh->native_finish, EXCHANGE_HEAD_SIZE);
	}
	struct exchange_answer *answer = &exchange->answers[choice];
	answer->seen = true;
	exchange->state->now.choice = answer;
	return answer;
}

bool exchange_repeats(const struct exchange_pieces *pieces, const struct buffer *text,
	const struct extract_value *piece)
{
	return pieces->count >= PIECES_LEAST && piece->size == text->size &&
	       memcmp(text->data, piece->text, piece->size) == 0;
}

void exchange_note_piece(struct exchange_pieces *pieces, const struct buffer *text,
	const struct extract_value *piece)
{
	pieces->count += piece->size > 0;
	if (pieces->apart || piece->size == 0)
		return;
	const char *last = buffer_string(text) + text->size - pieces->last;
	pieces->apart = piece->size < pieces->last || memcmp(last, piece->text, pieces->last) != 0;
	pieces->grown += pieces->last > 0 && piece->size > pieces->last;
	pieces->last = piece->size;
}

void exchange_append_piece(struct buffer *text, uint16_t *half, const struct extract_value *piece)
{
	static const char lone[] = "\uFFFD";
	const size_t lone_size = sizeof lone - 1;
	uint16_t low = piece->halves.low;
	size_t skipped = 0;
	if (*half && low && text->size >= lone_size) {
		text->size -= lone_size;
		text_append_code_point(
			text, 0x10000u + ((*half - 0xD800u) << 10) + (low - 0xDC00u));
		skipped = lone_size;
	}
	bool fits = buffer_append(text, piece->text + skipped, piece->size - skipped);
	if (piece->size)
		*half = fits ? piece->halves.high : 0;
}

static void settle_pieces(struct buffer *text, const struct exchange_pieces *pieces)
{
	if (!pieces->apart && pieces->grown >= GROWN_LEAST)
		buffer_drop(text, text->size - pieces->last);
}

void exchange_settle_pieces(struct exchange *exchange)
{
	for (size_t i = 0; i < exchange->answer_count; i++) {
		struct exchange_answer *answer = &exchange->answers[i];
		settle_pieces(&answer->content, &answer->content_pieces);
		settle_pieces(&answer->reasoning, &answer->reasoning_pieces);
	}
}

void exchange_note_text(
	struct exchange *exchange, enum exchange_channel channel, const char *text, size_t size)
{
	struct exchange_state *state = exchange->state;
	if (size == 0)
		return;
	state->now.channels[channel] = true;
	state->now.size += size;
	if (state->listener != NULL)
		buffer_append(&state->listener->texts[channel], text, size);
}
