#include "net/chunks.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

/* False where the byte does not belong there, or ends a line of size 0. */
static bool take_line_byte(struct chunks *chunks, char c)
{
	bool returned = chunks->line_size > 1 && chunks->line[chunks->line_size - 1] == '\r';
	int value = text_hex_digit(c);
	chunks->line[chunks->line_size++] = c;
	if (returned && c == '\n' && chunks->left > 0) {
		chunks->place = CHUNKS_AT_BYTES;
		chunks->line_size = 0;
		return true;
	}
	if (returned || value < 0)
		return !returned && c == '\r';
	chunks->left = 16 * chunks->left + (uint64_t)value;
	return chunks->line_size <= CHUNKS_DIGITS_MOST;
}

/* The usual: the line is whole and begins with these bytes. The place behind it; NULL for any
 * other, of which nothing was taken. */
static const char *take_line(struct chunks *chunks, const char *at, const char *end)
{
	uint64_t left = 0;
	const char *digit = at;
	for (; digit < end && digit - at < CHUNKS_DIGITS_MOST; digit++) {
		int value = text_hex_digit(*digit);
		if (value < 0)
			break;
		left = 16 * left + (uint64_t)value;
	}
	if (left == 0 || chunks->line_size > 0 || end - digit < 2 || memcmp(digit, "\r\n", 2) != 0)
		return NULL;
	chunks->left = left;
	chunks->place = CHUNKS_AT_BYTES;
	return digit + 2;
}

static bool take_end_byte(struct chunks *chunks, char c)
{
	if (c == '\n')
		chunks->place = CHUNKS_AT_LINE;
	return c == '\n' || c == '\r';
}

static const char *take_bytes(struct chunks *chunks, const char *at, const char *end)
{
	uint64_t most = (uint64_t)(end - at);
	uint64_t take = most < chunks->left ? most : chunks->left;
	chunks->left -= take;
	if (chunks->left == 0)
		chunks->place = CHUNKS_AT_END;
	return at + take;
}

/* Takes what is no byte of the body. */
static enum chunks_kind take_frame(struct chunks *chunks, const char **at, const char *end)
{
	while (*at < end && chunks->place != CHUNKS_AT_BYTES) {
		if (chunks->place == CHUNKS_AT_END) {
			if (!take_end_byte(chunks, *(*at)++))
				return CHUNKS_BROKEN;
			continue;
		}
		const char *behind = take_line(chunks, *at, end);
		if (behind == NULL && !take_line_byte(chunks, *(*at)++))
			return CHUNKS_OTHER;
		if (behind != NULL)
			*at = behind;
	}
	return *at < end ? CHUNKS_PIECE : CHUNKS_MORE;
}

enum chunks_kind chunks_next(struct chunks *chunks, const char **data, size_t *size,
	const char **piece, size_t *piece_size)
{
	const char *at = *data, *end = at + *size;
	enum chunks_kind kind = take_frame(chunks, &at, end);
	*piece = at;
	if (kind == CHUNKS_PIECE)
		at = take_bytes(chunks, at, end);
	*piece_size = (size_t)(at - *piece);
	*data = at;
	*size = (size_t)(end - at);
	return kind;
}
